"""The notices of reviews: a hot one and a full one are due so many days after the end."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import Incident, IncidentState
from holdfast.crisis.reviews.models import FULL_WITHIN, HOT_WITHIN, ReviewState
from holdfast.crisis.reviews.rights import WRITE
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.models import Notice
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.scope import may
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running

HOT = declare_kind("review.hot", _("Write the hot review"))
FULL = declare_kind("review.full", _("Write the review"))
OF_HOT, OF_FULL = "hot-review:", "review:"


def ended_on(incident: Incident) -> date | None:
    """The day in the world on which it ended: the clock of an exercise may show another. None while it is open, and for
    one that went on as a part of another, whose review is the other's."""
    if incident.state != IncidentState.CLOSED:
        return None
    exercise = incident.exercise
    at = exercise.ended_at if exercise is not None and exercise.ended_at is not None else incident.closed_at
    return at.astimezone(incident.zone).date() if at is not None else None


def due_of(incident: Incident) -> tuple[date | None, date | None]:
    """Until when the hot and the full review are due; None for what is not wanted or is there."""
    ended = ended_on(incident)
    broken_off = incident.exercise is not None and incident.exercise.state == "cancelled"
    if ended is None or broken_off:
        return None, None
    review = getattr(incident, "review", None)
    agreed = review is not None and review.state == ReviewState.AGREED
    hot = None if agreed or incident.hot_reviews.exists() else ended + HOT_WITHIN
    return hot, None if agreed else ended + FULL_WITHIN


def tell_reviews(by: Actor, incident: Incident) -> None:
    """Brings the notices in line with what is written: to who led it, else to all who may write it."""
    incident = Incident.objects.select_related("review", "exercise", "lead", "unit", "site").get(pk=incident.pk)
    for source, kind, due in zip((OF_HOT, OF_FULL), (HOT, FULL), due_of(incident), strict=True):
        to = incident.lead if incident.lead is not None and may(incident.lead, WRITE, incident) else None
        wanted = [Wanted(kind, user=to, permission="" if to else WRITE)] if due is not None else []
        mark = "" if incident.real else gettext("EXERCISE – ")
        keep_notices(
            by,
            source=f"{source}{incident.key}",
            wanted=wanted,
            title=f"{mark}{incident.title}",
            address=f"{incident.address}afterwards/",
            unit=incident.unit,
            site=incident.site,
            due=due,
        )


@job("reviews.follow", label=_("reminders of reviews"), at="05:45", takes_context=True)
def follow(by: Actor, context: Running) -> dict[str, int]:
    """All incidents that are closed and not yet reviewed, and those of which there still is a notice."""
    told = Notice.objects.open().filter(source__startswith=OF_FULL).values_list("source", flat=True)
    keys = {source.removeprefix(OF_FULL) for source in told}
    closed = Incident.objects.filter(state=IncidentState.CLOSED).exclude(review__state=ReviewState.AGREED)
    keys |= set(closed.values_list("key", flat=True))
    rows = list(Incident.objects.filter(key__in=keys).order_by("pk"))
    for number, incident in enumerate(rows):
        context.progress(number, len(rows))
        with transaction.atomic():
            tell_reviews(by, incident)
    return {"incidents": len(rows)}
