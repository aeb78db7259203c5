"""Afterwards: the hot review and the full one, the timeline, findings and what is put right, measured times."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.reviews import actions as acts
from holdfast.crisis.reviews.drawing import draw_timeline
from holdfast.crisis.reviews.models import SECTIONS, HotReview, IncidentFinding, IncidentReview, Measurement
from holdfast.crisis.reviews.report import review_document, section_label
from holdfast.crisis.reviews.rights import ACCEPT, AGREE, WRITE
from holdfast.crisis.reviews.telling import due_of, ended_on
from holdfast.crisis.reviews.timeline import timeline_of
from holdfast.crisis.rights import VIEW
from holdfast.formats.paper import WORD
from holdfast.governance.improvement.models import EDIT as RAISE
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may, may_somewhere, require
from holdfast.organization.structure.models import Node
from holdfast.readiness.plans.documents.setting import pdf_of, word_of
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, form_of, no_form
from holdfast.web.pages.organization.fields import NumberField, RowField, rows_of
from holdfast.web.permissions import needs, visible_or_404

from .shell import both, form_page, incident_of, show

HOT = ("present", "went_well", "went_badly")
REVIEW = ("participants", *SECTIONS)
FINDING = ("text", "cause", "severity", "about", "plan", "node", "group", "site", "owner", "due")
PDF = "application/pdf"


def _back(incident: Incident, anchor: str = "") -> str:
    return f"{incident.address}afterwards/" + (f"#{anchor}" if anchor else "")


@needs(VIEW, on=Incident)
@require_safe
def afterwards(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """What is written, what is still due, what happened against what was planned, what is put right."""
    incident = incident_of(request, key, real)
    user = request.user
    review: IncidentReview | None = getattr(incident, "review", None)
    lanes = timeline_of(incident)
    drawn = draw_timeline(incident, lanes)
    hot_due, full_due = due_of(incident)
    today = clock.today()
    findings = list(incident.findings.select_related("plan", "node", "group", "site", "owner", "action"))
    measurements = list(incident.measurements.select_related("node", "decided_by"))
    context = {
        "ended": ended_on(incident),
        "review": review,
        "sections": [(section_label(name), text) for name in SECTIONS if review and (text := getattr(review, name))],
        "hot": list(incident.hot_reviews.select_related("user")),
        "due": [(what, day, day < today) for what, day in ((_("Hot review"), hot_due), (_("Review"), full_due)) if day],
        # Drawn by us; every text in it is escaped there.
        "timeline": mark_safe(drawn.svg) if drawn is not None else "",  # noqa: S308
        "lanes": [lane for lane in lanes if lane.name != "log"],
        "findings": findings,
        "loose": sum(1 for one in findings if one.action_id is None),
        "measurements": [(one, may(user, ACCEPT, one.node)) for one in measurements],
        "exercise": incident.exercise,
        "objectives": list(incident.exercise.objectives.all()) if incident.exercise is not None else [],
        "may_write": may(user, WRITE, incident),
        "may_agree": may(user, AGREE, incident) and review is not None and review.is_draft,
        "may_raise": may_somewhere(user, RAISE),
        "agreed": review is not None and not review.is_draft,
    }
    return show(request, incident, "crisis/afterwards.html", context, tab="afterwards")


@needs(WRITE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def hot(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _writes(request, key, real)
    fields, values = form_of(HotReview, HOT, request.user)

    def run(form: Any) -> None:
        acts.write_hot_review(request.user, incident=incident, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, _tall(fields, 4), dict(values), run, back=_back(incident, "hot"),
        title=_("Hot review"), button=_("Save"),
        says=_("Within hours, with those who were there: what went well, and what did not."),
    )  # fmt: skip


@needs(WRITE, on=HotReview)
@require_http_methods(KINDS_OF_REQUEST)
def hot_edit(request: HttpRequest, key: str, real: bool, part: int) -> HttpResponse:
    incident = incident_of(request, key, real)
    row = _part(request, incident, HotReview, part, WRITE)
    fields, values = form_of(HotReview, HOT, request.user, row)

    def run(form: Any) -> None:
        acts.edit_hot_review(request.user, row, version=form.seen_version, **form.changed(row))  # type: ignore[arg-type]

    return form_page(
        request, incident, _tall(fields, 4), dict(values), run, held=row, back=_back(incident, "hot"),
        title=_("Change the hot review"), button=_("Save"),
    )  # fmt: skip


@needs(WRITE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def write(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """The full review: begun with the first saving, changed until it is agreed."""
    incident = _writes(request, key, real)
    row: IncidentReview | None = getattr(incident, "review", None)
    fields, values = form_of(IncidentReview, REVIEW, request.user, row)
    if row is None:
        values = {**values, "participants": _were_there(incident)}

    def run(form: Any) -> None:
        if row is None:
            acts.begin_review(request.user, incident=incident, **form.cleaned_data)  # type: ignore[arg-type]
        else:
            acts.edit_review(request.user, row, version=form.seen_version, **form.changed(row))  # type: ignore[arg-type]

    return form_page(
        request, incident, _tall(fields, 5), dict(values), run, held=row, back=_back(incident, "review"),
        title=_("The review"), button=_("Save"),
        says=_("It can be written in several goes. Once it is agreed it stays as it is."),
    )  # fmt: skip


def _were_there(incident: Incident) -> str:
    """Who took part, as the hot reviews and the exercise say."""
    said = [line for hot in incident.hot_reviews.all() for line in hot.present.splitlines()]
    if incident.exercise is not None:
        said += [str(one.who) for one in incident.exercise.participants.select_related("post", "group")]
    return "\n".join(dict.fromkeys(line.strip() for line in said if line.strip()))


@needs(AGREE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def agree(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = incident_of(request, key, real)
    require(request.user, AGREE, incident)
    row: IncidentReview | None = getattr(incident, "review", None)
    if row is None:
        raise Http404(_("There is nothing here by this name."))

    def run(form: Any) -> None:
        acts.agree_review(request.user, row, version=form.seen_version)  # type: ignore[arg-type]

    return form_page(
        request, incident, {}, {}, run, held=row, back=_back(incident), title=_("Agree to the review"),
        button=_("Agree"), says=_("It stays as it is from now on. Corrective actions can still be raised from it."),
    )  # fmt: skip


def _finding_form(request: HttpRequest, row: IncidentFinding | None) -> tuple[dict[str, Any], dict[str, Any]]:
    fields, values = form_of(IncidentFinding, FINDING, request.user, row)
    return dict(fields), dict(values)


@needs(WRITE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def find(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _writes(request, key, real)
    fields, values = _finding_form(request, None)

    def run(form: Any) -> None:
        acts.add_finding(request.user, incident=incident, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, values, run, back=_back(incident, "findings"), title=_("Write down a finding"),
        button=_("Save"), says=_("One thing each, so that each is put right by somebody until a day."),
    )  # fmt: skip


@needs(WRITE, on=IncidentFinding)
@require_http_methods(KINDS_OF_REQUEST)
def find_edit(request: HttpRequest, key: str, real: bool, part: int) -> HttpResponse:
    incident = incident_of(request, key, real)
    row = _part(request, incident, IncidentFinding, part, WRITE)
    fields, values = _finding_form(request, row)

    def run(form: Any) -> None:
        acts.edit_finding(request.user, row, version=form.seen_version, **form.changed(row))  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, values, run, held=row, back=_back(incident, "findings"),
        title=_("Change finding %(n)d") % {"n": row.number}, button=_("Save"),
    )  # fmt: skip


@needs(RAISE, on=IncidentFinding)
@require_http_methods(KINDS_OF_REQUEST)
def raise_action(request: HttpRequest, key: str, real: bool, part: int) -> HttpResponse:
    incident = incident_of(request, key, real)
    row = _part(request, incident, IncidentFinding, part, RAISE)
    fields = {"title": forms.CharField(label=_("What is to be done"), max_length=300)}

    def run(form: Any) -> None:
        acts.raise_from_finding(request.user, row, version=form.seen_version, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {"title": row.text[:300]}, run, held=row, back=_back(incident, "findings"),
        title=_("Put finding %(n)d right") % {"n": row.number}, button=_("Raise the action"), says=row.text,
    )  # fmt: skip


@needs(WRITE, on=IncidentFinding)
@require_http_methods(KINDS_OF_REQUEST)
def find_remove(request: HttpRequest, key: str, real: bool, part: int) -> HttpResponse:
    incident = incident_of(request, key, real)
    row = _part(request, incident, IncidentFinding, part, WRITE)
    fields, values = no_form()

    def run(form: Any) -> None:
        acts.remove_finding(request.user, row, version=form.seen_version)  # type: ignore[arg-type]

    return form_page(
        request, incident, dict(fields), dict(values), run, held=row, back=_back(incident, "findings"), ends=True,
        title=_("Remove finding %(n)d") % {"n": row.number}, button=_("Remove it"), says=row.text,
    )  # fmt: skip


@needs(WRITE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def measure(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _writes(request, key, real)
    fields, _values = form_of(Measurement, ("hours", "said"), request.user)
    node = RowField(rows_of(Node, request.user, is_function=False), label=_("Process or resource"), required=True)

    def run(form: Any) -> None:
        acts.propose_measurement(request.user, incident=incident, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, {"node": node, **fields}, {}, run, back=_back(incident, "measurements"),
        title=_("Propose a measured time"), button=_("Propose it"),
        says=_("How long it really took to be back. The model reckons with it once it is accepted."),
    )  # fmt: skip


@needs(ACCEPT, on=Measurement)
@require_http_methods(KINDS_OF_REQUEST)
def accept(request: HttpRequest, key: str, real: bool, part: int) -> HttpResponse:
    incident = incident_of(request, key, real)
    row = _part(request, incident, Measurement, part)
    require(request.user, ACCEPT, row.node)
    fields: dict[str, Any] = {
        "hours": NumberField(label=_("Back after (h)"), required=True),
        "reason": forms.CharField(
            label=_("Reason"), required=False, max_length=2000, help_text=_("Wanted where you change the figure.")
        ),
    }
    now = row.node.restart
    says = f"{row.node}: {row.said}" + (f" {_('In the model now')}: {now}." if now is not None else "")

    def run(form: Any) -> None:
        acts.accept_measurement(request.user, row, version=form.seen_version, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {"hours": row.hours}, run, held=row, back=_back(incident, "measurements"),
        title=_("Accept for the model"), button=_("Accept it"), says=says,
    )  # fmt: skip


@needs(ACCEPT, on=Measurement)
@require_http_methods(KINDS_OF_REQUEST)
def refuse(request: HttpRequest, key: str, real: bool, part: int) -> HttpResponse:
    incident = incident_of(request, key, real)
    row = _part(request, incident, Measurement, part)
    require(request.user, ACCEPT, row.node)
    fields = {"reason": forms.CharField(label=_("Why it is not taken"), max_length=2000)}

    def run(form: Any) -> None:
        acts.refuse_measurement(request.user, row, version=form.seen_version, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {}, run, held=row, back=_back(incident, "measurements"), ends=True,
        title=_("Refuse the measurement"), button=_("Refuse it"), says=f"{row}: {row.said}",
    )  # fmt: skip


def _paper(ending: str, kind: str, write: Any) -> Any:
    @needs(VIEW, on=Incident)
    @require_safe
    def paper(request: HttpRequest, key: str, real: bool) -> HttpResponse:
        incident = incident_of(request, key, real)
        response = HttpResponse(write(review_document(incident)), content_type=kind)
        mark = "review" if incident.real else "EXERCISE-review"
        response.headers["Content-Disposition"] = f'attachment; filename="{mark}-{incident.key}.{ending}"'
        return response

    return paper


pdf = _paper("pdf", PDF, pdf_of)
word = _paper("docx", WORD, word_of)


def _writes(request: HttpRequest, key: str, real: bool) -> Incident:
    incident = incident_of(request, key, real)
    require(request.user, WRITE, incident)
    return incident


def _part(request: HttpRequest, incident: Incident, model: Any, pk: int, permission: str = "") -> Any:
    row = visible_or_404(model.objects.filter(incident=incident), request, pk=pk)
    if permission:
        require(request.user, permission, row)
    return row


def _tall(fields: Any, rows: int) -> dict[str, Any]:
    """Texts with room to write."""
    found = dict(fields)
    for field in found.values():
        if "rows" in field.widget.attrs:
            field.widget.attrs["rows"] = rows
    return found


urlpatterns = [
    *both("afterwards/", afterwards, "afterwards"),
    *both("afterwards/hot/", hot, "hot"),
    *both("afterwards/hot/<int:part>/", hot_edit, "hot-edit"),
    *both("afterwards/review/", write, "review"),
    *both("afterwards/agree/", agree, "review-agree"),
    *both("afterwards/review.pdf", pdf, "review-pdf"),
    *both("afterwards/review.docx", word, "review-docx"),
    *both("afterwards/findings/new/", find, "finding-new"),
    *both("afterwards/findings/<int:part>/", find_edit, "finding-edit"),
    *both("afterwards/findings/<int:part>/raise/", raise_action, "finding-raise"),
    *both("afterwards/findings/<int:part>/remove/", find_remove, "finding-remove"),
    *both("afterwards/measurements/new/", measure, "measurement-new"),
    *both("afterwards/measurements/<int:part>/accept/", accept, "measurement-accept"),
    *both("afterwards/measurements/<int:part>/refuse/", refuse, "measurement-refuse"),
]
