"""A real worker process on the database of the test: python working.py DATABASE NAME LOG [OPTION …].

Its jobs are those of the product and two of this file. Each line of LOG is the process and what it does.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main(database: str, log: str, options: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.web.settings")
    os.environ["HOLDFAST_EMPTY"] = "1"
    import django

    django.setup()
    from django.db import connection, transaction

    from holdfast.commands.worker import worker
    from holdfast.organization.accounts.acts import Actor
    from holdfast.organization.jobs.registry import job
    from holdfast.organization.jobs.running import Running
    from holdfast.organization.places.models import Unit
    from holdfast.organization.structure.saving import create

    connection.settings_dict["NAME"] = database

    def write(said: str) -> None:
        with Path(log).open("a") as file:
            file.write(f"{os.getpid()} {said}\n")

    @job("test.units", label="make units", takes_context=True)
    def units(by: Actor, context: Running, *, count: int, pause: float) -> dict[str, int]:
        for number in range(context.done, count):
            with transaction.atomic():
                create(Unit(key=f"step-{number}", name=f"Step {number}", kind="unit"), by)
                context.checkpoint(number + 1, count, "units")
            write(f"step {number}")
            time.sleep(pause)
        return {"units": count}

    @job("test.line", label="write a line")
    def line(by: Actor, *, number: int) -> None:
        write(f"begin {number}")
        time.sleep(0.02)
        write(f"end {number}")

    worker(options, standalone_mode=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
