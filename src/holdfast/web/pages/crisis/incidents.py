"""The pages of one incident itself: overview, what is known, phases, lead, split, merger, end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.incidents.actions import (
    close_incident,
    edit_incident,
    enter_phase,
    hand_over,
    merge_incident,
    split_incident,
    standing_open,
)
from holdfast.crisis.incidents.models import ORDER, Incident
from holdfast.crisis.incidents.phases import BELONGS
from holdfast.crisis.rights import RUN, VIEW
from holdfast.organization.accounts.models import Grant, User
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.readiness.plans.models import Phase
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, form_of
from holdfast.web.pages.organization.fields import RowField
from holdfast.web.permissions import needs

from .fields import LocalField
from .shell import both, form_page, incident_of, place, show

KNOWN = ("title", "details", "certainty", "threat", "causes", "site", "unit")
TIMES = ("started_at", "discovered_at", "reported_at")


@needs(VIEW, on=Incident)
@require_safe
def overview(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """What is true now: where, since when, how sure, who leads, which phase, and what comes next."""
    incident = incident_of(request, key, real)
    entered: dict[str, Any] = {}
    for entry in incident.phases.select_related("user").order_by("at", "pk"):
        entered.setdefault(entry.phase, entry)
    now = ORDER.index(Phase(incident.phase))
    context = {
        "phases": [{"phase": phase, "entry": entered.get(phase), "here": phase == incident.phase} for phase in ORDER],
        "following": ORDER[now + 1] if now + 1 < len(ORDER) else None,
        "belongs": [(said, place(incident, page)) for said, page in BELONGS[Phase(incident.phase)]],
        "entries": incident.log.entries.order_by("-number")[:8],
        "others": [*incident.merged.all(), *incident.split.all()],
    }
    return show(request, incident, "crisis/overview.html", context, tab="overview")


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def edit(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _run(request, key, real)
    fields, values = _known(request.user, incident)

    def run(form: Any) -> None:
        changes = form.changed(incident)
        if changes or form.seen_version != incident.version:
            edit_incident(request.user, incident, version=form.seen_version, **changes)

    return form_page(
        request, incident, fields, values, run, held=incident, back=place(incident, "overview"),
        title=_("What is known"), button=_("Save"), says=_("The log keeps what was known before."),
    )  # fmt: skip


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def phase(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _run(request, key, real)
    now = ORDER.index(Phase(incident.phase))
    fields: dict[str, Any] = {
        "phase": forms.ChoiceField(
            label=_("Phase"), choices=[(one.value, str(one.label)) for one in ORDER if one != incident.phase]
        ),
        "reason": forms.CharField(
            label=_("Reason"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("Wanted where it is not the next phase in order."),
        ),
    }  # fmt: skip
    values = {"phase": ORDER[min(now + 1, len(ORDER) - 1)].value}

    def run(form: Any) -> None:
        enter_phase(request.user, incident, version=form.seen_version, **form.cleaned_data)

    return form_page(
        request, incident, fields, values, run, held=incident, back=place(incident, "overview"),
        title=_("Enter a phase"), button=_("Enter it"),
    )  # fmt: skip


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def lead(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _run(request, key, real)
    roles = [role.value for role in PERMISSIONS[RUN].roles]
    able = User.objects.filter(is_active=True, pk__in=Grant.objects.filter(role__in=roles).values("user"))
    candidates = [user.pk for user in able.order_by("name") if user.pk != incident.lead_id and may(user, RUN, incident)]
    fields = {
        "to": forms.ModelChoiceField(User.objects.filter(pk__in=candidates).order_by("name"), label=_("Who leads")),
        "said": forms.CharField(
            label=_("What was handed over"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
        ),
    }

    def run(form: Any) -> None:
        hand_over(request.user, incident, version=form.seen_version, **form.cleaned_data)

    return form_page(
        request, incident, fields, {}, run, held=incident, back=place(incident, "overview"),
        title=_("Hand over the lead"), button=_("Hand over"),
    )  # fmt: skip


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def split(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _run(request, key, real)
    fields, values = _known(request.user, incident)

    def run(form: Any) -> str:
        return split_incident(request.user, incident=incident, **form.cleaned_data).address

    return form_page(
        request, incident, fields, {**values, "title": ""}, run, back=place(incident, "overview"),
        title=_("Split off an incident"), button=_("Split it off"),
        says=_("A part that turns out to be an incident of its own. This one goes on."),
    )  # fmt: skip


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def merge(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _run(request, key, real)
    others = visible(Incident.objects.open().filter(real=real).exclude(pk=incident.pk), request.user, RUN)
    fields = {
        "into": RowField(others, label=_("Into"), required=True),
        "reason": forms.CharField(label=_("Why the two are one"), widget=forms.Textarea(attrs={"rows": 2})),
    }

    def run(form: Any) -> str:
        merge_incident(request.user, incident, version=form.seen_version, **form.cleaned_data)
        return str(form.cleaned_data["into"].address)

    return form_page(
        request, incident, fields, {}, run, held=incident, back=place(incident, "overview"), ends=True,
        title=_("Merge into another"), button=_("Merge"), says=_("Its log stays, and the other goes on for both."),
    )  # fmt: skip


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def close(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = _run(request, key, real)
    still = standing_open(incident)
    fields: dict[str, Any] = {
        "reason": forms.CharField(label=_("Why it is over"), widget=forms.Textarea(attrs={"rows": 2}), max_length=4000)
    }
    if still:
        fields["anyway"] = forms.BooleanField(
            label=_("Close it although this is still open"), required=False, help_text=" · ".join(still)
        )

    def run(form: Any) -> None:
        close_incident(request.user, incident, version=form.seen_version, **form.cleaned_data)

    return form_page(
        request, incident, fields, {}, run, held=incident, back=place(incident, "overview"), ends=True,
        title=_("Close the incident"), button=_("Close it"),
    )  # fmt: skip


def _run(request: HttpRequest, key: str, real: bool) -> Incident:
    incident = incident_of(request, key, real)
    require(request.user, RUN, incident)
    return incident


def _known(user: Any, incident: Incident) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of what is known, times in the zone of the place."""
    fields, values = form_of(Incident, KNOWN, user, incident)
    found = dict(fields)
    for name in TIMES:
        label = str(Incident._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        found[name] = LocalField(incident.zone, label=label[:1].upper() + label[1:], required=name == "reported_at")
    return found, {**values, **{name: getattr(incident, name) for name in TIMES}}


urlpatterns = [
    *both("", overview, "overview"),
    *both("edit/", edit, "edit"),
    *both("phase/", phase, "phase"),
    *both("lead/", lead, "lead"),
    *both("split/", split, "split"),
    *both("merge/", merge, "merge"),
    *both("close/", close, "close"),
]
