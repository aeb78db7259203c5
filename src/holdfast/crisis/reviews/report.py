"""The review on paper. One of an exercise says so on every page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.reviews.drawing import draw_timeline
from holdfast.crisis.reviews.models import SECTIONS, IncidentReview
from holdfast.crisis.reviews.timeline import OURS, timeline_of
from holdfast.formats.document import Cell, Document, Fact, Figure, Head, Heading, Paragraph, Part, Table, Terms
from holdfast.organization import clock
from holdfast.readiness.exercises.models import Exercise

RIGHT_TO_LEFT = frozenset({"ar"})
NOTHING = "—"


def review_document(incident: Incident) -> Document:
    """What is written so far, in the active language; also before the review is agreed, which it says."""
    review: IncidentReview | None = getattr(incident, "review", None)
    language = translation.get_language() or "en"
    kind = _("Review of an incident") if incident.real else _("EXERCISE – review")
    state = review.get_state_display() if review is not None else _("not begun")
    return Document(
        title=incident.title,
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        eyebrow=kind,
        about=" · ".join(filter(None, (str(incident.site or ""), _day(incident.began, incident), state))),
        foot=f"{kind} · {incident.key} · {state} · {formats.date_format(clock.today())}",
        author=str(incident.unit or ""),
        contents=False,
        parts=tuple(_parts(incident, review)),
    )


def _parts(incident: Incident, review: IncidentReview | None) -> Iterator[Part]:
    if not incident.real:
        yield Paragraph(_("EXERCISE. Nothing of this happened."), "lead")
    yield Terms(tuple(_terms(incident, review)))
    yield from _written(review)
    if incident.exercise is not None:
        yield from _exercise(incident.exercise)
    yield from _timeline(incident)
    yield from _hot(incident)
    yield from _findings(incident)
    yield from _measured(incident)
    yield from _log(incident)


def _terms(incident: Incident, review: IncidentReview | None) -> Iterator[Fact]:
    closed = _at(incident.closed_at, incident) if incident.closed_at else _("under way")
    lines = [
        (_("Place"), str(incident.site or "")),
        (_("Unit"), str(incident.unit or "")),
        (_("Began"), _at(incident.began, incident)),
        (_("Ended"), closed),
        (_("Why it ended"), incident.closed_because),
        (_("Threat"), str(incident.threat or "")),
        (_("Who took part"), review.participants if review is not None else ""),
        (_("Agreed by"), f"{review.agreed_by or ''} {_at(review.agreed_at, incident)}".strip() if review else ""),
        (_("Hash of the log"), incident.log.head),
    ]
    for label, value in lines:
        if value:
            yield Fact(label, value)


def section_label(name: str) -> str:
    """How a section of a review is headed."""
    said = str(IncidentReview._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return said[:1].upper() + said[1:]


def _written(review: IncidentReview | None) -> Iterator[Part]:
    if review is None:
        yield Paragraph(_("The review is not begun yet."), "note")
        return
    for name in SECTIONS:
        if text := getattr(review, name).strip():
            yield Heading(1, section_label(name))
            for paragraph in text.split("\n\n"):
                yield Paragraph(paragraph.strip())


def _exercise(exercise: Exercise) -> Iterator[Part]:
    objectives = list(exercise.objectives.all())
    if objectives:
        yield Heading(1, _("Objectives"))
        heads = (Head(_("Objective"), 3), Head(_("Measured by"), 2), Head(_("Met"), 1), Head(_("What shows it"), 3))
        yield Table(heads, tuple(
            (Cell(str(one)), Cell(one.measure or NOTHING), Cell(str(one.get_met_display())), Cell(one.evidence))
            for one in objectives
        ))  # fmt: skip
    plans = list(exercise.plans.select_related("plan", "test"))
    if plans:
        yield Heading(1, _("Plans that were tried"))
        yield Table(
            (Head(_("Plan"), 3), Head(_("Held"), 1), Head(_("What was found"), 4)),
            tuple((Cell(one.plan.title), Cell(held_text(one.held)), Cell(one.found or NOTHING)) for one in plans),
        )


def held_text(held: bool | None) -> str:
    return NOTHING if held is None else _("yes") if held else _("no")


def _timeline(incident: Incident) -> Iterator[Part]:
    drawn = draw_timeline(incident, timeline_of(incident))
    if drawn is None:
        return
    yield Heading(1, _("What happened against what was planned"))
    says = _("Bars on an axis of time: light where something was planned, dark where it happened.")
    yield Figure(drawn.for_paper(), drawn.width, drawn.height, says, _("Timeline"))


def _hot(incident: Incident) -> Iterator[Part]:
    for hot in incident.hot_reviews.select_related("user"):
        yield Heading(1, _("Hot review, %(at)s") % {"at": _at(hot.at, incident)})
        lines = (
            (_("Present"), hot.present), (_("What went well"), hot.went_well), (_("What did not"), hot.went_badly),
        )  # fmt: skip
        yield Terms(tuple(Fact(label, value) for label, value in lines if value))


def _findings(incident: Incident) -> Iterator[Part]:
    rows = list(incident.findings.select_related("plan", "node", "group", "site", "owner", "action"))
    yield Heading(1, _("Findings"))
    if not rows:
        yield Paragraph(_("Nothing was found."), "note")
        return
    heads = (
        Head(_("Finding"), 4), Head(_("Severity"), 1.4), Head(_("About"), 2), Head(_("Put right by"), 2),
        Head(_("Until"), 1.2), Head(_("Action"), 2),
    )  # fmt: skip
    yield Table(heads, tuple(
        (
            Cell(f"{one.number}. {one.text}", more=one.cause), Cell(str(one.get_severity_display())),
            Cell(str(one.thing or NOTHING)), Cell(str(one.owner or NOTHING)),
            Cell(formats.date_format(one.due) if one.due else NOTHING),
            Cell(one.action.key, more=str(one.action.get_state_display())) if one.action else Cell(NOTHING),
        )
        for one in rows
    ))  # fmt: skip


def _measured(incident: Incident) -> Iterator[Part]:
    rows = list(incident.measurements.select_related("node"))
    if not rows:
        return
    yield Heading(1, _("Recovery times that were measured"))
    heads = (
        Head(_("Process or resource"), 3), Head(_("Back after (h)"), 1.2, number=True), Head(_("How measured"), 3),
        Head(_("In the model"), 1.4),
    )  # fmt: skip
    yield Table(heads, tuple(
        (
            Cell(str(one.node)), Cell(f"{one.hours:g}", basis="measured"), Cell(one.said),
            Cell(str(one.get_state_display())),
        )
        for one in rows
    ))  # fmt: skip


def _log(incident: Incident) -> Iterator[Part]:
    entries = [one for one in incident.log.entries.order_by("number") if not one.kind.startswith(OURS)]
    yield Heading(1, _("The log"))
    heads = (Head(_("No."), 0, number=True), Head(_("When"), 2.2), Head(_("What"), 6), Head(_("By"), 1.8))
    yield Table(heads, tuple(
        (Cell(str(one.number)), Cell(_at(one.moment, incident)), Cell(one.text), Cell(one.author)) for one in entries
    ))  # fmt: skip


def _at(at: datetime | None, incident: Incident) -> str:
    """A time at the place of the incident, with its zone, and in UTC."""
    if at is None:
        return ""
    here = at.astimezone(incident.zone)
    said = f"{formats.date_format(here.date(), 'j M Y')} {here:%H:%M} {incident.zone.key}"
    return said if incident.zone.key == "UTC" else f"{said} ({at - (at.utcoffset() or timedelta(0)):%H:%M} UTC)"


def _day(at: datetime, incident: Incident) -> str:
    return str(formats.date_format(at.astimezone(incident.zone).date()))


__all__: list[Any] = ["held_text", "review_document", "section_label"]
