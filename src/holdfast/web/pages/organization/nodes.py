"""Processes, resources and critical functions: the lists, the page of one, what it needs and what needs it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.models import READY, Fallback
from holdfast.organization.accounts.scope import may, may_somewhere, visible
from holdfast.organization.places.models import STANDING, State
from holdfast.organization.structure.actions.nodes import create_node, edit_node
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

from .links import Reach, address, what_if
from .listing import OWN, TAG, Column, Listing, choice_filter, site_filter, unit_filter
from .node_steps import NODE_STEPS
from .nouns import Making, Noun
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
FIGURES = ("minimum_level", "rto", "mtpd", "rpo", "priority", "restart_promised", "restart_measured", "quantity")


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
            "title": _title(requirement, supplies[requirement.pk]),
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
    column: Any = node._meta.get_field
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


def _title(requirement: Requirement, supply: list[Supply]) -> str:
    """The name of a requirement, where it says more than its only supply."""
    if [requirement.name] == [each.provider.name for each in supply]:
        return ""
    return requirement.name or requirement.key


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
WANTED = ("minimum_level", "rto", "mtpd", "rpo", "priority", *RESTARTS)
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
