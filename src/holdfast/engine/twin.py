"""The twin: the nodes of an organisation and what each requires, read from its JSON and laid out for the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, Struct

from holdfast.engine import grid, kernel
from holdfast.engine.errors import InputError
from holdfast.engine.limits import Limits
from holdfast.engine.reading import decode, number
from holdfast.engine.sweeps import Plan

Kind = Literal["process", "people", "facility", "application", "infrastructure", "equipment", "record", "supplier"]
Strategy = Literal["alternate_means", "transfer", "telework", "alternate_site"]
Identity = Annotated[str, Meta(min_length=1)]
Duration = float | dict[str, float]
"""Hours, or ``{low, mode, high}``, or ``{median, p90}``; the cascade of one scenario takes the mode or the median."""


class Supply(Struct, gc=False):
    """A node that a requirement draws on; ``weight`` in the unit of the requirement's ``needs``."""

    node: str
    weight: float


class Fallback(Struct, gc=False):
    """What serves instead: ``activation`` hours after the shortage began, for ``endurance`` hours (None: no end)."""

    id: Identity
    node: str
    weight: float
    activation: Duration = 0.0
    endurance: float | None = None
    strategy: Strategy | None = None
    pool: str | None = None


class Requirement(Struct, gc=False):
    """What a node needs: ``needs`` units from its supplies; ``tolerance`` hours for which it does without."""

    needs: float
    quorum: float | None = None
    tolerance: float = 0.0
    supply: list[Supply] = []
    fallbacks: list[Fallback] = []


class Node(Struct, gc=False):
    """A process or a resource. ``restart``, ``rto`` and ``mtpd`` in hours; ``site`` only names where losses arise, and
    other fields of the file are left alone."""

    id: Identity
    kind: Kind
    restart: Duration = 0.0
    minimum_level: float | None = None
    rto: float | None = None
    mtpd: float | None = None
    priority: float | None = None
    impact: dict[str, list[tuple[float, float]]] | None = None
    requirements: list[Requirement] = []
    site: Any = None


class Pool(Struct, gc=False):
    """Places that fallbacks share; ``capacity`` in the unit of their weights."""

    id: Identity
    capacity: float


class _File(Struct):
    nodes: list[Node]
    pools: list[Pool] = []


@dataclass(frozen=True, eq=False)
class Twin:
    """A twin that has been checked. Nodes stand in the order of the file; ``place`` finds one by its id."""

    source: str
    nodes: tuple[Node, ...]
    pools: tuple[Pool, ...]
    place: dict[str, int]

    @cached_property
    def model(self) -> kernel.Model:
        """The twin as the kernel takes it."""
        return _laid_out(self)

    @cached_property
    def numbered_ids(self) -> list[str]:
        """The ids in the kernel's numbering."""
        return [self.nodes[i].id for i in self.model.file_order.tolist()]

    @cached_property
    def limits(self) -> Limits:
        """RTO, MTPD and impact over time in the kernel's numbering."""
        return Limits([self.nodes[i] for i in self.model.file_order.tolist()])

    @cached_property
    def plan(self) -> Plan:
        """What sweeps over many scenarios share."""
        return Plan(self.model, self.limits)


def read_twin(data: bytes | str | dict[str, Any], source: str = "twin.json") -> Twin:
    """The twin of a JSON text or of what it decodes to; ``source`` is named in errors. Raises InputError."""
    file = decode(data, _File, source)
    place: dict[str, int] = {}
    for i, node in enumerate(file.nodes):
        if place.setdefault(node.id, i) != i:
            raise InputError(f"nodes[{i}].id", f"“{node.id}” is the id of nodes[{place[node.id]}] too", source)
    pools: set[str] = set()
    for i, pool in enumerate(file.pools):
        if pool.id in pools:
            raise InputError(f"pools[{i}].id", f"“{pool.id}” is the id of another pool too", source)
        pools.add(pool.id)
        number(pool.capacity, f"pools[{i}].capacity", source, least=0, most=grid.MOST_WEIGHT)
    fallbacks: set[str] = set()
    for i, node in enumerate(file.nodes):
        _check_node(node, f"nodes[{i}]", source)
        for g, requirement in enumerate(node.requirements):
            _check_requirement(requirement, f"nodes[{i}].requirements[{g}]", source, place, pools, fallbacks)
    return Twin(source, tuple(file.nodes), tuple(file.pools), place)


def likely(duration: Duration, path: str = "", source: str = "") -> float:
    """Hours of a duration: itself, its mode or its median. Raises InputError."""
    if not isinstance(duration, dict):
        return number(duration, path, source, least=0)
    if set(duration) == {"low", "mode", "high"}:
        low, mode, high = (number(duration[key], f"{path}.{key}", source, least=0) for key in ("low", "mode", "high"))
        if not low <= mode <= high:
            raise InputError(path, "wanted low, mode and high in this order", source)
        return mode
    if set(duration) == {"median", "p90"}:
        median, p90 = (number(duration[key], f"{path}.{key}", source, above=0) for key in ("median", "p90"))
        if median > p90:
            raise InputError(path, "wanted a p90 that is not below the median", source)
        return median
    raise InputError(path, "wanted hours, or {low, mode, high}, or {median, p90}", source)


def _check_node(node: Node, path: str, source: str) -> None:
    likely(node.restart, f"{path}.restart", source)
    for field in ("rto", "mtpd"):
        if (value := getattr(node, field)) is not None:
            number(value, f"{path}.{field}", source, least=0)
    if node.priority is not None:
        number(node.priority, f"{path}.priority", source)
    if node.minimum_level is not None:
        number(node.minimum_level, f"{path}.minimum_level", source, above=0, most=1)
        if not grid.millionths(node.minimum_level):
            raise InputError(f"{path}.minimum_level", "wanted at least a millionth", source)
    for category, points in (node.impact or {}).items():
        _check_curve(points, f"{path}.impact.{category}", source)


def _check_curve(points: list[tuple[float, float]], path: str, source: str) -> None:
    if not points:
        raise InputError(path, "wanted at least one point [hours, value]", source)
    before = -1
    for k, (hours, value) in enumerate(points):
        at = grid.seconds(number(hours, f"{path}[{k}][0]", source, least=0))
        number(value, f"{path}[{k}][1]", source)
        if not k and at:
            raise InputError(f"{path}[0][0]", f"wanted a first point at 0 hours, got {hours:g}", source)
        if at <= before:
            raise InputError(f"{path}[{k}][0]", "wanted hours that grow from point to point", source)
        if k and value < points[k - 1][1]:
            raise InputError(f"{path}[{k}][1]", "wanted values that do not fall from point to point", source)
        before = at


def _check_requirement(
    requirement: Requirement, path: str, source: str, place: dict[str, int], pools: set[str], fallbacks: set[str]
) -> None:
    needs = _weight(requirement.needs, f"{path}.needs", source)
    number(requirement.tolerance, f"{path}.tolerance", source, least=0)
    if requirement.quorum is not None:
        number(requirement.quorum, f"{path}.quorum", source, least=0, most=requirement.needs)
    total = 0
    for s, supply in enumerate(requirement.supply):
        if supply.node not in place:
            raise InputError(f"{path}.supply[{s}].node", f"there is no node “{supply.node}”", source)
        total += _weight(supply.weight, f"{path}.supply[{s}].weight", source)
    if total < needs:
        raise InputError(
            f"{path}.supply",
            f"wanted weights that add up to the needs of {requirement.needs:g} or more, "
            f"got {total / grid.THOUSAND:g} (in whole thousandths)",
            source,
        )
    for f, fallback in enumerate(requirement.fallbacks):
        total += check_fallback(fallback, f"{path}.fallbacks[{f}]", source, place, pools, fallbacks)
    if total > grid.thousandths(grid.MOST_WEIGHT):
        raise InputError(path, f"wanted weights that add up to {grid.MOST_WEIGHT:g} at most", source)


def check_fallback(
    fallback: Fallback, at: str, source: str, place: dict[str, int], pools: set[str], seen: set[str]
) -> int:
    """The weight of a fallback that fits a twin of these nodes and pools, in thousandths; its id is added to ``seen``,
    the ids of those before it. Raises InputError."""
    if fallback.id in seen:
        raise InputError(f"{at}.id", f"“{fallback.id}” is the id of another fallback too", source)
    seen.add(fallback.id)
    if fallback.node not in place:
        raise InputError(f"{at}.node", f"there is no node “{fallback.node}”", source)
    weight = _weight(fallback.weight, f"{at}.weight", source)
    likely(fallback.activation, f"{at}.activation", source)
    if fallback.endurance is not None:
        number(fallback.endurance, f"{at}.endurance", source, above=0)
    if fallback.pool is not None and fallback.pool not in pools:
        raise InputError(f"{at}.pool", f"there is no pool “{fallback.pool}”", source)
    return weight


def _weight(value: float, path: str, source: str) -> int:
    number(value, path, source, above=0, most=grid.MOST_WEIGHT)
    if not (weight := grid.thousandths(value)):
        raise InputError(path, f"wanted at least 0.001, got {value:g}", source)
    return weight


def _laid_out(twin: Twin) -> kernel.Model:
    """Numbers the nodes in topological order of their components and lays all out in flat arrays."""
    nodes, place = twin.nodes, twin.place
    n = len(nodes)
    draws_on: list[list[int]] = [
        [
            *(place[s.node] for requirement in node.requirements for s in requirement.supply),
            *(place[f.node] for requirement in node.requirements for f in requirement.fallbacks),
        ]
        for node in nodes
    ]
    component = kernel.components(draws_on)
    file_order = np.lexsort((np.arange(n), component)).astype(np.int32)  # [place in the kernel] -> place in the file
    number_of = np.empty(n, np.int32)
    number_of[file_order] = np.arange(n, dtype=np.int32)
    sorted_component = component[file_order]
    first = np.searchsorted(sorted_component, sorted_component, "left").astype(np.int32)
    last = np.searchsorted(sorted_component, sorted_component, "right").astype(np.int32)
    circle = (last - first > 1).astype(np.uint8)
    for i in range(n):
        if i in draws_on[i]:
            circle[number_of[i]] = 1
    for i, node in enumerate(nodes):
        k = number_of[i]
        inside = {j for j in draws_on[i] if first[number_of[j]] == first[k]} if circle[k] else set()
        if any(
            requirement.fallbacks
            and not inside.isdisjoint(
                [*(place[s.node] for s in requirement.supply), *(place[f.node] for f in requirement.fallbacks)]
            )
            for requirement in node.requirements
        ):
            circle[first[k] : last[k]] = 2

    by_id = sorted(range(n), key=lambda i: nodes[i].id)
    id_rank = np.empty(n, np.int32)
    id_rank[number_of[np.array(by_id, np.int32)] if n else []] = np.arange(n, dtype=np.int32)

    number = number_of.tolist()
    requirements = [(k, r) for k, i in enumerate(file_order.tolist()) for r in nodes[i].requirements]
    supplies = [s for _, r in requirements for s in r.supply]
    fallbacks = [f for _, r in requirements for f in r.fallbacks]
    fb_req = [g for g, (_, r) in enumerate(requirements) for _ in r.fallbacks]
    ordered = [nodes[i] for i in file_order.tolist()]

    infinite = float("inf")
    claims: dict[str, list[tuple[float, float, str, str, int]]] = {pool.id: [] for pool in twin.pools}
    for f, fallback in enumerate(fallbacks):
        if fallback.pool is not None:
            node = ordered[requirements[fb_req[f]][0]]
            priority = infinite if node.priority is None else node.priority
            mtpd = infinite if node.mtpd is None else float(grid.seconds(node.mtpd))
            claims[fallback.pool].append((priority, mtpd, node.id, fallback.id, f))
    granted_in_order = [[claim[-1] for claim in sorted(claims[pool.id])] for pool in twin.pools]

    users: list[list[int]] = [[] for _ in range(n)]
    for i, providers in enumerate(draws_on):
        for j in set(providers):
            users[number[j]].append(number[i])

    return kernel.Model(
        file_order=file_order,
        number_of=number_of,
        first=first,
        last=last,
        circle=circle,
        restart=[grid.seconds(likely(node.restart)) for node in ordered],
        id_rank=id_rank,
        req_of=kernel.offsets([len(node.requirements) for node in ordered]),
        req_node=[k for k, _ in requirements],
        needs=[grid.thousandths(r.needs) for _, r in requirements],
        quorum=[grid.thousandths(r.quorum or 0) for _, r in requirements],
        tolerance=[grid.seconds(r.tolerance) for _, r in requirements],
        sup_of=kernel.offsets([len(r.supply) for _, r in requirements]),
        sup_node=[number[place[s.node]] for s in supplies],
        sup_weight=[grid.thousandths(s.weight) for s in supplies],
        fb_of=kernel.offsets([len(r.fallbacks) for _, r in requirements]),
        fb_req=fb_req,
        fb_node=[number[place[f.node]] for f in fallbacks],
        fb_weight=[grid.thousandths(f.weight) for f in fallbacks],
        fb_activation=[grid.seconds(likely(f.activation)) for f in fallbacks],
        fb_endurance=[grid.NEVER if f.endurance is None else grid.seconds(f.endurance) for f in fallbacks],
        dep_of=kernel.offsets([len(list_) for list_ in users]),
        dep=[k for list_ in users for k in list_],
        pool_of=kernel.offsets([len(list_) for list_ in granted_in_order]),
        pool_fb=[f for list_ in granted_in_order for f in list_],
        capacity=[grid.thousandths(pool.capacity) for pool in twin.pools],
        minimum=[
            grid.millionths(1.0 if node.minimum_level is None else node.minimum_level) if node.kind == "process" else 0
            for node in ordered
        ],
        fallback_ids=[f.id for f in fallbacks],
        fallback_pools=[f.pool for f in fallbacks],
    )


__all__ = ["Fallback", "Node", "Pool", "Requirement", "Supply", "Twin", "check_fallback", "likely", "read_twin"]
