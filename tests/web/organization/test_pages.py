"""Every page of the organisation opens, and asks the database no more questions however many rows there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.analysis.strategy.actions import create_fallback
from holdfast.organization.accounts.models import User
from holdfast.organization.evidence.fact import assumed, stated
from holdfast.organization.structure.actions import groups, nodes, people, relations, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.registry import NOUNS
from tests.cast import TEST, Cast

PLAIN = ["organization", "holes", "import", "users", "user-new"]
BY_NAME = {noun.name: noun for noun in NOUNS}


@pytest.fixture
def full(cast: Cast) -> Cast:
    """The cast with one row of every table that a page shows."""
    new_york, unit = cast.sites["new-york"], cast.units["fcsd"]
    person = people.create_person(TEST, key="chief", name="Chief of section", unit=unit, site=new_york)
    cast.people["chief"] = person
    people.add_contact(TEST, person, channel="email", address="chief@example.org")
    people.hold_post(TEST, person, cast.posts["chief-fcsd"])
    groups.hold_seat(TEST, cast.seats["cog-6"], person=person)
    nodes.edit_node(TEST, cast.nodes["building"], version=1, owner_person=person)
    people.begin_duty(TEST, person, "warden", site=new_york, floor="38")
    groups.name_focal_point(TEST, unit, post=cast.posts["chief-fcsd"])
    groups.join_task(TEST, cast.groups["cog"].tasks.get(key="cog-e-1"), cast.units["dpa"])
    relations.relate(TEST, unit, "works_with", cast.groups["cog"])
    relations.name_alternate(TEST, new_york, cast.sites["geneva"], unit=unit)
    relations.use_venue(TEST, cast.sites["conference-room-a"], group=cast.groups["cog"])
    pool = nodes.create_pool(TEST, key="seats", name="Seats, Geneva", capacity=assumed(8, "seats"), unit=unit)
    create_fallback(
        TEST,
        key="move",
        requirement=cast.requirements["building.offices"],
        provider=cast.nodes["geneva-offices"],
        kind="alternate_site",
        weight=assumed(5, "seats"),
        activation=assumed(24, "h"),
        pool=pool,
        state="in_place",
    )
    save_scenario(TEST, key="power", name="No power", unit=unit, hits=[Strike(cast.nodes["ny-power"])])
    return cast


def test_every_page_opens(administrator: Client, full: Cast) -> None:
    addresses = [reverse(name) for name in PLAIN]
    addresses += [address(user) for user in User.objects.all()]
    opened: set[str] = set()
    for noun in NOUNS:
        addresses += [reverse(noun.slug), reverse(f"{noun.name}-export")]
        addresses += [f"{reverse(noun.slug)}?sort=-{column.key}" for column in noun.listing.columns if column.sort]
        addresses += [reverse(f"{noun.name}-new")] if noun.creates else []
        row = noun.rows().first()
        assert row is not None, noun.slug
        addresses += [address(row), address(row, "edit"), address(row, "history")]
        for step in noun.steps:
            part = None if step.on is None else step.on._default_manager.first()
            assert step.on is None or part is not None, step.slug
            addresses.append(address(row, step.slug, part))
    for each in addresses:
        response = administrator.get(each)
        assert response.status_code == 200, each
        opened.add(each)
    assert len(opened) > 150


@pytest.mark.parametrize("name", PLAIN[:2])
def test_the_questions_of_the_tree_and_the_holes_are_counted(
    manager: Client, full: Cast, query_count: Any, name: str
) -> None:
    manager.get(reverse(name))
    with query_count(f"page {name}"):
        manager.get(reverse(name))


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.slug)
def test_the_questions_of_lists_pages_and_histories_are_counted(
    manager: Client, full: Cast, query_count: Any, noun: Any
) -> None:
    row = noun.rows().order_by("key").first()
    for kind, asked in (("list", reverse(noun.slug)), ("page", address(row)), ("history", address(row, "history"))):
        manager.get(asked)
        with query_count(f"page {noun.slug} {kind}"):
            manager.get(asked)


def test_ten_times_the_rows_ask_no_question_more(manager: Client, full: Cast) -> None:
    pages = [reverse("organization"), reverse("holes"), address(full.groups["cog"]), address(full.nodes["building"])]
    pages += [reverse(noun.slug) for noun in NOUNS]

    def counts() -> dict[str, int]:
        found = {}
        for page in pages:
            manager.get(page)
            with CaptureQueriesContext(connection) as asked:
                manager.get(page)
            found[page] = len(asked)
        return found

    before = counts()
    for number in range(10):
        unit = full.units["unog"]
        post = people.create_post(TEST, key=f"p{number}", title=f"Officer {number}", unit=unit, critical=True)
        person = people.create_person(TEST, key=f"x{number}", name=f"Officer {number}", unit=unit)
        people.add_contact(TEST, person, channel="email", address=f"o{number}@example.org")
        people.hold_post(TEST, person, post)
        seat = groups.create_seat(
            TEST, key=f"cog-{20 + number}", group=full.groups["cog"], number=20 + number, title=f"Seat {number}"
        )
        groups.hold_seat(TEST, seat, person=person)
        groups.create_task(TEST, key=f"t{number}", group=full.groups["cog"], letter="z", text="Do it", unit=unit)
        node = nodes.create_node(
            TEST, key=f"n{number}", kind="process", name=f"Process {number}", unit=unit, owner_person=person,
            rto=stated(4, "h", "A/63/359"),
        )  # fmt: skip
        requirement = requirements.create_requirement(
            TEST, key=f"r{number}", node=node, needs=1.0, supply=[Draw(full.nodes["building"], 1.0)]
        )
        create_fallback(
            TEST, key=f"f{number}", requirement=requirement, provider=full.nodes["geneva-offices"], kind="telework",
            weight=assumed(1, "people"),
        )  # fmt: skip
        requirements.create_requirement(
            TEST, key=f"s{number}", node=full.nodes["building"], needs=1.0, supply=[Draw(full.nodes["ny-power"], 1.0)]
        )
    assert counts() == before
