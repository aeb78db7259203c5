"""What is said of a process: saved as it is typed, field by field, so that two people at once lose nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.checks import scales_of
from holdfast.analysis.impact.limits import BadGrid, Grid, check_value, hour_text
from holdfast.analysis.impact.models import Peak, ProcessImpact
from holdfast.analysis.impact.models.analyses import INDICATORS
from holdfast.analysis.impact.rights import EDIT
from holdfast.governance.agreement import steps
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.structure.actions.requirements import Draw, create_requirement
from holdfast.organization.structure.models import Node, Post, Requirement, Supply
from holdfast.organization.structure.saving import change, create, remove_all


class AnswerFields(TypedDict, total=False):
    critical: bool | None
    why: str
    impact: dict[str, dict[str, float]]
    rationale: str
    mtpd: float | None
    mtpd_reason: str
    rto: float | None
    rto_reason: str
    rpo: float | None
    rpo_reason: str
    minimum_level: float | None
    minimum_said: str
    minimum_agreed_by: Post | None
    minimum_agreed_on: date | None
    staff_normal: float | None
    staff_minimum: float | None
    stand_ins: str
    records_said: str
    procedure: str
    basis: str
    source: str


class PeakFields(TypedDict, total=False):
    name: str
    kind: str
    when: str
    mtpd: float | None
    rto: float | None
    minimum_level: float | None
    reason: str


class Overwritten(ValidationError):
    """Somebody else has changed this field since it was read: `now` is what stands there."""

    def __init__(self, name: str, now: Any) -> None:
        self.name, self.now = name, now
        super().__init__({name: gettext("Somebody else has changed this in the meantime.")})


@act("process_impact.edit", EDIT, label=_("change the impact analysis of a process"), on="row")
def edit_answers(by: Actor, row: ProcessImpact, *, version: int, **changes: Unpack[AnswerFields]) -> ProcessImpact:
    """Raises ValidationError for what the scales do not have, for an indicator in the light mode, for limits in the
    wrong order, and where the analysis is no draft; Conflict where it saw an older version."""
    return _changed(by, row, changes)


@act("process_impact.save", EDIT, label=_("fill in the impact analysis of a process"), on="row")
def save_answer(by: Actor, row: ProcessImpact, *, name: str, value: Any, seen: Any) -> ProcessImpact:
    """One field, or one cell of the impact (`impact.CATEGORY.HOUR`), as it is typed. `seen` is what stood there when it
    was read; whoever changes another field meanwhile does not matter. Raises Overwritten, and as `edit_answers`."""
    field, _dot, cell = name.partition(".")
    if field not in AnswerFields.__annotations__ or (field == "impact") != bool(cell):
        raise ValidationError({name: gettext("This cannot be changed here.")})
    if cell:
        category, _dot, hour = cell.rpartition(".")
        now = row.impact.get(category, {}).get(hour)
        if now not in (seen, value):
            raise Overwritten(name, now)
        return _changed(by, row, {"impact": _with_cell(row, category, hour, value)})
    now = getattr(row, field)
    if now not in (seen, value):
        raise Overwritten(name, now)
    return _changed(by, row, {field: value})


@act("peak.create", EDIT, label=_("add a peak period"), under="of")
def add_peak(by: Actor, *, of: ProcessImpact, **fields: Unpack[PeakFields]) -> Peak:
    """Raises ValidationError for what is no period, for limits that are wider than those that hold always, and where
    the analysis is no draft."""
    steps.touch(by, of.analysis)
    if of.peaks.filter(name=fields.get("name", "")).exists():
        raise ValidationError({"name": gettext("There is a peak period of this name.")})
    peak = Peak(of=of, position=of.peaks.count(), **fields)
    refuse_wider(peak)
    return create(peak, by)


@act("peak.edit", EDIT, label=_("change a peak period"), on="peak")
def edit_peak(by: Actor, peak: Peak, *, version: int, **changes: Unpack[PeakFields]) -> Peak:
    steps.touch(by, peak.of.analysis)
    for name, value in changes.items():
        if name in PeakFields.__annotations__:
            setattr(peak, name, value)
    refuse_wider(peak)
    return change(peak, changes, PeakFields.__annotations__, by)


@act("peak.remove", EDIT, label=_("remove a peak period"), on="peak")
def remove_peak(by: Actor, peak: Peak, *, version: int) -> Peak:
    steps.touch(by, peak.of.analysis)
    note(of=peak.of.stable_key, name=peak.name)
    remove_all([peak], by)
    return peak


@act("requirement.add_many", "process.edit", label=_("add several requirements"), under="node")
def add_requirements(
    by: Actor, *, node: Node, providers: Sequence[Node], needs: float = 1.0, tolerance: Any = None, basis: str = ""
) -> Node:
    """One requirement for each provider, named as it is; what the node draws on already is left as it is. Raises
    ValidationError where nothing is new."""
    there = set(Supply.objects.filter(requirement__node=node).values_list("provider", flat=True))
    new = [one for one in dict.fromkeys(providers) if one.pk not in there and one.pk != node.pk]
    if not new:
        raise ValidationError({"providers": gettext("Name at least one thing that it does not draw on yet.")})
    keys = free_keys(node, [one.key for one in new])
    position = Requirement.objects.filter(node=node).count()
    for number, (provider, key) in enumerate(zip(new, keys, strict=True)):
        create_requirement(
            by,
            key=key,
            node=node,
            name=provider.name,
            needs=needs,
            tolerance=tolerance,
            position=position + number,
            basis=basis,
            supply=[Draw(provider, needs)],
        )
    note(added=[one.key for one in new])
    return node


@act("requirement.copy", "process.edit", label=_("copy the requirements of another process"), under="node")
def copy_requirements(by: Actor, *, node: Node, source: Node, names: Collection[str] = ()) -> Node:
    """The requirements of `source`, or those of these `names` (keys), with what supplies them; one whose supplies the
    node has already in one of its own is left out. Raises ValidationError where nothing is left to copy."""
    wanted = Requirement.objects.filter(node=source).order_by("position", "pk")
    if names:
        wanted = wanted.filter(key__in=names)
    drawn: dict[int, list[Supply]] = {}
    for supply in Supply.objects.filter(requirement__in=wanted).select_related("provider").order_by("position", "pk"):
        drawn.setdefault(supply.requirement_id, []).append(supply)
    there = set(Supply.objects.filter(requirement__node=node).values_list("provider", flat=True))
    copied = [one for one in wanted if not {s.provider_id for s in drawn.get(one.pk, ())} & {*there, node.pk}]
    copied = [one for one in copied if drawn.get(one.pk)]
    if not copied:
        raise ValidationError({"source": gettext("There is nothing to copy that it does not need already.")})
    keys = free_keys(node, [one.key.removeprefix(f"{source.key}.").removeprefix(f"{source.key}-") for one in copied])
    position = Requirement.objects.filter(node=node).count()
    for number, (one, key) in enumerate(zip(copied, keys, strict=True)):
        supplies = [Draw(s.provider, s.weight, s.basis, s.reason) for s in drawn[one.pk]]
        about = {name: getattr(one, name) for name in ("name", "needs", "quorum", "tolerance", "basis", "reason")}
        create_requirement(by, key=key, node=node, position=position + number, supply=supplies, **about)
    note(source=source.key, copied=[one.key for one in copied])
    return node


def check_grid(row: ProcessImpact, impact: Mapping[str, Any]) -> None:
    """Raises ValidationError with each cell that cannot be; the name of a cell is `impact.CATEGORY.HOUR`."""
    try:
        Grid.read(impact, scales_of(row.analysis))
    except BadGrid as error:
        name = f"impact.{error.category}" + (f".{hour_text(error.hour)}" if error.hour is not None else "")
        raise ValidationError({"impact": f"{name}: {error.message}"}) from None


def _changed(by: Actor, row: ProcessImpact, changes: Mapping[str, Any]) -> ProcessImpact:
    steps.touch(by, row.analysis)
    if not row.analysis.is_full and (asked := sorted(INDICATORS & {name for name, value in changes.items() if value})):
        said = gettext("A unit in the light mode is not asked for indicators.")
        raise ValidationError({asked[0]: said})
    if "impact" in changes:
        check_grid(row, changes["impact"])
    return change(row, changes, AnswerFields.__annotations__, by)


def _with_cell(row: ProcessImpact, category: str, hour: str, value: Any) -> dict[str, Any]:
    scales = scales_of(row.analysis)
    known = scales.category(category)
    if known is None or hour not in {hour_text(one) for one in scales.hours}:
        raise ValidationError({f"impact.{category}.{hour}": gettext("The scales have no such cell.")})
    cells = {key: dict(said) for key, said in row.impact.items()}
    if value is None:
        cells.get(category, {}).pop(hour, None)
    else:
        try:
            cells.setdefault(category, {})[hour] = check_value(known, value, scales)
        except BadGrid as error:
            raise ValidationError({f"impact.{category}.{hour}": error.message}) from None
    return {key: said for key, said in cells.items() if said}


def refuse_wider(peak: Peak) -> None:
    """A peak is tighter than what holds always."""
    row = peak.of
    limits = row.limits(scales_of(row.analysis))
    problems: dict[str, str] = {}
    for name, always in (("mtpd", limits.mtpd), ("rto", limits.rto)):
        value = getattr(peak, name)
        if value is not None and always is not None and value > always:
            said = gettext("In a peak period this is at most what holds always: %(always)g h.")
            problems[name] = said % {"always": always}
    if peak.minimum_level is not None and row.minimum_level is not None and peak.minimum_level < row.minimum_level:
        said = gettext("In a peak period this is at least what holds always: %(always)g.")
        problems["minimum_level"] = said % {"always": row.minimum_level}
    if problems:
        raise ValidationError(problems)


def free_keys(node: Node, stems: Iterable[str]) -> list[str]:
    """A key for each, that no requirement has or had."""
    found: list[str] = []
    taken = set(Requirement.history.filter(key__startswith=node.key).values_list("key", flat=True))
    taken |= set(Requirement.objects.filter(key__startswith=node.key).values_list("key", flat=True))
    for stem in stems:
        wish = f"{node.key}.{stem}"[:110]
        key = next(key for key in (wish, *(f"{wish}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)
        taken.add(key)
        found.append(key)
    return found
