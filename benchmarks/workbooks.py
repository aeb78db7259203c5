"""A workbook of 100,000 rows read and checked row by row, beside the bare read of the same file.

    python -m benchmarks workbooks [--rows N] [--rounds N] [--json FILE]

The file is the workbook of an impact analysis in the full mode: of ten rows one is a process, four are its impact over
time in the four categories, five are what it needs. Bare is python-calamine alone, in this process: every sheet as
lists. Read is what an upload goes through before anything is compared: looked over for what is hostile, unpacked in a
process of its own with its limits, every cell turned into the value that its column takes. Checked is that and each row
found by its key, its level or choice checked, and each field compared with what it was when it was written and with
what is held now. What is held now is made in memory: what the database takes is no part of any figure. Exit status 1
where a row is lost or found to be wrong.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import Measured, interleave, machine, milliseconds, share, table

WANTED = 3.0
ANSWERS: dict[str, Any] = {
    "rationale": "As in the last year.",
    "minimum_level": 0.4,
    "minimum_said": "The urgent half.",
    "staff_normal": 12.0,
    "staff_minimum": 4.0,
    "stand_ins": "The neighbouring section.",
    "procedure": "On paper.",
    "basis": "assumed",
}


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks workbooks", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000, help="default 100000")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as folder:
        os.environ |= {"HOLDFAST_DATA": folder, "DJANGO_SETTINGS_MODULE": "holdfast.web.settings"}
        figures = _measure(max(given.rows // 10, 1), given.rounds)
    print(
        f"{figures['rows']:,} rows, {figures['cells']:,} cells, {figures['bytes'] / 1e6:,.1f} MB; "
        f"written in {figures['written']:.1f} s\n"
    )
    rows = [["", "median, ms", "least", "times the bare read"]]
    for name, one in figures["measured"].items():
        rows.append([name, milliseconds(one["median"] / 1e3), milliseconds(one["least"] / 1e3), f"{one['ratio']:.2f}"])
    print(table(rows))
    print(f"\nwanted: checked within {WANTED:g} times; share of the processor: {figures['share']:.2f}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))
    return 0 if figures["whole"] else 1


def _measure(processes: int, rounds: int) -> dict[str, Any]:
    import django

    django.setup()
    from python_calamine import CalamineWorkbook

    from holdfast.exchange.impact.comparing import Comparison, read
    from holdfast.exchange.impact.found import Found
    from holdfast.governance.settings.default import default_scales

    scales = default_scales()
    analysis, state = _organisation(processes, scales)
    begun = time.perf_counter()
    data = _written(analysis, state, scales)
    written = time.perf_counter() - begun
    seen: dict[str, Any] = {}

    def bare() -> None:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
        seen["cells"] = sum(len(rows) * len(rows[0]) for rows in sheets if rows)

    def unpacked() -> None:
        seen["rows"] = sum(map(len, read(data, "bench.xlsx", analysis, scales)[1].records.values()))

    def checked() -> None:
        baseline, document, tables = read(data, "bench.xlsx", analysis, scales)
        titles = {table.name: table.title for table in tables}
        found = Found(None, analysis, document, baseline.written, state, tuple(titles), titles)  # type: ignore[arg-type]
        Comparison(found, baseline, tables, scales, {}, None).compare()
        seen["found"] = found

    measured = [Measured("bare", bare), Measured("read", unpacked), Measured("checked", checked)]
    interleave(measured, rounds)
    found = seen["found"]
    unchanged = sum(found.unchanged.values())
    return {
        "rows": seen["rows"],
        "cells": seen["cells"],
        "bytes": len(data),
        "written": written,
        "share": share(measured),
        "machine": machine("python-calamine", "msgspec"),
        "measured": {one.name: {**one.as_json(), "ratio": _ratio(one, measured[0])} for one in measured},
        "whole": found.problems == [] and found.nothing_to_do and unchanged == seen["rows"] == 10 * processes,
    }


def _ratio(one: Measured, bare: Measured) -> float:
    """The median of the ratios of the rounds: what else the machine does at the moment meets both of a round."""
    return statistics.median(mine / its for mine, its in zip(one.seconds, bare.seconds, strict=True))


def _organisation(processes: int, scales: Any) -> tuple[Any, Any]:
    """An analysis with its rows as the database would hold them."""
    from holdfast.analysis.impact.limits import hour_text
    from holdfast.analysis.impact.models import Analysis, ProcessImpact
    from holdfast.exchange.impact.held import BETWEEN, Held, State, answers_of
    from holdfast.exchange.impact.layout import IMPACT, NEEDS, PEAKS, PROCESSES, answer_fields, hour_column
    from holdfast.organization.structure.models import Node, Requirement

    analysis = Analysis(pk=1, key="bench", title="Impact analysis", mode="full", scales=0)
    rows: dict[str, dict[str, Held]] = {PROCESSES: {}, IMPACT: {}, PEAKS: {}, NEEDS: {}}
    for number in range(processes):
        key = f"process-{number}"
        node = Node(pk=number + 1, key=key, name=f"Process {number} of the unit", kind="process")
        row = ProcessImpact(pk=number + 1, analysis=analysis, process=node, critical=number % 3 == 0, **ANSWERS)
        row.why = f"Because of reason {number}."
        rows[PROCESSES][key] = Held(key, answers_of(row, answer_fields(True)), [1], row)
        for category in scales.categories:
            record = {hour_column(hour): float(min(at, 5)) for at, hour in enumerate(scales.hours)}
            row.impact[category.key] = {hour_text(hour): float(min(at, 5)) for at, hour in enumerate(scales.hours)}
            rows[IMPACT][f"{key}{BETWEEN}{category.key}"] = Held(key, record, [1], row)
        for need in range(9 - len(scales.categories)):
            name = f"{key}.{need}"
            record = {
                "name": f"Resource {need}",
                "needs": 1.0 + need,
                "quorum": 0.0,
                "tolerance": {"value": 4.0, "unit": "h", "basis": "assumed", "source": "Made for a measurement."},
                "draws_on": [[f"resource-{number % 500}", 1.0 + need]],
                "basis": "assumed",
                "reason": "",
            }
            rows[NEEDS][name] = Held(key, record, [1, 1, 1], Requirement(key=name, node=node, name=record["name"]))
    return analysis, State(rows, {})


def _written(analysis: Any, state: Any, scales: Any) -> bytes:
    from holdfast.exchange.impact.baseline import pack
    from holdfast.exchange.impact.exporting import baseline_of, records_of
    from holdfast.exchange.impact.layout import EXPORTED, LEAST_DRAWS, tables_of
    from holdfast.formats.workbook import write_workbook

    tables = tables_of(scales, full=True, draws=LEAST_DRAWS)
    records = records_of(state, scales, full=True)
    baseline = baseline_of(analysis, state, tables, records, LEAST_DRAWS)
    return write_workbook(tables, records, hidden={EXPORTED: pack(baseline)})


if __name__ == "__main__":
    sys.exit(main())
