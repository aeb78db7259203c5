"""Who runs the incident sees every task on one board; who has one does it from a telephone, and sees no more."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from holdfast.crisis.incidents.actions import declare_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.tasks import actions as acts
from holdfast.crisis.tasks.models import ActiveTask, Given, PlanRun
from holdfast.organization.accounts.models import User
from tests.cast import TEST, Cast, user
from tests.crisis.under_way import agreed, exercise, seats, staff, written
from tests.web.organization.conftest import cast, folder

__all__ = ["cast", "folder"]


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def text(response: Any) -> str:
    """What the page says, without its marks."""
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(plain).split()).replace(" ,", ",").replace(" .", ".")


@pytest.fixture
def run(cast: Cast) -> PlanRun:
    staff(cast)
    fire = declare_incident(TEST, title="Fire in the Headquarters complex", site=cast.sites["unhq"])
    return acts.start_plan(TEST, fire, agreed(written(cast)))


@pytest.fixture
def chief(run: PlanRun) -> Client:
    return signed_in(User.objects.get(username="of-chief-fcsd"))


@pytest.fixture
def lead(run: PlanRun) -> Client:
    return signed_in(user("lead", "programme_manager"))


def task(run: PlanRun, code: str) -> ActiveTask:
    return ActiveTask.objects.get(run=run, code=code)


def at(run: PlanRun, rest: str = "") -> str:
    return f"{run.incident.address}tasks/{rest}"


def test_the_board_says_how_far_the_plans_are_and_who_has_what(run: PlanRun, lead: Client) -> None:
    acts.block_task(TEST, task(run, "T1"), why="No telephone.")
    page = text(lead.get(at(run)))
    for said in (
        "0 of 4 done",
        "1 blocked",
        "Plan of buildings",
        "Chief of facilities",
        "No telephone.",
        "3 tasks wait",
    ):
        assert said in page, said
    assert "Tell the staff" not in text(lead.get(at(run, "?show=blocked")))
    assert "Tell the staff" in text(lead.get(at(run, "?by=person")))
    assert lead.get(at(run, "?by=time&show=late")).status_code == 200
    assert text(lead.get(at(run, "?show=nonsense&by=nonsense"))) == text(lead.get(at(run)))


def test_a_plan_is_drawn_as_it_went_beside_what_was_planned_with_the_same_in_figures(
    run: PlanRun, lead: Client
) -> None:
    acts.begin_task(TEST, task(run, "T1"))
    acts.finish_task(TEST, task(run, "T1"))
    response = lead.get(at(run, f"plans/{run.key}/"))
    body = response.content.decode()
    assert body.count('class="was"') == 4
    assert body.count('class="bar free done"') == 1
    page = text(response)
    for said in ("1 of 4 done", "When processes are back", "no time to spare", "In eight cases of ten"):
        assert said in page, said


def test_who_has_a_task_sees_it_alone_and_does_it_with_large_buttons(run: PlanRun, chief: Client) -> None:
    mine = f"{run.incident.address}my-tasks/"
    page = chief.get(mine)
    assert "Call the team" in text(page) and "Accept" in text(page)
    assert chief.get(run.incident.address).status_code in (403, 404)
    assert chief.get(at(run)).status_code in (403, 404)
    for verb, state in (("accept", "accepted"), ("begin", "doing"), ("done", "done")):
        row = task(run, "T1")
        response = chief.post(at(run, f"{row.key}/{verb}/?next={mine}"), {"version": row.version})
        assert (response.status_code, response.headers["Location"]) == (302, mine)
        assert task(run, "T1").state == state
    again = chief.post(at(run, f"{row.key}/done/?next={mine}"), {"version": row.version})
    assert again.status_code == 302, "done twice is done once"
    assert "Start the systems" in text(chief.get(mine))
    row = task(run, "T2")
    asked = chief.get(at(run, f"{row.key}/blocked/?next={mine}"))
    assert "What blocks it" in text(asked) and f'{run.incident.address}tasks/"' not in asked.content.decode()
    refused = chief.post(at(run, f"{row.key}/blocked/?next={mine}"), {"version": row.version, "why": ""})
    assert refused.status_code == 422
    chief.post(at(run, f"{row.key}/blocked/?next={mine}"), {"version": row.version, "why": "No power."})
    assert task(run, "T2").why == "No power."


def test_a_stranger_sees_no_tasks_of_others(run: PlanRun) -> None:
    stranger = signed_in(user("stranger", "staff"))
    assert stranger.get(f"{run.incident.address}my-tasks/").status_code == 404
    assert stranger.get(at(run, f"{task(run, 'T1').key}/accept/")).status_code == 404
    reader = signed_in(user("reader", "auditor"))
    assert reader.get(at(run)).status_code == 200
    assert reader.get(at(run, f"{task(run, 'T1').key}/done/")).status_code == 403
    assert reader.get(at(run, "new/")).status_code == 403


def test_who_presses_after_another_is_shown_what_has_become_of_it(run: PlanRun, chief: Client) -> None:
    seen = task(run, "T1")
    acts.block_task(TEST, seen, why="No telephone.")
    late = chief.post(at(run, f"{seen.key}/done/"), {"version": seen.version})
    assert late.status_code == 409
    assert "No telephone." in text(late)
    assert task(run, "T1").state == "blocked"


def test_the_page_of_a_task_says_what_was_done_with_it_and_each_form_opens(run: PlanRun, lead: Client) -> None:
    row = task(run, "T1")
    acts.accept_task(TEST, row)
    assert "Accepted: Call the team" in text(lead.get(at(run, f"{row.key}/")))
    for verb in ("begin", "done", "blocked", "goes-on", "failed", "cannot", "take-over", "assign", "due", "not-needed"):
        assert lead.get(at(run, f"{row.key}/{verb}/")).status_code == 200, verb
    row = task(run, "T1")
    response = lead.post(at(run, f"{row.key}/not-needed/"), {"version": row.version, "reason": "All are here."})
    assert response.status_code == 302 and task(run, "T1").state == "not_needed"


def test_tasks_are_added_and_plans_set_under_way_and_stood_down(run: PlanRun, lead: Client, cast: Cast) -> None:
    due = (run.incident.moment() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    added = lead.post(at(run, "new/"), {"title": "Fetch the keys", "owner": "person-usg-safety", "due": due})
    assert added.status_code == 302
    assert str(ActiveTask.objects.get(task=None).owner) == "Head of safety"
    other = agreed(written(cast, "power", kind="ict"))
    assert lead.post(at(run, "start/"), {"plan": other.key}).status_code == 302
    second = PlanRun.objects.get(plan=other)
    response = lead.post(at(run, f"plans/{second.key}/stand-down/"), {"version": 1, "reason": "Power is back."})
    assert response.status_code == 302
    assert PlanRun.objects.get(plan=other).state == "stood_down"


def test_seats_are_given_out_and_come_back(run: PlanRun, lead: Client, cast: Cast) -> None:
    seats(cast, 5)
    form = {"pool": "seats", "amount": "6", "process": "building"}
    refused = lead.post(at(run, "places/give/"), form)
    assert refused.status_code == 422 and "6 of 5 seats" in text(refused)
    assert lead.post(at(run, "places/give/"), {**form, "amount": "3"}).status_code == 302
    page = text(lead.get(at(run, "places/")))
    assert "3 of 5 seats given out here, 2 free" in page
    given = Given.objects.get()
    assert lead.post(at(run, f"places/{given.pk}/back/"), {"version": given.version}).status_code == 302
    assert "0 of 5 seats given out here" in text(lead.get(at(run, "places/")))


def test_an_exercise_says_so_and_lives_at_addresses_of_its_own(run: PlanRun, lead: Client, cast: Cast) -> None:
    drill = exercise(TEST, title="A drill")
    tried = acts.start_plan(TEST, drill, written(cast, "tried"))
    page = lead.get(at(tried))
    assert page.status_code == 200 and "EXERCISE" in text(page)
    assert lead.get(at(tried).replace("/drill/", "/crisis/")).status_code == 404
    assert lead.get(at(run, f"{task(tried, 'T1').key}/")).status_code == 404, "a task of another incident"
    assert Incident.objects.get(pk=drill.pk).address.startswith("/drill/")


def test_many_tasks_take_as_many_questions_as_few(
    run: PlanRun, lead: Client, django_assert_max_num_queries: object
) -> None:
    due = run.incident.moment() + timedelta(hours=1)
    for n in range(20):
        acts.add_task(TEST, incident=run.incident, title=f"More {n}", due=due)
    lead.get(at(run))
    with django_assert_max_num_queries(40):
        response = lead.get(at(run))
    assert len(response.content) < 150_000
