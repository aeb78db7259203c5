"""The database is chosen by one address."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from holdfast.web.database import database

EMBEDDED = Path("/somewhere/holdfast.sqlite3")


def test_without_an_address_it_is_the_embedded_one() -> None:
    chosen = database("", EMBEDDED)
    assert (chosen["ENGINE"], chosen["NAME"]) == ("django.db.backends.sqlite3", EMBEDDED)
    assert chosen["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_an_address_names_user_password_host_port_and_options() -> None:
    chosen = database("postgresql://hold%40fast:p%2Fw:x@db.example.org:6432/bcm?sslmode=verify-full", EMBEDDED)
    assert chosen["ENGINE"] == "django.db.backends.postgresql"
    wanted = {"USER": "hold@fast", "PASSWORD": "p/w:x", "HOST": "db.example.org", "PORT": "6432", "NAME": "bcm"}
    assert {name: chosen[name] for name in wanted} == wanted
    assert chosen["OPTIONS"] == {"sslmode": "verify-full"}


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://db/bcm", "db", "5432"),
        ("postgresql:///bcm", "", ""),
        ("postgresql://u@one:5433,two/bcm", "one,two", "5433,5432"),
        ("postgresql://[::1]:5433/bcm", "::1", "5433"),
    ],
)
def test_hosts_may_be_none_or_several(url: str, host: str, port: str) -> None:
    chosen = database(url, EMBEDDED)
    assert (chosen["HOST"], chosen["PORT"]) == (host, port)


@pytest.mark.parametrize(
    "url", ["mysql://u:secret@db/bcm", "postgresql://u:secret@db", "postgresql://u:secret@db:x/bcm", "bcm"]
)
def test_a_wrong_address_is_refused_and_its_password_not_told(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="HOLDFAST_DATABASE_URL: wanted postgresql://") as refused:
        database(url, EMBEDDED)
    assert "secret" not in str(refused.value)
