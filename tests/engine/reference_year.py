"""Years of hazards, slow and readable: a second, independent reading of docs/methods/year.md.

Plain JSON dicts in, plain dicts out. Draws are made of whole numbers and of Python's floats with + - * / and the square
root, in the order that the page gives, so that they must equal the engine's bit for bit. Each year is one cascade of
`reference.py`. Money is summed as fractions of the floats that the curves give.
"""

from __future__ import annotations

import copy
import hashlib
import math
from fractions import Fraction
from typing import Any

from tests.engine.reference import HOUR, ONE, Run, interpolate, millionths, share_pools

Json = dict[str, Any]

MASK = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15
LONGEST = 2**30
YEAR = 8_760 * HOUR
HORIZON = 10_920
Z90 = 1.2815515655446004
CHANCE, LOSS, DURATION, RESTART, ACTIVATION = range(5)


def step(address: int, word: int) -> int:
    """The address one word further on."""
    x = (address + (word + 1) * GAMMA) & MASK
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & MASK
    return x ^ x >> 31


def address(*words: int) -> int:
    found = 0
    for word in words:
        found = step(found, word)
    return found


def key(identity: str) -> int:
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "little")


def uniform(bits: int) -> float:
    return ((bits >> 12) + 0.5) * 2.0**-52


def exp(x: float) -> float:
    turns = x * 1.4426950408889634
    k = int(turns - 0.5 if turns < 0 else turns + 0.5)
    r = (x - k * float.fromhex("0x1.62e42feep-1")) - k * float.fromhex("0x1.a39ef35793c76p-33")
    total = 1.0 / math.factorial(13)
    for n in range(12, -1, -1):
        total = total * r + 1.0 / math.factorial(n)
    return math.ldexp(total, k)


def log(x: float) -> float:
    m, k = math.frexp(x)
    if m < math.sqrt(0.5):
        m, k = m * 2, k - 1
    s = (m - 1.0) / (m + 1.0)
    total = 1.0 / 23.0
    for n in range(21, 0, -2):
        total = total * (s * s) + 1.0 / n
    return k * float.fromhex("0x1.62e42feep-1") + (2.0 * s * total + k * float.fromhex("0x1.a39ef35793c76p-33"))


# Wichura's algorithm AS 241, PPND16: numerators and denominators for the middle, the tails and the far tails.
A = "3.3871328727963666080e0 1.3314166789178437745e2 1.9715909503065514427e3 1.3731693765509461125e4 \
4.5921953931549871457e4 6.7265770927008700853e4 3.3430575583588128105e4 2.5090809287301226727e3"
B = "1 4.2313330701600911252e1 6.8718700749205790830e2 5.3941960214247511077e3 2.1213794301586595867e4 \
3.9307895800092710610e4 2.8729085735721942674e4 5.2264952788528545610e3"
C = "1.42343711074968357734e0 4.63033784615654529590e0 5.76949722146069140550e0 3.64784832476320460504e0 \
1.27045825245236838258e0 2.41780725177450611770e-1 2.27238449892691845833e-2 7.74545014278341407640e-4"
D = "1 2.05319162663775882187e0 1.67638483018380384940e0 6.89767334985100004550e-1 1.48103976427480074590e-1 \
1.51986665636164571966e-2 5.47593808499534494600e-4 1.05075007164441684324e-9"
E = "6.65790464350110377720e0 5.46378491116411436990e0 1.78482653991729133580e0 2.96560571828504891230e-1 \
2.65321895265761230930e-2 1.24266094738807843860e-3 2.71155556874348757815e-5 2.01033439929228813265e-7"
F = "1 5.99832206555887937690e-1 1.36929880922735805310e-1 1.48753612908506148525e-2 7.86869131145613259100e-4 \
1.84631831751005468180e-5 1.42151175831644588870e-7 2.04426310338993978564e-15"


def polynomial(coefficients: str, x: float) -> float:
    total = 0.0
    for text in reversed(coefficients.split()):
        total = total * x + float(text)
    return total


def normal(p: float) -> float:
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * (polynomial(A, r) / polynomial(B, r))
    r = math.sqrt(-log(min(p, 1.0 - p)))
    found = polynomial(C, r - 1.6) / polynomial(D, r - 1.6) if r <= 5 else polynomial(E, r - 5) / polynomial(F, r - 5)
    return found if q > 0 else -found


def drawn(given: Any, place: int, purpose: int) -> float:
    """A number that is given as a value or as a distribution."""
    if not isinstance(given, dict):
        return float(given)
    u = uniform(step(place, purpose))
    if "median" in given:
        slope = log(given["p90"] / given["median"]) / Z90
        return given["median"] * exp(max(-700.0, min(700.0, slope * normal(u))))
    low, mode, high = float(given["low"]), float(given["mode"]), float(given["high"])
    if low == high:
        return low
    if u * (high - low) < mode - low:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))


def seconds(hours: float) -> int:
    return round(hours * HOUR) if hours < LONGEST / HOUR else LONGEST


def number_of_events(rate: float, u: float) -> int:
    """The smallest n with u < P(at most n), from weights relative to that of the likeliest number."""
    if rate == 0:
        return 0
    mode = int(rate)
    weights = {mode: 1.0}
    n = mode
    while n > 0 and weights[n] > 2.0**-64:
        weights[n - 1] = weights[n] * n / rate
        n -= 1
    n = mode
    while weights[n] > 2.0**-64:
        weights[n + 1] = weights[n] * rate / (n + 1)
        n += 1
    total = 0.0
    for n in sorted(weights):
        total += weights[n]
    below = 0.0
    for n in sorted(weights):
        below += weights[n]
        if u < below / total:
            break
    return n


def named(footprint: Json, twin: Json) -> list[str]:
    if footprint.get("nodes") is not None:
        return list(dict.fromkeys(footprint["nodes"]))
    select = footprint["select"]
    return [
        node["id"]
        for node in twin["nodes"]
        if select.get("kind") in (None, node["kind"])
        and select.get("site") in (None, node.get("site"))
        and (select.get("tag") is None or select["tag"] in node.get("tags", []))
    ]


def hits_of(twin: Json, seed: int, year: int) -> list[Json]:
    """The hits of a year, each with the event that makes it: {node, level, start, end, hazard, event}."""
    found = []
    for hazard in twin.get("hazards", []):
        place = address(seed, year, key(hazard["id"]))
        for event in range(number_of_events(hazard["rate"], uniform(step(place, 0)))):
            at = step(place, event + 1)
            start = (step(at, 0) >> 32) * YEAR >> 32
            for f, footprint in enumerate(hazard["footprints"]):
                for node in named(footprint, twin):
                    here = step(at, f + 1)
                    own = step(here, key(node))
                    if uniform(step(own, CHANCE)) >= footprint.get("chance", 1):
                        continue
                    source = step(here, 0) if footprint.get("shared") else own
                    lost = millionths(drawn(footprint.get("loss", 1), source, LOSS))
                    lasts = seconds(drawn(footprint["duration"], source, DURATION))
                    found.append(
                        {
                            "node": node,
                            "level": ONE - min(ONE, max(1, lost)),
                            "start": start,
                            "end": min(start + max(1, lasts), 2**31 - 1),
                            "hazard": hazard["id"],
                            "event": event,
                        }
                    )
    return found


def with_draws(twin: Json, seed: int, year: int) -> Json:
    """The twin with this year's restarts and activations in the place of ranges."""
    made = copy.deepcopy(twin)
    place = step(address(seed, year), 0)
    for node in made["nodes"]:
        if isinstance(node.get("restart"), dict):
            node["restart"] = seconds(drawn(node["restart"], step(place, key(node["id"])), RESTART)) / HOUR
        for requirement in node.get("requirements", []):
            for one in requirement.get("fallbacks", []):
                if isinstance(one.get("activation"), dict):
                    activation = drawn(one["activation"], step(place, key(one["id"])), ACTIVATION)
                    one["activation"] = seconds(activation) / HOUR
    return made


def outages_of(run: Run, node: Any) -> list[tuple[int, int]]:
    data = node.json
    minimum = millionths(data["minimum_level"]) if data.get("minimum_level") is not None else ONE
    found: list[tuple[int, int]] = []
    since: int | None = None
    for time, value in zip(node.level.times, node.level.values, strict=True):
        if value < minimum and since is None:
            since = int(time)
        elif value >= minimum and since is not None:
            found.append((since, int(time)))
            since = None
    return found if since is None else [*found, (since, run.horizon)]


def owner(chain: list[tuple[str, int]], ended: bool, hits: list[Json]) -> tuple[int, str, int] | None:
    """The event whose hit ends a chain, as (start, hazard, number)."""
    node, time = chain[-1]
    active = [h for h in hits if h["node"] == node and h["start"] <= time < h["end"]]
    if not ended or not active:
        return None
    lowest = min(h["level"] for h in active)
    return min((h["start"], h["hazard"], h["event"]) for h in active if h["level"] == lowest)


def one_year(twin: Json, seed: int, year: int, horizon: int = HORIZON) -> Json:
    """Per process its breach and downtime (seconds); per category the losses by event, and by (hazard, node)."""
    hits = hits_of(twin, seed, year)
    given = with_draws(twin, seed, year)
    as_hits = [
        {
            "node": h["node"],
            "loss": (ONE - h["level"]) / ONE,
            "start": h["start"] / HOUR,
            "duration": (h["end"] - h["start"]) / HOUR,
        }
        for h in hits
    ]
    first = Run(given, as_hits, horizon * HOUR, None)
    grants = {k.id: granted for ranked in share_pools(given, first).values() for k, granted in ranked}
    run = Run(given, as_hits, horizon * HOUR, grants)
    processes: Json = {}
    events: dict[str, dict[Any, Fraction]] = {}
    nodes: dict[str, dict[tuple[str, str], Fraction]] = {}
    for name, node in run.nodes.items():
        if not node.is_process:
            continue
        outages = outages_of(run, node)
        mtpd = node.json.get("mtpd")
        processes[name] = {
            "breach": mtpd is not None and any(end - start > round(mtpd * HOUR) for start, end in outages),
            "downtime": sum(end - start for start, end in outages),
        }
        for start, end in outages:
            chain = run.cause(name, start)
            # A chain ends in a hit where the last node can be left for none: it has a choice that is no node.
            cause = owner(chain, None in run._choices(chain[-1]), hits)
            for category, points in (node.json.get("impact") or {}).items():
                cost = Fraction(interpolate(points, end - start))
                by_event, by_node = events.setdefault(category, {}), nodes.setdefault(category, {})
                by_event[cause] = by_event.get(cause, Fraction(0)) + cost
                place = ("" if cause is None else cause[1], chain[-1][0])
                by_node[place] = by_node.get(place, Fraction(0)) + cost
    return {"processes": processes, "events": events, "nodes": nodes, "hits": hits}
