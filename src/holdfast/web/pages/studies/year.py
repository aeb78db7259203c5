"""The year, read for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.formats.charts import Bar, bar_chart, line_chart
from holdfast.web.pages.whatif.wording import hours, number, percent

from .shown import DEAD, Cell, Choice, Column, Names, Picture, Shown, Table, in_short

MOST_BARS = 10
TAILS = {0.95, 0.99}
GOOD = 0.05
"""A Monte Carlo error of at most this share of the figure counts as enough years."""


def year(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: Mapping[str, str]) -> Shown:
    processes = {key: one for key, one in answer["processes"].items() if names.knows(key)}
    functions = sorted((key for key in processes if names.is_function(key)), key=lambda key: -processes[key]["breach"])
    if functions:
        worst = functions[0]
        finding = _("%(name)s is past its MTPD in %(share)s of years") % {
            "name": names.name(worst), "share": percent(round(processes[worst]["breach"], 4)),
        }  # fmt: skip
        tone = 4 if processes[worst]["breach"] >= 0.1 else 2 if processes[worst]["breach"] else 0
    else:
        finding, tone = _("No critical function is in this model"), 0
    losses = answer["loss"]
    about = [_enough(question["years"], processes, losses)]
    pictures = _chances(names, functions, processes)
    tables = [_processes(names, processes), _losses(names, losses)]
    with_loss = [category for category, loss in losses.items() if loss["aal"]]
    choices = []
    if with_loss:
        money = [category for category in with_loss if names.unit(category)]
        category = view.get("category", "")
        if category not in with_loss:
            category = (money or with_loss)[0]
        pictures += _loss_pictures(names, category, losses[category])
        tables.append(_curve(names, category, losses[category]))
        choices = [Choice(one, names.category(one), one == category) for one in with_loss]
    tables += _drivers(names, losses)
    return Shown(finding, about, pictures, tables, tone, choices)


def _enough(years: int, processes: Mapping[str, Any], losses: Mapping[str, Any]) -> str:
    """Whether the years drawn are enough: the error of the loss that is known the least well."""
    shares = [loss["se"] / loss["aal"] for loss in losses.values() if loss["aal"] and loss["se"] is not None]
    drawn = ngettext("%(n)s year was drawn.", "%(n)s years were drawn.", years) % {"n": number(years)}
    if not shares:
        return drawn
    worst = max(shares)
    error = _("The average losses are known to within %(share)s (one standard error).") % {
        "share": percent(round(worst, 3))
    }
    if worst <= GOOD:
        return f"{drawn} {error} {_('That is enough.')}"
    wanted = 10 ** math.floor(math.log10(years * (worst / GOOD) ** 2))
    wanted = math.ceil(years * (worst / GOOD) ** 2 / wanted) * wanted
    more = _("For %(good)s, ask for %(years)s years.") % {"good": percent(GOOD), "years": number(wanted)}
    return f"{drawn} {error} {more}"


def _chances(names: Names, functions: list[str], processes: Mapping[str, Any]) -> list[Picture]:
    if not functions:
        return []
    bars = [
        Bar(names.name(key), chance := processes[key]["breach"], _give_or_take(processes[key]), _dark(chance))
        for key in functions
    ]  # fmt: skip
    says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
    title = _("Chance in a year that a critical function is past its MTPD")
    return [Picture(title, bar_chart(bars, says=says), _("With the Monte Carlo error (one standard error)."))]


def _dark(chance: float) -> str:
    return "bad" if chance >= 0.1 else ""


def _give_or_take(one: Mapping[str, Any]) -> str:
    return f"{percent(round(one['breach'], 3))} ± {percent(round(one['breach_se'], 3))}"


def _loss_pictures(names: Names, category: str, loss: Mapping[str, Any]) -> list[Picture]:
    name, unit = names.category(category), names.unit(category)
    found = []
    series = [(word, [(p, v) for p, v in loss[key] if v is not None]) for key, word in (
        ("aep", _("sum of a year")), ("oep", _("largest event")),
    )]  # fmt: skip
    points = [p for _word, line in series for p, _v in line]
    if len(set(points)) > 1:
        ticks = [
            (p, number(p)) for p in sorted(set(points)) if p in (min(points), 5, 10, 50, 100, 200, 500, max(points))
        ]
        hundred = next((v for p, v in loss["aep"] if p == 100), None)
        title = _("%(category)s: once in a hundred years %(amount)s or more") % {
            "category": name, "amount": names.amount(hundred, category),
        } if hundred is not None else name  # fmt: skip
        chart = line_chart(series, ticks, says=title, below=_("years between such losses"),
                           number=in_short, logarithmic=True)  # fmt: skip
        found.append(
            Picture(title, chart, _("Loss reached once in so many years, in %(unit)s.") % {"unit": unit or name})
        )
    for key, head in (("by_hazard", _("hazard")), ("by_site", _("site"))):
        parts = [(part, value) for part, value in loss[key].items() if value][:MOST_BARS]
        if not parts:
            continue
        bars = [
            Bar(_part(names, key, part), value, f"{percent(round(value / loss['aal'], 3))}") for part, value in parts
        ]
        title = _("%(category)s by %(head)s: %(name)s makes %(share)s") % {
            "category": name, "head": head, "name": bars[0].label, "share": bars[0].words,
        }  # fmt: skip
        says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
        about = _("Shares of the average annual loss of %(amount)s; with those not drawn they add up to it exactly.")
        found.append(
            Picture(title, bar_chart(bars, says=says), about % {"amount": names.amount(loss["aal"], category)})
        )
    return found


def _part(names: Names, key: str, part: str) -> str:
    if key == "by_site":
        return names.site(part) if part else _("no site")
    if key == "by_node":
        return names.name(part)
    return names.hazard(part)


def _processes(names: Names, processes: Mapping[str, Any]) -> Table:
    rows = []
    for key, one in sorted(processes.items(), key=lambda item: (-item[1]["breach"], -item[1]["downtime"], item[0])):
        error = one["downtime_se"]
        rows.append(
            (
                names.node(key),
                Cell(percent(round(one["breach"], 4)), sort=one["breach"], tone=_tone(one["breach"]),
                     more=f"± {percent(round(one['breach_se'], 4))}"),
                Cell(hours(one["downtime"]), sort=one["downtime"], more="" if error is None else f"± {hours(error)}"),
            )
        )  # fmt: skip
    columns = (
        Column("process", _("Process")), Column("breach", _("Chance of a breach in a year"), True),
        Column("downtime", _("Expected downtime in a year"), True),
    )  # fmt: skip
    return Table(
        "processes",
        _("Processes, the likeliest to breach first"),
        columns,
        rows,
        empty=_("The model holds no process."),
    )


def _tone(chance: float) -> int | None:
    return 4 if chance >= 0.2 else 3 if chance >= 0.1 else 2 if chance >= 0.02 else 1 if chance else None


def _losses(names: Names, losses: Mapping[str, Any]) -> Table:
    """Averages and tails: VaR is passed with a chance of one minus its share, TVaR is the average beyond it."""
    shares = sorted({share for loss in losses.values() for share, _value in loss["var"]} & TAILS)
    rows = []
    for category, loss in losses.items():
        tails = [dict(map(tuple, loss[key])) for key in ("var", "tvar")]
        rows.append(
            (
                Cell(names.category(category), more=names.unit(category)),
                Cell(names.amount(loss["aal"], category), sort=loss["aal"],
                     more="" if loss["se"] is None else f"± {names.amount(loss['se'], category)}"),
                *(_amount(names, category, tail.get(share)) for share in shares for tail in tails),
            )
        )  # fmt: skip
    columns = [Column("category", _("Impact")), Column("aal", _("Average annual loss"), True)]
    for share in shares:
        columns.append(Column(f"var{share}", _("VaR %(share)s") % {"share": percent(share)}, True))
        columns.append(Column(f"tvar{share}", _("TVaR %(share)s") % {"share": percent(share)}, True))
    about = _("VaR: what a year’s loss stays below with this chance. TVaR: the average of the years beyond it.")
    return Table(
        "losses", _("Losses of a year"), tuple(columns), rows, about, _("No process has an impact in figures.")
    )


def _curve(names: Names, category: str, loss: Mapping[str, Any]) -> Table:
    largest, sums = dict(map(tuple, loss["oep"])), dict(map(tuple, loss["aep"]))
    rows = [
        (
            Cell(_("once in %(n)s years") % {"n": number(period)}, sort=period),
            _amount(names, category, largest.get(period)),
            _amount(names, category, sums.get(period)),
        )
        for period in sorted(sums)
    ]
    columns = (
        Column("period", _("How often")), Column("oep", _("Largest event of the year (OEP)"), True),
        Column("aep", _("Sum of the year (AEP)"), True),
    )  # fmt: skip
    return Table(
        "curve", _("Losses once in so many years: %(name)s") % {"name": names.category(category)}, columns, rows
    )


def _amount(names: Names, category: str, value: float | None) -> Cell:
    return Cell(DEAD, sort=0) if value is None else Cell(names.amount(value, category), sort=value)


def _drivers(names: Names, losses: Mapping[str, Any]) -> list[Table]:
    found = []
    for key, title, head in (
        ("by_hazard", _("Which hazards make the losses"), _("Hazard")),
        ("by_node", _("Where the chains of outages begin"), _("Node")),
    ):
        parts = {part for loss in losses.values() for part, value in loss[key].items() if value}
        categories = [category for category, loss in losses.items() if loss["aal"]]
        first = categories[0] if categories else ""
        rows = []
        for part in sorted(parts, key=lambda part: (-(losses[first][key].get(part) or 0), part)) if first else ():
            cells = []
            for category in categories:
                value = losses[category][key].get(part) or 0.0
                share = value / losses[category]["aal"]
                cells.append(Cell(names.amount(value, category), sort=value, more=percent(round(share, 4))))
            rows.append((names.node(part) if key == "by_node" else Cell(_part(names, key, part)), *cells))
        columns = (Column("part", head), *(Column(category, names.category(category), True) for category in categories))
        about = _("Average of a year, and the share of the whole; each column adds up to its average.")
        found.append(Table(key, title, columns, rows, about, _("Nothing was lost.")))
    return found
