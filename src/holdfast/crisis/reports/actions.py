"""Situation reports: drafted from the data, brought up to date, written, issued; and who is sent the heads of logs."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.actions import tell
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log.canonical import canonical, settled
from holdfast.crisis.reports import sources  # noqa: F401 - the parts register themselves
from holdfast.crisis.reports.models import WORDS, HeadReader, ReportState, SituationReport
from holdfast.crisis.reports.parts import gathered
from holdfast.crisis.rights import RUN
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Post
from holdfast.organization.structure.saving import change, create, remove_all


class ReportFields(TypedDict, total=False):
    situation: str
    decisions: str
    actions: str
    needs: str
    following: str
    next_at: datetime | None


@act("report.draft", RUN, label=_("draft a situation report"), under="incident")
def draft_report(by: Actor, *, incident: Incident, **words: Unpack[ReportFields]) -> SituationReport:
    """A report of how the incident stands now. Raises ValidationError while another draft is open."""
    held = Incident.objects.select_for_update().select_related("log").get(pk=incident.pk)
    rows = SituationReport.objects.filter(incident=held)
    if rows.filter(state=ReportState.DRAFT).exists():
        raise ValidationError(gettext("There is a draft already: issue it, or discard it."))
    last = rows.order_by("-number").first()
    report = SituationReport(
        incident=held,
        number=last.number + 1 if last is not None else 1,
        made_by=by if isinstance(by, User) else None,
        **gathered_now(held, last),
        **words,
    )
    create(report, by)
    return report


def gathered_now(incident: Incident, last: SituationReport | None) -> dict[str, Any]:
    """The columns that are made from the data."""
    data = settled(gathered(incident, last.moment if last is not None else None))
    picture = data.get("picture")
    return {
        "moment": incident.moment(),
        "made_at": clock.now(),
        "data": data,
        "picture": picture["number"] if isinstance(picture, dict) else None,
    }


@act("report.refresh", RUN, label=_("gather the data of a situation report anew"), on="report")
def refresh_report(by: Actor, report: SituationReport, *, version: int) -> SituationReport:
    """The same draft with the data of now; the words stay. Raises ValidationError for one that is issued."""
    _refuse_issued(report)
    changes = gathered_now(report.incident, report.before())
    return change(report, changes, changes, by)


@act("report.edit", RUN, label=_("write a situation report"), on="report")
def edit_report(by: Actor, report: SituationReport, *, version: int, **words: Unpack[ReportFields]) -> SituationReport:
    """The chair's words. Raises ValidationError for one that is issued."""
    _refuse_issued(report)
    return change(report, words, ReportFields.__annotations__, by)


@act("report.issue", RUN, label=_("issue a situation report"), on="report")
def issue_report(by: Actor, report: SituationReport, *, version: int) -> SituationReport:
    """From now on it does not change any more. The length and the head of the log as they are stand in it, and its hash
    in the log. Raises ValidationError."""
    _refuse_issued(report)
    if not any(getattr(report, name).strip() for name in WORDS):
        raise ValidationError({"situation": gettext("Say in a sentence how it stands: data alone are no report.")})
    log = type(report.incident.log).objects.select_for_update().get(pk=report.incident.log_id)
    changes: dict[str, Any] = {
        "state": ReportState.ISSUED,
        "issued_at": clock.now(),
        "issued_by": by if isinstance(by, User) else None,
        "log_length": log.length,
        "log_head": log.head,
    }
    for name, value in changes.items():
        setattr(report, name, value)
    changes["digest"] = digest_of(report)
    change(report, changes, changes, by)
    said = gettext("Situation report %(n)s issued") % {"n": report.number}
    body = {"number": report.number, "digest": report.digest, "log_length": log.length, "log_head": log.head}
    tell(by, report.incident, "report.issued", said, body=body)
    return report


@act("report.discard", RUN, label=_("discard a draft of a situation report"), on="report")
def discard_report(by: Actor, report: SituationReport, *, version: int) -> SituationReport:
    """Its number is given again. Raises ValidationError for one that is issued."""
    _refuse_issued(report)
    remove_all([report], by)
    return report


def digest_of(report: SituationReport) -> str:
    """SHA-256 over what an issued report says, in the canonical form of the log: whoever has the log can tell whether
    the report is still the one that was issued."""
    said = settled(
        {
            "incident": report.incident.key,
            "number": report.number,
            "moment": report.moment,
            "made_at": report.made_at,
            "picture": report.picture,
            "data": report.data,
            **{name: getattr(report, name) for name in WORDS},
            "next_at": report.next_at,
            "issued_at": report.issued_at,
            "log_length": report.log_length,
            "log_head": report.log_head,
        }
    )
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def _refuse_issued(report: SituationReport) -> None:
    if report.is_issued:
        raise ValidationError(gettext("It was issued, and stays as it is: the next report says what has changed."))


@act("report.add_head_reader", RUN, label=_("send somebody the heads of logs"), whole=True)
def add_head_reader(by: Actor, *, post: Post | None = None, address: str = "", note: str = "") -> HeadReader:
    """Whoever holds the post, or the address, is sent the heads of the logs. Raises ValidationError."""
    address = address.strip().lower()
    if HeadReader.objects.filter(post=post, address=address).exists():
        raise ValidationError({"address": gettext("This reader is there already.")})
    return create(HeadReader(post=post, address=address, note=note), by)


@act("report.remove_head_reader", RUN, label=_("no longer send somebody the heads of logs"), on="reader", whole=True)
def remove_head_reader(by: Actor, reader: HeadReader, *, version: int) -> HeadReader:
    remove_all([reader], by)
    return reader
