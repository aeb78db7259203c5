"""A real worker that plays injects in, on the database of the test: python playing.py DATABASE MARK.

In the middle of the first inject, when it is in the log and nobody has been told, it writes MARK and stays there.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main(database: str, mark: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.web.settings")
    import django

    django.setup()
    from django.db import connection

    from holdfast.crisis.drills import injects
    from holdfast.readiness.exercises.models import Exercise
    from tests.cast import TEST

    connection.settings_dict["NAME"] = database

    def stay(*given: object) -> None:
        Path(mark).write_text("in the middle")
        time.sleep(600)

    injects.tell_inject = stay
    injects.deliver_due(TEST, Exercise.objects.under_way().get())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
