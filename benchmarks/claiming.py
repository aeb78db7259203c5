"""How many jobs workers claim and end in a second, and what it would cost to write each claim with its history.

    python -m benchmarks claiming [--jobs N] [--json FILE]

Works on a database of its own in a temporary folder (SQLite), or on an empty one that HOLDFAST_DATABASE_URL names. The
work of each job is nothing, so that only the claim and the end are measured. Exit status 1 where a job was claimed
twice or not at all.
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

CREWS = (1, 2, 4)

WORKER = """
import sys, time
from pathlib import Path
import django
django.setup()
from holdfast.organization.jobs.leased import LeaseState, claim, finish
from holdfast.organization.jobs.models import Job
name, most, go = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
Job.objects.exists()
go.with_name(f"ready-{name}").touch()
while not go.exists():
    time.sleep(0.005)
while found := claim(Job, name, most=most):
    for job in found:
        finish(job, LeaseState.DONE)
"""


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks claiming", description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=2000, help="default 2000")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(words)
    if given.jobs < 1:
        parser.error("--jobs wants at least one")
    with tempfile.TemporaryDirectory(prefix="holdfast-benchmark-") as folder:
        os.environ |= {"HOLDFAST_DATA": folder, "DJANGO_SETTINGS_MODULE": "holdfast.web.settings"}
        figures = _measure(Path(folder), given.jobs)
    print(f"{given.jobs:,} jobs · {figures['database']}\n")
    print(table([["", "a second"], *([name, f"{value:,.0f}"] for name, value in figures["a second"].items())]))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))
    return 0 if figures["once"] else 1


def _measure(folder: Path, jobs: int) -> dict[str, Any]:
    import django
    from django.core.management import call_command

    django.setup()
    from django.db import connection

    call_command("migrate", verbosity=0)
    found: dict[str, float] = {}
    once = True
    for crew in CREWS:
        for most in (1, 50):
            _enqueue(jobs)
            name = f"{crew} worker{'s' if crew > 1 else ''}, {most} a claim"
            found[name] = jobs / _run(folder / f"{crew}-{most}", crew, most)
            once = once and _once(jobs)
    found["one worker, each claim written with its history"] = _with_history(min(jobs, 500))
    return {"database": connection.vendor, "a second": found, "once": once}


def _enqueue(jobs: int) -> None:
    from holdfast.organization import clock
    from holdfast.organization.jobs.models import Job

    Job.objects.all().delete()
    now = clock.now()
    Job.objects.bulk_create(
        Job(name="jobs.sweep", system="benchmark", enqueued_at=now, run_after=now) for _number in range(jobs)
    )


def _run(folder: Path, crew: int, most: int) -> float:
    folder.mkdir()
    go = folder / "go"
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, f"worker-{number}", str(most), str(go)])
        for number in range(crew)
    ]
    while len(list(folder.glob("ready-*"))) < crew:
        if any(worker.poll() for worker in workers):
            sys.exit("a worker did not start")
        time.sleep(0.02)
    begun = time.perf_counter()
    go.touch()
    for worker in workers:
        worker.wait()
    return time.perf_counter() - begun


def _once(jobs: int) -> bool:
    from holdfast.organization.jobs.models import Job

    return Job.objects.filter(state="done", attempts=1).count() == jobs


def _with_history(jobs: int) -> float:
    """The other way, on a row that has a history: lock, `save_all`, and again for the end."""
    from django.db import transaction

    from holdfast.organization.accounts.models import System
    from holdfast.organization.places.models import Unit
    from holdfast.organization.structure.saving import save_all

    by = System("benchmark")
    save_all([Unit(key=f"row-{number}", name="Row", kind="unit") for number in range(jobs)], by)
    begun = time.perf_counter()
    for _number in range(jobs):
        for before, after in (("", "running"), ("running", "done")):
            with transaction.atomic():
                row = Unit.objects.select_for_update().filter(note=before).order_by("pk").first()
                if row is not None:
                    row.note = after
                    save_all([row], by, fields=["note"])
    return jobs / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
