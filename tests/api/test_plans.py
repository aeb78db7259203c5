"""Plans by the API: written, checked, submitted and approved as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdfast.organization.accounts.models import Grant, User
from holdfast.readiness.plans.models import Plan
from tests.api.conftest import Program
from tests.cast import Cast
from tests.readiness.test_plans import filled, open_gates, staffed

__all__ = ["open_gates", "staffed"]
Programs = Callable[..., Any]


def test_a_plan_is_written_and_agreed_by_programs(staffed: Cast, program: Programs) -> None:
    manager = program("programme_manager")
    body = {
        "key": "fire", "title": "New plan", "kind": "crisis", "crisis": "fire", "unit": "fcsd", "owner": "chief-fcsd",
    }  # fmt: skip
    assert manager.post("/plans", body).status_code == 201
    for section in ("purpose", "scope", "life", "activation", "communication"):
        said = {"plan": "fire", "section": section, "language": "en", "text": "Said."}
        assert manager.post("/plan-sections", said).status_code == 201
    role = {"key": "fire.R1", "plan": "fire", "name": "Head", "post": "chief-fcsd", "alternate": "usg-safety"}
    assert manager.post("/plan-roles", role).status_code == 201
    task = {"plan": "fire", "title": "Call", "role": "fire.R1", "low": 0.5, "likely": 1, "high": 2}
    assert manager.post("/plan-tasks", {"key": "fire.T1", **task}).status_code == 201
    second = manager.post(
        "/plan-tasks",
        {"key": "fire.T2", **task, "after": ["fire.T1"], "claims": [{"node": "fcsd-staff", "amount": 3}]},
    )
    assert second.status_code == 201, second.content
    assert second.json()["after"] == ["fire.T1"]
    check = manager.get("/plans/fire/check").json()
    assert check["tasks"]["T2"] == {"start": 1.0, "finish": 2.0, "slack": 0.0, "critical": True}
    assert not [one for one in check["findings"] if one["weight"] == "stops"]
    submitted = manager.post("/plans/fire/submit", {"version": 1, "post": "usg-safety"})
    assert submitted.status_code == 200, submitted.content
    holder = User.objects.get(username="of-usg-safety")
    Grant(user=holder, role="unit_head", unit=staffed.units["fcsd"]).save()
    approved = Program(User.objects.get(pk=holder.pk)).post(
        "/plans/fire/approve", {"version": submitted.json()["version"], "on": "2026-01-02", "reason": "Agreed."}
    )
    assert approved.status_code == 200, approved.content
    assert approved.json()["state"] == "approved"


def test_tasks_that_would_wait_for_each_other_are_refused_by_field(staffed: Cast, program: Programs) -> None:
    filled(staffed)
    manager = program("programme_manager")
    answer = manager.patch("/plan-tasks/buildings.T1", {"after": ["buildings.T2"]}, seen=1)
    assert answer.status_code == 422
    (field,) = answer.json()["error"]["fields"]
    assert field["path"] == "after" and "wait for each other" in field["message"]
    unknown = manager.patch("/plan-tasks/buildings.T1", {"after": ["other.T2"]}, seen=1)
    assert unknown.status_code == 422 and "no task" in unknown.json()["error"]["fields"][0]["message"]


def test_a_key_that_does_not_fit_its_plan_is_refused(staffed: Cast, program: Programs) -> None:
    filled(staffed)
    role = {"key": "elsewhere.R9", "plan": "buildings", "name": "Head"}
    answer = program("programme_manager").post("/plan-roles", role)
    assert answer.status_code == 422
    assert "buildings." in answer.json()["error"]["fields"][0]["message"]


def test_the_cover_of_the_functions(staffed: Cast, program: Programs) -> None:
    filled(staffed)
    (function,) = program("auditor").get("/covered-functions").json()["functions"]
    assert (function["id"], function["plans"], function["covered"]) == ("assets", ["buildings"], False)
    assert Plan.objects.count() == 1
