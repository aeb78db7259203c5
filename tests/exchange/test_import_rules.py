"""The importer asks in bulk what the acts ask of one row, and gives the same answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from holdfast.exchange.importing import preview
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions import groups, people, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.organization.structure.models import Person, Post
from tests.cast import TEST, Cast

DAYS = [None, date(2008, 1, 1), date(2008, 6, 1), date(2009, 1, 1)]
SPANS = [(start, end) for start, end in product(DAYS, DAYS) if start is None or end is None or start < end]


def act_takes(act: Callable[[], Any]) -> bool:
    before = transaction.savepoint()
    try:
        act()
    except ValidationError:
        return False
    finally:
        transaction.savepoint_rollback(before)
    return True


def import_takes(**records: Any) -> bool:
    return preview(TEST, records).can_be_applied


def dates(span: tuple[date | None, date | None]) -> dict[str, Any]:
    return {"valid_from": span[0] and span[0].isoformat(), "valid_until": span[1] and span[1].isoformat()}


@pytest.mark.parametrize("there", SPANS)
def test_a_post_is_taken_in_the_importer_when_it_is_in_the_act(cast: Cast, there: tuple[Any, Any]) -> None:
    one, other = (people.create_person(TEST, key=key, name=key) for key in ("one", "other"))
    post = Post.objects.by_key("cdc")
    people.hold_post(TEST, one, post, valid_from=there[0], valid_until=there[1])
    answers = set()
    for span in SPANS:
        taken = act_takes(
            lambda span=span: people.hold_post(TEST, other, post, valid_from=span[0], valid_until=span[1])
        )
        assert import_takes(holdings=[{"person": "other", "post": "cdc", **dates(span)}]) == taken, (there, span)
        answers.add(taken)
    assert False in answers


@pytest.mark.parametrize("role", ["focal", "alternate"])
@pytest.mark.parametrize("who", ["one", "other"])
def test_a_focal_point_is_refused_in_the_importer_when_it_is_in_the_act(cast: Cast, role: str, who: str) -> None:
    persons = {key: people.create_person(TEST, key=key, name=key) for key in ("one", "other")}
    unit = Unit.objects.by_key("unog")
    groups.name_focal_point(TEST, unit, person=persons["one"], valid_from=DAYS[1], valid_until=DAYS[3])
    for span in SPANS:
        more = {"valid_from": span[0], "valid_until": span[1]}
        taken = act_takes(lambda more=more: groups.name_focal_point(TEST, unit, person=persons[who], role=role, **more))
        if who == "one" and role == "focal" and span[0] == DAYS[1]:
            continue  # In a file this is the row itself, with another end.
        record = {"unit": "unog", "person": who, "role": role, **dates(span)}
        assert import_takes(focal_points=[record]) == taken, (role, who, span)


def test_the_same_duty_is_not_given_twice_at_once(cast: Cast) -> None:
    person = people.create_person(TEST, key="one", name="one")
    site = cast.sites["geneva"]
    people.begin_duty(TEST, person, "warden", site=site, valid_from=DAYS[1], valid_until=DAYS[3])
    for span, floor in product(SPANS, ["", "3"]):
        if span[0] == DAYS[1] and not floor:
            continue
        more = {"valid_from": span[0], "valid_until": span[1], "floor": floor}
        taken = act_takes(lambda more=more: people.begin_duty(TEST, person, "warden", site=site, **more))
        record = {"person": "one", "kind": "warden", "site": "geneva", "floor": floor, **dates(span)}
        assert import_takes(duties=[record]) == taken, (span, floor)


@pytest.mark.parametrize("weights", [(1.0,), (0.999,), (0.5, 0.5), (0.333, 0.333, 0.333), (0.1, 0.9), (3, 1)])
@pytest.mark.parametrize("needs", [1.0, 0.999, 0.9999])
def test_supplies_that_meet_the_needs_do_so_in_both(cast: Cast, weights: tuple[float, ...], needs: float) -> None:
    node, providers = cast.nodes["building"], ["ny-power", "fcsd-staff", "geneva-offices"]
    taken = act_takes(
        lambda: requirements.create_requirement(
            TEST,
            key="need",
            node=node,
            needs=needs,
            supply=[Draw(cast.nodes[key], weight) for key, weight in zip(providers, weights, strict=False)],
        )
    )
    supply = [
        {"requirement": "need", "provider": key, "weight": weight}
        for key, weight in zip(providers, weights, strict=False)
    ]
    need = {"key": "need", "node": "building", "needs": needs}
    assert import_takes(requirements=[need], supply=supply) == taken


def test_a_group_cannot_be_a_part_of_its_own_part(cast: Cast) -> None:
    found = preview(TEST, {"groups": [{"key": "cog", "parent": "sept"}, {"key": "sept", "parent": "cog"}]})
    assert [problem.place for problem in found.problems] == ["groups[0].parent", "groups[1].parent"]


def test_a_task_is_carried_by_a_seat_of_its_own_group(cast: Cast) -> None:
    found = preview(TEST, {"tasks": [{"key": "cog-e-1", "seat": "sept-1"}]})
    assert [(problem.place, problem.message) for problem in found.problems] == [
        ("tasks[0].seat", "This seat is another group's.")
    ]


def test_what_is_missing_in_a_new_row_is_named(cast: Cast) -> None:
    found = preview(TEST, {"seats": [{"key": "cog-9", "group": "cog"}], "persons": [{"name": "Nobody"}]})
    places = {problem.place for problem in found.problems}
    assert places == {"persons[0].key", "seats[0].number", "seats[0].title"}
    assert not Person.objects.exists()
