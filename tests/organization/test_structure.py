"""People, bodies, processes and what they require: what cannot be is refused, with a message at the field."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from holdfast.organization.evidence.fact import assumed
from holdfast.organization.structure.actions import groups, nodes, people, relations, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.organization.structure.models import Node, Requirement, Seat, SeatHolding, Supply
from holdfast.organization.structure.questions import needed_by, needs_of
from tests.cast import SEPT_CHANGED, TEST, Cast, hours

D = date


def refused_at(field: str):
    return pytest.raises(ValidationError, match=f"'{field}'")


# --- who sits where


def test_sept_has_its_seats_since_its_composition_changed(cast: Cast) -> None:
    sept = Seat.objects.filter(group__key="sept")
    assert sept.as_of(date(2005, 2, 16)).count() == 0
    assert sept.as_of(SEPT_CHANGED).count() == 2


def test_a_seat_is_held_by_one_at_a_time(cast: Cast) -> None:
    with refused_at("valid_from"):
        groups.hold_seat(TEST, cast.seats["cog-1"], post=cast.posts["cdc"], valid_from=D(2009, 1, 1))


def test_a_seat_passes_on_at_the_day_on_which_it_was_left(cast: Cast) -> None:
    holding = SeatHolding.objects.get(seat__key="cog-1")
    groups.end_seat_holding(TEST, holding, version=1, on=D(2009, 1, 1))
    with refused_at("valid_from"):
        groups.hold_seat(TEST, cast.seats["cog-1"], post=cast.posts["cdc"], valid_from=D(2008, 12, 31))
    groups.hold_seat(TEST, cast.seats["cog-1"], post=cast.posts["cdc"], valid_from=D(2009, 1, 1))
    held = SeatHolding.objects.filter(seat__key="cog-1")
    assert [h.post.key for h in held.as_of(D(2008, 12, 31))] == ["usg-safety"]
    assert [h.post.key for h in held.as_of(D(2009, 1, 1))] == ["cdc"]


def test_an_end_is_not_moved_out_again_over_the_next_holder(cast: Cast) -> None:
    holding = SeatHolding.objects.get(seat__key="cog-1")
    holding = groups.end_seat_holding(TEST, holding, version=1, on=D(2009, 1, 1))
    with refused_at("valid_until"):
        groups.end_seat_holding(TEST, holding, version=2, on=D(2010, 1, 1))


def test_a_seat_may_have_alternates_but_nobody_is_his_own(cast: Cast) -> None:
    groups.hold_seat(TEST, cast.seats["cog-1"], post=cast.posts["cdc"], role="alternate")
    groups.hold_seat(TEST, cast.seats["cog-1"], post=cast.posts["usg-management"], role="alternate")
    with refused_at("valid_from"):
        groups.hold_seat(TEST, cast.seats["cog-1"], post=cast.posts["usg-safety"], role="alternate")


def test_a_seat_is_held_by_a_person_or_a_post(cast: Cast) -> None:
    with refused_at("person"):
        groups.hold_seat(TEST, cast.seats["cog-6"])


def test_a_body_has_one_chair_and_each_number_once(cast: Cast) -> None:
    with refused_at("role"):
        groups.create_seat(TEST, key="x", group=cast.groups["cog"], number=9, title="X", role="chair")
    with refused_at("number"):
        groups.create_seat(TEST, key="x", group=cast.groups["cog"], number=7, title="X")


def test_a_task_is_carried_by_a_seat_of_its_own_body(cast: Cast) -> None:
    with refused_at("seat"):
        groups.create_task(TEST, key="x", group=cast.groups["cog"], text="X", seat=cast.seats["sept-1"])


def test_a_post_is_held_by_one_person_at_a_time(cast: Cast) -> None:
    one, two = (people.create_person(TEST, key=key, name=key) for key in ("one", "two"))
    people.hold_post(TEST, one, cast.posts["cdc"], valid_from=D(2008, 1, 1))
    with refused_at("valid_from"):
        people.hold_post(TEST, two, cast.posts["cdc"])


def test_a_unit_has_one_focal_point_and_alternates(cast: Cast) -> None:
    unit = cast.units["unog"]
    groups.name_focal_point(TEST, unit, post=cast.posts["cdc"])
    groups.name_focal_point(TEST, unit, post=cast.posts["usg-safety"], role="alternate")
    with refused_at("valid_from"):
        groups.name_focal_point(TEST, unit, post=cast.posts["usg-management"])
    with refused_at("valid_from"):
        groups.name_focal_point(TEST, unit, post=cast.posts["cdc"], role="alternate")


def test_a_group_is_no_part_of_its_own_part(cast: Cast) -> None:
    part = groups.create_group(TEST, key="part", name="Part", kind="working", parent=cast.groups["cog"])
    with refused_at("parent"):
        groups.edit_group(TEST, cast.groups["cog"], version=1, parent=part)


@pytest.mark.parametrize("period", ["3 months", "P0M", "P3", "quarterly"])
def test_how_often_a_group_meets_is_a_period(cast: Cast, period: str) -> None:
    with refused_at("meets_every"):
        groups.edit_group(TEST, cast.groups["cog"], version=1, meets_every=period)


def test_a_warden_looks_after_a_site(cast: Cast) -> None:
    person = people.create_person(TEST, key="one", name="One")
    with refused_at("site"):
        people.begin_duty(TEST, person, "warden")
    people.begin_duty(TEST, person, "warden", site=cast.sites["geneva"])
    with refused_at("valid_from"):
        people.begin_duty(TEST, person, "warden", site=cast.sites["geneva"], valid_from=D(2008, 1, 1))


@pytest.mark.parametrize(("channel", "address"), [("email", "nobody"), ("mobile", "call me"), ("pigeon", "1")])
def test_an_address_fits_its_channel(cast: Cast, channel: str, address: str) -> None:
    person = people.create_person(TEST, key="one", name="One")
    with pytest.raises(ValidationError):
        people.add_contact(TEST, person, channel=channel, address=address)


def test_a_relation_says_what_it_rests_on(cast: Cast) -> None:
    relation = relations.relate(
        TEST, cast.groups["cog"], "receives_policy_guidance_from", cast.groups["sept"], paragraphs=["II.1"]
    )
    assert (relation.origin, relation.target, relation.rests_on) == (cast.groups["cog"], cast.groups["sept"], "text")
    with refused_at("to_unit"):
        relations.relate(TEST, cast.units["dm"], "line", cast.units["dm"])


# --- processes and what they require


def test_a_process_requiring_itself_without_tolerance_is_refused(cast: Cast) -> None:
    node = cast.nodes["building"]
    with pytest.raises(ValidationError, match="would need itself without a tolerance"):
        requirements.create_requirement(TEST, key="self", node=node, needs=1, supply=[Draw(node, 1)])
    requirement = requirements.create_requirement(
        TEST, key="self", node=node, needs=1, tolerance=hours(2), supply=[Draw(node, 1)]
    )
    with pytest.raises(ValidationError, match="would need itself without a tolerance"):
        requirements.edit_requirement(TEST, requirement, version=1, tolerance=hours(0))
    assert Requirement.objects.get(key="self").tolerance.value == 2


def test_capacity_below_zero_is_refused(cast: Cast) -> None:
    with refused_at("capacity"):
        nodes.create_pool(TEST, key="seats", name="Seats", capacity=assumed(-1, "seats"))
    pool = nodes.create_pool(TEST, key="seats", name="Seats", capacity=assumed(0, "seats"))
    with refused_at("capacity"):
        nodes.edit_pool(TEST, pool, version=1, capacity=assumed(-5, "seats"))
    assert pool.measure == "seats"


@pytest.mark.parametrize(
    ("needs", "weight", "quorum", "field"),
    [(0, 1, 0, "needs"), (2, 1, 0, "supply"), (1, 1, 2, "quorum"), (1, 1, -1, "quorum")],
)
def test_weights_meet_needs(cast: Cast, needs: float, weight: float, quorum: float, field: str) -> None:
    with refused_at(field):
        requirements.create_requirement(
            TEST,
            key="x",
            node=cast.nodes["building"],
            needs=needs,
            quorum=quorum,
            supply=[Draw(cast.nodes["ny-power"], weight)],
        )
    assert not Requirement.objects.filter(key="x").exists()


def test_three_tenths_and_seven_tenths_are_one(cast: Cast) -> None:
    draws = [
        Draw(cast.nodes[key], weight) for key, weight in (("ny-power", 0.1), ("ny-offices", 0.2), ("fcsd-staff", 0.7))
    ]
    requirements.create_requirement(TEST, key="x", node=cast.nodes["building"], needs=1, supply=draws)
    with pytest.raises(ValidationError, match="named twice"):
        requirements.create_requirement(
            TEST, key="y", node=cast.nodes["building"], needs=1, supply=[draws[0], draws[0]]
        )


def test_a_supply_gives_something(cast: Cast) -> None:
    draws = [Draw(cast.nodes["ny-power"], 1), Draw(cast.nodes["ny-offices"], 0)]
    with refused_at("weight"):
        requirements.create_requirement(TEST, key="x", node=cast.nodes["building"], needs=1, supply=draws)


def test_only_a_process_has_limits(cast: Cast) -> None:
    with refused_at("rto"):
        nodes.create_node(TEST, key="x", kind="record", name="X", rto=hours(3))
    with refused_at("is_function"):
        nodes.create_node(TEST, key="x", kind="record", name="X", is_function=True)


@pytest.mark.parametrize(
    "impact",
    [
        [],
        {"money": []},
        {"money": [[1, 0]]},
        {"money": [[0, 1], [1, 0]]},
        {"money": [[0, 1], [0, 2]]},
        {"money": [[0]]},
    ],
)
def test_impact_is_a_curve(cast: Cast, impact: object) -> None:
    with refused_at("impact"):
        nodes.create_node(TEST, key="x", kind="process", name="X", impact=impact)  # type: ignore[typeddict-item]


def test_what_a_node_needs_and_what_needs_it(cast: Cast) -> None:
    assert [(link.depth, link.provider.key) for link in needs_of(cast.nodes["building"], depth=3)] == [
        (1, "fcsd-staff"),
        (1, "ny-offices"),
        (2, "ny-power"),
    ]
    assert [(link.depth, link.needing.key) for link in needed_by(cast.nodes["ny-power"], depth=9)] == [
        (1, "ny-offices"),
        (2, "building"),
        (3, "assets"),
    ]


def test_a_circle_of_needs_ends_the_question(cast: Cast) -> None:
    requirements.create_requirement(
        TEST,
        key="back",
        node=cast.nodes["ny-power"],
        needs=1,
        tolerance=hours(1),
        supply=[Draw(cast.nodes["building"], 1)],
    )
    assert len(needs_of(cast.nodes["building"], depth=50)) == 4


def test_a_dependency_is_confirmed_and_a_change_of_quantity_asks_again(cast: Cast) -> None:
    supply = Supply.objects.get(requirement__key="building.people")
    requirements.confirm_supply(TEST, supply, version=1)
    requirement = cast.requirements["building.people"]
    requirements.edit_requirement(TEST, requirement, version=1, supply=[Draw(cast.nodes["fcsd-staff"], 20)])
    assert Supply.objects.get(pk=supply.pk).confirmed_on is not None
    requirements.edit_requirement(TEST, requirement, version=2, supply=[Draw(cast.nodes["fcsd-staff"], 12)])
    assert Supply.objects.get(pk=supply.pk).confirmed_on is None


def test_a_closed_node_served_until_its_last_day(cast: Cast) -> None:
    nodes.close_node(TEST, cast.nodes["ny-power"], version=1, on=D(2009, 1, 1))
    standing = {
        day: Node.objects.standing(day).filter(key="ny-power").exists() for day in (D(2008, 12, 31), D(2009, 1, 1))
    }
    assert list(standing.values()) == [True, False]


def test_tags_are_found_whole(cast: Cast) -> None:
    nodes.edit_node(TEST, cast.nodes["ny-power"], version=1, tags=["ict", "building systems"])
    nodes.edit_node(TEST, cast.nodes["building"], version=1, tags=["ict-services"])
    assert [n.key for n in Node.objects.tagged("ict")] == ["ny-power"]
    assert [n.key for n in Node.objects.tagged("building systems")] == ["ny-power"]
    assert not Node.objects.tagged("%").exists()


def test_fields_of_ones_own_are_kept(cast: Cast) -> None:
    nodes.edit_node(TEST, cast.nodes["ny-power"], version=1, fields={"cost centre": "28D", "floors": [1, 2]})
    assert Node.objects.get(key="ny-power").fields == {"cost centre": "28D", "floors": [1, 2]}
