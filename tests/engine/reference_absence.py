"""Absence, slow and readable: docs/methods/absence.md once more, on the reference's cascade.

Plain JSON in and out. A day's mean is found here by cutting the day at the corners of the wave and adding trapezia.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.engine.reference import HOUR, ONE, millionths, seconds
from tests.engine.reference import cascade as reference_cascade

Json = dict[str, Any]
WEEK = 168 * HOUR


def height(wave: Json, day: Fraction) -> Fraction:
    """The share absent at a moment, given in days, from the right."""
    start, ramp, plateau, decline = (Fraction(wave[key]) * 7 for key in ("start", "ramp", "plateau", "decline"))
    peak, since = Fraction(wave["peak"]), day - start
    if since < 0 or since >= ramp + plateau + decline:
        return Fraction(0)
    if since < ramp:
        return peak * since / ramp
    if since < ramp + plateau:
        return peak
    return peak * (1 - (since - ramp - plateau) / decline)


def mean(wave: Json, day: int) -> Fraction:
    """The mean share absent over one day."""
    corners = [Fraction(wave["start"]) * 7]
    for key in ("ramp", "plateau", "decline"):
        corners.append(corners[-1] + Fraction(wave[key]) * 7)
    cuts = sorted({Fraction(day), Fraction(day + 1), *(c for c in corners if day < c < day + 1)})
    area = Fraction(0)
    for a, b in pairwise(cuts):
        middle = (a + b) / 2  # straight between two cuts, so the middle is the mean
        area += (b - a) * height(wave, middle)
    return area


def shares(waves: list[Json], site: str | None, days: int) -> list[int]:
    struck = [wave for wave in waves if wave["sites"] is None or site in wave["sites"]]
    return [min(ONE, round(sum((mean(wave, day) for wave in struck), Fraction(0)) * ONE)) for day in range(days)]


def scenario(twin: Json, waves: Json, only: Any = "all") -> Json:
    """A hit a day and person: the plainest way to say it."""
    hours = waves["horizon"] * 168
    days = int(-(-hours // 24))
    hits = []
    for node in twin["nodes"]:
        site = node.get("site")
        if node["kind"] == "people" and only in ("all", site):
            for day, share in enumerate(shares(waves["waves"], site, days)):
                if share:
                    hits.append({"node": node["id"], "loss": share / ONE, "start": 24 * day, "duration": 24})
    return {"hits": hits, "horizon": hours}


def below(node: Json, answer: Json) -> Json:
    """What is read off one process."""
    levels = answer["level"]
    return {
        "first_below": answer["first_down"],
        "first_week": None if answer["first_down"] is None else int(answer["first_down"] // 168),
        "weeks_below": sum(seconds(o["end"]) - seconds(o["start"]) for o in answer["outages"]) / WEEK,
        "worst_level": min(level for _, level in levels),
        "mtpd_breached": answer["mtpd_breached"],
        "breach_at": answer["breach_at"],
    }


def absence(twin: Json, waves: Json) -> Json:
    """Processes and sites as `holdfast absence` prints them, without what is only copied from elsewhere."""
    processes = [node for node in twin["nodes"] if node["kind"] == "process"]
    bare = {
        **twin,
        "nodes": [
            {**node, "requirements": [{**g, "fallbacks": []} for g in node["requirements"]]} for node in twin["nodes"]
        ],
    }
    whole = scenario(twin, waves)
    as_is, without = (reference_cascade(one, whole)["nodes"] for one in (twin, bare))
    end = seconds(whole["horizon"])
    found: Json = {"processes": [], "sites": []}
    for node in processes:
        steps = [*as_is[node["id"]]["level"], [whole["horizon"], 1]]
        weekly = []
        for week in range(-(-end // WEEK)):
            weekly.append(
                min(
                    level
                    for (a, level), (b, _) in pairwise(steps)
                    if seconds(a) < (week + 1) * WEEK and seconds(b) > week * WEEK
                )
            )
        minimum = node["minimum_level"] if node.get("minimum_level") is not None else 1
        outages = as_is[node["id"]]["outages"]
        found["processes"].append(
            {
                "process": node["id"],
                "minimum_level": millionths(minimum) / ONE,
                **below(node, as_is[node["id"]]),
                "without_fallbacks": below(node, without[node["id"]]),
                "weekly": weekly,
                "cause": outages[0]["cause"] if outages else [],
            }
        )
    days = int(-(-whole["horizon"] // 24))
    sites = {node.get("site") for node in twin["nodes"] if node["kind"] == "people"}
    for site in sorted(sites, key=lambda site: (site is None, site or "")):
        daily = shares(waves["waves"], site, days)
        if not any(daily):
            continue
        alone = reference_cascade(twin, scenario(twin, waves, site))["nodes"]
        present = [[24.0 * day, (ONE - share) / ONE] for day, share in enumerate(daily)]
        found["sites"].append(
            {
                "site": site,
                "people": [n["id"] for n in twin["nodes"] if n["kind"] == "people" and n.get("site") == site],
                "present": [step for n, step in enumerate(present) if not n or step[1] != present[n - 1][1]],
                "alone": {
                    node["id"]: below(node, alone[node["id"]])
                    for node in processes
                    if min(level for _, level in alone[node["id"]]["level"]) < 1
                },
            }
        )
    return found
