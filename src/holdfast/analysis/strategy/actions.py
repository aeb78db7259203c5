"""Strategies with their processes, and fallbacks: made, changed, moved from state to state, retired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.models import READY, Covers, Fallback, FallbackState, Strategy
from holdfast.analysis.strategy.models.strategies import WITH_REASON
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Node, Pool, Post, Requirement
from holdfast.organization.structure.saving import change, create, remove_all, save_all

EDIT = "strategy.edit"


class FallbackFields(DescribedFields, total=False):
    name: str
    provider: Node
    position: int
    kind: str
    weight: Fact
    activation: Fact | None
    endurance: Fact | None
    pool: Pool | None
    state: str
    strategy: Strategy | None
    valid_from: date | None
    valid_until: date | None


class StrategyAbout(DescribedFields, total=False):
    name: str
    kind: str
    owner: Post | None
    causes: list[str]
    does: str
    activation: Fact | None
    endurance: Fact | None
    share: Fact | None
    capacity: Fact | None
    pool: Pool | None
    cost: Fact | None
    yearly: Fact | None
    receiving_site: Site | None
    receiver: str
    valid_from: date | None
    valid_until: date | None


class StrategyFields(StrategyAbout, total=False):
    unit: Unit


@dataclass(frozen=True)
class Covering:
    """A process that a strategy is for, and of a transfer the one that takes over."""

    process: Node
    receiving_process: Node | None = None
    reason: str = ""


@act("strategy.create", EDIT, label=_("propose a strategy"), under="unit")
def create_strategy(
    by: Actor, *, key: str, unit: Unit, processes: Sequence[Covering] = (), **fields: Unpack[StrategyAbout]
) -> Strategy:
    """An idea at first, for these processes. Raises ValidationError, NotAllowed."""
    strategy = create(Strategy(key=key, unit=unit, **fields), by)
    for one in processes:
        cover_process(
            by, strategy=strategy, process=one.process, receiving_process=one.receiving_process, reason=one.reason
        )
    return strategy


@act("strategy.edit", EDIT, label=_("change a strategy"), on="strategy")
def edit_strategy(by: Actor, strategy: Strategy, *, version: int, **changes: Unpack[StrategyFields]) -> Strategy:
    """Raises ValidationError, also where its processes or its fallbacks do not fit any more; Conflict, NotAllowed."""
    change(strategy, changes, StrategyFields.__annotations__, by)
    if {"kind", "receiving_site"} & set(changes):
        _check_parts(strategy)
    return strategy


@act("strategy.move", EDIT, label=_("say how far a strategy has come"), on="strategy")
def move_strategy(
    by: Actor, strategy: Strategy, *, version: int, state: str, why: str = "", on: date | None = None
) -> Strategy:
    """An idea, chosen, in place, tested, or retired from the day `on` (today if not given); choosing and retiring take
    a reason. Its fallbacks go along, so that the model reckons with them from then on, or no more. Raises
    ValidationError for what is retired: it does not come back."""
    set_state(by, strategy, state, why, on)
    return strategy


def set_state(by: Actor, strategy: Strategy, state: str, why: str = "", on: date | None = None) -> None:
    """What `move_strategy` does, for acts that decide on a strategy along with something else."""
    if strategy.state == FallbackState.RETIRED:
        raise ValidationError({"state": gettext("“%(strategy)s” is retired.") % {"strategy": strategy}})
    # The reason of an earlier decision is none for this one.
    changes: dict[str, Any] = {"state": state, "why": why or ("" if state in WITH_REASON else strategy.why)}
    day = on or clock.today()
    if state == FallbackState.RETIRED and strategy.state in READY:
        changes["valid_until"] = day
    change(strategy, changes, changes, by)
    moved = []
    for fallback in strategy.fallbacks.exclude(state=FallbackState.RETIRED).order_by("key"):
        fallback.strategy = strategy
        if fallback.state == state:
            continue
        if state == FallbackState.RETIRED and fallback.state in READY:
            fallback.valid_until = day
        fallback.state = state
        moved.append(fallback)
    if moved:
        save_all(moved, by, fields=["state", "valid_until"])
        note(fallbacks=[fallback.key for fallback in moved])


@act("strategy.cover", EDIT, label=_("say that a strategy is for a process"), under="strategy")
def cover_process(
    by: Actor, *, strategy: Strategy, process: Node, receiving_process: Node | None = None, reason: str = ""
) -> Covers:
    """Raises ValidationError where it is for it already, and of a transfer where the process that takes over is missing
    or is not the same one."""
    if Covers.objects.filter(strategy=strategy, process=process).exists():
        said = gettext("The strategy is for “%(process)s” already.")
        raise ValidationError({"process": said % {"process": process}})
    return create(Covers(strategy=strategy, process=process, receiving_process=receiving_process, reason=reason), by)


@act("strategy.uncover", EDIT, label=_("take a process out of a strategy"), on="covers")
def uncover_process(by: Actor, covers: Covers, *, version: int) -> Covers:
    note(strategy=covers.strategy.key, process=covers.process.key)
    remove_all([covers], by)
    return covers


@act("strategy.put_in_model", EDIT, label=_("say in the model what a strategy does"), under="strategy")
def put_in_model(
    by: Actor,
    *,
    strategy: Strategy,
    key: str,
    requirement: Requirement,
    provider: Node,
    weight: Fact,
    name: str = "",
    position: int = 0,
) -> Fallback:
    """The fallback of a strategy: its kind, its times, its pool and its state are those of the strategy."""
    return create_fallback(
        by,
        key=key,
        requirement=requirement,
        name=name or strategy.name,
        provider=provider,
        position=position,
        kind=strategy.kind,
        weight=weight,
        activation=strategy.activation,
        endurance=strategy.endurance,
        pool=strategy.pool,
        state=strategy.state,
        strategy=strategy,
    )


def _check_parts(strategy: Strategy) -> None:
    problems: list[Any] = []
    rows = strategy.covers.select_related("process", "receiving_process")
    for row in [*rows, *strategy.fallbacks.exclude(state=FallbackState.RETIRED)]:
        row.strategy = strategy
        try:
            row.clean()
        except ValidationError as error:
            problems += [f"{row}: {message}" for message in error.messages]
    if problems:
        raise ValidationError({"kind": problems})


@act("fallback.create", EDIT, label=_("make a fallback"), under="requirement")
def create_fallback(by: Actor, *, key: str, requirement: Requirement, **fields: Unpack[FallbackFields]) -> Fallback:
    return create(Fallback(key=key, requirement=requirement, **fields), by)


@act("fallback.edit", EDIT, label=_("change a fallback"), on="fallback")
def edit_fallback(by: Actor, fallback: Fallback, *, version: int, **changes: Unpack[FallbackFields]) -> Fallback:
    return change(fallback, changes, FallbackFields.__annotations__, by)


@act("fallback.retire", EDIT, label=_("retire a fallback"), on="fallback")
def retire_fallback(by: Actor, fallback: Fallback, *, version: int, on: date) -> Fallback:
    """It serves no more from this date. One that never was ready did not serve before either, and gets no date."""
    changes: dict[str, Any] = {"state": FallbackState.RETIRED}
    if fallback.state in READY:
        changes["valid_until"] = on
    return change(fallback, changes, {"state", "valid_until"}, by)
