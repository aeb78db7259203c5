"""The tasks of a plan over time, drawn."""

from __future__ import annotations

from holdfast.readiness.plans.checks import Checked


def gantt_of(checked: Checked) -> str:
    """The picture as SVG; nothing where there is no task in time."""
    return ""
