"""Groups and their seats, who sits there and stands in, their tasks; the focal points of units."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.places.models import Site, Unit, check_names
from holdfast.organization.rows import Described, Keyed, Row, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models.people import Held


class GroupKind(models.TextChoices):
    POLICY = "policy", _("policy team")
    OPERATIONS = "operations", _("operations group")
    TECHNICAL = "technical", _("technical working group")
    WORKING = "working", _("working group")
    RESPONSE = "response", _("response team")
    COMMITTEE = "committee", _("committee")


class Group(Described, Valid, Keyed):
    """A standing body: its terms of reference, its seats and its tasks."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit",), site=("site",))

    name = models.CharField(_("name"), max_length=300)
    acronym = models.CharField(_("acronym"), max_length=40, blank=True, default="")
    names = models.JSONField(_("names in other languages"), default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=GroupKind)
    terms = models.JSONField(
        _("terms of reference"), default=list, blank=True, help_text=_("Letter, text and paragraphs of each.")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="groups", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="groups", verbose_name=_("site"))
    meets_every = models.CharField(
        _("meets every"),
        max_length=10,
        blank=True,
        default="",
        validators=[RegexValidator(r"\AP[1-9]\d{0,2}[DWMY]\Z", _("Wanted a period such as P3M."))],
    )
    quorum = models.PositiveIntegerField(_("quorum"), null=True, blank=True)
    needs_alternates = models.BooleanField(_("every seat needs an alternate"), default=True)

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=GroupKind.values), name="organization_group_kind"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        check_names(self.names)
        if self.parent_id is not None and self.parent_id == self.pk:
            raise ValidationError({"parent": gettext("A group is no part of itself.")})
        wanted = {"letter", "text", "paragraphs"}
        if not isinstance(self.terms, list) or not all(
            isinstance(term, dict) and set(term) <= wanted and isinstance(term.get("text"), str) for term in self.terms
        ):
            raise ValidationError({"terms": gettext("Wanted a list of terms, each with its text.")})


class SeatRole(models.TextChoices):
    CHAIR = "chair", _("chair")
    ALTERNATE_CHAIR = "alternate_chair", _("alternate chair")
    MEMBER = "member", _("member")


class Seat(Described, Valid, Keyed):
    """A seat of a group from when to when."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit", "group__unit"), site=("group__site",))

    group = models.ForeignKey(Group, models.PROTECT, related_name="seats", verbose_name=_("group"))
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=300)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=20, choices=SeatRole, default=SeatRole.MEMBER)

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering: ClassVar[list[str]] = ["group", "number", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(role__in=SeatRole.values), name="organization_seat_role"),
        ]

    def __str__(self) -> str:
        return f"{self.group.acronym or self.group}: {self.title}"


class HoldingRole(models.TextChoices):
    HOLDER = "holder", _("holder")
    ALTERNATE = "alternate", _("alternate")


class SeatHolding(Held):
    """A person or a post sits on a seat, or stands in for who does, from when to when."""

    SCOPE: ClassVar[Scope] = Scope(
        "directory.view", unit=("seat__unit", "seat__group__unit"), site=("seat__group__site",)
    )

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="holdings", verbose_name=_("seat"))
    role = models.CharField(_("as"), max_length=20, choices=HoldingRole, default=HoldingRole.HOLDER)

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Held.Meta):
        verbose_name = _("holding of a seat")
        verbose_name_plural = _("holdings of seats")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Held.Meta.constraints,
            models.CheckConstraint(condition=Q(role__in=HoldingRole.values), name="organization_seatholding_role"),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.holder}"


class GroupTask(Described, Valid, Keyed):
    """A task of a group, and the seat that carries it. One row for each thing to be done, under its letter."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit", "group__unit"), site=("group__site",))

    group = models.ForeignKey(Group, models.PROTECT, related_name="tasks", verbose_name=_("group"))
    letter = models.CharField(_("letter"), max_length=10, blank=True, default="")
    position = models.PositiveIntegerField(_("position"), default=0)
    text = models.TextField(_("text"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("unit"))
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("seat"))

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("task of a group")
        verbose_name_plural = _("tasks of groups")
        ordering: ClassVar[list[str]] = ["group", "letter", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.group.acronym or self.group} ({self.letter}): {self.text}"

    def clean(self) -> None:
        super().clean()
        if self.seat is not None and self.seat.group_id != self.group_id:
            raise ValidationError({"seat": gettext("This seat is another group's.")})


class TaskPartner(Row):
    """A unit that takes part in a group's task beside the one that leads."""

    SCOPE: ClassVar[Scope] = Scope(
        "directory.view", unit=("task__unit", "task__group__unit"), site=("task__group__site",)
    )

    task = models.ForeignKey(GroupTask, models.PROTECT, related_name="partners", verbose_name=_("task"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))

    history = recorded()

    class Meta:
        verbose_name = _("partner in a task")
        verbose_name_plural = _("partners in tasks")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["task", "unit"], name="organization_taskpartner_once")
        ]

    def __str__(self) -> str:
        return f"{self.task} · {self.unit}"


class FocalRole(models.TextChoices):
    FOCAL = "focal", _("focal point")
    ALTERNATE = "alternate", _("alternate")


class FocalPoint(Held):
    """The focal point of a unit, or the alternate, from when to when."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit",), site=("unit__site",))

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="focal_points", verbose_name=_("unit"))
    role = models.CharField(_("as"), max_length=20, choices=FocalRole, default=FocalRole.FOCAL)

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Held.Meta):
        verbose_name = _("focal point")
        verbose_name_plural = _("focal points")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Held.Meta.constraints,
            models.CheckConstraint(condition=Q(role__in=FocalRole.values), name="organization_focalpoint_role"),
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.holder}"
