"""When each fallback was on, read off the finished levels: rule 3 of docs/methods/cascade.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.engine import grid
from holdfast.engine.twin import Requirement, likely

if TYPE_CHECKING:
    from holdfast.engine.cascade import Cascade, Steps

Spans = list[tuple[int, int]]
"""[start, end) in seconds, in order of time."""


def in_use(cascade: Cascade) -> dict[str, Spans]:
    """The stretches in which each fallback was on, by its id, up to the horizon; those never on are left out.

    A fallback is on from its activation after its requirement became short of supply, until the shortage ends or its
    endurance does, whichever is first.
    """
    found: dict[str, Spans] = {}
    for requirement, short in shortages(cascade):
        for fallback in requirement.fallbacks:
            activation = grid.seconds(likely(fallback.activation))
            endurance = grid.NEVER if fallback.endurance is None else grid.seconds(fallback.endurance)
            spans = [(u + activation, min(end, u + activation + endurance)) for u, end in short]
            if spans := [(start, end) for start, end in spans if start < end]:
                found[fallback.id] = spans
    return found


def shortages(cascade: Cascade) -> Iterator[tuple[Requirement, Spans]]:
    """The stretches in which the supply alone does not meet the needs, of each requirement that has fallbacks.

    In the order of the file, up to the horizon; those never short have none.
    """
    horizon = grid.seconds(cascade.scenario.horizon)
    for node in cascade.twin.nodes:
        for requirement in node.requirements:
            if requirement.fallbacks:
                yield requirement, _short(requirement, cascade.levels, horizon)


def _short(requirement: Requirement, levels: dict[str, Steps], horizon: int) -> Spans:
    """The stretches in which the supply alone does not meet the needs."""
    supplies = [(grid.thousandths(s.weight), levels.get(s.node, [])) for s in requirement.supply]
    if not any(steps for _, steps in supplies):
        return []
    needs = grid.thousandths(requirement.needs) * grid.ONE
    spans: Spans = []
    since: int | None = None
    for time, total in _totals(supplies):
        if time >= horizon:
            break
        if total < needs and since is None:
            since = time
        elif total >= needs and since is not None:
            spans.append((since, time))
            since = None
    return spans if since is None else [*spans, (since, horizon)]


def _totals(supplies: list[tuple[int, Steps]]) -> Iterator[tuple[int, int]]:
    """(second, what all supplies give together) at every change, in thousandths of millionths."""
    given = [grid.ONE for _ in supplies]
    total = sum(weight for weight, _ in supplies) * grid.ONE
    changes = sorted((time, place, level) for place, (_, steps) in enumerate(supplies) for time, level in steps)
    for number, (time, place, level) in enumerate(changes):
        total += supplies[place][0] * (level - given[place])
        given[place] = level
        if number + 1 == len(changes) or changes[number + 1][0] != time:
            yield time, total
