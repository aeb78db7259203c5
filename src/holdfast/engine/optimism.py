"""An optimistic twin: never worse off than the true one, and never hurt by a loss that ends sooner.

The cascade itself is not so: a loss that ends earlier can cost more, where a fallback pays its activation again or a
restart joins two gaps. docs/methods/restoration.md says why what is found here bounds the true cost from below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from holdfast.engine import grid
from holdfast.engine.cones import dependants
from holdfast.engine.scenario import Hit
from holdfast.engine.twin import Node, Requirement, Supply, Twin, likely

# The change of a level of this number holds its circle.
_HELD_AT = 1_000


def optimistic(twin: Twin, hit: list[Hit], circles: bool = False) -> tuple[Twin, list[Hit], set[str]]:
    """(the twin without fallbacks and pools, hits that belong to it, the nodes that it takes to be always well), for
    scenarios with hits on these nodes, none before the first of them.

    Every fallback that can come on becomes supply that is there from its activation after the first hit on, without end
    and at its full weight: no shortage can have begun before. Nodes in circles are always
    well, because a circle that is held after 1,000 changes is held at levels that nothing bounds; with ``circles`` they
    are as all others, and what is found holds only before ``unheld_until``.
    """
    arrays, model = twin.model.arrays, twin.model
    well: set[str] = set()
    if not circles:
        circle = arrays["circle"][model.number_of]
        well = {node.id for node, inside in zip(twin.nodes, circle.tolist(), strict=True) if inside}
    apart = "\0"
    while any(node.id.startswith(apart) for node in twin.nodes):
        apart += "\0"
    nodes: list[Node] = []
    gates: list[Node] = []
    hits: list[Hit] = []
    touched = dependants(twin, {twin.place[one.node] for one in hit})
    first = min((grid.seconds(one.start) for one in hit), default=0)
    for place, node in enumerate(twin.nodes):
        if node.id in well:
            nodes.append(msgspec.structs.replace(node, restart=0.0, requirements=[]))
            continue
        requirements = []
        for requirement in node.requirements:
            supply = list(requirement.supply)
            for fallback in requirement.fallbacks if place in touched else []:
                name = f"{apart}{fallback.id}"
                opened = first + grid.seconds(likely(fallback.activation))
                gates.append(
                    Node(name, "equipment", requirements=[Requirement(1.0, supply=[Supply(fallback.node, 1.0)])])
                )
                if opened:
                    hits.append(Hit(name, 1.0, 0.0, grid.hours(opened)))
                supply.append(Supply(name, fallback.weight))
            requirements.append(msgspec.structs.replace(requirement, supply=supply, fallbacks=[]))
        nodes.append(msgspec.structs.replace(node, requirements=requirements))
    nodes += gates
    return Twin(twin.source, tuple(nodes), (), {node.id: k for k, node in enumerate(nodes)}), hits, well


def unheld_until(twin: Twin, hit: list[Hit], lengths: Sequence[int], horizon: int) -> int:
    """The second before which no circle can be held, whenever repairs of these ``lengths`` (seconds) are begun in turn.

    Levels change only at multiples of what divides all times at work, so the 1,000th change of a node is at least 999
    such steps after its first. Times of ``horizon`` seconds or more have no consequence before it.
    """
    times = list(lengths)
    for one in hit:
        times += [grid.seconds(one.start), 0 if one.duration is None else grid.seconds(one.duration)]
    for place in dependants(twin, {twin.place[one.node] for one in hit}):
        node = twin.nodes[place]
        times.append(grid.seconds(likely(node.restart)))
        for requirement in node.requirements:
            times.append(grid.seconds(requirement.tolerance))
            for fallback in requirement.fallbacks:
                times.append(grid.seconds(likely(fallback.activation)))
                times.append(0 if fallback.endurance is None else grid.seconds(fallback.endurance))
    step = math.gcd(*(time for time in times if time < horizon))
    return min(horizon, (_HELD_AT - 1) * step) if step else horizon
