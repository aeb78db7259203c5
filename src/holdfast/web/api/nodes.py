"""Critical functions, processes, resources, pools."""

from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.actions import nodes
from holdfast.organization.structure.models import CriticalFunction, Node, Pool, Requirement, Supply
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.web.api.places import DATES, Ending
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import names_of
from holdfast.web.api.tables import Table, offer, offer_act

EDIT = "process.edit"
_NODE = names_of(nodes.NodeFields)
_PROCESS_ALONE = (
    "is_function",
    "position",
    "minimum_level",
    "rto",
    "mtpd",
    "rpo",
    "priority",
    "impact",
    "impact_basis",
    "impact_source",
)
_RESOURCE = tuple(name for name in _NODE if name not in _PROCESS_ALONE)
_POOL = names_of(nodes.PoolFields)


def _processes() -> QuerySet[Any]:
    return Node.objects.filter(kind=NodeKind.PROCESS)


def _create_process(by: User, **fields: Any) -> Node:
    return nodes.create_node(by, kind=NodeKind.PROCESS.value, **fields)


def _create_resource(by: User, *, kind: str, **fields: Any) -> Node:
    return nodes.create_node(by, kind=kind, **fields)


def _with_serving(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    """With the processes that serve a function, as far as the user may see them."""
    serving = Supply.objects.filter(provider__in=visible(_processes(), user).values("pk")).select_related("provider")
    requirements = Requirement.objects.prefetch_related(Prefetch("supply", serving, to_attr="seen_supply"))
    return rows.prefetch_related(Prefetch("requirements", requirements, to_attr="all_requirements"))


def _serving(function: Any) -> dict[str, Any]:
    found = {supply.provider.key for need in function.all_requirements for supply in need.seen_supply}
    return {"processes": sorted(found)}


FUNCTIONS = Table(
    name="functions",
    one="function",
    model=CriticalFunction,
    fields=("name", "description", "position", "unit", "site", "state", "paragraphs", "tags", *DATES),
    permission=EDIT,
    filters=("unit", "site", "state"),
    sorts=("name", "position"),
    order=("position", "key"),
    search=("name", "key"),
    prepare=_with_serving,
    more=_serving,
    extra={"processes": (list[str], ...)},
)
PROCESSES = Table(
    name="processes",
    one="process",
    model=Node,
    fields=_NODE,
    permission=EDIT,
    rows=_processes,
    create=_create_process,
    create_fields=_NODE,
    change=nodes.edit_node,
    change_fields=_NODE,
    filters=("unit", "site", "state", "sort", "is_function", "owner_person", "owner_post"),
    sorts=("name", "state", "position", "valid_from"),
    order=("name",),
    search=("name", "key"),
)
RESOURCES = Table(
    name="resources",
    one="resource",
    model=Node,
    fields=("kind", *_RESOURCE),
    permission=EDIT,
    rows=Node.objects.resources,
    create=_create_resource,
    create_fields=("kind", *_RESOURCE),
    change=nodes.edit_node,
    change_fields=_RESOURCE,
    filters=("kind", "unit", "site", "state", "sort", "owner_person", "owner_post"),
    sorts=("name", "kind", "state", "valid_from"),
    order=("name",),
    search=("name", "key"),
)
POOLS = Table(
    name="pools",
    one="pool",
    model=Pool,
    fields=_POOL,
    permission=EDIT,
    create=nodes.create_pool,
    create_fields=_POOL,
    change=nodes.edit_pool,
    change_fields=_POOL,
    filters=("unit", "site"),
    sorts=("name",),
    order=("name",),
    search=("name", "key"),
)


def routes() -> Routes:
    made = Routes(tags=["Processes and resources"])
    offer(made, FUNCTIONS)
    process = offer(made, PROCESSES)
    offer_act(made, PROCESSES, process, "close", Ending, nodes.close_node, "Close a process")
    resource = offer(made, RESOURCES)
    offer_act(made, RESOURCES, resource, "close", Ending, nodes.close_node, "Close a resource")
    offer(made, POOLS)
    return made
