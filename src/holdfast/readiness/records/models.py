"""A vital record, and the copies of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.places.models import Site
from holdfast.organization.rows import Described, Keyed, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.models import Node, Post
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.records.rights import VIEW

MOST_HOURS = 87_600.0
REACHED_THROUGH = (NodeKind.APPLICATION, NodeKind.INFRASTRUCTURE, NodeKind.EQUIPMENT, NodeKind.SUPPLIER)


class Medium(models.TextChoices):
    PAPER = "paper", _("paper")
    ELECTRONIC = "electronic", _("electronic")
    MICROFILM = "microfilm", _("microfilm")
    CLOUD = "cloud", _("cloud")


class Classification(models.TextChoices):
    """The three levels of the Secretariat (ST/SGB/2007/6)."""

    UNCLASSIFIED = "unclassified", _("unclassified")
    CONFIDENTIAL = "confidential", _("confidential")
    STRICTLY = "strictly_confidential", _("strictly confidential")


class VitalRecordQuerySet(ValidQuerySet):
    def with_copies(self, on: Any) -> Self:
        """With the copies that there are on this day as `all_copies`, and what the questions read of them."""
        copies = RecordCopy.objects.as_of(on).select_related("site", "through").order_by("-original", "key")
        rows = self.select_related("node__unit", "node__site", "owner", "system")
        return rows.prefetch_related(Prefetch("copies", copies, to_attr="all_copies"))


class VitalRecord(Described, Valid, Keyed):
    """A record without which a critical process cannot go on. What it is called, and which unit and site have it, says
    its node in the model; what the twin has no use for stands here."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("node__unit",), site=("node__site",))

    node = models.OneToOneField(Node, models.PROTECT, related_name="vital_record", verbose_name=_("record"))
    owner = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="vital_records", verbose_name=_("owner (post)")
    )
    system = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="keeps_records", verbose_name=_("kept by the system")
    )
    medium = models.CharField(_("medium"), max_length=12, choices=Medium, default=Medium.ELECTRONIC)
    classification = models.CharField(
        _("classification"), max_length=24, choices=Classification, blank=True, default=""
    )
    retention = models.CharField(
        _("kept for"), max_length=200, blank=True, default="", help_text=_("As the schedule has it: “7 years”.")
    )
    rpo = FactField(
        verbose_name=_("RPO"), unit="h", least=0,
        help_text=_("How much of the newest work may be lost. Left empty, the strictest of its processes counts."),
    )  # fmt: skip

    history = recorded()
    objects = VitalRecordQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("vital record")
        verbose_name_plural = _("vital records")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(medium__in=Medium.values), name="readiness_vitalrecord_medium"),
        ]

    def __str__(self) -> str:
        return str(self.node)

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.node_id is not None and self.node.kind != NodeKind.RECORD:
            said = gettext("“%(node)s” is no record in the model: it is of the kind “%(kind)s”.")
            problems["node"] = said % {"node": self.node, "kind": self.node.get_kind_display()}
        if self.system is not None and self.system.kind != NodeKind.APPLICATION:
            problems["system"] = gettext("“%(node)s” is no application.") % {"node": self.system}
        if problems:
            raise ValidationError(problems)


class RecordCopy(Described, Valid, Keyed):
    """One place where a record lies: the original itself, or a copy as old as its last copying."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("record__node__unit",), site=("record__node__site",))

    record = models.ForeignKey(VitalRecord, models.PROTECT, related_name="copies", verbose_name=_("vital record"))
    original = models.BooleanField(
        _("the original"), default=False, help_text=_("Where the work is done: it is never older than the record.")
    )
    medium = models.CharField(_("medium"), max_length=12, choices=Medium, default=Medium.ELECTRONIC)
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="record_copies", verbose_name=_("lies at"),
        help_text=_("Left empty: at no site of the organisation, so that no loss of one takes it."),
    )  # fmt: skip
    place = models.CharField(
        _("where there"), max_length=200, blank=True, default="", help_text=_("Room, safe, shelf, provider.")
    )
    every = models.FloatField(
        _("copied every (h)"), null=True, blank=True,
        validators=[MinValueValidator(0.01), MaxValueValidator(MOST_HOURS)],
    )  # fmt: skip
    last_copied = models.DateTimeField(_("last copied"), null=True, blank=True)
    how = models.TextField(
        _("how it is reached"), blank=True, default="", help_text=_("Who opens what, with which key, whom to call.")
    )
    reached_within = FactField(verbose_name=_("reached within"), unit="h", least=0)
    through = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="reaches_copies", verbose_name=_("reached through"),
        help_text=_("The system or the line: while that is out, the copy is there and cannot be had."),
    )  # fmt: skip

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("copy of a vital record")
        verbose_name_plural = _("copies of vital records")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(medium__in=Medium.values), name="readiness_recordcopy_medium"),
            models.CheckConstraint(
                condition=Q(original=False) | Q(every=None, last_copied=None), name="readiness_recordcopy_original"
            ),
        ]

    def __str__(self) -> str:
        about = {"medium": self.get_medium_display(), "where": self.site or self.place or gettext("elsewhere")}
        said = gettext("original on %(medium)s, %(where)s") if self.original else gettext("%(medium)s, %(where)s")
        return said % about

    @property
    def way(self) -> Node | None:
        """What it is reached through: of an electronic original the system that keeps it, where nothing else is
        said."""
        if self.through is not None:
            return self.through
        return self.record.system if self.original and self.medium == Medium.ELECTRONIC else None

    @property
    def is_planned(self) -> bool:
        """Whether its age is only what follows from how often it is to be copied."""
        return not self.original and self.last_copied is None and self.every is not None

    def age(self, now: datetime) -> float | None:
        """How many hours of work are not in it: none in an original; where nobody has said when it was copied, the
        longest that there can be when it is copied as planned; None where neither is said."""
        if self.original:
            return 0.0
        if self.last_copied is None:
            return self.every
        return max(0.0, (now - self.last_copied).total_seconds() / 3600)

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.original and (self.every is not None or self.last_copied is not None):
            problems["original"] = gettext("An original is not copied: leave out how often and when.")
        if self.last_copied is not None and self.last_copied > clock.now():
            problems["last_copied"] = gettext("This lies in the future.")
        if self.through is not None and self.through.kind not in REACHED_THROUGH:
            said = gettext(
                "A copy is reached through a system, a line, a device or a supplier, not through “%(node)s”."
            )
            problems["through"] = said % {"node": self.through}
        if problems:
            raise ValidationError(problems)


__all__ = ["Classification", "Medium", "RecordCopy", "VitalRecord", "VitalRecordQuerySet"]
