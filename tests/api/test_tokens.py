"""Who a program is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from holdfast.organization import clock
from holdfast.organization.accounts.actions import close_account, create_token, revoke_token
from holdfast.organization.accounts.models import ApiToken, Event
from tests.api.conftest import Program
from tests.cast import TEST, user

pytestmark = pytest.mark.django_db


def asks(secret: str) -> int:
    return Client().get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code


def test_a_token_says_who_asks_and_what_they_may(program: Callable[..., Program], cast: object) -> None:
    found = program("auditor").get("/me").json()
    assert found["roles"] == [{"role": "auditor", "unit": None, "site": None}]
    assert found["permissions"]["event.view"] == "all"
    assert "structure.edit" not in found["permissions"]


def test_only_the_digest_of_a_token_is_kept() -> None:
    account = user("clerk", "staff")
    token, secret = create_token(account, account, name="script")
    assert ApiToken.objects.get(pk=token.pk).digest == hashlib.sha256(secret.encode()).hexdigest()
    assert not any(secret in str(vars(event)) for event in Event.objects.all())


def test_a_revoked_an_expired_and_a_wrong_token_are_nobody_and_so_is_one_of_a_closed_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = user("clerk", "staff")
    token, revoked = create_token(account, account, name="revoked")
    revoke_token(account, token)
    _token, short = create_token(account, account, name="short", expires_at=clock.now() + timedelta(hours=1))
    _token, closed = create_token(account, account, name="closed")
    assert (asks(revoked), asks(short), asks(closed), asks("hf_wrong"), asks("")) == (401, 200, 200, 401, 401)
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (asks(short), asks(closed)) == (401, 200)
    close_account(TEST, account, version=account.version)
    assert asks(closed) == 401


def test_nobody_is_told_to_send_a_token() -> None:
    response = Client().get("/api/v1/units")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["error"]["code"] == "unauthenticated"


def test_a_page_of_this_site_may_read_with_its_session_and_may_not_write() -> None:
    client = Client()
    client.force_login(user("boss", "administrator"))
    assert client.get("/api/v1/me").status_code == 200
    body = {"key": "x", "name": "X", "kind": "unit"}
    assert client.post("/api/v1/units", body, content_type="application/json").status_code == 401


def test_a_page_of_another_site_reads_nothing_with_the_session() -> None:
    client = Client()
    client.force_login(user("boss", "administrator"))
    assert client.get("/api/v1/me", headers={"sec-fetch-site": "cross-site"}).status_code == 401


def test_a_wrong_token_is_nobody_even_beside_a_session() -> None:
    client = Client()
    client.force_login(user("boss", "administrator"))
    assert client.get("/api/v1/me", headers={"authorization": "Bearer hf_wrong"}).status_code == 401
    assert client.get("/api/v1/me", headers={"authorization": "Basic Ym9zczpib3Nz"}).status_code == 401


def test_answers_for_one_person_are_not_kept_by_anybody(manager: Program) -> None:
    assert manager.get("/units").headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in manager.get("/units").headers["Content-Security-Policy"]


def test_every_change_by_a_token_is_recorded_as_its_owners_with_the_id_of_the_request(manager: Program) -> None:
    response = manager.post("/units", {"key": "new", "name": "New", "kind": "unit"})
    event = Event.objects.get(act="unit.create", key="new")
    assert (event.user, event.request) == (manager.account, response.headers["X-Request-ID"])
