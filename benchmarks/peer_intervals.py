"""Peer: the cascade in plain Python over intervals.

A level is a list of its changes over the whole horizon. Nodes are worked off suppliers first, and only those that draw
on something that changed; the nodes of a circle are swept until none of them changes any more, starting from all well.

What it cannot express: a fallback that hangs on a circle (of a requirement that draws on the circle of its own node, or
whose provider stands in it), because sweeping whole functions is then not the same as solving in order of time; circles
that never settle; deadlocks, causes and costs, which nobody asked of it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from benchmarks.model import (
    ONE,
    Answer,
    Fallback,
    Model,
    Node,
    Requirement,
    Steps,
    availability,
    contentions,
    grants,
    outages,
    read,
    seconds,
)

Json = dict[str, Any]

# A pair with restarts may creep by one restart a sweep, up to the horizon.
SWEEPS = 100_000


class CannotExpress(ValueError):
    """The twin uses what this peer has no means for."""


def prepare(twin: Json) -> Model:
    """Raises CannotExpress where a fallback hangs on a circle."""
    model = read(twin)
    for members, circle in zip(model.components, model.circle, strict=True):
        inside = set(members) if circle else set()
        for node in sorted(inside):
            for need in model.nodes[node].requirements:
                if need.fallbacks and inside & need.providers:
                    raise CannotExpress(f"a fallback of {model.nodes[node].id} hangs on a circle")
    return model


def run(model: Model, scenario: Json) -> Answer:
    """The cascade of one scenario; a second run with the grants of the pools only where somebody got less."""
    horizon = seconds(scenario["horizon"])
    hit = availability(model, scenario)
    levels, claimed = _sweep(model, hit, horizon, {})
    granted: dict[str, int] = {}
    runs = 1
    if claimed:
        granted = grants(model, claimed)
        if contentions(model, claimed, granted):
            levels, also = _sweep(model, hit, horizon, granted)
            claimed |= also
            runs = 2
    nodes = model.nodes
    return Answer(
        levels={nodes[node].id: steps for node, steps in levels.items() if steps},
        outages={
            nodes[node].id: found
            for node, steps in levels.items()
            if nodes[node].process and (found := outages(steps, nodes[node].minimum, horizon))
        },
        contentions=contentions(model, claimed, granted) if granted else [],
        runs=runs,
    )


def _sweep(
    model: Model, hit: dict[int, Steps], horizon: int, granted: dict[str, int]
) -> tuple[dict[int, Steps], set[str]]:
    """Levels of the nodes that may have changed, and the fallbacks of pools that were on."""
    levels: dict[int, Steps] = {}
    claimed: set[str] = set()
    due = set(hit)
    for members, circle in zip(model.components, model.circle, strict=True):
        if due.isdisjoint(members):
            continue
        for _ in range(SWEEPS if circle else 1):
            changed = False
            for number in members:
                steps = _level(model.nodes[number], hit.get(number, []), levels, horizon, granted, claimed)
                if steps != levels.get(number, []):
                    levels[number] = steps
                    changed = True
            if not changed:
                break
        else:
            if circle:
                raise CannotExpress("a circle does not settle")
        for number in members:
            if levels.get(number):
                due.update(model.nodes[number].dependents)
    return levels, claimed


def _level(
    node: Node, own: Steps, levels: dict[int, Steps], horizon: int, granted: dict[str, int], claimed: set[str]
) -> Steps:
    raw = own
    for need in node.requirements:
        affected = [(steps, weight) for number, weight in need.supply if (steps := levels.get(number))]
        if affected:
            supply = _supply(need, affected, levels, horizon, granted, claimed)
            if need.tolerance:
                supply = _held(supply, need.tolerance, horizon)
            raw = _lower(raw, supply)
    return _restarted(raw, node.restart, horizon) if node.restart else raw


def _supply(
    need: Requirement,
    affected: list[tuple[Steps, int]],
    levels: dict[int, Steps],
    horizon: int,
    granted: dict[str, int],
    claimed: set[str],
) -> Steps:
    sums = _added(need.total * ONE, affected)
    if need.fallbacks:
        wanted = need.needs * ONE
        short = _shortages(sums, wanted, horizon)
        helped = [
            (_on(fallback, short, levels, claimed), granted.get(fallback.id, fallback.weight))
            for fallback in need.fallbacks
        ]
        # The level of a fallback counts from 0, not from 1: before 0 there is no shortage and it gives nothing.
        sums = _added(need.total * ONE, affected, helped)
    supply: Steps = []
    level = ONE
    needs, quorum = need.needs, need.quorum * ONE
    for time, total in sums:
        if time >= horizon:
            break
        now = 0 if total < quorum else min(ONE, total // needs)
        if now != level:
            supply.append((time, now))
            level = now
    return supply


def _added(total: int, affected: list[tuple[Steps, int]], helped: list[tuple[Steps, int]] | None = None) -> Steps:
    """The weighted sum, ``total`` before 0: ``affected`` start from 1, ``helped`` from 0."""
    changes: dict[int, int] = {}
    for steps, weight in affected:
        before = ONE
        for time, level in steps:
            changes[time] = changes.get(time, 0) + weight * (level - before)
            before = level
    for steps, weight in helped or ():
        before = 0
        for time, level in steps:
            changes[time] = changes.get(time, 0) + weight * (level - before)
            before = level
    sums = []
    for time in sorted(changes):
        total += changes[time]
        sums.append((time, total))
    return sums


def _shortages(sums: Steps, wanted: int, horizon: int) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in outages(sums, wanted, horizon)]


def _on(fallback: Fallback, short: list[tuple[int, int]], levels: dict[int, Steps], claimed: set[str]) -> Steps:
    """The provider's level while the fallback is on, 0 otherwise, starting from 0."""
    provider = levels.get(fallback.node, [])
    given: Steps = []
    for start, end in short:
        begin = start + fallback.activation
        finish = end if fallback.endurance is None else min(end, begin + fallback.endurance)
        if begin >= finish:
            continue
        if fallback.pool is not None:
            claimed.add(fallback.id)
        level = ONE
        inside: Steps = []
        for time, now in provider:
            if time <= begin:
                level = now
            elif time < finish:
                inside.append((time, now))
        given.append((begin, level))
        given += inside
        given.append((finish, 0))
    return given


def _held(steps: Steps, tolerance: int, horizon: int) -> Steps:
    """The highest over (t - tolerance, t]: what was there counts until ``tolerance`` after it ended."""
    return _outlasting(steps, ONE, tolerance, horizon)


def _restarted(steps: Steps, restart: int, horizon: int) -> Steps:
    """The lowest over (t - restart, t]: ``_held`` upside down."""
    found = _outlasting([(time, ONE - level) for time, level in steps], 0, restart, horizon)
    return [(time, ONE - level) for time, level in found]


def _outlasting(steps: Steps, current: int, span: int, horizon: int) -> Steps:
    waiting: deque[tuple[int, int]] = deque()  # (level, until): levels falling, until growing
    found: Steps = []
    best = current
    for time, following in [*steps, (horizon, 0)]:
        # Between the change before and this one, older and higher levels run out.
        while waiting and waiting[0][1] < time:
            until = waiting.popleft()[1]
            best = waiting[0][0] if waiting else current
            found.append((until, best))
        if time == horizon:
            break
        if following < current:
            waiting.append((current, time + span))
        current = following
        while waiting and (waiting[-1][0] <= current or waiting[-1][1] <= time):
            waiting.pop()
        while waiting and waiting[0][1] <= time:
            waiting.popleft()
        now = waiting[0][0] if waiting else current
        if now != best:
            found.append((time, now))
            best = now
    return found


def _lower(one: Steps, other: Steps) -> Steps:
    """The lower of two at each time."""
    if not one or not other:
        return one or other
    found: Steps = []
    first = second = level = ONE
    i = j = 0
    while i < len(one) or j < len(other):
        time = min(one[i][0] if i < len(one) else other[j][0], other[j][0] if j < len(other) else one[i][0])
        if i < len(one) and one[i][0] == time:
            first = one[i][1]
            i += 1
        if j < len(other) and other[j][0] == time:
            second = other[j][1]
            j += 1
        now = min(first, second)
        if now != level:
            found.append((time, now))
            level = now
    return found
