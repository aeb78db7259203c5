"""The best buy, read for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.formats.charts import Bar, bar_chart, line_chart
from holdfast.web.pages.whatif.wording import hours, listing, number, percent

from .shown import DEAD, Cell, Column, Names, Picture, Shown, Table, in_short

View = Mapping[str, str]


def best_buy(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: View) -> Shown:
    bought, cheapest = answer["bought"], answer["cheapest"]
    term = number(question["term"], 1)
    if bought is not None:
        said = ngettext(
            "%(n)s measure for %(cost)s keeps every process that must be kept within its MTPD",
            "%(n)s measures for %(cost)s keep every process that must be kept within its MTPD",
            len(bought),
        )
        finding = said % {"n": number(len(bought)), "cost": _money(answer["cost"])}
        if not bought:
            finding = _("Nothing has to be bought: every process that must be kept stays within its MTPD")
    elif cheapest is not None:
        finding = _("The budget is too small: %(cost)s would be enough") % {"cost": _money(cheapest["cost"])}
    else:
        finding = _("No set of these measures keeps everything that must be kept")
    about = [_("Costs are those of %(years)s years: once, and each year.") % {"years": term}, _proof(answer)]
    greedy = answer["greedy"]
    pictures = []
    if bought and greedy["cost"] is not None:
        bars = [
            Bar(_("the best buy"), answer["cost"], _money(answer["cost"])),
            Bar(_("best value first, step by step"), greedy["cost"], _money(greedy["cost"]), "warn"),
        ]
        saved = greedy["cost"] - answer["cost"]
        title = (
            _("Choosing exactly saves %(saved)s") % {"saved": _money(saved)} if saved > 0
            else _("Best value first would have found it too")
        )  # fmt: skip
        says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
        pictures.append(Picture(title, bar_chart(bars, says=says), _("What the same protection costs by either way.")))
    elif greedy["cost"] is None and bought:
        about.append(_("Buying the best value first, step by step, gets stuck: it finds no set that keeps everything."))
    pictures += _frontier_picture(names, question, answer)
    tables = [_bought(names, answer), _before(names, answer), _worsened(names, answer), _left(names, answer)]
    tables += _frontier_table(names, answer)
    tone = 0 if bought is not None else 3 if cheapest is not None else 4
    return Shown(finding, about, pictures, [table for table in tables if table.rows or table.empty], tone)


def _money(value: float) -> str:
    return f"{number(value)} USD"


def _proof(answer: Mapping[str, Any]) -> str:
    if answer["gap"] == 0:
        return _("That no set costs less is proven.")
    if answer["gap"] is not None:
        return _("No set can cost less than %(bound)s; the one found may be dearer by up to %(gap)s.") % {
            "bound": _money(answer["bound"]), "gap": percent(round(answer["gap"], 4)),
        }  # fmt: skip
    return _("What stands in the way: %(what)s.") % {"what": _("see below")} if answer["hopeless"] else ""


def _where(names: Names, answer: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    return names.scenario(answer["scenarios"][int(one["scenario"])])


def _bought(names: Names, answer: Mapping[str, Any]) -> Table:
    rows = []
    chosen = answer["bought"] if answer["bought"] is not None else (answer["cheapest"] or {"bought": []})["bought"]
    for key in chosen:
        without = [one for one in answer["without"].get(key, ()) if names.knows(one["process"])]
        what = [f"{names.name(one['process'])} ({_where(names, answer, one)})" for one in without]
        cost = answer["costs"][key]
        longest = max((one["longest_outage"] for one in without), default=0.0)
        rows.append(
            (
                names.candidate(key),
                Cell(_money(cost), sort=cost),
                Cell(listing(what, 4) or DEAD),
                Cell(hours(longest) if longest else DEAD, sort=longest),
            )
        )
    columns = (
        Column("measure", _("Bought")), Column("cost", _("Cost"), True),
        Column("for", _("What would breach without it")), Column("outage", _("For up to"), True),
    )  # fmt: skip
    return Table("bought", _("What is bought, and what for"), columns, rows, empty=_("Nothing."))


def _before(names: Names, answer: Mapping[str, Any]) -> Table:
    rows = [
        (
            names.node(one["process"]),
            Cell(_where(names, answer, one)),
            Cell(hours(one["longest_outage"]), sort=one["longest_outage"]),
            _after(answer, one),
        )
        for one in answer["before"] if names.knows(one["process"])
    ]  # fmt: skip
    columns = (
        Column("process", _("Process")), Column("scenario", _("Scenario")),
        Column("before", _("Longest outage as it is"), True), Column("after", _("with what is bought"), True),
    )  # fmt: skip
    return Table("before", _("What breaches as it is"), columns, rows, empty=_("Nothing breaches as it is."))


def _after(answer: Mapping[str, Any], one: Mapping[str, Any]) -> Cell:
    row = answer["proof"].get(one["scenario"], {})
    if one["process"] not in row:
        return Cell(DEAD, sort=0.0)
    return Cell(hours(row[one["process"]]), sort=row[one["process"]])


def _worsened(names: Names, answer: Mapping[str, Any]) -> Table:
    rows = [
        (
            names.node(one["process"]),
            Cell(_where(names, answer, one)),
            Cell(hours(one["before"]), sort=one["before"]),
            Cell(hours(one["after"]), sort=one["after"], tone=4 if one["breaches"] else 2),
        )
        for one in answer["worsened"] if names.knows(one["process"])
    ]  # fmt: skip
    columns = (
        Column("process", _("Process")), Column("scenario", _("Scenario")),
        Column("before", _("Longest outage as it is"), True), Column("after", _("with what is bought"), True),
    )  # fmt: skip
    about = _("A purchase can make another process wait longer: a fallback begins anew, or places go to somebody else.")
    return Table("worsened", _("Who is worse off"), columns, rows, about)


def _left(names: Names, answer: Mapping[str, Any]) -> Table:
    chosen = set(answer["bought"] or ())
    rows = [
        (names.candidate(key), Cell(_money(cost), sort=cost))
        for key, cost in sorted(answer["costs"].items(), key=lambda item: (item[1], item[0])) if key not in chosen
    ]  # fmt: skip
    return Table("left", _("What is left"), (Column("measure", _("Measure")), Column("cost", _("Cost"), True)), rows)


def _frontier_picture(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any]) -> list[Picture]:
    points = answer.get("frontier") or []
    if len(points) < 2:
        return []
    steps: list[tuple[float, float]] = []
    for k, point in enumerate(points):
        until = points[k + 1]["budget"] if k + 1 < len(points) else point["budget"]
        steps += [(point["budget"], point["expected_loss"]), (until, point["expected_loss"])]
    end = points[-1]["budget"] or 1.0
    ticks = [(end * n / 4, in_short(end * n / 4)) for n in range(5)]
    category = answer["category"] or ""
    title = _("From %(first)s to %(last)s a year") % {
        "first": names.amount(points[0]["expected_loss"], category),
        "last": names.amount(points[-1]["expected_loss"], category),
    }  # fmt: skip
    chart = line_chart([(_("expected loss"), steps)], ticks, says=title, below=_("budget, USD"), number=in_short)
    return [Picture(title, chart, _("The least expected loss that each budget can buy: %(what)s.")
                    % {"what": names.category(category)})]  # fmt: skip


def _frontier_table(names: Names, answer: Mapping[str, Any]) -> list[Table]:
    points = answer.get("frontier") or []
    category = answer["category"] or ""
    rows = [
        (
            Cell(_money(point["budget"]), sort=point["budget"]),
            Cell(names.amount(point["expected_loss"], category), sort=point["expected_loss"]),
            Cell(number(len(point["bought"])), sort=len(point["bought"])),
            Cell(listing([names.candidate(key).text for key in point["bought"]], 6) or DEAD),
        )
        for point in points
    ]
    columns = (
        Column("budget", _("Budget")), Column("loss", _("Expected loss of a year"), True),
        Column("count", _("Measures"), True), Column("which", _("Which")),
    )  # fmt: skip
    every = answer.get("frontier_exact")
    exact = _("Every set was tried.") if every else _("The best sets found; others may be better.")
    return [Table("frontier", _("Cost against expected loss"), columns, rows, exact if rows else "")]
