"""The first page says what waits for its reader; the bar and the search lead to what he may see, and no further."""

from __future__ import annotations

import pytest
from django.test import Client

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions import people
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.actions.places import create_unit
from holdfast.organization.structure.models import Node
from tests.cast import user
from tests.rows import TEST


def sign_in(page: Client, role: Role | None, **where: Unit) -> User:
    account = user(f"reader-{role}", role, **where)
    page.force_login(account)
    return account


def text_of(page: Client, address: str = "/") -> str:
    response = page.get(address)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


def test_a_visitor_of_the_example_is_led_to_the_tutorial_and_to_scenarios(page: Client) -> None:
    text = text_of(page)
    assert "Would it hold?" in text and 'href="/tutorial/"' in text
    assert 'href="/what-if/?scenario=hall-lost"' in text and 'href="/sign-in/"' in text
    assert "What waits for you" not in text


def test_the_programme_manager_sees_the_whole_model_and_what_he_can_mend(page: Client) -> None:
    sign_in(page, Role.PROGRAMME_MANAGER)
    text = text_of(page)
    assert "Where you stand" in text and "What waits for you" in text
    assert "critical functions" in text and "dependencies not confirmed" in text
    assert "<b>3</b> processes" in text and "2 without an MTPD" not in text
    assert "process without owner" in text and 'href="/organization/holes/?kind=' in text


def test_figures_are_of_what_the_reader_may_see(page: Client) -> None:
    archive = create_unit(TEST, key="archive", name="Archive", kind="unit")
    sign_in(page, Role.FOCAL_POINT, unit=archive)
    assert "<b>0</b> processes" in text_of(page)


def test_staff_are_asked_for_nothing_that_is_not_theirs(page: Client) -> None:
    sign_in(page, Role.STAFF, unit=Unit.objects.get(key="treasury"))
    text = text_of(page)
    assert "Nothing waits for you." in text
    assert "process without owner" not in text and "dependencies not confirmed" not in text
    assert "What has changed" not in text


def test_ones_own_contact_points_wait_to_be_verified(page: Client) -> None:
    account = sign_in(page, Role.STAFF, unit=Unit.objects.get(key="treasury"))
    person = people.create_person(TEST, key="clerk", name="Clerk", unit=Unit.objects.get(key="treasury"))
    people.link_account(TEST, person, version=person.version, user=account)
    people.add_contact(TEST, person, channel="email", address="clerk@example.org")
    text = text_of(page)
    assert "1 contact point to verify" in text and 'href="/organization/me/"' in text


def test_the_bar_leads_where_the_reader_may_go_and_marks_where_he_is(page: Client) -> None:
    bar = text_of(page, "/what-if/?scenario=hall-lost").split("</nav>")[0]
    assert '<a href="/what-if/" aria-current="page">' in bar and 'href="/organization/"' not in bar
    sign_in(page, Role.AUDITOR)
    text = text_of(page, "/what-if/map/")
    bar, room = text.split("</nav>")[:2]
    assert '<a href="/what-if/" aria-current="true">' in bar and 'href="/organization/"' in bar
    assert '<a href="/what-if/map/" aria-current="page">' in room and 'href="/what-if/model/"' in room
    bar = text_of(page, "/organization/units/").split("</nav>")[0]
    assert '<a href="/organization/" aria-current="true">' in bar


def test_search_finds_everything_by_its_words(page: Client) -> None:
    sign_in(page, Role.PROGRAMME_MANAGER)
    text = text_of(page, "/search/?q=hall")
    assert "Machine hall" in text and "Machine hall lost" in text
    assert 'href="/organization/resources/hall/"' in text and 'href="/organization/scenarios/hall-lost/"' in text
    assert "Printing" not in text
    assert "2 things have “hall” in their name" in text


def test_search_asks_for_words_and_says_when_nothing_is_found(page: Client) -> None:
    sign_in(page, Role.PROGRAMME_MANAGER)
    assert "Type words of a name" in text_of(page, "/search/")
    assert "Nothing that you may see has “nowhere”" in text_of(page, "/search/?q=nowhere")
    assert "&lt;b&gt;" in text_of(page, "/search/?q=%3Cb%3E")
    assert page.get("/search/?q=%00").status_code == 200


def test_search_finds_nothing_outside_of_the_readers_scope(page: Client) -> None:
    archive = create_unit(TEST, key="archive", name="Archive", kind="unit")
    sign_in(page, Role.FOCAL_POINT, unit=archive)
    assert "Ledger" not in text_of(page, "/search/?q=ledger")
    ledger = Node.objects.get(key="p-ledger")
    edit_node(TEST, ledger, version=ledger.version, unit=archive)
    assert "Ledger" in text_of(page, "/search/?q=ledger")


def test_nobody_searches_without_signing_in(page: Client) -> None:
    assert page.get("/search/?q=hall").headers["Location"].startswith("/sign-in/")


def test_the_tutorial_leads_through_the_saved_scenario(page: Client) -> None:
    text = text_of(page, "/tutorial/")
    links = [part.split('"')[0].replace("&amp;", "&") for part in text.split('href="/what-if/')[1:]]
    steps = [f"/what-if/{link}" for link in links if link and not link.startswith(("map", "dependencies", "model"))]
    assert len(steps) == 5
    for step in steps:
        assert page.get(step.split("#")[0]).status_code == 200, step
    assert "Machine hall lost" in text


@pytest.mark.parametrize("word", ["MTPD", "RTO", "MBCO", "fallback", "deadlock"])
def test_the_words_of_the_field_are_explained_once(page: Client, word: str) -> None:
    text = text_of(page, "/help/")
    assert text.count(f'id="{word.lower()}"') == 1 and "<kbd>/</kbd>" in text
