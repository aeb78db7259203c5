"""Candidates: proposed, changed, decided on, retired; and the file of options that the engine chooses from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.choice.effects import Effects, check_named, named_nodes, named_pools, read_effects, with_ids
from holdfast.analysis.choice.models import Candidate, CandidateState
from holdfast.analysis.risk.models import Hazard
from holdfast.analysis.strategy.models import CURRENCY, Strategy
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.scope import visible
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Node, Pool, Requirement
from holdfast.organization.structure.saving import change, create, end

EDIT = "strategy.edit"


class CandidateFields(DescribedFields, total=False):
    name: str
    does: str
    causes: list[str]
    cost: Fact
    yearly: Fact | None
    unit: Unit | None
    effects: Effects
    valid_from: date | None
    valid_until: date | None


@act("candidate.propose", EDIT, label=_("propose a candidate"))
def propose_candidate(by: Actor, *, key: str, **fields: Unpack[CandidateFields]) -> Candidate:
    """A new idea. Raises ValidationError, also for effects on what the organisation does not have."""
    if "effects" in fields:
        fields["effects"] = _known(by, fields["effects"], key)
    return create(Candidate(key=key, **fields), by)


@act("candidate.edit", EDIT, label=_("change a candidate"), on="candidate")
def edit_candidate(by: Actor, candidate: Candidate, *, version: int, **changes: Unpack[CandidateFields]) -> Candidate:
    """Raises ValidationError, Conflict, NotAllowed."""
    if "effects" in changes:
        changes["effects"] = _known(by, changes["effects"], candidate.key, candidate.effects)
    return change(candidate, changes, CandidateFields.__annotations__, by)


@act("candidate.decide", EDIT, label=_("decide on a candidate"), on="candidate")
def decide_candidate(by: Actor, candidate: Candidate, *, version: int, state: str, why: str = "") -> Candidate:
    """It is chosen, in place, rejected, or an idea again; choosing and rejecting take a reason."""
    return change(candidate, {"state": state, "why": why}, {"state", "why"}, by)


@act("candidate.become", EDIT, label=_("take a candidate as a strategy"), on="candidate")
def become_strategy(by: Actor, candidate: Candidate, *, version: int, strategy: Strategy, why: str) -> Candidate:
    """It is chosen, and the strategy says from now on how far it has come. Raises ValidationError for one that is one
    already."""
    if candidate.strategy_id is not None:
        said = gettext("“%(candidate)s” is the strategy “%(strategy)s” already.")
        raise ValidationError(said % {"candidate": candidate, "strategy": candidate.strategy})
    changes = {"state": CandidateState.CHOSEN, "why": why, "strategy": strategy}
    return change(candidate, changes, changes, by)


@act("candidate.retire", EDIT, label=_("retire a candidate"), on="candidate")
def retire_candidate(by: Actor, candidate: Candidate, *, version: int, on: date) -> Candidate:
    """It is offered no more from this date."""
    return end(candidate, on, by)


def options_file(
    as_of: date,
    keys: Iterable[str] | None = None,
    *,
    scenarios: list[dict[str, Any]],
    must: list[str],
    budget: float | None,
    term: float,
) -> dict[str, Any]:
    """The options file of the engine: the candidates valid on this day as options, by their keys.

    Without `keys` these are the ideas and what is chosen; with them those named, whatever their state. Scenarios are as
    the engine takes them (`Scenario.as_scenario`), `must` the keys of processes. Raises ValidationError for a key that
    no candidate of the day has.
    """
    rows = Candidate.objects.as_of(as_of).order_by("key")
    if keys is None:
        found = list(rows.to_buy())  # type: ignore[attr-defined]
    else:
        asked = set(keys)
        found = list(rows.filter(key__in=asked))
        if missing := sorted(asked - {candidate.key for candidate in found}):
            said = gettext("On %(day)s there is no candidate %(keys)s.")
            raise ValidationError({"candidates": said % {"day": as_of, "keys": ", ".join(missing)}})
    return {
        "currency": CURRENCY,
        "scenarios": scenarios,
        "must": must,
        "budget": budget,
        "term": term,
        "options": [candidate.as_option() for candidate in found],
    }


def _known(by: Actor, effects: Effects, key: str, before: Effects | None = None) -> Effects:
    """The effects, with ids for their fallbacks; they name what `by` may see, or what was named `before`. Raises
    ValidationError."""
    effects = with_ids(effects, key)
    option = read_effects(effects)
    kept = read_effects(before) if before else None

    def seen(model: Any, names: set[str], kept_names: Collection[str]) -> set[str]:
        known = set(visible(model.objects.filter(key__in=names), by).values_list("key", flat=True))
        old = names & set(kept_names)
        return known | set(model.objects.filter(key__in=old).values_list("key", flat=True)) if old else known

    nodes = seen(Node, named_nodes(option), named_nodes(kept) if kept else ())
    pools = seen(Pool, named_pools(option), named_pools(kept) if kept else ())
    hazards = seen(Hazard, set(option.rates), kept.rates if kept else ())
    check_named(option, _requirements(nodes), pools, hazards)
    return effects


def _requirements(nodes: Collection[str]) -> Mapping[str, int]:
    counted = Counter(Requirement.objects.filter(node__key__in=nodes).values_list("node__key", flat=True))
    return {key: counted[key] for key in nodes}
