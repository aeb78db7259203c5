"""Pages of plans: what they say, whom they let in, and that nothing typed is lost."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.core.exceptions import ValidationError
from django.test import Client, override_settings

from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.worker import Crew
from holdfast.readiness.plans import actions as acts
from holdfast.readiness.plans.models import Plan, PlanSection
from holdfast.readiness.plans.models.prints import PlanPrint
from tests.cast import TEST, Cast, user
from tests.readiness.test_plans import ago, agreed, begin, filled, open_gates, staffed

__all__ = ["open_gates", "staffed"]


@pytest.fixture
def cast(db: None) -> Cast:
    from tests.cast import secretariat

    return secretariat()


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def manager(cast: Cast) -> Client:
    return signed_in(user("manager", "programme_manager"))


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


def test_the_page_leads_with_what_is_true_of_the_plan(staffed: Cast, manager: Client) -> None:
    plan = filled(staffed)
    assert "A draft, ready to be submitted." in text(manager.get(f"/plans/{plan.key}/"))
    plan = agreed(plan)
    assert "covers nothing yet: it is not tested." in text(manager.get(f"/plans/{plan.key}/"))
    acts.record_test(TEST, plan=plan, on=clock.today(), held=True, what="All.")
    assert "It counts: approved, tested, true as of today" in text(manager.get(f"/plans/{plan.key}/"))


def test_the_cover_of_the_functions_says_by_which_plan(staffed: Cast, manager: Client) -> None:
    page = text(manager.get("/plans/functions/"))
    assert "0 of 1 critical functions are covered" in page and "None: begin one" in page
    plan = agreed(filled(staffed))
    acts.record_test(TEST, plan=plan, on=clock.today(), held=True, what="All.")
    page = text(manager.get("/plans/functions/"))
    assert "1 of 1 critical functions are covered" in page and "Plan of buildings" in page


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(open_gates: Cast, manager: Client) -> None:
    plan = begin(open_gates)
    address = f"/plans/{plan.key}/write/purpose/"
    manager.get(address)
    acts.write_section(TEST, plan=plan, section="purpose", language="en", text="Theirs.")
    answer = manager.post(address, {"text": "Mine.", "version": "0"})
    assert answer.status_code == 409
    assert "Mine." in text(answer) and "Theirs." in text(answer)
    assert PlanSection.objects.get().text == "Theirs."


def test_a_section_that_the_data_owns_cannot_be_typed(open_gates: Cast, manager: Client) -> None:
    plan = begin(open_gates)
    for section in ("processes", "tasks", "contacts", "resources", "nothing"):
        assert manager.get(f"/plans/{plan.key}/write/{section}/").status_code == 404
    assert manager.get(f"/plans/{plan.key}/write/purpose/?language=xx").status_code == 404


def test_what_people_write_is_never_markup_of_the_page(open_gates: Cast, manager: Client) -> None:
    plan = begin(open_gates)
    bad = "<script>alert(1)</script> [click](javascript:alert(1)) **bold**"
    acts.write_section(TEST, plan=plan, section="purpose", language="en", text=bad)
    page = text(manager.get(f"/plans/{plan.key}/"))
    assert "<script>alert" not in page and 'href="javascript' not in page and "<strong>bold</strong>" in page


def test_claims_are_given_by_name_and_what_is_not_known_is_said(open_gates: Cast, manager: Client) -> None:
    plan = filled(open_gates)
    task = plan.tasks.get(code="T2")
    fields = {
        "title": task.title, "phase": "continuity", "low": "1", "likely": "1", "high": "1", "basis": "assumed",
        "source": "", "details": "", "after": ["T1"], "version": str(task.version),
    }  # fmt: skip
    answer = manager.post(f"/plantask/{task.pk}/change/", {**fields, "claims": "Nothing of the kind: 3"})
    assert answer.status_code == 422 and "No pool and no resource is called" in text(answer)
    answer = manager.post(f"/plantask/{task.pk}/change/", {**fields, "claims": "Building engineers: 3"})
    assert answer.status_code == 302
    assert [str(claim) for claim in task.claims.all()] == ["3 × Building engineers"]


def test_the_calendar_shows_when_reviews_are_due_to_who_has_its_address(staffed: Cast, manager: Client) -> None:
    agreed(filled(staffed), on=ago(10))
    page = text(manager.get("/plans/reviews/"))
    address = page.split('id="feed-address"')[1].split('value="')[1].split('"')[0]
    path = address[address.index("/plans/") :]
    calendar = Client().get(path)
    assert calendar.headers["Content-Type"].startswith("text/calendar")
    body = calendar.content.decode()
    assert "SUMMARY:Review due: Plan of buildings" in body and "BEGIN:VEVENT" in body
    assert Client().get("/plans/reviews/nonsense.ics").status_code == 404
    other = signing.dumps([1, "x"], salt="something else")
    assert Client().get(f"/plans/reviews/{other}.ics").status_code == 404
    account = User.objects.get(username="manager")
    account.is_active = False
    account.save()
    assert Client().get(path).status_code == 404


def test_a_calendar_shows_no_more_than_its_owner_may_see(staffed: Cast) -> None:
    from holdfast.web.pages.plans.views import feed_token

    agreed(filled(staffed), on=ago(10))
    elsewhere = user("elsewhere", "unit_head", unit=staffed.units["unog"])
    body = Client().get(f"/plans/reviews/{feed_token(elsewhere)}.ics").content.decode()
    assert "VEVENT" not in body


@pytest.mark.parametrize("ending", ["plan.pdf", "plan.docx", "card.pdf"])
def test_a_plan_is_printed_for_who_may_read_it_and_for_nobody_else(staffed: Cast, manager: Client, ending: str) -> None:
    plan = filled(staffed)
    answer = manager.get(f"/plans/{plan.key}/{ending}?language=fr")
    assert answer.status_code == 200
    assert answer.content[:4] in (b"%PDF", b"PK\x03\x04")
    assert f"{plan.key}" in answer.headers["Content-Disposition"]
    stranger = signed_in(user("stranger", "unit_head", unit=staffed.units["unog"]))
    assert stranger.get(f"/plans/{plan.key}/{ending}").status_code == 404
    assert manager.get(f"/plans/{plan.key}/{ending}?language=tlh").status_code == 404


def test_who_was_given_a_copy_confirms_it_on_the_page(staffed: Cast) -> None:
    plan = agreed(filled(staffed))
    copy = acts.give_copy(TEST, plan=plan, post=staffed.posts["usg-safety"])
    holder = signed_in(User.objects.get(username="of-usg-safety"))
    page = holder.get(f"/plans/{plan.key}/")
    assert page.status_code == 200 and "Confirm that you have it" in text(page)
    holder.post(f"/plancopy/{copy.pk}/receive/", {"version": "1"})
    copy.refresh_from_db()
    assert copy.received_on == clock.today()
    assert "Confirm that you have it" not in text(holder.get(f"/plans/{plan.key}/"))


def test_the_list_of_plans_takes_the_same_queries_however_many(
    staffed: Cast, manager: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(5):
        filled(staffed, f"plan-{n}")
    with django_assert_max_num_queries(20):
        assert manager.get("/plans/").status_code == 200
    assert Plan.objects.count() == 5


def test_the_plans_of_a_unit_are_printed_together(staffed: Cast, manager: Client, tmp_path: Path) -> None:
    agreed(filled(staffed))
    with override_settings(DATA_DIR=tmp_path):
        together = manager.post("/plans/prints/", {"unit": "ocss", "language": "es", "together": "1"})
        assert together.status_code == 200 and together.content.startswith(b"%PDF")
        assert manager.post("/plans/prints/", {"unit": "ocss", "language": "ar", "single": "1"}).status_code == 302
        assert "Waiting" in text(manager.get("/plans/prints/"))
        Crew().run_one()
        page = text(manager.get("/plans/prints/"))
        assert "1 plan" in page
        (row,) = PlanPrint.objects.all()
        answer = manager.get(f"/plans/prints/{row.key}.zip")
        names = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()
        assert len(names) == 1 and names[0].endswith(".pdf")
        stranger = signed_in(user("stranger", "unit_head", unit=staffed.units["unog"]))
        assert stranger.get(f"/plans/prints/{row.key}.zip").status_code == 404
        refused = stranger.post("/plans/prints/", {"unit": "unog", "language": "en", "single": "1"})
        assert refused.status_code == 422 and "has no plan in force that you may see" in text(refused)


def test_no_plan_takes_the_address_of_a_page(open_gates: Cast) -> None:
    with pytest.raises(ValidationError, match="address of a page"):
        begin(open_gates, "library")
