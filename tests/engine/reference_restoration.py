"""Restore first, slow and readable: docs/methods/restoration.md once more, every order tried.

Plain JSON in, seconds inside. Nothing here is shared with the engine but, where a caller asks for it, the cascade.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from tests.engine.reference import cascade as reference_cascade
from tests.engine.reference import seconds

Json = dict[str, Any]
Judge = Callable[[Json, Json], Json]


def schedule(twin: Json, situation: Json, order: tuple[int, ...]) -> dict[str, tuple[int, int]]:
    """(start, end) of the repair of each node: each goes to the team that can begin soonest, in the order given."""
    sites = {node["id"]: node.get("site") for node in twin["nodes"]}
    teams = [[crew, 0] for crew in situation["crews"] for _ in range(crew.get("number", 1))]
    found = {}
    for k in order:
        repair = situation["repairs"][k]
        site = repair.get("site") or sites[repair["node"]]
        broken = max(seconds(h["start"]) for h in situation["hits"] if h["node"] == repair["node"])
        able = [
            team
            for team in teams
            if team[0]["kind"] == repair["kind"] and (team[0].get("site") in (None, site) or site is None)
        ]
        team = min(able, key=lambda team: max(team[1], broken))
        start = max(team[1], broken)
        team[1] = start + max(1, seconds(repair["hours"]))
        found[repair["node"]] = (start, team[1])
    return found


def repaired(situation: Json, done: dict[str, tuple[int, int]]) -> Json:
    """The situation as a scenario whose losses end with their repair, if not before."""
    hits = []
    for hit in situation["hits"]:
        start, duration = seconds(hit["start"]), hit["duration"]
        if hit["node"] in done:
            end = done[hit["node"]][1]
            if duration is None or start + seconds(duration) > end:
                duration = (end - start) / 3_600
        hits.append({**hit, "duration": duration})
    return {"hits": hits, "horizon": situation["horizon"]}


def cost(twin: Json, answer: Json, category: str | None) -> float:
    """The impact in a category; without one each hour of an outage, ten times beyond the MTPD, by rank of priority."""
    nodes = answer["nodes"]
    if category is not None:
        return math.fsum(node.get("cost", {}).get(category, 0) for node in nodes.values())
    processes = [node for node in twin["nodes"] if node["kind"] == "process"]
    ranks = sorted({node["priority"] for node in processes if node.get("priority") is not None})
    total = []
    for node in processes:
        rank = ranks.index(node["priority"]) + 1 if node.get("priority") is not None else len(ranks) + 1
        for outage in nodes[node["id"]]["outages"]:
            length = outage["end"] - outage["start"]
            beyond = max(0, length - seconds(node["mtpd"]) / 3_600) if node.get("mtpd") is not None else 0
            total.append((length + 9 * beyond) / rank)
    return math.fsum(total)


def all_orders(
    twin: Json, situation: Json, category: str | None, judge: Judge = reference_cascade
) -> dict[tuple[int, ...], float]:
    """What every order costs; orders with the same schedule are judged once."""
    known: dict[Any, float] = {}
    found = {}
    for order in itertools.permutations(range(len(situation["repairs"]))):
        done = schedule(twin, situation, order)
        key = tuple(sorted((node, end) for node, (_, end) in done.items()))
        if key not in known:
            known[key] = cost(twin, judge(twin, repaired(situation, done)), category)
        found[order] = known[key]
    return found
