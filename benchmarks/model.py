"""A twin on the grid, as the Python peers read it: whole seconds, millionths and thousandths, nodes by number.

This is the part that any Python programmer would write once for such a model; each peer adds its own way of running
it. It shares nothing with the engine, so that an error there cannot hide here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import networkx as nx

Json = dict[str, Any]
# (time in seconds, level in millionths) at each change; a node that never changes has none, and is at 1 throughout.
Steps = list[tuple[int, int]]

ONE = 1_000_000


def seconds(hours: float) -> int:
    return round(hours * 3_600)


def thousandths(amount: float) -> int:
    return round(amount * 1_000)


@dataclass(slots=True)
class Fallback:
    id: str
    node: int
    weight: int  # thousandths
    activation: int  # seconds
    endurance: int | None  # seconds
    pool: str | None


@dataclass(slots=True)
class Requirement:
    needs: int  # thousandths
    quorum: int  # thousandths
    tolerance: int  # seconds
    supply: list[tuple[int, int]]  # (node, weight in thousandths)
    fallbacks: list[Fallback]
    total: int = 0  # what the supply adds up to with all at 1, in thousandths
    providers: frozenset[int] = frozenset()  # all nodes that it draws on, by supply or by fallback

    def __post_init__(self) -> None:
        self.total = sum(weight for _, weight in self.supply)
        self.providers = frozenset([node for node, _ in self.supply] + [one.node for one in self.fallbacks])


@dataclass(slots=True)
class Node:
    id: str
    process: bool
    restart: int  # seconds
    minimum: int  # millionths
    rank: tuple[float, float, str]  # of its claims on a pool: priority, mtpd, id
    requirements: list[Requirement]
    dependents: list[int] = field(default_factory=list)  # those that draw on it, by supply or by fallback


@dataclass(slots=True)
class Model:
    nodes: list[Node]
    number: dict[str, int]
    capacity: dict[str, int]  # thousandths
    components: list[list[int]]  # suppliers first; more than one node, or one that needs itself: a circle
    circle: list[bool]  # by component


@dataclass(slots=True)
class Answer:
    """``levels`` by id, of the nodes that ever changed; ``outages`` by id, of the processes that were ever down."""

    levels: dict[str, Steps]
    outages: dict[str, list[tuple[int, int, bool]]]  # start and end in seconds, open at the horizon
    contentions: list[tuple[str, str, int]]  # pool, fallback, granted in thousandths
    runs: int = 1


def read(twin: Json) -> Model:
    number = {node["id"]: index for index, node in enumerate(twin["nodes"])}
    nodes = [_node(node, number) for node in twin["nodes"]]
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(nodes)))
    for index, node in enumerate(nodes):
        for other in sorted({provider for need in node.requirements for provider in need.providers}):
            nodes[other].dependents.append(index)
            graph.add_edge(other, index)
    condensed = nx.condensation(graph)
    components = [sorted(condensed.nodes[one]["members"]) for one in nx.topological_sort(condensed)]
    circle = [len(members) > 1 or graph.has_edge(members[0], members[0]) for members in components]
    capacity = {pool["id"]: thousandths(pool["capacity"]) for pool in twin.get("pools", [])}
    return Model(nodes, number, capacity, components, circle)


def _node(node: Json, number: dict[str, int]) -> Node:
    infinite = float("inf")
    priority, mtpd = node.get("priority"), node.get("mtpd")
    return Node(
        id=node["id"],
        process=node["kind"] == "process",
        restart=seconds(node.get("restart", 0.0)),
        minimum=round(node.get("minimum_level", 1.0) * ONE),
        rank=(infinite if priority is None else priority, infinite if mtpd is None else mtpd, node["id"]),
        requirements=[_requirement(need, number) for need in node.get("requirements", [])],
    )


def _requirement(need: Json, number: dict[str, int]) -> Requirement:
    return Requirement(
        needs=thousandths(need["needs"]),
        quorum=thousandths(need.get("quorum", 0.0)),
        tolerance=seconds(need.get("tolerance", 0.0)),
        supply=[(number[edge["node"]], thousandths(edge["weight"])) for edge in need["supply"]],
        fallbacks=[
            Fallback(
                id=one["id"],
                node=number[one["node"]],
                weight=thousandths(one["weight"]),
                activation=seconds(one.get("activation", 0.0)),
                endurance=None if one.get("endurance") is None else seconds(one["endurance"]),
                pool=one.get("pool"),
            )
            for one in need.get("fallbacks", [])
        ],
    )


def availability(model: Model, scenario: Json) -> dict[int, Steps]:
    """Own availability of every node that is hit before the horizon: the lowest of the hits active at a time."""
    horizon = seconds(scenario["horizon"])
    spans: dict[int, list[tuple[int, int, int]]] = {}
    for hit in scenario["hits"]:
        start = seconds(hit["start"])
        end = horizon if hit["duration"] is None else start + seconds(hit["duration"])
        left = ONE - round(hit["loss"] * ONE)
        if start < min(end, horizon):
            spans.setdefault(model.number[hit["node"]], []).append((start, min(end, horizon), left))
    found = {}
    for node, hits in spans.items():
        steps: Steps = []
        level = ONE
        for time in sorted({time for start, end, _ in hits for time in (start, end) if time < horizon}):
            now = min((left for start, end, left in hits if start <= time < end), default=ONE)
            if now != level:
                steps.append((time, now))
                level = now
        found[node] = steps
    return found


def outages(steps: Steps, minimum: int, horizon: int) -> list[tuple[int, int, bool]]:
    """The stretches below ``minimum``; one that reaches the horizon ends there and is open."""
    found = []
    since = None
    for time, level in steps:
        if level < minimum:
            since = time if since is None else since
        elif since is not None:
            found.append((since, time, False))
            since = None
    if since is not None:
        found.append((since, horizon, True))
    return found


def grants(model: Model, claimed: set[str]) -> dict[str, int]:
    """What each fallback of a pool is granted, in thousandths: those that claimed first, each group by rank."""
    asking = [
        (fallback.id not in claimed, node.rank, fallback.id, fallback)
        for node in model.nodes
        for need in node.requirements
        for fallback in need.fallbacks
        if fallback.pool is not None
    ]
    left = dict(model.capacity)
    granted = {}
    for _, _, name, fallback in sorted(asking, key=lambda one: one[:3]):
        assert fallback.pool is not None
        granted[name] = min(fallback.weight, left[fallback.pool])
        left[fallback.pool] -= granted[name]
    return granted


def contentions(model: Model, claimed: set[str], granted: dict[str, int]) -> list[tuple[str, str, int]]:
    """The fallbacks that were on in either run and got less than their weight, sorted by pool and id."""
    return sorted(
        (fallback.pool, fallback.id, granted[fallback.id])
        for node in model.nodes
        for need in node.requirements
        for fallback in need.fallbacks
        if fallback.pool is not None and fallback.id in claimed and granted[fallback.id] < fallback.weight
    )
