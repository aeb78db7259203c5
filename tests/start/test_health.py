"""GET /health: can this installation serve, and what does it serve?"""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from holdfast import __version__
from holdfast.organization import clock
from holdfast.organization.accounts.actions import found_installation
from holdfast.organization.accounts.models import System
from holdfast.organization.jobs.models import ALIVE, Worker
from holdfast.organization.jobs.worker import Crew

pytestmark = pytest.mark.django_db


def test_it_tells_version_database_and_example(client: Client) -> None:
    found_installation(System("test"), example=True)
    answer = client.get("/health")
    assert answer.status_code == 200
    told = {"status": "ok", "version": __version__, "database": connection.vendor, "example": True}
    assert answer.json() == told | {"worker": {"last_beat": None, "alive": False}}
    assert "no-store" in answer["Cache-Control"]


def test_an_organisation_of_ones_own_is_no_example(client: Client) -> None:
    assert client.get("/health").json()["example"] is False
    found_installation(System("test"), example=False)
    assert client.get("/health").json()["example"] is False


def test_it_tells_whether_a_worker_is_at_work(client: Client) -> None:
    Crew().tend()
    worker = client.get("/health").json()["worker"]
    assert worker["alive"] is True
    Worker.objects.update(beat_at=clock.now() - 2 * ALIVE)
    worker = client.get("/health").json()["worker"]
    assert worker["alive"] is False
    assert worker["last_beat"]


def test_a_database_that_does_not_answer_is_503_without_details(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise DatabaseError("could not connect to 10.0.0.7 as holdfast")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failed"
    assert "10.0.0.7" not in answer.text


def test_it_can_only_be_asked(client: Client) -> None:
    assert client.post("/health").status_code == 405
