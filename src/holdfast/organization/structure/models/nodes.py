"""Processes and resources: the nodes of the twin, and the pools that fallbacks share."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.evidence.fact import BASIS_NAMES, Fact
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.places.models import STANDING, Site, State, Unit
from holdfast.organization.rows import Described, Keyed, Scope, Valid, ValidQuerySet, recorded
from holdfast.organization.structure.impact import check_impact
from holdfast.organization.structure.models.people import Person, Post


class NodeKind(models.TextChoices):
    PROCESS = "process", _("process")
    PEOPLE = "people", _("people")
    FACILITY = "facility", _("facility")
    APPLICATION = "application", _("application")
    INFRASTRUCTURE = "infrastructure", _("infrastructure")
    EQUIPMENT = "equipment", _("equipment")
    RECORD = "record", _("record")
    SUPPLIER = "supplier", _("supplier")


class NodeQuerySet(ValidQuerySet):
    def standing(self, on: date, states: frozenset[State] = STANDING) -> Self:
        """What serves on this date. What has been closed since then counts: it served until its last day."""
        closed_since = Q(state=State.CLOSED, valid_until__isnull=False)
        return self.as_of(on).filter(Q(state__in=states) | closed_since)

    def processes(self) -> Self:
        return self.filter(kind=NodeKind.PROCESS, is_function=False)

    def resources(self) -> Self:
        return self.exclude(kind=NodeKind.PROCESS)

    def functions(self) -> Self:
        """The critical functions, in their order."""
        return self.filter(is_function=True).order_by(F("position").asc(nulls_last=True), "key")

    def needed_by(self, node: Node) -> Self:
        """The nodes that `node` draws on in the first place."""
        return self.filter(supplies__requirement__node=node).distinct()

    def needing(self, node: Node) -> Self:
        """The nodes that draw on `node` in the first place."""
        return self.filter(requirements__supply__provider=node).distinct()


class Node(Described, Valid, Keyed):
    """A process or a resource. Wanted (`rto`, `mtpd`, `minimum_level`), promised (`restart_promised`) and measured
    (`restart_measured`) are facts of their own and never one field."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("unit",), site=("site",))

    kind = models.CharField(_("kind"), max_length=20, choices=NodeKind)
    name = models.CharField(_("name"), max_length=300)
    description = models.TextField(_("description"), blank=True, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="nodes", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="nodes", verbose_name=_("site"))
    owner_person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="owned_nodes", verbose_name=_("owner (person)")
    )
    owner_post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="owned_nodes", verbose_name=_("owner (post)")
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.IN_USE)
    status = models.CharField(_("status, as the source has it"), max_length=200, blank=True, default="")
    sort = models.CharField(
        _("sort"), max_length=100, blank=True, default="", help_text=_("Processes of one sort are counted once.")
    )
    quantity = FactField(verbose_name=_("quantity"), least=0)
    restart_promised = FactField(verbose_name=_("restart, promised"), unit="h", least=0)
    restart_measured = FactField(verbose_name=_("restart, measured"), unit="h", least=0)
    is_function = models.BooleanField(_("critical function"), default=False)
    position = models.PositiveIntegerField(_("position"), null=True, blank=True)
    minimum_level = FactField(verbose_name=_("minimum level (MBCO)"), unit="share", above=0, most=1)
    rto = FactField(verbose_name=_("RTO"), unit="h", least=0)
    mtpd = FactField(verbose_name=_("MTPD"), unit="h", least=0)
    rpo = FactField(verbose_name=_("RPO"), unit="h", least=0)
    priority = FactField(verbose_name=_("priority"), unit="rank", least=0)
    impact = models.JSONField(_("impact over time"), null=True, blank=True)
    impact_basis = models.CharField(
        _("basis of the impact"), max_length=10, choices=BASIS_NAMES, blank=True, default=""
    )
    impact_source = models.TextField(_("source of the impact"), blank=True, default="")

    history = recorded()
    objects = NodeQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("process or resource")
        verbose_name_plural = _("processes and resources")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=NodeKind.values), name="organization_node_kind"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="organization_node_state"),
            models.CheckConstraint(
                condition=Q(is_function=False) | Q(kind="process"), name="organization_node_function_is_process"
            ),
            models.CheckConstraint(
                condition=Q(owner_person__isnull=True) | Q(owner_post__isnull=True), name="organization_node_one_owner"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "state"], name="organization_node_kind_state")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> Person | Post | None:
        return self.owner_person or self.owner_post

    @property
    def restart(self) -> Fact | None:
        """What was measured where it was measured, else promised: what is known, whenever it was."""
        return self.restart_measured or self.restart_promised  # type: ignore[no-any-return]

    def restart_on(self, on: date) -> Fact | None:
        """What the twin of a day reckons with: the measurement while it is valid, else what is stated or assumed. A
        measurement counts from its day on; until then, and once it is out of date, the promise stands."""
        measured: Fact | None = self.restart_measured
        promised: Fact | None = self.restart_promised
        if measured is None or promised is None:
            return measured if promised is None else promised
        early = measured.as_of is not None and measured.as_of > on
        late = measured.valid_until is not None and measured.valid_until <= on
        return promised if early or late else measured

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.kind != NodeKind.PROCESS:
            for name in ("minimum_level", "rto", "mtpd", "rpo", "priority", "impact"):
                if getattr(self, name) is not None:
                    problems[name] = gettext("Only a process has this.")
            if self.is_function:
                problems["is_function"] = gettext("A critical function is a process.")
        if self.owner_person_id and self.owner_post_id:
            problems["owner_post"] = gettext("The owner is a person or a post, not both.")
        if self.impact is not None and "impact" not in problems:
            try:
                check_impact(self.impact)
            except ValueError as error:
                problems["impact"] = str(error)
        if problems:
            raise ValidationError(problems)


class ProcessManager(models.Manager.from_queryset(NodeQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> NodeQuerySet:
        return super().get_queryset().processes()  # type: ignore[no-any-return]


class ResourceManager(models.Manager.from_queryset(NodeQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> NodeQuerySet:
        return super().get_queryset().resources()  # type: ignore[no-any-return]


class FunctionManager(models.Manager.from_queryset(NodeQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> NodeQuerySet:
        return super().get_queryset().functions()  # type: ignore[no-any-return]


class Process(Node):
    """A node that is a process and no critical function."""

    objects: ClassVar[ProcessManager] = ProcessManager()

    class Meta:
        proxy = True
        verbose_name = _("process")
        verbose_name_plural = _("processes")


class Resource(Node):
    """A node that processes draw on."""

    objects: ClassVar[ResourceManager] = ResourceManager()

    class Meta:
        proxy = True
        verbose_name = _("resource")
        verbose_name_plural = _("resources")


class CriticalFunction(Node):
    """A critical function: a process that requires every process serving it. Everyone signed in may know it."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit",), site=("site",))
    objects: ClassVar[FunctionManager] = FunctionManager()

    class Meta:
        proxy = True
        verbose_name = _("critical function")
        verbose_name_plural = _("critical functions")


class Pool(Described, Valid, Keyed):
    """Places that fallbacks share: seats of an alternate site, telework licences."""

    SCOPE: ClassVar[Scope] = Scope("structure.view", unit=("unit",), site=("site",))

    name = models.CharField(_("name"), max_length=300)
    capacity = FactField(verbose_name=_("capacity"), least=0, null=False, blank=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="pools", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="pools", verbose_name=_("site"))

    status = models.CharField(_("status, as the source has it"), max_length=200, blank=True, default="")

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("pool")
        verbose_name_plural = _("pools")

    def __str__(self) -> str:
        return self.name

    @property
    def measure(self) -> str:
        """What is counted: seats, licences."""
        return str(self.capacity.unit)

    def clean(self) -> None:
        super().clean()
        if self.capacity is not None and self.capacity.value is None:
            raise ValidationError({"capacity": gettext("A pool needs a capacity, if only an assumed one.")})
