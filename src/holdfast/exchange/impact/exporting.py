"""The workbook of an analysis, written for the people of the unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import formats as local
from django.utils.translation import gettext

from holdfast.analysis.impact.checks import scales_of
from holdfast.analysis.impact.models import Analysis
from holdfast.exchange.exporting import fact_parts
from holdfast.exchange.impact.baseline import Baseline, pack
from holdfast.exchange.impact.held import BETWEEN, State, state_of
from holdfast.exchange.impact.layout import (
    EXPORTED,
    IMPACT,
    LEAST_DRAWS,
    NEEDS,
    PEAKS,
    PROCESSES,
    Choices,
    hour_column,
    keyed,
    scale_of,
    tables_of,
)
from holdfast.formats.tables import Record, Records, Table
from holdfast.formats.workbook import Check, Heading, columns_of, write_workbook
from holdfast.governance.settings.scales import Category, Scales
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import Asker, require, visible
from holdfast.organization.structure.models import FocalPoint, Node, Post

MOST_CHOICES = 5_000
"""So many keys stand in a list to choose from; any other key may be typed."""


def impact_workbook(by: Asker, analysis: Analysis) -> bytes:
    """The workbook of one analysis in the active language, for whoever may see it. Raises NotAllowed, Unreadable."""
    require(by, analysis.SCOPE.view, analysis)
    scales = scales_of(analysis)
    state = state_of(analysis, scales)
    draws = max([LEAST_DRAWS, *(len(drawn) + 1 for drawn in state.supplies.values())])
    tables = tables_of(
        scales,
        full=analysis.is_full,
        draws=draws,
        processes=tuple((key, held.row.process.name) for key, held in state.rows[PROCESSES].items()),
        nodes=_nodes(by),
        posts=_posts(by),
    )
    records = records_of(state, scales, full=analysis.is_full)
    baseline = baseline_of(analysis, state, tables, records, draws)
    return write_workbook(
        tables,
        records,
        read_me=_instructions(by, analysis, scales, tables),
        parts={**fact_parts(), "name": gettext("name")},
        checks={IMPACT: _checks(state, scales)} if analysis.is_full else {},
        hidden={EXPORTED: pack(baseline)},
        footer=f"{analysis.title} · {_day(clock.today())}",
    )


def baseline_of(analysis: Analysis, state: State, tables: list[Table], records: Records, draws: int) -> Baseline:
    """What the workbook says of itself, for the way back."""
    return Baseline(
        analysis=analysis.key,
        title=analysis.title,
        mode=analysis.mode,
        scales=analysis.scales,
        written=clock.now().isoformat(),
        draws=draws,
        columns={table.name: columns_of(table, records[table.name]) for table in tables},
        rows={
            table.name: {key: (held.version, _said(held.record)) for key, held in state.rows[table.name].items()}
            for table in tables
        },
    )


def records_of(state: State, scales: Scales, *, full: bool) -> Records:
    """The rows of the sheets."""
    names = {key: held.row.process.name for key, held in state.rows[PROCESSES].items()}
    found: Records = {
        PROCESSES: [{"process": key, "#name": names[key], **h.record} for key, h in state.rows[PROCESSES].items()],
        PEAKS: [
            {"key": key, "process": h.process, "#name": names[h.process], **h.record}
            for key, h in state.rows[PEAKS].items()
        ],
        NEEDS: [
            {"key": key, "process": h.process, "#name": names[h.process], **_spread(h.record)}
            for key, h in state.rows[NEEDS].items()
        ],
    }
    if full:
        categories = {one.key: one for one in scales.categories}
        found[IMPACT] = []
        for key, held in state.rows[IMPACT].items():
            category = categories[key.partition(BETWEEN)[2]]
            about = {"process": held.process, "#name": names[held.process], "category": category.key}
            scale = {"#category": category.name, "#scale": scale_of(category, scales)}
            found[IMPACT].append({**about, **scale, **held.record})
    return found


def _spread(record: Record) -> Record:
    """A requirement with what it draws on in columns of their own."""
    found = {name: value for name, value in record.items() if name != "draws_on"}
    for number, (key, weight) in enumerate(record["draws_on"], 1):
        found[f"draws_on_{number}"], found[f"gives_{number}"] = key, weight
    return found


def _said(record: Record) -> Record:
    return {name: value for name, value in record.items() if value not in (None, "", [])}


def _nodes(by: Asker) -> Choices:
    rows = visible(Node.objects.all(), by).order_by("key").only("key", "name", "kind")[:MOST_CHOICES]
    return tuple((node.key, f"{node.name} ({node.get_kind_display()})") for node in rows)


def _posts(by: Asker) -> Choices:
    return keyed(visible(Post.objects.all(), by).order_by("key").only("key", "title")[:MOST_CHOICES], "title")


def _checks(state: State, scales: Scales) -> list[Check]:
    """What the cells of each category are held to."""
    rows: dict[str, list[int]] = {}
    for position, key in enumerate(state.rows[IMPACT]):
        rows.setdefault(key.partition(BETWEEN)[2], []).append(position)
    columns = [hour_column(hour) for hour in scales.hours]
    found = []
    for category in scales.categories:
        levels = [] if category.counted else list(range(len(scales.impact) + 1))
        shape = f'#,##0" {category.unit}"'.replace("\\", "") if category.counted else "0"
        hint = f"{category.name}: {'; '.join(_meanings(category, scales, short=True))}"
        found.append(Check(columns, rows.get(category.key, []), [float(one) for one in levels], 0, None, hint, shape))
    return found


def _meanings(category: Category, scales: Scales, short: bool = False) -> Iterable[str]:
    """What each level means in this category, from 0 on; of what is counted, where each level begins."""
    if category.counted:
        yield gettext("the amount in %(unit)s, 0 for none") % {"unit": category.unit}
        for level, amount in zip(scales.impact[1:], category.amounts, strict=True):
            yield gettext("from %(amount)s on: %(level)s") % {
                "amount": f"{local.number_format(amount, 0, force_grouping=True)} {category.unit}", "level": level.name,
            }  # fmt: skip
        return
    yield gettext("0 no effect")
    for level in scales.impact:
        text = "" if short else level.by_category.get(category.key, level.text)
        yield f"{level.level} {level.name}" + (f": {text}" if text else "")


def _instructions(by: Asker, analysis: Analysis, scales: Scales, tables: list[Table]) -> list[str | tuple[str, ...]]:
    """The first sheet: what is asked, by when, whom to ask, how to fill it in, and what the scales mean."""
    lines: list[str | tuple[str, ...]] = [Heading(analysis.title)]
    about = [
        (gettext("Campaign"), analysis.campaign.title),
        (gettext("Unit"), analysis.unit.name),
        (gettext("Due"), _day(analysis.due) if analysis.due else gettext("no day is set")),
        (gettext("Describes the state of"), _day(analysis.as_of)),
        (gettext("Whom to ask"), "; ".join(_whom(by, analysis)) or gettext("the manager of the programme")),
        (gettext("Written on"), _day(clock.today())),
    ]
    lines += about
    if asked := analysis.campaign.instructions.strip():
        lines += [Heading(gettext("What is asked")), *((("", line)) for line in asked.splitlines() if line.strip())]
    lines.append(Heading(gettext("How to fill it in")))
    first = " ".join(
        [
            gettext("Fill in the white cells, sheet by sheet. A hint stands beside each cell that you choose."),
            gettext("Grey cells and the first two rows stay as they are: by them the rows are found again."),
        ]
    )
    lines += [
        ("1", first),
        ("2", gettext("Do not rename, move or delete sheets, columns or rows. A row is taken out by its last column.")),
        ("3", gettext("New peak periods and needs go into the empty rows: choose the process, leave the key empty.")),
        ("4", gettext("Keys to choose from, with what they mean, stand in the sheet #choices.")),
        ("5", gettext("Formulas are not read: paste values. Dates are as 2008-10-31. A level is a whole number.")),
        (
            "6",
            gettext(
                "Bring it back where you downloaded it. Holdfast first shows what would change and what is wrong. "
                "Where somebody has changed the same field meanwhile, you choose which of the two stays."
            ),
        ),
    ]
    if analysis.is_full:
        lines.append(Heading(gettext("What the levels mean")))
        for category in scales.categories:
            lines.append((category.name, category.text or scale_of(category, scales)))
            lines += [("", said) for said in _meanings(category, scales)]
        worst = scales.impact[scales.intolerable - 1]
        said = gettext("From level %(level)d (%(name)s) on an interruption cannot be borne: the MTPD follows from it.")
        lines.append(("", said % {"level": worst.level, "name": worst.name}))
    lines.append(Heading(gettext("The sheets")))
    return lines


def _whom(by: Asker, analysis: Analysis) -> list[str]:
    """The unit that leads the campaign, and the focal points of the unit, as far as the reader may see them."""
    found = [analysis.campaign.unit.name] if analysis.campaign.unit is not None else []
    today = clock.today()
    points = FocalPoint.objects.as_of(today).filter(unit=analysis.unit).select_related("person", "post")
    for point in visible(points, by):
        held: Any = getattr(point, "post", None) or getattr(point, "person", None)
        if held is not None and (not isinstance(by, User) or visible(type(held).objects.all(), by).filter(pk=held.pk)):
            found.append(f"{held} ({point.get_role_display()})")
    return found


def _day(day: Any) -> str:
    return local.date_format(day, "j F Y")
