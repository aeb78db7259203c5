"""Accounts: signing in, roles, tokens, and how an installation begins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError

from holdfast.organization import clock
from holdfast.organization.accounts.actions import (
    close_account,
    create_account,
    create_token,
    edit_account,
    example_account,
    found_installation,
    found_with_administrator,
    give_role,
    holds_example,
    revoke_token,
    set_password,
    withdraw_role,
)
from holdfast.organization.accounts.models import ApiToken, Event, Grant, System, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, may
from tests.cast import TEST, Cast, again, user

SECRET = "correct horse battery staple"


@pytest.fixture
def focal(db: None) -> User:
    return create_account(TEST, username="focal", email="focal@example.org", password=SECRET)


def test_one_signs_in_by_name_or_address_in_any_case(focal: User) -> None:
    for name in ("focal", "FOCAL", "focal@example.org", "Focal@Example.org "):
        assert authenticate(username=name, password=SECRET) == focal
    assert authenticate(username="focal", password="wrong") is None
    assert authenticate(username="", password=SECRET) is None


def test_passwords_are_kept_by_argon2(focal: User) -> None:
    assert User.objects.get(pk=focal.pk).password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("password", ["short", "password1234", "focal@example.org"])
def test_a_weak_password_is_refused(focal: User, password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        set_password(focal, focal, password=password)
    assert "password" in refused.value.message_dict
    assert authenticate(username="focal", password=SECRET) == focal


def test_a_password_is_never_on_record(focal: User) -> None:
    set_password(focal, focal, password="another " + SECRET)
    assert "argon2" not in str(list(Event.objects.values_list("before", "after")))


def test_an_account_without_a_password_is_not_entered_by_one(db: None) -> None:
    create_account(TEST, username="bare")
    assert authenticate(username="bare", password="") is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"username": "FOCAL"}, "username"),
        ({"username": "focal@example.org"}, "username"),
        ({"username": "two", "email": "FOCAL@example.org"}, "email"),
        ({"username": "a b"}, "username"),
        ({"username": "two", "email": "nowhere"}, "email"),
    ],
)
def test_names_and_addresses_are_one_persons(focal: User, fields: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        create_account(TEST, **fields)  # type: ignore[arg-type]
    assert named in refused.value.message_dict


def test_one_does_not_give_oneself_rights_by_editing_the_own_account(focal: User) -> None:
    for field in ("is_active", "username", "password", "is_superuser"):
        with pytest.raises(ValidationError):
            edit_account(focal, focal, version=1, **{field: "x"})  # type: ignore[typeddict-item]


def test_a_closed_account_is_not_entered_and_its_tokens_end(focal: User) -> None:
    give_role(TEST, user("keeper"), Role.ADMINISTRATOR)
    _token, secret = create_token(focal, focal, name="script")
    close_account(TEST, focal, version=1)
    assert authenticate(username="focal", password=SECRET) is None
    assert ApiToken.objects.usable(secret, clock.now()) is None


def test_a_role_holds_where_it_was_granted_and_as_long(places: Cast, focal: User) -> None:
    grant = give_role(TEST, focal, Role.FOCAL_POINT, unit=places.units["dm"])
    assert may(again(focal), "structure.edit", places.units["bcmu"])
    assert not may(again(focal), "structure.edit", places.units["secretariat"])
    assert not may(again(focal), "structure.edit")
    withdraw_role(TEST, grant)
    assert not may(again(focal), "structure.edit", places.units["bcmu"])


def test_a_role_is_granted_once_and_at_one_place(places: Cast, focal: User) -> None:
    give_role(TEST, focal, Role.STAFF)
    with pytest.raises(ValidationError, match="already"):
        give_role(TEST, focal, Role.STAFF)
    with pytest.raises(ValidationError, match="not on both"):
        give_role(TEST, focal, Role.STAFF, unit=places.units["dm"], site=places.sites["geneva"])
    with pytest.raises(ValidationError):
        give_role(TEST, focal, "emperor")


def test_an_administrator_of_a_unit_gives_no_role_beyond_it(places: Cast, focal: User) -> None:
    local = user("local", Role.ADMINISTRATOR, unit=places.units["unog"])
    give_role(local, focal, Role.FOCAL_POINT, unit=places.units["unog"])
    for where in ({}, {"unit": places.units["dm"]}, {"site": places.sites["geneva"]}):
        with pytest.raises(NotAllowed):
            give_role(local, focal, Role.ADMINISTRATOR, **where)  # type: ignore[arg-type]
    assert Grant.objects.filter(user=focal).count() == 1


def test_the_last_administrator_stays(db: None) -> None:
    only = user("only", Role.ADMINISTRATOR)
    with pytest.raises(ValidationError, match="last administrator"):
        withdraw_role(only, only.grants.get())
    with pytest.raises(ValidationError, match="last administrator"):
        close_account(only, only, version=1)
    user("second", Role.ADMINISTRATOR)
    close_account(only, only, version=1)


def test_a_token_is_shown_once_and_kept_as_a_digest(focal: User) -> None:
    token, secret = create_token(focal, focal, name="script", expires_at=clock.now() + timedelta(days=1))
    found = ApiToken.objects.usable(secret, clock.now())
    assert found is not None
    assert found.user == focal
    assert secret not in str(ApiToken.objects.values_list().get())
    assert token.digest not in str(list(Event.objects.values_list("after")))
    assert ApiToken.objects.usable(secret, clock.now() + timedelta(days=2)) is None
    assert ApiToken.objects.usable(secret + "x", clock.now()) is None
    revoke_token(focal, token)
    assert ApiToken.objects.usable(secret, clock.now()) is None


def test_the_first_page_makes_one_administrator_and_never_again(db: None) -> None:
    first = found_with_administrator(username="first", password=SECRET)
    assert may(again(first), "account.manage")
    assert not holds_example()
    with pytest.raises(ValidationError, match="set up already"):
        found_with_administrator(username="second", password=SECRET)
    assert not User.objects.filter(username="second").exists()


def test_one_click_opens_the_examples_accounts_in_the_example_only(db: None) -> None:
    create_account(TEST, username="visitor")
    with pytest.raises(NotAllowed):
        example_account("visitor")
    found_installation(System("example"), example=True)
    assert example_account("visitor").username == "visitor"
    create_account(TEST, username="locked", password=SECRET)
    for name in ("locked", "nobody"):
        with pytest.raises(NotAllowed):
            example_account(name)
