"""The notices of agreements: reviews asked, decisions to take, what was returned, and what was decided.

A step tells at once; every night all that is in review is told anew, so that a post or a chair that changed hands is
followed.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.models import RECORD, Agreement, State
from holdfast.governance.agreement.turns import turns
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running

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


def _wanted(agreement: Agreement, on: date) -> list[Wanted]:
    if agreement.state == State.APPROVED:
        author = agreement.submitted_by or agreement.author
        told = author is not None and author.is_active and author != agreement.decided_by
        return [Wanted(IS_DECIDED, user=author)] if told else []
    turn = turns([agreement], on)[agreement.pk]
    found = [Wanted(TO_MEND, user=user) for user in turn.menders]
    found += [Wanted(TO_REVIEW, user=user) for user in turn.reviewers]
    found += [Wanted(TO_DECIDE, user=user) for user in turn.deciders]
    if turn.unheard:
        found.append(Wanted(TO_DECIDE, permission=RECORD, words=str(agreement.approves or "")))
    return found
