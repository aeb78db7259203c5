"""What an approved analysis says of its processes becomes their limits and their impact, as facts with their source."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from holdfast.analysis.impact.checks import scales_of
from holdfast.analysis.impact.limits import Grid
from holdfast.analysis.impact.models import Analysis
from holdfast.organization.accounts.acts import Actor, note
from holdfast.organization.evidence.fact import Basis, Fact
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.saving import save_all

FIGURES = ("mtpd", "rto", "rpo", "minimum_level", "impact", "impact_basis", "impact_source")


def apply_figures(by: Actor, analysis: Analysis) -> None:
    """Writes what has changed, in the transaction of the approval. What the analysis does not say stays: in the full
    mode an MTPD that does not follow is none, in the light mode it was not asked."""
    scales = scales_of(analysis)
    rows = list(analysis.processes.select_related("process", "analysis").order_by("process__key"))
    nodes = {node.pk: node for node in Node.objects.select_for_update().filter(pk__in=[row.process_id for row in rows])}
    changed, said = [], {}
    for row in rows:
        node, limits = nodes[row.process_id], row.limits(scales)
        figures: dict[str, Any] = {
            "mtpd": (limits.mtpd, "h", row.mtpd_reason),
            "rto": (limits.rto, "h", row.rto_reason),
            "rpo": (limits.rpo, "h", row.rpo_reason),
            "minimum_level": (row.minimum_level, "share", row.minimum_said),
        }
        new: dict[str, Any] = {}
        for name, (value, unit, why) in figures.items():
            if value is not None:
                fact = _fact(analysis, row.basis, value, unit, why, row.source)
                old = getattr(node, name)
                if old is None or not old.is_as(fact):
                    new[name] = fact
            elif analysis.is_full and getattr(node, name) is not None and name != "minimum_level":
                new[name] = None
        if analysis.is_full:
            points = Grid.read(row.impact, scales).points() or None
            if points != node.impact:
                new["impact"] = points
            if points:
                new |= {
                    "impact_basis": row.basis or Basis.ASSUMED.value,
                    "impact_source": _source(analysis, row.source),
                }
        new = {name: value for name, value in new.items() if getattr(node, name) != value}
        if new:
            for name, value in new.items():
                setattr(node, name, value)
            changed.append(node)
            said[node.key] = {name: getattr(value, "value", value) for name, value in new.items() if name in figures}
    save_all(changed, by, fields=FIGURES)
    note(processes=said)


def _fact(analysis: Analysis, basis: str, value: float, unit: str, why: str, source: str) -> Fact:
    told = " ".join(part.strip() for part in (why, _source(analysis, source)) if part.strip())
    return Fact(value, unit, Basis(basis or Basis.ASSUMED.value), told, analysis.as_of)


def _source(analysis: Analysis, source: str) -> str:
    about = {"title": analysis.title, "number": analysis.agreement.number, "day": analysis.agreement.decided_on}
    said = gettext("%(title)s, version %(number)s, approved on %(day)s.") % about
    return f"{source.strip()} {said}".strip()
