"""Decisions of an incident, the voices, and the plans that are activated."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.decisions import actions as acts
from holdfast.crisis.decisions import activation as activations
from holdfast.crisis.decisions.models import (
    OF_ACTIVATION,
    POLICY_ONLY,
    Activation,
    ActivationKind,
    Decision,
    DecisionKind,
    DecisionState,
    Stand,
    Urgent,
)
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.known import model_on
from holdfast.crisis.rights import RUN, SIT, VIEW
from holdfast.crisis.rules.questions import in_force, numbered
from holdfast.crisis.teams.rights import chairs, counts_in, is_in_the_chair, sits_in
from holdfast.crisis.teams.seating import acting, open_meeting
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Group, Seat
from holdfast.organization.structure.models.groups import GroupKind
from holdfast.readiness.plans.models import Plan
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.fields import NumberField, RowField, rows_of
from holdfast.web.permissions import needs

from .fields import LocalField
from .meetings import asked, text
from .shell import both, form_page, place, show

FIELDS = ("kind", "example", "title", "text", "advice", "office")


@needs(VIEW, on=Incident)
@require_safe
def decisions(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """What was decided and what waits; which plans are active; what can be asked for."""
    incident = asked(request, key, real)
    user: Any = request.user
    rows = Decision.objects.filter(incident=incident).select_related("group", "passed_to", "replaced_by")
    found = list(Activation.objects.filter(incident=incident).select_related("asked_group", "granted_group"))
    runs = incident.is_open and may(user, RUN, incident)
    rules = in_force(clock.today())
    sitting = _bodies(user, incident) if incident.is_open else []
    keys = {group.key for group in sitting}
    busy = {one.kind for one in found if one.state in activations.OPEN}
    context = {
        "rows": list(rows.order_by("-number")),
        "activations": found[::-1],
        "sitting": sitting,
        "may_crisis": (runs or rules.crisis_activated_by in keys) and ActivationKind.CRISIS not in busy,
        "may_ask": (runs or rules.continuity_asked_by in keys) and ActivationKind.CONTINUITY not in busy,
    }
    return show(request, incident, "crisis/decisions.html", context, tab="decisions")


def _bodies(user: Any, incident: Incident) -> list[Group]:
    """Those that the user may propose something in: who runs the incident, in all that meet and those of the rules."""
    rules = in_force(clock.today())
    named = Group.objects.filter(key__in=rules.groups()) | Group.objects.filter(meetings__incident=incident)
    groups = list(named.distinct().order_by("name"))
    if may(user, RUN, incident):
        return groups
    return [group for group in groups if sits_in(user, incident, group)]


@needs(VIEW, on=Incident)
@require_safe
def decision(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    """One decision: what, on what picture, which voices, what is still to be done with it."""
    incident, row = _decision(request, key, real, number)
    user: Any = request.user
    meeting = open_meeting(incident, row.group)
    counting = acting(meeting) if meeting is not None else {}
    runs = incident.is_open and may(user, RUN, incident)
    presides = runs or (meeting is not None and is_in_the_chair(user, meeting))
    own = counts_in(user, meeting) if meeting is not None else None
    voices = {voice.seat_id: voice for voice in row.voices.select_related("attendance__person", "attendance__post")}
    context = {
        "row": row,
        "meeting": meeting,
        "here": len(counting),
        "quorate": meeting is not None and len(counting) >= meeting.quorum,
        "dots": [("here" if n < len(counting) else "", n + 1 == meeting.quorum) for n in range(meeting.seats)]
        if meeting is not None
        else [],
        "presides": presides and incident.is_open,
        "sits": incident.is_open and (runs or sits_in(user, incident, row.group)),
        "alone": incident.is_open and (runs or chairs(user, row.group)),
        "receives": incident.is_open
        and row.awaits_receipt
        and row.passed_to is not None
        and sits_in(user, incident, row.passed_to),
        "replaced": getattr(row, "replaced_by", None),
        "seats": [
            (one, voices.get(seat), presides or (own is not None and own.seat_id == seat))
            for seat, one in sorted(counting.items(), key=lambda pair: pair[1].seat.number if pair[1].seat else 0)
        ]
        if row.state == DecisionState.PUT
        else [],
        "voices": [voices[seat] for seat in voices] if row.is_sealed else [],
        "stands": list(Stand),
        "activation": getattr(row, "activation", None),
    }
    return show(request, incident, "crisis/decision.html", context, tab="decisions")


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def propose(request: HttpRequest, key: str, real: bool, group: str) -> HttpResponse:
    """A decision of one body; `?replaces=N` in place of a sealed one."""
    incident = asked(request, key, real)
    user: Any = request.user
    body = next((one for one in _bodies(user, incident) if one.key == group), None)
    if body is None:
        raise Http404(_("There is no body by this name."))
    number = request.GET.get("replaces", "")
    replaced = (
        Decision.objects.filter(incident=incident, number=int(number)).first()
        if number.isdecimal() and len(number) < 9
        else None
    )
    values = {name: getattr(replaced, name) for name in FIELDS} if replaced is not None else {}

    def run(form: Any) -> str:
        return acts.propose_decision(
            user, incident=incident, group=body, replaces=replaced, **form.cleaned_data
        ).address

    said = _("In place of decision %(number)d.") % {"number": replaced.number} if replaced is not None else ""
    return form_page(
        request, incident, _fields(user, body), values, run, back=place(incident, "decisions"),
        title=_("Propose to %(group)s") % {"group": body.acronym or body}, button=_("Propose"), says=said,
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def edit(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident, row = _decision(request, key, real, number)
    user: Any = request.user

    def run(form: Any) -> None:
        acts.edit_decision(user, row, version=form.seen_version, **form.cleaned_data)

    values = {name: getattr(row, name) for name in FIELDS}
    return form_page(
        request, incident, _fields(user, row.group), values, run, held=row, back=row.address,
        title=_("Change the wording"), button=_("Save"), says=_("Until it is put to the meeting."),
    )  # fmt: skip


def _fields(user: Any, group: Group) -> dict[str, Any]:
    policy = group.kind == GroupKind.POLICY
    kinds = [
        (kind.value, str(kind.label))
        for kind in DecisionKind
        if kind not in OF_ACTIVATION and (policy or kind not in POLICY_ONLY)
    ]
    fields: dict[str, Any] = {
        "kind": forms.ChoiceField(label=_("Kind"), choices=kinds),
        "title": forms.CharField(label=_("What is to be decided"), max_length=300),
        "text": text(_("Wording and reasons"), required=False, rows=4),
        "example": forms.ChoiceField(
            label=_("If urgent: about"), required=False,
            choices=[("", _("something else")), *((one.value, str(one.label)) for one in Urgent)],
        ),
    }  # fmt: skip
    if policy:
        fields["advice"] = text(_("If a political question: advice to the Secretary-General"), required=False)
        fields["office"] = RowField(
            rows_of(Unit, user), label=_("If resources are directed: to which office"), required=False
        )
    return fields


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def step(request: HttpRequest, key: str, real: bool, number: int, what: str) -> HttpResponse:
    """A button: put, adopt, confirm, receive, or the voice of a seat."""
    incident, row = _decision(request, key, real, number)
    user: Any = request.user

    def speak() -> None:
        seat = Seat.objects.filter(key=request.POST.get("seat", "")).first()
        stand = request.POST.get("stand", "")
        if stand not in Stand.values or seat is None:
            raise ValidationError(_("Say for, against or abstains."))
        acts.speak(user, row, stand=stand, seat=seat)

    done: dict[str, Any] = {
        "put": lambda: acts.put_decision(user, row),
        "adopt": lambda: acts.adopt_decision(user, row),
        "confirm": lambda: acts.confirm_decision(user, row),
        "receive": lambda: acts.receive_decision(user, row),
        "speak": speak,
    }
    if what not in done:
        raise Http404(_("There is nothing here by this name."))
    if request.method != "POST":
        return HttpResponseRedirect(row.address)
    _model(incident)
    try:
        done[what]()
    except ValidationError as error:
        context = {"problems": error.messages, "back": row.address}
        return show(request, incident, "crisis/problem.html", context, tab="decisions", status=422)
    return HttpResponseRedirect(row.address)


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def reject(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    return _because(request, key, real, number, acts.reject_decision, "outcome", _("Reject the decision"), _("Reject"))


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def withdraw(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    return _because(
        request, key, real, number, acts.withdraw_decision, "outcome", _("Withdraw the decision"), _("Withdraw")
    )


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def alone(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    says = _("The body confirms it later, or replaces it by another decision.")
    return _because(
        request, key, real, number, acts.decide_alone, "because", _("Decide alone in urgency"), _("Decide"), says
    )


def _because(
    request: HttpRequest,
    key: str,
    real: bool,
    number: int,
    act: Any,
    name: str,
    title: str,
    button: str,
    says: str = "",
) -> HttpResponse:
    incident, row = _decision(request, key, real, number)

    def run(form: Any) -> None:
        act(request.user, row, **form.cleaned_data)

    _posted(request, incident)
    return form_page(
        request, incident, {name: text(_("Why"))}, {}, run, back=row.address, title=title, button=button, says=says,
        ends=act is not acts.decide_alone,
    )  # fmt: skip


class _Plans(forms.MultipleChoiceField):
    """Plans in force, each with a box to tick."""

    def __init__(self, plans: list[Plan]) -> None:
        self.plans = {plan.key: plan for plan in plans}
        choices = [(plan.key, f"{plan} · {plan.unit}") for plan in plans]
        super().__init__(
            label=_("Plans"), choices=choices, required=False, widget=forms.CheckboxSelectMultiple,
            help_text="" if choices else _("No plan of this kind is in force."),
        )  # fmt: skip

    def clean(self, value: Any) -> list[Plan]:
        return [self.plans[key] for key in super().clean(value)]


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def activate(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """The operations group activates crisis management plans."""
    incident = asked(request, key, real)
    body = acts.body_named(in_force(clock.today()).crisis_activated_by)
    fields = {
        "plans": _Plans(activations.plans_for(ActivationKind.CRISIS)),
        "reason": text(_("Why")),
        "alone_because": _alone(),
    }

    def run(form: Any) -> str:
        return activations.activate_crisis(request.user, incident=incident, **form.cleaned_data).address  # type: ignore[arg-type]

    _posted(request, incident)
    return form_page(
        request, incident, fields, {}, run, back=place(incident, "decisions"),
        title=_("Activate crisis management plans"), button=_("Activate"),
        says=_("%(group)s decides this alone.") % {"group": body.acronym or body},
    )  # fmt: skip


def _alone() -> Any:
    return text(
        _("Why the chair decides alone"), required=False,
        help_text=_("Only where the body does not meet with a quorum. It confirms later."),
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def ask(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """First step of continuity plans: which, why, and how long the interruption is expected to be."""
    incident = asked(request, key, real)
    rules = in_force(clock.today())
    said = _("By the rules, an interruption of a critical function of %(hours)g h or more calls for it.")
    fields = {
        "plans": _Plans(activations.plans_for(ActivationKind.CONTINUITY)),
        "reason": text(_("Why")),
        "expected_hours": NumberField(
            label=_("Expected interruption (hours)"), required=False,
            help_text=_("Left empty: as the forecast says at this moment."),
        ),
        "shorter_because": text(_("Why, if it is expected to be shorter"), required=False),
    }  # fmt: skip

    def run(form: Any) -> str:
        return activations.ask_continuity(request.user, incident=incident, **form.cleaned_data).address  # type: ignore[arg-type]

    _posted(request, incident)
    return form_page(
        request, incident, fields, {}, run, back=place(incident, "decisions"), title=_("Ask for continuity plans"),
        button=_("Ask"), says=said % {"hours": rules.continuity_after_hours},
    )  # fmt: skip


@needs(VIEW, on=Incident)
@require_safe
def activation(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    """One activation: asked for, consulted, granted, stood down; and what is missing."""
    incident, row = _activation(request, key, real, number)
    rules = numbered(row.rules)
    names = dict(Group.objects.filter(key__in=rules.groups()).values_list("key", "name"))
    context = {
        "row": row,
        "missing": activations.missing(row) if row.state == "requested" else [],
        "longer": activations.is_longer(row),
        "plans": [one.plan for one in row.plans.select_related("plan__unit")],
        "consults": names.get(rules.continuity_consulted, rules.continuity_consulted),
        "grants": names.get(rules.continuity_granted_by, rules.continuity_granted_by),
        "may_act": incident.is_open and may(request.user, SIT, incident),
    }
    return show(request, incident, "crisis/activation.html", context, tab="decisions")


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def consult(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident, row = _activation(request, key, real, number)
    fields: dict[str, Any] = {
        "who": forms.CharField(label=_("Who was consulted"), max_length=300),
        "said": text(_("What they said")),
        "at": LocalField(incident.zone, label=_("When"), required=False, help_text=_("Left empty: now.")),
    }
    if activations.is_longer(row) is None:
        fields["expected_hours"] = NumberField(label=_("Expected interruption (hours)"), required=False)
    if not activations.is_longer(row):
        fields["shorter_because"] = text(_("Why, if it is expected to be shorter"), required=False)

    def run(form: Any) -> None:
        activations.consult(request.user, row, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {}, run, back=row.address, title=_("Record the consultation"), button=_("Record"),
        says=_("Without it the request is incomplete."),
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def decide(request: HttpRequest, key: str, real: bool, number: int, what: str) -> HttpResponse:
    """Grant, refuse, withdraw, stand down."""
    incident, row = _activation(request, key, real, number)
    known: dict[str, tuple[Any, str, str]] = {
        "grant": (activations.grant_activation, _("Grant the activation"), _("Grant")),
        "refuse": (activations.refuse_activation, _("Refuse the activation"), _("Refuse")),
        "withdraw": (activations.withdraw_activation, _("Withdraw the request"), _("Withdraw")),
        "stand-down": (activations.stand_down, _("Stand the plans down"), _("Stand down")),
    }
    if what not in known:
        raise Http404(_("There is nothing here by this name."))
    act, title, button = known[what]
    fields: dict[str, Any] = {"reason": text(_("Why"), required=what != "grant")}
    if what == "grant":
        fields["alone_because"] = _alone()

    def run(form: Any) -> None:
        act(request.user, row, **form.cleaned_data)

    _posted(request, incident)
    return form_page(
        request, incident, fields, {}, run, back=row.address, title=title, button=button, ends=what != "grant"
    )


def _posted(request: HttpRequest, incident: Incident) -> None:
    if request.method == "POST":
        _model(incident)


def _model(incident: Incident) -> None:
    """The model is built before an act opens its transaction, so that others can write meanwhile."""
    model_on(incident.moment().astimezone(incident.zone).date())


def _decision(request: HttpRequest, key: str, real: bool, number: int) -> tuple[Incident, Decision]:
    incident = asked(request, key, real)
    rows = Decision.objects.filter(incident=incident, number=number)
    found = rows.select_related(
        "incident", "group", "meeting__group", "office", "passed_to", "replaces", "proposed_by", "decided_by",
        "received_by", "confirmed_in__group",
    ).first()  # fmt: skip
    if found is None:
        raise Http404(_("There is no decision of this number."))
    return incident, found


def _activation(request: HttpRequest, key: str, real: bool, number: int) -> tuple[Incident, Activation]:
    incident = asked(request, key, real)
    rows = Activation.objects.filter(incident=incident, number=number)
    found = rows.select_related(
        "incident", "asked_group", "consulted_group", "granted_group", "decision", "asked_by", "granted_by", "ended_by"
    ).first()
    if found is None:
        raise Http404(_("There is no activation of this number."))
    return incident, found


urlpatterns = [
    *both("decisions/", decisions, "decisions"),
    *both("decisions/propose/<str:group>/", propose, "decision-propose"),
    *both("decisions/<int:number>/", decision, "decision"),
    *both("decisions/<int:number>/edit/", edit, "decision-edit"),
    *both("decisions/<int:number>/reject/", reject, "decision-reject"),
    *both("decisions/<int:number>/withdraw/", withdraw, "decision-withdraw"),
    *both("decisions/<int:number>/alone/", alone, "decision-alone"),
    *both("decisions/<int:number>/<str:what>/", step, "decision-step"),
    *both("activations/crisis/", activate, "activate"),
    *both("activations/ask/", ask, "activation-ask"),
    *both("activations/<int:number>/", activation, "activation"),
    *both("activations/<int:number>/consult/", consult, "activation-consult"),
    *both("activations/<int:number>/<str:what>/", decide, "activation-decide"),
]
