"""``holdfast serve``: the pages, on this machine's own address."""

from __future__ import annotations

import errno
import http.client
import socket
import threading
import time

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import Failed

HOST = "127.0.0.1"
READY_SECONDS = 60


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, envvar="HOLDFAST_PORT", help="0 takes a free one.")
def serve(port: int) -> None:
    """Serve the pages on 127.0.0.1, until Ctrl-C."""
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
    threading.Thread(target=announce, args=(chosen,), daemon=True).start()
    server.serve()


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


def announce(port: int) -> None:
    """Prints the address to open as soon as the pages answer there."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                click.echo(f"Holdfast is ready: open http://{HOST}:{port}/ (Ctrl-C ends it)", err=True)
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    click.echo(f"holdfast: /health does not answer on port {port}; HOLDFAST_DEBUG=1 may show why", err=True)
