"""Parts of a twin that can be asked alone: the cones of what a node draws on."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from holdfast.engine import grid
from holdfast.engine.sweeps import cone as kernel_cone
from holdfast.engine.twin import Twin


def cone(twin: Twin, places: Iterable[int], fallbacks: bool = True) -> set[int]:
    """The nodes (as places in the file) that these draw on directly or not, themselves included.

    With ``fallbacks`` the providers of fallbacks count too; then the levels of the cone's nodes hang on nothing outside
    it, but for the places of pools.
    """
    numbers = twin.model.number_of[np.fromiter(places, np.int64)]
    found, _ = kernel_cone(twin.model, numbers, fallbacks)
    return set(twin.model.file_order[found].tolist())


def dependants(twin: Twin, places: Iterable[int]) -> set[int]:
    """The nodes (as places in the file) that draw on these, directly or not, by supply or fallback; and these."""
    arrays, model = twin.model.arrays, twin.model
    reached: set[int] = set()
    todo = [int(model.number_of[place]) for place in places]
    while todo:
        k = todo.pop()
        if k not in reached:
            reached.add(k)
            todo += arrays["dep"][arrays["dep_of"][k] : arrays["dep_of"][k + 1]].tolist()
    return {int(model.file_order[k]) for k in reached}


def claimants(twin: Twin) -> dict[str, list[int]]:
    """Per pool that could ever be short, the nodes that may claim its places, once for each fallback.

    A pool that holds the weights of all its fallbacks together grants everybody everything, and is left out.
    """
    wanted = {pool.id: 0 for pool in twin.pools}
    found: dict[str, list[int]] = {pool.id: [] for pool in twin.pools}
    for i, node in enumerate(twin.nodes):
        for requirement in node.requirements:
            for fallback in requirement.fallbacks:
                if fallback.pool is not None:
                    wanted[fallback.pool] += grid.thousandths(fallback.weight)
                    found[fallback.pool].append(i)
    return {pool.id: found[pool.id] for pool in twin.pools if wanted[pool.id] > grid.thousandths(pool.capacity)}


def pools_in(twin: Twin, places: Iterable[int], among: Iterable[str]) -> list[str]:
    """Those of the pools ``among`` on which nodes of these places may make claims, in the order given."""
    claimed = {
        fallback.pool
        for i in places
        for requirement in twin.nodes[i].requirements
        for fallback in requirement.fallbacks
    }
    return [pool for pool in among if pool in claimed]


def part(twin: Twin, places: Iterable[int]) -> Twin:
    """The twin of these nodes alone, in the order of the file; they must draw on nothing but themselves."""
    nodes = tuple(twin.nodes[i] for i in sorted(places))
    return Twin(twin.source, nodes, twin.pools, {node.id: i for i, node in enumerate(nodes)})
