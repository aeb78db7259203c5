"""Blocks of a file mapped into parts of a plan, each with the section that its heading means, or with the annexes.

Nothing is dropped: every text of the blocks is in exactly one part: in its `heading`, its `text` or its `rows`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from holdfast.exchange.plan_library.words import bare, columns_of, is_title, section_of
from holdfast.formats.plan_reading import Block
from holdfast.formats.plan_reading_child import escaped

ANNEXES = "annexes"
MOST_HEADING = 120
_FIGURE = r"(\d+(?:[.,]\d+)?)"
_TIME = re.compile(rf"{_FIGURE}\s*(?:(?:-|–|to|à|a|до|至)\s*{_FIGURE}\s*)?([^\W\d_]+)", re.IGNORECASE)
_UNITS = {
    "min": 1 / 60, "мин": 1 / 60, "分": 1 / 60, "دقيق": 1 / 60, "h": 1, "час": 1, "小时": 1, "ساع": 1, "d": 24,
    "jour": 24, "дн": 24, "天": 24, "日": 24, "يوم": 24,
    "w": 168, "semaine": 168, "semana": 168, "недел": 168, "周": 168,
}  # fmt: skip


@dataclass
class Part:
    """`kind`: text, roles, tasks, contacts or aside. `known`: whether its heading says no more than its section.
    `under`: the heading that a table stands under, which is another part's."""

    id: str
    kind: str
    section: str
    heading: str = ""
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    columns: dict[str, int] = field(default_factory=dict)
    known: bool = False
    under: str = ""
    level: int = 0

    @property
    def written(self) -> str:
        """What goes into a section: an unknown heading stands over its text."""
        head = f"### {escaped(self.heading)}" if self.heading and not self.known else ""
        return "\n\n".join(filter(None, (head, self.text)))


def recognise(blocks: Iterable[Block]) -> list[Part]:
    """The parts, in the order of the file."""
    parts: list[Part] = []
    aside: list[str] = []

    def begin(kind: str, section: str, **more: object) -> Part:
        parts.append(Part(f"p{len(parts) + 1}", kind, section, **more))  # type: ignore[arg-type]
        return parts[-1]

    current: Part | None = None
    for block in blocks:
        if block.kind == "aside":
            aside.append(block.text)
            continue
        heading = _heading(block)
        if heading:
            section = section_of(heading)
            level = block.level or 9
            if not section and current is not None and current.section != ANNEXES and level > current.level:
                current.text = _joined(current.text, f"### {escaped(heading)}")
            else:
                current = begin("text", section or ANNEXES, heading=heading, known=is_title(heading), level=level)
            continue
        kind, columns = _kind(block.rows) if block.kind == "table" else ("text", {})
        if kind != "text":
            home = {"roles": "roles", "tasks": "tasks", "contacts": "contacts"}[kind]
            under = current.heading if current is not None else ""
            begin(kind, home, rows=block.rows, columns=columns, known=True, under=under)
            continue
        if current is None:
            current = begin("text", ANNEXES)
        current.text = _joined(current.text, _listed(block.rows) if block.kind == "table" else block.text)
    if aside:
        begin("aside", ANNEXES, text="\n\n".join(escaped(said) for said in aside))
    return parts


def _heading(block: Block) -> str:
    if block.kind == "heading":
        return block.text
    plain = re.sub(r"\\([\\*_\[\]<`])", r"\1", block.text.replace("**", "")).strip()
    if block.kind == "text" and block.bold and "\n" not in plain and len(plain) <= MOST_HEADING and section_of(plain):
        return plain
    return ""


def _joined(before: str, after: str) -> str:
    listed = re.match(r"(?:- |1\. )", after) and re.search(r"(?:^|\n)(?:- |1\. )[^\n]*$", before)
    return ("\n" if listed else "\n\n").join(filter(None, (before, after)))


def _listed(rows: tuple[tuple[str, ...], ...]) -> str:
    """A table that is none of the known ones, a row a line."""
    return "\n".join("- " + " | ".join(escaped(" / ".join(cell.split("\n"))) for cell in row if cell) for row in rows)


def _kind(rows: tuple[tuple[str, ...], ...]) -> tuple[str, dict[str, int]]:
    """What a table is by the heads of its columns."""
    columns = columns_of(rows[0]) if len(rows) > 1 else {}
    if "action" in columns and columns.keys() & {"role", "time", "step", "after"}:
        return "tasks", columns
    if "role" in columns and columns.keys() & {"name", "alternate", "does", "phone", "address"}:
        return "roles", columns
    if columns.keys() & {"phone", "address"}:
        return "contacts", columns
    return "text", {}


def cell(part: Part, row: tuple[str, ...], column: str) -> str:
    position = part.columns.get(column)
    return row[position].strip() if position is not None and position < len(row) else ""


def rest(part: Part, row: tuple[str, ...], *taken: str) -> list[tuple[str, str]]:
    """The heads and the cells of the columns that are not among `taken`."""
    used = {part.columns[column] for column in taken if column in part.columns}
    heads = part.rows[0]
    return [
        (heads[place] if place < len(heads) else "", said.strip())
        for place, said in enumerate(row)
        if place not in used and said.strip()
    ]


def hours(said: str) -> tuple[float, float] | None:
    """The least and the most hours that a text names: “30 min”, “2-4 hours”, “1 day”. None where it names none."""
    match = _TIME.search(said)
    if match is None:
        return None
    unit = next((size for name, size in _UNITS.items() if match[3].casefold().startswith(name)), None)
    if unit is None:
        return None
    one = float(match[1].replace(",", "."))
    other = float(match[2].replace(",", ".")) if match[2] else one
    return min(one, other) * unit, max(one, other) * unit


def steps_in(said: str) -> list[str]:
    """The numbers of steps that a cell names: “1, 3 and 4”."""
    return [bare(each) or each for each in re.findall(r"[\w.]+", said) if re.search(r"\d", each)]
