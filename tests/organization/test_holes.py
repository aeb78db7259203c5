"""What is missing is listed."""

from __future__ import annotations

from datetime import date

from holdfast.organization.accounts.roles import Role
from holdfast.organization.structure.actions import groups, nodes, people
from holdfast.organization.structure.holes import HoleKind, holes
from tests.cast import REPORT_DAY, TEST, Cast, user


def found(kind: HoleKind, on: date = REPORT_DAY, by: object = TEST) -> list[str]:
    return [hole.row.stable_key for hole in holes(on, by) if hole.kind is kind]  # type: ignore[arg-type]


def test_the_secretariats_holes(cast: Cast) -> None:
    assert found(HoleKind.TASK_WITHOUT_SEAT) == ["cog-e-2"]
    assert found(HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR) == ["cog"]
    assert found(HoleKind.GROUP_WITHOUT_CHAIR) == []
    assert found(HoleKind.SEAT_WITHOUT_ALTERNATE) == ["cog-1", "cog-6", "cog-7", "sept-1", "sept-2"]
    assert found(HoleKind.SEAT_WITHOUT_HOLDER) == ["cog-6"]
    assert len(found(HoleKind.UNIT_WITHOUT_FOCAL_POINT)) == len(cast.units)
    words = {hole.kind: hole.message for hole in holes(REPORT_DAY, TEST)}
    assert words[HoleKind.TASK_WITHOUT_SEAT].startswith(
        "Crisis Operations Group, task (e): Security Council Affairs Division has it, and has no seat"
    )
    assert words[HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR] == "Crisis Operations Group has no alternate chair."


def test_a_hole_that_is_filled_is_gone_as_of_the_day(cast: Cast) -> None:
    unit = cast.units["unog"]
    groups.name_focal_point(
        TEST, unit, post=cast.posts["cdc"], valid_from=date(2008, 9, 1), valid_until=date(2009, 1, 1)
    )
    kind = HoleKind.UNIT_WITHOUT_FOCAL_POINT
    on = {day: "unog" in found(kind, day) for day in (date(2008, 8, 31), date(2008, 9, 1), date(2009, 1, 1))}
    assert list(on.values()) == [True, False, True]
    assert "unog" in found(HoleKind.UNIT_WITHOUT_ALTERNATE)


def test_a_seat_of_before_is_no_hole_today(cast: Cast) -> None:
    groups.edit_seat(TEST, cast.seats["cog-6"], version=1, valid_until=date(2008, 1, 1))
    assert found(HoleKind.SEAT_WITHOUT_HOLDER) == []
    assert found(HoleKind.TASK_WITHOUT_SEAT) == ["cog-e-1", "cog-e-2"]


def test_processes_without_unit_owner_or_requirement(cast: Cast) -> None:
    nodes.create_node(TEST, key="lone", kind="process", name="Lone")
    assert found(HoleKind.PROCESS_WITHOUT_UNIT) == ["lone"]
    assert found(HoleKind.PROCESS_WITHOUT_REQUIREMENT) == ["lone"]
    assert found(HoleKind.PROCESS_WITHOUT_OWNER) == ["lone", "geneva-meetings", "building"]
    nodes.edit_node(TEST, cast.nodes["building"], version=1, owner_post=cast.posts["chief-fcsd"])
    assert found(HoleKind.PROCESS_WITHOUT_OWNER) == ["lone", "geneva-meetings"]


def test_a_function_that_no_process_serves(cast: Cast) -> None:
    nodes.create_node(TEST, key="f2", kind="process", name="Communication", is_function=True)
    assert found(HoleKind.FUNCTION_WITHOUT_PROCESS) == ["f2"]
    nodes.close_node(TEST, cast.nodes["building"], version=1, on=date(2008, 9, 1))
    assert found(HoleKind.FUNCTION_WITHOUT_PROCESS) == ["assets", "f2"]


def test_a_requirement_that_what_is_in_use_cannot_meet(cast: Cast) -> None:
    assert found(HoleKind.REQUIREMENT_SHORT) == []
    nodes.edit_node(TEST, cast.nodes["ny-power"], version=1, state="proposed")
    assert found(HoleKind.REQUIREMENT_SHORT) == ["ny-offices.power"]


def test_a_critical_post_that_nobody_holds(cast: Cast) -> None:
    person = people.create_person(TEST, key="one", name="Chef de Cabinet")
    people.hold_post(TEST, person, cast.posts["cdc"])
    assert "cdc" not in found(HoleKind.POST_VACANT)
    assert "usg-safety" in found(HoleKind.POST_VACANT)


def test_each_sees_the_holes_of_the_own_scope(cast: Cast) -> None:
    geneva = user("focal", Role.FOCAL_POINT, unit=cast.units["unog"])
    assert found(HoleKind.UNIT_WITHOUT_FOCAL_POINT, by=geneva) == ["unog"]
    assert found(HoleKind.PROCESS_WITHOUT_OWNER, by=geneva) == ["geneva-meetings"]
    assert found(HoleKind.TASK_WITHOUT_SEAT, by=geneva) == []
    assert holes(REPORT_DAY, user("staff", Role.STAFF)) == []


def test_the_holes_take_the_same_queries_however_many_they_are(cast: Cast, django_assert_num_queries) -> None:
    auditor = user("auditor", Role.AUDITOR)
    with django_assert_num_queries(len(HoleKind) + 1):
        few = len(holes(REPORT_DAY, auditor))
    for number in range(20):
        nodes.create_node(TEST, key=f"p{number}", kind="process", name=f"P{number}", unit=cast.units["dpa"])
        groups.create_seat(TEST, key=f"s{number}", group=cast.groups["cog"], number=100 + number, title="Seat")
    auditor = type(auditor).objects.get(pk=auditor.pk)
    with django_assert_num_queries(len(HoleKind) + 1):
        assert len(holes(REPORT_DAY, auditor)) == few + 20 * 4
