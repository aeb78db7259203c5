"""What the best buy proposes, taken in parts: each candidate becomes a strategy with what it does in the model, or is
chosen as it is where it is no strategy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.choice.actions import become_strategy, decide_candidate
from holdfast.analysis.choice.effects import read_effects
from holdfast.analysis.choice.models import Candidate, CandidateState
from holdfast.analysis.selection.actions import choose, create_selection, edit_selection, leave
from holdfast.analysis.selection.models import Selection
from holdfast.analysis.strategy.actions import (
    EDIT,
    Covering,
    StrategyAbout,
    create_strategy,
    put_in_model,
    set_state,
)
from holdfast.analysis.strategy.models import Fallback, FallbackKind, FallbackState, Strategy
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.evidence.fact import Fact, assumed
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Node, Pool, Process, Requirement
from holdfast.organization.structure.saving import save_all, unused_key


@act("proposal.accept", EDIT, label=_("accept parts of the best buy"))
def accept_proposal(by: Actor, *, candidates: Sequence[Candidate], why: str, unit: Unit | None = None) -> list[Any]:
    """Each is chosen for the same reason. `unit` has the strategies of candidates that are the whole organisation's.
    Gives the strategies that were made, and the candidates that stay what they are. Raises ValidationError where the
    reason is missing, or one of them was decided on already: then none is taken."""
    if not candidates:
        raise ValidationError({"candidates": gettext("Tick what you accept.")})
    if not why.strip():
        raise ValidationError({"why": gettext("Say why: what is chosen has a reason.")})
    done: list[Any] = []
    for candidate in candidates:
        if candidate.strategy_id is not None or candidate.state != CandidateState.IDEA:
            said = gettext("“%(candidate)s” is decided on already: %(state)s.")
            about = {"candidate": candidate, "state": candidate.get_state_display()}
            raise ValidationError({"candidates": said % about})
        if candidate.effects.get("fallbacks"):
            done.append(_as_strategy(by, candidate, why.strip(), unit))
        else:
            done.append(
                decide_candidate(by, candidate, version=candidate.version, state=CandidateState.CHOSEN, why=why.strip())
            )
    note(accepted=[candidate.key for candidate in candidates])
    return done


@act("selection.choose_for", EDIT, label=_("choose strategies for a process"), under="process")
def choose_for(
    by: Actor,
    *,
    process: Node,
    strategies: Sequence[Strategy],
    key: str,
    title: str = "",
    why: str = "",
    why_late: str = "",
    without: str = "",
    selection: Selection | None = None,
) -> Selection:
    """The choice for a process, in a draft that is there or in a new one of the unit of the process: what the draft
    chose for it before gives way. Without strategies, `without` says why it does without. Raises ValidationError."""
    if not strategies and not without.strip():
        raise ValidationError({"strategies": gettext("Tick a strategy, or say why the process does without.")})
    if selection is None:
        if process.unit is None:
            raise ValidationError(gettext("“%(process)s” belongs to no unit: say which first.") % {"process": process})
        title = title.strip() or gettext("Strategies for %(process)s") % {"process": process}
        selection = create_selection(by, key=key, unit=process.unit, title=title[:300], why=why, why_late=why_late)
    else:
        said = {"why": why, "why_late": why_late}
        changed = {name: text for name, text in said.items() if text.strip() and text != getattr(selection, name)}
        if changed:
            selection = edit_selection(by, selection, version=selection.version, **changed)  # type: ignore[arg-type]
        for row in selection.selected.filter(process=process).select_related("selection", "process", "strategy"):
            leave(by, row, version=row.version)
    for strategy in strategies:
        choose(by, selection=selection, process=process, strategy=strategy)
    if not strategies:
        choose(by, selection=selection, process=process, why=without.strip())
    return selection


def _as_strategy(by: Actor, candidate: Candidate, why: str, unit: Unit | None) -> Strategy:
    option = read_effects(candidate.effects)
    added = option.fallbacks
    nodes = {node.key: node for node in Node.objects.filter(key__in={
        *(one.node for one in added), *(one.fallback.node for one in added)
    }).select_related("unit", "site")}  # fmt: skip
    pools = {pool.key: pool for pool in Pool.objects.filter(key__in=[one.fallback.pool for one in added])}
    first = added[0].fallback
    kind: str = first.strategy or FallbackKind.ALTERNATE_MEANS.value
    provider = nodes[first.node]
    home = candidate.unit or unit or nodes[added[0].node].unit
    if home is None:
        said = gettext("“%(candidate)s” belongs to no unit: say whose strategy it becomes.")
        raise ValidationError({"unit": said % {"candidate": candidate}})
    source = gettext("As the candidate “%(candidate)s” has it.") % {"candidate": candidate}

    def hours(value: Any) -> Fact | None:
        if value is None:
            return None
        return assumed(value, "h", source) if isinstance(value, int | float) else _spread(value, source)

    about: StrategyAbout = {
        "name": candidate.name,
        "kind": kind,
        "causes": candidate.causes,
        "does": candidate.does,
        "activation": hours(_given(candidate, 0, "activation", 0.0)),
        "endurance": hours(first.endurance),
        "pool": pools.get(first.pool or ""),
        "cost": candidate.cost,
        "yearly": candidate.yearly,
        "basis": candidate.basis,
        "reason": candidate.reason,
        "paragraphs": candidate.paragraphs,
        "tags": candidate.tags,
    }
    taken: Node | None = None
    if kind == FallbackKind.TRANSFER.value:
        if provider.kind == "process" and provider.site is not None:
            about["receiving_site"], taken = provider.site, provider
        else:
            about["receiver"] = provider.name
    covers = [Covering(process, taken, source if taken else "") for process in _processes(added, nodes)]
    strategy = create_strategy(by, key=unused_key(Strategy, candidate.key), unit=home, processes=covers, **about)
    for k, one in enumerate(added):
        body = one.fallback
        requirement = Requirement.objects.filter(node=nodes[one.node]).order_by("position", "pk")[one.requirement]
        fallback = put_in_model(
            by,
            strategy=strategy,
            key=unused_key(Fallback, f"{strategy.key}-{k + 1}"),
            requirement=requirement,
            provider=nodes[body.node],
            weight=assumed(body.weight, "unit", source),
            position=requirement.fallbacks.count(),
        )
        own = (hours(_given(candidate, k, "activation", 0.0)), hours(body.endurance), pools.get(body.pool or ""))
        if own != (strategy.activation, strategy.endurance, strategy.pool):
            fallback.activation, fallback.endurance, fallback.pool = own
            save_all([fallback], by)
    set_state(by, strategy, FallbackState.CHOSEN, why)
    become_strategy(by, candidate, version=candidate.version, strategy=strategy, why=why)
    return strategy


def _given(candidate: Candidate, place: int, name: str, otherwise: Any) -> Any:
    """A part of a fallback as it was written."""
    return candidate.effects["fallbacks"][place]["fallback"].get(name, otherwise)


def _spread(value: dict[str, float], source: str) -> Fact:
    """A figure that varies, as a fact."""
    if "median" in value:
        return assumed(value["median"], "h", source, p90=value["p90"])
    return assumed(value["mode"], "h", source, low=value["low"], high=value["high"])


def _processes(added: Sequence[Any], nodes: dict[str, Node]) -> list[Process]:
    """The processes that fallbacks are for: their own, and those that draw on a resource of theirs."""
    keys = {one.node for one in added if nodes[one.node].kind == "process" and not nodes[one.node].is_function}
    resources = {one.node for one in added if nodes[one.node].kind != "process"}
    functions = {one.node for one in added if nodes[one.node].is_function}
    rows = Process.objects.filter(key__in=keys)
    rows |= Process.objects.filter(requirements__supply__provider__key__in=resources)
    rows |= Process.objects.filter(supplies__requirement__node__key__in=functions)
    return list(rows.distinct().order_by("key"))
