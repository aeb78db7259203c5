"""The notices of plans: reviews that are due, plans that have gone stale, copies to be received.

An act tells at once; every night all is told anew, so that a post that changed hands and a day that has come are
followed.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.models import Notice
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.scope import may
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.holders import accounts_holding
from holdfast.readiness.plans.models import Plan, PlanCopy
from holdfast.readiness.plans.rights import EDIT, VIEW
from holdfast.readiness.plans.upkeep import standing

REVIEW = declare_kind("plan.review", _("Review the plan, and attest it or write its next version"))
STALE = declare_kind("plan.stale", _("The plan is not true any more"))
RECEIVE = declare_kind("plan.receive", _("Confirm that you have the plan"))

OF_PLAN, OF_COPY = "plan:", "plan-copy:"


@job("plans.follow", label=_("reminders of plans"), at="05:30", takes_context=True)
def follow(by: Actor, context: Running) -> dict[str, int]:
    """One after the other: begun again, it finds what was told as it is."""
    on = clock.today()
    counting = set(Plan.objects.in_force(on).values_list("agreement__line", flat=True))
    told = Notice.objects.open().filter(source__startswith=OF_PLAN).values_list("source", flat=True)
    lines = sorted(counting | {source.removeprefix(OF_PLAN) for source in told})
    for number, line in enumerate(lines):
        context.progress(number, len(lines))
        with transaction.atomic():
            tell_line(by, line, on)
    return {"plans": len(lines)}


def tell_plan(by: Actor, plan: Plan, on: date) -> None:
    """Brings the notices of the version of its line that counts in line with how it stands."""
    tell_line(by, plan.agreement.line, on)


def tell_line(by: Actor, line: str, on: date) -> None:
    plans = Plan.objects.filter(agreement__kind=Plan.KIND, agreement__line=line)
    plan = plans.in_force(on).select_related("unit", "site", "owner", "agreement").first()
    source = f"{OF_PLAN}{line}"
    if plan is None:
        keep_notices(by, source=source, wanted=[], title="", address="")
        return
    stands = standing(plan, on)
    wanted: list[Wanted] = []
    if stands.stale:
        about = {"first": stands.stale[0].says, "n": len(stands.stale) - 1}
        words = gettext("%(first)s And %(n)d more.") % about if about["n"] else stands.stale[0].says
        wanted += _to_owner(plan, STALE, on, words)
    due = stands.review_due
    if due is not None and due - timedelta(days=in_force(on).review_ahead) <= on:
        wanted += _to_owner(plan, REVIEW, on, "")
    keep_notices(
        by, source=source, wanted=wanted, title=plan.title, address=plan.agreement_address(), unit=plan.unit,
        site=plan.site, due=due,
    )  # fmt: skip


def tell_copy(by: Actor, copy: PlanCopy, on: date) -> None:
    """Who holds the post is asked to say that the copy came, until one of them has."""
    plan = copy.plan
    users = [] if copy.received_on else accounts_holding([copy.post_id], on).get(copy.post_id, [])
    keep_notices(
        by,
        source=f"{OF_COPY}{copy.pk}",
        wanted=[Wanted(RECEIVE, user=user) for user in users],
        title=plan.title,
        address=plan.agreement_address(),
        unit=plan.unit,
        site=plan.site,
    )


def _to_owner(plan: Plan, kind: object, on: date, words: str) -> list[Wanted]:
    """To those who hold the owner's post and may see it; else to all who may write it."""
    doers = [
        user for user in accounts_holding([plan.owner_id], on).get(plan.owner_id or 0, ()) if may(user, VIEW, plan)
    ]
    if doers:
        return [Wanted(kind, user=user, words=words) for user in doers]  # type: ignore[arg-type]
    return [Wanted(kind, permission=EDIT, words=words)]  # type: ignore[arg-type]
