"""How the parts of a twin are written: a figure with its evidence, and only what is said."""

from __future__ import annotations

from typing import Any

from holdfast.organization.evidence.fact import Fact

Json = dict[str, Any]


def add_figure(found: Json, figures: Json, name: str, fact: Fact | None) -> None:
    """The value under its name, and its evidence among the figures."""
    if fact is None:
        return
    if fact.spread is not None:
        found[name] = fact.spread
    evidence: Json = {"basis": fact.basis.value, "source": fact.source}
    if fact.as_of is not None:
        evidence["as_of"] = fact.as_of.isoformat()
    figures[name] = evidence


def add_parts(found: Json, **parts: Any) -> None:
    """The parts that say something."""
    found.update({name: part for name, part in parts.items() if part})
