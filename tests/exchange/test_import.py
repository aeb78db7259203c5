"""Files taken in: what a person sees before, what happens then, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import Refused, apply, preview, read
from holdfast.exchange.preview import Preview
from holdfast.exchange.writing import Overtaken
from holdfast.formats.records_json import write_json
from holdfast.organization.accounts.models import Event
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions import nodes, people, places
from holdfast.organization.structure.models import ContactPoint, Holding, Node, Person, Post, SeatHolding
from tests.cast import TEST, Cast
from tests.exchange.test_round_trip import emptied

UNIT = {"key": "dfs", "name": "Department of Field Support", "kind": "department", "parent": "secretariat"}


def taken(records: dict[str, list[dict[str, Any]]]) -> Preview:
    """Taken in without a problem."""
    found = preview(TEST, records)
    assert found.problems == []
    apply(TEST, found)
    return found


def said(records: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    """The problems of records that cannot be taken in, with their places."""
    before = Event.objects.count()
    found = preview(TEST, records)
    assert not found.can_be_applied
    with pytest.raises(Refused):
        apply(TEST, found)
    assert Event.objects.count() == before
    return [(problem.place, problem.message) for problem in found.problems]


def test_a_new_unit_comes_in_with_its_history_and_one_event(cast: Cast) -> None:
    events = Event.objects.count()
    found = taken(
        {"units": [UNIT, {**UNIT, "key": "logistics", "name": "Logistics Support Division", "parent": "dfs"}]}
    )
    assert len(found.tallies["units"].new) == 2
    unit = Unit.objects.by_key("logistics")
    assert unit.path == "un/secretariat/dfs/logistics/"
    assert [past.history_type for past in unit.history.all()] == ["+"]
    assert Event.objects.count() == events + 1
    event = Event.objects.latest("pk")
    assert (event.act, event.after) == ("records.import", {"file": "", "new": {"units": 2}, "changed": {}})


def test_the_preview_names_each_field_that_changes_and_writes_nothing(cast: Cast) -> None:
    found = preview(
        TEST, {"units": [{"key": "unog", "name": "UN Office at Geneva", "kind": "office_away_from_headquarters"}]}
    )
    (item,) = found.tallies["units"].changed
    assert [(c.field, c.before, c.after) for c in item.changes] == [
        ("name", "United Nations Office at Geneva", "UN Office at Geneva")
    ]
    assert Unit.objects.by_key("unog").name == "United Nations Office at Geneva"
    apply(TEST, found)
    unit = Unit.objects.by_key("unog")
    assert (unit.name, unit.version) == ("UN Office at Geneva", 2)
    assert [(past.history_type, past.version) for past in unit.history.order_by("pk")] == [("+", 1), ("~", 2)]


def test_rows_and_fields_that_the_file_does_not_mention_stay(cast: Cast) -> None:
    before = export(TEST)
    taken({"units": [{"key": "unog", "note": "moved"}]})
    after = export(TEST)
    changed = [(name, row) for name in before for row, now in zip(before[name], after[name], strict=True) if row != now]
    assert [(name, row["key"]) for name, row in changed] == [("units", "unog")]


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    whole = export(TEST)
    found = preview(TEST, whole)
    assert found.problems == []
    assert found.nothing_to_do
    assert sum(tally.unchanged for tally in found.tallies.values()) == sum(map(len, whole.values())) > 50
    events = Event.objects.count()
    apply(TEST, found)
    assert Event.objects.count() == events


def test_a_unit_cannot_stand_under_its_own_child(cast: Cast) -> None:
    ((place, message),) = said({"units": [{"key": "dm", "parent": "bcmu"}]})
    assert place == "units[0].parent"
    assert message == "Department of Management cannot stand under itself or under its own child."


def test_two_new_units_cannot_stand_under_each_other(cast: Cast) -> None:
    problems = said({"units": [{**UNIT, "key": "a", "parent": "b"}, {**UNIT, "key": "b", "parent": "a"}]})
    assert [place for place, _message in problems] == ["units[0].parent", "units[1].parent"]


def test_a_unit_and_its_child_may_change_places(cast: Cast) -> None:
    taken({"units": [{"key": "bcmu", "parent": "dm"}, {"key": "ocss", "parent": "bcmu"}]})
    assert Unit.objects.by_key("ocss").path == "un/secretariat/dm/bcmu/ocss/"
    assert Unit.objects.by_key("fcsd").path == "un/secretariat/dm/bcmu/ocss/fcsd/"
    assert Unit.objects.by_key("fcsd").version == 1


def test_a_process_cannot_need_itself_without_a_tolerance(cast: Cast) -> None:
    need = {"key": "building.self", "node": "building", "needs": 1}
    draw = {"requirement": "building.self", "provider": "building", "weight": 1}
    ((place, message),) = said({"requirements": [need], "supply": [draw]})
    assert place == "supply[0].provider"
    assert "would need itself without a tolerance" in message


def test_a_tolerance_cannot_be_taken_from_a_process_that_needs_itself(cast: Cast) -> None:
    tolerance = {"value": 2, "unit": "h", "basis": "assumed"}
    need = {"key": "building.self", "node": "building", "needs": 1, "tolerance": tolerance}
    taken({"requirements": [need], "supply": [{"requirement": "building.self", "provider": "building", "weight": 1}]})
    ((place, _message),) = said({"requirements": [{"key": "building.self", "tolerance": None}]})
    assert place == "requirements[0].tolerance"


def test_supplies_have_to_meet_the_needs(cast: Cast) -> None:
    ((place, message),) = said({"requirements": [{"key": "building.people", "needs": 30}]})
    assert (place, message) == (
        "requirements[0].needs",
        "Wanted weights of supplies that add up to 30 or more, got 20.",
    )
    ((place, message),) = said({"supply": [{"requirement": "building.people", "provider": "fcsd-staff", "weight": 3}]})
    assert place == "supply[0].weight"


def test_a_capacity_is_not_below_zero(cast: Cast) -> None:
    capacity = {"value": -5, "unit": "seats", "basis": "assumed"}
    problems = said({"pools": [{"key": "telework-geneva", "name": "Telework, Geneva", "capacity": capacity}]})
    assert problems == [("pools[0].capacity", "Wanted 0 or more, got -5.")]


def test_a_seat_is_not_held_twice_at_once(cast: Cast) -> None:
    ((place, message),) = said({"seat_holdings": [{"seat": "cog-7", "post": "cdc", "valid_from": "2009-01-01"}]})
    assert place == "seat_holdings[0].valid_from"
    assert "Chief, Facilities and Commercial Services Division" in message
    taken(
        {
            "seat_holdings": [
                {"seat": "cog-7", "post": "cdc", "valid_from": "2009-01-01", "role": "alternate"},
                {"seat": "cog-6", "post": "cdc", "valid_until": "2009-01-01"},
                {"seat": "cog-6", "post": "usg-safety", "valid_from": "2009-01-01"},
            ]
        }
    )
    assert SeatHolding.objects.filter(seat__key="cog-6").count() == 2


def test_validity_does_not_overlap_within_one_file(cast: Cast) -> None:
    persons = [{"key": f"officer-{n}", "name": f"Officer {n}"} for n in (1, 2)]
    holdings = [
        {"person": "officer-1", "post": "cdc", "valid_from": "2008-01-01", "valid_until": "2009-01-01"},
        {"person": "officer-2", "post": "cdc", "valid_from": "2008-12-31"},
    ]
    ((place, message),) = said({"persons": persons, "holdings": holdings})
    assert place == "holdings[1].valid_from"
    assert "2008-01-01" in message
    assert "2009-01-01" in message
    holdings[1]["valid_from"] = "2009-01-01"
    taken({"persons": persons, "holdings": holdings})
    assert Holding.objects.count() == 2


def test_a_number_and_the_chair_belong_to_one_seat(cast: Cast) -> None:
    seat = {"key": "cog-8", "group": "cog", "number": 7, "title": "Department of Public Information", "role": "chair"}
    problems = said({"seats": [seat]})
    assert [place for place, _message in problems] == ["seats[0].number"]
    problems = said({"seats": [{**seat, "number": 8}]})
    assert [place for place, _message in problems] == ["seats[0].role"]


def test_a_unit_is_not_closed_above_one_that_goes_on(cast: Cast) -> None:
    ((place, message),) = said({"units": [{"key": "ocss", "valid_until": "2010-01-01"}]})
    assert place == "units[0].valid_until"
    assert "Business Continuity Management Unit" in message


def test_unknown_references_fields_and_tables_are_named_with_what_was_meant(cast: Cast) -> None:
    problems = dict(
        said(
            {
                "units": [{**UNIT, "parent": "secretariate"}, {"key": "unog", "nmae": "x"}],
                "unit": [],
                "sites": [{"key": "geneva", "state": "inuse"}],
            }
        )
    )
    assert problems["units[0].parent"] == ("There is no unit with the key “secretariate”. Did you mean “secretariat”?")
    assert problems["units[1].nmae"] == "There is no field “nmae”. Did you mean “name”?"
    assert problems["unit"] == "There is no table “unit”. Did you mean “units”?"
    assert problems["sites[0].state"] == "“inuse” is none of the choices. Did you mean “in_use”?"


def test_a_row_that_stands_twice_in_a_file_is_refused(cast: Cast) -> None:
    ((place, message),) = said({"units": [UNIT, {**UNIT, "name": "another"}]})
    assert (place, message) == ("units[1].key", "“dfs” stands here twice: first in row 0.")


def test_the_kind_of_a_resource_stays(cast: Cast) -> None:
    problems = said({"resources": [{"key": "ny-power", "kind": "facility"}]})
    assert [place for place, _message in problems] == ["resources[0].kind"]
    problems = said({"processes": [{"key": "ny-power", "name": "Power"}]})
    assert [place for place, _message in problems] == ["processes[0].key"]


def test_a_key_is_not_given_twice_even_when_its_row_is_gone(cast: Cast) -> None:
    from holdfast.organization.structure.saving import remove_all

    people.create_person(TEST, key="leaver", name="Officer")
    remove_all([Person.objects.get(key="leaver")], TEST)
    ((place, _message),) = said({"persons": [{"key": "leaver", "name": "Another officer"}]})
    assert place == "persons[0].key"


def test_somebody_changes_a_row_between_preview_and_applying(cast: Cast) -> None:
    found = preview(TEST, {"resources": [{"key": "ny-power", "name": "Power"}], "persons": [{"key": "p", "name": "P"}]})
    node = Node.objects.by_key("ny-power")
    nodes.edit_node(TEST, node, version=node.version, name="Electricity, New York")
    with pytest.raises(Overtaken, match="Electricity, New York"):
        apply(TEST, found)
    assert Node.objects.by_key("ny-power").name == "Electricity, New York"
    assert not Person.objects.filter(key="p").exists()


def test_somebody_fills_a_post_between_preview_and_applying(cast: Cast) -> None:
    officers = [people.create_person(TEST, key=f"officer-{n}", name=f"Officer {n}") for n in (1, 2)]
    found = preview(TEST, {"holdings": [{"person": "officer-1", "post": "cdc"}]})
    people.hold_post(TEST, officers[1], cast.posts["cdc"])
    with pytest.raises(Overtaken):
        apply(TEST, found)
    assert [holding.person.key for holding in Holding.objects.all()] == ["officer-2"]


def test_somebody_takes_the_key_between_preview_and_applying(cast: Cast) -> None:
    found = preview(TEST, {"posts": [{"key": "asg", "title": "Assistant Secretary-General"}]})
    people.create_post(TEST, key="asg", title="Somebody else's")
    with pytest.raises(Overtaken):
        apply(TEST, found)
    assert Post.objects.by_key("asg").title == "Somebody else's"


def test_somebody_moves_a_unit_between_preview_and_applying(cast: Cast) -> None:
    found = preview(TEST, {"units": [{"key": "fcsd", "parent": "dss"}]})
    places.edit_unit(TEST, cast.units["dss"], version=1, parent=Unit.objects.by_key("fcsd"))
    with pytest.raises(Overtaken):
        apply(TEST, found)
    assert Unit.objects.by_key("fcsd").path == "un/secretariat/dm/ocss/fcsd/"


def test_a_preview_is_applied_once_and_by_who_asked(cast: Cast) -> None:
    from holdfast.organization.accounts.models import System

    found = preview(TEST, {"units": [UNIT]})
    with pytest.raises(Refused):
        apply(System("another"), found)
    apply(TEST, found)
    with pytest.raises(Refused):
        apply(TEST, found)


def test_the_fingerprint_changes_with_what_would_be_done(cast: Cast) -> None:
    records = {"units": [{"key": "unog", "name": "Geneva"}]}
    first = preview(TEST, records).fingerprint
    assert preview(TEST, records).fingerprint == first
    places.edit_unit(TEST, cast.units["unog"], version=1, note="seen")
    assert preview(TEST, records).fingerprint != first


def test_a_workbook_with_one_bad_cell_in_five_thousand_names_that_cell_and_changes_nothing(cast: Cast) -> None:
    sites = [
        {
            "key": f"site-{n:04}",
            "name": f"Field location {n}",
            "kind": "field_location",
            "latitude": n / 100,
            "longitude": 1.0,
        }
        for n in range(1000)
    ]
    sites[776]["latitude"] = 95.0
    before = Site.objects.count()
    found = preview(TEST, read(export_workbook({"sites": sites}), "sites.xlsx"))
    assert [(p.table, p.row, p.column, p.place) for p in found.problems] == [
        ("sites", 779, "latitude", "sheet “sites”, row 779, column “latitude”")
    ]
    with pytest.raises(Refused):
        apply(TEST, found)
    assert Site.objects.count() == before


def test_a_bad_figure_is_shown_in_the_column_of_its_value(cast: Cast) -> None:
    rto = {"value": -1, "unit": "h", "basis": "assumed"}
    found = preview(TEST, read(export_workbook({"processes": [{"key": "building", "rto": rto}]}), "p.xlsx"))
    places = [problem.place for problem in found.problems]
    assert "sheet “processes”, row 3, column “rto.value”" in places


@pytest.mark.parametrize("form", ["json", "xlsx"])
def test_the_organisation_comes_back_whole_in_an_empty_database(cast: Cast, form: str) -> None:
    people.create_person(TEST, key="officer", name="=cmd|' /C calc'!A0", unit=cast.units["bcmu"], tags=["a;b", "c"])
    people.add_contact(
        TEST, Person.objects.get(key="officer"), channel="mobile", address="+1 212 555 0100", private=True
    )
    people.hold_post(TEST, Person.objects.get(key="officer"), cast.posts["cdc"], valid_from=date(2008, 1, 1))
    whole = export(TEST)
    data = write_json(whole) if form == "json" else export_workbook(whole)
    emptied()
    found = preview(TEST, read(data, f"whole.{form}"))
    assert found.problems == []
    apply(TEST, found)
    assert export(TEST) == whole
    assert ContactPoint.objects.get().address == "+1 212 555 0100"


def test_json_has_one_record_a_line(cast: Cast) -> None:
    text = write_json(export(TEST, ["units", "sites"])).decode()
    lines = [line for line in text.splitlines() if line.startswith("  {")]
    assert len(lines) == Unit.objects.count() + Site.objects.count()
    assert json.loads(text)["units"][0].keys() >= {"key", "name", "kind", "parent"}
