"""Deadlocks: nodes of a circle that hold each other down just before the horizon."""

from __future__ import annotations

from holdfast.engine import grid, kernel
from holdfast.engine.twin import Twin


def deadlocks(twin: Twin, touched: kernel.Ints, last_level: kernel.Ints, granted: list[int]) -> list[list[str]]:
    """For each circle the largest set of nodes, each below 1 just before the horizon, that hold each other.

    Each would have a requirement short for good if the set kept those levels and all others were well, with only the
    fallbacks that have no end. ``last_level`` is the level of each ``touched`` node (kernel's numbers) just before the
    horizon, ``granted`` holds the thousandths granted to each fallback in the last run.
    """
    model = twin.model
    arrays = model.arrays
    low: dict[int, dict[int, int]] = {}
    low_in_circle = (arrays["circle"][touched] > 0) & (last_level < grid.ONE)
    for number, level in zip(touched[low_in_circle].tolist(), last_level[low_in_circle].tolist(), strict=True):
        low.setdefault(int(arrays["first"][number]), {})[number] = level
    found = []
    for held in low.values():
        while True:
            free = [number for number in held if not _held(twin, number, held, granted)]
            if not free:
                break
            for number in free:
                del held[number]
        if held:
            found.append(sorted(twin.nodes[model.file_order[number]].id for number in held))
    return sorted(found)


def _held(twin: Twin, number: int, held: dict[int, int], granted: list[int]) -> bool:
    arrays = twin.model.arrays
    for g in range(arrays["req_of"][number], arrays["req_of"][number + 1]):
        supplied = sum(
            int(arrays["sup_weight"][s]) * held.get(int(arrays["sup_node"][s]), grid.ONE)
            for s in range(arrays["sup_of"][g], arrays["sup_of"][g + 1])
        )
        supplied += sum(
            granted[f] * held.get(int(arrays["fb_node"][f]), grid.ONE)
            for f in range(arrays["fb_of"][g], arrays["fb_of"][g + 1])
            if arrays["fb_endurance"][f] == grid.NEVER
        )
        if supplied < int(arrays["needs"][g]) * grid.ONE:
            return True
    return False
