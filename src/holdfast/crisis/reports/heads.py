"""The heads of the logs by e-mail, so that they are kept where who changes the database does not reach: every day of
all open incidents, and once more when an incident has ended."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.reports.models import HeadReader, HeadSent
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.jobs.registry import job
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import ContactPoint
from holdfast.organization.structure.models.people import Channel

log = logging.getLogger("holdfast.mail")
LOOKS_BACK = timedelta(days=14)
"""An incident that ended longer ago is not told of any more."""


class HeadsNotSent(Exception):
    """Some heads could not be sent; those that were are not sent again."""


@job("log.heads", label=gettext_lazy("heads of the logs by e-mail"), at="06:30", most_attempts=6)
def send_daily_heads(by: Actor) -> dict[str, int]:
    """The head of every open incident's log to every reader, once a day."""
    today = datetime.combine(clock.now().astimezone(UTC).date(), time(), UTC)
    incidents = list(Incident.objects.open().select_related("log", "site__parent__parent").order_by("declared_at"))
    sent_today = set(HeadSent.objects.filter(sent_at__gte=today, final=False).values_list("log_id", "address"))
    return _send(incidents, sent_today, final=False)


@job("log.final_heads", label=gettext_lazy("heads of the logs of ended incidents"), every=timedelta(minutes=10), most_attempts=1)  # fmt: skip # noqa: E501
def send_final_heads(by: Actor) -> dict[str, int]:
    """The head of every ended incident's log to every reader: as it ended, and again where entries came later."""
    ended = Incident.objects.exclude(state="open").filter(log__entries__kind__in=("incident.closed", "incident.merged"))
    recent = ended.filter(log__entries__at__gte=clock.now() - LOOKS_BACK).distinct()
    incidents = list(recent.select_related("log", "site__parent__parent").order_by("pk"))
    heads = {one.log_id: one.log.head for one in incidents}
    rows = HeadSent.objects.filter(final=True, log__in=heads).values_list("log_id", "address", "head")
    return _send(incidents, {(pk, address) for pk, address, head in rows if heads[pk] == head}, final=True)


def _send(incidents: list[Incident], done: set[tuple[int, str]], *, final: bool) -> dict[str, int]:
    """Sent first and marked afterwards: rather told twice than not at all."""
    addresses = addresses_of(HeadReader.objects.select_related("post"))
    sent, failed, last = 0, 0, ""
    for address in addresses:
        chosen = [one for one in incidents if (one.log_id, address) not in done]
        if not chosen:
            continue
        try:
            message_of(chosen, address, final=final).send()
        except (OSError, SMTPException) as error:
            failed, last = failed + 1, str(error)
            log.warning("the heads of the logs were not sent to %s: %s", address, error)
            continue
        at = clock.now()
        for one in chosen:
            HeadSent(
                log=one.log, address=address, length=one.log.length, head=one.log.head, sent_at=at, final=final
            ).save(force_insert=True)  # fmt: skip
        sent += 1
    if failed:
        raise HeadsNotSent(f"to {failed} of {len(addresses)} addresses the heads were not sent: {last}")
    return {"sent": sent, "readers": len(addresses), "logs": len(incidents)}


def addresses_of(readers: Iterable[HeadReader]) -> list[str]:
    """Every address once: those named, and of a post those of its holders (the account's, else the first that the
    person gave and is not private)."""
    readers, on = list(readers), clock.today()
    held = persons_holding([one.post_id for one in readers], on)
    found: list[str] = []
    for reader in readers:
        if reader.address:
            found.append(reader.address)
        for person in held.get(reader.post_id or 0, ()):
            own = person.user.email if person.user is not None and person.user.is_active else ""
            points = ContactPoint.objects.filter(person=person, channel=Channel.EMAIL, private=False)
            address = own or points.order_by("position", "pk").values_list("address", flat=True).first()
            if address:
                found.append(address)
    return list(dict.fromkeys(address.strip().lower() for address in found))


def message_of(incidents: list[Incident], address: str, *, final: bool) -> EmailMessage:
    """One message with the heads of these logs, each on a line that the command takes."""
    with translation.override(settings.LANGUAGE_CODE):
        day = clock.now().astimezone(UTC)
        subject = _("Log heads at the end of an incident") if final else _("Log heads of %(day)s") % {"day": day.date()}
        lines = [_("Keep this message: with it anybody can find out whether a log was cut off or written anew."), ""]
        for one in incidents:
            kind = _("REAL") if one.real else _("EXERCISE")
            lines += [
                f"{kind}  {one.key}  {one.title}",
                _("  entries: %(n)d") % {"n": one.log.length},
                _("  head: %(head)s") % {"head": one.log.head},
                _("  check: holdfast verify-log %(key)s --head %(head)s") % {"key": one.key, "head": one.log.head},
                f"  {settings.PUBLIC_ADDRESS}{one.address}log/",
                "",
            ]
        lines.append(_("As of %(at)s UTC.") % {"at": f"{day:%Y-%m-%d %H:%M}"})
        return EmailMessage(subject, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, [address])
