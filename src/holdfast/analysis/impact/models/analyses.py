"""The impact analysis of a unit, and in it that of each of its processes."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.limits import Grid, Limits, limits_of
from holdfast.analysis.impact.models.campaigns import Campaign
from holdfast.analysis.impact.peaks import PeakKind, check_when
from holdfast.analysis.impact.rights import VIEW
from holdfast.governance.agreement.approvable import Approvable, wrote
from holdfast.governance.agreement.models import DECIDED
from holdfast.governance.settings.scales import Scales
from holdfast.organization.evidence.fact import BASIS_NAMES
from holdfast.organization.places.models import AnalysisMode, Unit
from holdfast.organization.rows import Described, KeyedQuerySet, Row, Scope, recorded
from holdfast.organization.structure.models import Node, Post, Requirement, Supply

MOST_HOURS = 8760 * 5


class AnalysisQuerySet(KeyedQuerySet):
    def in_force(self, on: date) -> Self:
        """Those that were approved and count on this day."""
        ends = Q(agreement__in_force_until=None) | Q(agreement__in_force_until__gt=on)
        return self.filter(ends, agreement__state__in=DECIDED, agreement__in_force_from__lte=on)


class Analysis(Described, Approvable):
    """One version of the business impact analysis of a unit. In the full mode impact is told over time in every
    category of the scales; in the light mode the unit names its critical processes and how long each may stand still,
    and is asked for no indicator (A/63/359, 24). Only an approved one counts."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("unit",), site=("unit__site",))
    KIND: ClassVar[str] = "impact-analysis"
    AGREED: ClassVar[tuple[str, ...]] = (
        "title", "campaign", "unit", "mode", "as_of", "scales", "summary", "basis", "reason", "paragraphs",
    )  # fmt: skip

    title = models.CharField(_("title"), max_length=300)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="analyses", verbose_name=_("campaign"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="impact_analyses", verbose_name=_("unit"))
    mode = models.CharField(_("mode"), max_length=10, choices=AnalysisMode, default=AnalysisMode.LIGHT)
    due = models.DateField(_("due"), null=True, blank=True)
    as_of = models.DateField(_("as of"), help_text=_("The day whose state it describes."))
    scales = models.PositiveIntegerField(
        _("version of the scales"), default=0, help_text=_("0 for those that Holdfast begins with.")
    )
    summary = models.TextField(_("summary"), blank=True, default="", help_text=_("What the unit's head should know."))
    reminded_at = models.DateTimeField(_("last reminded"), null=True, blank=True)
    reminders = models.PositiveIntegerField(_("reminders"), default=0)
    reminder = models.TextField(_("words of the last reminder"), blank=True, default="")

    history = recorded()
    objects = AnalysisQuerySet.as_manager()

    class Meta:
        verbose_name = _("impact analysis")
        verbose_name_plural = _("impact analyses")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(mode__in=AnalysisMode.values), name="analysis_analysis_mode"),
            models.UniqueConstraint(fields=["campaign", "unit"], name="analysis_analysis_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_full(self) -> bool:
        return self.mode == AnalysisMode.FULL

    def agreement_address(self) -> str:
        return f"/impact/analyses/{self.key}/"

    def writers(self) -> set[int]:
        parts = (wrote(ProcessImpact, analysis=self.pk), wrote(Peak, of__analysis=self.pk))
        return super().writers().union(*parts)

    def agreed_record(self) -> dict[str, Any]:
        processes = self.processes.select_related("process", "minimum_agreed_by").order_by("process__key")
        needs = requirements_of([one.process_id for one in processes])
        peaks: dict[int, list[Any]] = {}
        for peak in Peak.objects.filter(of__analysis=self).order_by("position", "pk"):
            peaks.setdefault(peak.of_id, []).append(peak.as_record(PEAK_FIELDS))
        return super().agreed_record() | {
            "processes": [
                one.agreed() | {"peaks": peaks.get(one.pk, []), "needs": needs.get(one.process_id, [])}
                for one in processes
            ]
        }


ANSWERS = (
    "critical", "why", "impact", "rationale", "mtpd", "mtpd_reason", "rto", "rto_reason", "rpo", "rpo_reason",
    "minimum_level", "minimum_said", "minimum_agreed_by", "minimum_agreed_on", "staff_normal", "staff_minimum",
    "stand_ins", "records_said", "procedure", "basis", "source",
)  # fmt: skip
"""What is said of a process in an analysis."""
INDICATORS = frozenset({"impact", "rationale"})
"""What a unit in the light mode is never asked for."""


class ProcessImpact(Row):
    """What the standing still of one process does, in one analysis. `impact` is level by category and hour
    (`{"financial": {"4": 25000.0}}`, hours as text, amounts where the category is counted in them). `mtpd`, `rto` and
    `rpo` are hours and empty where what is derived counts; one that differs has its reason."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("analysis__unit",), site=("analysis__unit__site",))

    analysis = models.ForeignKey(Analysis, models.PROTECT, related_name="processes", verbose_name=_("impact analysis"))
    process = models.ForeignKey(Node, models.PROTECT, related_name="impact_analyses", verbose_name=_("process"))
    critical = models.BooleanField(_("critical"), null=True, blank=True)
    why = models.TextField(_("why it is critical, or is not"), blank=True, default="")
    impact = models.JSONField(_("impact over time"), default=dict, blank=True)
    rationale = models.TextField(_("what the impact rests on"), blank=True, default="")
    mtpd = models.FloatField(
        _("MTPD"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)],
        help_text=_("Hours. Empty: as it follows from the impact."),
    )  # fmt: skip
    mtpd_reason = models.TextField(_("why another MTPD"), blank=True, default="")
    rto = models.FloatField(
        _("RTO"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)],
        help_text=_("Hours. Empty: as proposed."),
    )  # fmt: skip
    rto_reason = models.TextField(_("why another RTO"), blank=True, default="")
    rpo = models.FloatField(
        _("RPO"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)],
        help_text=_("Hours of data that may be lost. Empty: as proposed."),
    )  # fmt: skip
    rpo_reason = models.TextField(_("why another RPO"), blank=True, default="")
    minimum_level = models.FloatField(
        _("minimum level (MBCO)"), null=True, blank=True, validators=[MinValueValidator(0.01), MaxValueValidator(1)],
        help_text=_("The share of normal work that has to go on."),
    )  # fmt: skip
    minimum_said = models.TextField(_("what goes on at the minimum"), blank=True, default="")
    minimum_agreed_by = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("minimum agreed by")
    )
    minimum_agreed_on = models.DateField(_("minimum agreed on"), null=True, blank=True)
    staff_normal = models.FloatField(
        _("staff on a normal day"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    staff_minimum = models.FloatField(_("staff at least"), null=True, blank=True, validators=[MinValueValidator(0)])
    stand_ins = models.TextField(_("who else can do it"), blank=True, default="", help_text=_("Posts or units."))
    records_said = models.TextField(_("vital records"), blank=True, default="")
    procedure = models.TextField(
        _("by hand in the meantime"), blank=True, default="", help_text=_("The interim manual procedure.")
    )
    basis = models.CharField(_("basis"), max_length=10, choices=BASIS_NAMES, blank=True, default="")
    source = models.TextField(_("source"), blank=True, default="")

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("impact analysis of a process")
        verbose_name_plural = _("impact analyses of processes")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["analysis", "process"], name="analysis_process_impact_once")
        ]

    def __str__(self) -> str:
        return f"{self.process} ({self.analysis})"

    @property
    def stable_key(self) -> str:
        return f"{self.analysis.key} {self.process.key}"

    def limits(self, scales: Scales) -> Limits:
        """What is derived, what is proposed and what counts."""
        grid = Grid.read(self.impact, scales) if self.analysis.is_full else Grid.empty(scales)
        return limits_of(grid, scales, self.mtpd, self.rto, self.rpo)

    def agreed(self) -> dict[str, Any]:
        return {
            "name": self.process.name,
            "key": self.process.key,
            **{name: value for name, value in self.as_record(ANSWERS).items() if value not in (None, "", {})},
        }

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if not isinstance(self.impact, dict):
            problems["impact"] = gettext("Wanted categories with their hours and levels.")
        elif self.impact and not self.analysis.is_full:
            problems["impact"] = gettext("A unit in the light mode is not asked for indicators.")
        if self.staff_minimum is not None and self.staff_normal is not None and self.staff_minimum > self.staff_normal:
            problems["staff_minimum"] = gettext("The least cannot be more than on a normal day.")
        if self.mtpd is not None and self.rto is not None and self.rto > self.mtpd:
            problems["rto"] = gettext("The RTO lies within the MTPD: at most %(mtpd)g h.") % {"mtpd": self.mtpd}
        if self.process_id and (self.process.kind != "process" or self.process.is_function):
            problems["process"] = gettext("Only a process is analysed.")
        if problems:
            raise ValidationError(problems)


PEAK_FIELDS = ("name", "kind", "when", "mtpd", "rto", "minimum_level", "reason")


class Peak(Row):
    """A time in which a process may stand still for less, or has to go on at more: dates, weekdays, or the end of the
    month. `when` says which (docs/guides/impact-analysis.md); limits are hours, empty where they are as ever."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("of__analysis__unit",), site=("of__analysis__unit__site",))

    of = models.ForeignKey(ProcessImpact, models.PROTECT, related_name="peaks", verbose_name=_("process"))
    position = models.PositiveIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(_("kind"), max_length=12, choices=PeakKind)
    when = models.CharField(_("when"), max_length=100)
    mtpd = models.FloatField(
        _("MTPD"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)]
    )
    rto = models.FloatField(
        _("RTO"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)]
    )
    minimum_level = models.FloatField(
        _("minimum level (MBCO)"), null=True, blank=True, validators=[MinValueValidator(0.01), MaxValueValidator(1)]
    )
    reason = models.TextField(_("reason"))

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("peak period")
        verbose_name_plural = _("peak periods")
        ordering: ClassVar[list[str]] = ["of", "position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=PeakKind.values), name="analysis_peak_kind"),
            models.UniqueConstraint(fields=["of", "name"], name="analysis_peak_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stable_key(self) -> str:
        return f"{self.of.stable_key} {self.name}"

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        try:
            check_when(self.kind, self.when)
        except ValueError as error:
            problems["when"] = str(error)
        if self.mtpd is None and self.rto is None and self.minimum_level is None:
            problems["mtpd"] = gettext("Say at least one limit that is tighter.")
        if self.mtpd is not None and self.rto is not None and self.rto > self.mtpd:
            problems["rto"] = gettext("The RTO lies within the MTPD: at most %(mtpd)g h.") % {"mtpd": self.mtpd}
        if not (self.reason or "").strip():
            problems["reason"] = gettext("Say why.")
        if problems:
            raise ValidationError(problems)


def requirements_of(processes: list[int]) -> dict[int, list[dict[str, Any]]]:
    """What each of these processes needs, as an analysis agrees on it: a fixed number of queries."""
    supplies: dict[int, list[Any]] = {}
    drawn = Supply.objects.filter(requirement__node__in=processes).order_by("position", "pk")
    for requirement, key, weight in drawn.values_list("requirement", "provider__key", "weight"):
        supplies.setdefault(requirement, []).append([key, weight])
    found: dict[int, list[dict[str, Any]]] = {}
    for one in Requirement.objects.filter(node__in=processes).order_by("position", "pk"):
        said = {"name": one.name or one.key, "key": one.key, "needs": one.needs, "draws_on": supplies.get(one.pk, [])}
        if one.quorum:
            said["quorum"] = one.quorum
        if one.tolerance is not None:
            said["tolerance"] = one.tolerance.value
        found.setdefault(one.node_id, []).append(said)
    return found
