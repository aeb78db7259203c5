"""Small dense twins for proving agreement: everything the cascade knows, in a few nodes, from a seed."""

from __future__ import annotations

from random import Random
from typing import Any

Json = dict[str, Any]

KINDS = ("people", "facility", "application", "infrastructure", "equipment", "record", "supplier")
STRATEGIES = ("alternate_means", "transfer", "telework", "alternate_site")


def small(
    seed: int,
    nodes: int = 14,
    *,
    circles: bool = True,
    fallbacks_on_circles: bool = True,
    pools: bool = True,
) -> Json:
    """A random twin of ``nodes`` nodes with partial weights, quorums, tolerances, restarts and chained fallbacks.

    Without ``circles`` every node draws only on those before it. Without ``fallbacks_on_circles`` a requirement that
    hangs on later nodes, or on any that could be in a circle, has none; then sweeping whole functions is exact.
    """
    random = Random(f"small/{seed}/{nodes}")
    names = [f"n{number:02d}" for number in range(nodes)]
    # Nodes of the front part only draw on those before them, so they are in no circle.
    front = nodes // 2 if circles else nodes
    shelves = (
        [{"id": f"pool-{number}", "capacity": float(random.randint(0, 3))} for number in range(2)] if pools else []
    )
    made = []
    for number, name in enumerate(names):
        reach = (
            names[:number] if number < front else [other for other in names if other != name or random.random() < 0.1]
        )
        requirements = []
        for index in range(random.choice((0, 1, 1, 2, 3)) if reach else 0):
            supply = random.sample(reach, min(len(reach), random.randint(1, 3)))
            plain = number < front or fallbacks_on_circles
            providers = reach if plain else names[:front]
            hangs = not plain and any(names.index(node) >= front for node in supply)
            requirements.append(_requirement(random, f"{name}-{index}", supply, [] if hangs else providers, shelves))
        made.append(_node(random, name, requirements))
    return {"nodes": made, "pools": shelves}


def small_scenario(twin: Json, seed: int, horizon: float = 300.0) -> Json:
    """One to five hits on a small twin: full and partial, overlapping, some without end, some at the same instant."""
    random = Random(f"scenario/{seed}")
    names = [node["id"] for node in twin["nodes"]]
    hits = [
        {
            "node": random.choice(names),
            "loss": random.choice((1.0, 1.0, 0.5, 0.3, 1 / 3)),
            "start": random.choice((0.0, 0.0, 1.0, 5.5, float(random.randint(0, 60)))),
            "duration": random.choice((None, 1.0, 2.0, 0.5, float(random.randint(1, 80)), 12.345)),
        }
        for _ in range(random.randint(1, 5))
    ]
    return {"hits": hits, "horizon": horizon}


def _node(random: Random, name: str, requirements: list[Json]) -> Json:
    node: Json = {"id": name, "kind": random.choice(KINDS), "restart": random.choice((0.0, 0.0, 1.0, 2.5))}
    if random.random() < 0.5:
        node["kind"] = "process"
        optional = {
            "minimum_level": random.choice((0.25, 0.5, 1.0)),
            "rto": random.choice((1.0, 4.0, 24.0)),
            "mtpd": random.choice((8.0, 48.0)),
            "priority": random.randint(1, 3),
            "impact": {"financial": [[0.0, 0.0], [4.0, 100.0], [24.0, 1_000.0]]},
        }
        node |= {key: value for key, value in optional.items() if random.random() < 0.8}
    return node | {"requirements": requirements}


def _requirement(random: Random, name: str, supply: list[str], providers: list[str], pools: list[Json]) -> Json:
    edges: list[Json] = [{"node": node, "weight": random.choice((1.0, 1.0, 2.0, 0.333, 1.5))} for node in supply]
    total = sum(edge["weight"] for edge in edges)
    needs = random.choice((total, total, min(1.0, total), round(total * 0.6, 3)))
    fallbacks = [
        {
            "id": f"{name}-{number}",
            "node": random.choice(providers),
            "weight": random.choice((needs, needs, round(needs * 0.5, 3))),
            "activation": random.choice((0.0, 1.0, 2.0, 6.0)),
            "endurance": random.choice((None, 1.0, 4.0, 24.0)),
            "strategy": random.choice(STRATEGIES),
            "pool": str(random.choice(pools)["id"]) if pools and random.random() < 0.5 else None,
        }
        for number in range(random.choice((0, 0, 1, 2)) if providers else 0)
    ]
    return {
        "needs": needs,
        "quorum": random.choice((0.0, 0.0, round(needs * 0.5, 3), needs)),
        "tolerance": random.choice((0.0, 0.0, 1.0, 3.0, 12.0)),
        "supply": edges,
        "fallbacks": fallbacks,
    }
