"""On the pages of an incident a body is convened, answers on one page, decides and activates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from holdfast.crisis.decisions.models import Activation, Decision
from holdfast.crisis.incidents.actions import declare_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.teams.actions import convene
from holdfast.crisis.teams.models import Attendance, Meeting
from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_token
from holdfast.organization.structure.actions.people import add_contact
from holdfast.organization.structure.actions.places import edit_site
from tests import cast as made
from tests.cast import TEST, user
from tests.crisis.bodies import Bodies, consulted, meets, plan_in_force, seated


@pytest.fixture(autouse=True)
def folder(tmp_path: Path):
    with override_settings(ALLOWED_HOSTS=["testserver"], DATA_DIR=tmp_path):
        yield


@pytest.fixture
def bodies(db: None) -> Bodies:
    return seated(made.secretariat())


@pytest.fixture
def fire(bodies: Bodies) -> Incident:
    return declare_incident(TEST, title="Fire", site=bodies.cast.sites["unhq"])


def of(account: Any) -> Client:
    client = Client()
    client.force_login(account)
    return client


def words(response: Any) -> str:
    return response.content.decode()


def test_a_body_is_convened_from_the_page_and_the_called_person_answers_on_one_page(
    bodies: Bodies, fire: Incident
) -> None:
    chief = of(user("chief", "crisis_team"))
    page = chief.get(f"{fire.address}meetings/")
    assert "Convene COG" in words(page)
    assert "3 of 3 seats can be reached" in words(page)
    form = chief.get(f"{fire.address}meetings/convene/cog/")
    assert form.status_code == 200
    made = chief.post(f"{fire.address}meetings/convene/cog/", {"because": "Fire.", "venue": ""})
    assert (made.status_code, made.headers["Location"]) == (302, f"{fire.address}meetings/1/")
    member = of(bodies.accounts["cog-7"])
    asked = member.get(f"{fire.address}meetings/1/answer/")
    for said in ("Coming", "Remotely", "Cannot", "Conference Room A"):
        assert said in words(asked)
    assert member.post(f"{fire.address}meetings/1/answer/", {"answer": "coming", "minutes": "10"}).status_code == 302
    assert Attendance.objects.get(person=bodies.people["cog-7"]).answer == "coming"
    assert member.post(f"{fire.address}meetings/1/answer/", {"answer": "perhaps"}).status_code == 422
    row = Attendance.objects.get(person=bodies.people["cog-7"])
    assert member.post(f"{fire.address}meetings/1/called/{row.pk}/arrive/").status_code == 302
    assert "1 of 3 seats" in words(member.get(f"{fire.address}meetings/1/"))
    assert "not quorate: 2 wanted" in words(member.get(f"{fire.address}meetings/1/"))
    other = Attendance.objects.get(person=bodies.people["cog-6"])
    assert member.post(f"{fire.address}meetings/1/called/{other.pk}/arrive/").status_code == 403
    again = member.post(f"{fire.address}meetings/1/called/{row.pk}/arrive/")
    assert (again.status_code, "is here" in words(again)) == (422, True)


def test_a_stranger_sees_no_meeting_and_an_exercise_has_another_address(bodies: Bodies, fire: Incident) -> None:
    convene(TEST, incident=fire, group=bodies.cog)
    assert of(bodies.accounts["sept-1"]).get(f"{fire.address}meetings/1/").status_code == 404
    member = of(bodies.accounts["cog-6"])
    assert member.get(f"{fire.address}meetings/1/").status_code == 200
    assert member.get(f"/drill/{fire.key}/meetings/1/").status_code == 404
    assert member.get(f"{fire.address}meetings/convene/sept/").status_code == 403


def test_a_decision_goes_its_way_by_the_buttons_of_who_may(bodies: Bodies, fire: Incident) -> None:
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    chair, member = of(bodies.accounts["cog-1"]), of(bodies.accounts["cog-7"])
    sent = member.post(f"{fire.address}decisions/propose/cog/", {"kind": "operational", "title": "Close the building"})
    assert sent.headers["Location"] == f"{fire.address}decisions/1/"
    assert "Put it to the meeting" not in words(member.get(f"{fire.address}decisions/1/"))
    assert "Put it to the meeting" in words(chair.get(f"{fire.address}decisions/1/"))
    assert chair.post(f"{fire.address}decisions/1/put/").status_code == 302
    assert member.post(f"{fire.address}decisions/1/speak/", {"seat": "cog-7", "stand": "for"}).status_code == 302
    assert member.post(f"{fire.address}decisions/1/adopt/").status_code == 403
    assert chair.post(f"{fire.address}decisions/1/adopt/").status_code == 302
    assert Decision.objects.get().state == "adopted"
    late = member.post(f"{fire.address}decisions/1/speak/", {"seat": "cog-7", "stand": "against"})
    assert (late.status_code, "sealed: propose a new one" in words(late)) == (422, True)
    changed = member.post(f"{fire.address}decisions/1/edit/", {"version": Decision.objects.get().version,
                                                               "kind": "operational", "title": "Open"})  # fmt: skip
    assert "sealed: propose a new one" in words(changed)
    replacing = member.get(f"{fire.address}decisions/propose/cog/?replaces=1")
    assert "In place of decision 1" in words(replacing)


def test_an_activation_shows_what_is_missing_until_it_is_complete(bodies: Bodies, fire: Incident) -> None:
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    meets(bodies, fire, "sept", "sept-1", "sept-2")
    plan_in_force(bodies.cast, "buildings", "continuity")
    member, chair = of(bodies.accounts["cog-7"]), of(bodies.accounts["sept-1"])
    sent = member.post(f"{fire.address}activations/ask/",
                       {"plans": ["buildings"], "reason": "Closed.", "expected_hours": "48"})  # fmt: skip
    address = f"{fire.address}activations/1/"
    assert sent.headers["Location"] == address
    assert "the consultation of SEPT" in words(chair.get(address))
    refused = chair.post(f"{address}grant/", {"reason": ""})
    assert "Missing: the consultation of SEPT" in words(refused)
    assert member.post(f"{address}consult/", {"who": "Chef de Cabinet", "said": "Yes."}).status_code == 302
    assert chair.post(f"{address}grant/", {"reason": ""}).status_code == 302
    again = chair.post(f"{address}grant/", {"reason": ""})
    assert "already active since" in words(again)
    assert member.post(f"{address}stand-down/", {"reason": "Open again."}).status_code == 302
    assert Activation.objects.get().state == "stood_down"


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("Asia/Kathmandu", datetime(2026, 3, 1, 12, 0, tzinfo=UTC), ("17:45 Kathmandu", "12:00 UTC")),
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), ("01:30 New York (EDT)", "05:30 UTC")),
        ("America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC), ("01:30 New York (EST)", "06:30 UTC")),
    ],
)
def test_times_name_their_zone_and_the_hour_that_a_clock_shows_twice_is_told_apart(
    bodies: Bodies, monkeypatch: pytest.MonkeyPatch, zone: str, at: datetime, shown: tuple[str, ...]
) -> None:
    site = bodies.cast.sites["unhq"]
    edit_site(TEST, site, version=site.version, time_zone=zone)
    fire = declare_incident(TEST, title="Fire", site=bodies.site("unhq"))
    monkeypatch.setattr(clock, "now", lambda: at)
    convene(TEST, incident=fire, group=bodies.cog)
    consulted(bodies, fire)
    chief = user("chief", "crisis_team")
    for page in ("meetings/", "meetings/1/", "activations/1/", "decisions/"):
        text = words(of(chief).get(f"{fire.address}{page}"))
        assert all(part in text for part in shown), page
    assert Meeting.objects.get().called_at == at


@pytest.mark.parametrize("api", [False, True])
def test_a_database_that_takes_nothing_says_so_and_what_to_do(bodies: Bodies, fire: Incident, api: bool) -> None:
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    chair = of(bodies.accounts["cog-1"])
    address = "/api/v1/decisions" if api else f"{fire.address}decisions/propose/cog/"
    sent = {"kind": "operational", "title": "Close the building"}
    body: dict[str, Any] = {"data": sent}
    if api:
        token = create_token(TEST, bodies.accounts["cog-1"], name="program")[1]
        body = {
            "data": {**sent, "incident": fire.key, "group": "cog"},
            "content_type": "application/json",
            "headers": {"Authorization": f"Bearer {token}"},
        }
    error = OperationalError("attempt to write a readonly database")
    with patch("holdfast.organization.structure.saving.insert", side_effect=error):
        answer = chair.post(address, **body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert ("nothing of this was done" if api else "no half of it was kept") in words(answer)
    assert not Decision.objects.exists()
    assert chair.post(address, **body).status_code == (201 if api else 302)


def test_the_rules_are_drafted_changed_and_approved_on_their_pages(bodies: Bodies) -> None:
    manager = of(user("manager", "programme_manager"))
    assert "All of them are assumed" in words(manager.get("/crisis-rules/"))
    edit = manager.post("/crisis-rules/new/").headers["Location"]
    assert edit == "/rules-versions/rules-1/edit/"
    form = {
        "version": "1", "title": "Ours", "quorum": "cog 3", "crisis_activated_by": "cog", "continuity_asked_by": "cog",
        "continuity_consulted": "sept", "continuity_granted_by": "sept", "continuity_after_hours": "12",
        "known": "continuity_asked_by | stated | A/63/359, 30", "note": "",
    }  # fmt: skip
    assert "Wanted a body and its seats" in words(manager.post(edit, {**form, "quorum": "many"}))
    assert manager.post(edit, form).status_code == 302
    approve = {"version": "2", "valid_from": "2020-01-01", "reason": "Decided."}
    assert manager.post("/rules-versions/rules-1/approve/", approve).status_code == 302
    page = words(manager.get("/crisis-rules/"))
    assert all(said in page for said in ("“Ours”", "COG: 3", "12 h", "A/63/359, 30"))
    assert of(user("of-cog", "crisis_team")).get("/rules-versions/rules-1/edit/").status_code == 403


def test_whoever_has_to_be_telephoned_stands_there_with_the_numbers_that_one_may_see(
    bodies: Bodies, fire: Incident
) -> None:
    meeting = convene(TEST, incident=fire, group=bodies.cast.groups["cog"], because="It burns.")
    called = Attendance.objects.filter(meeting=meeting, person__isnull=False).first()
    assert called is not None
    add_contact(TEST, called.person, channel="telephone", address="+1 212 555 0142")
    add_contact(TEST, called.person, channel="mobile", address="+1 212 555 0143", private=True)
    page = words(of(user("chief", "crisis_team")).get(meeting.address))
    assert 'href="tel:+12125550142"' in page
    assert "555 0143" not in page, "a private one is its owner's and the duty officers'"
