"""The database of HOLDFAST_DATABASE_URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_WANTED = "HOLDFAST_DATABASE_URL: wanted postgresql://USER:PASSWORD@HOST:PORT/NAME, "


def database(url: str, embedded: Path) -> dict[str, Any]:
    """Django's settings of the database at `url`; without one the SQLite file `embedded`. Options of libpq may follow
    as `?sslmode=verify-full`; several hosts stand with commas between. Raises ImproperlyConfigured, and names no
    password."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": embedded,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured(_WANTED + "got another kind of address")
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        raise ImproperlyConfigured(_WANTED + "got no name of a database")
    who, _at, where = parts.netloc.rpartition("@")
    user, _colon, password = who.partition(":")
    hosts, ports = _hosts(where)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": ",".join(hosts),
        "PORT": ",".join(ports),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _hosts(where: str) -> tuple[list[str], list[str]]:
    hosts, ports = [], []
    for place in where.split(",") if where else []:
        host, colon, port = place.rpartition(":")
        if not colon or port.endswith("]"):
            host, port = place, "5432"
        if not port.isdecimal():
            raise ImproperlyConfigured(_WANTED + f"got “{port}” for a port")
        hosts.append(unquote(host).strip("[]"))
        ports.append(port)
    return hosts, ports


_ONLY_READ = ("readonly database", "read-only", "database or disk is full")


def takes_nothing(error: BaseException) -> bool:
    """Whether the database refused to write at all: it is a copy that only follows another, its file may not be
    written, or its disk is full."""
    from django.db import DatabaseError

    said = str(error).lower()
    return isinstance(error, DatabaseError) and any(part in said for part in _ONLY_READ)
