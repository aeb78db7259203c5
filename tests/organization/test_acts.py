"""Every business act: allowed or not, whole or not at all, and on record."""

from __future__ import annotations

from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from holdfast.organization.accounts import acts
from holdfast.organization.accounts.acts import ACTS, act, note, request_id
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import Event, EventsAreKept, kind_of
from holdfast.organization.accounts.roles import PERMISSIONS, Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.groups import create_seat, create_task, hold_seat
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.actions.people import add_contact, create_person, hold_post
from holdfast.organization.structure.actions.places import close_unit, create_unit, edit_unit
from holdfast.organization.structure.actions.requirements import (
    Draw,
    create_requirement,
    edit_requirement,
    remove_requirement,
)
from holdfast.organization.structure.models import Requirement, Supply
from tests.cast import TEST, Cast, hours, user


def last() -> Event:
    return Event.objects.latest("pk")


def test_an_act_leaves_who_what_and_on_what(cast: Cast) -> None:
    head = user("manager", Role.PROGRAMME_MANAGER)
    edit_node(head, cast.nodes["building"], version=1, rto=hours(8), name="Building systems")
    event = last()
    assert (event.act, event.user, event.system) == ("node.edit", head, "")
    assert (event.kind, event.key, event.title) == ("node", "building", "Building systems")
    assert (event.unit, event.site) == (cast.units["fcsd"], cast.sites["new-york"])
    assert event.before == {
        "name": "Running of the building systems",
        "rto": {"value": 4, "unit": "h", "basis": "assumed", "source": "assumed for the test"},
    }
    assert event.after is not None
    assert event.after["rto"]["value"] == 8


def test_a_new_row_is_recorded_whole_with_its_relations_by_key(cast: Cast) -> None:
    create_unit(TEST, key="new", name="New", kind="office", parent=cast.units["dm"])
    assert last().before is None
    assert last().after is not None
    assert (last().after["key"], last().after["parent"], last().system) == ("new", "dm", "test")  # type: ignore[index]


def test_a_removed_row_stays_readable_in_the_record(cast: Cast) -> None:
    remove_requirement(TEST, cast.requirements["building.offices"], version=1)
    assert last().key == "building.offices"
    assert last().before is not None
    assert (last().before["needs"], last().after) == (5, {"supply": [{"provider": "ny-offices", "weight": 5}]})  # type: ignore[index]
    past = list(Supply.history.filter(history_type="-"))
    assert [(row.weight, row.history_type) for row in past] == [(5, "-")]


def test_an_act_that_fails_leaves_nothing(cast: Cast) -> None:
    before = Event.objects.count()
    requirement = cast.requirements["building.people"]
    with pytest.raises(ValidationError):
        edit_requirement(TEST, requirement, version=1, name="Staff", supply=[Draw(cast.nodes["fcsd-staff"], 1)])
    found = Requirement.objects.get(pk=requirement.pk)
    assert (found.name, found.version, Event.objects.count()) == ("people", 1, before)


def test_an_act_within_an_act_has_its_own_record_and_both_fall_together(places: Cast) -> None:
    name = "test.reorganise"

    @act(name, "structure.edit", label="reorganise", on="unit")
    def reorganise(by: acts.Actor, unit: Unit, *, version: int, fail: bool) -> Unit:
        edit_unit(by, places.units["bcmu"], version=1, name="BCMU")
        note(reason="merger")
        if fail:
            raise ValidationError("no")
        return unit

    try:
        before = Event.objects.count()
        with pytest.raises(ValidationError):
            reorganise(TEST, places.units["dm"], version=1, fail=True)
        assert (Event.objects.count(), Unit.objects.get(key="bcmu").version) == (before, 1)
        reorganise(TEST, places.units["dm"], version=1, fail=False)
        assert [e.act for e in Event.objects.order_by("-pk")[:2]] == [name, "unit.edit"]
        assert last().after == {"reason": "merger"}
    finally:
        del ACTS[name]


def test_an_inner_act_that_failed_and_was_caught_leaves_nothing_of_itself(places: Cast) -> None:
    name = "test.try"

    @act(name, "structure.edit", label="try", on="unit")
    def attempt(by: acts.Actor, unit: Unit, *, version: int) -> Unit:
        with pytest.raises(ValidationError):
            close_unit(by, places.units["ocss"], version=1, on=date(2010, 1, 1))
        return unit

    try:
        attempt(TEST, places.units["dm"], version=1)
        assert last().act == name
        assert not Event.objects.filter(act="unit.close").exists()
    finally:
        del ACTS[name]


def test_two_people_who_edit_one_row_do_not_overwrite_each_other(cast: Cast) -> None:
    first, second = user("first", Role.PROGRAMME_MANAGER), user("second", Role.PROGRAMME_MANAGER)
    seen_by_both = cast.nodes["building"]
    edit_node(first, seen_by_both, version=1, rto=hours(8), note="agreed")
    with pytest.raises(Conflict) as conflict:
        edit_node(second, seen_by_both, version=1, name="Mine")
    assert conflict.value.message == (
        "“Running of the building systems” was changed by first in the meantime: note, RTO."
    )
    differences = {d.field: (d.seen, d.now) for d in conflict.value.differences}
    assert differences["note"] == ("", "agreed")
    assert (differences["rto"][0].value, differences["rto"][1].value) == (4, 8)
    edit_node(second, seen_by_both, version=2, name="Ours")


def test_who_edits_what_has_been_removed_is_told_so(cast: Cast) -> None:
    requirement = cast.requirements["building.offices"]
    remove_requirement(TEST, requirement, version=1)
    with pytest.raises(Conflict, match="has been removed"):
        edit_requirement(TEST, requirement, version=1, name="X")


def test_the_record_is_neither_changed_nor_deleted(places: Cast) -> None:
    event = last()
    for attempt in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(act="x")):
        with pytest.raises(EventsAreKept):
            attempt()


def test_the_record_is_read_on_by_a_cursor(places: Cast) -> None:
    cursor = last().pk
    create_unit(TEST, key="a", name="A", kind="office")
    create_unit(TEST, key="b", name="B", kind="office")
    assert [event.key for event in Event.objects.after(cursor)] == ["a", "b"]
    assert [event.key for event in Event.objects.after(cursor, most=1)] == ["a"]


def test_the_record_of_other_units_is_not_seen(cast: Cast) -> None:
    head = user("head", Role.UNIT_HEAD, unit=cast.units["unog"])
    edit_node(TEST, cast.nodes["building"], version=1, name="X")
    edit_node(TEST, cast.nodes["geneva-meetings"], version=1, name="Y")
    edits = visible(Event.objects.filter(act="node.edit"), head)
    assert [event.key for event in edits] == ["geneva-meetings"]
    assert not visible(Event.objects.all(), user("staff", Role.STAFF)).exists()


def test_the_request_is_on_the_record(places: Cast) -> None:
    token = request_id.set("request-1")
    try:
        create_unit(TEST, key="a", name="A", kind="office")
    finally:
        request_id.reset(token)
    assert last().request == "request-1"


def test_every_answer_names_its_request(client: Client, db: None) -> None:
    taken = client.get(reverse("health"), headers={"X-Request-ID": "abcdefgh-12"})["X-Request-ID"]
    made = client.get(reverse("health"), headers={"X-Request-ID": "<script>alert(1)</script>"})["X-Request-ID"]
    assert taken == "abcdefgh-12"
    assert made.isalnum()


def test_every_act_is_listed_with_a_permission_and_a_label() -> None:
    assert len(ACTS) > 40
    assert all(a.permission in PERMISSIONS and str(a.label) for a in ACTS.values())


def test_a_thing_is_not_moved_out_of_or_into_a_scope_that_is_not_ones_own(cast: Cast) -> None:
    focal = user("focal", Role.FOCAL_POINT, unit=cast.units["unog"])
    with pytest.raises(NotAllowed):
        edit_node(focal, cast.nodes["geneva-meetings"], version=1, unit=cast.units["fcsd"], site=cast.sites["new-york"])
    with pytest.raises(NotAllowed):
        edit_node(focal, cast.nodes["building"], version=1, unit=cast.units["unog"])
    edit_node(focal, cast.nodes["geneva-meetings"], version=1, name="Conference services")


def test_nothing_is_hung_under_what_is_not_ones_own(cast: Cast) -> None:
    focal = user("focal", Role.FOCAL_POINT, unit=cast.units["unog"])
    geneva = cast.units["unog"]
    with pytest.raises(NotAllowed):
        create_seat(focal, key="x", group=cast.groups["sept"], number=13, title="Geneva", unit=geneva)
    with pytest.raises(NotAllowed):
        create_task(focal, key="x", group=cast.groups["cog"], text="Follow Geneva", unit=geneva)
    with pytest.raises(NotAllowed):
        create_requirement(focal, key="x", node=cast.nodes["building"], needs=1, supply=[])
    person = create_person(focal, key="p", name="P", unit=geneva)
    with pytest.raises(NotAllowed):
        hold_post(focal, person, cast.posts["cdc"])
    # Refused before it is looked at: what is wrong with another's row is not told either.
    with pytest.raises(NotAllowed):
        hold_seat(focal, cast.seats["cog-1"], post=cast.posts["cdc"])


def test_a_private_address_is_not_in_the_record(cast: Cast) -> None:
    own = user("own")
    person = create_person(TEST, key="p", name="P")
    person.user = own
    add_contact(TEST, person, channel="mobile", address="+41 22 000 00 00", private=True)
    assert last().after is not None
    assert "000 00" not in str(last().after) + last().title + last().key


def test_the_record_calls_no_two_kinds_of_rows_by_one_name() -> None:
    """What was done to a row is found by its kind and its key."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("holdfast.")]
    named: dict[str, list[str]] = {}
    for model in ours:
        named.setdefault(kind_of(model), []).append(model._meta.label)
    # A process, a resource and a function are rows of one table.
    twice = {name: labels for name, labels in named.items() if len({label.split(".")[0] for label in labels}) > 1}
    assert named
    assert twice == {}
