"""Units: the list, the page of one, and what can be done with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.places.models import AnalysisMode, Site, Unit, UnitKind
from holdfast.organization.structure.actions.groups import end_focal_point, name_focal_point
from holdfast.organization.structure.actions.places import close_unit, create_unit, edit_unit
from holdfast.organization.structure.actions.relations import edit_relation, relate, remove_relation
from holdfast.organization.structure.holes import VIEW as SEE_HOLES
from holdfast.organization.structure.holes import holes
from holdfast.organization.structure.models import FocalPoint, Group, Node, Post, Relation
from holdfast.organization.structure.models.groups import FocalRole

from .editing import form_of, no_form, until_form
from .links import Reach
from .listing import OWN, TAG, Column, Listing, choice_filter, site_filter, unit_filter, yes_no_filter
from .nouns import MadeForm, Making, Noun, Step

EVIDENCE = ("basis", "reason", "paragraphs", "note", "tags", "fields")
MOST = 200


def _prepare(rows: Any, user: Any, on: date) -> Any:
    points = visible(FocalPoint.objects.as_of(on).select_related("person", "post"), user)
    return rows.select_related("parent", "site").prefetch_related(
        Prefetch("focal_points", points, to_attr="points_now")
    )


def focal_of(unit: Any, role: FocalRole) -> list[Any]:
    """The posts, and the persons by their post alone, that stand for a unit now."""
    return [point.post or _("a person") for point in unit.points_now if point.role == role]


def tell(unit: Unit, user: Any, on: date) -> dict[str, Any]:
    """The page of a unit."""
    points = list(visible(FocalPoint.objects.filter(unit=unit), user).select_related("person", "post").order_by("role"))
    nodes = visible(Node.objects.filter(unit=unit).as_of(on), user).select_related("site").order_by("kind", "name")
    out = visible(Relation.objects.filter(from_unit=unit), user).select_related("to_unit", "to_group")
    into = visible(Relation.objects.filter(to_unit=unit), user).select_related("from_unit", "from_group")
    keys = [key for key in unit.path.split("/")[:-2] if key]
    above = {row.key: row for row in Unit.objects.filter(key__in=keys)}
    sites = visible(Site.objects.filter(unit=unit).as_of(on), user).order_by("name")
    found = list(nodes[: 2 * MOST])
    return {
        "above": [above[key] for key in keys if key in above],
        "children": list(visible(Unit.objects.filter(parent=unit).as_of(on), user).order_by("name")),
        "points": points,
        "points_now": [point for point in points if point.is_valid_on(on)],
        "groups": list(visible(Group.objects.filter(unit=unit).as_of(on), user).order_by("name")),
        "posts": list(visible(Post.objects.filter(unit=unit).as_of(on), user).order_by("title")[:MOST]),
        "processes": [node for node in found if node.kind == "process"],
        "resources": [node for node in found if node.kind != "process"],
        "sites": list(sites),
        "out": list(out),
        "into": list(into),
        "reach": Reach(user, [point.person for point in points]),
        "holes": [h for h in holes(on, user) if h.unit == unit.pk] if may_somewhere(user, SEE_HOLES) else [],
    }


def _named(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(FocalPoint, ("role", "person", "post", "valid_from", "valid_until"), user)


def _related(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(Relation, ("kind", "to_unit", "to_group", "rests_on", "valid_from", "paragraphs", "note"), user)


def relate_to(by: Any, origin: Any, cleaned: dict[str, Any]) -> Relation:
    """A relation from a unit or group to the one of the two that was chosen."""
    unit, group, kind = cleaned.pop("to_unit"), cleaned.pop("to_group"), cleaned.pop("kind")
    if (unit is None) == (group is None):
        raise ValidationError({"to_unit": gettext("Wanted a unit or a group, one of the two.")})
    return relate(by, origin, kind, unit or group, **cleaned)


def changed_relation(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(Relation, ("valid_from", "valid_until", "basis", "reason", "paragraphs", "note", "tags"), user, part)


STEPS = (
    Step(
        "close", _("Close this unit"), _("Close it"), "structure.edit", until_form(_("First day without it")),
        lambda by, row, part, version, cleaned: close_unit(by, row, version=version, on=cleaned["on"]),
        says=_("What it was stays on record. Units under it have to be closed or moved first."), ends=True,
    ),
    Step(
        "name-focal-point", _("Name a focal point or alternate"), _("Name"), "structure.edit", _named,
        lambda by, row, part, version, cleaned: name_focal_point(by, row, **cleaned),
        says=_("A person or a post, one of the two; a post serves whoever holds it."), back="focal-points",
    ),
    Step(
        "end-focal-point", _("End this focal point"), _("End it"), "structure.edit", until_form(_("First day without")),
        lambda by, row, part, version, cleaned: end_focal_point(by, part, version=version, on=cleaned["on"]),
        on=FocalPoint, within="unit", back="focal-points", ends=True,
    ),
    Step(
        "relate", _("Relate it to a unit or a group"), _("Relate"), "structure.edit", _related,
        lambda by, row, part, version, cleaned: relate_to(by, row, cleaned), back="relations",
    ),
    Step(
        "change-relation", _("Change this relation"), _("Save"), "structure.edit", changed_relation,
        lambda by, row, part, version, cleaned: edit_relation(by, part, version=version, **cleaned),
        on=Relation, within="origin", back="relations",
    ),
    Step(
        "remove-relation", _("Remove this relation"), _("Remove it"), "structure.edit", no_form,
        lambda by, row, part, version, cleaned: remove_relation(by, part, version=version),
        on=Relation, within="origin", back="relations", ends=True,
        says=_("It is taken away as never having been; to end it from a day on, change it instead."),
    ),
)  # fmt: skip

UNITS = Noun(
    slug="units",
    name="unit",
    model=Unit,
    rows=Unit.objects.all,
    one=_("unit"),
    many=_("Units"),
    lead=_("Every part of the organisation and the bodies that it works with."),
    view="directory.view",
    edit="structure.edit",
    listing=Listing(
        columns=(
            Column("name", _("Unit"), lambda unit: unit, ("name",)),
            Column("acronym", _("Acronym"), lambda unit: unit.acronym, ("acronym",)),
            Column("kind", _("Kind"), lambda unit: unit.get_kind_display(), ("kind",)),
            Column("parent", _("Under"), lambda unit: unit.parent, ("parent__name",)),
            Column("site", _("Site"), lambda unit: unit.site, ("site__name",)),
            Column("focal", _("Focal point"), lambda unit: focal_of(unit, FocalRole.FOCAL)),
            Column("alternate", _("Alternate"), lambda unit: focal_of(unit, FocalRole.ALTERNATE)),
            Column("analysis", _("Impact analysis"), lambda unit: unit.get_analysis_mode_display(), ("analysis_mode",)),
        ),
        filters=(
            choice_filter("kind", _("Kind"), UnitKind),
            unit_filter(""),
            site_filter(),
            choice_filter("analysis", _("Impact analysis"), AnalysisMode, "analysis_mode"),
            yes_no_filter("in_scope", _("In scope")),
            TAG,
            OWN,
        ),
        search=("name", "acronym", "key"),
        prepare=_prepare,
    ),
    tell=tell,
    related=("parent", "site"),
    making=Making(
        (
            "name",
            "acronym",
            "kind",
            "parent",
            "site",
            "role",
            "budget_section",
            "analysis_mode",
            "in_scope",
            "valid_from",
            "names",
            *EVIDENCE,
        ),
        create_unit,
        edit_unit,
    ),
    steps=STEPS,
    parts=((FocalPoint, "unit"), (Relation, "from_unit")),
    empty=_("There is no unit yet. Make the first one, or take in a workbook."),
)
