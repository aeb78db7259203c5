"""Scenarios: saved, changed, retired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.accounts.scope import require
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.saving import change, create, end, remove_all, save_all

EDIT = declare("scenario.edit", _("Save and change scenarios"), "AMFPHC..").name
MOST_HITS = 200


class ScenarioFields(DescribedFields, total=False):
    name: str
    description: str
    cause: str
    threat: str
    unit: Unit | None
    horizon: float
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True)
class Strike:
    """A hit to be saved: times in hours, a duration of None does not end."""

    node: Node
    loss: float = 1.0
    start: float = 0.0
    duration: float | None = None


@act("scenario.create", EDIT, label=_("save a scenario"))
def save_scenario(by: Actor, *, key: str, hits: Sequence[Strike], **fields: Unpack[ScenarioFields]) -> Scenario:
    """A new scenario with its hits. Raises ValidationError, NotAllowed."""
    _may_lie_in(by, fields)
    scenario = Scenario(key=key, author=by if isinstance(by, User) else None, **fields)
    create(scenario, by)
    _strike(scenario, hits, by)
    return scenario


@act("scenario.edit", EDIT, label=_("change a scenario"), on="scenario")
def edit_scenario(
    by: Actor,
    scenario: Scenario,
    *,
    version: int,
    hits: Sequence[Strike] | None = None,
    **changes: Unpack[ScenarioFields],
) -> Scenario:
    """With `hits`, they are replaced as a whole. Raises ValidationError, Conflict, NotAllowed."""
    _may_lie_in(by, changes)
    change(scenario, changes, ScenarioFields.__annotations__, by)
    if hits is not None:
        _strike(scenario, hits, by)
    return scenario


@act("scenario.retire", EDIT, label=_("retire a scenario"), on="scenario")
def retire_scenario(by: Actor, scenario: Scenario, *, version: int, on: date) -> Scenario:
    """It is offered no more from this date; its address goes on to tell what it was until then."""
    return end(scenario, on, by)


def check_hits(hits: Sequence[Strike]) -> None:
    """Raises ValidationError where there is none, there are too many, or one stands twice."""
    if not hits:
        raise ValidationError({"hits": gettext("Wanted at least one thing that fails.")})
    if len(hits) > MOST_HITS:
        raise ValidationError({"hits": gettext("Wanted at most %(most)d hits.") % {"most": MOST_HITS}})
    seen = [(hit.node.key, hit.start) for hit in hits]
    if twice := sorted({key for key, start in seen if seen.count((key, start)) > 1}):
        said = gettext("%(keys)s is hit twice from the same time on.")
        raise ValidationError({"hits": said % {"keys": ", ".join(twice)}})


def _may_lie_in(by: Actor, fields: ScenarioFields) -> None:
    """One's own may be changed wherever it lies, and be put only where one has the right."""
    if (unit := fields.get("unit")) is not None:
        require(by, EDIT, unit)


def _strike(scenario: Scenario, hits: Sequence[Strike], by: Actor) -> None:
    check_hits(hits)
    known = {(hit.node_id, hit.start): hit for hit in Hit.objects.filter(scenario=scenario)}
    before = [hit.as_hit() for hit in Hit.objects.filter(scenario=scenario).select_related("node")]
    changed: list[Hit] = []
    for position, strike in enumerate(hits):
        row = known.pop((strike.node.pk, strike.start), None)
        if row is not None and (row.position, row.loss, row.duration) == (position, strike.loss, strike.duration):
            continue
        row = row or Hit(start=strike.start)
        row.scenario, row.node, row.position = scenario, strike.node, position
        row.loss, row.duration = strike.loss, strike.duration
        changed.append(row)
    remove_all(list(known.values()), by)
    save_all(changed, by)
    if changed or known:
        note(
            hits=[
                {"node": hit.node.key, "loss": hit.loss, "start": hit.start, "duration": hit.duration} for hit in hits
            ],
            **({"hits_before": before} if before else {}),
        )
