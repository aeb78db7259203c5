"""The notices of risks: treatments that are late, and assessments that are due to be made again.

An act tells at once; every night all that is late or due is told anew, with what stands in inboxes already, so that a
post that changed hands, a file that was taken in and a day that has come are followed.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Assessment, AssessmentKind, Rating, Treatment
from holdfast.analysis.risk.models.treatments import OPEN
from holdfast.analysis.risk.rights import EDIT, VIEW
from holdfast.governance.agreement.models import OPEN as BEING_AGREED
from holdfast.governance.agreement.models import Agreement
from holdfast.governance.improvement.telling import going_up
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.models import Notice
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.governance.settings.questions import in_force
from holdfast.governance.settings.scales import OffScale, Scales
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.scope import may
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.holders import accounts_holding

LATE = declare_kind("risk.treat", _("Carry out the treatment"))
DUE = declare_kind("risk.assess", _("Assess the risks again"))

OF_TREATMENT, OF_ASSESSMENT = "treatment:", "assessment:"


def tell_treatment(by: Actor, treatment: Treatment, on: date) -> None:
    """Brings the notices of one treatment in line with its state and its owner of today."""
    _tell_treatment(by, treatment, on, in_force(on))


def tell_assessment(by: Actor, assessment: Assessment, on: date) -> None:
    """The same of the assessment of its line that counts today."""
    _tell_line(by, assessment.agreement.line, on, in_force(on))


@job("risk.follow", label=_("reminders of treatments and assessments"), at="05:20", takes_context=True)
def follow(by: Actor, context: Running) -> dict[str, int]:
    """One after the other: begun again, it finds what was told as it is."""
    on = clock.today()
    scales = in_force(on)
    treatments = list(
        Treatment.objects.filter(Q(state__in=OPEN, due__lt=on) | Q(key__in=_told(OF_TREATMENT))).values_list(
            "pk", flat=True
        )
    )
    counting = Assessment.objects.in_force(on).filter(kind=AssessmentKind.REGULAR)
    lines = sorted({*counting.values_list("agreement__line", flat=True), *_told(OF_ASSESSMENT)})
    for number, pk in enumerate(treatments):
        context.progress(number, len(treatments) + len(lines))
        with transaction.atomic():
            row = Treatment.objects.select_for_update(of=("self",)).select_related("risk__site").get(pk=pk)
            _tell_treatment(by, row, on, scales)
    for number, line in enumerate(lines, len(treatments)):
        context.progress(number, len(treatments) + len(lines))
        with transaction.atomic():
            _tell_line(by, line, on, scales)
    return {"treatments": len(treatments), "assessments": len(lines)}


def due_again(assessment: Assessment, scales: Scales) -> date | None:
    """The day on which it is to be made again: after the interval of the scales, sooner where the rank of one of its
    risks wants it, counted from the day whose state it describes."""
    months: list[int] = []
    for likelihood, impact in Rating.objects.filter(assessment=assessment).values_list(
        "current_likelihood", "current_impact"
    ):
        try:
            review = scales.level_of(likelihood, impact).review
        except OffScale:
            continue
        months += [review] if review is not None else []
    return scales.due_again("risk", assessment.as_of, within=min(months, default=None))


def _told(prefix: str) -> list[str]:
    sources = Notice.objects.open().filter(source__startswith=prefix).values_list("source", flat=True)
    return sorted({source.removeprefix(prefix) for source in sources})


def _tell_treatment(by: Actor, treatment: Treatment, on: date, scales: Scales) -> None:
    risk = treatment.risk
    wanted: list[Wanted] = []
    if treatment.is_late(on) and treatment.due is not None:
        doers = [
            user
            for user in accounts_holding([treatment.owner_id], on).get(treatment.owner_id or 0, ())
            if may(user, VIEW, treatment)
        ]
        wanted = [Wanted(LATE, user=user, words=risk.title) for user in doers]
        if not doers:
            wanted = [Wanted(LATE, permission=EDIT, words=risk.title)]
        wanted += going_up(
            risk.unit,
            risk.site,
            (on - treatment.due).days,
            scales,
            # Without an account of the owner all who may change it have it already.
            told=lambda user: user in doers or (not doers and may(user, EDIT, treatment)),
            words=str(treatment.owner or ""),
        )
    keep_notices(
        by,
        source=f"{OF_TREATMENT}{treatment.key}",
        wanted=wanted,
        title=treatment.title,
        address=f"/risk/treatments/{treatment.key}/",
        unit=risk.unit,
        site=risk.site,
        due=treatment.due,
    )


def _tell_line(by: Actor, line: str, on: date, scales: Scales) -> None:
    """Of the versions of one assessment: the one that counts is due, the one that is being worked on is where it is
    mended."""
    versions = Assessment.objects.filter(agreement__kind=Assessment.KIND, agreement__line=line)
    counts = versions.in_force(on).select_related("site__unit", "unit", "agreement").first()
    due = due_again(counts, scales) if counts is not None and counts.kind == AssessmentKind.REGULAR else None
    if counts is None or due is None or due - timedelta(days=scales.review_ahead) > on:
        keep_notices(by, source=f"{OF_ASSESSMENT}{line}", wanted=[], title="", address="")
        return
    under_way = Agreement.objects.filter(kind=Assessment.KIND, line=line, state__in=BEING_AGREED).first()
    keep_notices(
        by,
        source=f"{OF_ASSESSMENT}{line}",
        wanted=[
            Wanted(DUE, permission=EDIT),
            *going_up(counts.unit, counts.site, (on - due).days, scales, told=lambda user: may(user, EDIT, counts)),
        ],
        title=counts.title,
        address=(under_way or counts.agreement).address,
        unit=counts.unit,
        site=counts.site,
        due=due,
    )
