"""The inbox in the browser: what waits, where it is done, and what can be put away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from holdfast.governance.notices.models import DigestChoice, Notice
from holdfast.governance.notices.raising import raise_notice
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from tests.cast import TEST, Cast
from tests.governance.test_notices import DECIDE, TOLD

GENEVA = {"title": "Plan of Geneva", "address": "/plans/1/", "source": "plan:1"}


def text(client: Client, address: str = "/inbox/") -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def account(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


def test_an_empty_inbox_says_what_will_come_here(manager: Client) -> None:
    page = text(manager)
    assert "Nothing waits for you." in page
    assert "come here as they arise" in page


def test_the_inbox_names_what_is_wanted_and_leads_to_where_it_is_done(manager: Client, cast: Cast) -> None:
    yesterday = clock.today() - timedelta(1)
    raise_notice(TEST, DECIDE, **GENEVA, user=account(manager), due=yesterday, unit=cast.units["unog"])
    page = text(manager)
    assert "1 thing waits for you, 1 of them late." in page
    assert '<a href="/plans/1/">Plan of Geneva</a>' in page
    assert "Decide" in page
    assert "late" in page


def test_the_first_page_names_what_waits_too(manager: Client) -> None:
    for number in range(7):
        raise_notice(TEST, DECIDE, **(GENEVA | {"source": f"p{number}"}), user=account(manager))
    page = text(manager, "/")
    assert page.count("Decide: Plan of Geneva") == 5
    assert "2 things more" in page


def test_filters_narrow_the_inbox_and_wrong_ones_are_said(manager: Client, cast: Cast) -> None:
    me, today = account(manager), clock.today()
    for number, (due, unit) in enumerate(((today - timedelta(1), "unog"), (today, "unon"), (None, "unog"))):
        raise_notice(
            TEST, DECIDE, source=f"p{number}", title=f"Plan {number}", address="/p/", user=me, due=due,
            unit=cast.units[unit],
        )  # fmt: skip
    for query, wanted in (
        ("due=late", "0"), ("due=week", "1"), ("due=none", "2"), ("unit=unog", "02"), ("q=plan+1", "1"),
        ("kind=test.decide", "012"), ("read=yes", ""), ("unit=unog&due=late", "0"),
    ):  # fmt: skip
        page = text(manager, f"/inbox/?{query}")
        assert "".join(n for n in "012" if f">Plan {n}<" in page) == wanted, query
    for wrong in ("due=never", "kind=no.such", "unit=nowhere", "read=perhaps"):
        response = manager.get(f"/inbox/?{wrong}")
        assert response.status_code == 400
        assert "that filter was left out" in response.content.decode()


def test_a_notice_is_marked_as_read_and_one_that_informs_is_put_away(manager: Client) -> None:
    notice = raise_notice(TEST, TOLD, **GENEVA, user=account(manager))
    page = text(manager)
    assert "Mark as read" in page
    back = "/inbox/?sort=-due"
    assert manager.post(f"/inbox/{notice.pk}/read/", {"next": back}).headers["Location"] == back
    assert "Mark as read" not in text(manager)
    manager.post(f"/inbox/{notice.pk}/put-away/")
    assert "Nothing waits for you." in text(manager)


def test_what_asks_for_something_has_no_button_to_put_it_away_and_says_why(manager: Client) -> None:
    notice = raise_notice(TEST, DECIDE, **GENEVA, user=account(manager))
    assert "Put away" not in text(manager)
    manager.post(f"/inbox/{notice.pk}/put-away/")
    assert "goes away when it is done" in text(manager)


def test_the_way_back_leads_nowhere_else(manager: Client) -> None:
    notice = raise_notice(TEST, DECIDE, **GENEVA, user=account(manager))
    for given in ("https://elsewhere.example/inbox/", "//elsewhere.example", "/organization/", "/inbox//\\x"):
        response = manager.post(f"/inbox/{notice.pk}/read/", {"next": given})
        assert response.headers["Location"].startswith("/inbox/"), given
        assert "elsewhere" not in response.headers["Location"]


def test_anothers_notice_is_not_there(manager: Client, reader: Any) -> None:
    notice = raise_notice(TEST, TOLD, **GENEVA, user=account(manager))
    staff = reader("staff", unit="unog")
    assert "Plan of Geneva" not in text(staff)
    for verb in ("read", "put-away"):
        assert staff.post(f"/inbox/{notice.pk}/{verb}/").status_code == 404
    assert staff.get("/inbox/all/").status_code == 200
    assert "Plan of Geneva" not in text(staff, "/inbox/all/")


def test_who_may_see_all_sees_for_whom_each_is(reader: Any, cast: Cast) -> None:
    auditor, focal = reader("auditor"), reader("focal_point", unit="unog")
    raise_notice(TEST, DECIDE, **GENEVA, user=account(focal))
    raise_notice(
        TEST, DECIDE, source="p2", title="Other", address="/p/", permission="strategy.edit", unit=cast.units["unon"]
    )
    page = text(auditor, "/inbox/all/")
    assert "focal_point-unog" in page
    assert "all who may: change fallbacks" in page
    assert "What waits for whom" in text(auditor)
    assert 'href="/inbox/all/"' not in text(focal)


def test_the_digest_is_chosen_here(manager: Client) -> None:
    assert "no e-mail address" in text(manager)
    manager.post("/inbox/digest/", {"digest": "weekly"})
    assert DigestChoice.objects.get().digest == "weekly"
    manager.post("/inbox/digest/", {"digest": "hourly"})
    assert "Choose every day, every Monday or never." in text(manager)
    assert DigestChoice.objects.get().digest == "weekly"


def test_a_title_that_looks_like_html_is_text(manager: Client) -> None:
    raise_notice(TEST, DECIDE, **(GENEVA | {"title": "<script>alert(1)</script>"}), user=account(manager))
    for page in ("/inbox/", "/inbox/all/", "/"):
        assert "<script>alert(1)" not in text(manager, page)


def test_the_questions_of_the_inbox_do_not_grow(manager: Client, cast: Cast, query_count: Any) -> None:
    for number in range(3):
        raise_notice(
            TEST, DECIDE, source=f"p{number}", title="Plan", address="/p/", user=account(manager),
            unit=cast.units["unog"], site=cast.sites["geneva"],
        )  # fmt: skip
    for page in ("/inbox/", "/inbox/all/"):
        with query_count(f"page {page}"):
            manager.get(page)
    for number in range(3, 12):
        raise_notice(
            TEST, DECIDE, source=f"p{number}", title="Plan", address="/p/", user=account(manager),
            unit=cast.units["unon"], site=cast.sites["nairobi"],
        )  # fmt: skip
    assert Notice.objects.count() == 12
    for page in ("/inbox/", "/inbox/all/"):
        with query_count(f"page {page}"):
            manager.get(page)
