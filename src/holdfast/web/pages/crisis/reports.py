"""Situation reports: drafted, brought up to date, written and issued; on the page, on paper, as short text, as XML."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.reports.actions import (
    add_head_reader,
    discard_report,
    draft_report,
    edit_report,
    issue_report,
    refresh_report,
    remove_head_reader,
)
from holdfast.crisis.reports.forms import differences, document_of, edxl, lines_of, short_text
from holdfast.crisis.reports.models import WORDS, HeadReader, HeadSent, SituationReport
from holdfast.crisis.reports.parts import CHANGES
from holdfast.crisis.rights import RUN, VIEW
from holdfast.organization.accounts.scope import require
from holdfast.organization.structure.models import Post
from holdfast.readiness.plans.documents.setting import pdf_of
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.fields import RowField, rows_of
from holdfast.web.permissions import needs, visible_or_404

from .fields import LocalField
from .shell import both, form_page, incident_of, place, show

MOST_SENT = 30


@needs(VIEW, on=Incident)
@require_safe
def reports(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """Every report of the incident, the newest first, and the draft under way."""
    incident = incident_of(request, key, real)
    rows = list(incident.situation_reports.select_related("issued_by", "made_by").order_by("-number"))
    context = {"reports": rows, "draft": next((one for one in rows if not one.is_issued), None)}
    return show(request, incident, "crisis/reports.html", context, tab="reports")


@needs(VIEW, on=Incident)
@require_safe
def report(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    """What is different since the last one comes first, then the chair's words, then the data."""
    incident = incident_of(request, key, real)
    found = _report(incident, number)
    parts = [(part, [(line, CHANGES.get(line.change, "")) for line in lines]) for part, lines in lines_of(found)]
    context = {"report": found, "before": found.before(), "differences": differences(found), "parts": parts}
    return show(request, incident, "crisis/report.html", context, tab="reports")


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def draft(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _run(request, key, real)

    def run(form: Any) -> str:
        made = draft_report(_user(request), incident=incident)
        return place(incident, "report-write", made.number)

    return form_page(
        request, incident, {}, {}, run, back=place(incident, "reports"), title=_("Draft a situation report"),
        button=_("Gather the data"), says=_("The data are those of this moment; your words come next."),
    )  # fmt: skip


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def write(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident = _run(request, key, real)
    found = _report(incident, number)
    fields: dict[str, Any] = {
        name: forms.CharField(label=label, required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 3}))
        for name, label, _text in found.words
    }
    fields["next_at"] = LocalField(incident.zone, label=_("Next report at"), required=False)
    values = {name: getattr(found, name) for name in (*WORDS, "next_at")}

    def run(form: Any) -> None:
        edit_report(_user(request), found, version=form.seen_version, **form.cleaned_data)

    return form_page(
        request, incident, fields, values, run, held=found, back=place(incident, "report", number),
        title=_("Write %(report)s") % {"report": found}, button=_("Save"),
    )  # fmt: skip


def _step(act: Any, title: Any, button: Any, says: Any, *, ends: bool = False, to_list: bool = False) -> Any:
    @needs(RUN, on=Incident)
    @require_http_methods(KINDS_OF_REQUEST)
    def step(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
        incident = _run(request, key, real)
        found = _report(incident, number)

        def run(form: Any) -> None:
            act(_user(request), found, version=form.seen_version)

        back = place(incident, "reports") if to_list else place(incident, "report", number)
        return form_page(
            request, incident, {}, {}, run, held=found, back=back, title=f"{title()}: {found}", button=button(),
            says=says(), ends=ends,
        )  # fmt: skip

    return step


refresh = _step(
    refresh_report, lambda: _("Gather the data anew"), lambda: _("Gather the data"),
    lambda: _("The words stay, the data are those of this moment."),
)  # fmt: skip
issue = _step(
    issue_report, lambda: _("Issue"), lambda: _("Issue it"),
    lambda: _("It does not change any more after that. The head of the log stands in it, and its hash in the log."),
)  # fmt: skip
discard = _step(
    discard_report, lambda: _("Discard"), lambda: _("Discard it"), lambda: _("The draft is gone after that."),
    ends=True, to_list=True,
)  # fmt: skip


def _file(kind: str, ending: str, write_it: Any) -> Any:
    @needs(VIEW, on=Incident)
    @require_safe
    def file(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
        incident = incident_of(request, key, real)
        response = HttpResponse(write_it(_report(incident, number)), content_type=kind)
        name = f"sitrep-{incident.key}-{number}.{ending}"
        response.headers["Content-Disposition"] = f'{"inline" if ending == "txt" else "attachment"}; filename="{name}"'
        return response

    return file


pdf = _file("application/pdf", "pdf", lambda found: pdf_of(document_of(found)))
text = _file("text/plain; charset=utf-8", "txt", short_text)
xml = _file("application/xml", "xml", edxl)


def _run(request: HttpRequest, key: str, real: bool) -> Incident:
    incident = incident_of(request, key, real)
    require(request.user, RUN, incident)
    return incident


def _user(request: HttpRequest) -> Any:
    """Who is signed in: pages that act let nobody else in."""
    return request.user


def _report(incident: Incident, number: int) -> SituationReport:
    rows = incident.situation_reports.select_related("incident__site__parent__parent", "incident__log")
    found: SituationReport | None = rows.select_related("issued_by", "made_by").filter(number=number).first()
    if found is None:
        raise Http404(_("There is nothing here by this name."))
    return found


@needs(RUN, whole=True)
@require_http_methods(KINDS_OF_REQUEST)
def heads(request: HttpRequest) -> HttpResponse:
    """Who is sent the heads of the logs, what was sent, and one more reader."""
    fields: dict[str, Any] = {
        "post": RowField(rows_of(Post, request.user), label=_("Post"), required=False),
        "address": forms.EmailField(label=_("or e-mail address"), required=False),
        "note": forms.CharField(label=_("Why"), required=False, max_length=300),
    }

    def run(form: Any) -> None:
        add_head_reader(_user(request), **form.cleaned_data)

    return form_page(
        request, None, fields, {}, run, back=reverse("log-heads"), title=_("Who is sent the heads of the logs"),
        button=_("Add"), template="crisis/heads.html",
        says=_("Every day at 06:30 UTC those of all open incidents, and the last one when an incident has ended."),
        readers=HeadReader.objects.select_related("post"),
        sent=HeadSent.objects.select_related("log")[:MOST_SENT],
    )  # fmt: skip


@needs(RUN, whole=True)
@require_http_methods(KINDS_OF_REQUEST)
def heads_remove(request: HttpRequest, number: int) -> HttpResponse:
    reader = visible_or_404(HeadReader.objects.all(), request, pk=number)

    def run(form: Any) -> None:
        remove_head_reader(_user(request), reader, version=form.seen_version)

    return form_page(
        request, None, {}, {}, run, held=reader, back=reverse("log-heads"), button=_("Remove"), ends=True,
        title=_("No longer send the heads to %(reader)s") % {"reader": reader},
    )  # fmt: skip


urlpatterns = [
    *both("reports/", reports, "reports"),
    *both("reports/draft/", draft, "report-draft"),
    *both("reports/<int:number>/", report, "report"),
    *both("reports/<int:number>/write/", write, "report-write"),
    *both("reports/<int:number>/refresh/", refresh, "report-refresh"),
    *both("reports/<int:number>/issue/", issue, "report-issue"),
    *both("reports/<int:number>/discard/", discard, "report-discard"),
    *both("reports/<int:number>/pdf/", pdf, "report-pdf"),
    *both("reports/<int:number>/text/", text, "report-text"),
    *both("reports/<int:number>/edxl/", xml, "report-edxl"),
]
