"""What goes into a workbook comes out again."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.formats.cells import cell_of, fact_of, part_column, value_of
from holdfast.formats.tables import FACT_PARTS, Column, Kind, Table
from holdfast.formats.workbook import write_workbook
from holdfast.formats.workbook_reading import read_workbook

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORDS = st.one_of(
    TEXTS, st.sampled_from(["=1+1", "a; b", "x=y", "\\", "[1]", "{", "json:", "_x000D_", " a", "12", "TRUE"])
)
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    max_leaves=6,
)

TABLE = Table(
    "things",
    "things",
    (
        Column("key", "key", Kind.TEXT, required=True, empty=""),
        Column("text", "text", Kind.TEXT, empty=""),
        Column("count", "count", Kind.INTEGER),
        Column("size", "size", Kind.NUMBER),
        Column("true", "true", Kind.BOOLEAN),
        Column("day", "day", Kind.DATE),
        Column("list", "list", Kind.LIST, empty=[]),
        Column("names", "names", Kind.MAPPING, empty={}),
        Column("terms", "terms", Kind.JSON, empty=[]),
        Column("figure", "figure", Kind.FACT),
    ),
)


@st.composite
def facts(draw: st.DrawFn) -> dict:
    fact = {
        "value": draw(st.none() | NUMBERS),
        "unit": draw(TEXTS.filter(bool)),
        "basis": draw(st.sampled_from(["stated", "assumed"])),
    }
    for part, values in {
        "source": TEXTS.filter(bool),
        "as_of": DAYS,
        "valid_until": DAYS,
        "low": NUMBERS,
        "p90": NUMBERS,
    }.items():
        if draw(st.booleans()):
            fact[part] = draw(values)
    return {part: fact[part] for part in FACT_PARTS if fact.get(part) is not None}


@st.composite
def records(draw: st.DrawFn) -> dict:
    return {
        "key": "k",
        "text": draw(WORDS),
        "count": draw(st.none() | st.integers(-(10**20), 10**20)),
        "size": draw(st.none() | NUMBERS),
        "true": draw(st.none() | st.booleans()),
        "day": draw(st.none() | DAYS),
        "list": draw(st.lists(WORDS, max_size=3)),
        "names": draw(st.dictionaries(WORDS, WORDS, max_size=3)),
        "terms": draw(st.lists(JSON, max_size=3)),
        "figure": draw(st.none() | facts()),
    }


@given(records())
def test_every_value_comes_back_from_its_cell(record: dict) -> None:
    for column in TABLE.columns[:-1]:
        assert value_of(column, cell_of(column, record[column.name])) == record[column.name]
    figure, fact = TABLE.columns[-1], record["figure"]
    cells = {part: cell_of(part_column(figure, part), (fact or {}).get(part)) for part in FACT_PARTS}
    assert fact_of(figure, cells) == fact


@settings(max_examples=25, deadline=None)
@given(st.lists(records(), max_size=4))
def test_a_workbook_read_again_holds_what_was_written(rows: list[dict]) -> None:
    document = read_workbook(write_workbook([TABLE], {"things": rows}), [TABLE])
    assert document.problems == []
    assert document.records["things"] == rows
    assert document.rows["things"] == list(range(3, 3 + len(rows)))
