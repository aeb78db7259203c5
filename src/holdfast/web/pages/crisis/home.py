"""Incidents under way and before, and declaring one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.analysis.risk.models import Cause, Threat
from holdfast.crisis.incidents.actions import declare_incident
from holdfast.crisis.incidents.models import Certainty, Incident
from holdfast.crisis.rights import DECLARE, VIEW
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may, may_somewhere, visible
from holdfast.organization.places.models import Site, Unit
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.fields import RowField
from holdfast.web.permissions import needs

from .fields import ago, ago_field
from .shell import form_page

MOST_PAST = 50


@needs(VIEW)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is under way, real first; then what was."""
    rows = visible(Incident.objects.select_related("site__parent__parent", "lead", "merged_into"), request.user)
    open_ = list(rows.filter(state="open").order_by("-real", "-declared_at"))
    past = list(rows.exclude(state="open").order_by("-closed_at", "-declared_at")[:MOST_PAST])
    context = {
        "real": [one for one in open_ if one.real],
        "drills": [one for one in open_ if not one.real],
        "past": past,
        "may_declare": may_somewhere(request.user, DECLARE),
    }
    return render(request, "crisis/home.html", context)


@needs(DECLARE)
@require_http_methods(KINDS_OF_REQUEST)
def declare(request: HttpRequest) -> HttpResponse:
    """What, where, since when, how sure: the first two are enough, the rest can follow."""
    sites = visible(Site.objects.as_of(clock.today()), request.user, DECLARE)
    units = visible(Unit.objects.as_of(clock.today()), request.user, DECLARE)
    anywhere = may(request.user, DECLARE)
    fields: dict[str, Any] = {
        "title": forms.CharField(
            label=_("What happened"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True})
        ),
        "site": RowField(sites, label=_("Where"), required=False),
        "since": ago_field(_("Since when")),
        "certainty": forms.ChoiceField(label=_("How sure"), choices=_named(Certainty), widget=forms.RadioSelect),
        "threat": RowField(Threat.objects.as_of(clock.today()), label=_("Kind of threat"), required=False),
        "causes": forms.MultipleChoiceField(
            label=_("What it takes away"), choices=_named(Cause), widget=forms.CheckboxSelectMultiple, required=False
        ),
        "unit": RowField(units, label=_("Unit"), required=False),
        "details": forms.CharField(
            label=_("What else is known"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 3})
        ),
    }

    def run(form: Any) -> str:
        given = form.cleaned_data
        now = clock.now()
        incident = declare_incident(
            request.user,
            title=given["title"],
            details=given["details"],
            site=given["site"],
            unit=given["unit"] or (None if anywhere or given["site"] else units.order_by("path").first()),
            certainty=given["certainty"],
            threat=given["threat"],
            causes=given["causes"],
            started_at=ago(given["since"], now),
            reported_at=now,
        )
        return incident.address

    return form_page(
        request,
        None,
        fields,
        {"since": "0", "certainty": Certainty.UNCONFIRMED},
        run,
        title=_("Declare an incident"),
        button=_("Declare it"),
        says=_("This is for a real incident. Exercises are started from their own page."),
        back=reverse("crisis"),
    )


def _named(choices: Any) -> list[tuple[str, str]]:
    return [(value, str(name)[:1].upper() + str(name)[1:]) for value, name in choices.choices]
