"""Programs set plans under way, do their tasks, ask when processes are back, and give out seats."""

from __future__ import annotations

from holdfast.crisis.incidents.actions import declare_incident
from tests.api.conftest import Program, paths_of
from tests.cast import TEST, Cast
from tests.crisis.under_way import agreed, seats, staff, written


def test_a_plan_is_set_under_way_done_forecast_and_stood_down(manager: Program, cast: Cast) -> None:
    staff(cast)
    fire = declare_incident(TEST, title="Fire")
    plan = agreed(written(cast))
    run = manager.post("/plans-under-way", {"incident": fire.key, "plan": plan.key}).json()
    task = manager.get("/active-tasks", run=run["key"], state="assigned").json()["items"][0]
    done = manager.post(f"/active-tasks/{task['key']}/finish", {"version": task["version"]})
    assert (done.status_code, done.json()["state"]) == (200, "done")
    again = manager.post(f"/active-tasks/{task['key']}/finish", {"version": task["version"]})
    assert (again.status_code, again.json()["version"]) == (200, done.json()["version"]), "done twice is one"
    told = manager.get(f"/plans-under-way/{run['key']}/forecast").json()
    assert (told["done"], len(told["tasks"]), told["processes"][0]["process"]) == (1, 4, "building")
    late = manager.post(f"/active-tasks/{task['key']}/block", {"version": 1, "why": "No key."})
    assert late.status_code == 409
    ended = manager.post(f"/plans-under-way/{run['key']}/stand-down", {"version": run["version"], "reason": "Over."})
    assert ended.json()["state"] == "stood_down"


def test_seats_are_given_from_now_on_and_not_beyond_what_there_is(manager: Program, cast: Cast) -> None:
    seats(cast, 5)
    fire = declare_incident(TEST, title="Fire")
    body = {"incident": fire.key, "pool": "seats", "amount": 4, "process": "building"}
    given = manager.post("/given-places", body)
    assert given.status_code == 201 and given.json()["since"]
    assert paths_of(manager.post("/given-places", {**body, "amount": 2})) == ["reason"]
    back = manager.post(f"/given-places/{given.json()['id']}/give-back", {"version": 1})
    assert back.json()["ended_at"]
