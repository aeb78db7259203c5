"""Years drawn from a twin's hazards in plain Python, so that the engine and its peers meet the very same hits.

Every draw is addressed by (seed, hazard, year, event, footprint, node), never taken in order: a new hazard or node
moves nobody else's. The engine's own sampler draws other years from the same hazards; only the hits made here are
shared by those who are compared.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

Json = dict[str, Any]

YEAR = 8_760.0
# The year and 90 days after it.
HORIZON = 10_920.0
# The 90th percentile of the standard normal distribution.
Z90 = 1.2815515655446004


def year_scenarios(twin: Json, seed: int, n: int) -> list[Json]:
    """``n`` scenarios ``{"hits": […], "horizon"}``, one for each year; hits are sorted by start, then node."""
    members = _Members(twin["nodes"])
    named = [
        (hazard, [members.of(footprint) for footprint in hazard["footprints"]]) for hazard in twin.get("hazards", [])
    ]
    return [{"hits": _hits(named, seed, year), "horizon": HORIZON} for year in range(n)]


class _Members:
    """The ids that a footprint names, by list or by selection."""

    def __init__(self, nodes: list[Json]) -> None:
        self.nodes = nodes
        self.by_kind_and_site: dict[tuple[Any, Any], list[Json]] = {}
        for node in nodes:
            for key in ((node["kind"], node.get("site")), (node["kind"], None)):
                if key not in self.by_kind_and_site or node is not self.by_kind_and_site[key][-1]:
                    self.by_kind_and_site.setdefault(key, []).append(node)

    def of(self, footprint: Json) -> list[str]:
        if "nodes" in footprint:
            return list(footprint["nodes"])
        select = footprint["select"]
        found = self.nodes
        if "kind" in select:
            found = self.by_kind_and_site.get((select["kind"], select.get("site")), [])
        if "site" in select:
            found = [node for node in found if node.get("site") == select["site"]]
        if "tag" in select:
            found = [node for node in found if select["tag"] in node.get("tags", [])]
        return [node["id"] for node in found]


def _hits(named: list[tuple[Json, list[list[str]]]], seed: int, year: int) -> list[Json]:
    hits = []
    for hazard, footprints in named:
        address = f"{seed}/{hazard['id']}/{year}"
        for event in range(_poisson(Random(address), hazard["rate"])):
            at = f"{address}/{event}"
            start = _hundredths(Random(at).random() * YEAR)
            for number, (footprint, nodes) in enumerate(zip(hazard["footprints"], footprints, strict=True)):
                common = _drawn(footprint, Random(f"{at}/{number}")) if footprint["shared"] else None
                for node in nodes:
                    own = Random(f"{at}/{number}/{node}")
                    if own.random() < footprint["chance"]:
                        loss, duration = common or _drawn(footprint, own)
                        hits.append({"node": node, "loss": loss, "start": start, "duration": duration})
    return sorted(hits, key=lambda hit: (hit["start"], hit["node"]))


def _drawn(footprint: Json, random: Random) -> tuple[float, float]:
    """Loss in hundredths from 0.01 to 1, duration in hundredths of an hour from 0.01 up."""
    loss = min(1.0, max(0.01, _hundredths(_value(footprint["loss"], random))))
    return loss, max(0.01, _hundredths(_value(footprint["duration"], random)))


def _value(given: float | Json, random: Random) -> float:
    """A number as it is, else a draw: triangular by low, mode and high, lognormal by median and 90th percentile."""
    if not isinstance(given, dict):
        return float(given)
    if "mode" in given:
        return random.triangular(given["low"], given["high"], given["mode"])
    sigma = math.log(given["p90"] / given["median"]) / Z90
    return float(given["median"]) * math.exp(sigma * random.gauss(0.0, 1.0))


def _poisson(random: Random, rate: float) -> int:
    """Counts how many uniform draws it takes for their product to fall below e^-rate; meant for small rates."""
    floor, product, count = math.exp(-rate), random.random(), 0
    while product > floor:
        product *= random.random()
        count += 1
    return count


def _hundredths(value: float) -> float:
    """On a coarse grid, so that the last bits of a machine's logarithm cannot reach a scenario."""
    return round(value * 100) / 100
