"""A picture in words: the finding, a line per critical function and process, what to restore first, what changed.

The picture itself stays as it was taken; what of it is past and what is ahead is told as of now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from holdfast.crisis.picture.models import Certain
from holdfast.organization.evidence.fact import BASIS_NAMES
from holdfast.web.pages.whatif.timeline import Axis
from holdfast.web.pages.whatif.wording import hours, kind_name, listing, number, percent, strategy_name

Json = dict[str, Any]

WORKS, REDUCED, DOWN, AHEAD, BREACHED = range(5)
WORDS = {
    WORKS: gettext_lazy("Works"),
    REDUCED: gettext_lazy("Reduced"),
    DOWN: gettext_lazy("Down"),
    AHEAD: gettext_lazy("Will breach"),
    BREACHED: gettext_lazy("Breached"),
}
MARKS = {"measured": "●", "stated": "◐", "assumed": "○"}
MOST_SHOWN = 12


def moment_of(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)


def basis_mark(basis: str | None) -> SafeString | str:
    """How a figure is known: a mark with its word."""
    if not basis:
        return ""
    return format_html('<span class="basis" title="{0}">{1}<span class="hide"> {0}</span></span>',
                       BASIS_NAMES.get(basis, basis), MARKS.get(basis, ""))  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A critical function or a process, as of `now`."""

    said: Json
    now: datetime

    @property
    def name(self) -> str:
        return str(self.said["name"])

    @property
    def key(self) -> str:
        return str(self.said["key"])

    @cached_property
    def breach_at(self) -> datetime | None:
        return moment_of(self.said["breach_at"])

    @cached_property
    def limit_at(self) -> datetime | None:
        return moment_of(self.said["limit_at"])

    @cached_property
    def rto_at(self) -> datetime | None:
        return moment_of(self.said["rto_at"])

    @cached_property
    def outages(self) -> list[tuple[datetime, datetime]]:
        return [
            (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in self.said["outages"]
        ]

    @cached_property
    def is_down(self) -> bool:
        return any(start <= self.now < end for start, end in self.outages)

    @cached_property
    def is_breached(self) -> bool:
        """Whether the outage that it is in has breached its limit, or one before has and it is down no more."""
        return self.breach_at is not None and self.breach_at <= self.now

    @property
    def state(self) -> int:
        if self.is_breached:
            return BREACHED
        if self.breach_at is not None:
            return AHEAD
        if self.is_down:
            return DOWN
        return REDUCED if self.said["level"] < 1 else WORKS

    @property
    def chip(self) -> SafeString:
        said = str(WORDS[self.state])
        if self.state == BREACHED and not self.is_down:
            said = _("Breached, works again")
        return format_html('<span class="chip s{}">{}</span>', self.state, said)

    @property
    def clock(self) -> datetime | None:
        """The moment that the live clock runs to: the breach that is ahead, else the limit of the outage it is in, else
        when it stops; of what has breached, since when."""
        if self.breach_at is not None:
            return self.breach_at
        if self.is_down:
            return self.limit_at
        first = moment_of(self.said["first_down"])
        return first if first is not None and first > self.now else None

    @property
    def clock_says(self) -> str:
        """What it runs to, with the limit."""
        if self.is_breached:
            return _("MTPD breached")
        if self.breach_at is not None:
            return _("its MTPD breaches")
        if self.is_down:
            return _("its MTPD would breach; back before, on this course")
        return _("it stops") if self.clock is not None else ""

    @property
    def range(self) -> tuple[datetime | None, datetime | None, str] | None:
        """(from, to, the rest in words) of the breach by the draws; None where nothing breaches in any."""
        chance = self.said["breach_chance"]
        if not chance:
            return None
        low, high = moment_of(self.said["breach_low"]), moment_of(self.said["breach_high"])
        if low == high == self.breach_at:
            low = high = None
        return low, high, _("in %(share)s of the draws") % {"share": percent(chance)}

    @property
    def limits(self) -> SafeString:
        """RTO and MTPD with how they are known."""
        parts = []
        for short, name in (("rto", "RTO"), ("mtpd", "MTPD")):
            value = self.said[short]
            text = "–" if value is None else hours(value)
            parts.append(format_html("{} {}{}", name, text, basis_mark(self.said["bases"].get(short))))
        return format_html("{} · {}", *parts)

    @property
    def level(self) -> str:
        return percent(self.said["level"])

    @property
    def rto_missed(self) -> bool:
        return self.said["rto_will_be_missed"] and self.rto_at is not None and self.rto_at <= self.now

    @property
    def back_at(self) -> datetime | None:
        return moment_of(self.said["back_at"])

    @property
    def back_range(self) -> tuple[datetime | None, datetime | None]:
        return moment_of(self.said["back_low"]), moment_of(self.said["back_high"])

    @property
    def chain(self) -> list[Json]:
        """From what binds it first on: the process itself is left out."""
        return list(self.said["chain"][1:] or self.said["chain"])

    @property
    def root(self) -> str:
        return str(self.said["chain"][-1]["name"]) if self.said["chain"] else ""

    @property
    def using(self) -> list[Use]:
        """The strategies that are on, then those that will be, alike ones together."""
        alike: dict[tuple[bool, str], list[Json]] = {}
        for one in self.said["using"]:
            begun = datetime.fromisoformat(one["since"]) <= self.now
            alike.setdefault((begun, one["name"] or strategy_name(one["strategy"])), []).append(one)
        return [
            Use(name, is_on, some) for (is_on, name), some in sorted(alike.items(), key=lambda pair: not pair[0][0])
        ]


@dataclass(frozen=True)
class Use:
    """A strategy that is on, or will be; of a critical function those of its processes that have the same name."""

    name: str
    is_on: bool
    said: list[Json]

    @property
    def many(self) -> str:
        return f" × {number(len(self.said))}" if len(self.said) > 1 else ""

    @property
    def since(self) -> datetime:
        """When the first of them is on."""
        return min(datetime.fromisoformat(one["since"]) for one in self.said)

    @property
    def ends_at(self) -> datetime | None:
        """When the endurance of the first of them ends."""
        return min((datetime.fromisoformat(one["ends_at"]) for one in self.said if one["ends_at"]), default=None)

    @property
    def granted(self) -> str:
        least = min(one["granted"] for one in self.said)
        return "" if least >= 1 else _("granted %(share)s of what it asks for") % {"share": percent(least)}


@dataclass(frozen=True)
class Gain:
    """What to restore first."""

    said: Json

    @property
    def names(self) -> str:
        return listing(self.said["names"], 3)

    @property
    def more(self) -> list[str]:
        return list(self.said["names"]) if len(self.said["names"]) > 3 else []

    @property
    def because(self) -> str:
        spared, functions = self.said["spares_names"], self.said["functions"]
        if spared:
            names = listing(spared, 3)
            if functions:
                said = _("breaches spared: %(all)s, of critical functions %(functions)s: %(names)s")
                return said % {"all": number(len(spared)), "functions": number(functions), "names": names}
            return _("breaches spared: %(all)s: %(names)s") % {"all": number(len(spared)), "names": names}
        return _("spares no breach; %(hours)s less of downtime in all") % {"hours": hours(max(self.said["hours"], 0))}


class Told:
    """A picture in words. `answer` as the reader may see it."""

    def __init__(self, answer: Json, now: datetime) -> None:
        self.answer, self.now = answer, now
        # Drawn by the half hour: a line that moves by a hair is no change that is worth sending.
        self.drawn_at = max(
            now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0), moment_of(answer["as_of"]) or now
        )
        self.lines = [Line(one, now) for one in answer["processes"]]
        self.functions = [line for line in self.lines if line.said["function"]]
        self.processes = [line for line in self.lines if not line.said["function"] and _matters(line)]
        self.gains = [Gain(one) for one in answer["restore_first"]]

    @property
    def first(self) -> list[Line]:
        return self.processes[:MOST_SHOWN]

    @property
    def rest(self) -> list[Line]:
        return self.processes[MOST_SHOWN:]

    @property
    def standing(self) -> list[Json]:
        return [one for one in self.answer["out"] if not one["ended_at"]]

    @cached_property
    def state(self) -> int:
        return max((line.state for line in self.lines), default=WORKS)

    @property
    def finding(self) -> str:
        """What is true, in one sentence."""
        if not self.standing and self.state == WORKS:
            return _("Nothing is known to be out: everything works.")
        whole = len(self.functions)
        breached = [line for line in self.functions if line.is_breached]
        ahead = [line for line in self.functions if line.state == AHEAD]
        if breached:
            text = ngettext(
                "%(n)s of %(all)s critical functions has breached its limit",
                "%(n)s of %(all)s critical functions have breached their limits",
                len(breached),
            )
            said = text % {"n": number(len(breached)), "all": number(whole)}
            return f"{said}; {self._next(ahead)}" if ahead else said + "."
        if ahead:
            return _capital(self._next(ahead))
        others = [line for line in self.processes if line.state >= AHEAD]
        down = [line for line in self.lines if line.is_down]
        if others:
            text = ngettext(
                "No critical function breaches its limit on the present course; %(n)s other process does.",
                "No critical function breaches its limit on the present course; %(n)s other processes do.",
                len(others),
            )
            return text % {"n": number(len(others))}
        if down:
            text = ngettext(
                "%(n)s process is down; on the present course no limit is breached.",
                "%(n)s processes are down; on the present course no limit is breached.",
                len(down),
            )
            return text % {"n": number(len(down))}
        return _("What is out stops no process on the present course.")

    def _next(self, ahead: list[Line]) -> str:
        first = min(ahead, key=lambda line: line.breach_at or self.now)
        text = ngettext(
            "%(n)s critical function will breach its limit: %(name)s",
            "%(n)s critical functions will breach their limits, first %(name)s",
            len(ahead),
        )
        return text % {"n": number(len(ahead)), "name": first.name}

    @property
    def finding_at(self) -> datetime | None:
        """When what the finding ends with comes: the page has a clock run to it."""
        return min((line.breach_at for line in self.functions if line.state == AHEAD and line.breach_at), default=None)

    @property
    def next_breaches(self) -> list[Line]:
        """Processes whose breach is ahead, the soonest first."""
        ahead = [line for line in self.processes if line.state == AHEAD]
        return sorted(ahead, key=lambda line: (line.breach_at or self.now, line.name))

    @property
    def costs(self) -> list[Json]:
        found = []
        for one in self.answer["cost"].values():
            if not (one["expected"] or one["high"]):
                continue
            unit = one["unit"] or pgettext("unit of an impact that has none", "points")
            shown = {part: number(one[part], 0 if abs(one[part]) >= 100 else 1)
                     for part in ("so_far", "expected", "low", "high")}  # fmt: skip
            found.append({"name": _capital(one["name"]), "unit": unit, **shown})
        return found

    @property
    def contentions(self) -> list[Json]:
        """Pools that cannot give all that is asked of them."""
        found = []
        for pool in self.answer["contentions"]:
            short = [claim for claim in pool["claims"] if claim["granted"] < claim["weight"]]
            found.append({
                "name": pool["name"],
                "says": _("%(short)s of %(all)s short: %(names)s") % {
                    "short": number(pool["short_by"], 1), "all": f"{number(pool['capacity'], 1)} {pool['unit']}",
                    "names": listing([claim["name"] for claim in short], 4),
                },
                "harms": listing([one["name"] for one in pool["costs_mtpd_of"]], 4),
                "enough": None if pool["enough"] is None else f"{number(pool['enough'], 1)} {pool['unit']}",
                "short_at": moment_of(pool["short_at"]),
            })  # fmt: skip
        return found

    @cached_property
    def axis(self) -> Axis:
        zero = datetime.fromisoformat(self.answer["zero"])
        return Axis(min((datetime.fromisoformat(self.answer["horizon"]) - zero).total_seconds() / 3600, self._reach()))

    def _reach(self) -> float:
        """As far as anything matters: the axis ends where the last limit or end of the lines shown is."""
        zero = datetime.fromisoformat(self.answer["zero"])
        far = [self.drawn_at + timedelta(hours=4)]
        for line in self.functions + self.first:
            far += [at for at in (line.limit_at, line.breach_at, line.back_at, line.back_range[1]) if at is not None]
        return max((max(far) - zero).total_seconds() / 3600 * 1.1, 24.0)

    def hour(self, at: datetime | None) -> float | None:
        return None if at is None else (at - datetime.fromisoformat(self.answer["zero"])).total_seconds() / 3600

    def bar(self, line: Line) -> SafeString:
        """The line drawn: outages as bars, the range of the breach as a band, RTO and MTPD as marks, and now."""
        x = self.axis.x
        parts = [format_html('<rect class="past" width="{}%" height="26"/>', x(self.hour(self.drawn_at) or 0))]
        for at in self.axis.ticks:
            parts.append(format_html('<line class="tick" x1="{0}%" x2="{0}%" y2="26"/>', x(at)))
        for start, end in line.outages[:8]:
            begin, stop = x(self.hour(start) or 0), x(self.hour(end) or 0)
            width = max(round(stop - begin, 2), 0.4)
            parts.append(
                format_html('<rect class="out s{}" x="{}%" width="{}%" y="8" height="10"/>', line.state, begin, width)
            )
        drawn = line.range
        if drawn is not None and drawn[0] is not None:
            begin = x(self.hour(drawn[0]) or 0)
            stop = x(self.hour(drawn[1]) or 0) if drawn[1] is not None else 100
            parts.append(
                format_html(
                    '<rect class="range" x="{}%" width="{}%" y="4" height="18"/>',
                    begin,
                    max(round(stop - begin, 2), 0.5),
                )
            )
        for name, mark in (("rto", line.rto_at), ("mtpd", line.limit_at)):
            if mark is not None and (self.hour(mark) or 0) <= self.axis.horizon:
                parts.append(
                    format_html('<line class="{0}" x1="{1}%" x2="{1}%" y1="2" y2="24"/>', name, x(self.hour(mark) or 0))
                )
        parts.append(format_html('<line class="now" x1="{0}%" x2="{0}%" y2="26"/>', x(self.hour(self.drawn_at) or 0)))
        return format_html('<svg class="bar" width="100%" height="26" role="img" aria-label="{}">{}</svg>',
                           self._bar_says(line), mark_safe("".join(parts)))  # fmt: skip  # noqa: S308

    def _bar_says(self, line: Line) -> str:
        if not line.outages:
            return _("Works throughout.")
        zero = self.hour(line.outages[0][0]) or 0
        return _("Down from %(from)s after the first outage on; MTPD at %(limit)s.") % {
            "from": hours(max(zero, 0)), "limit": hours(self.hour(line.limit_at) or 0) if line.limit_at else "–",
        }  # fmt: skip

    def scale(self) -> SafeString:
        """The axis with its words: hours since the first outage."""
        labels = [
            format_html(
                '<text x="{}%" y="13" text-anchor="{}">{}</text>',
                self.axis.x(at),
                "end" if self.axis.x(at) > 94 else "middle",
                self.axis.label(at),
            )
            for at in self.axis.ticks
        ]
        return format_html(
            '<svg class="bar scale" width="100%" height="18" aria-hidden="true"><text x="0" y="13">0</text>{}</svg>',
            mark_safe("".join(labels)),  # noqa: S308 - every part has been through format_html
        )


def _matters(line: Line) -> bool:
    return line.state > WORKS or bool(line.said["breach_chance"]) or bool(line.said["outages"])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def outs_told(answer: Json, ids: dict[str, int]) -> list[Json]:
    """What is out, the overdue first, what works again last. `ids`: the row of each outage of the incident itself."""
    found = []
    for one in answer["out"]:
        ended = moment_of(one["ended_at"])
        found.append({
            **one, "kind_name": kind_name(one["kind"]), "since_at": moment_of(one["since"]), "ended": ended,
            "low": moment_of(one["until_low"]), "likely": moment_of(one["until_likely"]),
            "high": moment_of(one["until_high"]), "number": int(one["key"].rsplit("-", 1)[1]),
            "id": ids.get(one["key"]), "certainty_name": str(Certain(one["certainty"]).label),
            "share": "" if one["loss"] >= 1 else percent(one["loss"]),
            "spread": one["until_low"] != one["until_high"],
        })  # fmt: skip
    return sorted(found, key=lambda one: (one["ended"] is not None, not one["overdue"], one["number"]))


def changes_told(changed: Json) -> list[tuple[str, str]]:
    """(kind, words) of what changed since the picture before; times are told by the page."""
    said: list[tuple[str, str]] = []

    def add(kind: str, text: str, names: Iterable[str]) -> None:
        given = list(names)
        if given:
            said.append((kind, text % {"names": listing(given, 4)}))

    add("bad", _("Will breach now: %(names)s"), _names(changed["newly_breaching"]))
    add("good", _("Will not breach any more: %(names)s"), _names(changed["no_longer"]))
    for kind, name, text in (("bad", "earlier", _("Breaches earlier: %(names)s")),
                             ("good", "later", _("Breaches later: %(names)s"))):  # fmt: skip
        add(kind, text, (f"{one['name']} ({hours(one['hours'])})" for one in changed[name]))
    add("bad", _("Down now: %(names)s"), _names(changed["newly_down"]))
    add("good", _("Works again: %(names)s"), _names(changed["restored"]))
    add("bad", _("Newly out: %(names)s"), _names(changed["out"]))
    add("good", _("No longer out: %(names)s"), _names(changed["back"]))
    add("bad", _("Places run short: %(names)s"), _names(changed["contentions"]))
    add("good", _("Places are enough again: %(names)s"), _names(changed["contentions_gone"]))
    return said


def _names(rows: Iterable[Json]) -> list[str]:
    return [str(one["name"]) for one in rows]
