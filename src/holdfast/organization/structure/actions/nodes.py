"""Processes, resources and critical functions: made, changed, closed; pools."""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Site, State, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Node, Person, Pool, Post
from holdfast.organization.structure.saving import change, create


class NodeFields(DescribedFields, total=False):
    name: str
    description: str
    unit: Unit | None
    site: Site | None
    owner_person: Person | None
    owner_post: Post | None
    state: str
    status: str
    sort: str
    quantity: Fact | None
    restart_promised: Fact | None
    restart_measured: Fact | None
    is_function: bool
    position: int | None
    minimum_level: Fact | None
    rto: Fact | None
    mtpd: Fact | None
    rpo: Fact | None
    priority: Fact | None
    impact: dict[str, list[Any]] | None
    impact_basis: str
    impact_source: str
    valid_from: date | None
    valid_until: date | None


class PoolFields(DescribedFields, total=False):
    name: str
    capacity: Fact
    unit: Unit | None
    site: Site | None
    status: str
    valid_from: date | None
    valid_until: date | None


@act("node.create", "process.edit", label=_("make a process or a resource"))
def create_node(by: Actor, *, key: str, kind: str, **fields: Unpack[NodeFields]) -> Node:
    """A node of the twin; its kind stays. Raises ValidationError, NotAllowed."""
    return create(Node(key=key, kind=kind, **fields), by)


@act("node.edit", "process.edit", label=_("change a process or a resource"), on="node")
def edit_node(by: Actor, node: Node, *, version: int, **changes: Unpack[NodeFields]) -> Node:
    """Raises ValidationError, Conflict, NotAllowed."""
    return change(node, changes, NodeFields.__annotations__, by)


@act("node.close", "process.edit", label=_("close a process or a resource"), on="node")
def close_node(by: Actor, node: Node, *, version: int, on: date) -> Node:
    """It serves no more from this date. What needs it shows as a hole."""
    return change(node, {"valid_until": on, "state": State.CLOSED}, {"valid_until", "state"}, by)


@act("pool.create", "process.edit", label=_("make a pool"))
def create_pool(by: Actor, *, key: str, **fields: Unpack[PoolFields]) -> Pool:
    return create(Pool(key=key, **fields), by)


@act("pool.edit", "process.edit", label=_("change a pool"), on="pool")
def edit_pool(by: Actor, pool: Pool, *, version: int, **changes: Unpack[PoolFields]) -> Pool:
    return change(pool, changes, PoolFields.__annotations__, by)
