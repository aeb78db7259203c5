"""Users and roles: what the administrator does, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from holdfast.organization.accounts.models import Grant, User
from tests.web.organization.test_editing import said, send


def test_an_account_is_made_with_its_first_role(administrator: Client) -> None:
    response = send(
        administrator, "/organization/users/new/", username="focal", password="correct horse battery",
        role="focal_point", unit="unog",
    )  # fmt: skip
    assert response.headers["Location"] == "/organization/users/focal/"
    account = User.objects.get(username="focal")
    assert account.check_password("correct horse battery")
    assert [(grant.role, grant.unit.key) for grant in account.grants.all()] == [("focal_point", "unog")]
    page = administrator.get("/organization/users/focal/").content.decode()
    assert "United Nations Office at Geneva" in page
    assert "administrator-all" in page


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"username": "administrator-all"}, "This name is taken."),
        ({"username": "a b"}, "Letters, digits"),
        ({"password": "short"}, "too short"),
        ({"email": "nobody"}, "valid email"),
        ({"role": "", "unit": "dm"}, "Say which role holds there."),
        ({"unit": "dm", "site": "geneva"}, "not on both"),
    ],
)
def test_an_account_that_cannot_be_is_refused_whole(
    administrator: Client, changes: dict[str, str], wanted: str
) -> None:
    given = {"username": "new", "password": "correct horse battery", "role": "staff"} | changes
    response = send(administrator, "/organization/users/new/", **given)
    assert response.status_code == 422
    assert wanted in said(response)
    assert "correct horse battery" not in response.content.decode()
    assert not User.objects.filter(username="new").exists()


def test_a_role_is_given_and_withdrawn(administrator: Client, reader: Any) -> None:
    reader("staff", name="somebody")
    address = "/organization/users/somebody/give-role/"
    assert send(administrator, address, role="auditor", site="geneva").status_code == 302
    assert "has this role there already" in said(send(administrator, address, role="auditor", site="geneva"))
    grant = Grant.objects.get(user__username="somebody", role="auditor")
    assert send(administrator, f"/organization/users/grant/{grant.pk}/withdraw/").status_code == 302
    assert not Grant.objects.filter(pk=grant.pk).exists()


def test_the_last_administrator_can_neither_go_nor_be_sent(administrator: Client) -> None:
    grant = Grant.objects.get(role="administrator")
    response = send(administrator, f"/organization/users/grant/{grant.pk}/withdraw/")
    assert "This is the last administrator" in said(response)
    closed = send(administrator, "/organization/users/administrator-all/close/")
    assert "This is the last administrator" in said(closed)
    assert User.objects.get(username="administrator-all").is_active


def test_an_account_is_closed_opened_again_and_given_a_password(administrator: Client, reader: Any) -> None:
    somebody = reader("staff", name="somebody")
    send(administrator, "/organization/users/somebody/close/")
    assert somebody.get("/organization/").status_code == 302
    send(administrator, "/organization/users/somebody/reopen/")
    send(administrator, "/organization/users/somebody/password/", password="correct horse battery")
    account = User.objects.get(username="somebody")
    assert account.is_active
    assert account.check_password("correct horse battery")


def test_accounts_are_asked_for_by_role_and_unit(administrator: Client, reader: Any) -> None:
    reader("focal_point", unit="unog")
    found = administrator.get("/organization/users/?role=focal_point&unit=secretariat").context["shown"].page
    assert [account.username for account in found] == ["focal_point-unog"]


def test_others_see_their_own_account_and_manage_none(reader: Any, administrator: Client) -> None:
    staff = reader("staff", name="somebody")
    assert [account.username for account in staff.get("/organization/users/").context["shown"].page] == ["somebody"]
    assert staff.get("/organization/users/administrator-all/").status_code == 404
    assert staff.get("/organization/users/new/").status_code == 403
    auditor = reader("auditor")
    assert auditor.get("/organization/users/administrator-all/").status_code == 200
    assert auditor.get("/organization/users/administrator-all/close/").status_code == 403
