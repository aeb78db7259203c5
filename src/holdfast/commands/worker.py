"""``holdfast worker``: does what is asked for in the background; any number of them share the work."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from datetime import timedelta
from types import FrameType

import click

from holdfast.commands.ready import ready_database


@click.command()
@click.option("--threads", type=click.IntRange(1, 32), default=2, help="Jobs at the same time; default 2.")
@click.option("--queue", "queues", multiple=True, metavar="NAME", help="Only jobs of this queue; may be repeated.")
@click.option(
    "--lease",
    type=click.FloatRange(1, 3600),
    default=60.0,
    metavar="SECONDS",
    help="After this without a sign of life a job goes to another worker; default 60.",
)
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer the parent.")
def worker(threads: int, queues: tuple[str, ...], lease: float, parent: int | None) -> None:
    """Do jobs until Ctrl-C or SIGTERM; a job under way is ended or given back first, for ten seconds at most."""
    ready_database()
    from holdfast.organization.jobs.worker import Crew

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="holdfast: %(message)s")
    crew = Crew(threads=threads, lease=timedelta(seconds=lease), queues=queues)

    def end(number: int, frame: FrameType | None) -> None:
        crew.stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if parent is not None:
        threading.Thread(target=_follow, args=(parent, crew.stop), daemon=True).start()
    click.echo(f"holdfast: worker {crew.name} is at work, {threads} jobs at a time", err=True)
    ended = crew.run()
    sys.stderr.flush()
    if not ended:
        # What still runs has its lease, and goes to another worker when that runs out.
        os._exit(0)


def _follow(parent: int, stop: threading.Event) -> None:
    """Ends with the server that began this worker, however that ended."""
    while not stop.wait(1):
        if os.getppid() != parent:
            stop.set()
