"""The sheets of the workbook of an impact analysis: which columns they have, in the words of the active language.

Names of sheets and columns are the same in every language; the titles above them are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext

from holdfast.analysis.impact.limits import hour_text
from holdfast.analysis.impact.models import Peak, ProcessImpact
from holdfast.analysis.impact.models.analyses import ANSWERS, INDICATORS, MOST_HOURS, PEAK_FIELDS
from holdfast.analysis.impact.peaks import PeakKind
from holdfast.formats.tables import Column, Kind, Table
from holdfast.governance.settings.scales import Category, Scales
from holdfast.organization.evidence.fact import BASIS_NAMES
from holdfast.organization.structure.models import Requirement

PROCESSES, IMPACT, PEAKS, NEEDS, EXPORTED = "processes", "impact", "peaks", "needs", "exported"
NEED_FIELDS = ("name", "needs", "quorum", "tolerance", "draws_on", "basis", "reason")
"""What is said of a requirement; `draws_on` is `[[key, how much it gives], …]`, in the sheet several columns."""
LEAST_DRAWS = 4
"""So many places to name what a requirement draws on stand in every row."""
ROWS_TO_FILL = 200
HOURS = 'General" h"'

_WIDE = {"why": 40, "rationale": 34, "procedure": 40, "minimum_said": 34, "stand_ins": 30, "records_said": 30}
_WIDE |= {"mtpd_reason": 30, "rto_reason": 30, "rpo_reason": 30, "source": 34}
Choices = tuple[tuple[str, str], ...]


def answer_fields(full: bool) -> tuple[str, ...]:
    """What is asked of a process in a sheet of its own: in the light mode no indicator."""
    return tuple(name for name in ANSWERS if name != "impact" and (full or name not in INDICATORS))


def tables_of(
    scales: Scales, *, full: bool, draws: int, processes: Choices = (), nodes: Choices = (), posts: Choices = ()
) -> list[Table]:
    """The sheets. `processes`, `nodes`, `posts`: keys to choose from, with their names."""
    found = [_processes(full, posts)]
    if full:
        found.append(_impact(scales))
    return [*found, _peaks(processes), _needs(draws, processes, nodes)]


def hour_column(hour: float) -> str:
    return f"h{hour_text(hour)}"


def hour_title(hour: float) -> str:
    """A time of the scales as people say it."""
    if hour >= 48 and hour % 24 == 0:
        days = int(hour // 24)
        return ngettext("after %(n)d day (%(h)g h)", "after %(n)d days (%(h)g h)", days) % {"n": days, "h": hour}
    return gettext("after %(h)g h") % {"h": hour}


def scale_of(category: Category, scales: Scales) -> str:
    """What the cells of a category hold, in few words."""
    if category.counted:
        return category.unit
    return gettext("level 0 to %(most)d") % {"most": len(scales.impact)}


def labels(table: Table) -> dict[str, str]:
    """By column its title."""
    return {column.name: column.title[:1].upper() + column.title[1:] for column in table.columns}


def yes_no() -> Choices:
    return (("yes", gettext("yes")), ("no", gettext("no")))


def basis_choices() -> Choices:
    return tuple((value, str(label)) for value, label in BASIS_NAMES.items())


def _processes(full: bool, posts: Choices) -> Table:
    return Table(
        PROCESSES,
        gettext("processes"),
        (
            Column("process", gettext("key"), Kind.TEXT, required=True, empty="", locked="given", width=24),
            Column("#name", gettext("process"), Kind.TEXT, width=34),
            *(_answer(name, full, posts) for name in answer_fields(full)),
        ),
        gettext(
            "one row for each process: whether it is critical and why, its limits, its staff, what is done by hand"
        ),
        fill=0,
        frozen=2,
    )


def _answer(name: str, full: bool, posts: Choices) -> Column:
    field: Any = ProcessImpact._meta.get_field(name)
    title, said = str(field.verbose_name), str(field.help_text)
    if name == "critical":
        asked = gettext("Does it have to go on in an interruption? Say why in the next column.")
        return Column(name, title, Kind.CHOICE, choices=yes_no(), empty="", help=asked, width=10)
    if name in ("mtpd", "rto", "rpo"):
        if name == "mtpd" and not full:
            said = gettext("Hours for which it may stand still at most.")
        return Column(name, f"{title} (h)", Kind.NUMBER, least=0, most=MOST_HOURS, help=said, shape=HOURS, width=10)
    if name == "minimum_level":
        return Column(name, f"{title} (%)", Kind.NUMBER, least=0.01, most=1, help=said, shape="0%", width=12)
    if name in ("staff_normal", "staff_minimum"):
        asked = gettext("Full-time staff, part-time as a fraction.")
        return Column(name, title, Kind.NUMBER, least=0, help=asked, shape="General", width=10)
    if name == "minimum_agreed_by":
        asked = gettext("The key of the post that agreed: choose it from the list.")
        return Column(name, title, Kind.REFERENCE, choices=posts, empty="", help=asked, width=22)
    if name == "minimum_agreed_on":
        return Column(name, title, Kind.DATE, help=gettext("As 2008-10-31."), width=12)
    if name == "basis":
        asked = gettext("How the figures are known: measured, stated in a source, or assumed.")
        return Column(name, title, Kind.CHOICE, choices=basis_choices(), empty="", help=asked, width=12)
    return Column(name, title, Kind.TEXT, empty="", help=said, width=_WIDE.get(name, 26))


def _impact(scales: Scales) -> Table:
    return Table(
        IMPACT,
        gettext("impact over time"),
        (
            Column("process", gettext("key"), Kind.TEXT, required=True, empty="", locked="given", width=24),
            Column("#name", gettext("process"), Kind.TEXT, width=34),
            Column("category", gettext("category"), Kind.TEXT, required=True, empty="", locked="given", width=16),
            Column("#category", gettext("impact on"), Kind.TEXT, width=24),
            Column("#scale", gettext("counted in"), Kind.TEXT, width=14),
            *(Column(hour_column(hour), hour_title(hour), Kind.NUMBER, width=11) for hour in scales.hours),
        ),
        gettext(
            "how bad it is, in each category, when the process has stood still for so long; never less than before"
        ),
        fill=0,
        frozen=5,
    )


def _peaks(processes: Choices) -> Table:
    kinds = tuple((str(value), str(label)) for value, label in PeakKind.choices)
    columns = []
    for name in PEAK_FIELDS:
        field: Any = Peak._meta.get_field(name)
        title = str(field.verbose_name)
        if name == "kind":
            columns.append(Column(name, title, Kind.CHOICE, required=True, choices=kinds, empty="", width=14))
        elif name == "when":
            asked = gettext(
                "dates: 10-01/10-31 every year, or 2026-10-01/2026-10-31 once · weekdays: mon, fri · "
                "month_end: 3 for the last three days of every month"
            )
            columns.append(Column(name, title, Kind.TEXT, required=True, empty="", help=asked, width=26))
        elif name in ("mtpd", "rto"):
            asked = gettext("Hours, empty where they are as ever.")
            columns.append(Column(name, f"{title} (h)", Kind.NUMBER, least=0, most=MOST_HOURS, help=asked, shape=HOURS))
        elif name == "minimum_level":
            columns.append(Column(name, f"{title} (%)", Kind.NUMBER, least=0.01, most=1, shape="0%", width=12))
        else:
            columns.append(Column(name, title, Kind.TEXT, required=True, empty="", width=32))
    return Table(
        PEAKS,
        gettext("peak periods"),
        (*_of(processes), *columns, _remove()),
        gettext(
            "times of the year, week or month in which a process may stand still for less, or has to go on at more"
        ),
        fill=ROWS_TO_FILL,
        frozen=3,
    )


def _needs(draws: int, processes: Choices, nodes: Choices) -> Table:
    fields: dict[str, Any] = {name: Requirement._meta.get_field(name) for name in NEED_FIELDS if name != "draws_on"}
    asked = gettext("How much it needs in all: persons, seats, licences, or 1.")
    least = gettext("Below so much it cannot work at all. Empty or 0: it works less, down to nothing.")
    drawn: list[Column] = []
    for number in range(1, draws + 1):
        drawn += [
            Column(
                f"draws_on_{number}", gettext("draws on (%(n)d)") % {"n": number}, Kind.REFERENCE,
                required=number == 1, choices=nodes, empty="", width=24,
                help=gettext("The key of what supplies it: choose it from the list, or see the sheet #choices."),
            ),
            Column(
                f"gives_{number}", gettext("gives (%(n)d)") % {"n": number}, Kind.NUMBER, least=0, width=9,
                help=gettext("How much of what is needed this one gives. Empty: all of it."),
            ),
        ]  # fmt: skip
    return Table(
        NEEDS,
        gettext("what it needs"),
        (
            *_of(processes),
            Column("name", gettext("what it needs"), Kind.TEXT, empty="", width=32),
            Column("needs", gettext("how much"), Kind.NUMBER, required=True, least=0, help=asked, width=10),
            Column("quorum", gettext("at least"), Kind.NUMBER, least=0, help=least, width=10),
            Column(
                "tolerance", gettext("does without for"), Kind.FACT, choices=basis_choices(), unit="h", shape=HOURS,
                help=gettext("Hours for which it can do without. Empty: for no time at all."),
            ),
            *drawn,
            Column(
                "basis", str(fields["basis"].verbose_name), Kind.CHOICE, choices=basis_choices(), empty="", width=12
            ),
            Column("reason", str(fields["reason"].verbose_name), Kind.TEXT, empty="", width=32),
            _remove(),
        ),
        gettext("people, places, applications, equipment, records, suppliers, other processes: one row for each need"),
        fill=ROWS_TO_FILL,
        frozen=3,
    )  # fmt: skip


def _of(processes: Choices) -> Sequence[Column]:
    asked = gettext("The process of a new row: choose its key from the list.")
    return (
        Column(
            "key", gettext("key"), Kind.TEXT, empty="", locked="all", width=14,
            help=gettext("Leave it as it is; it is empty in a new row."),
        ),
        Column(
            "process", gettext("process"), Kind.REFERENCE, required=True, choices=processes, empty="", locked="given",
            width=20, help=asked,
        ),
        Column("#name", gettext("its name"), Kind.TEXT, width=34),
    )  # fmt: skip


def _remove() -> Column:
    said = gettext("Choose “yes” to take this row out. Deleting the row does not.")
    return Column("remove", gettext("take out"), Kind.CHOICE, choices=yes_no()[:1], empty="", help=said, width=10)


def keyed(rows: Iterable[Any], label: str) -> Choices:
    """Keys with their names, for a list to choose from."""
    return tuple((row.key, str(getattr(row, label))) for row in rows)
