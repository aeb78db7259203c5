"""The cascade, slow and readable: a second, independent reading of docs/methods/cascade.md.

Plain JSON dicts in, the JSON dict of `holdfast cascade` out. Everything inside is a whole number: seconds,
millionths of a level, thousandths of a weight; only costs are floats. The whole twin is run in order of time.
At every instant at which anything could change, all levels are put at 1 and the rules are applied until nothing
changes any more, which gives the greatest solution of that instant given the past.

Nothing here is shared with the engine: agreement of two independent readings is the point.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Json = dict[str, Any]

HOUR = 3_600
ONE = 1_000_000  # a level of 1, in millionths
DEFAULT_HORIZON = 2_160
CHANGES_ALLOWED = 1_000  # the change of this number holds the component
NEVER = float("inf")


def seconds(hours: float) -> int:
    return round(hours * HOUR)


def seconds_or_never(hours: float | None) -> float:
    return NEVER if hours is None else seconds(hours)


def thousandths(amount: float) -> int:
    return round(amount * 1_000)


def millionths(share: float) -> int:
    return round(share * ONE)


def point_value(value: Any) -> float:
    """The one number that everything but the year uses of a value that may be given as a range."""
    if isinstance(value, dict):
        return float(value["mode"] if "mode" in value else value["median"])
    return value or 0


class Steps:
    """A right-continuous step function of time that is 1 before 0."""

    def __init__(self) -> None:
        self.times: list[float] = [-NEVER]
        self.values: list[int] = [ONE]

    def add(self, time: int, value: int) -> bool:
        """Continue with `value` from `time` on; True if that is a change."""
        if value == self.values[-1]:
            return False
        self.times.append(time)
        self.values.append(value)
        return True

    def at(self, time: float) -> int:
        return self.values[bisect_right(self.times, time) - 1]

    def since(self, time: float) -> list[int]:
        """All values taken after `time` (which itself does not count), up to the last one entered."""
        return self.values[bisect_right(self.times, time) - 1 :]

    def start_of_stretch(self, time: float) -> int:
        """Start of the stretch around `time` in which the value was at or below the value at `time`."""
        k = bisect_right(self.times, time) - 1
        limit = self.values[k]
        while self.values[k - 1] <= limit:
            k -= 1
        return int(self.times[k])


@dataclass
class Fallback:
    id: str
    node: str
    weight: int
    activation: int
    endurance: float
    pool: str | None
    claimant: str
    granted: int = 0
    was_on: bool = False


@dataclass
class Requirement:
    needs: int
    quorum: int
    tolerance: int
    supply: list[tuple[str, int]]
    fallbacks: list[Fallback]
    # history of one run
    supplied: Steps = field(default_factory=Steps)  # s_g
    short_since: int | None = None  # u
    # values of the instant that is being solved
    now_short: bool = False
    now_supplied: int = ONE


@dataclass
class Node:
    id: str
    is_process: bool
    restart: int
    requirements: list[Requirement]
    json: Json
    # history of one run
    raw: Steps = field(default_factory=Steps)  # r_i
    level: Steps = field(default_factory=Steps)  # c_i
    now_raw: int = ONE


def read_node(data: Json) -> Node:
    requirements = []
    for g in data.get("requirements") or []:
        fallbacks = [
            Fallback(
                id=k["id"],
                node=k["node"],
                weight=thousandths(k["weight"]),
                activation=seconds(point_value(k.get("activation", 0))),
                endurance=seconds_or_never(k.get("endurance")),
                pool=k.get("pool"),
                claimant=data["id"],
            )
            for k in g.get("fallbacks") or []
        ]
        requirements.append(
            Requirement(
                needs=thousandths(g["needs"]),
                quorum=thousandths(g.get("quorum") or 0),
                tolerance=seconds(g.get("tolerance") or 0),
                supply=[(s["node"], thousandths(s["weight"])) for s in g["supply"]],
                fallbacks=fallbacks,
            )
        )
    restart = seconds(point_value(data.get("restart", 0)))
    return Node(data["id"], data["kind"] == "process", restart, requirements, data)


def components(nodes: dict[str, Node]) -> list[list[str]]:
    """The circles: sets of nodes that need each other, and single nodes that need themselves."""
    needs = {
        i: {j for g in n.requirements for j in [s for s, _ in g.supply] + [k.node for k in g.fallbacks]}
        for i, n in nodes.items()
    }
    reach: dict[str, set[str]] = {}
    for i in nodes:
        seen: set[str] = set()
        todo = list(needs[i])
        while todo:
            j = todo.pop()
            if j not in seen:
                seen.add(j)
                todo.extend(needs[j])
        reach[i] = seen
    found = {tuple(sorted(j for j in reach[i] if i in reach[j])) for i in nodes if i in reach[i]}
    return [list(c) for c in sorted(found)]


class Run:
    """One run of the cascade over the whole twin with the fallbacks' grants as they stand."""

    def __init__(self, twin: Json, hits: list[Json], horizon: int, grants: dict[str, int] | None) -> None:
        self.nodes = {n["id"]: read_node(n) for n in twin["nodes"]}
        self.horizon = horizon
        self.fallbacks = [k for n in self.nodes.values() for g in n.requirements for k in g.fallbacks]
        for k in self.fallbacks:
            k.granted = k.weight if grants is None else grants.get(k.id, k.weight)
        self.hits: dict[str, list[tuple[int, float, int]]] = {i: [] for i in self.nodes}
        for hit in hits:
            start = seconds(hit.get("start") or 0)
            end = start + seconds_or_never(hit.get("duration"))
            self.hits[hit["node"]].append((start, end, ONE - millionths(hit["loss"])))
        self.circles = components(self.nodes)
        self.unsettled: list[list[str]] = []
        self.known_choices: dict[tuple[str, int], list[tuple[str, int] | None]] = {}
        self._run()

    def own_availability(self, i: str, t: float) -> int:
        return min((left for start, end, left in self.hits[i] if start <= t < end), default=ONE)

    def tolerated(self, g: Requirement, t: float) -> int:
        """ŝ_g(t), read from the finished history."""
        upto = bisect_right(g.supplied.times, t)
        first = bisect_right(g.supplied.times, t - g.tolerance) - 1 if g.tolerance else upto - 1
        return max(g.supplied.values[first:upto])

    def _run(self) -> None:
        instants: list[float] = [0]
        for hits in self.hits.values():
            for start, end, _ in hits:
                instants += [start, end]
        heapq.heapify(instants)
        held: dict[str, int] = {}
        changes = dict.fromkeys(self.nodes, 0)
        last: float = -1
        while instants and instants[0] < self.horizon:
            t = heapq.heappop(instants)
            if t == last:
                continue
            last = t
            levels = self._solve(int(t), held)
            for later in self._commit(int(t), levels, changes):
                heapq.heappush(instants, later)
            for circle in self.circles:
                if circle[0] not in held and any(changes[i] >= CHANGES_ALLOWED for i in circle):
                    held.update({i: levels[i] for i in circle})
                    self.unsettled.append(circle)

    def _solve(self, t: int, held: dict[str, int]) -> dict[str, int]:
        """The greatest levels of this instant: all at 1, then rules 1 to 7 until nothing changes."""
        levels = {i: held.get(i, ONE) for i in self.nodes}
        changed = True
        while changed:
            changed = False
            for i, node in self.nodes.items():
                level = self._level_now(node, t, levels)
                if i not in held and level != levels[i]:
                    levels[i] = level
                    changed = True
        return levels

    def _level_now(self, node: Node, t: int, levels: dict[str, int]) -> int:
        raw = self.own_availability(node.id, t)
        for g in node.requirements:
            amount = sum(weight * levels[j] for j, weight in g.supply)
            g.now_short = amount < g.needs * ONE
            if g.now_short:
                since = t if g.short_since is None else g.short_since
                for k in g.fallbacks:
                    if k.activation <= t - since < k.activation + k.endurance:
                        amount += k.granted * levels[k.node]
            g.now_supplied = min(ONE, amount // g.needs) if amount >= g.quorum * ONE else 0
            tolerated = g.now_supplied
            if g.tolerance:
                tolerated = max(tolerated, *g.supplied.since(t - g.tolerance))
            raw = min(raw, tolerated)
        node.now_raw = raw
        return min(raw, *node.raw.since(t - node.restart)) if node.restart else raw

    def _commit(self, t: int, levels: dict[str, int], changes: dict[str, int]) -> list[float]:
        """Write the instant into the histories; the later instants at which it can have a consequence."""
        later: list[float] = []
        for i, node in self.nodes.items():
            for g in node.requirements:
                if not g.now_short:
                    g.short_since = None
                elif g.short_since is None:
                    g.short_since = t
                    for k in g.fallbacks:
                        later += [t + k.activation, t + k.activation + k.endurance]
                for k in g.fallbacks:
                    on = g.short_since is not None and k.activation <= t - g.short_since < k.activation + k.endurance
                    k.was_on = k.was_on or on
                if g.supplied.add(t, g.now_supplied):
                    later.append(t + g.tolerance)
            if node.raw.add(t, node.now_raw):
                later.append(t + node.restart)
            if node.level.add(t, levels[i]):
                changes[i] += 1
        return [x for x in later if x > t]

    def deadlocks(self) -> list[list[str]]:
        found = []
        for circle in self.circles:
            stuck = {i: self.nodes[i].level.values[-1] for i in circle}
            stuck = {i: level for i, level in stuck.items() if level < ONE}
            while True:
                freed = [
                    i for i in stuck if not any(self._short_for_good(g, stuck) for g in self.nodes[i].requirements)
                ]
                if not freed:
                    break
                for i in freed:
                    del stuck[i]
            if stuck:
                found.append(sorted(stuck))
        return sorted(found)

    @staticmethod
    def _short_for_good(g: Requirement, stuck: dict[str, int]) -> bool:
        amount = sum(weight * stuck.get(j, ONE) for j, weight in g.supply)
        amount += sum(k.granted * stuck.get(k.node, ONE) for k in g.fallbacks if k.endurance == NEVER)
        return amount < g.needs * ONE

    def cause(self, process: str, start: int) -> list[tuple[str, int]]:
        """The binding chain of the outage that starts at `start`: [(node, t′), …], the process first."""
        first = (process, self.nodes[process].level.start_of_stretch(start))
        seen = {first}
        chain = [first]
        untried = [iter(self._choices(first))]
        dead_end: list[tuple[str, int]] | None = None
        while chain:
            for choice in untried[-1]:
                if choice is None:
                    return chain
                if choice not in seen:
                    seen.add(choice)
                    chain.append(choice)
                    untried.append(iter(self._choices(choice)))
                    break
            else:
                # No way on from here. The first dead end is the answer where no chain ends in a hit.
                dead_end = dead_end or list(chain)
                chain.pop()
                untried.pop()
        return dead_end or [first]

    def _choices(self, place: tuple[str, int]) -> list[tuple[str, int] | None]:
        """What may have put node i down at t, the lowest first: None for a hit of its own, else (provider, t′)."""
        if place not in self.known_choices:
            self.known_choices[place] = self._find_choices(*place)
        return self.known_choices[place]

    def _find_choices(self, i: str, t: int) -> list[tuple[str, int] | None]:
        node = self.nodes[i]
        own: tuple[int, int, Requirement | None] = (self.own_availability(i, t), -1, None)
        sources = [own, *((self.tolerated(g, t), n, g) for n, g in enumerate(node.requirements))]
        found: list[tuple[str, int] | None] = []
        for value, _, g in sorted(sources, key=lambda s: s[:2]):
            if value >= ONE:
                continue
            if g is None:
                found.append(None)
                continue
            before = t - g.tolerance
            for level, j in sorted((self.nodes[j].level.at(before), j) for j, _ in g.supply):
                if level < ONE:
                    found.append((j, self.nodes[j].level.start_of_stretch(before)))
        return found


def claim_order(run: Run, k: Fallback) -> tuple[float, float, str, str]:
    node = run.nodes[k.claimant]
    priority = node.json.get("priority") if node.is_process else None
    mtpd = node.json.get("mtpd") if node.is_process else None
    return (NEVER if priority is None else priority, seconds_or_never(mtpd), k.claimant, k.id)


def share_pools(twin: Json, first: Run) -> dict[str, list[tuple[Fallback, int]]]:
    """Per pool its fallbacks by rank, each with the thousandths it is granted."""
    shares: dict[str, list[tuple[Fallback, int]]] = {}
    for pool in twin.get("pools") or []:
        left = thousandths(pool["capacity"])
        members = [k for k in first.fallbacks if k.pool == pool["id"]]
        members.sort(key=lambda k: (not k.was_on, claim_order(first, k)))
        shares[pool["id"]] = []
        for k in members:
            granted = min(k.weight, left)
            left -= granted
            shares[pool["id"]].append((k, granted))
    return shares


def interpolate(points: list[list[float]], length: int) -> float:
    """Cost of an outage of `length` seconds: linear between the points, flat after the last."""
    on_grid = [(seconds(hours), value) for hours, value in points]
    for (t0, v0), (t1, v1) in pairwise(on_grid):
        if length <= t1:
            return v0 + (v1 - v0) * (length - t0) / (t1 - t0)
    return on_grid[-1][1]


def read_off(run: Run, node: Node) -> Json:
    data = node.json
    minimum = millionths(data["minimum_level"]) if data.get("minimum_level") is not None else ONE
    rto, mtpd = seconds_or_never(data.get("rto")), seconds_or_never(data.get("mtpd"))
    spans: list[tuple[int, int, bool]] = []
    start: int | None = None
    for time, value in zip(node.level.times, node.level.values, strict=True):
        if value < minimum and start is None:
            start = int(time)
        elif value >= minimum and start is not None:
            spans.append((start, int(time), False))
            start = None
    if start is not None:
        spans.append((start, run.horizon, True))
    lengths = [end - start for start, end, _ in spans]
    breaches = [start + mtpd for start, end, _ in spans if end - start > mtpd]
    return {
        "outages": [
            {
                "start": start / HOUR,
                "end": end / HOUR,
                "open": is_open,
                "cause": [[i, t / HOUR] for i, t in run.cause(node.id, start)],
            }
            for start, end, is_open in spans
        ],
        "first_down": spans[0][0] / HOUR if spans else None,
        "longest_outage": max(lengths, default=0) / HOUR,
        "downtime": sum(lengths) / HOUR,
        "rto_missed": any(length > rto for length in lengths),
        "mtpd_breached": bool(breaches),
        "breach_at": breaches[0] / HOUR if breaches else None,
        "cost": {
            category: float(sum(interpolate(points, length) for length in lengths))
            for category, points in (data.get("impact") or {}).items()
        },
    }


def levels_from_zero(level: Steps) -> list[list[float]]:
    steps = [[t / HOUR, v / ONE] for t, v in zip(level.times, level.values, strict=True) if t >= 0]
    return steps if steps and steps[0][0] == 0 else [[0.0, 1.0], *steps]


def cascade(twin: Json, scenario: Json) -> Json:
    """The answer of `holdfast cascade TWIN SCENARIO --json` for a valid twin and scenario."""
    given = scenario.get("horizon")
    horizon = seconds(DEFAULT_HORIZON if given is None else given)
    first = Run(twin, scenario["hits"], horizon, None)
    shares = share_pools(twin, first)
    grants = {k.id: granted for ranked in shares.values() for k, granted in ranked}
    run = Run(twin, scenario["hits"], horizon, grants)
    on_again = {k.id for k in run.fallbacks if k.was_on}
    contentions = [
        {
            "pool": pool,
            "fallback": k.id,
            "node": k.claimant,
            "weight": k.weight / 1_000,
            "granted": granted / 1_000,
        }
        for pool in sorted(shares)
        for k, granted in shares[pool]
        if granted < k.weight and (k.was_on or k.id in on_again)
    ]
    nodes = {}
    for i, node in run.nodes.items():
        nodes[i] = {"level": levels_from_zero(node.level), **(read_off(run, node) if node.is_process else {})}
    return {
        "nodes": nodes,
        "contentions": contentions,
        "deadlocks": run.deadlocks(),
        "unsettled": sorted(run.unsettled),
    }
