"""The example as it stands in the database: who and what there is in the Secretariat, as the report describes it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings

from holdfast.analysis.choice.actions import options_file
from holdfast.analysis.model.twin import build_twin
from holdfast.engine.options import read_options
from holdfast.engine.twin import read_twin
from holdfast.governance.improvement.models import CorrectiveAction
from holdfast.governance.improvement.telling import follow
from holdfast.governance.notices.models import Notice
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.leased import claim
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.running import Running
from holdfast.organization.places.models import State, Unit
from holdfast.organization.structure.holes import HoleKind, holes
from holdfast.organization.structure.models import FocalPoint, Group, GroupTask, Node, Relation, Seat, SeatHolding
from holdfast.organization.structure.models.groups import HoldingRole, SeatRole
from tests.cast import REPORT_DAY, TEST

SEPT_SINCE = date(2005, 2, 17)


def missing(kind: HoleKind) -> list[str]:
    return [hole.row.stable_key for hole in holes(REPORT_DAY, TEST) if hole.kind is kind]


def seats(group: str, on: date) -> list[Seat]:
    return list(Seat.objects.filter(group__key=group).as_of(on).select_related("unit").order_by("number"))


def tasks() -> dict[str, list[GroupTask]]:
    found: dict[str, list[GroupTask]] = {}
    for task in GroupTask.objects.filter(group__key="cog").as_of(REPORT_DAY).select_related("seat", "unit"):
        found.setdefault(task.letter, []).append(task)
    return found


def test_the_corrective_actions_of_the_example_are_assumed_and_in_every_state(secretariat: None) -> None:
    actions = list(CorrectiveAction.objects.all())
    assert {action.state for action in actions} == {"open", "in_progress", "done", "closed", "cancelled"}
    assert {action.basis for action in actions} == {"assumed"}
    assert all(action.reason and action.owner for action in actions)
    # Nobody has done anything here yet, so nobody is told until the first night's job, or the first worker.
    enqueue("improvement.follow", by=TEST)
    (job,) = claim(Job, "test")
    follow(TEST, Running(job))
    waiting = Notice.objects.inbox(User.objects.get(username="process-owner"), date(2026, 11, 1))
    assert [(notice.label, notice.title) for notice in waiting] == [
        ("Fill in the impact analysis", "Impact analysis, Office of the Controller"),
        ("Put right", "Write down how payments are made by hand for three days"),
    ]


def test_the_bodies_of_the_report_stand_with_their_seats_tasks_and_holes(secretariat: None) -> None:
    """Rules 40, 41, 51, 54, 55: two levels, who sits where since when, every task with its owner, and what lacks."""
    sept, cog = seats("sept", REPORT_DAY), seats("cog", REPORT_DAY)
    assert [seat.number for seat in sept] == list(range(1, 13))
    assert [(seat.number, seat.unit.key) for seat in sept if seat.role == SeatRole.CHAIR] == [(1, "eosg")]
    assert [(seat.number, seat.unit.key) for seat in sept if seat.role == SeatRole.ALTERNATE_CHAIR] == [(2, "dm")]
    assert [seat.number for seat in cog] == list(range(1, 15))
    assert [seat.unit.key for seat in cog if seat.role == SeatRole.CHAIR] == ["dss"]
    # The composition is that of its date; the day before, nobody sat there.
    assert seats("sept", SEPT_SINCE - timedelta(days=1)) == []
    assert len(seats("sept", SEPT_SINCE)) == 12

    said = {
        (relation.from_group.key, relation.kind, (relation.to_unit or relation.to_group).key)
        for relation in Relation.objects.filter(from_group__isnull=False).select_related(
            "from_group", "to_unit", "to_group"
        )
    }
    assert {
        ("cog", "receives_policy_guidance_from", "sept"),
        ("sept", "passes_decisions_to", "cog"),
        ("sept", "reports_political_questions_to", "sg"),
        ("sept", "chaired_by", "cdc"),
        ("cog", "chaired_by", "dss"),
    } <= said
    assert Unit.objects.get(key="designated-officials").parent.key == "dss"
    assert Group.objects.get(key="cog").kind == "operations"
    assert Group.objects.get(key="sept").kind == "policy"

    by_letter = tasks()
    assert sorted(by_letter) == list("abcdefghi")
    assert all(task.unit is not None for found in by_letter.values() for task in found)
    assert [task.unit.key for found in by_letter.values() for task in found if task.seat is None] == ["scad"]

    without = missing(HoleKind.SEAT_WITHOUT_ALTERNATE)
    alternates = {
        holding.seat_id
        for holding in SeatHolding.objects.filter(role=HoldingRole.ALTERNATE).as_of(REPORT_DAY).select_related("seat")
    }
    assert sorted(without) == sorted(seat.key for seat in [*sept, *cog] if seat.pk not in alternates)
    assert len(without) == 26
    assert len(missing(HoleKind.TASK_WITHOUT_SEAT)) == 1
    assert missing(HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR) == ["cog"]


def test_the_network_of_focal_points_and_the_data_centres_are_as_the_report_leaves_them(secretariat: None) -> None:
    """Rules 62 and 71: a unit in scope has a focal point or is listed; of the data centres one is about to move."""
    named = set(FocalPoint.objects.as_of(REPORT_DAY).values_list("unit__key", flat=True))
    listed = set(missing(HoleKind.UNIT_WITHOUT_FOCAL_POINT))
    in_scope = set(Unit.objects.filter(in_scope=True).as_of(REPORT_DAY).values_list("key", flat=True))
    assert named
    assert listed
    assert named.isdisjoint(listed)
    assert listed <= in_scope
    linked = {
        (relation.from_unit.key, (relation.to_unit or relation.to_group).key)
        for relation in Relation.objects.filter(kind="function_of").select_related("from_unit", "to_unit", "to_group")
    }
    assert {("bcm-function", "ocss"), ("erm-focal", "dm"), ("it-dr-bc", "oict")} <= linked

    centres = {node.key: node.state for node in Node.objects.tagged("data-centre").as_of(REPORT_DAY)}
    assert centres["dc-hq-current"] == State.TO_BE_MOVED
    assert {centres["dc-brindisi"], centres["dc-site-b"], centres["dc-long-island-city"]} == {State.PROPOSED}


def test_the_candidates_of_the_example_are_its_options_and_fit_its_organisation(secretariat: None) -> None:
    asked = json.loads((Path(settings.EXAMPLE_DIR) / "options.json").read_bytes())
    given = {name: asked[name] for name in ("scenarios", "must", "budget", "term")}
    twin = read_twin(build_twin(REPORT_DAY, hazards=False), "the organisation")
    found = read_options(json.dumps(options_file(REPORT_DAY, **given)), twin)
    options = {option["id"]: option for option in asked["options"]}
    assert {option.id: option.cost for option in found.options} == {key: one["cost"] for key, one in options.items()}
    assert (len(found.scenarios), found.must) == (len(asked["scenarios"]), tuple(asked["must"]))
