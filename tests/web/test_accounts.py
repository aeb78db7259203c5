"""Signing in and out, one's own account, the first start."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_token, found_installation
from holdfast.organization.accounts.models import ApiToken, Event, Grant, Installation, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.places.models import Unit
from holdfast.web.pages.accounts import throttle
from tests.cast import TEST, again, user

pytestmark = pytest.mark.django_db

PASSWORD = "three calm herons wade"
START = {
    "organization": "Harbour Authority",
    "key": "harbour",
    "languages": ["fr", "en"],
    "username": "first",
    "name": "Head of continuity",
    "email": "first@example.org",
    "password": PASSWORD,
    "again": PASSWORD,
}


@pytest.fixture
def clerk() -> User:
    """An account with a password, in an organisation's own installation."""
    found_installation(TEST, example=False)
    account = user("clerk", "staff")
    account.email = "clerk@example.org"
    account.set_password(PASSWORD)
    account.save()
    return account


def sign_in(name: str = "clerk", password: str = PASSWORD, client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).post("/sign-in/", {"name": name, "password": password, **more})


def asks(client: Client) -> int:
    return client.get("/account/").status_code


def test_one_signs_in_by_user_name_or_e_mail_address_whatever_its_case(clerk: User) -> None:
    for name in ("clerk", "Clerk", "CLERK@example.org", " clerk "):
        client = Client()
        assert sign_in(name, client=client).status_code == 302
        assert asks(client) == 200
    assert isinstance(identify_hasher(again(clerk).password), Argon2PasswordHasher)


def test_a_wrong_password_an_unknown_name_and_a_closed_account_are_told_the_same(clerk: User) -> None:
    closed = user("closed", "staff")
    closed.set_password(PASSWORD)
    closed.is_active = False
    closed.save()
    told = [
        re.findall(r'<div class="errors".*?</div>', response.content.decode(), re.DOTALL)
        for response in (sign_in(password="wrong"), sign_in("nobody"), sign_in("closed"))
    ]
    assert told[0] and told[0] == told[1] == told[2]
    assert sign_in(password="wrong").status_code == 422


def test_after_signing_in_one_is_where_one_wanted_to_go_and_never_elsewhere(clerk: User) -> None:
    response = Client().get("/account/tokens/?x=1")
    assert response.headers["Location"] == "/sign-in/?next=%2Faccount%2Ftokens%2F%3Fx%3D1"
    assert sign_in(next="/account/tokens/?x=1").headers["Location"] == "/account/tokens/?x=1"
    for elsewhere in ("https://example.org/", "//example.org", "javascript:alert(1)", "/\\example.org", "\x00"):
        assert sign_in(next=elsewhere).headers["Location"] == "/"


def test_signing_out_takes_a_form_and_ends_the_session(clerk: User) -> None:
    client = Client()
    sign_in(client=client)
    assert client.get("/sign-out/").status_code == 405
    assert asks(client) == 200
    assert client.post("/sign-out/").status_code == 302
    assert asks(client) == 302


def test_a_form_from_another_site_signs_nobody_in_or_out(clerk: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(client=strict).status_code == 403
    strict.force_login(clerk)
    assert strict.post("/sign-out/").status_code == 403


def test_too_many_attempts_on_an_account_are_refused_with_the_time_to_wait(
    clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _attempt in range(throttle.PER_ACCOUNT):
        assert sign_in("CLERK", "wrong").status_code == 422
    refused = sign_in()
    assert refused.status_code == 429, "the right password is refused as well"
    assert "Too many attempts. Try again after" in refused.content.decode()
    assert sign_in("other").status_code == 422, "another account is not touched"
    later = clock.now() + throttle.WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sign_in().status_code == 302


def test_too_many_attempts_from_one_address_are_refused_whatever_the_account(clerk: User) -> None:
    for attempt in range(throttle.PER_ADDRESS):
        assert throttle.begin_attempt(f"guess{attempt}", "192.0.2.7") is None
    assert throttle.begin_attempt("clerk", "192.0.2.7") is not None
    assert throttle.begin_attempt("clerk", "192.0.2.8") is None
    for attempt in range(throttle.PER_ADDRESS):
        assert throttle.begin_attempt(f"six{attempt}", f"2001:db8::{attempt:x}") is None
    assert throttle.begin_attempt("clerk", "2001:db8::ffff") is not None, "one network of IPv6 counts as one address"


def test_a_right_password_forgets_the_wrong_ones_before(clerk: User) -> None:
    for _attempt in range(3):
        for _wrong in range(throttle.PER_ACCOUNT - 1):
            assert sign_in(password="wrong").status_code == 422
        assert sign_in().status_code == 302


def test_the_count_of_attempts_keeps_no_names(clerk: User) -> None:
    sign_in("a password typed into the wrong field", "wrong")
    assert not any("typed" in row.subject for row in throttle.SignInAttempts.objects.all())


def test_a_new_password_wants_the_old_one_and_ends_the_other_sessions(clerk: User) -> None:
    here, there = Client(), Client()
    sign_in(client=here)
    sign_in(client=there)
    new = "four grey herons wade"
    wrong = here.post("/account/password/", {"old": "wrong", "password": new, "again": new})
    assert (wrong.status_code, "This is not your password." in wrong.content.decode()) == (422, True)
    differ = here.post("/account/password/", {"old": PASSWORD, "password": new, "again": new + "s"})
    assert "differ" in differ.content.decode()
    weak = here.post("/account/password/", {"old": PASSWORD, "password": "short", "again": "short"})
    assert "too short" in weak.content.decode()
    assert here.post("/account/password/", {"old": PASSWORD, "password": new, "again": new}).status_code == 302
    assert (asks(here), asks(there)) == (200, 302)
    assert sign_in(password=new).status_code == 302
    assert Event.objects.get(act="account.set_password").after in (None, {}), "the password is not on record"


def test_one_changes_ones_own_name_and_language_and_nothing_else(clerk: User) -> None:
    client = Client()
    sign_in(client=client)
    sent = {"name": "Records clerk", "email": "clerk@example.org", "language": "fr", "version": clerk.version}
    assert client.post("/account/", {**sent, "username": "boss", "is_active": ""}).status_code == 302
    found = again(clerk)
    assert (found.name, found.language, found.username, found.is_active) == ("Records clerk", "fr", "clerk", True)
    assert client.post("/account/", sent).status_code == 409, "it was changed since this form was read"
    assert client.post("/account/", {**sent, "version": found.version, "language": "tlh"}).status_code == 422
    assert client.get("/account/").headers["Content-Language"] == "fr"


def test_a_token_is_shown_once_and_revoked_by_its_owner_alone(clerk: User) -> None:
    client = Client()
    sign_in(client=client)
    page = client.post("/account/tokens/", {"name": "nightly export", "days": "30"})
    (secret,) = re.findall(r"hf_[\w-]+", page.content.decode())
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).json()["username"] == "clerk"
    assert secret not in client.get("/account/tokens/").content.decode()
    token = ApiToken.objects.get(name="nightly export")
    assert timedelta(days=29) < token.expires_at - clock.now() < timedelta(days=31)
    other = Client()
    other.force_login(user("boss", "administrator"))
    assert other.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert client.post("/account/tokens/99999999999999999999999/revoke/").status_code == 404
    assert client.post("/account/tokens/", {"name": "", "days": "7"}).status_code == 422


def test_in_the_example_one_click_signs_in_as_each_role() -> None:
    found_installation(TEST, example=True)
    for role in Role:
        user(f"as-{role}", role)
    page = Client().get("/sign-in/").content.decode()
    for role in Role:
        assert f'value="as-{role}"' in page
        client = Client()
        assert client.post("/sign-in/example/", {"account": f"as-{role}", "next": "/account/"}).status_code == 302
        assert str(role.label) in client.get("/account/").content.decode()
    assert Client().get("/sign-in/example/").status_code == 405


def test_one_click_sign_in_is_not_there_outside_the_example_nor_for_an_account_with_a_password(clerk: User) -> None:
    user("boss", "administrator")
    client = Client()
    assert client.post("/sign-in/example/", {"account": "boss"}).status_code == 404
    assert "boss" not in client.get("/sign-in/").content.decode()
    Installation.objects.update(example=True)
    assert client.post("/sign-in/example/", {"account": "clerk"}).status_code == 404, "it has a password"
    assert client.post("/sign-in/example/", {"account": "\x00"}).status_code == 404
    assert asks(client) == 302


@override_settings(EMPTY_START=True)
def test_an_empty_installation_begins_with_its_administrator_and_goes_on_to_the_workbook() -> None:
    client = Client()
    assert client.get("/").headers["Location"] == "/start/"
    assert client.get("/start/").status_code == 200
    done = client.post("/start/", START)
    assert done.headers["Location"] == reverse("import")
    first = User.objects.get()
    assert [(grant.role, grant.unit, grant.site) for grant in Grant.objects.filter(user=first)] == [
        (Role.ADMINISTRATOR, None, None)
    ]
    unit = Unit.objects.get()
    assert (unit.key, unit.name, unit.fields) == ("harbour", "Harbour Authority", {"languages": ["fr", "en"]})
    assert (Installation.objects.get().example, first.language) == (False, "fr")
    assert asks(client) == 200
    assert Client().get("/start/").status_code == 404
    assert Client().get("/").headers["Location"] == "/sign-in/"
    assert not any(PASSWORD in str(vars(event)) for event in Event.objects.all())


@override_settings(EMPTY_START=True)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "short", "again": "short"}, "too short"),
        ({"again": "other"}, "differ"),
        ({"key": "a key"}, "A key starts with"),
        ({"languages": []}, "required"),
        ({"languages": ["tlh"]}, "tlh"),
        ({"username": "a b"}, "Letters, digits"),
        ({"email": "nowhere"}, "valid email"),
        ({"organization": "x" * 301}, "at most 300"),
    ],
)
def test_a_first_start_with_something_wrong_says_what_and_makes_nothing(wrong: dict[str, Any], said: str) -> None:
    response = Client().post("/start/", {**START, **wrong})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not User.objects.exists()
    assert not Unit.objects.exists()
    assert not Installation.objects.filter(founded_at__isnull=False).exists()


@override_settings(EMPTY_START=True)
def test_there_is_no_first_start_where_the_example_is_or_an_account_is() -> None:
    user("boss", "administrator")
    assert Client().post("/start/", START).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_first_starts_at_once_one_makes_the_administrator() -> None:
    from threading import Barrier, Thread

    from holdfast.web.pages.accounts.founding import Founding, found

    barrier, outcomes = Barrier(2), []

    def start(number: int) -> None:
        founding = Founding(f"Harbour {number}", f"harbour{number}", ("en",), f"first{number}", "", "", PASSWORD)
        try:
            barrier.wait(timeout=20)
            found(founding)
            outcomes.append("made")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [Thread(target=start, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["ValidationError", "made"]
    assert (User.objects.count(), Grant.objects.count(), Unit.objects.count()) == (1, 1, 1)


def test_pages_of_one_person_are_kept_by_nobody_and_every_page_is_closed_to_foreign_scripts(
    clerk: User, small: Path
) -> None:
    client = Client()
    sign_in(client=client)
    for path in ("/account/", "/account/tokens/", "/what-if/", "/sign-in/"):
        response = client.get(path)
        assert "no-store" in response.headers["Cache-Control"], path
    for path in ("/sign-in/", "/health", "/nowhere/", "/api/v1/units"):
        response = Client().get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["X-Request-ID"]


def test_a_page_that_is_refused_says_why(clerk: User, small: Path) -> None:
    client = Client()
    sign_in(client=client)
    response = client.get("/what-if/")
    assert response.status_code == 403
    assert "See processes, resources" in response.content.decode().replace("see", "See")


FORMS = {
    "/sign-in/": ["name", "password", "next"],
    "/sign-in/example/": ["account", "next"],
    "/account/": ["name", "email", "language", "version"],
    "/account/password/": ["old", "password", "again"],
    "/account/tokens/": ["name", "days"],
    "/start/": list(START),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(sorted(FORMS)), values=st.lists(st.text(max_size=12), min_size=8, max_size=8))
def test_no_form_fails_whatever_it_holds(clerk: User, path: str, values: list[str]) -> None:
    client = Client()
    client.force_login(clerk)
    sent = {name: value.encode("utf-8", "replace") for name, value in zip(FORMS[path], values, strict=False)}
    assert client.post(path, sent).status_code in (200, 302, 404, 409, 422, 429)


def test_a_token_of_a_program_opens_no_page(clerk: User) -> None:
    secret = create_token(clerk, clerk, name="program")[1]
    assert Client().get("/account/", headers={"authorization": f"Bearer {secret}"}).status_code == 302
