"""Who needs what by when after an incident: the curve of recovery requirements. Pure: no database.

A requirement r of a process p is wanted back from

    t(r) = RTO(p) + tolerance(r)        hours after the incident

on: p has to work again at its RTO, and does without r for its tolerance (ISO/TS 22317, 5.4.5: resources by the time at
which they are required). From then on, of what it needs,

    n(r) = max(needs(r) × minimum level(p), quorum(r))

for the process comes back at its minimum level (MBCO), and below its quorum a requirement gives nothing at all. People
and seats are whole: n is rounded up for each requirement before it is added. The curve of a kind at time T is the sum
of n(r) over all r of the kind with t(r) ≤ T. Of other kinds, where a quantity says little (half a mail system), it also
counts the different resources that are wanted by T, each once, from the first time anybody wants it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from holdfast.analysis.impact.told import Told, Wanted

WHOLE = ("people", "facility")
"""Kinds that are counted in persons and seats."""
KINDS = ("people", "facility", "application", "infrastructure", "equipment", "record", "supplier", "process")
UNNAMED = "unnamed"
"""The kind of a requirement that draws on nothing yet."""


@dataclass(frozen=True)
class Need:
    """One requirement on the curve: `at` hours after the incident, `amount` of it; `things` are the resources that it
    draws on, key to name."""

    process: Told
    requirement: str
    name: str
    kind: str
    at: float
    amount: float
    things: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """From `at` on, `amount` in all, of `things` different resources, by `processes` processes."""

    at: float
    amount: float
    things: int
    processes: int


def kind_of(wanted: Wanted) -> str:
    """The kind of what it draws on most, the first of equals."""
    if not wanted.sources:
        return UNNAMED
    return max(wanted.sources, key=lambda source: source.weight).kind


def need_of(process: Told, wanted: Wanted) -> Need | None:
    """The requirement on the curve; None where the process has no RTO, and so is not wanted back by any time."""
    if process.limits.rto is None:
        return None
    kind = kind_of(wanted)
    level = 1.0 if process.minimum is None else process.minimum
    amount = max(wanted.needs * level, wanted.quorum)
    if kind in WHOLE:
        # Weights are whole thousandths: 10 × 0.3 is 3 people, and not 4 by what a float leaves over.
        amount = float(math.ceil(round(amount, 6)))
    things = {source.key: source.name for source in wanted.sources}
    at = process.limits.rto + wanted.tolerance
    return Need(process, wanted.key, wanted.name, kind, at, amount, things)


def needs_of(processes: Mapping[str, Told], all_: Iterable[Wanted]) -> list[Need]:
    """All of them, by time, then by name."""
    found = (need_of(processes[one.process], one) for one in all_ if one.process in processes)
    return sorted((one for one in found if one), key=lambda one: (one.at, one.process.name, one.name, one.requirement))


def curve(needs: Iterable[Need]) -> list[Step]:
    """The cumulative steps, by time; none where nothing is wanted."""
    amount, things, processes = 0.0, set[str](), set[str]()
    steps: dict[float, Step] = {}
    for one in sorted(needs, key=lambda need: need.at):
        amount = round(amount + one.amount, 6)
        things |= set(one.things)
        processes.add(one.process.key)
        steps[one.at] = Step(one.at, amount, len(things), len(processes))
    return list(steps.values())


def at(steps: Sequence[Step], hour: float) -> Step:
    """What is wanted by this hour."""
    found = Step(hour, 0.0, 0, 0)
    for step in steps:
        if step.at > hour:
            break
        found = step
    return found


def grouped(needs: Iterable[Need], key: Callable[[Need], str]) -> dict[str, list[Need]]:
    found: dict[str, list[Need]] = {}
    for one in needs:
        found.setdefault(key(one), []).append(one)
    return found


def by_kind(needs: Iterable[Need]) -> dict[str, list[Need]]:
    """In the order of KINDS, what is not named last."""
    found = grouped(needs, lambda need: need.kind)
    return {kind: found[kind] for kind in (*KINDS, UNNAMED) if kind in found}
