"""What the data says in a plan: who holds the roles, the limits of the processes, addresses, strategies, suppliers.

It is read when the plan is read. When a plan is submitted it is frozen with it; a plan is stale as soon as what is
frozen differs from what is true, and each difference is the reason (A/63/359, 26 and 59). Nothing pushes: the two are
compared when somebody asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.models import Fallback
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Site
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import Node, Person, Supply
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.plans.models import Plan, PlanProcess, PlanRole, PlanTask

Facts = dict[str, Any]
"""The data of a plan as JSON: `roles`, `processes` and `sites`, each a list of objects with `key` and `name`."""

PARTS: tuple[str, ...] = ("roles", "processes", "sites")
LABELS: dict[str, str | Promise] = {
    "holder": _("held by"),
    "stands_in": _("alternate held by"),
    "rto": _("RTO"),
    "mtpd": _("MTPD"),
    "rpo": _("RPO"),
    "minimum": _("minimum level"),
    "site": _("site"),
    "owner": _("owner"),
    "suppliers": _("suppliers"),
    "strategies": _("strategies"),
    "state": _("state"),
    "address": _("address"),
}
FIGURES = ("rto", "mtpd", "rpo", "minimum")


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was signed. `part` and `key` say of what; empty texts: it was, or is, not there."""

    part: str
    key: str
    name: str
    field: str
    before: str
    now: str

    @property
    def says(self) -> str:
        """The difference in words."""
        about = {"name": self.name, "before": self.before, "now": self.now, "what": LABELS.get(self.field, self.field)}
        if not self.field:
            if self.now:
                return gettext("%(name)s has come in.") % about
            return gettext("%(name)s is not there any more.") % about
        if not self.before:
            return gettext("%(name)s: %(what)s is %(now)s now, and was not known.") % about
        if not self.now:
            return gettext("%(name)s: %(what)s was %(before)s, and is nobody or nothing now.") % about
        return gettext("%(name)s: %(what)s was %(before)s, and is %(now)s now.") % about


def facts_of(plan: Plan, on: date) -> Facts:
    """The data of one plan as it is on this day."""
    return facts_of_all([plan], on)[plan.pk]


def facts_of_all(plans: Sequence[Plan], on: date) -> dict[int, Facts]:
    """The data of several plans, by their ids: the same number of queries however many they are."""
    of_plan = {plan.pk: plan for plan in plans}
    roles = list(
        PlanRole.objects.filter(plan__in=of_plan).select_related("post", "alternate").order_by("position", "code")
    )
    processes = list(
        PlanProcess.objects.filter(plan__in=of_plan)
        .select_related("node__site", "node__owner_person", "node__owner_post")
        .order_by("position", "node__key")
    )
    places = list(
        PlanTask.objects.filter(plan__in=of_plan).exclude(site=None).order_by("site__key").values_list("plan", "site")
    )
    nodes = {row.node_id: row.node for row in processes}
    holders = persons_holding((pk for role in roles for pk in (role.post_id, role.alternate_id)), on)
    suppliers = _suppliers(nodes, on)
    strategies = _strategies(nodes, on)
    wanted = {(row.plan_id, row.node.site_id) for row in processes} | set(places)
    wanted |= {(plan.pk, plan.site_id) for plan in plans}
    sites = {site.pk: site for site in Site.objects.filter(pk__in={site for _plan, site in wanted if site})}
    found: dict[int, Facts] = {pk: {"roles": [], "processes": [], "sites": []} for pk in of_plan}
    for role in roles:
        found[role.plan_id]["roles"].append(
            {
                "key": role.code,
                "name": role.name,
                "holder": _names(holders.get(role.post_id or 0, ())),
                "stands_in": _names(holders.get(role.alternate_id or 0, ())),
            }
        )
    for row in processes:
        node = row.node
        found[row.plan_id]["processes"].append(
            {
                "key": node.key,
                "name": node.name,
                **{name: _figure(fact) for name, fact in figures_of(node).items()},
                "site": node.site.name if node.site else "",
                "owner": str(node.owner or ""),
                "suppliers": suppliers.get(node.pk, ""),
                "strategies": strategies.get(node.pk, ""),
                "state": "" if _stands(node, on) else "ended",
            }
        )
    for plan, pk in sorted((plan, site) for plan, site in wanted if site):
        site = sites[pk]
        stands = site.is_valid_on(on) and site.state != "closed"
        found[plan]["sites"].append(
            {"key": site.key, "name": site.name, "address": site.address, "state": "" if stands else "closed"}
        )
    return found


def figures_of(node: Node) -> dict[str, Fact | None]:
    """The limits of a process; of an application the recovery that is promised stands for its RTO."""
    if node.kind != NodeKind.PROCESS:
        return {"rto": node.restart, "mtpd": None, "rpo": None, "minimum": None}
    return {"rto": node.rto, "mtpd": node.mtpd, "rpo": node.rpo, "minimum": node.minimum_level}


def differences_of(frozen: Mapping[str, Any] | None, now: Facts) -> list[Difference]:
    """What is not as it was signed, in the order of the plan. Nothing frozen: nothing to compare with."""
    if not frozen:
        return []
    found: list[Difference] = []
    for part in PARTS:
        before = {one["key"]: one for one in frozen.get(part, [])}
        today = {one["key"]: one for one in now.get(part, [])}
        for key in [*before, *(key for key in today if key not in before)]:
            then, this = before.get(key), today.get(key)
            if then is None or this is None:
                name = (then or this or {}).get("name", key)
                found.append(Difference(part, key, name, "", name if then else "", name if this else ""))
                continue
            for field in this:
                if field == "key" or str(then.get(field) or "") == str(this[field] or ""):
                    continue
                found.append(
                    Difference(part, key, this["name"], field, str(then.get(field) or ""), str(this[field] or ""))
                )
    return found


def _names(persons: Iterable[Person]) -> str:
    return ", ".join(person.name for person in persons)


def _figure(fact: Fact | None) -> str:
    """A figure with its unit. Evidence that is renewed does not make a plan stale; another figure does."""
    return "" if fact is None or fact.value is None else f"{fact.value:g} {fact.unit}"


def _stands(node: Node, on: date) -> bool:
    return node.is_valid_on(on) and node.state != "closed"


def _suppliers(nodes: Mapping[int, Node], on: date) -> dict[int, str]:
    supplies = Supply.objects.filter(requirement__node__in=nodes, provider__kind=NodeKind.SUPPLIER)
    found: dict[int, set[str]] = defaultdict(set)
    for supply in supplies.select_related("provider", "requirement"):
        if supply.provider.is_valid_on(on):
            found[supply.requirement.node_id].add(supply.provider.name)
    return {pk: ", ".join(sorted(names)) for pk, names in found.items()}


def _strategies(nodes: Mapping[int, Node], on: date) -> dict[int, str]:
    """What serves instead, with its state: a strategy that is retired or not in place any more changes the plan."""
    fallbacks = (
        Fallback.objects.as_of(on).filter(requirement__node__in=nodes).exclude(Q(state="idea") | Q(state="retired"))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for fallback in fallbacks.select_related("requirement", "provider"):
        found[fallback.requirement.node_id].add(f"{fallback.name or fallback.provider.name} ({fallback.state})")
    return {pk: "; ".join(sorted(names)) for pk, names in found.items()}
