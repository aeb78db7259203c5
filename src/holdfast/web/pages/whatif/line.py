"""One process in the answer: its state, its limits, its outages in words and its bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .basis import Basis, basis_of
from .chain import Levels, Link, Outage, link, outage
from .example import Example, Record
from .question import Question
from .serving import Serving
from .states import State, state_of
from .timeline import Axis
from .wording import hours, moment, number, percent

MOST_OUTAGES = 2


@dataclass(frozen=True)
class Limit:
    """A limit of a process (RTO or MTPD) with its basis, and the time at which it is first passed, None if it holds."""

    name: str
    hours: float | None
    basis: Basis
    passed_at: float | None

    @cached_property
    def text(self) -> str:
        return "–" if self.hours is None else hours(self.hours)

    @cached_property
    def passed(self) -> str:
        """When it is first passed, empty if it holds."""
        return "" if self.passed_at is None else _("passed at %(at)s") % {"at": hours(self.passed_at)}


class Line:
    """One process in the answer."""

    def __init__(
        self,
        example: Example,
        question: Question,
        axis: Axis,
        nodes: dict[str, Any],
        node: str,
        serving: Mapping[str, list[Serving]],
    ) -> None:
        self.serving = serving.get(node, [])
        """The fallbacks that were on for it, in order of time."""
        self._example, self._question, self._axis, self._nodes = example, question, axis, nodes
        self.node = node
        self.record: Record = example.records[node]
        self.read_off: dict[str, Any] = nodes[node]
        self.link: Link = link(example, node)
        self.state: State = state_of(self.read_off)
        self.site = example.site_name(self.record.get("site"))
        self.unit = example.unit_name(self.record.get("unit"))
        self.is_function = "function" in (self.record.get("tags") or [])

    @cached_property
    def where(self) -> str:
        """Its unit and its site; the critical functions are everybody's."""
        return "" if self.is_function else " · ".join(dict.fromkeys(filter(None, (self.unit, self.site))))

    @property
    def down(self) -> bool:
        return self.state >= State.STOPS

    @property
    def first_down(self) -> float | None:
        first = self.read_off["first_down"]
        return None if first is None else float(first)

    @property
    def first_down_text(self) -> str:
        return "" if self.first_down is None else hours(self.first_down)

    @property
    def first_down_moment(self) -> str:
        return "" if self.first_down is None else moment(self.first_down)

    @property
    def longest(self) -> float:
        return float(self.read_off["longest_outage"] or 0)

    @property
    def longest_text(self) -> str:
        return hours(self.longest) if self.down else ""

    @cached_property
    def when(self) -> str:
        """From when it is down and for how long, or how far it is reduced."""
        if not self.down:
            said = _("to %(level)s at worst; %(least)s is its minimum")
            values = {"level": self.lowest_text, "least": self.minimum_text}
            return said % values if self.state == State.REDUCED else ""
        text = _("from %(when)s, for %(length)s") % {"when": self.first_down_text, "length": self.longest_text}
        if self.still_open:
            text += " " + pgettext("after a length of time that was cut at the horizon", "or more")
        if self.outage_count > 1:
            outages = ngettext("%(n)s outage", "%(n)s outages", self.outage_count)
            text += "; " + outages % {"n": number(self.outage_count)}
        return text

    @property
    def still_open(self) -> bool:
        return any(item["open"] for item in self.read_off["outages"])

    @property
    def outage_count(self) -> int:
        return len(self.read_off["outages"])

    @property
    def downtime(self) -> float:
        """Hours down in all."""
        return float(self.read_off["downtime"])

    @property
    def lowest(self) -> float:
        """The lowest level that it falls to, 1 where nothing happens to it."""
        return min(level for _time, level in self.levels)

    @property
    def lowest_text(self) -> str:
        return percent(self.lowest)

    @property
    def minimum(self) -> float:
        return float(self.record.get("minimum_level") or 1.0)

    @property
    def minimum_text(self) -> str:
        return percent(self.minimum)

    @cached_property
    def minimum_basis(self) -> Basis:
        return basis_of(self.record, "minimum_level")

    @property
    def levels(self) -> Levels:
        return self.read_off["level"]  # type: ignore[no-any-return]

    @cached_property
    def rto(self) -> Limit:
        value = self.record.get("rto")
        longer = [o["start"] + value for o in self.read_off["outages"] if value is not None and _longer(o, value)]
        return Limit("RTO", value, basis_of(self.record, "rto"), longer[0] if longer else None)

    @cached_property
    def mtpd(self) -> Limit:
        return Limit("MTPD", self.record.get("mtpd"), basis_of(self.record, "mtpd"), self.read_off["breach_at"])

    @property
    def limits(self) -> tuple[Limit, Limit]:
        return self.rto, self.mtpd

    @cached_property
    def outages(self) -> list[Outage]:
        """The outages in words, the one that decides the state first; the first few only."""
        found = self.read_off["outages"]
        limit = self.record.get("mtpd") if self.state == State.MTPD_BREACHED else self.record.get("rto")
        decides = next((o for o in found if limit is not None and _longer(o, limit)), None)
        if decides is None or self.state == State.STOPS:
            decides = found[0] if found else None
        ordered: list[dict[str, Any]] = [o for o in found if o is decides] + [o for o in found if o is not decides]
        return [outage(self._example, self._question, self._nodes, o) for o in ordered[:MOST_OUTAGES]]

    @property
    def deciding(self) -> Outage | None:
        return self.outages[0] if self.outages else None

    @property
    def further_outages(self) -> str:
        more = self.outage_count - len(self.outages)
        if more <= 0:
            return ""
        text = ngettext(
            "%(n)s more outage is in the CSV and JSON.", "%(n)s more outages are in the CSV and JSON.", more
        )
        return text % {"n": number(more)}

    @property
    def root(self) -> Link | None:
        return self.deciding.root if self.deciding else None

    @property
    def why(self) -> str:
        return _("Why: %(name)s") % {"name": self.root.name if self.root else ""}

    @property
    def served(self) -> str:
        """Which fallback is in use, or how many."""
        count = len(self.serving)
        text = ngettext("Fallback in use: %(name)s", "%(n)s fallbacks in use", count)
        return text % {"n": number(count), "name": self.serving[0].name if count else ""}

    @cached_property
    def sentence(self) -> str:
        """The drawing in words."""
        if not self.down:
            if self.state == State.REDUCED:
                return _("Reduced to %(level)s at worst, never below its minimum") % {"level": self.lowest_text}
            return _("Holds throughout")
        parts = [_("Down %(outage)s") % {"outage": item.text} for item in self.outages]
        if self.further_outages:
            parts.append(self.further_outages)
        parts += [f"{serving.name} {serving.text}" for serving in self.serving[:MOST_OUTAGES]]
        for name, limit in (("RTO", self.rto), ("MTPD", self.mtpd)):
            if limit.passed_at is not None:
                parts.append(
                    _("%(limit)s of %(hours)s passed %(when)s")
                    % {"limit": name, "hours": limit.text, "when": moment(limit.passed_at)}
                )
        return "; ".join(parts)

    @cached_property
    def drawing(self) -> SafeString:
        outages, levels, rto, mtpd, aids = self._drawn
        return self._axis.row(outages, levels, rto, mtpd, self.state, self.sentence, aids)

    @property
    def plain_drawing(self) -> dict[str, list[object]]:
        """The same as numbers, for paper."""
        return self._axis.plain(*self._drawn)

    @property
    def _drawn(
        self,
    ) -> tuple[list[Outage], Levels, float | None, float | None, list[tuple[float, float]]]:
        outages = [Outage(o["start"], o["end"], o["open"], "", []) for o in self.read_off["outages"]]
        aids = [span for serving in self.serving if serving.gives for span in serving.spans]
        return outages, self.levels, self.record.get("rto"), self.record.get("mtpd"), aids

    @property
    def read_out(self) -> str:
        """The levels for the island: time:level pairs, as many as a reader can tell apart."""
        return " ".join(f"{time:.10g}:{level:.6g}" for time, level in self.levels[:60])

    @property
    def minimum_plain(self) -> str:
        return f"{self.minimum:.6g}"

    @property
    def costs(self) -> dict[str, float]:
        return dict(self.read_off.get("cost") or {})


def _longer(record: dict[str, Any], limit: float) -> bool:
    """Whether an outage is longer than a limit, on the engine's grid of whole seconds."""
    return bool(round((record["end"] - record["start"]) * 3600) > round(limit * 3600))
