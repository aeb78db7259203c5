"""A plan is written by one template, filled from the data, checked, agreed, tested, and stale when it is not true."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.governance.agreement.steps import changes_since, is_as_approved
from holdfast.governance.gates.actions import let_pass
from holdfast.governance.gates.gates import GateClosed
from holdfast.governance.gates.models import Step
from holdfast.governance.notices.models import Notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Conflict
from holdfast.organization.accounts.models import Grant, User
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.structure.actions import nodes, people
from holdfast.organization.structure.actions.places import edit_site
from holdfast.organization.structure.models import ContactPoint, Holding
from holdfast.readiness.plans import actions as acts
from holdfast.readiness.plans.checks import check_plan
from holdfast.readiness.plans.coverage import covered_functions, plans_of_processes
from holdfast.readiness.plans.facts import differences_of, facts_of
from holdfast.readiness.plans.models import Plan, PlanSection, PlanTask, TaskAfter
from holdfast.readiness.plans.telling import tell_plan
from holdfast.readiness.plans.template import sections_of
from holdfast.readiness.plans.upkeep import standing
from tests.cast import TEST, Cast, user

TODAY = clock.today


@pytest.fixture
def open_gates(cast: Cast) -> Cast:
    """Everybody is past the first four steps."""
    for step in (Step.POLICY, Step.RISK, Step.IMPACT, Step.STRATEGIES):
        let_pass(TEST, cast.units["un"], step=step, reason="The test begins with plans.")
    return cast


@pytest.fixture
def staffed(open_gates: Cast) -> Cast:
    """The posts of buildings and safety are held."""
    for key, title in (("chief-fcsd", "Chief of facilities"), ("usg-safety", "Head of safety")):
        cast = open_gates
        account = user(f"of-{key}", "staff", unit=cast.units["unog"])
        person = people.create_person(TEST, key=f"person-{key}", name=title, unit=cast.units["fcsd"])
        people.link_account(TEST, person, version=person.version, user=account)
        people.hold_post(TEST, person, cast.posts[key], valid_from=date(2020, 1, 1))
        people.add_contact(TEST, person, channel="mobile", address=f"+1 212 555 01{len(key):02}", verified_on=TODAY())
    return open_gates


def begin(cast: Cast, key: str = "buildings", kind: str = "continuity", **more: Any) -> Plan:
    return acts.create_plan(
        TEST, key=key, kind=kind, unit=cast.units["fcsd"], title=f"Plan of {key}",
        **{"owner": cast.posts["chief-fcsd"], **more},
    )  # fmt: skip


def filled(cast: Cast, key: str = "buildings", hours: tuple[float, float, float] = (0.5, 1.0, 2.0)) -> Plan:
    """A plan that lacks nothing: two roles, two tasks, one process, every section."""
    plan = begin(cast, key)
    for section in sections_of("continuity"):
        if "continuity" in section.needs:
            acts.write_section(TEST, plan=plan, section=section.name, language="en", text=f"About {section.name}.")
    acts.add_process(TEST, plan=plan, node=cast.nodes["building"])
    head = acts.create_role(
        TEST, plan=plan, name="Head of team", post=cast.posts["chief-fcsd"], alternate=cast.posts["usg-safety"]
    )
    acts.create_role(
        TEST, plan=plan, name="Safety", post=cast.posts["usg-safety"], alternate=cast.posts["chief-fcsd"],
        called_by=head,
    )  # fmt: skip
    first = acts.create_task(
        TEST, plan=plan, title="Call the team", phase="activation", role=head, low=0.25, likely=0.5, high=1.0
    )
    acts.create_task(
        TEST, plan=plan, title="Start the systems", phase="continuity", role=head, low=hours[0], likely=hours[1],
        high=hours[2], after=[first], process=cast.nodes["building"],
    )  # fmt: skip
    return Plan.objects.get(pk=plan.pk)


def agreed(plan: Plan, on: date | None = None) -> Plan:
    day = on or TODAY()
    head = User.objects.filter(username="head").first() or user("head", "programme_manager")
    acts.submit_plan(TEST, plan, version=plan.version, approver=head)
    plan = Plan.objects.get(pk=plan.pk)
    return acts.approve_plan(head, plan, version=plan.version, on=day, reason="Agreed.")


def ago(days: int) -> date:
    return TODAY() - timedelta(days=days)


def says(plan: Plan, check: str) -> list[str]:
    return [one.says for one in check_plan(plan, TODAY()).findings if one.check == check]


def test_a_plan_lacks_what_the_template_asks_for_until_it_is_written(open_gates: Cast) -> None:
    plan = begin(open_gates)
    checked = check_plan(plan, TODAY())
    assert {"empty", "no-tasks", "no-processes", "no-roles"} <= {one.check for one in checked.stops}
    with pytest.raises(ValidationError, match="“Purpose” is still empty"):
        acts.submit_plan(TEST, plan, version=plan.version, approver=user("head", "programme_manager"))
    assert Plan.objects.get(pk=plan.pk).agreement.is_draft


def test_every_continuity_plan_answers_all_five_causes(open_gates: Cast) -> None:
    """Rule 4."""
    plan = begin(open_gates)
    for cause in ("staff", "systems", "premises", "records", "suppliers"):
        wanted = [one for one in check_plan(plan, TODAY()).stops if one.part == f"section-cause-{cause}"]
        assert len(wanted) == 1
        acts.write_section(TEST, plan=plan, section=f"cause-{cause}", language="en", text="An answer.")
    assert not [one for one in check_plan(plan, TODAY()).stops if one.part.startswith("section-cause")]


def test_crisis_plans_are_made_for_a_kind_of_crisis_and_continuity_plans_are_not(open_gates: Cast) -> None:
    """Rule 34."""
    with pytest.raises(ValidationError, match="say which"):
        begin(open_gates, "fire", "crisis")
    plan = begin(open_gates, "fire", "crisis", crisis="fire")
    with pytest.raises(ValidationError, match="serves life and property"):
        acts.add_process(TEST, plan=plan, node=open_gates.nodes["building"])
    with pytest.raises(ValidationError, match="one kind of crisis"):
        begin(open_gates, "other", "continuity", crisis="fire")
    assert "life" in {section.name for section in sections_of("crisis") if "crisis" in section.needs}


def test_a_continuity_plan_waits_for_the_steps_before_and_a_crisis_plan_does_not(cast: Cast) -> None:
    plan = filled(cast)
    with pytest.raises(GateClosed):
        acts.submit_plan(TEST, plan, version=plan.version, approver=user("head", "programme_manager"))
    fire = begin(cast, "fire", "crisis", crisis="fire")
    with pytest.raises(ValidationError) as refused:
        acts.submit_plan(TEST, fire, version=fire.version, approver=User.objects.get(username="head"))
    assert not isinstance(refused.value, GateClosed)


def test_a_recovery_plan_brings_back_applications_only(open_gates: Cast) -> None:
    plan = begin(open_gates, "mail", "ict")
    with pytest.raises(ValidationError, match="applications"):
        acts.add_process(TEST, plan=plan, node=open_gates.nodes["building"])
    acts.add_process(TEST, plan=plan, node=open_gates.nodes["ny-power"])
    acts.create_task(
        TEST, plan=plan, title="Switch over", low=1, likely=1, high=1, process=open_gates.nodes["ny-power"]
    )
    found = {one.check for one in check_plan(plan, TODAY()).findings}
    assert {"no-verification", "no-way-back", "no-approval"} <= found


def test_tasks_that_would_wait_for_each_other_are_refused_by_name(open_gates: Cast) -> None:
    plan = filled(open_gates)
    first, second = plan.tasks.order_by("code")
    with pytest.raises(ValidationError, match=r"T1 → T2 → T1|T2 → T1 → T2"):
        acts.edit_task(TEST, first, version=first.version, after=[second])
    assert TaskAfter.objects.filter(task=first).count() == 0


def test_what_came_after_a_removed_task_comes_after_what_it_came_after(open_gates: Cast) -> None:
    plan = filled(open_gates)
    first, second = plan.tasks.order_by("code")
    third = acts.create_task(TEST, plan=plan, title="Tell staff", low=0, likely=0, high=0, after=[second])
    acts.remove_task(TEST, second, version=second.version)
    assert third.after == [first.code]


def test_times_along_the_tasks_are_held_against_the_limits(open_gates: Cast) -> None:
    """RTO 4 h, MTPD 24 h: half an hour for the call, then what the second task takes."""
    assert not says(filled(open_gates), "over-rto")
    late = filled(open_gates, "late", (4.0, 5.0, 6.0))
    assert says(late, "over-rto") == [
        "Running of the building systems is back after 5.5 h; it is wanted after 4 h (RTO)."
    ]
    worse = filled(open_gates, "worse", (20.0, 30.0, 40.0))
    assert "24 h (MTPD)" in says(worse, "over-mtpd")[0]
    risky = filled(open_gates, "risky", (1.0, 3.0, 9.0))
    assert "one case in ten takes more than" in says(risky, "may-pass")[0]


def test_a_process_that_no_task_brings_back_is_told(open_gates: Cast) -> None:
    plan = filled(open_gates)
    task = plan.tasks.get(code="T2")
    acts.edit_task(TEST, task, version=task.version, process=None)
    assert says(plan, "never-back") == ["No task brings Running of the building systems back."]


def test_one_person_in_two_places_at_once_is_found(staffed: Cast) -> None:
    plan = filled(staffed)
    head = plan.roles.get(code="R1")
    for site, title in (("geneva", "Open Geneva"), ("nairobi", "Open Nairobi")):
        acts.create_task(TEST, plan=plan, title=title, role=head, site=staffed.sites[site], low=1, likely=1, high=1)
    assert says(plan, "two-places") == [
        "Chief of facilities is in two places at once: “Open Geneva” at Geneva and “Open Nairobi” at Nairobi."
    ]
    one, other = plan.tasks.filter(site__isnull=False).order_by("code")
    acts.edit_task(TEST, other, version=other.version, after=[one])
    assert says(plan, "two-places") == []


def test_two_persons_of_one_name_are_two(staffed: Cast) -> None:
    plan = filled(staffed)
    for key in ("chief-fcsd", "usg-safety"):
        person = Holding.objects.get(post=staffed.posts[key]).person
        people.edit_person(TEST, person, version=person.version, name="Chief")
    for code, site, title in (("R1", "geneva", "Open Geneva"), ("R2", "nairobi", "Open Nairobi")):
        role = plan.roles.get(code=code)
        acts.create_task(TEST, plan=plan, title=title, role=role, site=staffed.sites[site], low=1, likely=1, high=1)
    assert says(plan, "two-places") == []


def test_old_contacts_and_empty_posts_are_found(staffed: Cast) -> None:
    plan = filled(staffed)
    assert says(plan, "post-vacant") == []
    one = ContactPoint.objects.get(person__key="person-chief-fcsd")
    people.edit_contact(TEST, one, version=one.version, verified_on=ago(91))
    assert says(plan, "old-contact")[0].startswith("The contacts of Chief of facilities are older than 90 days")
    holding = Holding.objects.get(post=staffed.posts["chief-fcsd"])
    people.end_holding(TEST, holding, version=holding.version, on=TODAY())
    assert "Nobody holds the post of “Head of team”" in says(plan, "post-vacant")[0]


def test_what_all_plans_claim_of_a_pool_at_once_is_held_against_it(open_gates: Cast) -> None:
    pool = nodes.create_pool(
        TEST, key="seats", name="Seats", capacity=assumed(10, "seats"), unit=open_gates.units["un"]
    )
    one = filled(open_gates)
    task = one.tasks.get(code="T2")
    acts.edit_task(TEST, task, version=task.version, claims=[(pool, 6.0)])
    assert says(one, "contention") == []
    agreed(Plan.objects.get(pk=one.pk))
    other = filled(open_gates, "other")
    task = other.tasks.get(code="T2")
    acts.edit_task(TEST, task, version=task.version, claims=[(pool, 6.0)])
    assert says(other, "contention") == ["Seats: all plans together claim 12 seats after 0.5 h, and there are 10."]


def test_a_plan_counts_once_it_is_approved_tested_current_and_held(staffed: Cast) -> None:
    """Rules 1 and 24."""
    plan = agreed(filled(staffed))
    stands = standing(plan, TODAY())
    assert (stands.approved, stands.tested, stands.current, stands.held) == (True, False, True, True)
    assert not stands.stands
    assert covered_functions(TODAY())[0]["covered"] is False
    acts.record_test(TEST, plan=plan, on=TODAY(), kind="functional", held=True, what="All tasks, by the team.")
    assert standing(plan, TODAY()).stands
    (function,) = covered_functions(TODAY())
    assert (function["plans"], function["tested"], function["covered"]) == (["buildings"], True, True)
    a_year_on = TODAY() + timedelta(days=366)
    assert not standing(plan, a_year_on).tested


def test_a_test_that_the_plan_did_not_pass_is_no_test(staffed: Cast) -> None:
    plan = agreed(filled(staffed))
    acts.record_test(TEST, plan=plan, on=TODAY(), kind="tabletop", held=False, what="The calls.", found="Nobody came.")
    assert not standing(plan, TODAY()).tested


def test_a_draft_is_not_tested(staffed: Cast) -> None:
    with pytest.raises(ValidationError, match="not approved yet"):
        acts.record_test(TEST, plan=filled(staffed), on=TODAY(), held=True, what="All.")


def test_a_test_counts_for_the_next_version_only_where_its_tasks_are_the_same(staffed: Cast) -> None:
    plan = agreed(filled(staffed), on=ago(10))
    acts.record_test(TEST, plan=plan, on=ago(8), held=True, what="All.")
    following = acts.draft_plan_version(TEST, plan)
    acts.write_section(TEST, plan=following, section="purpose", language="en", text="Other words.")
    following = agreed(Plan.objects.get(pk=following.pk), on=ago(5))
    assert standing(following, TODAY()).tested
    third = acts.draft_plan_version(TEST, following)
    task = third.tasks.get(code="T2")
    acts.edit_task(TEST, task, version=task.version, likely=1.5)
    assert not standing(agreed(Plan.objects.get(pk=third.pk)), TODAY()).tested


def test_the_next_version_begins_with_all_that_is_in_this_one(staffed: Cast) -> None:
    plan = agreed(filled(staffed))
    following = acts.draft_plan_version(TEST, plan)
    before, now = plan.agreed_record(), following.agreed_record()
    for part in ("sections", "processes", "roles", "tasks"):
        assert now[part] == before[part]
    assert following.frozen is None
    assert following.key == "buildings-2"


def test_a_plan_is_stale_at_once_when_a_person_leaves_with_the_reason(staffed: Cast) -> None:
    """Row E5."""
    plan = agreed(filled(staffed))
    assert standing(plan, TODAY()).stale == ()
    holding = Holding.objects.get(post=staffed.posts["chief-fcsd"])
    people.end_holding(TEST, holding, version=holding.version, on=TODAY())
    said = [one.says for one in standing(plan, TODAY()).stale]
    assert "Head of team: held by was Chief of facilities, and is nobody or nothing now." in said
    assert is_as_approved(plan)
    tell_plan(TEST, plan, TODAY())
    assert Notice.objects.open().filter(kind="plan.stale").exists()


def test_a_plan_is_stale_when_a_limit_or_a_site_changes(staffed: Cast) -> None:
    plan = agreed(filled(staffed))
    node = staffed.nodes["building"]
    nodes.edit_node(TEST, node, version=node.version, rto=assumed(2, "h", "Asked for."))
    site = staffed.sites["new-york"]
    edit_site(TEST, site, version=site.version, address="Elsewhere")
    said = {one.says for one in standing(plan, TODAY()).stale}
    assert "Running of the building systems: RTO was 4 h, and is 2 h now." in said
    assert any("address is Elsewhere now" in one for one in said)


def test_what_was_signed_holds_the_data_of_its_day(staffed: Cast) -> None:
    plan = agreed(filled(staffed))
    assert plan.agreement.record["frozen"]["processes"][0]["rto"] == "4 h"
    assert differences_of(plan.frozen, facts_of(plan, TODAY())) == []


def test_two_versions_differ_in_words_and_in_data(staffed: Cast) -> None:
    plan = agreed(filled(staffed), on=ago(10))
    following = acts.draft_plan_version(TEST, plan)
    acts.write_section(TEST, plan=following, section="purpose", language="en", text="About the new purpose.")
    node = staffed.nodes["building"]
    nodes.edit_node(TEST, node, version=node.version, rto=assumed(2, "h", "Asked for."))
    following = agreed(Plan.objects.get(pk=following.pk))
    changes = {one.label: (one.before, one.after) for one in changes_since(following)}
    purpose = next(both for label, both in changes.items() if "Purpose" in label)
    assert purpose == ("About purpose.", "About the new purpose.")
    assert ("4 h", "2 h") in changes.values()


def test_the_owner_attests_and_the_review_is_counted_from_that_day(staffed: Cast) -> None:
    plan = agreed(filled(staffed), on=ago(400))
    assert standing(plan, TODAY()).late
    with pytest.raises(NotAllowed):
        acts.attest_plan(user("manager", "programme_manager"), plan=plan, said="Read.")
    owner = User.objects.get(username="of-chief-fcsd")
    Grant(user=owner, role="process_owner", unit=staffed.units["fcsd"]).save()
    acts.attest_plan(User.objects.get(pk=owner.pk), plan=plan, said="Read with the team.")
    assert not standing(plan, TODAY()).late


def test_a_copy_opens_the_plan_to_who_holds_the_post_and_asks_for_a_receipt(staffed: Cast) -> None:
    plan = agreed(filled(staffed))
    holder = User.objects.get(username="of-usg-safety")
    assert not visible(Plan.objects.all(), holder).exists()
    copy = acts.give_copy(TEST, plan=plan, post=staffed.posts["usg-safety"])
    assert visible(Plan.objects.all(), holder).get() == plan
    assert Notice.objects.open().filter(kind="plan.receive", user=holder).exists()
    with pytest.raises(NotAllowed):
        acts.receive_copy(User.objects.get(username="of-chief-fcsd"), copy, version=copy.version)
    acts.receive_copy(holder, copy, version=copy.version)
    assert not Notice.objects.open().filter(kind="plan.receive").exists()


def test_two_who_write_the_same_section_do_not_lose_a_word(open_gates: Cast) -> None:
    plan = begin(open_gates)
    acts.write_section(TEST, plan=plan, section="purpose", language="en", text="One.", version=0)
    with pytest.raises(Conflict):
        acts.write_section(TEST, plan=plan, section="purpose", language="en", text="Other.", version=0)
    assert PlanSection.objects.get(plan=plan).text == "One."


def test_an_approved_plan_is_never_changed_again(staffed: Cast) -> None:
    plan = agreed(filled(staffed))
    for change in (
        lambda: acts.write_section(TEST, plan=plan, section="purpose", language="en", text="Other."),
        lambda: acts.create_task(TEST, plan=plan, title="More", low=1, likely=1, high=1),
        lambda: acts.remove_task(TEST, plan.tasks.get(code="T1"), version=1),
        lambda: acts.add_process(TEST, plan=plan, node=staffed.nodes["geneva-meetings"]),
    ):
        with pytest.raises(ValidationError, match="make a new version"):
            change()
    assert is_as_approved(plan)


def test_plans_nest_and_never_in_a_circle(open_gates: Cast) -> None:
    top = begin(open_gates, "top")
    office = begin(open_gates, "office", part_of=top)
    unit = begin(open_gates, "unit", part_of=office)
    with pytest.raises(ValidationError, match="nor of its own parts"):
        acts.edit_plan(TEST, top, version=top.version, part_of=unit)


def test_a_discarded_draft_leaves_nothing(open_gates: Cast) -> None:
    plan = filled(open_gates)
    acts.discard_plan(TEST, plan, version=plan.version)
    assert not Plan.objects.exists()
    assert not PlanTask.objects.exists()
    assert not PlanSection.objects.exists()


def test_plans_of_processes_are_asked_with_the_same_queries_however_many(
    staffed: Cast, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        filled(staffed, f"plan-{n}")
    with django_assert_max_num_queries(16):
        found = plans_of_processes(TODAY())
    assert len(found["building"]) == 6
