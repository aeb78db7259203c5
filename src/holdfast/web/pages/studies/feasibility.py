"""Feasibility, read for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.formats.charts import Bar, bar_chart
from holdfast.web.pages.whatif.wording import hours, number

from .shown import DEAD, Cell, Column, Names, Picture, Shown, Table

MOST_BARS = 14
LATE = 1e9
PROBE = 1.5 / 3600
"""Hours. The second for which everything stands still is the engine's own: it is not held against a limit."""


def feasibility(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: Mapping[str, str]) -> Shown:
    found = [one for one in answer["processes"] if names.knows(one["process"])]
    past = [one for one in found if _short(one, "slack_mtpd")]
    late = [one for one in found if _short(one, "slack_rto") and one not in past]
    if past:
        said = ngettext(
            "%(n)s process cannot be back within its MTPD, whatever is done",
            "%(n)s processes cannot be back within their MTPD, whatever is done",
            len(past),
        )
        finding = said % {"n": number(len(past))}
    elif late:
        said = ngettext(
            "%(n)s process cannot be back within its RTO; every MTPD can be kept",
            "%(n)s processes cannot be back within their RTO; every MTPD can be kept",
            len(late),
        )
        finding = said % {"n": number(len(late))}
    else:
        finding = _("Every process can be back within its RTO and MTPD by what was promised")
    about = [
        _("Everything that a process needs stands still for one second: what is promised for its restart, one after "
          "the other along the chain, decides when the process is back."),
        _("Restart times are measured where there is a valid measurement, else stated, else assumed: the page of each "
          "shows which."),
    ]  # fmt: skip
    tight = sorted(past + late, key=_slack)[:MOST_BARS]
    pictures = []
    if tight:
        bars = [
            Bar(
                names.name(one["process"]),
                one["recovery"] if one["recovery"] is not None else question["horizon"],
                hours(one["recovery"]) if one["recovery"] is not None else _("not back"),
                "bad" if one in past else "warn",
                [value for value in (one["mtpd"], one["rto"]) if value is not None],
            )
            for one in tight
        ]
        says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
        title = _("The shortest of time is %(name)s") % {"name": bars[0].label}
        pictures.append(
            Picture(title, bar_chart(bars, says=says, logarithmic=True),
                    _("Bar: until it is back. Solid line: MTPD. Dashed line: RTO. Dark: past its MTPD."))
        )  # fmt: skip
    rows = [_row(names, one, answer.get("levers", {})) for one in sorted(found, key=_slack)]
    columns = (
        Column("process", _("Process")), Column("recovery", _("Back after"), True), Column("rto", _("RTO"), True),
        Column("mtpd", _("MTPD"), True), Column("slack_rto", _("Left to RTO"), True),
        Column("slack_mtpd", _("Left to MTPD"), True), Column("cause", _("What decides it")),
        Column("lever", _("What to shorten")),
    )  # fmt: skip
    table = Table("processes", _("The tightest first"), columns, rows, empty=_("The model holds no process."))
    return Shown(finding, about, pictures, [table], 4 if past else 3 if late else 0)


def _short(one: Mapping[str, Any], slack: str) -> bool:
    limit = one[slack.replace("slack_", "")]
    return limit is not None and (one["recovery"] is None or one[slack] < -PROBE)


def _slack(one: Mapping[str, Any]) -> float:
    """What is left to the nearer limit; what is never back comes first."""
    if one["recovery"] is None:
        return -LATE
    return min((one[name] for name in ("slack_mtpd", "slack_rto") if one[name] is not None), default=LATE)


def _row(names: Names, one: Mapping[str, Any], levers: Mapping[str, Any]) -> tuple[Cell, ...]:
    cause = [node for node, _time in one["cause"]]
    way = " ← ".join(names.name(node) for node in cause[:4]) + (" …" if len(cause) > 4 else "")
    return (
        names.node(one["process"]),
        _time(one["recovery"], _("not back")),
        _time(one["rto"]),
        _time(one["mtpd"]),
        _left(one["slack_rto"], 3),
        _left(one["slack_mtpd"], 4),
        Cell(way or DEAD),
        Cell(_lever(names, levers.get(one["process"]) or [])),
    )


def _time(value: float | None, none: str = DEAD) -> Cell:
    return Cell(none, sort=LATE) if value is None else Cell(hours(value), sort=value)


def _left(value: float | None, tone: int) -> Cell:
    if value is None:
        return Cell(DEAD, sort=LATE)
    if value >= -PROBE:
        return Cell(hours(max(value, 0.0)), sort=value)
    return Cell(_("%(time)s short") % {"time": hours(-value)}, sort=value, tone=tone)


def _lever(names: Names, levers: list[Mapping[str, Any]]) -> str:
    """The promised restart whose shortening alone is enough, the smallest first."""
    enough = [one for one in levers if one["shorten_by"] is not None]
    if not levers:
        return DEAD
    if not enough:
        return _("No single restart is enough")
    best = min(enough, key=lambda one: one["shorten_by"])
    said = _("%(name)s: from %(now)s by %(less)s")
    return said % {
        "name": names.name(best["node"]), "now": hours(best["restart"]), "less": hours(best["shorten_by"]),
    }  # fmt: skip
