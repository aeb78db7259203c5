"""Contention, slow and readable: docs/methods/contention.md on the reference's cascade, all capacities tried.

Plain JSON in and out, thousandths and seconds inside. Nothing here is shared with the engine.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

from tests.engine.reference import HOUR, ONE, Run, point_value, seconds, share_pools, thousandths
from tests.engine.reference import cascade as reference_cascade

Json = dict[str, Any]


def level_at(answer: Json, node: str, second: int) -> int:
    return next((round(v * ONE) for t, v in reversed(answer["nodes"][node]["level"]) if round(t * HOUR) <= second), ONE)


def is_on(answer: Json, requirement: Json, fallback: Json, instants: list[int], second: int) -> bool:
    """Rule 3 as it is written: short without a break since some u with α ≤ t − u < α + ε."""

    def short(at: int) -> bool:
        got = sum(thousandths(s["weight"]) * level_at(answer, s["node"], at) for s in requirement["supply"])
        return got < thousandths(requirement["needs"]) * ONE

    if not short(second):
        return False
    since = second
    for earlier in reversed([time for time in instants if time <= second]):
        if not short(earlier):
            break
        since = earlier
    activation, endurance = seconds(point_value(fallback.get("activation"))), fallback.get("endurance")
    passed = second - since - activation
    return passed >= 0 and (endurance is None or passed < seconds(endurance))


def on_spans(twin: Json, answer: Json, horizon: int) -> dict[str, list[list[int]]]:
    """[start, end) of each fallback, looked at in every instant at which it could turn."""
    levels = answer["nodes"].values()
    instants = sorted({round(t * HOUR) for node in levels for t, _ in node["level"]})
    found: dict[str, list[list[int]]] = {}
    for node in twin["nodes"]:
        for requirement in node["requirements"]:
            for fallback in requirement.get("fallbacks") or []:
                alpha = seconds(point_value(fallback.get("activation")))
                end = seconds(fallback["endurance"]) if fallback.get("endurance") is not None else 0
                asked = sorted({t + d for t in instants for d in (0, alpha, alpha + end)} | {0, horizon})
                spans: list[list[int]] = []
                for time, after in pairwise(asked):
                    if time < horizon and is_on(answer, requirement, fallback, instants, time):
                        if spans and spans[-1][1] == time:
                            spans[-1][1] = min(after, horizon)
                        else:
                            spans.append([time, min(after, horizon)])
                found[fallback["id"]] = spans
    return found


def with_capacity(twin: Json, pool: str, capacity: int) -> Json:
    changed = copy.deepcopy(twin)
    for one in changed["pools"]:
        if one["id"] == pool:
            one["capacity"] = capacity / 1_000
    return changed


def breached(twin: Json, scenario: Json) -> dict[str, float]:
    nodes = reference_cascade(twin, scenario)["nodes"]
    return {key: node["breach_at"] for key, node in nodes.items() if node.get("mtpd_breached")}


def contention(twin: Json, scenario: Json) -> list[Json]:
    """What `holdfast contention` says of one scenario: its pools that are claimed, by id."""
    horizon = seconds(scenario["horizon"])
    first = Run(twin, scenario["hits"], horizon, None)
    shares = share_pools(twin, first)
    second = Run(
        twin, scenario["hits"], horizon, {k.id: granted for ranked in shares.values() for k, granted in ranked}
    )
    ever_on = {k.id for k in first.fallbacks + second.fallbacks if k.was_on}
    answer = reference_cascade(twin, scenario)
    spans = on_spans(twin, answer, horizon)
    found = []
    for pool in sorted(shares):
        claims = [(k, granted) for k, granted in shares[pool] if k.id in ever_on]
        if not claims:
            continue
        capacity = next(thousandths(p["capacity"]) for p in twin["pools"] if p["id"] == pool)
        turns = sorted({0, *(t for k, _ in claims for span in spans[k.id] for t in span if t < horizon)})
        curve: list[list[int]] = []
        for time in turns:
            on = [(k, g) for k, g in claims if any(start <= time < end for start, end in spans[k.id])]
            curve.append([time, sum(k.weight for k, _ in on), sum(g for _, g in on)])
        entry: Json = {
            "pool": pool,
            "claims": [[k.id, k.claimant, k.weight, granted, spans[k.id]] for k, granted in claims],
            "curve": curve,
            "short_for": sum(
                end - time
                for (time, claimed, _), end in zip(curve, [*turns[1:], horizon], strict=True)
                if claimed > capacity
            ),
            "shortfall": max(0, *(claimed - capacity for _, claimed, _ in curve)),
            "victims": [],
            "enough": None,
            "worsened": [],
        }
        if any(granted < k.weight for k, granted in claims):
            everybody = sum(k.weight for k, _ in shares[pool])
            now = breached(twin, scenario)
            tried = {c: breached(with_capacity(twin, pool, c), scenario) for c in range(capacity + 1, everybody + 1)}
            unlimited = tried[everybody]
            helped = sorted(set(now) - set(unlimited))
            entry["worsened"] = sorted(set(unlimited) - set(now))
            entry["victims"] = [
                [process, now[process], min(c for c, broken in tried.items() if process not in broken)]
                for process in helped
            ]
            if helped:
                entry["enough"] = min(c for c, broken in tried.items() if not set(helped) & set(broken))
        found.append(entry)
    return found
