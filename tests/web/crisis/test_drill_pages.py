"""The pages of an exercise for who runs it, who observes it and who plays; of what comes afterwards; and the same by
programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from holdfast.crisis.drills.actions import end_exercise
from holdfast.crisis.incidents.actions import close_incident, declare_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.organization.accounts.actions import create_token
from holdfast.readiness.exercises.models import Exercise, Inject, ObserverNote
from tests import cast as made
from tests.cast import TEST, Cast, user
from tests.crisis.exercising import planned, started


@pytest.fixture
def cast(db: None) -> Cast:
    return made.secretariat()


def client(name: str, role: str, **scope: Any) -> Client:
    made = Client()
    made.force_login(user(name, role, **scope))
    return made


def api(name: str, role: str) -> Client:
    account = user(name, role)
    secret = create_token(account, account, name="test")[1]
    return Client(headers={"authorization": f"Bearer {secret}"})


def send(program: Client, method: str, path: str, **body: Any) -> Any:
    return program.generic(method, f"/api/v1{path}", json.dumps(body), content_type="application/json")


def test_who_runs_it_sees_what_is_due_delivers_and_skips(cast: Cast) -> None:
    drill = started(cast)
    chief = client("chief", "programme_manager")
    page = chief.get(f"{drill.address}control/").content.decode()
    assert "The press calls." in page
    assert len(page) < 150_000
    assert Inject.objects.get(number=1).state == "delivered", "what is due is played in when somebody looks"
    second = Inject.objects.get(number=2)
    assert chief.post(f"{drill.address}injects/{second.pk}/skip/", {"version": 1, "reason": ""}).status_code == 422
    assert chief.post(f"{drill.address}injects/{second.pk}/deliver/").status_code == 302
    second.refresh_from_db()
    assert (second.state, second.delivered_by.username) == ("delivered", "chief")
    twice = chief.post(f"{drill.address}injects/{second.pk}/deliver/", follow=True)
    assert "delivered already" in twice.content.decode()
    for role in ("crisis_team", "auditor", "staff"):
        asked = client(role, role).get(f"{drill.address}control/")
        assert asked.status_code in (403, 404)


def test_the_clock_is_turned_by_buttons(cast: Cast) -> None:
    drill = started(cast)
    chief = client("chief", "programme_manager")

    def press(**given: Any) -> Incident:
        version = Exercise.objects.get().version
        assert chief.post(f"{drill.address}clock/", {"version": version, **given}).status_code == 302
        return Incident.objects.get(pk=drill.pk)

    assert press(what="pause").pace == 0
    assert press(what="resume").pace == 1
    assert press(what="pace", pace="60").pace == 60
    assert press(what="pace", pace="fast").pace == 60
    late = chief.post(f"{drill.address}clock/", {"version": 1, "what": "pause"}, follow=True)
    assert Incident.objects.get(pk=drill.pk).pace == 60, "who saw an older clock does not turn it"
    assert late.status_code == 200


def test_an_observer_writes_notes_on_a_phone_and_players_do_not_see_them(cast: Cast) -> None:
    drill = started(cast)
    observer = client("observer", "auditor")
    address = f"{drill.address}observe/"
    assert observer.post(address, {"text": "Nobody led.", "kind": "weakness"}).status_code == 302
    note = ObserverNote.objects.get()
    assert (note.text, note.kind, note.user.username) == ("Nobody led.", "weakness", "observer")
    assert drill.started_at is not None
    assert note.at >= drill.started_at
    assert "Nobody led." in observer.get(address).content.decode()
    other = client("other", "crisis_team")
    for page in (drill.address, address, f"{drill.address}afterwards/", "/exercises/fire-drill/"):
        assert "Nobody led." not in other.get(page).content.decode()
    assert client("staff", "staff").get(address).status_code in (403, 404)


def test_the_words_that_stop_it_are_on_every_page_of_an_exercise_and_on_none_of_a_real_incident(cast: Cast) -> None:
    drill = started(cast)
    real = declare_incident(TEST, title="Fire", site=cast.sites["unhq"])
    guest = client("guest", "auditor")
    for page in ("", "afterwards/", "observe/"):
        assert f'href="{drill.address}stop/"' in guest.get(f"{drill.address}{page}").content.decode()
    assert "NO DUFF" not in guest.get(real.address).content.decode()
    assert guest.post(f"{drill.address}stop/", {"reason": ""}).status_code == 302
    assert Exercise.objects.get().stopped_at is not None
    assert guest.get(f"/crisis/{real.key}/stop/").status_code == 404


def test_an_address_of_a_real_incident_never_leads_to_an_exercise_nor_the_reverse(cast: Cast) -> None:
    drill = started(cast)
    real = declare_incident(TEST, title="Fire", site=cast.sites["unhq"])
    chief = client("chief", "administrator")
    for page in ("", "afterwards/", "afterwards/review.pdf", "afterwards/findings/new/", "control/", "observe/"):
        assert chief.get(f"/crisis/{drill.key}/{page}").status_code == 404
        assert chief.get(f"/drill/{real.key}/{page}").status_code == 404
    shown = chief.get(f"{drill.address}afterwards/").content.decode()
    assert "EXERCISE" in shown
    assert "EXERCISE" not in chief.get(f"{real.address}afterwards/").content.decode().split("<main")[1]


def test_a_finding_is_put_right_and_a_measurement_accepted_from_the_page(cast: Cast) -> None:
    real = declare_incident(TEST, title="Fire", site=cast.sites["unhq"], unit=cast.units["fcsd"])
    close_incident(TEST, real, version=1, reason="Out.")
    chief = client("chief", "administrator")
    page = f"{real.address}afterwards/"
    finding = {"text": "No key.", "severity": "major", "about": "other", "owner": "chief-fcsd"}
    assert chief.post(f"{page}findings/new/", finding).status_code == 302
    row = real.findings.get()
    assert chief.post(f"{page}findings/{row.pk}/raise/", {"version": 1, "title": "Two keys"}).status_code == 302
    action = real.findings.get().action
    assert action.title == "Two keys"
    assert action.address in chief.get(page).content.decode()
    proposed = {"node": "building", "hours": "5", "said": "By the log."}
    assert chief.post(f"{page}measurements/new/", proposed).status_code == 302
    row = real.measurements.get()
    accepted = chief.post(f"{page}measurements/{row.pk}/accept/", {"version": 1, "hours": "5", "reason": ""})
    assert accepted.status_code == 302
    assert real.measurements.get().state == "accepted"
    review = {"participants": "COG", "summary": "It burnt.", "root_causes": "A cable."}
    assert chief.post(f"{page}review/", review).status_code == 302
    assert chief.post(f"{page}agree/", {"version": 1}).status_code == 302
    assert "agreed" in chief.get(page).content.decode()
    assert len(chief.get(page).content) < 150_000


def test_a_program_runs_an_exercise_from_start_to_end_and_never_makes_it_real(cast: Cast) -> None:
    planned(cast)
    program = api("program", "programme_manager")
    begun = send(program, "POST", "/exercises/fire-drill/start", version=1, pace=60)
    assert begun.status_code == 200, begun.content
    said = begun.json()
    assert (said["state"], said["pace"], said["incident"][:2]) == ("under_way", 60.0, "x-")
    for change in ({"real": True}, {"exercise": None}, {"key": "i-1"}):
        refused = send(program, "PATCH", f"/incidents/{said['incident']}", version=1, **change)
        assert refused.status_code == 422
    made_up = send(program, "POST", "/incidents", title="Fire", exercise="fire-drill", real=False)
    assert made_up.status_code == 422
    assert not Incident.objects.get(exercise__key="fire-drill").real
    stopped = send(program, "POST", "/exercises/fire-drill/stop", reason="Smoke.", version=said["version"])
    assert stopped.json()["stopped_at"]
    resumed = send(program, "POST", "/exercises/fire-drill/resume", version=stopped.json()["version"])
    assert (resumed.status_code, resumed.json()["stopped_at"]) == (200, None)
    ended = send(program, "POST", "/exercises/fire-drill/end", version=resumed.json()["version"], reason="Played.")
    assert (ended.status_code, ended.json()["state"]) == (200, "done")
    assert Incident.objects.get().state == "closed"


def test_the_exercise_tells_players_no_inject_before_it_comes(cast: Cast) -> None:
    drill = started(cast)
    player = client("player", "crisis_team")
    page = player.get("/exercises/fire-drill/").content.decode()
    assert "The press calls." not in page
    assert "known only to those who make the exercise" in page
    assert api("reader", "crisis_team").get("/api/v1/injects").status_code == 403
    end_exercise(TEST, Exercise.objects.get(), reason="Over.")
    assert "Fire in the tower" in player.get(f"{drill.address}afterwards/").content.decode()
