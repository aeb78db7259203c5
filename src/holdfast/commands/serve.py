"""``holdfast serve``: the pages, on this machine's own address, and a worker beside them."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import subprocess
import sys
import threading
import time

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import Failed

HOST = "127.0.0.1"
READY_SECONDS = 60
# A worker that ends by itself is begun again, after a while that grows.
FIRST_PAUSE, LONGEST_PAUSE, LONG_LIFE = 1.0, 60.0, 300.0


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, envvar="HOLDFAST_PORT", help="0 takes a free one.")
@click.option(
    "--worker/--no-worker",
    "with_worker",
    default=True,
    envvar="HOLDFAST_WORKER",
    help="Whether to begin a worker too; without, holdfast worker does the jobs.",
)
def serve(port: int, with_worker: bool) -> None:
    """Serve the pages on 127.0.0.1, until Ctrl-C, and begin a worker beside them."""
    chosen = free_port(port)
    ready_database()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server = Granian(
        "holdfast.web.wsgi:application",
        address=HOST,
        port=chosen,
        interface=Interfaces.WSGI,
        blocking_threads=4,
        websockets=False,
        log_level=LogLevels.warning,
    )
    crew = WorkerProcess() if with_worker else None
    threading.Thread(target=announce, args=(chosen, crew), daemon=True).start()
    try:
        server.serve()
    finally:
        if crew is not None:
            crew.end()


class WorkerProcess:
    """A worker as a child of the server: begun again when it ends by itself, ended with the server."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Keeps one worker running until `end`."""
        pause = FIRST_PAUSE
        command = [sys.executable, "-m", "holdfast", "worker", "--parent", str(os.getpid())]
        while True:
            with self._lock:
                if self._ending.is_set():
                    return
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            begun = time.monotonic()
            status = self._process.wait()
            if self._ending.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - begun > LONG_LIFE else min(2 * pause, LONGEST_PAUSE)
            click.echo(f"holdfast: the worker ended with status {status}; begun again in {pause:.0f} s", err=True)
            self._ending.wait(pause)

    def end(self) -> None:
        """Asks the worker to end, and waits: it gives back what it is at."""
        with self._lock:
            self._ending.set()
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port(port: int) -> int:
    """The port itself, or a free one for 0; raises Failed where it is taken.

    Asked beforehand, because granian shares a port with whoever listens on it already.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = "is taken by another program, perhaps another Holdfast" if error.errno == errno.EADDRINUSE else error
            raise Failed(f"port {port} {why}: choose another with --port N") from error
        return int(probe.getsockname()[1])


def announce(port: int, crew: WorkerProcess | None = None) -> None:
    """Prints the address to open as soon as the pages answer there, and then begins the worker."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                click.echo(f"Holdfast is ready: open http://{HOST}:{port}/ (Ctrl-C ends it)", err=True)
                if crew is not None:
                    crew.run()
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    click.echo(f"holdfast: /health does not answer on port {port}; HOLDFAST_DEBUG=1 may show why", err=True)
