"""Forms of the picture: what is out, until when, that it works again, and what was seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.actions import change_outage, end_outage, observe, report_outage, withdraw_observation
from holdfast.crisis.picture.known import model_on
from holdfast.crisis.picture.models import Certain, Observation, Outage
from holdfast.crisis.picture.questions import GOODS
from holdfast.crisis.rights import LOG
from holdfast.organization import clock
from holdfast.organization.accounts.scope import require, visible
from holdfast.organization.evidence.fact import BASIS_NAMES
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Node
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.fields import NumberField, RowField
from holdfast.web.pages.whatif.wording import kind_name
from holdfast.web.permissions import needs

from .fields import LocalField
from .shell import both, form_page, incident_of, place

KINDS = (*GOODS, "people", "supplier")
MOST_TYPED = 40


class NodesField(forms.CharField):
    """Things by key or name, one a line or with commas between; each has to be one that the reader may see."""

    def __init__(self, user: Any, **more: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}), **more)
        self.user = user

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(one) for one in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[Node]:
        said = [part.strip() for line in super().clean(value).splitlines() for part in line.split(";") if part.strip()]
        if len(said) > MOST_TYPED:
            raise ValidationError(_("Wanted at most %(most)d at once.") % {"most": MOST_TYPED})
        one = _OneNode(visible(Node.objects.standing(clock.today()), self.user), required=False)
        found: dict[int, Node] = {}
        problems = []
        for part in said:
            try:
                node = one.clean(part)
            except ValidationError as error:
                problems += error.messages
            else:
                found[node.pk] = node
        if problems:
            raise ValidationError(problems)
        return list(found.values())


class _OneNode(RowField):
    """The same as where a related row is typed, without the list of all."""

    def __init__(self, rows: Any, **more: Any) -> None:
        forms.CharField.__init__(self, **more)
        self.rows, self.current, self.key, self.name = rows, None, "key", "name"


class ShareField(NumberField):
    """A share, asked for in percent."""

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if found is None:
            return None
        if not 0 <= found <= 100:
            raise ValidationError(_("Wanted a percentage from 0 to 100."))
        return found / 100

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(value * 100 if isinstance(value, float) else value)


def _estimate(incident: Incident) -> dict[str, Any]:
    zone = incident.zone
    return {
        "certainty": forms.ChoiceField(label=_("How sure"), choices=Certain.choices),
        "loss": ShareField(label=_("Lost (%)"), required=True, help_text=_("100: wholly.")),
        "since": LocalField(zone, label=_("Out since"), required=True),
        "until_likely": LocalField(
            zone, label=_("Until, most likely"), required=False, help_text=_("Empty: nobody can say.")
        ),
        "until_low": LocalField(zone, label=_("Until, at the earliest"), required=False),
        "until_high": LocalField(zone, label=_("Until, at the latest"), required=False),
        "source": forms.CharField(label=_("Who said it"), required=False, max_length=300),
        "basis": forms.ChoiceField(label=_("The estimate is"), choices=list(BASIS_NAMES.items())),
    }


@needs(LOG, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def report(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """What is out: things, a whole site, or both."""
    incident = _logs(request, key, real)
    sites = visible(Site.objects.as_of(clock.today()), request.user)
    fields: dict[str, Any] = {
        "nodes": NodesField(
            request.user, label=_("What is out"), required=False,
            help_text=_("Names or keys, one a line: applications, premises, people, suppliers, processes."),
        ),
        "site": RowField(sites, label=_("Or a whole site"), required=False),
        "kinds": forms.MultipleChoiceField(
            label=_("Of the site"), choices=[(kind, kind_name(kind)) for kind in KINDS], required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Whether its processes stop is what the picture says, so they are not reported."),
        ),
        **_estimate(incident),
        "device_at": forms.CharField(required=False, widget=forms.HiddenInput),
    }  # fmt: skip
    began = min(incident.began, incident.moment())
    values = {"certainty": "sure", "loss": 1.0, "since": began, "basis": "stated", "kinds": list(GOODS)}

    def run(form: Any) -> None:
        given = dict(form.cleaned_data)
        device = _device(given.pop("device_at", ""))
        report_outage(
            request.user, incident=incident, nodes=given.pop("nodes"), site=given.pop("site"),  # type: ignore[arg-type]
            kinds=given.pop("kinds") or GOODS, device_at=device, **given,
        )  # fmt: skip

    _warm(request, incident)
    return form_page(
        request, incident, fields, values, run, back=place(incident, "picture"), tab="picture",
        title=_("Report what is out"), button=_("Report"),
    )  # fmt: skip


@needs(LOG, on=Outage)
@require_http_methods(KINDS_OF_REQUEST)
def change(request: HttpRequest, key: str, number: int, real: bool) -> HttpResponse:
    """Another estimate, another loss, surer or less so."""
    incident = _logs(request, key, real)
    outage = _outage(request, incident, number)
    fields = _estimate(incident)
    values = {name: getattr(outage, name) for name in fields}

    def run(form: Any) -> None:
        changes = form.changed(outage)
        if changes or form.seen_version != outage.version:
            change_outage(request.user, outage, version=form.seen_version, **changes)  # type: ignore[arg-type]

    _warm(request, incident)
    return form_page(
        request, incident, fields, values, run, held=outage, back=place(incident, "picture"), tab="picture",
        title=_("Known of %(what)s") % {"what": outage}, button=_("Save"),
    )  # fmt: skip


@needs(LOG, on=Outage)
@require_http_methods(KINDS_OF_REQUEST)
def end(request: HttpRequest, key: str, number: int, real: bool) -> HttpResponse:
    """It works again, or was never out."""
    incident = _logs(request, key, real)
    outage = _outage(request, incident, number)
    fields = {
        "at": LocalField(incident.zone, label=_("Works again since"), required=True),
        "source": forms.CharField(label=_("Who said it"), required=False, max_length=300),
        "mistaken": forms.BooleanField(label=_("It was never out"), required=False),
    }

    def run(form: Any) -> None:
        end_outage(request.user, outage, version=form.seen_version, **form.cleaned_data)  # type: ignore[arg-type]

    _warm(request, incident)
    return form_page(
        request, incident, fields, {"at": incident.moment()}, run, held=outage, back=place(incident, "picture"),
        tab="picture", title=_("%(what)s works again") % {"what": outage}, button=_("Works again"),
    )  # fmt: skip


@needs(LOG, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def seen(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """What was seen to work, or not, whatever the picture says."""
    incident = _logs(request, key, real)
    rows = visible(Node.objects.standing(clock.today()), request.user)
    fields = {
        "node": RowField(rows, label=_("What was seen"), required=True),
        "level": ShareField(label=pgettext_lazy("at so many percent", "Works at (%)"), required=True),
        "at": LocalField(incident.zone, label=_("Seen at"), required=True),
        "source": forms.CharField(label=_("Who saw it"), required=False, max_length=300),
        "device_at": forms.CharField(required=False, widget=forms.HiddenInput),
    }

    def run(form: Any) -> None:
        given = dict(form.cleaned_data)
        observe(request.user, incident=incident, device_at=_device(given.pop("device_at", "")), **given)  # type: ignore[arg-type]

    _warm(request, incident)
    return form_page(
        request, incident, fields, {"at": incident.moment(), "level": 1.0}, run, back=place(incident, "picture"),
        tab="picture", title=_("Record what was seen"), button=_("Record"),
        says=_("What works wholly is out no more. What works worse than the picture says is reckoned as it was seen."),
    )  # fmt: skip


@needs(LOG, on=Observation)
@require_http_methods(KINDS_OF_REQUEST)
def withdraw(request: HttpRequest, key: str, number: int, real: bool) -> HttpResponse:
    """What was seen was wrong."""
    incident = _logs(request, key, real)
    row = visible(Observation.objects.filter(incident=incident, pk=number), request.user).first()
    if row is None or not visible(Node.objects.filter(pk=row.node_id), request.user).exists():
        raise Http404(_("There is nothing here by this name."))

    def run(form: Any) -> None:
        withdraw_observation(request.user, row, version=form.seen_version)  # type: ignore[arg-type]

    return form_page(
        request, incident, {}, {}, run, held=row, back=place(incident, "picture"), tab="picture", ends=True,
        title=_("It was wrong that %(what)s works so") % {"what": row}, button=_("Take it back"),
    )  # fmt: skip


def _logs(request: HttpRequest, key: str, real: bool) -> Incident:
    incident = incident_of(request, key, real)
    require(request.user, LOG, incident)
    return incident


def _outage(request: HttpRequest, incident: Incident, number: int) -> Outage:
    """An outage of the incident itself, of a thing that the reader may see. Raises Http404."""
    rows = Outage.objects.filter(incident=incident, pk=number).select_related("node", "incident__site")
    row = visible(rows, request.user).first()
    if row is None or not visible(Node.objects.filter(pk=row.node_id), request.user).exists():
        raise Http404(_("There is nothing here by this name."))
    return row


def _warm(request: HttpRequest, incident: Incident) -> None:
    """Builds the model before the act opens its transaction, so that others can write meanwhile."""
    if request.method == "POST":
        model_on(incident.moment().astimezone(incident.zone).date())


def _device(said: str) -> datetime | None:
    """What the device says the time is; anything else is no time."""
    try:
        found = datetime.fromisoformat(said.replace("Z", "+00:00")) if said else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


forms_patterns = [
    *both("picture/report/", report, "outage-report"),
    *both("picture/outages/<int:number>/", change, "outage-change"),
    *both("picture/outages/<int:number>/end/", end, "outage-end"),
    *both("picture/seen/", seen, "observation"),
    *both("picture/seen/<int:number>/", withdraw, "observation-withdraw"),
]
