"""The answer of the year as text for a terminal: who is stopped, losses and what drives them, whether it was enough."""

from __future__ import annotations

import math

from holdfast.engine.losses import Loss, ranks
from holdfast.engine.year import ProcessYear, YearAnswer

ENOUGH = 0.05
"""The relative standard error below which a mean is good enough to decide by."""

SHOWN = 10
"""How many processes and causes are listed."""

FEW = 10
"""A figure that rests on fewer years than this is said to be rough."""


def year_text(answer: YearAnswer, names: dict[str, str]) -> str:
    """Processes most likely to be stopped for too long, losses by category and cause, and how sure it all is."""
    lines = [f"{answer.years:,} years drawn, seed {answer.seed}.", ""]
    lines += _processes(answer, names)
    for category, loss in answer.loss.items():
        lines += ["", *_losses(category, loss, answer.years, names)]
    lines += ["", *_enough(answer, names)]
    return "\n".join(lines) + "\n"


def _processes(answer: YearAnswer, names: dict[str, str]) -> list[str]:
    touched = {key: one for key, one in answer.processes.items() if one.downtime > 0}
    if not touched:
        return ["No process went down in any of these years."]
    order = sorted(touched, key=lambda key: (-touched[key].breach, -touched[key].downtime, key))
    rows = [["process", "beyond MTPD", "+-", "down h/year", "+-"]]
    rows += [
        [
            names.get(key, key),
            f"{touched[key].breach:.2%}",
            f"{touched[key].breach_se:.2%}",
            _amount(touched[key].downtime),
            _amount(touched[key].downtime_se),
        ]
        for key in order[:SHOWN]
    ]
    left = len(order) - SHOWN
    return [*_table(rows), *([f"… and {left:,} more processes that go down."] if left > 0 else [])]


def _losses(category: str, loss: Loss, years: int, names: dict[str, str]) -> list[str]:
    lines = [f"{category}: {_amount(loss.aal)} a year on average, +- {_amount(loss.se)}"]
    if not loss.by_node:
        return lines
    if loss.aep:
        rows = [["once in … years", "dearest event", "whole year", "rests on"]]
        rows += [
            [f"{period:g}", _amount(event), _amount(whole), f"{rank:,} year{'' if rank == 1 else 's'}"]
            for (period, event), (_, whole), (_, rank) in zip(loss.oep, loss.aep, ranks(years), strict=True)
        ]
        lines += _table(rows)
    if loss.var:
        rows = [["level", "value at risk", "mean beyond it"]]
        rows += [
            [f"{level:.1%}", _amount(value), _amount(mean)]
            for (level, value), (_, mean) in zip(loss.var, loss.tvar, strict=True)
        ]
        lines += _table(rows)
    for what, parts in (("hazard", loss.by_hazard), ("cause", loss.by_node), ("site", loss.by_site)):
        if parts:
            lines += _table([[f"by {what}", "a year", "share"], *_parts(parts, loss.aal, names)])
    return lines


def _parts(parts: dict[str, float], aal: float, names: dict[str, str]) -> list[list[str]]:
    shown = list(parts.items())[:SHOWN]
    rows = [
        [names.get(key, key) or "(none)", _amount(value), f"{value / aal:.1%}" if aal else "-"] for key, value in shown
    ]
    if len(parts) > SHOWN:
        rest = math.fsum(list(parts.values())[SHOWN:])
        others = f"{len(parts) - SHOWN:,} others"
        rows.append([others, _amount(rest), f"{rest / aal:.1%}" if aal else "-"])
    return rows


def _enough(answer: YearAnswer, names: dict[str, str]) -> list[str]:
    """Whether the number of years is enough, by the relative standard error of each mean."""
    lines = ["Enough years?"]
    for category, loss in answer.loss.items():
        lines.append(f"  {category}: {_verdict(loss.aal, loss.se, answer.years)}")
    if answer.processes:
        key, worst = max(answer.processes.items(), key=lambda item: item[1].breach)
        lines.append(f"  chance beyond MTPD of {names.get(key, key)}: {_chance_verdict(worst, answer.years)}")
    rough = [f"{period}" for period, rank in ranks(answer.years) if rank < FEW]
    if rough:
        lines.append(f"  rough, resting on fewer than {FEW} years: once in {', '.join(rough)} years")
    return lines


def _chance_verdict(one: ProcessYear, years: int) -> str:
    if one.breach > 0:
        return _verdict(one.breach, one.breach_se, years)
    # None in N years: a chance above 3/N would have shown itself with 95 % (the rule of three).
    return f"no breach in {years:,} years; the chance is below {min(1.0, 3 / years):.2%} (95 %)"


def _verdict(mean: float, error: float | None, years: int) -> str:
    if not mean:
        return "nothing in any year; more years would say whether it is rare or never"
    if error is None:
        return "no, one year says nothing of the others"
    relative = abs(error / mean)
    if relative <= ENOUGH:
        return f"yes, the mean is known to {relative:.1%}"
    # The error falls with the root of the number of years.
    wanted = math.ceil(years * (relative / ENOUGH) ** 2)
    coarse = 10 ** max(0, len(str(wanted)) - 2)
    years = math.ceil(wanted / coarse) * coarse
    return f"no, the mean is known to {relative:.1%}; about {years:,} years for {ENOUGH:.0%}"


def _amount(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if not k else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
