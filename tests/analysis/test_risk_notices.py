"""Who is told that a treatment is late, and that the risks of a site are to be assessed again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from holdfast.analysis.risk.actions import assessments as acts
from holdfast.analysis.risk.actions.treatments import create_treatment, edit_treatment
from holdfast.analysis.risk.models import Assessment, Risk, Threat, Treatment
from holdfast.analysis.risk.telling import due_again, follow
from holdfast.exchange.importing import apply, preview
from holdfast.governance.notices.models import Notice
from holdfast.governance.settings.actions import approve_scales, draft_scales
from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.leased import claim
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.actions import people
from tests.analysis.test_assessments import approve, begin, begun, complete, head, rate, threats
from tests.cast import TEST, Cast, user

__all__ = ["begun", "head", "threats"]
DAY = timedelta(days=1)


@pytest.fixture
def manager(cast: Cast) -> User:
    return user("manager", Role.PROGRAMME_MANAGER)


@pytest.fixture
def focal(cast: Cast) -> User:
    return user("focal", Role.FOCAL_POINT, unit=cast.units["fcsd"])


@pytest.fixture
def chief(cast: Cast) -> User:
    """Who holds the post of the chief of FCSD, and sees its risks."""
    account = user("chief", Role.CRISIS_TEAM, unit=cast.units["fcsd"])
    person = people.create_person(TEST, key="chief", name="Chief", unit=cast.units["fcsd"])
    people.link_account(TEST, person, version=person.version, user=account)
    people.hold_post(TEST, person, cast.posts["chief-fcsd"], valid_from=date(2008, 1, 1))
    return account


@pytest.fixture
def risk(cast: Cast, threats: dict[str, Threat]) -> Risk:
    return acts.create_risk(
        TEST, key="flood", title="Flood", site=cast.sites["new-york"], threat=threats["natural"],
        unit=cast.units["fcsd"],
    )  # fmt: skip


def planned(cast: Cast, risk: Risk, days_late: int, **more: object) -> Treatment:
    about = {"title": "Pumps", "cost": assumed(5, "USD"), "protects": ["premises"], **more}
    return create_treatment(TEST, key="pumps", risk=risk, due=clock.today() - days_late * DAY, **about)


def inbox(reader: User) -> list[str]:
    return [notice.label for notice in Notice.objects.inbox(User.objects.get(pk=reader.pk), clock.today())]


def night() -> None:
    enqueue("risk.follow", by=TEST)
    (job,) = claim(Job, "test")
    follow(TEST, Running(job))
    Job.objects.all().delete()


def test_a_late_treatment_waits_for_who_holds_the_owners_post_until_it_is_done(
    cast: Cast, risk: Risk, chief: User, focal: User
) -> None:
    treatment = planned(cast, risk, 1, owner=cast.posts["chief-fcsd"])
    assert (inbox(chief), inbox(focal)) == (["Carry out the treatment"], [])
    notice = Notice.objects.inbox(chief, clock.today()).get()
    assert (notice.title, notice.address, notice.due) == ("Pumps", "/risk/treatments/pumps/", treatment.due)
    edit_treatment(TEST, treatment, version=1, state="done", done_on=clock.today())
    assert inbox(chief) == []


def test_without_an_account_of_the_owner_it_waits_for_all_who_may_change_it(
    cast: Cast, risk: Risk, focal: User
) -> None:
    elsewhere = user("elsewhere", Role.FOCAL_POINT, unit=cast.units["unog"])
    planned(cast, risk, 1)
    assert (inbox(focal), inbox(elsewhere)) == (["Carry out the treatment"], [])


def test_a_treatment_that_is_not_late_yet_becomes_so_overnight(
    cast: Cast, risk: Risk, focal: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(cast, risk, 0)
    night()
    assert inbox(focal) == []
    tomorrow = clock.today() + DAY
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    night()
    assert inbox(focal) == ["Carry out the treatment"]


@pytest.mark.parametrize(("late", "head_told", "manager_told"), [(6, 0, 0), (7, 1, 0), (21, 1, 1)])
def test_a_late_treatment_goes_up_after_the_days_of_the_scales(
    cast: Cast, risk: Risk, chief: User, manager: User, late: int, head_told: int, manager_told: int
) -> None:
    above = user("above", Role.UNIT_HEAD, unit=cast.units["ocss"])
    planned(cast, risk, late, owner=cast.posts["chief-fcsd"])
    night()
    assert inbox(above) == ["Late in your unit"] * head_told
    assert inbox(manager) == ["Late for long"] * manager_told


def test_a_treatment_that_a_file_brings_up_to_date_is_followed(cast: Cast, risk: Risk, focal: User) -> None:
    planned(cast, risk, 1)
    found = preview(TEST, {"treatments": [{"key": "pumps", "state": "dropped"}]})
    assert found.can_be_applied
    apply(TEST, found)
    assert Job.objects.filter(name="risk.follow").count() == 1
    Job.objects.all().delete()
    night()
    assert inbox(focal) == []


def test_an_assessment_is_due_again_after_the_interval_or_sooner_by_its_worst_rank(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    scales = default_scales()
    quiet = begin(cast, "geneva", as_of=date(2008, 8, 31))
    levels = {f"{state}_{what}": 1 for state in ("inherent", "current", "target") for what in ("likelihood", "impact")}
    rate(quiet, threats["natural"], **levels)
    assert due_again(quiet, scales) == date(2009, 8, 31)
    rate(quiet, threats["political"], **{**levels, "inherent_likelihood": 5, "inherent_impact": 5,
                                        "current_likelihood": 5, "current_impact": 5})  # fmt: skip
    assert scales.level_of(5, 5).review == 3
    assert due_again(quiet, scales) == date(2008, 11, 30), "the last day of a shorter month"


def told_of(site: str) -> list[Notice]:
    return list(Notice.objects.open().filter(kind="risk.assess", site__key=site))


@pytest.fixture
def approved(cast: Cast, threats: dict[str, Threat], head: User, manager: User) -> Assessment:
    """To be made again in 30 days, by the ranks of its risks."""
    levels = {f"{state}_{what}": 1 for state in ("inherent", "current", "target") for what in ("likelihood", "impact")}
    as_of = clock.today() + 30 * DAY
    assessment = complete(begin(cast, as_of=as_of.replace(year=as_of.year - 1)), threats, **levels)
    return approve(assessment, head, clock.today())


def test_all_who_may_assess_a_site_are_told_before_its_assessment_is_due(
    cast: Cast, approved: Assessment, manager: User
) -> None:
    (notice,) = told_of("nairobi")
    assert (notice.due, notice.permission) == (due_again(approved, in_force(clock.today())), "risk.edit")
    assert inbox(manager) == ["Assess the risks again"]
    content = {**default_scales().as_json(), "review_ahead": 3}
    draft = draft_scales(TEST, content=content)
    approve_scales(TEST, draft, version=1, valid_from=clock.today(), reason="Less noise.")
    night()
    assert inbox(manager) == [], "the scales say how many days before"


def test_the_notice_leads_to_the_next_version_and_stays_until_that_counts(
    cast: Cast, approved: Assessment, head: User
) -> None:
    following = acts.draft_assessment_version(TEST, approved)
    (notice,) = told_of("nairobi")
    assert notice.address == f"/risk/assessments/{following.key}/"
    acts.record_consultation(TEST, assessment=following, who="Adviser", on=clock.today(), said="Agreed.")
    acts.submit_assessment(TEST, following, version=1, approver=head)
    acts.approve_assessment(
        head, following, version=1, on=clock.today(), in_force_from=clock.today() + DAY, reason="Sound."
    )
    assert told_of("nairobi"), "today the version before counts"


def test_a_withdrawn_assessment_is_not_to_be_made_again(cast: Cast, approved: Assessment) -> None:
    acts.withdraw_assessment(TEST, approved, version=1, on=clock.today(), reason="The office was closed.")
    assert told_of("nairobi") == []


def test_an_extra_assessment_is_not_repeated(cast: Cast, threats: dict[str, Threat], head: User) -> None:
    approve(complete(begin(cast, kind="extra"), threats), head)
    night()
    assert told_of("nairobi") == []
