"""What waits for a reader: each room's pages add a question of theirs to ``WAITING``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.governance.notices.models import Notice
from holdfast.governance.policy.acknowledging import to_acknowledge
from holdfast.governance.policy.actions import reminder_of
from holdfast.organization.accounts.scope import may_somewhere
from holdfast.organization.structure.holes import VIEW as SEE_HOLES
from holdfast.organization.structure.holes import holes
from holdfast.organization.structure.models import ContactPoint
from holdfast.web.pages.evidence.ageing import Age, aged
from holdfast.web.pages.organization.missing import Menders

MOST_NOTICES = 5
"""So many are named; the rest is counted, and stands in the inbox."""
CONTACTS_AGE = timedelta(days=90)
"""After this a contact point counts as not verified."""


@dataclass(frozen=True)
class Waiting:
    """One line: what waits, why it matters, and where it is done."""

    says: str
    why: str
    url: str


Question = Callable[[Any, date], Iterator[Waiting]]


def notices(user: Any, on: date) -> Iterator[Waiting]:
    """What the rooms have raised for the reader, the most urgent first."""
    found = Notice.objects.inbox(user, on)
    for notice in found[:MOST_NOTICES]:
        yield Waiting(f"{notice.label}: {notice.title}", _when(notice, on), notice.address)
    if (more := found.count() - MOST_NOTICES) > 0:
        says = ngettext("%(n)s thing more", "%(n)s things more", more) % {"n": more}
        yield Waiting(says, _("In your inbox."), reverse("inbox"))


def _when(notice: Notice, on: date) -> str:
    if notice.due is None:
        return ""
    day = formats.date_format(notice.due, "j F Y")
    return (
        _("Late: it was due on %(day)s.") % {"day": day} if notice.is_late(on) else _("Due on %(day)s.") % {"day": day}
    )


def holes_to_mend(user: Any, on: date) -> Iterator[Waiting]:
    """Holes that the reader has the right to fill, by kind, the most frequent first."""
    if not may_somewhere(user, SEE_HOLES):
        return
    menders = Menders(user)
    counted: dict[Any, int] = {}
    for hole in holes(on, user):
        if menders.of(hole):
            counted[hole.kind] = counted.get(hole.kind, 0) + 1
    for kind, count in sorted(counted.items(), key=lambda item: -item[1]):
        yield Waiting(
            f"{count} × {kind.label}",
            _("Holes in the organisation that you can mend."),
            f"{reverse('holes')}?kind={kind.value}",
        )


def own_contact_points(user: Any, on: date) -> Iterator[Waiting]:
    """The reader's own ways to be reached that nobody has verified of late."""
    old = Q(verified_on__isnull=True) | Q(verified_on__lt=on - CONTACTS_AGE)
    if count := ContactPoint.objects.filter(old, person__user=user.pk).count():
        yield Waiting(
            ngettext("%(n)s contact point to verify", "%(n)s contact points to verify", count) % {"n": count},
            _("Alerts go there; none of them was verified within the last 90 days."),
            reverse("my-person"),
        )


def evidence_run_out(user: Any, on: date) -> Iterator[Waiting]:
    """Figures whose evidence has run out, for those who keep figures."""
    if not may_somewhere(user, "process.edit"):
        return
    if count := sum(one.age is Age.RUN_OUT for one in aged(user, on)):
        yield Waiting(
            ngettext("%(n)s figure to look at again", "%(n)s figures to look at again", count) % {"n": count},
            _("The evidence has run out."),
            f"{reverse('evidence')}?age={Age.RUN_OUT.value}",
        )


def policies_to_acknowledge(user: Any, on: date) -> Iterator[Waiting]:
    """Policies in force that hold for the reader and that he has not acknowledged; where a reminder says so, once."""
    left = to_acknowledge(user, on)
    sources = [reminder_of(policy) for policy in left]
    reminded = set(Notice.objects.open().filter(user=user.pk, source__in=sources).values_list("source", flat=True))
    for policy in left:
        if reminder_of(policy) in reminded:
            continue
        why = _("It is in force since %(day)s and holds for you.")
        since = policy.agreement.in_force_from
        yield Waiting(
            _("Read and acknowledge: %(policy)s") % {"policy": policy},
            why % {"day": formats.date_format(since, "j F Y") if since is not None else ""},
            policy.agreement.address,
        )


WAITING: list[Question] = [
    notices,
    policies_to_acknowledge,
    own_contact_points,
    evidence_run_out,
    holes_to_mend,
]
