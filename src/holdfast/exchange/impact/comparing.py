"""The workbook compared with the database: three ways, field by field.

What only the file has changed is taken over, what only the database has changed stays; where both have, and not alike,
somebody chooses. Nothing is written. What would be written is checked as the acts check it, row by row.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.analysis.impact.actions.processes import refuse_wider
from holdfast.analysis.impact.checks import scales_of
from holdfast.analysis.impact.limits import BadGrid, check_value
from holdfast.analysis.impact.models import Analysis, Peak, ProcessImpact
from holdfast.analysis.impact.models.analyses import PEAK_FIELDS
from holdfast.analysis.impact.rights import EDIT
from holdfast.exchange.impact.baseline import Baseline, check_same, unpacked
from holdfast.exchange.impact.found import DATABASE, FILE, Clash, Found, Item, with_cells
from holdfast.exchange.impact.held import BETWEEN, Held, state_of
from holdfast.exchange.impact.layout import (
    EXPORTED,
    IMPACT,
    NEED_FIELDS,
    NEEDS,
    PEAKS,
    PROCESSES,
    answer_fields,
    hour_column,
    labels,
    tables_of,
)
from holdfast.exchange.impact.needs import Draws, Nodes
from holdfast.exchange.importing import BadFile
from holdfast.exchange.preview import Change, Progress
from holdfast.exchange.shelf import chunks
from holdfast.formats.tables import Column, Document, Kind, Record, Table, Unreadable
from holdfast.formats.workbook_reading import document_of, unpack
from holdfast.governance.settings.scales import Scales
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.scope import require, visible
from holdfast.organization.evidence.fact import BadFact, Basis, Fact
from holdfast.organization.structure.models import Post

STEP = 500
"""Progress is told once in so many rows."""


def preview(
    by: Actor,
    analysis: Analysis,
    data: bytes,
    name: str = "workbook.xlsx",
    *,
    choices: Mapping[str, str] | None = None,
    keep: str = "",
    progress: Progress | None = None,
) -> Found:
    """What taking the workbook in would do; `choices`: by the id of a clash "file" or "database"; `keep`:
    the one of the two that stays in all other clashes. Raises NotAllowed for
    one who may not fill the analysis in, BadFile for what is no such workbook or belongs elsewhere, and where the
    analysis is no draft."""
    require(by, EDIT, analysis)
    _refuse_unless_open(analysis)
    scales = scales_of(analysis)
    baseline, document, tables = read(data, name, analysis, scales)
    found = Found(
        by, analysis, document, baseline.written, state_of(analysis, scales), tuple(t.name for t in tables),
        {table.name: table.title for table in tables},
    )  # fmt: skip
    for problem in document.problems:
        found.trouble(problem.table, problem.row, problem.column, problem.said.text(gettext))
    comparison = Comparison(found, baseline, tables, scales, dict(choices or {}), progress, keep)
    comparison.compare()
    return found


def read(data: bytes, name: str, analysis: Analysis, scales: Scales) -> tuple[Baseline, Document, list[Table]]:
    """The workbook's rows, and what it says of itself. Raises BadFile."""
    try:
        answer = unpack(data, EXPORTED)
        sheets = iter(answer["sheets"])
        title, rows = next(sheets, ("", []))
        baseline = unpacked(rows if title == EXPORTED else [], EXPORTED)
        check_same(baseline, analysis)
        tables = tables_of(scales, full=analysis.is_full, draws=baseline.draws)
        return baseline, document_of({**answer, "sheets": sheets}, tables, name, whole=baseline.columns), tables
    except Unreadable as error:
        raise BadFile(error.said.text(gettext)) from None


def _refuse_unless_open(analysis: Analysis) -> None:
    try:
        analysis.refuse_unless_draft()
        analysis.campaign.refuse_if_archived()
    except ValidationError as error:
        raise BadFile(" ".join(error.messages)) from None


class Comparison:
    """Compares the rows of the file; what it finds goes into `found`."""

    def __init__(
        self,
        found: Found,
        baseline: Baseline,
        tables: list[Table],
        scales: Scales,
        choices: dict[str, str],
        progress: Progress | None,
        keep: str = "",
    ) -> None:
        self.found, self.baseline, self.scales, self.choices, self.keep = (
            found, baseline, scales, choices, keep
        )  # fmt: skip
        self.tables = {table.name: table for table in tables}
        self.labels = {table.name: labels(table) for table in tables}
        self.labels[NEEDS]["draws_on"] = gettext("Draws on")
        self.progress = progress or (lambda _what, _done, _all: None)
        self.state, self.by = found.state, found.by
        self.answers = self.state.rows[PROCESSES]
        self.draws = Draws(baseline.draws)
        self.items: dict[tuple[str, str], Item] = {}

    def compare(self) -> None:
        for sheet in self.found.sheets:
            if sheet in self.found.document.records:
                self._sheet(sheet)
        posts = self._posts()
        for item in [item for item in self.found.items if item.sheet == PROCESSES]:
            self._read_answers(item, posts)
        self._check_processes()
        self._check_peaks()
        Nodes(self.found, self.draws, self.labels[NEEDS]).check()

    # The rows of a sheet, each with its key

    def _sheet(self, sheet: str) -> None:
        records, numbers = self.found.document.records[sheet], self.found.document.rows[sheet]
        then, held = self.baseline.rows.get(sheet, {}), self.state.rows[sheet]
        seen: set[str] = set()
        problems, unchanged = len(self.found.problems), 0
        written = _Written(sheet, self.tables[sheet], self.baseline.draws)
        for done, (record, number) in enumerate(zip(records, numbers, strict=True)):
            if done % STEP == 0:
                self.progress(gettext("comparing"), done, len(records))
            key = self._key(sheet, record)
            if key is None:
                continue
            if key == "":
                self._new(sheet, number, record)
            elif key in seen:
                said = gettext("“%(key)s” stands here twice: keys stay as they are.")
                self.found.trouble(sheet, number, self._key_column(sheet), said % {"key": _words(key)})
            elif key not in then:
                seen.add(key)
                said = gettext("This workbook was written without “%(key)s”: keys stay as they are.")
                self.found.trouble(sheet, number, self._key_column(sheet), said % {"key": _words(key)[:80]})
            else:
                seen.add(key)
                if key in held and written.is_as(record, key, held[key].process, then[key][1]):
                    unchanged += 1
                else:
                    self._known(sheet, number, key, record, then[key])
        self.found.unchanged[sheet] = self.found.unchanged.get(sheet, 0) + unchanged
        whole = not any(p.table == sheet and p.row in (1, 2) for p in self.found.problems[:problems])
        for key in then if whole else ():
            if key not in seen:
                said = gettext("The row of “%(key)s” is missing: put it back, or download the workbook anew.")
                self.found.trouble(sheet, None, self._key_column(sheet), said % {"key": _words(key)})

    @staticmethod
    def _key(sheet: str, record: Record) -> str | None:
        """The key of a row, empty for a new one, None where its cell is wrong already."""
        if sheet in (PEAKS, NEEDS):
            key: str | None = record.get("key")
            return key
        process, category = record.get("process"), record.get("category", "")
        if process is None or (sheet == IMPACT and "category" not in record):
            return None
        return f"{process}{BETWEEN}{category}" if sheet == IMPACT else process or " "

    @staticmethod
    def _key_column(sheet: str) -> str:
        return "process" if sheet in (PROCESSES, IMPACT) else "key"

    def _known(self, sheet: str, number: int, key: str, record: Record, then: tuple[list[int], dict[str, Any]]) -> None:
        """A row that was there when the workbook was written."""
        was = self._filled(sheet, then[1])
        held = self.state.rows[sheet].get(key)
        now = held.record if held is not None else None
        said = self._fields(sheet, number, record)
        if said is None:
            return
        process = held.process if held is not None else str(record.get("process") or key.partition(BETWEEN)[0])
        if sheet in (PEAKS, NEEDS) and held is not None and record.get("process", process) != process:
            message = gettext("This row belongs to “%(process)s”: the process of a row stays as it is.")
            self.found.trouble(sheet, number, "process", message % {"process": process})
            return
        removed = record.get("remove") == "yes"
        changed = [name for name in said if name in was and not same(said[name], was[name])]
        title = self._title(sheet, held, said)
        if sheet == IMPACT and (category := self.scales.category(key.partition(BETWEEN)[2])) is not None:
            title = f"{title} · {category.name}"
        item = Item(sheet, number, key, process, title, "same")
        if held is not None:
            item.row = held.row
        if now is None:
            self._gone(item, removed, {name: said[name] for name in changed}, {**was, **said})
        elif removed:
            self._taken_out(item, was, now)
        else:
            self._merge(item, changed, was, said, now)
        if item.kind == "same" and not item.clashes:
            self.found.unchanged[sheet] = self.found.unchanged.get(sheet, 0) + 1
        else:
            self.found.items.append(item)
            self.items[sheet, key] = item

    def _merge(self, item: Item, changed: list[str], was: Record, said: Record, now: Record) -> None:
        for name in changed:
            label = self.labels[item.sheet].get(name, name)
            if same(now[name], said[name]):
                continue
            if not same(now[name], was[name]):
                clash = self._clash(item, name, label, was[name], said[name], now[name])
                if clash.chosen != FILE:
                    continue
            item.changes.append(Change(name, label, now[name], said[name]))
            item.values[name] = said[name]
        if item.changes:
            item.kind = "changed"

    def _taken_out(self, item: Item, was: Record, now: Record) -> None:
        """The file takes a row out. Where somebody has changed it since, the two clash."""
        if any(not same(now[name], was[name]) for name in was):
            changed = {name: value for name, value in now.items() if not same(value, was[name])}
            before = {name: was[name] for name in changed}
            clash = self._clash(item, "", gettext("the whole row"), before, None, changed)
            if clash.chosen != FILE:
                return
        item.kind = "removed"

    def _gone(self, item: Item, removed: bool, changed: Record, whole: Record) -> None:
        """Somebody has taken out meanwhile what the file still has."""
        if removed or not changed:
            return
        if item.sheet not in (PEAKS, NEEDS) or item.process not in self.answers:
            message = gettext("“%(process)s” is no longer listed in this analysis, and the file changes it: list it "
                              "again, or leave its rows as they were.")  # fmt: skip
            self.found.trouble(item.sheet, item.number, "", message % {"process": item.process})
            return
        clash = self._clash(item, "", gettext("the whole row"), {}, changed, None)
        if clash.chosen == FILE:
            item.kind, item.values, item.changes = "new", whole, self._all(item.sheet, whole)

    def _clash(self, item: Item, name: str, label: str, was: Any, file: Any, database: Any) -> Clash:
        number = f"{item.sheet}.{item.number}.{name}"
        chosen = self.choices.get(number, self.keep)
        clash = Clash(number, name, label, was, file, database, chosen if chosen in (FILE, DATABASE) else "")
        item.clashes.append(clash)
        return clash

    def _new(self, sheet: str, number: int, record: Record) -> None:
        """A row that somebody has added below."""
        said = self._fields(sheet, number, record)
        process = record.get("process")
        if said is None or process is None:
            return
        if process not in self.answers:
            message = gettext("Choose the process that it is of.") if not process else (
                gettext("“%(process)s” is no process of this analysis.") % {"process": process[:80]}
            )  # fmt: skip
            self.found.trouble(sheet, number, "process", message)
            return
        if record.get("remove") == "yes":
            return
        needed = [column.name for column in self.tables[sheet].columns if column.required and column.name in said]
        missing = [name for name in needed if said[name] in (None, "")]
        if sheet == NEEDS and not said["draws_on"]:
            missing.append("draws_on_1")
        for name in missing:
            self.found.trouble(sheet, number, name, gettext("This is missing."))
        if missing:
            return
        then = self.baseline.rows.get(sheet, {})
        there = [held for key, held in self.state.rows[sheet].items() if held.process == process and key not in then]
        if any(self._alike(sheet, said, held) for held in there):
            # The same workbook a second time.
            self.found.unchanged[sheet] = self.found.unchanged.get(sheet, 0) + 1
            return
        item = Item(sheet, number, "", process, self._title(sheet, self.answers[process], said), "new", values=said)
        item.changes = self._all(sheet, said)
        self.found.items.append(item)

    def _all(self, sheet: str, said: Record) -> list[Change]:
        """What a new row says."""
        words = self.labels[sheet]
        return [
            Change(name, words.get(name, name), None, value) for name, value in said.items() if value not in (None, "")
        ]

    def _alike(self, sheet: str, said: Record, held: Held) -> bool:
        now = held.record
        if sheet == NEEDS:
            said = {**said, "name": said["name"] or now["name"], "quorum": said["quorum"] or 0.0}
        return all(same(said[name], now[name]) for name in said)

    # From the cells of a row to its fields

    def _fields(self, sheet: str, number: int, record: Record) -> Record | None:
        """The fields that the sheet is about, None where a cell is wrong."""
        columns = [column for column in self.tables[sheet].columns if not column.name.startswith("#")]
        fine = True
        for column in columns:
            if column.kind is Kind.CHOICE and column.name in record:
                fine &= self._choose(sheet, number, column, record)
        names = self._names(sheet)
        found = {name: record[name] for name in names if name in record}
        if sheet == IMPACT:
            fine &= self._levels(number, record, found)
        if sheet == NEEDS:
            if (tolerance := found.get("tolerance")) is not None:
                fine &= self._check_fact(number, tolerance)
            drawn = self.draws.read(self.found, number, record)
            if drawn is None:
                fine = False
            else:
                found["draws_on"] = drawn
        whole = all(name in record for name in names if name != "draws_on")
        return found if fine and whole else None

    def _names(self, sheet: str) -> tuple[str, ...]:
        if sheet == PROCESSES:
            return answer_fields(self.found.analysis.is_full)
        if sheet == IMPACT:
            return tuple(hour_column(hour) for hour in self.scales.hours)
        return PEAK_FIELDS if sheet == PEAKS else NEED_FIELDS

    def _filled(self, sheet: str, then: Record) -> Record:
        """A row of the baseline with its empty fields."""
        by_name = {column.name: column for column in self.tables[sheet].columns}
        empty = {name: [] if name == "draws_on" else by_name[name].empty for name in self._names(sheet)}
        return {**empty, **then}

    def _choose(self, sheet: str, number: int, column: Column, record: Record) -> bool:
        """Puts the value of a list in the place of what was typed. False where it is none."""
        said = str(record[column.name] or "").strip()
        known = {value.casefold(): value for value, _label in column.choices}
        known.update({label.casefold(): value for value, label in column.choices})
        if not said or said.casefold() in known:
            record[column.name] = known.get(said.casefold(), "") if said else ""
            return True
        wanted = ", ".join(value for value, _label in column.choices)
        message = gettext("“%(got)s” is none of the choices. Wanted one of: %(known)s.")
        self.found.trouble(sheet, number, column.name, message % {"got": said[:60], "known": wanted})
        return False

    def _levels(self, number: int, record: Record, found: Record) -> bool:
        category = self.scales.category(record.get("category") or "")
        if category is None:
            return True  # The key is wrong, and said to be.
        fine = True
        for hour in self.scales.hours:
            name = hour_column(hour)
            value = found.get(name)
            if value is None:
                continue
            try:
                check_value(category, value, self.scales, hour)
            except BadGrid as error:
                self.found.trouble(IMPACT, number, name, error.message)
                fine = False
        return fine

    def _check_fact(self, number: int, tolerance: dict[str, Any]) -> bool:
        tolerance.setdefault("basis", Basis.ASSUMED.value)
        known = {str(label).casefold(): value for value, label in self._basis_words()}
        tolerance["basis"] = known.get(str(tolerance["basis"]).strip().casefold(), tolerance["basis"])
        try:
            fact = Fact.read({"value": None, **tolerance})
        except BadFact as error:
            self.found.trouble(NEEDS, number, "tolerance.value", str(error))
            return False
        if fact.value is not None and fact.value < 0:
            self.found.trouble(NEEDS, number, "tolerance.value", gettext("Wanted a number of 0 or more."))
            return False
        return True

    def _basis_words(self) -> tuple[tuple[str, str], ...]:
        column = self.tables[NEEDS].column("tolerance")
        return column.choices if column is not None else ()

    def _title(self, sheet: str, held: Held | None, said: Record) -> str:
        if held is None:
            return str(said.get("name") or "")
        row = held.row
        if isinstance(row, ProcessImpact):
            name = str(said.get("name") or "") if sheet in (PEAKS, NEEDS) else ""
            return f"{row.process.name} · {name}" if name else row.process.name
        if isinstance(row, Peak):
            return f"{row.of.process.name} · {row.name}"
        return f"{row.node.name} · {row.name or row.key}"

    # Rows as they would be, checked as the acts check them

    def _posts(self) -> dict[str, Post]:
        """The posts that changed rows name: those that the reader may see."""
        keys = {
            item.values["minimum_agreed_by"]
            for item in self.found.items
            if item.sheet == PROCESSES and item.values.get("minimum_agreed_by")
        }
        found: dict[str, Post] = {}
        posts = (held.row.minimum_agreed_by for held in self.answers.values())
        self.found.names |= {post.key: post.title for post in posts if post is not None}
        for some in chunks(sorted(keys)):
            found |= {post.key: post for post in visible(Post.objects.filter(key__in=some), self.by)}
        self.found.names |= {key: post.title for key, post in found.items()}
        return found

    def _read_answers(self, item: Item, posts: Mapping[str, Post]) -> None:
        values = item.values
        if "critical" in values:
            values["critical"] = {"yes": True, "no": False}.get(values["critical"])
        if (day := values.get("minimum_agreed_on")) is not None:
            values["minimum_agreed_on"] = date.fromisoformat(day)
        if "minimum_agreed_by" in values:
            key = values["minimum_agreed_by"]
            values["minimum_agreed_by"] = posts.get(key) if key else None
            if key and key not in posts:
                said = gettext("There is no post with the key “%(key)s”.") % {"key": key[:80]}
                self.found.trouble(PROCESSES, item.number, "minimum_agreed_by", said)

    def _check_processes(self) -> None:
        """The answers of a process with the cells of its impact, as one row."""
        cells: dict[str, list[Item]] = {}
        for item in self.found.items:
            if item.sheet == IMPACT and item.changes:
                cells.setdefault(item.process, []).append(item)
        self.rows: dict[str, ProcessImpact] = {}
        for key, held in self.answers.items():
            about = self.items.get((PROCESSES, key))
            values: dict[str, Any] = dict(about.values) if about is not None else {}
            if key in cells:
                values["impact"] = with_cells(held.row.impact, cells[key], self.scales.hours)
            if not values:
                continue
            row = self.rows[key] = copy.copy(held.row)
            for name, value in values.items():
                setattr(row, name, value)
            sheet, number = (PROCESSES, about.number) if about is not None else (IMPACT, cells[key][0].number)
            self._check(row.check_row, sheet, number, set(answer_fields(True)))

    def _check_peaks(self) -> None:
        names: dict[str, dict[str, str]] = {}
        for key, held in self.state.rows[PEAKS].items():
            known = self.items.get((PEAKS, key))
            if known is None or known.kind != "removed":
                name = held.record["name"] if known is None else known.values.get("name", held.record["name"])
                names.setdefault(held.process, {})[name] = key
        for item in self.found.items:
            if item.sheet != PEAKS or item.kind not in ("changed", "new"):
                continue
            peak = copy.copy(item.row) if item.kind == "changed" else Peak()
            peak.of = self.rows.get(item.process) or self.answers[item.process].row
            for name, value in item.values.items():
                setattr(peak, name, value)
            mine = names.setdefault(item.process, {})
            if mine.setdefault(peak.name, item.key or f" {item.number}") not in (item.key, f" {item.number}"):
                self.found.trouble(PEAKS, item.number, "name", gettext("There is a peak period of this name."))
                continue
            if self._check(peak.check_row, PEAKS, item.number, set(PEAK_FIELDS)):
                self._check(partial(refuse_wider, peak), PEAKS, item.number, set(PEAK_FIELDS))

    def _check(self, check: Callable[[], None], sheet: str, number: int, fields: set[str]) -> bool:
        return checked(self.found, check, sheet, number, fields)


class _Written:
    """The rows of a sheet as they were written: most come back just so, and then there is nothing to look at."""

    def __init__(self, sheet: str, table: Table, draws: int) -> None:
        self.keyed, self.draws = sheet in (PEAKS, NEEDS), draws if sheet == NEEDS else 0
        self.empty = {column.name: column.empty for column in table.columns if not column.name.startswith("#")}

    def is_as(self, record: Record, key: str, process: str, then: Record) -> bool:
        """Whether the file has this row as it was written."""
        row = {**self.empty, **then, "process": process}
        if self.keyed:
            row["key"] = key
        elif BETWEEN in key:
            row["category"] = key.partition(BETWEEN)[2]
        if self.draws:
            for place, (provider, weight) in enumerate(row.pop("draws_on", ()), 1):
                row[f"draws_on_{place}"], row[f"gives_{place}"] = provider, weight
        return record == row


def checked(found: Found, check: Callable[[], None], sheet: str, number: int, fields: set[str]) -> bool:
    """Runs a check of the domain; what it refuses becomes a problem at its column. Whether all is well."""
    try:
        check()
    except ValidationError as error:
        said = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in said.items():
            found.trouble(sheet, number, name if name in fields else "", " ".join(dict.fromkeys(messages)))
        return False
    return True


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same: a number as far as a sheet keeps its digits, a fact whoever entered it."""
    if one == other:
        return True
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-13, abs_tol=0.0)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        names = (set(one) | set(other)) - {"entered_by"}
        return all(same(one.get(name), other.get(name)) for name in names)
    return False


def _words(key: str) -> str:
    return " ".join(key.split(BETWEEN)).strip()
