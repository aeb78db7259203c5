"""Peer: the cascade as a discrete-event simulation in SimPy 4.

Every node is a SimPy process that sleeps until a hit, a provider or a clock of its own wakes it: the end of a
tolerance, of a restart, of an activation or of an endurance. A provider tells the requirements that draw on it by how
much it changed, and a node that nothing ever reached is never started. The nodes of a circle are one process together,
which settles all of them at each instant. Within an instant the processes run suppliers first, by the priorities of
SimPy's queue, so that no node acts on a level that is gone in the same instant. A scenario that contends for a pool is
run twice.

What it cannot express: circles that never settle (it goes on to the horizon); deadlocks, causes and costs, which nobody
asked of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from benchmarks.model import (
    ONE,
    Answer,
    Model,
    Node,
    Requirement,
    Steps,
    contentions,
    grants,
    outages,
    read,
    seconds,
)

Json = dict[str, Any]

# SimPy's own events have the priorities 0 and 1: hits and clocks come before every node of the same instant.
FIRST_RANK = 2


@dataclass(slots=True)
class Plan:
    """A model and, by node: its component, its place in that, and who draws on it, (node, requirement, weight)."""

    model: Model
    component: list[int]
    place: list[int]
    users: list[list[tuple[int, int, int]]]
    providers: list[list[tuple[int, int]]]  # fallbacks: (node, requirement)


def prepare(twin: Json) -> Plan:
    model = read(twin)
    count = len(model.nodes)
    plan = Plan(model, [0] * count, [0] * count, [[] for _ in range(count)], [[] for _ in range(count)])
    for component, members in enumerate(model.components):
        for place, number in enumerate(members):
            plan.component[number], plan.place[number] = component, place
    for number, node in enumerate(model.nodes):
        for place, need in enumerate(node.requirements):
            for other, weight in need.supply:
                plan.users[other].append((number, place, weight))
            for fallback in need.fallbacks:
                plan.providers[fallback.node].append((number, place))
    return plan


def run(plan: Plan, scenario: Json) -> Answer:
    """The cascade of one scenario; a second run with the grants of the pools only where somebody got less."""
    horizon = seconds(scenario["horizon"])
    model = plan.model
    simulation = Simulation(plan, scenario, {})
    simulation.run(until=horizon)
    claimed = set(simulation.claimed)
    granted: dict[str, int] = {}
    runs = 1
    if claimed:
        granted = grants(model, claimed)
        if contentions(model, claimed, granted):
            simulation = Simulation(plan, scenario, granted)
            simulation.run(until=horizon)
            claimed |= simulation.claimed
            runs = 2
    nodes = model.nodes
    return Answer(
        levels={nodes[number].id: steps for number, steps in simulation.steps.items()},
        outages={
            nodes[number].id: found
            for number, steps in simulation.steps.items()
            if nodes[number].process and (found := outages(steps, nodes[number].minimum, horizon))
        },
        contentions=contentions(model, claimed, granted) if granted else [],
        runs=runs,
    )


class Wake(simpy.Event):
    """Wakes a group at the present instant, in the place that its rank gives it among the others."""

    def ring(self, rank: int) -> None:
        self._ok = True
        self._value = None
        self.env.schedule(self, rank)  # type: ignore[arg-type]


class Simulation(simpy.Environment):
    """One run: the levels of all nodes, and the groups that were reached so far."""

    def __init__(self, plan: Plan, scenario: Json, granted: dict[str, int]) -> None:
        super().__init__()
        self.plan = plan
        self.granted = granted
        self.claimed: set[str] = set()
        self.levels = [ONE] * len(plan.model.nodes)
        self.steps: dict[int, Steps] = {}
        self.states: list[State | None] = [None] * len(plan.model.nodes)
        for hit in scenario["hits"]:
            self.process(self.hit(hit))

    def hit(self, hit: Json) -> Generator[simpy.Event, Any, None]:
        left = ONE - round(hit["loss"] * ONE)
        duration = None if hit["duration"] is None else seconds(hit["duration"])
        yield self.timeout(seconds(hit["start"]))
        if duration == 0:
            return
        state = self.state(self.plan.model.number[hit["node"]])
        state.hits.append(left)
        state.group.rouse()
        if duration is not None:
            yield self.timeout(duration)
            state.hits.remove(left)
            state.group.rouse()

    def state(self, number: int) -> State:
        """The node while it runs; it and its group start when they are first asked for."""
        state = self.states[number]
        if state is None:
            component = self.plan.component[number]
            group = Group(self, component)
            for member, one in zip(self.plan.model.components[component], group.states, strict=True):
                self.states[member] = one
            state = group.states[self.plan.place[number]]
        return state

    def tell(self, number: int, before: int, now: int) -> None:
        """Notes the new level of a node and tells those that draw on it."""
        level = self.levels[number]
        self.steps.setdefault(number, []).append((now, level))
        change = level - before
        states = self.states
        for user, place, weight in self.plan.users[number]:
            needed = (states[user] or self.state(user)).needs[place]
            needed.total += weight * change
            needed.due()
        for user, place in self.plan.providers[number]:
            # Who is not short has no use for a fallback, and looks at its level when that changes.
            known = states[user]
            if known is not None and known.needs[place].since is not None:
                known.needs[place].due()


class Window:
    """The best (or worst) that a value was in the last ``span`` seconds, the present one included."""

    __slots__ = ("current", "past", "span", "worst")

    def __init__(self, span: int, worst: bool) -> None:
        self.span = span
        self.worst = worst
        self.current = ONE
        self.past: deque[tuple[int, int]] = deque()  # (value, until)

    def seen(self, value: int, now: int) -> int:
        """What the window would show now if the value became ``value``."""
        past = self.past
        while past and past[0][1] <= now:
            past.popleft()
        # What is current until now ends now, and is seen for a while yet.
        lasting = past[0][0] if past else self.current
        return min(value, lasting) if self.worst else max(value, lasting)

    def change(self, value: int, now: int) -> bool:
        """Sets the value; true if the one before will be missed when it runs out of the window."""
        before, self.current = self.current, value
        missed = before < value if self.worst else before > value
        past = self.past
        while past and (past[-1][0] >= value if self.worst else past[-1][0] <= value):
            past.pop()
        if missed:
            past.append((before, now + self.span))
        return missed


class Needed:
    """A requirement while it runs: what it gets, since when it is short, and what it may still live on."""

    __slots__ = (
        "group",
        "inside",
        "is_due",
        "need",
        "quorum",
        "short",
        "since",
        "supplied",
        "total",
        "wanted",
        "window",
    )

    def __init__(self, group: Group, need: Requirement, inside: bool) -> None:
        self.group = group
        self.inside = inside  # it draws on the circle that its node stands in
        self.need = need
        self.wanted = need.needs * ONE
        self.quorum = need.quorum * ONE
        self.total = need.total * ONE
        self.supplied = ONE
        self.since: int | None = None
        self.short = False
        self.window = Window(need.tolerance, worst=False) if need.tolerance else None
        self.is_due = False

    def due(self, _: simpy.Event | None = None) -> None:
        """It has to be looked at again at this instant."""
        if not self.is_due:
            self.is_due = True
            group = self.group
            if not group.roused:
                group.rouse()

    def look(self, now: int, total: int) -> int:
        """What it gives the node if its supply adds up to ``total`` now; noted for ``commit``."""
        need = self.need
        self.short = total < self.wanted
        if self.short and need.fallbacks:
            simulation = self.group.simulation
            since = now if self.since is None else self.since
            for fallback in need.fallbacks:
                begin = since + fallback.activation
                if begin <= now and (fallback.endurance is None or now < begin + fallback.endurance):
                    total += simulation.granted.get(fallback.id, fallback.weight) * simulation.levels[fallback.node]
        supplied = ONE
        if total < self.quorum:
            supplied = 0
        elif total < self.wanted:
            supplied = total // need.needs
        self.supplied = supplied
        return supplied if self.window is None else self.window.seen(supplied, now)

    def commit(self, now: int) -> None:
        """Makes what ``look`` noted last the state, and sets the clocks that follow from it."""
        self.is_due = False
        if self.need.fallbacks:
            self.commit_fallbacks(now)
        window = self.window
        if window is not None and self.supplied != window.current and window.change(self.supplied, now):
            self.clock(window.span)

    def commit_fallbacks(self, now: int) -> None:
        if not self.short:
            self.since = None
            return
        if self.since is None:
            self.since = now
            for fallback in self.need.fallbacks:
                if fallback.activation:
                    self.clock(fallback.activation)
                if fallback.endurance is not None:
                    self.clock(fallback.activation + fallback.endurance)
        for fallback in self.need.fallbacks:
            begin = self.since + fallback.activation
            if (
                fallback.pool is not None
                and begin <= now
                and (fallback.endurance is None or now < begin + fallback.endurance)
            ):
                self.group.simulation.claimed.add(fallback.id)

    def clock(self, delay: int) -> None:
        callbacks = self.group.simulation.timeout(delay).callbacks
        assert callbacks is not None
        callbacks.append(self.due)


class State:
    """A node while it runs."""

    __slots__ = ("given", "group", "hits", "needs", "number", "raw", "window")

    def __init__(self, group: Group, number: int, node: Node, circle: frozenset[int]) -> None:
        self.group = group
        self.number = number
        self.hits: list[int] = []
        self.needs = [
            Needed(group, need, not circle.isdisjoint(need.providers) if circle else False)
            for need in node.requirements
        ]
        self.given = [ONE] * len(self.needs)
        self.window = Window(node.restart, worst=True) if node.restart else None
        self.raw = ONE

    def level(self, now: int) -> int:
        """The level that follows from what the requirements give; noted for ``commit``."""
        raw = min(self.given, default=ONE)
        if self.hits:
            raw = min(raw, *self.hits)
        self.raw = raw
        return raw if self.window is None else self.window.seen(raw, now)

    def commit(self, now: int) -> None:
        window = self.window
        if window is not None and self.raw != window.current and window.change(self.raw, now):
            callbacks = self.group.simulation.timeout(window.span).callbacks
            assert callbacks is not None
            callbacks.append(self.group.rouse)


class Group:
    """A node, or the nodes of a circle, and the SimPy process that keeps their levels."""

    __slots__ = ("rank", "roused", "simulation", "states", "wake")

    def __init__(self, simulation: Simulation, component: int) -> None:
        model = simulation.plan.model
        self.simulation = simulation
        self.rank = FIRST_RANK + component
        members = model.components[component]
        circle = frozenset(members if model.circle[component] else ())
        self.states = [State(self, number, model.nodes[number], circle) for number in members]
        self.wake = Wake(simulation)
        self.roused = False
        simulation.process(self.circle() if circle else self.node())

    def rouse(self, _: simpy.Event | None = None) -> None:
        if not self.roused:
            self.roused = True
            self.wake.ring(self.rank)

    def rest(self) -> Wake:
        self.roused = False
        self.wake = Wake(self.simulation)
        return self.wake

    def node(self) -> Generator[simpy.Event, Any, None]:
        """A node outside circles looks at the requirements that are due."""
        simulation, state = self.simulation, self.states[0]
        levels, number = simulation.levels, state.number
        yield self.wake
        while True:
            now = int(simulation.now)
            for place, needed in enumerate(state.needs):
                if needed.is_due:
                    state.given[place] = needed.look(now, needed.total)
                    needed.commit(now)
            before = levels[number]
            levels[number] = state.level(now)
            state.commit(now)
            if levels[number] != before:
                simulation.tell(number, before, now)
            yield self.rest()

    def circle(self) -> Generator[simpy.Event, Any, None]:
        """The greatest levels of an instant, given the past: all at 1, then down until nothing changes."""
        simulation, levels = self.simulation, self.simulation.levels
        yield self.wake
        while True:
            now = int(simulation.now)
            before = [levels[state.number] for state in self.states]
            for state in self.states:
                levels[state.number] = ONE
                for place, needed in enumerate(state.needs):
                    if needed.is_due and not needed.inside:
                        state.given[place] = needed.look(now, needed.total)
                        needed.commit(now)
            while self.lower(levels, now):
                pass
            for state in self.states:
                for needed in state.needs:
                    if needed.inside:
                        needed.commit(now)
                state.commit(now)
            # Its own members need not be told: it has just looked at all of them.
            self.roused = True
            for state, was in zip(self.states, before, strict=True):
                if levels[state.number] != was:
                    simulation.tell(state.number, was, now)
            for state in self.states:
                for needed in state.needs:
                    needed.is_due = False
            yield self.rest()

    def lower(self, levels: list[int], now: int) -> bool:
        """Applies the levels of the moment once; true if one of them changed."""
        changed = False
        for state in self.states:
            for place, needed in enumerate(state.needs):
                if needed.inside:
                    total = 0
                    for number, weight in needed.need.supply:
                        total += weight * levels[number]
                    state.given[place] = needed.look(now, total)
            level = state.level(now)
            if level != levels[state.number]:
                levels[state.number] = level
                changed = True
        return changed
