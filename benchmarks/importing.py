"""All staff and processes of a large organisation taken in at once, while somebody else goes on writing.

    python -m benchmarks importing [--persons N] [--processes N] [--json FILE]

Works on a database of its own in a temporary folder (SQLite), or on an empty one that HOLDFAST_DATABASE_URL names.
Loads the example, then takes the persons and processes in. A second process changes a unit again and again meanwhile;
its longest wait is the figure that people feel. Exit status 1 where what was written is not what was asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import table

UNIT = "unog"
PAUSE = 0.02
"""Seconds between two changes of the second writer."""

WRITER = """
import json, os, sys, time
from pathlib import Path
import django
django.setup()
from holdfast.organization.accounts.models import System
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.places import edit_unit
stop, out = Path(sys.argv[1]), Path(sys.argv[2])
waits = []
while not stop.exists():
    unit = Unit.objects.get(key=sys.argv[3])
    begun = time.perf_counter()
    edit_unit(System("benchmark"), unit, version=unit.version, note=str(len(waits)))
    waits.append([begun, time.perf_counter() - begun])
    if len(waits) == 1:
        out.with_suffix(".begun").touch()
    time.sleep(float(sys.argv[4]))
out.write_text(json.dumps(waits))
"""


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks importing", description=__doc__.partition("\n")[0])
    parser.add_argument("--persons", type=int, default=44_000, help="default 44000")
    parser.add_argument("--processes", type=int, default=5_000, help="default 5000")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as folder:
        os.environ |= {"HOLDFAST_DATA": folder, "DJANGO_SETTINGS_MODULE": "holdfast.web.settings"}
        figures = _measure(Path(folder), given.persons, given.processes)
    rows = [["", "seconds"], *([name, f"{value:,.2f}"] for name, value in figures.items() if isinstance(value, float))]
    print(f"{given.persons:,} persons and {given.processes:,} processes · {figures['database']}\n")
    print(table(rows))
    print(
        f"\nchanges of the second writer meanwhile: {figures['changes']:,}; steps of progress told: {figures['told']:,}"
    )
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))
    return 0 if figures["whole"] else 1


def _measure(folder: Path, persons: int, processes: int) -> dict[str, Any]:
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings
    from django.db import connection

    from holdfast.exchange.example import is_unfounded, load_example
    from holdfast.exchange.importing import apply, preview, read
    from holdfast.organization.accounts.models import System
    from holdfast.organization.structure.models import Node, Person

    call_command("migrate", verbosity=0)
    if not is_unfounded():
        sys.exit("this database holds an organisation already: name an empty one")
    load_example(Path(settings.EXAMPLE_DIR))
    before = Person.objects.count(), Node.objects.count()
    data = json.dumps(_records(persons, processes)).encode()
    told: list[tuple[str, int, int]] = []
    by = System("benchmark")
    stop, out = folder / "stop", folder / "waits.json"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(stop), str(out), UNIT, str(PAUSE)])
    try:
        _wait_for(out.with_suffix(".begun"), writer)
        marks = [time.perf_counter()]
        document = read(data, "staff.json")
        marks.append(time.perf_counter())
        found = preview(by, document, lambda *step: told.append(step))
        if found.problems:
            sys.exit("; ".join(map(str, found.problems[:5])))
        marks.append(time.perf_counter())
        apply(by, found, lambda *step: told.append(step))
        marks.append(time.perf_counter())
    finally:
        stop.touch()
        writer.wait(timeout=60)
    waits = json.loads(out.read_text())
    during = [wait for begun, wait in waits if begun + wait >= marks[0] and begun <= marks[-1]]
    after = Person.objects.count(), Node.objects.count()
    return {
        "database": connection.vendor,
        "reading the file": marks[1] - marks[0],
        "checking and preview": marks[2] - marks[1],
        "writing, with history": marks[3] - marks[2],
        "longest wait of the second writer": max(during),
        "median wait of the second writer": sorted(during)[len(during) // 2],
        "changes": len(during),
        "told": len(told),
        "whole": after == (before[0] + persons, before[1] + processes),
    }


def _wait_for(path: Path, writer: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if path.exists():
            return
        if writer.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit("the second writer did not start")


def _records(persons: int, processes: int) -> dict[str, list[dict[str, Any]]]:
    units, sites = ("dm", "dss", "unog", "unon", "unov"), ("new-york", "geneva", "nairobi", "vienna")
    return {
        "persons": [
            {
                "key": f"staff-{n}",
                "name": f"Staff member {n}",
                "unit": units[n % len(units)],
                "site": sites[n % len(sites)],
                "floor": str(n % 38 + 1),
                "language": "en",
                "basis": "assumed",
                "reason": "Made for a measurement.",
            }
            for n in range(persons)
        ],
        "processes": [
            {
                "key": f"measured-{n}",
                "name": f"Process {n}",
                "unit": units[n % len(units)],
                "site": sites[n % len(sites)],
                "state": "in_use",
                "basis": "assumed",
                "reason": "Made for a measurement.",
                "rto": {"value": 24, "unit": "h", "basis": "assumed", "source": "Made for a measurement."},
                "mtpd": {"value": 72, "unit": "h", "basis": "assumed", "source": "Made for a measurement."},
            }
            for n in range(processes)
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
