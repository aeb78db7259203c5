"""Each strategy tried alone by the engine: how long its process would stand still, at what loss, against its limits.

What is lost is said in one of two ways (docs/guides/strategies.md): by cause, wholly and for ten days, of what the
process draws on itself; or as a saved scenario has it. Staff and premises are lost all at once, as a pandemic and a
fire take them; systems, records and suppliers one requirement at a time. Every other fallback serves as it is today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast import __version__
from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.risk.models import Cause
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.selection.lateness import Lateness, lateness
from holdfast.analysis.selection.models import Selected
from holdfast.analysis.strategy.models import READY, Fallback, FallbackState, Strategy
from holdfast.organization.places.models import STANDING
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.models.nodes import NodeKind

if TYPE_CHECKING:
    from holdfast.engine.cascade import ProcessAnswer
    from holdfast.engine.twin import Twin

LASTS = 240.0
"""Hours for which what is lost by a cause stays lost: ten days."""
HORIZON = 2_160.0
TERM = 5.0
"""Years that yearly costs are counted for, as in the best buy."""
KINDS: dict[str, frozenset[str]] = {
    Cause.STAFF: frozenset({"people"}),
    Cause.SYSTEMS: frozenset({"application", "infrastructure", "equipment"}),
    Cause.PREMISES: frozenset({"facility"}),
    Cause.RECORDS: frozenset({"record"}),
    Cause.SUPPLIERS: frozenset({"supplier"}),
}
"""The kinds of resources that each of the five causes takes away."""
TOGETHER = frozenset({Cause.STAFF, Cause.PREMISES})
"""The causes that take away all of their kinds at once."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Loss:
    """What is taken to be lost: by a cause, and of some causes one `requirement` (its key) alone; or as in a saved
    scenario, without a cause."""

    key: str
    name: str
    hits: tuple[Json, ...]
    lost: tuple[str, ...]
    """The names of what is hit."""
    horizon: float = HORIZON
    cause: str = ""
    requirement: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the engine says of the process under one loss. Hours."""

    loss: Loss
    longest: float
    is_open: bool
    rto_missed: bool
    mtpd_breached: bool
    cost: Mapping[str, float]
    outages: tuple[tuple[float, float, bool], ...] = ()

    def as_json(self) -> Json:
        return {
            "loss": self.loss.name,
            "longest": self.longest,
            "rto_missed": self.rto_missed,
            "mtpd_breached": self.mtpd_breached,
            "cost": dict(self.cost),
        }


@dataclass(frozen=True)
class Verdict:
    """A strategy tried alone; without one: what happens with none of those compared. `in_model`: whether the model
    knows what it does for this process."""

    strategy: Strategy | None
    lateness: Lateness | None
    outcomes: tuple[Outcome, ...]
    in_model: bool = True

    @property
    def worst(self) -> Outcome | None:
        """The longest of its outages."""
        return max(self.outcomes, key=lambda one: one.longest, default=None)

    @property
    def breaches(self) -> bool:
        return any(one.mtpd_breached for one in self.outcomes)

    @property
    def fits(self) -> bool | None:
        """Whether it keeps the process within its MTPD; None where that is not known."""
        if self.lateness is not None and self.lateness.exceeds:
            return False
        if not self.in_model or not self.outcomes or (self.lateness is not None and self.lateness.is_unknown):
            return None
        return not self.breaches

    @property
    def cost(self) -> float | None:
        return None if self.strategy is None else self.strategy.cost_over(TERM)

    @property
    def losses(self) -> dict[str, float]:
        """The residual loss by category: that of its worst outage in each."""
        found: dict[str, float] = {}
        for one in self.outcomes:
            for category, amount in one.cost.items():
                found[category] = max(found.get(category, 0.0), amount)
        return found

    def order(self) -> tuple[Any, ...]:
        """What fits first, by its cost; then what is not known; then what does not fit."""
        rank = {True: 0, None: 1, False: 2}[self.fits]
        longest = self.worst.longest if self.worst else 0.0
        return rank, self.cost is None, self.cost or 0.0, longest, str(self.strategy)

    def as_json(self) -> Json:
        """As it is kept with a choice."""
        return {"engine": __version__, "in_model": self.in_model, "outcomes": [one.as_json() for one in self.outcomes]}


@dataclass(frozen=True)
class Comparison:
    """The strategies of a process side by side, the cheapest of those that fit first."""

    process: Node
    on: date
    losses: tuple[Loss, ...]
    none: Verdict
    verdicts: tuple[Verdict, ...] = field(default_factory=tuple)

    @property
    def fitting(self) -> list[Verdict]:
        return [one for one in self.verdicts if one.fits]


class Trial:
    """The organisation of a day with every fallback that is not retired, in which some are taken away."""

    def __init__(self, on: date) -> None:
        self.on = on
        every = frozenset(FallbackState) - {FallbackState.RETIRED}
        self._built = build_twin(on, STANDING, every, hazards=False)
        self._known = {
            key: (state, strategy) for key, state, strategy in Fallback.objects.values_list("key", "state", "strategy")
        }
        # A fallback of a resource helps whatever draws on it; one of another process does not help this one.
        rows = Fallback.objects.exclude(state=FallbackState.RETIRED).exclude(strategy=None)
        self._serves = {
            (strategy, node if kind == NodeKind.PROCESS else "")
            for strategy, node, kind in rows.values_list(
                "strategy", "requirement__node__key", "requirement__node__kind"
            )
        }

    def compare(self, process: Node, strategies: Iterable[Strategy], scenario: Scenario | None = None) -> Comparison:
        """Each alone, and none. Raises ValidationError where the organisation of that day makes no model, does not have
        the process, or does not have what the scenario hits."""
        rows = list(strategies)
        if process.key not in self._nodes:
            said = gettext("“%(process)s” is not in the model of %(day)s.")
            raise ValidationError(said % {"process": process, "day": self.on})
        losses = self._by_cause(process, rows) if scenario is None else (self._as_saved(scenario),)
        compared = {strategy.pk for strategy in rows}
        none = Verdict(None, None, self._outcomes(process, losses, compared, frozenset()))
        verdicts = [self._verdict(process, strategy, losses, compared) for strategy in rows]
        return Comparison(process, self.on, losses, none, tuple(sorted(verdicts, key=Verdict.order)))

    def together(self, process: Node, chosen: Sequence[Strategy], compared: Iterable[Strategy] = ()) -> Verdict:
        """Several at once, of those compared."""
        every = {one.pk for one in (*chosen, *compared)}
        losses = self._by_cause(process, chosen)
        outcomes = self._outcomes(process, losses, every, frozenset(one.pk for one in chosen))
        return Verdict(None, None, outcomes)

    @cached_property
    def _nodes(self) -> dict[str, Json]:
        return {node["id"]: node for node in self._built["nodes"]}

    def _verdict(self, process: Node, strategy: Strategy, losses: Sequence[Loss], compared: set[int]) -> Verdict:
        in_model = bool({(strategy.pk, process.key), (strategy.pk, "")} & self._serves)
        meant = tuple(one for one in losses if self._is_meant(process, strategy, one))
        outcomes = self._outcomes(process, meant, compared, frozenset({strategy.pk})) if in_model else ()
        return Verdict(strategy, lateness(strategy, process, self.on), outcomes, in_model)

    def _is_meant(self, process: Node, strategy: Strategy, loss: Loss) -> bool:
        """Whether the strategy says that it helps here: it is not to be blamed for other losses."""
        if not loss.cause:
            return True
        if loss.cause not in strategy.causes:
            return False
        return not loss.requirement or loss.requirement in self._stands_in(process, {strategy.pk})

    def _stands_in(self, process: Node, strategies: set[int]) -> set[str]:
        """The requirements of the process that fallbacks of these strategies serve."""
        return {
            requirement["key"]
            for requirement in self._nodes[process.key]["requirements"]
            for fallback in requirement.get("fallbacks", ())
            if self._known[fallback["id"]][1] in strategies
        }

    def _by_cause(self, process: Node, strategies: Iterable[Strategy]) -> tuple[Loss, ...]:
        """The losses by the causes that these strategies help against. A service that another process gives counts
        among the systems."""
        rows = list(strategies)
        found = []
        for cause in Cause:
            helping = {strategy.pk for strategy in rows if cause in strategy.causes}
            kinds = KINDS[cause] | ({NodeKind.PROCESS.value} if cause == Cause.SYSTEMS else set())
            served = self._stands_in(process, helping)
            lost: dict[str, dict[str, str]] = {}
            for requirement in self._nodes[process.key]["requirements"]:
                key = "" if cause in TOGETHER else requirement["key"]
                if helping and (not key or key in served):
                    drawn = (self._nodes[supply["node"]] for supply in requirement["supply"])
                    lost.setdefault(key, {}).update({one["id"]: one["name"] for one in drawn if one["kind"] in kinds})
            called = {one["key"]: one.get("name", "") for one in self._nodes[process.key]["requirements"]}
            found += [_loss(cause, key, called.get(key, ""), names) for key, names in lost.items() if names]
        return tuple(found)

    def _as_saved(self, scenario: Scenario) -> Loss:
        record = scenario.as_scenario()
        missing = [hit["node"] for hit in record["hits"] if hit["node"] not in self._nodes]
        if missing:
            said = gettext("On %(day)s there is nothing called %(keys)s, which “%(scenario)s” hits.")
            about = {"day": self.on, "keys": ", ".join(missing), "scenario": scenario}
            raise ValidationError({"scenario": said % about})
        names = tuple(self._nodes[hit["node"]]["name"] for hit in record["hits"])
        return Loss(scenario.key, scenario.name, tuple(record["hits"]), names, record["horizon"])

    def _outcomes(
        self, process: Node, losses: Sequence[Loss], compared: set[int], kept: frozenset[int]
    ) -> tuple[Outcome, ...]:
        from holdfast.engine.cascade import cascade
        from holdfast.engine.scenario import read_scenario

        if not losses:
            return ()
        twin = self._twin(compared, kept)
        found = []
        for loss in losses:
            asked = {"hits": list(loss.hits), "horizon": loss.horizon}
            answer = cascade(twin, read_scenario(asked, twin, loss.name)).processes[process.key]
            found.append(_outcome(loss, answer))
        return tuple(found)

    def _twin(self, compared: set[int], kept: frozenset[int]) -> Twin:
        """The model in which the strategies `kept` are in place, the others that are compared are not, and all else
        is as it is today."""
        from holdfast.engine.errors import InputError
        from holdfast.engine.twin import read_twin

        def serves(key: str) -> bool:
            state, strategy = self._known[key]
            return strategy in kept if strategy in compared else state in READY

        nodes = []
        for node in self._built["nodes"]:
            requirements = [
                {**one, "fallbacks": [f for f in one["fallbacks"] if serves(f["id"])]} if "fallbacks" in one else one
                for one in node["requirements"]
            ]
            nodes.append({**node, "requirements": requirements})
        try:
            return read_twin({**self._built, "nodes": nodes}, "the organisation")
        except InputError as error:
            raise ValidationError(str(error)) from None


def _loss(cause: Cause, requirement: str, called: str, names: Mapping[str, str]) -> Loss:
    hits = tuple({"node": key, "loss": 1.0, "start": 0.0, "duration": LASTS} for key in sorted(names))
    lost = tuple(names[key] for key in sorted(names))
    name = f"{cause.label}: {called or lost[0]}" if requirement else str(cause.label)
    key = f"{cause}:{requirement}" if requirement else cause.value
    return Loss(key, name, hits, lost, cause=cause.value, requirement=requirement)


def compare(process: Node, on: date, scenario: Scenario | None = None) -> Comparison:
    """The strategies of a process that are not retired, each tried alone."""
    return Trial(on).compare(process, strategies_of(process, on), scenario)


def strategies_of(process: Node, on: date) -> list[Strategy]:
    """The strategies for a process on a day that are not retired."""
    rows = Strategy.objects.as_of(on).standing().covering(process)
    return list(rows.select_related("unit", "owner", "pool", "receiving_site").order_by("name", "key"))


def judged(rows: Iterable[Selected], on: date) -> dict[str, Json]:
    """What the engine says of each row of a choice, by its key: as `submit_selection` keeps it."""
    by_process: dict[Node, list[Selected]] = {}
    for row in rows:
        if row.strategy is not None:
            by_process.setdefault(row.process, []).append(row)
    found: dict[str, Json] = {}
    trial = Trial(on) if by_process else None
    for process, chosen in by_process.items():
        if trial is None or process.key not in trial._nodes:
            continue
        every = {
            one.pk: one for one in (*strategies_of(process, on), *(row.strategy for row in chosen if row.strategy))
        }
        verdicts = {one.strategy: one for one in trial.compare(process, every.values()).verdicts}
        for row in chosen:
            if row.strategy in verdicts:
                found[row.stable_key] = verdicts[row.strategy].as_json()
    return found


def _outcome(loss: Loss, answer: ProcessAnswer) -> Outcome:
    from holdfast.engine import grid

    return Outcome(
        loss,
        grid.hours(answer.longest_outage),
        any(one.open for one in answer.outages),
        answer.rto_missed,
        answer.mtpd_breached,
        answer.cost,
        tuple((grid.hours(one.start), grid.hours(one.end), one.open) for one in answer.outages),
    )
