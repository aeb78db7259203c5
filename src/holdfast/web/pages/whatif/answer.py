"""The answer as the page shows it: the engine's result in order, in words, with names, units and basis."""

from __future__ import annotations

from collections import Counter
from collections.abc import KeysView
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from holdfast.engine.cascade import cascade

from .basis import Basis, basis_of, weakest
from .chain import Link, link
from .example import Example, Record
from .line import Line
from .question import Question
from .serving import serving_of
from .states import State
from .timeline import Axis
from .wording import hours, listing, moment, number, strategy_name

MOST_ROWS = 25


@dataclass(frozen=True)
class Cost:
    category: str
    amount: str
    unit: str
    basis: Basis


@dataclass(frozen=True)
class Claim:
    """One claim on a pool: how much of it was wanted and how much was granted."""

    pool: str
    capacity: str
    claimant: Link
    provider: Link | None
    strategy: str
    wanted: str
    granted: str
    short: bool


@dataclass(frozen=True)
class Tally:
    state: State
    count: str


class Answer:
    """Everything that the page says of a question; ``result`` is the engine's answer as the command line gives it."""

    def __init__(self, example: Example, question: Question, axis: Axis | None = None) -> None:
        self.example, self.question = example, question
        found = cascade(example.twin, question.scenario(example))
        self.result: dict[str, Any] = found.as_json()
        self.axis = axis or Axis(question.horizon)
        nodes, serving = self.result["nodes"], serving_of(example, found)
        self.functions = [Line(example, question, self.axis, nodes, node, serving) for node in example.functions]
        self.processes = [Line(example, question, self.axis, nodes, node, serving) for node in example.processes]

    @property
    def lines(self) -> list[Line]:
        return self.functions + self.processes

    @cached_property
    def state(self) -> State:
        """The worst state of a critical function, or of any process where there are no functions."""
        return max((line.state for line in self.functions or self.processes), default=State.HOLDS)

    @property
    def horizon_text(self) -> str:
        return hours(self.question.horizon)

    @cached_property
    def finding(self) -> str:
        """What is true, in one sentence."""
        return _("%(what)s; %(limits)s.") % {"what": self._what_stops(), "limits": self._limits_passed()}

    def _what_stops(self) -> str:
        stopped = sum(line.down for line in self.functions)
        total = len(self.functions)
        others = sum(line.down for line in self.processes)
        if stopped and stopped == total > 1:
            return _("All %(total)s critical functions stop") % {"total": number(total)}
        if stopped:
            text = ngettext(
                "%(n)s of the %(total)s critical functions stops",
                "%(n)s of the %(total)s critical functions stop",
                stopped,
            )
            return text % {"n": number(stopped), "total": number(total)}
        if others and total:
            text = ngettext(
                "all %(total)s critical functions go on, and %(n)s of %(processes)s processes stops",
                "all %(total)s critical functions go on, and %(n)s of %(processes)s processes stop",
                others,
            )
        elif others:
            text = ngettext("%(n)s of %(processes)s processes stops", "%(n)s of %(processes)s processes stop", others)
        else:
            reduced = sum(line.state == State.REDUCED for line in self.lines)
            if not reduced:
                return _("Nothing stops and nothing runs reduced")
            text = ngettext(
                "Nothing stops; %(n)s process runs reduced", "Nothing stops; %(n)s processes run reduced", reduced
            )
            return text % {"n": number(reduced)}
        filled = text % {"n": number(others), "total": number(total), "processes": number(len(self.processes))}
        return filled[0].upper() + filled[1:]

    def _limits_passed(self) -> str:
        for lines in (self.functions, self.processes):
            for field, text in (
                ("mtpd", _("the first limit (MTPD) is breached %(when)s: %(name)s")),
                ("rto", _("no MTPD is breached, the first RTO is missed %(when)s: %(name)s")),
            ):
                passed = [(getattr(line, field).passed_at, line) for line in lines]
                times = [(at, line) for at, line in passed if at is not None]
                if field == "rto" and any(line.state == State.MTPD_BREACHED for line in self.lines):
                    continue
                if times:
                    first = min(at for at, _line in times)
                    names = [line.link.name for at, line in times if at == first]
                    return text % {"when": moment(first), "name": listing(names, 2)}
        return _("no RTO is missed and no MTPD is breached")

    @property
    def horizon_plain(self) -> str:
        return f"{self.question.horizon:.10g}"

    @property
    def scale(self) -> str:
        return "log" if self.axis.logarithmic else "linear"

    @cached_property
    def tally(self) -> list[Tally]:
        """How many processes are in each state, the worst first."""
        counted = Counter(line.state for line in self.processes)
        return [Tally(state, number(counted[state])) for state in sorted(State, reverse=True)]

    @cached_property
    def processes_down(self) -> int:
        return sum(line.down for line in self.processes)

    @property
    def processes_breached(self) -> int:
        return sum(line.state == State.MTPD_BREACHED for line in self.processes)

    @cached_property
    def totals(self) -> dict[str, float]:
        """The cost of the scenario per category, over all processes and outages."""
        found: dict[str, float] = {}
        for line in self.lines:
            for category, amount in line.costs.items():
                found[category] = found.get(category, 0.0) + amount
        return found

    def category_name(self, category: str) -> str:
        about = self.example.categories.get(category, {})
        return str(about.get("name") or category.replace("_", " ").capitalize())

    @cached_property
    def costs(self) -> list[Cost]:
        """The totals that there are, each with its unit and the weakest basis of what it is the sum of."""
        bases: dict[str, list[Basis]] = {}
        for line in self.lines:
            for category, amount in line.costs.items():
                if amount:
                    bases.setdefault(category, []).append(basis_of(line.record, "impact"))
        return [
            Cost(
                category=self.category_name(category),
                amount=number(total, 0 if abs(total) >= 100 else 1),
                unit=str(
                    self.example.categories.get(category, {}).get("unit")
                    or pgettext("unit of an impact that has none", "points")
                ),
                basis=weakest(bases.get(category, [])),
            )
            for category, total in sorted(self.totals.items())
            if total
        ]

    @property
    def costs_of(self) -> str:
        """What the costs are the sum of, and as of when."""
        outages = sum(line.outage_count for line in self.lines)
        stopped = sum(line.down for line in self.lines)
        return _(
            "Sum over %(outages)s outages of %(processes)s processes within %(horizon)s, by each process's impact over "
            "time; model as of %(date)s."
        ) % {
            "outages": number(outages),
            "processes": number(stopped),
            "horizon": self.horizon_text,
            "date": date_format(self.example.as_of, "j F Y"),
        }

    @cached_property
    def claims(self) -> list[Claim]:
        fallbacks = {
            fallback["id"]: fallback
            for record in self.example.records.values()
            for requirement in record.get("requirements") or []
            for fallback in requirement.get("fallbacks") or []
        }
        return [self._claim(item, fallbacks.get(item["fallback"], {})) for item in self.result["contentions"]]

    def _claim(self, item: dict[str, Any], fallback: Record) -> Claim:
        pool = self.example.pools.get(item["pool"], {})
        unit = str(pool.get("unit_of_measure") or _("places"))
        return Claim(
            pool=self.example.pool_name(item["pool"]),
            capacity=f"{number(pool.get('capacity', 0), 3)}\u00a0{unit}",
            claimant=link(self.example, item["node"]),
            provider=link(self.example, fallback["node"]) if fallback else None,
            strategy=strategy_name(fallback["strategy"]) if fallback.get("strategy") else "",
            wanted=f"{number(item['weight'], 3)}\u00a0{unit}",
            granted=f"{number(item['granted'], 3)}\u00a0{unit}",
            short=item["granted"] < item["weight"],
        )

    @property
    def places_short(self) -> list[str]:
        """Per pool, how many more places would have met every claim on it: what would mend the contention."""
        wanted: dict[str, float] = {}
        for item in self.result["contentions"]:
            wanted[item["pool"]] = wanted.get(item["pool"], 0.0) + item["weight"] - item["granted"]
        return [
            _("%(pool)s: %(n)s more %(unit)s would meet every claim.")
            % {
                "pool": self.example.pool_name(pool),
                "n": number(short, 3),
                "unit": str(self.example.pools.get(pool, {}).get("unit_of_measure") or _("places")),
            }
            for pool, short in sorted(wanted.items(), key=lambda found: self.example.pool_name(found[0]))
        ]

    @property
    def deadlocks(self) -> list[list[Link]]:
        return [[link(self.example, node) for node in group] for group in self.result["deadlocks"]]

    @property
    def unsettled(self) -> list[list[Link]]:
        return [[link(self.example, node) for node in group] for group in self.result["unsettled"]]

    def as_json(self) -> dict[str, Any]:
        """The engine's answer as ``holdfast cascade --json`` gives it, and the question beside it.

        Without what lies outside the reader's scope: its nodes, and its places in sets; in a chain its id is null.
        """
        saved = self.question.saved
        question = {"scenario": saved.slug if saved else None, **self.question.as_json()}
        return {"question": question, **_within(self.result, self.example.records.keys())}


def _within(result: dict[str, Any], known: KeysView[str]) -> dict[str, Any]:
    if known >= result["nodes"].keys():
        return result
    nodes = {key: dict(node) for key, node in result["nodes"].items() if key in known}
    for node in nodes.values():
        if "outages" in node:
            node["outages"] = [
                {**outage, "cause": [[key if key in known else None, time] for key, time in outage["cause"]]}
                for outage in node["outages"]
            ]
    return {
        "nodes": nodes,
        "contentions": [contention for contention in result["contentions"] if contention["node"] in known],
        **{
            name: [kept for held in result[name] if (kept := [key for key in held if key in known])]
            for name in ("deadlocks", "unsettled")
        },
    }


SORTS = {
    "state": lambda line: (-line.state, line.first_down if line.first_down is not None else 9e9, line.link.name),
    "name": lambda line: (line.link.name.casefold(),),
    "down": lambda line: (line.first_down if line.first_down is not None else 9e9, line.link.name),
    "longest": lambda line: (-line.longest, line.link.name),
    "rto": lambda line: (line.rto.hours if line.rto.hours is not None else 9e9, line.link.name),
    "mtpd": lambda line: (line.mtpd.hours if line.mtpd.hours is not None else 9e9, line.link.name),
}
SHOWS = ("down", "breached", "touched", "all")


class Selection:
    """Which processes of an answer are listed, and in which order: ``show``, ``site``, ``unit``, ``sort``, ``rows``."""

    def __init__(self, answer: Answer, query: QueryDict) -> None:
        self.answer = answer
        self.show = query.get("show", "") if query.get("show", "") in SHOWS else ""
        self.site, self.unit = query.get("site", ""), query.get("unit", "")
        self.sort = query.get("sort", "") if query.get("sort", "") in SORTS else "state"
        self.whole = query.get("rows", "") == "all"

    @property
    def shown(self) -> str:
        if self.show:
            return self.show
        return "down" if self.answer.processes_down else "touched"

    @cached_property
    def matching(self) -> list[Line]:
        least = {"down": State.STOPS, "breached": State.MTPD_BREACHED, "touched": State.REDUCED, "all": State.HOLDS}
        chosen = [
            line
            for line in self.answer.processes
            if line.state >= least[self.shown]
            and (not self.site or line.site == self.site)
            and (not self.unit or line.unit == self.unit)
        ]
        return sorted(chosen, key=SORTS[self.sort])

    @property
    def lines(self) -> list[Line]:
        return self.matching if self.whole else self.matching[:MOST_ROWS]

    @property
    def left_out(self) -> int:
        return len(self.matching) - len(self.lines)

    @property
    def sites(self) -> list[str]:
        return sorted({line.site for line in self.answer.processes if line.site})

    @property
    def units(self) -> list[str]:
        return sorted({line.unit for line in self.answer.processes if line.unit})

    def parameters(self) -> dict[str, str]:
        """What of this goes into an address: whatever is not the default."""
        given = {
            "show": self.show,
            "site": self.site,
            "unit": self.unit,
            "sort": "" if self.sort == "state" else self.sort,
            "rows": "all" if self.whole else "",
        }
        return {key: value for key, value in given.items() if value}
