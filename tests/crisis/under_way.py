"""Plans to set under way: two roles that are held, tasks in order, a recovery step with approval and way back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from holdfast.crisis.incidents.actions import opened
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN
from holdfast.governance.gates.actions import let_pass
from holdfast.governance.gates.models import Step
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions import nodes, people
from holdfast.organization.structure.models import Person, Pool
from holdfast.readiness.exercises.actions import create_exercise
from holdfast.readiness.exercises.models import Exercise
from holdfast.readiness.plans import actions as acts
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.template import sections_of
from tests.cast import TEST, Cast, user


def staff(cast: Cast) -> dict[str, User]:
    """Who holds the posts of buildings and safety, with accounts that have no role in the incident."""
    found = {}
    for key, title in (("chief-fcsd", "Chief of facilities"), ("usg-safety", "Head of safety")):
        account = user(f"of-{key}", "staff", unit=cast.units["unog"])
        person = people.create_person(TEST, key=f"person-{key}", name=title, unit=cast.units["fcsd"])
        people.link_account(TEST, person, version=person.version, user=account)
        people.hold_post(TEST, person, cast.posts[key], valid_from=date(2005, 1, 1))
        cast.people[key] = Person.objects.get(pk=person.pk)
        found[key] = account
    for step in (Step.POLICY, Step.RISK, Step.IMPACT, Step.STRATEGIES):
        let_pass(TEST, cast.units["un"], step=step, reason="The test begins with plans.")
    return found


def written(cast: Cast, key: str = "buildings", *, kind: str = "continuity", **more: Any) -> Plan:
    """A draft of a plan: call (1 h), start (2 h, brings the buildings back), tell (0.5 h), close (1.5 h)."""
    plan = acts.create_plan(
        TEST, key=key, kind=kind, unit=cast.units["fcsd"], title=f"Plan of {key}",
        **{"owner": cast.posts["chief-fcsd"], **more},
    )  # fmt: skip
    for section in sections_of(kind):
        if kind in section.needs:
            acts.write_section(TEST, plan=plan, section=section.name, language="en", text=f"About {section.name}.")
    process = cast.nodes["building"] if kind == "continuity" else cast.nodes["ny-power"]
    acts.add_process(TEST, plan=plan, node=process)
    head = acts.create_role(
        TEST, plan=plan, name="Head of team", post=cast.posts["chief-fcsd"], alternate=cast.posts["usg-safety"]
    )
    safety = acts.create_role(
        TEST, plan=plan, name="Safety", post=cast.posts["usg-safety"], alternate=cast.posts["chief-fcsd"],
        called_by=head,
    )  # fmt: skip
    step = {}
    if kind == "ict":
        step = {"approval": safety, "verification": "Two users sign in.", "way_back": "Switch back to the old system."}
    call = acts.create_task(TEST, plan=plan, title="Call the team", role=head, low=0.5, likely=1.0, high=2.0)
    start = acts.create_task(
        TEST, plan=plan, title="Start the systems", role=head, low=1.0, likely=2.0, high=4.0, after=[call],
        process=process, **step,
    )  # fmt: skip
    tell = acts.create_task(
        TEST, plan=plan, title="Tell the staff", role=safety, low=0.25, likely=0.5, high=1.0, after=[call]
    )
    acts.create_task(
        TEST, plan=plan, title="Open the doors", role=safety, low=1.0, likely=1.5, high=3.0, after=[start, tell]
    )
    return Plan.objects.get(pk=plan.pk)


def agreed(plan: Plan) -> Plan:
    head = User.objects.filter(username="head").first() or user("head", "programme_manager")
    acts.submit_plan(TEST, plan, version=plan.version, approver=head)
    plan = Plan.objects.get(pk=plan.pk)
    acts.approve_plan(head, plan, version=plan.version, on=clock.today(), reason="Agreed.")
    return Plan.objects.get(pk=plan.pk)


def seats(cast: Cast, count: float, key: str = "seats") -> Pool:
    return nodes.create_pool(
        TEST, key=key, name="Seats at the library", capacity=assumed(count, "seats"), unit=cast.units["fcsd"]
    )


@act("test.exercise", RUN, label="open an exercise")
def exercise(by: Actor, *, shows: datetime | None = None, pace: float = 1.0, **fields: Any) -> Incident:
    """An exercise whose clock shows a time of its own."""
    now = clock.now()
    fields.setdefault("unit", Unit.objects.get(key="fcsd"))
    played = create_exercise(by, key=f"exercise-{Exercise.objects.count()}", title=fields["title"], unit=fields["unit"])
    extra = {"clock_from": now, "clock_shows": shows or now, "pace": pace, "exercise": played}
    return opened(by, real=False, extra=extra, **fields)


class Clock:
    """The one clock, set by hand."""

    def __init__(self, monkeypatch: Any, at: datetime) -> None:
        self.at = at
        monkeypatch.setattr(clock, "now", lambda: self.at)
        monkeypatch.setattr(clock, "today", lambda: self.at.date())

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)
