"""Whether a strategy comes in time by its own figures: activation and the restart of the process against the MTPD."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext

from holdfast.analysis.selection.models import Selected
from holdfast.analysis.strategy.models import Strategy
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.structure.models import Node


@dataclass(frozen=True)
class Lateness:
    """Hours; None where nothing is known."""

    strategy: Strategy
    process: Node
    activation: float | None
    restart: float
    mtpd: float | None

    @property
    def total(self) -> float | None:
        return None if self.activation is None else self.activation + self.restart

    @property
    def is_unknown(self) -> bool:
        return self.activation is None

    @property
    def exceeds(self) -> bool:
        return self.total is not None and self.mtpd is not None and self.total > self.mtpd

    def __str__(self) -> str:
        about = {
            "strategy": self.strategy, "process": self.process, "activation": _hours(self.activation),
            "restart": _hours(self.restart), "total": _hours(self.total), "mtpd": _hours(self.mtpd),
        }  # fmt: skip
        if self.is_unknown:
            said = gettext("Say how long “%(strategy)s” takes to activate: it is chosen by that.")
        elif not self.exceeds:
            said = gettext("“%(strategy)s” serves “%(process)s” after %(total)s h.")
        elif not self.restart:
            said = gettext(
                "“%(strategy)s” takes %(activation)s h to activate, and “%(process)s” can stand still for %(mtpd)s h "
                "at most."
            )
        else:
            said = gettext(
                "“%(strategy)s” takes %(activation)s h to activate, and “%(process)s” %(restart)s h to restart: "
                "%(total)s h, and it can stand still for %(mtpd)s h at most."
            )
        return said % about


def lateness(strategy: Strategy, process: Node, on: date) -> Lateness:
    """By the figures of this day."""
    return Lateness(
        strategy,
        process,
        _value(strategy.activation),
        _value(process.restart_on(on)) or 0.0,
        _value(process.mtpd),
    )


def lateness_of(row: Selected, on: date) -> Lateness | None:
    """Of what is chosen; None where the process does without."""
    return None if row.strategy is None else lateness(row.strategy, row.process, on)


def known_of(row: Selected, on: date) -> dict[str, Any]:
    """What is known on this day of a chosen strategy and its process, as JSON."""
    found: dict[str, Any] = {"as_of": on.isoformat(), "process": row.process.as_record(["rto", "mtpd"])}
    restart = row.process.restart_on(on)
    if restart is not None:
        found["process"]["restart"] = restart.as_json()
    if row.strategy is not None:
        found["strategy"] = row.strategy.as_record(row.strategy.facts)
    return found


def _value(fact: Fact | None) -> float | None:
    return None if fact is None else fact.value


def _hours(hours: float | None) -> str:
    return "?" if hours is None else f"{hours:g}"
