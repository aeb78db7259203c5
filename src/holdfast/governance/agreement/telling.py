"""The notices of agreements: reviews asked, decisions to take, what was returned, and what was decided.

A step tells at once; every night all that is in review is told anew, so that a post or a chair that changed hands is
followed.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.models import RECORD, Agreement, Review, State
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.models import Holding, SeatHolding

TO_REVIEW = declare_kind("agreement.review", _("Review"))
TO_DECIDE = declare_kind("agreement.decide", _("Decide"))
TO_MEND = declare_kind("agreement.mend", _("Mend and submit again"))
IS_DECIDED = declare_kind("agreement.decided", _("Decided"), informs=True)


def tell(by: Actor, agreement: Agreement) -> None:
    """Brings the notices of one agreement in line with its state and with who decides today."""
    keep_notices(
        by,
        source=f"agreement:{agreement.stable_key}",
        wanted=_wanted(agreement, clock.today()),
        title=agreement.title,
        address=agreement.address,
        unit=agreement.unit,
        site=agreement.site,
        due=agreement.due if agreement.in_review else None,
    )


@job("agreement.follow", label=_("reminders of what is to be agreed"), at="05:10", takes_context=True)
def follow(by: Actor, context: Running) -> dict[str, int]:
    """Tells all that is in review anew."""
    keys = list(Agreement.objects.filter(state=State.IN_REVIEW).order_by("pk").values_list("pk", flat=True))
    for number, pk in enumerate(keys):
        context.progress(number, len(keys))
        with transaction.atomic():
            tell(by, Agreement.objects.select_for_update().get(pk=pk))
    return {"agreements": len(keys)}


def deciders(agreement: Agreement, on: date) -> list[User]:
    """The active accounts whose decision it is on this day: the approver, who holds the post, who chairs the body or
    stands in for its chair. Those who wrote it are left out, unless the scales in force let them decide."""
    if agreement.approver is not None:
        found = [agreement.approver]
    elif agreement.approver_post_id is not None:
        found = _holders(on, Q(post=agreement.approver_post_id))
    elif agreement.approver_body_id is not None:
        chairs = SeatHolding.objects.as_of(on).filter(
            seat__group=agreement.approver_body_id, seat__role__in=("chair", "alternate_chair")
        )
        chairs = chairs.select_related("person__user").order_by("pk")
        found = [chair.person.user for chair in chairs if chair.person is not None and chair.person.user is not None]
        found += _holders(on, Q(post__in=[chair.post_id for chair in chairs if chair.post_id is not None]))
    else:
        found = []
    wrote = set() if in_force(on).author_may_approve else {agreement.author_id, agreement.submitted_by_id}
    return list({user.pk: user for user in found if user.is_active and user.pk not in wrote}.values())


def _holders(on: date, which: Q) -> list[User]:
    holdings = Holding.objects.as_of(on).filter(which).select_related("person__user").order_by("pk")
    return [holding.person.user for holding in holdings if holding.person.user is not None]


def _wanted(agreement: Agreement, on: date) -> list[Wanted]:
    if agreement.state == State.APPROVED:
        author = agreement.submitted_by or agreement.author
        told = author is not None and author.is_active and author != agreement.decided_by
        return [Wanted(IS_DECIDED, user=author)] if told else []
    if agreement.state == State.DRAFT and agreement.returned_at is not None:
        wrote = {user.pk: user for user in (agreement.author, agreement.submitted_by) if user is not None}
        return [Wanted(TO_MEND, user=user) for user in wrote.values() if user.is_active]
    if not agreement.in_review:
        return []
    asked = Review.objects.filter(agreement=agreement, answered_at=None, reviewer__is_active=True)
    found = [Wanted(TO_REVIEW, user=review.reviewer) for review in asked.select_related("reviewer").order_by("pk")]
    named = deciders(agreement, on)
    found += [Wanted(TO_DECIDE, user=user) for user in named]
    if not named:
        # Who decides has no account: those who enter such decisions are told.
        found.append(Wanted(TO_DECIDE, permission=RECORD, words=str(agreement.approves or "")))
    return found
