"""Private contact points are seen by their owner, the wardens of the place and duty officers, and by nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions.people import (
    add_contact,
    begin_duty,
    create_person,
    edit_contact,
    end_duty,
    link_account,
    verify_contact,
)
from holdfast.organization.structure.models import ContactPoint, Person
from tests.cast import TEST, Cast, user


@dataclass
class Address:
    cast: Cast
    person: Person
    owner: User
    private: ContactPoint
    open: ContactPoint

    def somebody(self, name: str, role: Role | None = None, **where: object) -> tuple[User, Person]:
        account = user(name, role, **where)  # type: ignore[arg-type]
        person = create_person(TEST, key=name, name=name)
        return account, link_account(TEST, person, version=1, user=account)


@pytest.fixture
def address(places: Cast) -> Address:
    owner = user("owner")
    person = create_person(
        TEST, key="owner", name="Owner", unit=places.units["unog"], site=places.sites["geneva"], floor="3"
    )
    person = link_account(TEST, person, version=1, user=owner)
    private = add_contact(TEST, person, channel="mobile", address="+41 22 000 00 01", private=True)
    open_ = add_contact(TEST, person, channel="email", address="owner@example.org")
    return Address(places, person, owner, private, open_)


def seen(by: User) -> set[str]:
    return {point.channel for point in visible(ContactPoint.objects.all(), by)}


@pytest.mark.parametrize("role", list(Role))
def test_no_role_opens_a_private_contact_point_not_even_the_administrators(address: Address, role: Role) -> None:
    assert "mobile" not in seen(user("someone", role))
    assert "mobile" not in seen(user("local", role, unit=address.cast.units["unog"]))


def test_the_owner_sees_and_keeps_it(address: Address) -> None:
    assert seen(address.owner) == {"mobile", "email"}
    verify_contact(address.owner, address.private, version=1)
    edit_contact(address.owner, address.private, version=2, address="+41 22 000 00 02")


def test_those_who_keep_persons_keep_the_open_ones_only(address: Address) -> None:
    focal = user("focal", Role.FOCAL_POINT, unit=address.cast.units["unog"])
    edit_contact(focal, address.open, version=1, address="post@example.org")
    with pytest.raises(NotAllowed):
        edit_contact(focal, address.private, version=1, private=False)
    with pytest.raises(NotAllowed):
        add_contact(focal, address.person, channel="chat", address="x", private=True)


@pytest.mark.parametrize(
    ("kind", "site", "floor", "sees"),
    [
        ("warden", "geneva", "", True),
        ("warden", "geneva", "3", True),
        ("warden", "geneva", "4", False),
        ("warden", "nairobi", "", False),
        ("duty_officer", "geneva", "", True),
        ("duty_officer", "nairobi", "", False),
        ("duty_officer", None, "", True),
    ],
)
def test_wardens_and_duty_officers_see_those_of_their_place(
    address: Address, kind: str, site: str | None, floor: str, sees: bool
) -> None:
    account, person = address.somebody("on-duty")
    begin_duty(TEST, person, kind, site=address.cast.sites[site] if site else None, floor=floor)
    assert ("mobile" in seen(account)) is sees
    with pytest.raises(NotAllowed):
        verify_contact(account, address.private, version=1)


def test_a_duty_that_is_over_or_still_to_come_opens_nothing(address: Address) -> None:
    today = clock.today()
    account, person = address.somebody("on-duty")
    later = begin_duty(TEST, person, "warden", site=address.cast.sites["geneva"], valid_from=today + timedelta(days=1))
    assert seen(account) == set()
    end_duty(TEST, later, version=1, on=today + timedelta(days=2))
    duty = begin_duty(TEST, person, "warden", site=address.cast.sites["geneva"], valid_until=today + timedelta(days=1))
    assert seen(account) == {"mobile", "email"}
    end_duty(TEST, duty, version=1, on=today)
    assert seen(account) == set()


def test_one_does_not_make_oneself_a_duty_officer_of_all(address: Address) -> None:
    account, person = address.somebody("focal", Role.FOCAL_POINT, unit=address.cast.units["unog"])
    for kind, site in (("duty_officer", None), ("warden", address.cast.sites["geneva"])):
        with pytest.raises(NotAllowed):
            begin_duty(account, person, kind, site=site)


def test_one_does_not_take_over_anothers_person(address: Address) -> None:
    focal = user("focal", Role.FOCAL_POINT, unit=address.cast.units["unog"])
    with pytest.raises(NotAllowed):
        link_account(focal, address.person, version=2, user=focal)


def test_a_venue_in_the_wardens_site_is_the_wardens_too(address: Address) -> None:
    account, person = address.somebody("on-duty")
    begin_duty(TEST, person, "warden", site=address.cast.sites["new-york"], valid_from=date(2008, 1, 1))
    guest = create_person(TEST, key="guest", name="Guest", site=address.cast.sites["conference-room-a"])
    add_contact(TEST, guest, channel="mobile", address="+1 212 000 00 00", private=True)
    assert seen(account) == {"mobile"}
