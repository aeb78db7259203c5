"""The forecast: which critical function and process breaches which limit when, why, and what helps.

Pure: a function of the twin, of what is out and of the moment; no database, no clock. The same input gives the same
answer to the last digit, and `input_hash` names it. docs/methods/forecast.md has the formulae and worked numbers.

**The range.** The cascade is not monotone: a longer outage of one thing can spare a process (a fallback that is on
already goes on, a restart joins two gaps). So no two runs bound all others, and none are claimed to. `breach_low` and
`breach_high` are the 10th and the 90th percentile of a fixed set of addressed draws (docs/methods/cascade.md), a run
without a breach counting as later than all; `breach_chance` is the share of the draws that breach. Beside them stand
two single runs, the ends of what is said: `breach_if_sure` and `breach_if_all`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from holdfast import __version__
from holdfast.crisis.picture.outs import Out, Seen, hits, with_seen
from holdfast.crisis.picture.restoring import Gain, restore_first
from holdfast.crisis.picture.runs import NEVER, Read, Spread, read, spread
from holdfast.engine import grid
from holdfast.engine.cascade import Cascade, Outage, ProcessAnswer, cascade
from holdfast.engine.contention import contention
from holdfast.engine.fallbacks import Spans, shortages
from holdfast.engine.scenario import HORIZON, Hit, Scenario
from holdfast.engine.twin import Fallback, Requirement, Twin, likely

Json = dict[str, Any]

DRAWS = 200
"""Draws of a forecast; fewer where a twin is large, so that a picture is there within the request."""
LEAST_DRAWS, NODES_DRAWN = 40, 4_000_000
AHEAD = 720.0
"""Hours that a forecast looks ahead at the least, however long the incident has gone on."""
MOST_SPANS = 12
WEAKEST = ("assumed", "stated", "measured")


@dataclass(frozen=True)
class Model:
    """The organisation as of a day: the twin as the engine takes it and as it was built (names, units, sites, tags,
    evidence), the hash of that, and the impact categories: `{key: {"name", "unit"}}`."""

    twin: Twin
    records: Mapping[str, Json]
    pools: Mapping[str, Json]
    digest: str
    categories: Mapping[str, Json] = field(default_factory=dict)

    @cached_property
    def functions(self) -> frozenset[str]:
        return frozenset(key for key, record in self.records.items() if "function" in (record.get("tags") or []))

    @cached_property
    def serving(self) -> dict[str, list[str]]:
        """By process, the critical functions that require it, by key."""
        found: dict[str, list[str]] = {}
        for key in sorted(self.functions):
            for requirement in self.records[key].get("requirements") or []:
                for supply in requirement["supply"]:
                    if key not in found.setdefault(supply["node"], []):
                        found[supply["node"]].append(key)
        return found

    def name(self, node: str) -> str:
        return str(self.records[node].get("name") or node) if node in self.records else node


def model_of(built: Json, twin: Twin, categories: Mapping[str, Json]) -> Model:
    """What `analysis.model.build_twin` built, as a forecast takes it."""
    told = json.dumps({"nodes": built["nodes"], "pools": built["pools"]}, sort_keys=True, ensure_ascii=False)
    return Model(
        twin,
        {node["id"]: node for node in built["nodes"]},
        {pool["id"]: pool for pool in built["pools"]},
        hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest(),
        categories,
    )


@dataclass(frozen=True)
class Question:
    """What is asked: the outages and observations (seconds from `zero`), the moment, the seed."""

    outs: Sequence[Out]
    seen: Sequence[Seen]
    zero: datetime
    now: datetime
    seed: int

    @property
    def second(self) -> int:
        return round((self.now - self.zero).total_seconds())

    @property
    def horizon(self) -> int:
        """Seconds: 2,160 h from zero on; once less than 720 h of that lie ahead, so many more in whole 720 h."""
        most, step = grid.seconds(HORIZON), grid.seconds(AHEAD)
        while most - self.second < step:
            most += step
        return most


@dataclass(frozen=True)
class Forecast:
    """The answer (docs/methods/forecast.md has its shape), the hits of the likely course, and the hash of the input."""

    answer: Json
    hits: Json
    input_hash: str


def input_hash(model: Model, question: Question, draws: int) -> str:
    """Names everything that the answer hangs on."""
    told = {
        "engine": __version__,
        "model": model.digest,
        "categories": {key: model.categories[key] for key in sorted(model.categories)},
        "outs": [vars(out) for out in sorted(question.outs, key=lambda out: out.key)],
        "seen": [vars(seen) for seen in sorted(question.seen, key=lambda seen: (seen.at, seen.node, seen.level))],
        "zero": iso(question.zero),
        "now": iso(question.now),
        "seed": question.seed,
        "draws": draws,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode("utf-8", "surrogatepass")).hexdigest()


def draws_of(model: Model) -> int:
    return max(LEAST_DRAWS, min(DRAWS, NODES_DRAWN // max(len(model.twin.nodes), 1)))


def forecast(model: Model, question: Question, draws: int | None = None) -> Forecast:
    """The picture of a moment."""
    count = draws_of(model) if draws is None else draws
    told = _Telling(model, question, count)
    return Forecast(told.answer(), told.scenario_json(), input_hash(model, question, count))


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


class _Telling:
    def __init__(self, model: Model, question: Question, draws: int) -> None:
        self.model, self.question, self.draws = model, question, draws
        self.twin = model.twin
        self.now, self.horizon = question.second, question.horizon
        known = [out for out in question.outs if out.node in self.twin.place]
        self.unknown = sorted({out.node for out in question.outs} - {out.node for out in known})
        seen = [one for one in question.seen if one.node in self.twin.place]
        self.outs = with_seen(sorted(known, key=lambda out: out.key), seen)
        self.lower, self.seen = self._lowered(seen)
        self.hits = [*hits(self.outs, "likely", self.now), *self.lower]
        self.found = cascade(self.twin, self._scenario(self.hits))
        self.base = self._read(self.hits)

    def _scenario(self, given: list[Hit]) -> Scenario:
        return Scenario(given, grid.hours(self.horizon))

    def _read(self, given: list[Hit]) -> Read:
        return read(self.twin, given, self.horizon)

    def _lowered(self, seen: list[Seen]) -> tuple[list[Hit], list[Json]]:
        """What the observations add. The engine can be told that a node works worse than forecast, by a hit from then
        on to the next observation of it; that one works better cannot be said by a hit, and is shown as a difference.
        In the order of time and of supply, so that what explains the rest is taken first."""
        number = self.twin.model.number_of
        ordered = sorted(seen, key=lambda one: (one.at, int(number[self.twin.place[one.node]]), one.level))
        added: list[Hit] = []
        told: list[Json] = []
        for k, one in enumerate(ordered):
            course = [*hits(self.outs, "likely", self.now), *added]
            forecast_level = cascade(self.twin, self._scenario(course)).level(one.node, one.at)
            until = next((other.at for other in ordered[k + 1 :] if other.node == one.node and other.at > one.at), None)
            low, expected = grid.millionths(one.level), grid.millionths(forecast_level)
            if low < expected:
                length = None if until is None else grid.hours(until - one.at)
                added.append(Hit(one.node, 1 - one.level, grid.hours(one.at), length))
            differs = "lower" if low < expected else "higher" if low > expected else ""
            told.append(
                {
                    "node": one.node,
                    "name": self.model.name(one.node),
                    "at": self._moment(one.at),
                    "level": one.level,
                    "forecast": forecast_level,
                    "differs": differs,
                    "used": differs == "lower",
                }
            )
        return added, told

    # -- the answer -----------------------------------------------------------------------------------------------

    def answer(self) -> Json:
        self.spread = spread(self.twin, self.outs, self.lower, self.now, self.horizon, self.question.seed, self.draws)
        self.ends = {
            course: self._read([*hits(self.outs, course, self.now), *self.lower]) for course in ("sure", "all")
        }
        self.breach_ends = {course: found.breaches() for course, found in self.ends.items()}
        self.fallbacks = self._fallbacks()
        processes = [
            self._process(node.id) for node in self.twin.nodes if node.kind == "process" and self._told(node.id)
        ]
        processes.sort(key=_urgency)
        gains = restore_first(self.twin, self.outs, self.hits, self.now, self.horizon, self.model.functions)
        return {
            "as_of": iso(self.question.now),
            "zero": iso(self.question.zero),
            "horizon": self._moment(self.horizon),
            "draws": self.draws,
            "processes": processes,
            "contentions": self._contentions(),
            "restore_first": [self._gain(gain) for gain in gains],
            "cost": self._costs(),
            "out": [self._out(out) for out in self.outs if "~" not in out.key],
            "observed": self.seen,
            "strategies": [one for using in self.fallbacks.values() for one in using if one["on"]],
            "deadlocks": [self._names(group) for group in self.found.deadlocks],
            "unsettled": [self._names(group) for group in self.found.unsettled],
            "not_in_model": self.unknown,
            "count": self._counts(processes),
        }

    def scenario_json(self) -> Json:
        """The likely course as a scenario of the engine; hours from `zero`."""
        given = [{"node": h.node, "loss": h.loss, "start": h.start, "duration": h.duration} for h in self.hits]
        return {"hits": given, "horizon": grid.hours(self.horizon), "zero": iso(self.question.zero)}

    def _told(self, process: str) -> bool:
        """Critical functions always; other processes that anything happens to in any run."""
        if process in self.model.functions or process in self.found.levels:
            return True
        number = self._number(process)
        return bool(
            (self.spread.back[:, number] >= 0).any()
            or (self.spread.breach[:, number] < NEVER).any()
            or any(found[number] < NEVER for found in self.breach_ends.values())
        )

    def _process(self, key: str) -> Json:
        record, node = self.model.records[key], self.twin.nodes[self.twin.place[key]]
        read_off, number = self.found.processes[key], self._number(key)
        outage = self._relevant(read_off)
        breach_low, breach_high, chance = self.spread.breach_of(number)
        back_low, back_high = self.spread.back_of(number)
        breach = read_off.breach_at
        figures = record.get("figures") or {}
        bases = {name: figures[name]["basis"] for name in ("rto", "mtpd", "impact") if name in figures}
        rto = None if outage is None or node.rto is None else outage.start + grid.seconds(node.rto)
        limit = None if outage is None or node.mtpd is None else outage.start + grid.seconds(node.mtpd)
        return {
            "key": key,
            "name": self.model.name(key),
            "function": key in self.model.functions,
            "functions": self.model.serving.get(key, []),
            "unit": record.get("unit"),
            "site": record.get("site"),
            "rto": node.rto,
            "mtpd": node.mtpd,
            "basis": weakest(bases.get("rto"), bases.get("mtpd")),
            "bases": bases,
            "contradiction": node.rto is not None and node.mtpd is not None and node.mtpd < node.rto,
            "minimum": 1.0 if node.minimum_level is None else node.minimum_level,
            "level": self.found.level(key, self.now),
            "lowest": min((value for _, value in self.found.levels.get(key, [])), default=grid.ONE) / grid.ONE,
            "first_down": self._moment(read_off.first_down),
            "down_now": any(one.start <= self.now < one.end for one in read_off.outages),
            "down_since": self._moment(outage.start if outage is not None and outage.start <= self.now else None),
            "back_at": self._moment(None if outage is None or outage.open else outage.end),
            "back_low": self._moment(back_low),
            "back_high": self._moment(back_high),
            "rto_at": self._moment(rto),
            "limit_at": self._moment(limit),
            "breach_at": self._moment(breach),
            "breach_low": self._moment(breach_low),
            "breach_high": self._moment(breach_high),
            "breach_chance": round(chance, 4),
            "breach_if_sure": self._moment(int(self.breach_ends["sure"][number])),
            "breach_if_all": self._moment(int(self.breach_ends["all"][number])),
            "breached": breach is not None and breach <= self.now,
            "rto_missed": self._rto_missed(read_off, node.rto),
            "rto_will_be_missed": read_off.rto_missed,
            "outages": [
                {"start": self._moment(one.start), "end": self._moment(one.end), "open": one.open}
                for one in read_off.outages[:MOST_SPANS]
            ],
            "chain": [
                {"node": one, "name": self.model.name(one), "at": self._moment(at)}
                for one, at in (outage.cause if outage is not None else [])
            ],
            "using": self._using(key),
            "cost": self._cost_of(read_off, number, node.impact or {}),
        }

    def _relevant(self, read_off: ProcessAnswer) -> Outage | None:
        """The outage that a clock is about: the one that breaches first, if that is still ahead; else the one that it
        is in; else the next; else the last."""
        mtpd_breach = read_off.breach_at
        if mtpd_breach is not None and mtpd_breach > self.now:
            return next(
                one for one in read_off.outages if one.start < mtpd_breach <= one.end or one.start == mtpd_breach
            )
        ahead = [one for one in read_off.outages if one.end > self.now]
        return ahead[0] if ahead else (read_off.outages[-1] if read_off.outages else None)

    def _rto_missed(self, read_off: ProcessAnswer, rto: float | None) -> bool:
        """Whether the RTO has been missed by now."""
        if rto is None:
            return False
        limit = grid.seconds(rto)
        return any(one.length > limit and one.start + limit <= self.now for one in read_off.outages)

    def _cost_of(self, read_off: ProcessAnswer, number: int, impact: Mapping[str, Any]) -> Json:
        found: Json = {}
        starts = np.array([one.start for one in read_off.outages], np.int64)
        ends = np.array([one.end for one in read_off.outages], np.int64)
        for category in sorted(impact):
            begun = starts < self.now
            length = np.minimum(ends, self.now)[begun] - starts[begun]
            so_far = self.twin.limits.cost(category, np.full(len(length), number, np.int64), length).sum()
            found[category] = {"so_far": float(so_far), "expected": read_off.cost[category]}
        return found

    def _costs(self) -> Json:
        """Over all processes, per category. `expected` is that of the likely course until the horizon."""
        found: Json = {}
        for category in self.twin.limits.categories:
            low, high = _percentiles(self.spread, category)
            about = self.model.categories.get(category, {})
            found[category] = {
                "so_far": float(self.base.cost(category, self.now).sum()),
                "expected": float(self.base.cost(category).sum()),
                "low": low,
                "high": high,
                "name": about.get("name") or category,
                "unit": about.get("unit") or "",
            }
        return found

    # -- strategies and pools -------------------------------------------------------------------------------------

    def _fallbacks(self) -> dict[str, list[Json]]:
        """By the node that it is for, the fallbacks that are on at the moment or will be."""
        owner = {id(r): node.id for node in self.twin.nodes for r in node.requirements if r.fallbacks}
        named = {f["id"]: f for record in self.model.records.values() for r in record["requirements"]
                 for f in r.get("fallbacks") or []}  # fmt: skip
        granted = {claim.fallback: claim for claim in self.found.claims}
        found: dict[str, list[Json]] = {}
        for requirement, short in shortages(self.found):
            for fallback in requirement.fallbacks:
                told = self._use(requirement, fallback, short, named.get(fallback.id, {}))
                if told is None:
                    continue
                claim = granted.get(fallback.id)
                told["for"] = owner[id(requirement)]
                told["granted"] = 1.0 if claim is None else claim.granted / claim.weight
                found.setdefault(told["for"], []).append(told)
        for row in found.values():
            row.sort(key=lambda one: (not one["on"], one["since"], one["fallback"]))
        return found

    def _use(self, requirement: Requirement, fallback: Fallback, short: Spans, record: Json) -> Json | None:
        """The stretch in which it is on at the moment, or the next; None where there is none any more."""
        activation = grid.seconds(likely(fallback.activation))
        endurance = grid.NEVER if fallback.endurance is None else grid.seconds(fallback.endurance)
        for begun, over in short:
            start, worn_out = begun + activation, begun + activation + endurance
            if start < over and min(over, worn_out) > self.now:
                return {
                    "fallback": fallback.id,
                    "name": str(record.get("name") or ""),
                    "strategy": fallback.strategy or "",
                    "provider": fallback.node,
                    "provider_name": self.model.name(fallback.node),
                    "on": start <= self.now,
                    "since": self._moment(start),
                    "until": self._moment(min(over, worn_out)) if min(over, worn_out) < self.horizon else None,
                    "ends_at": None if fallback.endurance is None else self._moment(worn_out),
                    "runs_out": fallback.endurance is not None and worn_out < over,
                    "provider_level": self.found.level(fallback.node, max(start, self.now)),
                }
        return None

    def _using(self, key: str) -> list[Json]:
        """Its own strategies; of a critical function those of the processes that it requires, since it has none."""
        keys = [key]
        if key in self.model.functions:
            keys += [one for one, functions in self.model.serving.items() if key in functions]
        return [use for one in keys for use in self.fallbacks.get(one, [])]

    def _contentions(self) -> list[Json]:
        """Who was granted less than asked for, and whose MTPD that costs."""
        if not self.found.contentions:
            return []
        demands = contention(self.twin, [self._scenario(self.hits)]).demands[0]
        told = []
        for demand in demands:
            if not demand.refused:
                continue
            pool = self.model.pools.get(demand.pool, {})
            told.append(
                {
                    "pool": demand.pool,
                    "name": str(pool.get("name") or demand.pool),
                    "unit": str(pool.get("unit_of_measure") or ""),
                    "capacity": demand.capacity / grid.THOUSAND,
                    "short_by": demand.shortfall / grid.THOUSAND,
                    "short_at": self._moment(demand.at),
                    "claims": [
                        {
                            "fallback": use.fallback,
                            "node": use.node,
                            "name": self.model.name(use.node),
                            "weight": use.weight / grid.THOUSAND,
                            "granted": use.granted / grid.THOUSAND,
                        }
                        for use in demand.uses
                    ],
                    "costs_mtpd_of": [
                        {"key": one.process, "name": self.model.name(one.process), "at": self._moment(one.breach_at)}
                        for one in demand.victims
                    ],
                    "enough": None if demand.enough is None else demand.enough / grid.THOUSAND,
                }
            )
        return told

    # -- the rest -------------------------------------------------------------------------------------------------

    def _gain(self, gain: Gain) -> Json:
        names = [self.model.name(node) for node in gain.nodes]
        spared = [self.model.name(node) for node in gain.spares]
        return {
            "node": gain.nodes[0],
            "name": ", ".join(names),
            "nodes": list(gain.nodes),
            "names": names,
            "because": ", ".join(spared[:3]),
            "spares": list(gain.spares),
            "spares_names": spared,
            "functions": gain.functions,
            "hours": gain.hours,
            "cost": gain.cost,
        }

    def _out(self, out: Out) -> Json:
        low, best, high = out.ends(self.now)
        return {
            "key": out.key,
            "node": out.node,
            "name": self.model.name(out.node),
            "site": self.model.records[out.node].get("site"),
            "kind": self.model.records[out.node].get("kind"),
            "loss": out.loss,
            "certainty": out.certainty,
            "since": self._moment(out.since),
            "until_low": self._moment(low),
            "until_likely": self._moment(best),
            "until_high": self._moment(high),
            "ended_at": self._moment(out.ended),
            "overdue": out.is_overdue(self.now),
            "level": self.found.level(out.node, self.now),
        }

    def _counts(self, processes: list[Json]) -> Json:
        found: Json = {}
        for name, some in (
            ("functions", [one for one in processes if one["function"]]),
            ("processes", [one for one in processes if not one["function"]]),
        ):
            found[name] = {
                "all": sum(
                    node.kind == "process" and (node.id in self.model.functions) == (name == "functions")
                    for node in self.twin.nodes
                ),
                "down": sum(one["down_now"] for one in some),
                "will_breach": sum(one["breach_at"] is not None for one in some),
                "breached": sum(one["breached"] for one in some),
                "may_breach": sum(one["breach_chance"] > 0 for one in some),
            }
        return found

    def _names(self, group: list[str]) -> list[Json]:
        return [{"node": node, "name": self.model.name(node)} for node in group]

    def _number(self, node: str) -> int:
        return int(self.twin.model.number_of[self.twin.place[node]])

    def _moment(self, second: int | None) -> str | None:
        """The moment of a second, None for none and for one past all."""
        if second is None or second >= NEVER:
            return None
        return iso(self.question.zero + timedelta(seconds=int(second)))


def _urgency(process: Json) -> tuple[Any, ...]:
    """Critical functions first; what has breached or will, by the time left; then what is down; then by chance."""
    last = "9999"
    return (
        not process["function"],
        process["breach_at"] or last,
        not process["down_now"],
        -process["breach_chance"],
        process["limit_at"] or last,
        process["first_down"] or last,
        process["key"],
    )


def _percentiles(found: Spread, category: str) -> tuple[float, float]:
    from holdfast.crisis.picture.runs import rank

    ordered = np.sort(found.cost[category])
    if not len(ordered):
        return 0.0, 0.0
    return float(ordered[rank(len(ordered), 10)]), float(ordered[rank(len(ordered), 90)])


def weakest(*bases: str | None) -> str | None:
    """The weakest basis of some figures: assumed before stated before measured."""
    given = [basis for basis in bases if basis]
    return min(given, key=WEAKEST.index) if given else None


__all__ = [
    "Cascade",
    "Forecast",
    "Model",
    "Question",
    "draws_of",
    "forecast",
    "input_hash",
    "iso",
    "model_of",
    "weakest",
]
