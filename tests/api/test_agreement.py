"""A policy is written, reviewed, adopted and acknowledged by programs as people do it on pages."""

from __future__ import annotations

from holdfast.organization.accounts.roles import Role
from tests.api.conftest import Program, paths_of
from tests.cast import Cast, user

DRAFT = {
    "key": "bcm",
    "title": "Policy",
    "scope": "All departments.",
    "purpose": "To go on.",
    "objectives": ["Protect staff."],
    "activities": ["Write plans."],
}
DECISION = {"version": 1, "on": "2008-01-31", "reason": "Meeting of 31 January 2008."}


def test_a_policy_goes_its_way_and_the_next_version_says_what_is_new(manager: Program, cast: Cast) -> None:
    assert manager.post("/policies", DRAFT).status_code == 201
    secretary, reader = (Program(user(name, role)) for name, role in (("s", Role.ADMINISTRATOR), ("r", Role.UNIT_HEAD)))
    asked = {"version": 1, "body": "sept", "reviewers": ["r"], "due": "2030-01-01"}
    submitted = manager.post("/policies/bcm/submit", asked).json()["agreement"]
    assert (submitted["state"], submitted["approver_body"], submitted["due"]) == ("in_review", "sept", "2030-01-01")
    (waiting,) = reader.get("/waiting").json()["items"]
    assert (waiting["title"], waiting["address"]) == ("Policy", "/governance/policies/bcm/")
    agreement = f"/agreements/{waiting['id']}"
    seen = reader.get(agreement).json()["version"]
    assert reader.post(f"{agreement}/review", {"version": seen, "verdict": "agrees"}).status_code == 200
    assert reader.get("/waiting").json()["count"] == 0
    mine = manager.post("/policies/bcm/adopt", DECISION)
    assert (mine.status_code, "yourself" in mine.json()["error"]["message"]) == (403, True)
    assert secretary.post("/policies/bcm/adopt", DECISION).json()["agreement"]["decided_on"] == "2008-01-31"
    late = secretary.post("/policies/bcm/adopt", DECISION)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "conflict")
    assert "was decided by s in the meantime" in late.json()["error"]["message"]
    assert [remark["kind"] for remark in reader.get(agreement).json()["remarks"]] == [
        "submitted", "reviewed", "decided",
    ]  # fmt: skip
    assert manager.patch("/policies/bcm", {"scope": "Other."}, seen=1).status_code == 422
    assert reader.post("/policies/bcm/acknowledge", {"version": 1}).json()["acknowledged"] == 1
    assert manager.post("/policies/bcm/new-version", {"version": 1}).json()["key"] == "bcm-2"
    assert manager.patch("/policies/bcm-2", {"objectives": ["Protect staff.", "Go on."]}, seen=1).status_code == 200
    assert manager.get("/policies/bcm-2/changes").json() == {
        "policy": "bcm-2",
        "before": "bcm",
        "changes": [{"part": "Objectives", "before": "Protect staff.", "after": "Protect staff.\nGo on."}],
    }


def test_a_wrong_submission_is_refused_with_the_place(manager: Program, cast: Cast) -> None:
    manager.post("/policies", {**DRAFT, "scope": ""})
    assert paths_of(manager.post("/policies/bcm/submit", {"version": 1, "body": "sept"})) == ["scope"]
    manager.patch("/policies/bcm", {"scope": "All."}, seen=1)
    for body, path in (
        ({"body": "nobody"}, ""),
        ({}, "body"),
        ({"body": "sept", "approver": "nobody"}, "approver"),
        ({"body": "sept", "due": "2001-01-01"}, "due"),
        ({"approver": manager.account.username}, "approver"),
    ):
        response = manager.post("/policies/bcm/submit", {"version": 2, **body})
        assert (response.status_code, paths_of(response)) == (422, [path])


def test_the_scales_in_force_are_those_of_the_day(manager: Program) -> None:
    assert manager.get("/scales").json()["version"] == 0
    made = manager.post("/scale-versions", {"key": "own", "title": "Own", "content": {}})
    assert made.status_code == 201
    wrong = manager.patch("/scale-versions/own", {"content": {"matrix": []}}, seen=1)
    assert (wrong.status_code, paths_of(wrong)) == (422, ["content"])
    day = {"version": 1, "valid_from": "2008-01-31", "reason": "Agreed."}
    assert manager.post("/scale-versions/own/approve", day).json()["state"] == "approved"
    assert manager.get("/scales", as_of="2008-01-31").json()["version"] == 1
    assert manager.get("/scales", as_of="2008-01-30").json()["version"] == 0
    assert manager.patch("/scale-versions/own", {"title": "Other"}, seen=2).status_code == 422
