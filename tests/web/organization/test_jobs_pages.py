"""Jobs in the browser: how far they are, and what one can do."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils.formats import date_format

from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.leased import claim
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.periodic import plan
from holdfast.organization.jobs.registry import JOBS
from holdfast.organization.jobs.worker import Crew
from tests.cast import TEST


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def account(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


def test_the_list_shows_state_progress_and_who_asked(administrator: Client) -> None:
    asked = enqueue("jobs.sweep", by=TEST)
    claim(Job, "worker")
    Job.objects.filter(pk=asked.pk).update(done=3, total=12, words="units")
    page = text(administrator, "/organization/jobs/")
    for said in ("1 job waits or runs.", "Remove old jobs", "running", "3 of 12", "the system", "No worker is at work"):
        assert said in page, said
    Crew().tend()
    assert "1 worker is at work." in text(administrator, "/organization/jobs/")


def test_one_sees_ones_own_jobs_alone(reader: Any) -> None:
    focal, staff = reader("focal_point", unit="unog"), reader("staff")
    mine = enqueue("jobs.sweep", by=account(focal))
    assert "Remove old jobs" in text(focal, "/organization/jobs/")
    assert "Nothing has been asked for yet" in text(staff, "/organization/jobs/")
    for verb in ("", "cancel/", "retry/"):
        address = f"/organization/jobs/{mine.pk}/{verb}"
        assert (staff.post(address) if verb else staff.get(address)).status_code == 404
    assert Job.objects.get().state == "waiting"


def test_a_job_is_cancelled_and_started_again_on_its_page(reader: Any) -> None:
    focal = reader("focal_point", unit="unog")
    mine = enqueue("jobs.sweep", by=account(focal))
    page = f"/organization/jobs/{mine.pk}/"
    assert "Cancel this job" in text(focal, page)
    assert "what it has done stays" in text(focal, f"{page}cancel/")
    assert focal.post(f"{page}cancel/").headers["Location"] == page
    assert "Start again" in text(focal, page)
    focal.post(f"{page}retry/")
    Crew().run_one()
    shown = text(focal, page)
    assert "done" in shown
    assert "What came out" in shown
    focal.post(f"{page}cancel/")
    assert "This job has ended already: done." in text(focal, page)


def test_an_auditor_sees_all_and_changes_nothing(reader: Any) -> None:
    auditor = reader("auditor")
    asked = enqueue("jobs.sweep", by=TEST)
    page = f"/organization/jobs/{asked.pk}/"
    assert "Cancel this job" not in text(auditor, page)
    assert auditor.post(f"{page}cancel/").status_code == 403


def test_what_went_wrong_is_shown_and_is_text(administrator: Client) -> None:
    at = clock.now()
    bad = Job(name="no.such", arguments={"a": "<b>"}, system="x", enqueued_at=at, run_after=at, words="<i>")
    bad.save()
    Crew().run_one()
    page = text(administrator, f"/organization/jobs/{bad.pk}/")
    assert "There is no job &#x27;no.such&#x27;." in page
    assert "<b>" not in page.split("What it was given")[1]
    assert "<i>" not in page


def test_filters_narrow_the_list(administrator: Client) -> None:
    enqueue("jobs.sweep", by=TEST)
    assert "1 in all" in text(administrator, "/organization/jobs/?state=waiting&name=jobs.sweep")
    assert "Nothing matches" in text(administrator, "/organization/jobs/?state=failed")
    assert administrator.get("/organization/jobs/?state=asleep").status_code == 400


def test_the_questions_of_the_list_do_not_grow(administrator: Client, query_count: Any) -> None:
    for _number in range(3):
        enqueue("jobs.sweep", by=account(administrator))
    with query_count("page jobs list"):
        administrator.get("/organization/jobs/")
    for _number in range(9):
        enqueue("jobs.sweep", by=account(administrator))
    with query_count("page jobs list"):
        administrator.get("/organization/jobs/")


def test_set_times_are_said_in_words(administrator: Client) -> None:
    (slot,) = plan(JOBS["jobs.sweep"])
    job = Job.objects.get()
    page = text(administrator, f"/organization/jobs/{job.pk}/")
    day = date_format(job.set_time, "j F Y")
    assert f"{day}, 03:30 UTC" in page
    assert "every day at 03:30 UTC" in page
    assert slot not in page
    assert "every day at 05:20 UTC" in text(administrator, "/organization/jobs/")
    assert "Set time" not in text(administrator, f"/organization/jobs/{enqueue('jobs.sweep', by=TEST).pk}/")
