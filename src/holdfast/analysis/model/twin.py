"""The twin of the organisation as of a date, as the JSON that the engine reads: a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.utils.translation import gettext

from holdfast.analysis.impact.tightening import Tight, tightened
from holdfast.analysis.model.figures import Json, add_figure, add_parts
from holdfast.analysis.model.hazards import build_hazards
from holdfast.analysis.strategy.models import READY, Fallback, FallbackState
from holdfast.organization.places.models import STANDING, State
from holdfast.organization.structure.models import Node, Pool, Requirement, Supply


def build_twin(
    as_of: date,
    states: frozenset[State] = STANDING,
    fallback_states: frozenset[FallbackState] = READY,
    *,
    hazards: bool = True,
) -> Json:
    """`{nodes, pools, hazards, gaps}` of what serves on this date (docs/methods/cascade.md): nodes by key, their
    requirements, supplies and fallbacks by their positions, limits those of this day: in a peak period of an approved
    impact analysis the tighter ones, and `peaks` names them. A restart is the measurement valid on that day, else what
    is stated, else assumed (`Node.restart_on`). `hazards=False`: without hazards, for who asks what one
    outage does.

    Where what serves cannot meet a requirement (a provider is only proposed, or closed), the requirement is taken at
    what is there, and left out where nothing is; `gaps` says so: `{node, requirement, needs, there, message}`. So it
    does of a footprint that reaches nothing that serves: `{hazard, footprint, message}`.
    """
    nodes = {node.pk: node for node in Node.objects.standing(as_of, states).select_related("unit", "site")}
    supplies: dict[int, list[Supply]] = defaultdict(list)
    for supply in Supply.objects.order_by("position", "pk"):
        if supply.provider_id in nodes:
            supplies[supply.requirement_id].append(supply)
    fallbacks: dict[int, list[Fallback]] = defaultdict(list)
    for fallback in Fallback.objects.ready(as_of, fallback_states).order_by("position", "key"):
        if fallback.provider_id in nodes:
            fallbacks[fallback.requirement_id].append(fallback)
    pools = {pool.pk: pool for pool in Pool.objects.as_of(as_of).select_related("unit", "site")}

    gaps: list[Json] = []
    requirements: dict[int, list[Json]] = defaultdict(list)
    for requirement in Requirement.objects.order_by("position", "pk"):
        if (node := nodes.get(requirement.node_id)) is None:
            continue
        found = _requirement(requirement, supplies[requirement.pk], nodes)
        if found["needs"] < requirement.needs:
            gaps.append(_gap(requirement, node, found["needs"]))
        if not found["supply"]:
            continue
        ready = [f for f in fallbacks[requirement.pk] if f.pool_id is None or f.pool_id in pools]
        if ready:
            found["fallbacks"] = [_fallback(fallback, nodes, pools) for fallback in ready]
        requirements[node.pk].append(found)
    tight = tightened(as_of)
    found_hazards, idle = build_hazards(as_of, nodes.values()) if hazards else ([], [])
    return {
        "nodes": [
            _tightened(_node(node, requirements[node.pk], as_of), tight.get(node.pk))
            for node in sorted(nodes.values(), key=lambda node: node.key)
        ],
        "pools": [_pool(pool) for pool in sorted(pools.values(), key=lambda pool: pool.key)],
        "hazards": found_hazards,
        "gaps": sorted(gaps, key=lambda gap: (gap["node"], gap["requirement"])) + idle,
    }


def _node(node: Node, requirements: list[Json], as_of: date) -> Json:
    found: Json = {
        "id": node.key,
        "kind": node.kind,
        "name": node.name,
        "site": node.site.key if node.site else None,
        "unit": node.unit.key if node.unit else None,
        "tags": _tags(node),
        "paragraphs": node.paragraphs,
        "basis": node.basis or None,
        "state": node.state,
    }
    add_parts(found, reason=node.reason, type=node.sort, status=node.status, note=node.note, fields=node.fields)
    figures: Json = {}
    for name, fact in (
        ("minimum_level", node.minimum_level),
        ("rto", node.rto),
        ("mtpd", node.mtpd),
        ("rpo", node.rpo),
        ("priority", node.priority),
        ("restart", node.restart_on(as_of)),
    ):
        add_figure(found, figures, name, fact)
    if node.impact:
        found["impact"] = node.impact
        if node.impact_basis:
            figures["impact"] = {"basis": node.impact_basis, "source": node.impact_source}
    add_parts(found, figures=figures)
    found["requirements"] = requirements
    return found


def _tightened(found: Json, tight: Tight | None) -> Json:
    """The node with the limits of a peak period, where these are tighter than those that hold always."""
    if tight is None:
        return found
    for name, value, harder in (
        ("rto", tight.rto, min),
        ("mtpd", tight.mtpd, min),
        ("minimum_level", tight.minimum_level, max),
    ):
        if value is not None:
            found[name] = value if found.get(name) is None else harder(found[name], value)
    return found | {"peaks": list(tight.names)}


def _tags(node: Node) -> list[str]:
    return ["function", *node.tags] if node.is_function and "function" not in node.tags else node.tags


def _requirement(requirement: Requirement, supplies: list[Supply], nodes: dict[int, Node]) -> Json:
    there = sum(round(supply.weight * 1000) for supply in supplies) / 1000
    found: Json = {"key": requirement.key, "needs": min(requirement.needs, there)}
    add_parts(found, name=requirement.name)
    if requirement.quorum:
        found["quorum"] = min(requirement.quorum, found["needs"])
    figures: Json = {}
    found["tolerance"] = 0
    add_figure(found, figures, "tolerance", requirement.tolerance)
    add_parts(found, basis=requirement.basis, reason=requirement.reason, figures=figures)
    found["supply"] = [{"node": nodes[s.provider_id].key, "weight": s.weight} for s in supplies]
    for supply, said in zip(supplies, found["supply"], strict=True):
        add_parts(said, basis=supply.basis, reason=supply.reason)
    return found


def _fallback(fallback: Fallback, nodes: dict[int, Node], pools: dict[int, Pool]) -> Json:
    figures: Json = {}
    found: Json = {"id": fallback.key, "node": nodes[fallback.provider_id].key}
    add_parts(found, name=fallback.name)
    add_figure(found, figures, "weight", fallback.weight)
    found["activation"] = 0
    add_figure(found, figures, "activation", fallback.activation)
    found["endurance"] = None
    add_figure(found, figures, "endurance", fallback.endurance)
    found["strategy"] = fallback.kind
    found["pool"] = pools[fallback.pool_id].key if fallback.pool_id is not None else None
    add_parts(found, figures=figures)
    return found


def _pool(pool: Pool) -> Json:
    figures: Json = {}
    found: Json = {"id": pool.key, "name": pool.name}
    add_figure(found, figures, "capacity", pool.capacity)
    found |= {
        "unit_of_measure": pool.measure,
        "site": pool.site.key if pool.site else None,
        "unit": pool.unit.key if pool.unit else None,
        "paragraphs": pool.paragraphs,
        "basis": pool.basis or None,
    }
    add_parts(found, reason=pool.reason, status=pool.status, figures=figures)
    return found


def _gap(requirement: Requirement, node: Node, there: float) -> Json:
    said = gettext("%(requirement)s of %(node)s: needs %(needs)g, and what serves on this date gives %(there)g.")
    return {
        "node": node.key,
        "requirement": requirement.key,
        "needs": requirement.needs,
        "there": there,
        "message": said
        % {
            "requirement": requirement.name or requirement.key,
            "node": node.name,
            "needs": requirement.needs,
            "there": there,
        },
    }
