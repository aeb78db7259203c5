"""Plans in files: what goes out comes in again, and the importer refuses what the acts refuse."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import apply, preview, read
from holdfast.formats.records_json import write_json
from holdfast.readiness.plans.models import Plan, PlanTask
from tests.cast import TEST, Cast
from tests.readiness.test_plans import agreed, begin, filled, open_gates, staffed

__all__ = ["open_gates", "staffed"]

PLANS = [{"key": "p", "title": "Plan", "kind": "continuity", "unit": "fcsd"}]
PROCESSES = [{"plan": "p", "node": "building"}]
TASK = {"plan": "p", "low": 1, "likely": 1, "high": 1}
TASKS = [
    {"key": "p.T1", "code": "T1", "title": "Call", **TASK},
    {"key": "p.T2", "code": "T2", "title": "Start", "process": "building", **TASK},
]
ALL: dict[str, Any] = {"plans": PLANS, "plan_processes": PROCESSES, "plan_tasks": TASKS}


def problems(**records: Any) -> list[str]:
    return [str(problem) for problem in preview(TEST, records).problems]


def test_a_plan_comes_in_as_a_draft_with_all_its_parts(cast: Cast) -> None:
    found = preview(TEST, {**ALL, "plan_task_orders": [{"task": "p.T2", "after": "p.T1"}]})
    assert found.can_be_applied, [str(problem) for problem in found.problems]
    apply(TEST, found)
    plan = Plan.objects.get(key="p")
    assert plan.agreement.is_draft
    assert PlanTask.objects.get(key="p.T2").after == ["T1"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"plan_task_orders": [{"task": "p.T2", "after": "p.T1"}, {"task": "p.T1", "after": "p.T2"}]},
            "These tasks would wait for each other",
        ),
        ({"plan_tasks": [{**TASKS[0], "key": "p.other"}]}, "Wanted “p.T1”"),
        (
            {"plan_processes": [{"plan": "p", "node": "ny-power"}], "plan_tasks": []},
            "A continuity plan is for processes.",
        ),
        ({"plan_processes": []}, "The plan is not for Running of the building systems"),
        ({"plan_sections": [{"plan": "p", "section": "tasks", "language": "en", "text": "Mine."}]}, "no such section"),
        ({"plans": [{**PLANS[0], "part_of": "p"}]}, "no part of itself"),
        ({"plans": [{**PLANS[0], "kind": "crisis"}]}, "say which"),
    ],
)
def test_what_the_acts_refuse_the_importer_refuses(cast: Cast, more: dict[str, Any], said: str) -> None:
    found = problems(**{**ALL, **more})
    assert any(said in one for one in found), found
    assert not Plan.objects.exists()


def test_an_approved_plan_is_not_changed_by_a_file(staffed: Cast) -> None:
    agreed(filled(staffed))
    found = problems(plan_sections=[{"plan": "buildings", "section": "purpose", "language": "en", "text": "Mine."}])
    assert any("make a new version" in one for one in found)


@pytest.mark.parametrize("form", ["json", "xlsx"])
def test_plans_that_went_out_come_in_unchanged(staffed: Cast, form: str) -> None:
    filled(staffed)
    begin(staffed, "fire", "crisis", crisis="fire")
    records = export(TEST)
    assert len(records["plan_tasks"]) == 2
    data = write_json(records) if form == "json" else export_workbook(records)
    found = preview(TEST, read(data, f"all.{form}"))
    assert not list(found.problems)
    assert found.nothing_to_do
