"""Processes, resources and critical functions: the lists, the page of one, what it needs and what needs it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.actions import create_fallback
from holdfast.analysis.strategy.models import READY, Fallback
from holdfast.organization.accounts.scope import may, may_somewhere, visible
from holdfast.organization.places.models import STANDING, State
from holdfast.organization.structure.actions.nodes import close_node, create_node, edit_node
from holdfast.organization.structure.actions.requirements import (
    Draw,
    confirm_supply,
    create_requirement,
    edit_requirement,
    remove_requirement,
)
from holdfast.organization.structure.holes import VIEW as SEE_HOLES
from holdfast.organization.structure.holes import HoleKind, holes
from holdfast.organization.structure.models import (
    CriticalFunction,
    Node,
    Person,
    Process,
    Requirement,
    Resource,
    Supply,
)
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.web.pages.whatif.wording import kind_name, number

from .editing import form_of, free_key, no_form, until_form
from .fields import LinesField
from .links import Reach, address, what_if
from .listing import OWN, TAG, Column, Listing, choice_filter, site_filter, unit_filter
from .nouns import MadeForm, Making, Noun, Step
from .states import state_chip
from .units import EVIDENCE
from .values import Figure

HOLES = frozenset(
    {
        HoleKind.PROCESS_WITHOUT_UNIT,
        HoleKind.PROCESS_WITHOUT_OWNER,
        HoleKind.PROCESS_WITHOUT_REQUIREMENT,
        HoleKind.FUNCTION_WITHOUT_PROCESS,
        HoleKind.REQUIREMENT_SHORT,
    }
)
FIGURES = ("minimum_level", "rto", "mtpd", "priority", "restart_promised", "restart_measured", "quantity")
FALLBACK = ("name", "provider", "kind", "weight", "activation", "endurance", "pool", "state", "valid_from",
            "valid_until", *EVIDENCE)  # fmt: skip


def tell(node: Node, user: Any, on: date) -> dict[str, Any]:
    """The page of a node. `needs`: each requirement with what supplies it and what serves instead; `needed`: what draws
    on it, in the first place or as a fallback."""
    supplies: dict[int, list[Supply]] = defaultdict(list)
    for supply in Supply.objects.of(node):
        supplies[supply.requirement_id].append(supply)
    fallbacks: dict[int, list[Fallback]] = defaultdict(list)
    for fallback in Fallback.objects.of(node):
        fallbacks[fallback.requirement_id].append(fallback)
    requirements = Requirement.objects.filter(node=node).select_related("node").order_by("position", "pk")
    needs = [
        {
            "requirement": requirement,
            "supply": supplies[requirement.pk],
            "rule": rule(requirement, supplies[requirement.pk]),
            "fallbacks": fallbacks[requirement.pk],
        }
        for requirement in requirements
    ]
    needed = list(visible(Supply.objects.drawing_on(node), user))
    stands_in = list(visible(Fallback.objects.drawing_on(node), user))
    serving = {
        row.pk for row in Node.objects.standing(on).filter(pk__in=[s.provider_id for s in Supply.objects.of(node)])
    }
    everybody = [
        *(s.provider for found in supplies.values() for s in found),
        *(f.provider for found in fallbacks.values() for f in found),
        *(s.requirement.node for s in needed),
        *(f.requirement.node for f in stands_in),
        node.owner_person,
        node.owner_post,
    ]
    column = node._meta.get_field
    figures = [
        (name, str(column(name).verbose_name), fact) for name in FIGURES if (fact := getattr(node, name)) is not None
    ]  # fmt: skip
    return {
        "kind": gettext("critical function") if node.is_function else kind_name(node.kind).lower(),
        "figures": [(name, label[:1].upper() + label[1:], fact) for name, label, fact in figures],
        "needs": needs,
        "needed": needed,
        "stands_in": stands_in,
        "serving": serving,
        "impact": [(name, points) for name, points in (node.impact or {}).items()],
        "reach": Reach(user, everybody),
        "stands": node.state in STANDING and node.is_valid_on(on),
        "what_if": what_if(node),
        "ready": READY,
        "may_confirm": may(user, "process.edit", node),
        "may_fall_back": may_somewhere(user, "strategy.edit"),
        "holes": [h for h in holes(on, user, HOLES) if _node_of(h.row) == node.pk]
        if may_somewhere(user, SEE_HOLES)
        else [],
    }


def rule(requirement: Requirement, supply: list[Supply]) -> str:
    """How much of the supply is needed, in words."""
    needs, there = requirement.needs, sum(s.weight for s in supply)
    if supply and all(s.weight >= needs for s in supply):
        said = gettext("any one of these %(n)s") % {"n": len(supply)} if len(supply) > 1 else ""
    elif supply and all(s.weight == 1 for s in supply):
        said = gettext("%(needs)s of these %(n)s") % {"needs": number(needs, 3), "n": len(supply)}
    else:
        said = ""
    words = gettext("needs %(needs)s of the %(there)s there") % {"needs": number(needs, 3), "there": number(there, 3)}
    if requirement.quorum:
        least = gettext("below %(quorum)s it is as good as none") % {"quorum": number(requirement.quorum, 3)}
        words = f"{words}; {least}"
    return f"{words} ({said})" if said else words


def _node_of(row: Any) -> int | None:
    return row.pk if isinstance(row, Node) else getattr(row, "node_id", None)


def _read_draws(lines: list[str]) -> list[tuple[str, float]]:
    draws = []
    for line in lines:
        key, _space, weight = line.rpartition(" ")
        try:
            draws.append((key.strip(), float(weight.replace(",", "."))))
        except ValueError:
            key = ""
        if not key.strip():
            said = gettext("Wanted “key weight” on each line, such as “ny-power 1”, got “%(line)s”.")
            raise ValidationError(said % {"line": line[:80]})
    return draws


def _write_draws(supply: Any) -> list[str]:
    return [f"{draw.provider.key} {draw.weight:g}" for draw in supply]


REQUIREMENT = ("name", "needs", "quorum", "tolerance", "position", "basis", "reason")


def _requirement(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(Requirement, REQUIREMENT, user, part)
    supply = LinesField(
        _read_draws,
        _write_draws,
        label=_("Draws on"),
        help_text=_("Key and weight of each process or resource, one a line; the weights add up to the needs or more."),
    )
    drawn = list(Supply.objects.filter(requirement=part).select_related("provider")) if part is not None else []
    names = list(fields)
    ordered = (
        {name: fields[name] for name in names[:2]} | {"supply": supply} | {name: fields[name] for name in names[2:]}
    )
    return ordered, {**values, "supply": drawn, **({} if part else {"needs": 1.0, "quorum": 0.0})}


def _draws(by: Any, cleaned: dict[str, Any], part: Any) -> dict[str, Any]:
    """The supply as the act takes it; what is said of a supply that stays is kept. Raises ValidationError."""
    asked = cleaned.pop("supply")
    known = {row.key: row for row in visible(Node.objects.filter(key__in=[key for key, _w in asked]), by)}
    kept = {}
    if part is not None:
        for supply in Supply.objects.filter(requirement=part).select_related("provider"):
            kept[supply.provider.key] = supply
            known.setdefault(supply.provider.key, supply.provider)
    if missing := [key for key, _weight in asked if key not in known]:
        raise ValidationError({"supply": gettext("Nothing here has the key %(keys)s.") % {"keys": ", ".join(missing)}})
    cleaned["quorum"] = cleaned.get("quorum") or 0.0
    cleaned["supply"] = [
        Draw(known[key], weight, *((kept[key].basis, kept[key].reason) if key in kept else ("", "")))
        for key, weight in asked
    ]
    return cleaned


def _add_requirement(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    key = free_key(Requirement, f"{row.key}-{cleaned['name']}")
    create_requirement(by, key=key, node=row, **_draws(by, cleaned, None))


def _fallback(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(Fallback, FALLBACK, user)
    return fields, values


def _add_fallback(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    name = cleaned["name"] or (cleaned["provider"].key if cleaned["provider"] else "")
    return create_fallback(by, key=free_key(Fallback, f"{row.key}-{name}"), requirement=part, **cleaned)


NODE_STEPS = (
    Step(
        "close", _("Close it"), _("Close it"), "process.edit", until_form(_("First day without it")),
        lambda by, row, part, version, cleaned: close_node(by, row, version=version, on=cleaned["on"]),
        says=_("It serves no more from this day. What needs it is listed as a hole."), ends=True,
    ),
    Step(
        "add-requirement", _("Add something that it needs"), _("Add"), "process.edit", _requirement,
        _add_requirement, back="needs",
    ),
    Step(
        "change-requirement", _("Change this requirement"), _("Save"), "process.edit", _requirement,
        lambda by, row, part, version, cleaned: edit_requirement(
            by, part, version=version, **_draws(by, cleaned, part)
        ),
        on=Requirement, within="node", back="needs",
    ),
    Step(
        "remove-requirement", _("Remove this requirement"), _("Remove it"), "process.edit", no_form,
        lambda by, row, part, version, cleaned: remove_requirement(by, part, version=version),
        on=Requirement, within="node", back="needs", ends=True,
    ),
    Step(
        "confirm-supply", _("Confirm that this one may draw on it"), _("Confirm"), "process.edit", no_form,
        lambda by, row, part, version, cleaned: confirm_supply(by, part, version=version),
        on=Supply, within="provider", back="needed",
        says=_("The side that is drawn on says that it knows of this and can serve it."),
    ),
    Step(
        "add-fallback", _("Add what serves instead"), _("Add"), "strategy.edit", _fallback, _add_fallback,
        on=Requirement, within="node", back="needs",
        says=_("A fallback is taken up when what this requirement draws on is short."),
    ),
)  # fmt: skip


def _figure(name: str) -> Any:
    def value(node: Any) -> Figure | None:
        fact = getattr(node, name)
        return Figure(fact, address(node), name) if fact is not None else None

    return value


def _owner(node: Any) -> Any:
    return node.owner_post or node.owner_person


def _count(rows: Any, node: str, other: str) -> Any:
    counted = rows.filter(**{node: OuterRef("pk")}).order_by().values(node).annotate(n=Count(other, distinct=True))
    return Coalesce(Subquery(counted.values("n")), 0)


def _prepare(rows: Any, user: Any, on: date) -> Any:
    # A person whom the reader may not see is not named here either.
    owners = Prefetch("owner_person", visible(Person.objects.all(), user))
    return (
        rows.select_related("unit", "site", "owner_post")
        .prefetch_related(owners)
        .annotate(
            needs_count=_count(Supply.objects.all(), "requirement__node", "provider"),
            needed_count=_count(Supply.objects.all(), "provider", "requirement__node"),
        )
    )


NAME = Column("name", _("Name"), lambda node: node, ("name",))
UNIT = Column("unit", _("Unit"), lambda node: node.unit, ("unit__name",))
SITE = Column("site", _("Site"), lambda node: node.site, ("site__name",))
OWNER = Column("owner", _("Owner"), _owner)
NEEDS = Column("needs", _("Needs"), lambda node: node.needs_count, ("needs_count",), number=True)
NEEDED = Column("needed", _("Needed by"), lambda node: node.needed_count, ("needed_count",), number=True)
STATE = Column("state", _("State"), state_chip, ("state",))
RTO = Column("rto", _("RTO"), _figure("rto"), ("rto__value",), number=True)
MTPD = Column("mtpd", _("MTPD"), _figure("mtpd"), ("mtpd__value",), number=True)
LEVEL = Column("minimum", _("Minimum level"), _figure("minimum_level"), ("minimum_level__value",), number=True)
RESTART = Column(
    "restart", _("Restart, promised"), _figure("restart_promised"), ("restart_promised__value",), number=True
)
SEARCH = ("name", "key", "description")
FILTERS = (unit_filter(), site_filter(), choice_filter("state", _("State"), State), TAG, OWN)
PARTS = ((Requirement, "node"), (Supply, "requirement__node"), (Fallback, "requirement__node"))
LAST = ("valid_from", "valid_until", *EVIDENCE)
IMPACT = ("impact", "impact_basis", "impact_source")
RESTARTS = ("restart_promised", "restart_measured")
WANTED = ("minimum_level", "rto", "mtpd", "priority", *RESTARTS)
WHOSE = ("unit", "site", "owner_post", "owner_person")
RELATED = ("unit", "site", "owner_person", "owner_post")


class ResourceKind(models.TextChoices):
    """What a resource can be: the kinds of node but for the process."""

    PEOPLE = NodeKind.PEOPLE.value, NodeKind.PEOPLE.label
    FACILITY = NodeKind.FACILITY.value, NodeKind.FACILITY.label
    APPLICATION = NodeKind.APPLICATION.value, NodeKind.APPLICATION.label
    INFRASTRUCTURE = NodeKind.INFRASTRUCTURE.value, NodeKind.INFRASTRUCTURE.label
    EQUIPMENT = NodeKind.EQUIPMENT.value, NodeKind.EQUIPMENT.label
    RECORD = NodeKind.RECORD.value, NodeKind.RECORD.label
    SUPPLIER = NodeKind.SUPPLIER.value, NodeKind.SUPPLIER.label


PROCESSES = Noun(
    slug="processes",
    name="process",
    model=Process,
    rows=Process.objects.all,
    one=_("process"),
    many=_("Processes"),
    lead=_("What has to go on, how soon it has to be back, and how much hangs on it."),
    view="structure.view",
    edit="process.edit",
    listing=Listing(
        columns=(NAME, UNIT, SITE, OWNER, RTO, MTPD, LEVEL, NEEDS, NEEDED, STATE),
        filters=FILTERS,
        search=SEARCH,
        prepare=_prepare,
    ),
    tell=tell,
    related=RELATED,
    making=Making(
        ("name", "description", *WHOSE, "state", *WANTED, *IMPACT, "sort", "status", *LAST),
        create_node,
        edit_node,
        given={"kind": NodeKind.PROCESS},
    ),
    steps=NODE_STEPS,
    parts=PARTS,
    empty=_("There is no process yet that you may see. Make the first one, or take in a workbook."),
)
RESOURCES = Noun(
    slug="resources",
    name="resource",
    model=Resource,
    rows=Resource.objects.all,
    one=_("resource"),
    many=_("Resources"),
    lead=_("What processes draw on: people, premises, applications, infrastructure, equipment, records, suppliers."),
    view="structure.view",
    edit="process.edit",
    listing=Listing(
        columns=(
            NAME,
            Column("kind", _("Kind"), lambda node: node.get_kind_display(), ("kind",)),
            UNIT,
            SITE,
            Column("quantity", _("Quantity"), _figure("quantity"), ("quantity__value",), number=True),
            RESTART,
            NEEDS,
            NEEDED,
            STATE,
        ),
        filters=(choice_filter("kind", _("Kind"), ResourceKind), *FILTERS),
        search=SEARCH,
        prepare=_prepare,
    ),
    tell=tell,
    related=RELATED,
    making=Making(
        (
            "name",
            "description",
            *WHOSE,
            "state",
            "quantity",
            "restart_promised",
            "restart_measured",
            "sort",
            "status",
            *LAST,
        ),
        create_node,
        edit_node,
        fixed=("kind",),
    ),
    steps=NODE_STEPS,
    parts=PARTS,
    empty=_("There is no resource yet that you may see. Make the first one, or take in a workbook."),
)
FUNCTIONS = Noun(
    slug="functions",
    name="function",
    model=CriticalFunction,
    rows=CriticalFunction.objects.all,
    one=_("critical function"),
    many=_("Critical functions"),
    lead=_("What the organisation must be able to do whatever happens, in the order of their rank."),
    view="directory.view",
    edit="process.edit",
    listing=Listing(
        columns=(
            Column("position", _("Rank"), lambda node: node.position, ("position",), number=True),
            NAME,
            RTO,
            MTPD,
            LEVEL,
            Column(
                "processes", _("Processes that serve it"), lambda node: node.needs_count, ("needs_count",), number=True
            ),
            STATE,
        ),
        filters=(choice_filter("state", _("State"), State), TAG, OWN),
        search=SEARCH,
        order=("position", "name"),
        prepare=_prepare,
    ),
    tell=tell,
    related=RELATED,
    making=Making(
        ("name", "position", "description", *WHOSE, "state", *WANTED, *IMPACT, "status", *LAST),
        create_node,
        edit_node,
        given={"kind": NodeKind.PROCESS, "is_function": True},
    ),
    steps=NODE_STEPS,
    parts=PARTS,
    empty=_("No critical function is named yet. Name the first one, then say which processes serve it."),
)
