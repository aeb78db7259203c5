"""Forms: what is wrong is said beside the field, what was typed is kept, and two people do not overwrite each other."""

from __future__ import annotations

from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client

from holdfast.organization.accounts.models import Event, User
from holdfast.organization.evidence.fact import Basis
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions import groups, nodes, people, places
from holdfast.organization.structure.models import Group, Holding, Node, Pool, Relation, Requirement, Seat, SeatHolding
from tests.cast import TEST, Cast


def filled(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the form at this address, with some of its fields changed."""
    form = client.get(address).context["form"]
    sent: dict[str, Any] = {} if form.version is None else {"version": form.version}
    for name, field in form.fields.items():
        value = form[name].value()
        if hasattr(field.widget, "decompress"):
            parts = value if isinstance(value, list) else field.widget.decompress(value)
            for part, each in zip(field.widget.widgets_names, parts, strict=True):
                sent[name + part] = "" if each is None else str(each)
            if field.unit:
                sent[f"{name}_unit"] = field.unit
        elif value is True:
            sent[name] = "on"
        elif value is not False and value is not None:
            sent[name] = str(field.prepare_value(value))
    return sent | changes


def send(client: Client, address: str, **changes: Any) -> Any:
    return client.post(address, filled(client, address, **changes))


def said(response: Any) -> str:
    """What is wrong, in words."""
    return " ".join(f"{label}: {message}" for _id, label, message in response.context["form"].wrong)


# Made and changed


def test_a_unit_is_made_with_a_key_from_its_name(manager: Client) -> None:
    address = "/organization/units/new/?parent=dm"
    response = send(manager, address, name="Archives Section", kind="unit")
    assert response.headers["Location"] == "/organization/units/archives-section/"
    made = Unit.objects.get(key="archives-section")
    assert made.path == "un/secretariat/dm/archives-section/"
    again = send(manager, address, name="Archives Section", kind="unit")
    assert again.headers["Location"] == "/organization/units/archives-section-2/"


def test_a_name_without_latin_letters_gets_a_key_too(manager: Client) -> None:
    assert send(manager, "/organization/sites/new/", name="纽约", kind="duty_station").status_code == 302
    assert Site.objects.get(name="纽约").key.startswith("site")


def test_only_what_was_changed_is_changed_and_recorded(manager: Client, cast: Cast) -> None:
    response = send(manager, "/organization/processes/building/edit/", description="Power, lifts, water")
    assert response.headers["Location"] == "/organization/processes/building/"
    assert Event.objects.latest("pk").after == {"description": "Power, lifts, water"}
    version = Node.objects.get(key="building").version
    send(manager, "/organization/processes/building/edit/")
    assert Node.objects.get(key="building").version == version


def test_every_form_sent_back_as_it_came_changes_nothing(manager: Client, cast: Cast) -> None:
    nodes.edit_node(
        TEST,
        cast.nodes["building"],
        version=1,
        impact={"financial": [[0, 0], [24, 10.5]]},
        fields={"floor space": 1200, "leased": True, "code": "007", "said": "true"},
        tags=["a", "b"],
        paragraphs=["24", "56(e)"],
        rto=cast.nodes["building"].rto.__class__(4, "h", Basis.MEASURED, "Exercise", date(2008, 9, 1), low=2, high=9.5),
    )
    before = Event.objects.count()
    pages = ["units/dm", "sites/geneva", "groups/sept", "posts/cdc", "processes/building", "resources/ny-power"]
    for page in [*pages, "functions/assets"]:
        response = send(manager, f"/organization/{page}/edit/")
        assert response.status_code == 302, f"{page}: {said(response)}"
    assert Event.objects.count() == before


def test_a_figure_is_kept_with_its_evidence(manager: Client) -> None:
    send(
        manager,
        "/organization/processes/building/edit/",
        rto_value="2,5",
        rto_basis="measured",
        rto_source="Exercise of March",
        rto_as_of="2008-03-14",
        rto_valid_until="2009-03-14",
    )
    fact = Node.objects.get(key="building").rto
    assert (fact.value, fact.unit, fact.basis, fact.source) == (2.5, "h", "measured", "Exercise of March")
    assert (fact.as_of, fact.valid_until) == (date(2008, 3, 14), date(2009, 3, 14))


def test_a_related_row_is_found_by_its_name_where_the_list_would_be_too_long(
    manager: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.web.pages.organization.fields.MOST_OPTIONS", 3)
    address = "/organization/processes/building/edit/"
    assert send(manager, address, unit="Safety and Security").status_code == 302
    assert Node.objects.get(key="building").unit.key == "dss"
    several = send(manager, address, unit="Department")
    assert "Several match; give the key" in said(several)
    assert "(dm)" in said(several)
    assert "Nothing here is called “Moon”" in said(send(manager, address, unit="Moon"))


def test_a_seat_is_filled_and_left(manager: Client, cast: Cast) -> None:
    seat = cast.seats["cog-6"]
    address = f"/organization/seat/{seat.pk}/fill-seat/"
    assert send(manager, address, post="cdc").headers["Location"] == "/organization/groups/cog/#seats"
    holding = SeatHolding.objects.get(seat=seat)
    send(manager, f"/organization/seatholding/{holding.pk}/leave-seat/", on="2030-01-01")
    assert SeatHolding.objects.get(pk=holding.pk).valid_until == date(2030, 1, 1)


def test_a_requirement_is_written_a_line_a_provider(manager: Client, cast: Cast) -> None:
    address = "/organization/processes/geneva-meetings/add-requirement/"
    assert send(manager, address, name="Power", needs="2", supply="ny-power 1\nny-offices 1,5").status_code == 302
    made = Requirement.objects.get(node__key="geneva-meetings", name="Power")
    assert {s.provider.key: s.weight for s in made.supply.all()} == {"ny-power": 1.0, "ny-offices": 1.5}
    short = send(manager, address, name="More", needs="5", supply="ny-power 1")
    assert "Wanted weights that add up to 5 or more, got 1." in said(short)
    assert "Nothing here has the key moon" in said(send(manager, address, needs="1", supply="moon 1"))
    assert "Wanted “key weight” on each line" in said(send(manager, address, needs="1", supply="ny-power"))


def test_a_relation_is_made_changed_and_removed(manager: Client, cast: Cast) -> None:
    send(manager, "/organization/units/bcmu/relate/", kind="works_with", to_group="cog", paragraphs="58, Annex III")
    relation = Relation.objects.get()
    assert relation.paragraphs == ["58", "Annex III"]
    send(manager, f"/organization/relation/{relation.pk}/change-relation/", note="As the chart has it")
    assert Relation.objects.get().note == "As the chart has it"
    back = send(manager, f"/organization/relation/{relation.pk}/remove-relation/")
    assert back.headers["Location"] == "/organization/units/bcmu/#relations"
    assert not Relation.objects.exists()
    both = send(manager, "/organization/units/bcmu/relate/", kind="works_with", to_group="cog", to_unit="dm")
    assert "one of the two" in said(both)


def test_what_is_closed_stays_on_record(manager: Client) -> None:
    assert send(manager, "/organization/resources/ny-offices/close/", on="2009-01-01").status_code == 302
    assert Node.objects.get(key="ny-offices").valid_until == date(2009, 1, 1)
    refused = send(manager, "/organization/units/dm/close/", on="2009-01-01")
    assert refused.status_code == 422
    assert "Units under it go on" in said(refused)


# What cannot be


def test_a_unit_under_its_own_child_is_refused_and_the_form_is_kept(manager: Client) -> None:
    response = send(manager, "/organization/units/dm/edit/", parent="bcmu", role="Keeps the buildings")
    assert response.status_code == 422
    assert "Under: Department of Management cannot stand under itself or under its own child." in said(response)
    assert "Keeps the buildings" in response.content.decode()
    assert Unit.objects.get(key="dm").parent.key == "secretariat"


def test_a_process_requiring_itself_without_tolerance_is_refused(manager: Client) -> None:
    address = "/organization/processes/building/add-requirement/"
    response = send(manager, address, name="Itself", needs="1", supply="building 1")
    assert response.status_code == 422
    assert "would need itself without a tolerance, and could never start" in said(response)
    assert "building 1" in response.content.decode()
    assert not Requirement.objects.filter(name="Itself").exists()
    kept = send(manager, address, name="Itself", needs="1", supply="building 1", tolerance_value="8",
                tolerance_basis="assumed", tolerance_source="Overnight")  # fmt: skip
    assert kept.status_code == 302


def test_a_capacity_below_zero_is_refused(manager: Client) -> None:
    given = {
        "capacity_value": "-5",
        "capacity_unit": "seats",
        "capacity_basis": "assumed",
        "capacity_source": "a guess",
    }
    response = send(manager, "/organization/pools/new/", name="Seats", **given)
    assert response.status_code == 422
    assert "Capacity: Wanted 0 or more, got -5." in said(response)
    assert 'value="a guess"' in response.content.decode()
    assert not Pool.objects.exists()


def test_a_seat_held_twice_at_once_is_refused(manager: Client, cast: Cast) -> None:
    response = send(manager, f"/organization/seat/{cast.seats['cog-1'].pk}/fill-seat/", post="cdc")
    assert response.status_code == 422
    assert "Under-Secretary-General for Safety and Security has the seat" in said(response)
    assert SeatHolding.objects.filter(seat=cast.seats["cog-1"]).count() == 1


def test_overlapping_validity_is_refused(manager: Client, cast: Cast) -> None:
    for key in ("one", "two"):
        people.create_person(TEST, key=key, name=key, unit=cast.units["dm"])
    address = "/organization/posts/cdc/give/"
    assert send(manager, address, person="one", valid_from="2008-01-01", valid_until="2009-01-01").status_code == 302
    response = send(manager, address, person="two", valid_from="2008-12-31")
    assert response.status_code == 422
    assert "Valid from: one has the post from 2008-01-01 until 2009-01-01." in said(response)
    assert Holding.objects.count() == 1
    backwards = send(manager, address, person="two", valid_from="2010-01-01", valid_until="2009-01-01")
    assert "The end has to be later than the start." in said(backwards)


def test_a_row_of_another_scope_is_neither_changed_nor_taken_over(reader: Any, cast: Cast) -> None:
    focal = reader("focal_point", unit="unog")
    assert focal.post("/organization/units/dm/edit/", {"name": "Mine", "version": 1}).status_code == 403
    assert focal.post("/organization/processes/building/edit/", {"name": "Mine", "version": 1}).status_code == 404
    taken = send(focal, "/organization/processes/geneva-meetings/edit/", unit="dm", site="")
    assert taken.status_code == 403
    assert Node.objects.get(key="geneva-meetings").unit.key == "unog"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"rto_value": "soon"}, "RTO: Value: “soon” is no number."),
        ({"rto_value": "-1"}, "RTO: Wanted 0 or more, got -1."),
        ({"rto_basis": ""}, "RTO: Say how the figure is known"),
        ({"mtpd_source": ""}, "MTPD: A stated figure needs its source."),
        ({"rto_as_of": "yesterday"}, "RTO: As of: This is no date"),
        ({"rto_low": "1"}, "RTO: An uncertain figure has a low and a high"),
        ({"minimum_level_value": "1.5"}, "Minimum level (MBCO): Wanted at most 1, got 1.5."),
        ({"name": ""}, "Name: This field is required."),
        ({"impact": "financial: 0 0, 24"}, "Impact over time: “financial”: wanted hours and a value"),
        ({"impact": "financial: 5 0"}, "the first point is at 0 hours"),
        ({"fields": "floor space"}, "Own fields: Wanted “name: value” on each line"),
        ({"state": "exploded"}, "State: Select a valid choice."),
        ({"version": "x"}, "load the page again"),
    ],
)
def test_each_thing_that_cannot_be_is_said_beside_its_field(
    manager: Client, changes: dict[str, str], wanted: str
) -> None:
    response = send(manager, "/organization/processes/building/edit/", description="Kept", **changes)
    assert response.status_code == 422
    assert wanted in said(response)
    assert "Kept" in response.content.decode()
    assert Node.objects.get(key="building").description == ""


def test_a_key_that_was_ever_given_is_not_given_again(manager: Client) -> None:
    response = send(manager, "/organization/units/new/", name="Another", kind="unit", key="dm")
    assert "Key: The key dm is or was another's." in said(response)
    wrong = send(manager, "/organization/units/new/", name="Another", kind="unit", key="with space")
    assert "A key starts with a letter or digit" in said(wrong)


# Two people at once


def test_what_only_the_other_changed_is_taken_over_and_what_both_changed_stands_side_by_side(
    manager: Client, cast: Cast
) -> None:
    address = "/organization/units/dm/edit/"
    mine = filled(manager, address, role="My words", budget_section="29A")
    other = User.objects.get(username="programme_manager-all")
    places.edit_unit(other, cast.units["dm"], version=1, role="Their words", name="Department of Management Strategy")

    response = manager.post(address, mine)
    assert response.status_code == 409
    text = unescape(response.content.decode())
    assert "was changed by programme_manager-all in the meantime" in text
    form = response.context["form"]
    assert form["role"].value() == "My words"
    assert form.theirs == {"role": "Their words"}
    assert form["name"].value() == "Department of Management Strategy"
    assert form["budget_section"].value() == "29A"
    assert Unit.objects.get(key="dm").role == "Their words"

    again = dict(form.data.items()) | {"version": form.version}
    assert manager.post(address, again).status_code == 302
    row = Unit.objects.get(key="dm")
    assert (row.name, row.role, row.budget_section) == ("Department of Management Strategy", "My words", "29A")


def test_a_conflict_over_figures_and_related_rows_is_told_by_their_names(manager: Client, cast: Cast) -> None:
    address = "/organization/processes/building/edit/"
    mine = filled(manager, address, rto_value="2")
    nodes.edit_node(TEST, cast.nodes["building"], version=1, unit=cast.units["dss"], mtpd=cast.nodes["building"].rto)
    response = manager.post(address, mine)
    assert response.status_code == 409
    lines = {line["label"]: line for line in response.context["conflict"]["lines"]}
    assert "Department of Safety and Security" in lines["Unit"]["now"]
    assert "Facilities and Commercial Services Division" in lines["Unit"]["seen"]
    assert manager.post(address, dict(response.context["form"].data.items()) | {"version": 2}).status_code == 302
    row = Node.objects.get(key="building")
    assert (row.unit.key, row.rto.value, row.mtpd.value) == ("dss", 2.0, 4.0)


def test_a_tick_that_the_other_took_away_is_taken_over(manager: Client, cast: Cast) -> None:
    address = "/organization/units/dm/edit/"
    mine = filled(manager, address, role="Mine")
    assert mine["in_scope"] == "on"
    places.edit_unit(TEST, cast.units["dm"], version=1, in_scope=False)
    form = manager.post(address, mine).context["form"]
    assert form["in_scope"].value() is False


def test_a_row_that_the_other_removed_is_said_to_be_gone(manager: Client, cast: Cast) -> None:
    requirement = cast.requirements["building.people"]
    address = f"/organization/requirement/{requirement.pk}/change-requirement/"
    mine = filled(manager, address)
    from holdfast.organization.structure.actions.requirements import remove_requirement

    remove_requirement(TEST, requirement, version=1)
    assert manager.post(address, mine).status_code == 404


def test_ending_something_that_the_other_has_changed_asks_again(manager: Client, cast: Cast) -> None:
    address = "/organization/units/bcmu/close/"
    mine = filled(manager, address)
    places.edit_unit(TEST, cast.units["bcmu"], version=1, role="Busy")
    response = manager.post(address, mine)
    assert response.status_code == 409
    assert Unit.objects.get(key="bcmu").valid_until is None


def test_a_group_is_made_with_its_terms_and_a_seat_with_the_next_number(manager: Client) -> None:
    terms = "a | advise | 30, Annex I\nmeet every month"
    send(manager, "/organization/groups/new/", name="Crisis cell", kind="working", terms=terms, meets_every="P1M")
    group = Group.objects.get(name="Crisis cell")
    assert group.terms == [
        {"letter": "a", "text": "advise", "paragraphs": ["30", "Annex I"]},
        {"text": "meet every month"},
    ]
    groups.create_seat(TEST, key="cell-4", group=group, number=4, title="Fourth")
    send(manager, f"/organization/groups/{group.key}/add-seat/", title="Fifth")
    assert Seat.objects.get(title="Fifth").number == 5
