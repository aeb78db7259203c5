"""The e-mail digest: what waits for each reader, in the reader's language, as often as the reader wants it."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from holdfast.governance.notices.models import Digest, DigestTold, Notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running

log = logging.getLogger("holdfast.mail")

MOST_LINES = 40
"""So many notices are written out; the rest is counted."""


class NotSent(Exception):
    """Some digests could not be sent; those that were are not sent again."""


@job("notices.digest", label=gettext_lazy("e-mail digests"), at="06:00", takes_context=True, most_attempts=6)
def send_digests(by: Actor, context: Running) -> dict[str, int]:
    """Sends every digest that is due. Who was told today is let be, so that it may be begun again."""
    today = clock.today()
    readers = list(due_readers(today))
    sent, failed, last = 0, 0, ""
    for number, reader in enumerate(readers, 1):
        context.progress(number - 1, len(readers))
        try:
            sent += send_digest(reader, today)
        except (OSError, SMTPException) as error:
            failed, last = failed + 1, str(error)
            log.warning("the digest of account %s was not sent: %s", reader.pk, error)
    if failed:
        raise NotSent(f"{failed} of {len(readers)} digests were not sent: {last}")
    return {"sent": sent, "readers": len(readers)}


def due_readers(on: date) -> list[User]:
    """The accounts with an address that are to be told on this day, if anything waits for them."""
    monday = on - timedelta(days=on.weekday())
    never = Q(digest__digest=Digest.NEVER)
    daily = Q(told__on__isnull=True) | Q(told__on__lt=on)
    weekly = Q(told__on__isnull=True) | Q(told__on__lt=monday)
    is_weekly = Q(digest__digest=Digest.WEEKLY)
    # Who has chosen nothing has no row, and counts as daily.
    due = (is_weekly & weekly) | ((Q(digest__isnull=True) | ~is_weekly) & daily)
    rows = User.objects.filter(is_active=True).exclude(email="").exclude(never).filter(due)
    return list(rows.order_by("pk"))


def send_digest(reader: User, on: date) -> bool:
    """Sends what waits for this reader. Gives whether anything did. Raises OSError or SMTPException.

    Sent first and marked afterwards: no transaction waits for a mail server, and a reader is rather told twice than
    not at all.
    """
    message = digest_of(reader, on)
    if message is None:
        return False
    message.send()
    told = DigestTold.objects.filter(user=reader).first() or DigestTold(user=reader)
    told.on = on
    told.save()
    return True


def digest_of(reader: User, on: date) -> EmailMessage | None:
    """The message to this reader; None where nothing waits."""
    waiting = list(Notice.objects.inbox(reader, on))
    if not waiting:
        return None
    with translation.override(reader.language or settings.LANGUAGE_CODE):
        late = sum(1 for notice in waiting if notice.is_late(on))
        subject = ngettext("%(n)s thing waits for you", "%(n)s things wait for you", len(waiting))
        subject %= {"n": len(waiting)}
        if late:
            subject += ", " + ngettext("%(n)s of them late", "%(n)s of them late", late) % {"n": late}
        lines = [_("This waits for you in Holdfast as of %(day)s.") % {"day": _day(on)}, ""]
        for notice in waiting[:MOST_LINES]:
            lines += [f"- {_line(notice, on)}", f"  {settings.PUBLIC_ADDRESS}{notice.address}"]
        if (more := len(waiting) - MOST_LINES) > 0:
            lines.append("- " + ngettext("%(n)s thing more", "%(n)s things more", more) % {"n": more})
        lines += ["", _("Your inbox: %(address)s") % {"address": f"{settings.PUBLIC_ADDRESS}/inbox/"}]
        lines.append(_("There you choose how often you are told: every day, every Monday or never."))
        return EmailMessage(subject, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, [reader.email])


def _line(notice: Notice, on: date) -> str:
    said = " ".join(f"{notice.label}: {notice.title}".split())
    if notice.due is None:
        return said
    day = _day(notice.due)
    when = _("late, it was due on %(day)s") if notice.is_late(on) else _("due on %(day)s")
    return f"{said} ({when % {'day': day}})"


def _day(on: date) -> str:
    return str(formats.date_format(on, "j F Y"))
