"""Decisions with their voices, and activations of plans."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import Incident, PartOfIncident
from holdfast.crisis.rights import VIEW
from holdfast.crisis.teams.models import Attendance, Meeting
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import Scope, recorded
from holdfast.organization.structure.models import Group, Seat
from holdfast.organization.structure.models.groups import GroupKind
from holdfast.readiness.plans.models import Plan, PlanKind

MOST_TEXT = 8000


class DecisionKind(models.TextChoices):
    """Those of the policy team stand in annex I, 4 (a) to (d) and 5."""

    POLITICAL = "political", _("political question to the Secretary-General, with advice")
    MEASURE = "measure", _("measure recommended by the emergency task force")
    RESOURCES = "resources", _("resources directed to an office")
    URGENT = "urgent", _("urgent decision")
    PASSED = "passed", _("passed to the operations group")
    OPERATIONAL = "operational", _("operational decision")
    CRISIS = "crisis", _("activate crisis management plans")
    CONTINUITY = "continuity", _("grant continuity plans")


POLICY_ONLY = frozenset({DecisionKind.POLITICAL, DecisionKind.MEASURE, DecisionKind.RESOURCES, DecisionKind.PASSED})
"""Kinds that a policy team alone decides."""
OF_ACTIVATION = frozenset({DecisionKind.CRISIS, DecisionKind.CONTINUITY})
"""Kinds that come with an activation and are not proposed by themselves."""


class DecisionState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    PUT = "put", _("put to the meeting")
    ADOPTED = "adopted", _("adopted")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


SEALED = frozenset({DecisionState.ADOPTED, DecisionState.REJECTED, DecisionState.WITHDRAWN})


class Urgent(models.TextChoices):
    """The four examples of annex I, 5, as starting points."""

    MEETINGS = "meetings", _("whether scheduled meetings go on")
    SUSPENSION = "suspension", _("suspension of day-to-day business")
    PROCUREMENT = "procurement", _("special procurement tasks")
    HOST = "host", _("formal request to the authorities of the host country")


class Decision(PartOfIncident):
    """A decision of a body. Sealed once it is adopted, rejected or withdrawn: what is decided anew is a new decision
    that `replaces` it. `forecast` is what the picture said then, frozen: its number, time, hash and the interruption
    that it expected. Times are by the clock of the incident."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="decisions", verbose_name=_("incident"))
    number = models.PositiveIntegerField(_("number"))
    group = models.ForeignKey(Group, models.PROTECT, related_name="decisions", verbose_name=_("body"))
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name=_("meeting")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=DecisionKind, default=DecisionKind.OPERATIONAL)
    example = models.CharField(_("about"), max_length=12, choices=Urgent, blank=True, default="")
    title = models.CharField(_("what is decided"), max_length=300)
    text = models.TextField(_("wording and reasons"), blank=True, default="", max_length=MOST_TEXT)
    advice = models.TextField(_("advice to the Secretary-General"), blank=True, default="", max_length=MOST_TEXT)
    office = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resources go to")
    )
    state = models.CharField(_("state"), max_length=10, choices=DecisionState, default=DecisionState.PROPOSED)
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by")
    )
    put_at = models.DateTimeField(_("put at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    outcome = models.TextField(_("what was said"), blank=True, default="", max_length=MOST_TEXT)
    seats_present = models.PositiveIntegerField(_("seats present"), null=True, blank=True)
    alone_because = models.TextField(_("why by the chair alone"), blank=True, default="", max_length=MOST_TEXT)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_in = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="confirmed", verbose_name=_("confirmed in")
    )
    forecast = models.JSONField(_("forecast at that moment"), null=True, blank=True)
    passed_to = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("passed to")
    )
    passed_at = models.DateTimeField(_("passed at"), null=True, blank=True)
    received_at = models.DateTimeField(_("receipt confirmed at"), null=True, blank=True)
    received_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("receipt confirmed by")
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    history = recorded("forecast")
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"forecast"})
    objects = models.Manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering: ClassVar[list[str]] = ["incident", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=DecisionKind.values), name="crisis_decision_kind"),
            models.CheckConstraint(condition=Q(state__in=DecisionState.values), name="crisis_decision_state"),
            models.CheckConstraint(condition=Q(example__in=["", *Urgent.values]), name="crisis_decision_example"),
            models.CheckConstraint(
                condition=Q(state__in=[DecisionState.PROPOSED, DecisionState.PUT], decided_at=None)
                | Q(state__in=sorted(SEALED), decided_at__isnull=False),
                name="crisis_decision_decided_at",
            ),
            models.UniqueConstraint(fields=["incident", "number"], name="crisis_decision_number_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stable_key(self) -> str:
        return f"{self.incident.key} {self.number}"

    @property
    def address(self) -> str:
        return f"{self.incident.address}decisions/{self.number}/"

    @property
    def is_sealed(self) -> bool:
        return self.state in SEALED

    @property
    def awaits_receipt(self) -> bool:
        return self.state == DecisionState.ADOPTED and self.passed_to_id is not None and self.received_at is None

    @property
    def awaits_confirmation(self) -> bool:
        return self.state == DecisionState.ADOPTED and bool(self.alone_because) and self.confirmed_at is None

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        kind = DecisionKind(self.kind)
        if kind in POLICY_ONLY and self.group.kind != GroupKind.POLICY:
            problems["kind"] = gettext("Only a policy team decides this.")
        if kind == DecisionKind.POLITICAL and not self.advice.strip():
            problems["advice"] = gettext("A political question goes to the Secretary-General with advice: give it.")
        if kind == DecisionKind.RESOURCES and self.office is None:
            problems["office"] = gettext("Say to which office the resources go.")
        if problems:
            raise ValidationError(problems)


class Stand(models.TextChoices):
    FOR = "for", _("for")
    AGAINST = "against", _("against")
    ABSTAINS = "abstains", _("abstains")


class Voice(PartOfIncident):
    """What a seat said to a decision: one for each seat, whoever spoke for it."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("decision__incident__unit",), site=("decision__incident__site",))
    VIA: ClassVar[str] = "decision__incident"

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="voices", verbose_name=_("decision"))
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("seat"))
    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="voices", verbose_name=_("spoken by"))
    stand = models.CharField(_("voice"), max_length=10, choices=Stand)
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("voice")
        verbose_name_plural = _("voices")
        ordering: ClassVar[list[str]] = ["decision", "seat__number", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(stand__in=Stand.values), name="crisis_voice_stand"),
            models.UniqueConstraint(fields=["decision", "seat"], name="crisis_voice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.get_stand_display()}"


class ActivationKind(models.TextChoices):
    CRISIS = "crisis", _("crisis management plans")
    CONTINUITY = "continuity", _("continuity plans")


PLAN_KINDS: dict[str, tuple[PlanKind, ...]] = {
    ActivationKind.CRISIS: (PlanKind.CRISIS,),
    ActivationKind.CONTINUITY: (PlanKind.CONTINUITY, PlanKind.ICT),
}


class ActivationState(models.TextChoices):
    REQUESTED = "requested", _("asked for")
    ACTIVE = "active", _("active")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    STOOD_DOWN = "stood_down", _("stood down")


class ExpectedBy(models.TextChoices):
    FORECAST = "forecast", _("by the forecast")
    STATED = "stated", _("as the body said")


class Activation(PartOfIncident):
    """Plans of a kind are asked for, granted, active and stood down: at most one of a kind at a time in an incident,
    which the database keeps. Times are by the clock of the incident, durations are hours."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="activations", verbose_name=_("incident"))
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12, choices=ActivationKind)
    state = models.CharField(_("state"), max_length=12, choices=ActivationState, default=ActivationState.REQUESTED)
    reason = models.TextField(_("reason"), max_length=MOST_TEXT)
    rules = models.PositiveIntegerField(_("by the rules of version"), default=0)
    asked_at = models.DateTimeField(_("asked for at"))
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    asked_group = models.ForeignKey(Group, models.PROTECT, related_name="+", verbose_name=_("requester"))
    consulted_group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("consulted")
    )
    consulted_at = models.DateTimeField(_("consulted at"), null=True, blank=True)
    consulted_who = models.CharField(_("who was consulted"), max_length=300, blank=True, default="")
    consulted_said = models.TextField(_("what was said"), blank=True, default="", max_length=MOST_TEXT)
    forecast = models.JSONField(_("forecast at that moment"), null=True, blank=True)
    expected_hours = models.FloatField(_("expected interruption of a critical function"), null=True, blank=True)
    expected_by = models.CharField(_("expected"), max_length=10, choices=ExpectedBy, blank=True, default="")
    limit_hours = models.FloatField(_("interruption that calls for it"), null=True, blank=True)
    shorter_because = models.TextField(
        _("why although it is expected to be shorter"), blank=True, default="", max_length=MOST_TEXT
    )
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="activation", verbose_name=_("decision")
    )
    granted_at = models.DateTimeField(_("active since"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    granted_group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )
    ended_because = models.TextField(_("why it ended"), blank=True, default="", max_length=MOST_TEXT)

    history = recorded("forecast")
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"forecast"})
    objects = models.Manager()

    class Meta:
        verbose_name = _("activation")
        verbose_name_plural = _("activations")
        ordering: ClassVar[list[str]] = ["incident", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=ActivationKind.values), name="crisis_activation_kind"),
            models.CheckConstraint(condition=Q(state__in=ActivationState.values), name="crisis_activation_state"),
            models.CheckConstraint(
                condition=~Q(state=ActivationState.ACTIVE) | Q(granted_at__isnull=False, granted_group__isnull=False),
                name="crisis_activation_granted",
            ),
            # Without the consultation it is incomplete, and never active (A/63/359, 30).
            models.CheckConstraint(
                condition=~Q(state=ActivationState.ACTIVE, kind=ActivationKind.CONTINUITY)
                | Q(consulted_at__isnull=False, consulted_group__isnull=False),
                name="crisis_activation_consulted",
            ),
            models.UniqueConstraint(fields=["incident", "number"], name="crisis_activation_number_once"),
            models.UniqueConstraint(
                fields=["incident", "kind"],
                condition=Q(state__in=[ActivationState.REQUESTED, ActivationState.ACTIVE]),
                name="crisis_activation_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def stable_key(self) -> str:
        return f"{self.incident.key} {self.number}"

    @property
    def address(self) -> str:
        return f"{self.incident.address}activations/{self.number}/"

    @property
    def is_active(self) -> bool:
        return self.state == ActivationState.ACTIVE


class PlanActivation(PartOfIncident):
    """A plan that an activation is about."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("activation__incident__unit",), site=("activation__incident__site",))
    VIA: ClassVar[str] = "activation__incident"

    activation = models.ForeignKey(Activation, models.PROTECT, related_name="plans", verbose_name=_("activation"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="activations", verbose_name=_("plan"))

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("activated plan")
        verbose_name_plural = _("activated plans")
        ordering: ClassVar[list[str]] = ["activation", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["activation", "plan"], name="crisis_planactivation_once")
        ]

    def __str__(self) -> str:
        return str(self.plan)


__all__ = ["Activation", "ActivationKind", "ActivationState", "Decision", "DecisionKind", "PlanActivation", "Voice"]
