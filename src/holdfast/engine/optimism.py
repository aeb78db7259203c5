"""An optimistic twin: never worse off than the true one, and never hurt by a loss that ends sooner.

The cascade itself is not so: a loss that ends earlier can cost more, where a fallback pays its activation again or a
restart joins two gaps. docs/methods/restoration.md says why what is found here bounds the true cost from below.
"""

from __future__ import annotations

import msgspec

from holdfast.engine import grid
from holdfast.engine.scenario import Hit
from holdfast.engine.twin import Node, Requirement, Supply, Twin, likely


def optimistic(twin: Twin, first: int) -> tuple[Twin, list[Hit], set[str]]:
    """(the twin without fallbacks and pools, hits that belong to it, the nodes that it takes to be always well).

    Every fallback becomes supply that is there from its activation after ``first`` on, the second of the first loss of
    the scenario, without end and at its full weight: no shortage can have begun before. Nodes in circles are always
    well, because a circle that is held after 1,000 changes is held at levels that nothing bounds.
    """
    arrays, model = twin.model.arrays, twin.model
    well = {node.id for node, number in zip(twin.nodes, model.number_of, strict=True) if arrays["circle"][number]}
    apart = "\0"
    while any(node.id.startswith(apart) for node in twin.nodes):
        apart += "\0"
    nodes: list[Node] = []
    gates: list[Node] = []
    hits: list[Hit] = []
    for node in twin.nodes:
        if node.id in well:
            nodes.append(msgspec.structs.replace(node, restart=0.0, requirements=[]))
            continue
        requirements = []
        for requirement in node.requirements:
            supply = list(requirement.supply)
            for fallback in requirement.fallbacks:
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
