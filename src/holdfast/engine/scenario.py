"""A scenario: what fails, how much of it, when and for how long, and up to which hour anything is said."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdfast.engine import grid
from holdfast.engine.errors import InputError
from holdfast.engine.reading import decode, number
from holdfast.engine.twin import Twin

HORIZON = 2_160.0
"""Hours looked at when nothing else is said: 90 days."""


class Hit(Struct):
    """``loss`` of a node, above 0 up to 1, from ``start`` for ``duration`` hours (None: it never ends)."""

    node: str
    loss: float
    start: float = 0.0
    duration: float | None = None


class Scenario(Struct):
    """``hits`` on nodes of one twin; nothing is said of times at or after ``horizon`` hours."""

    hits: list[Hit]
    horizon: float = HORIZON


def read_scenario(
    data: bytes | str | dict[str, Any], twin: Twin, source: str = "scenario.json", horizon: float | None = None
) -> Scenario:
    """The scenario of a JSON text or what it decodes to; ``horizon``, hours, replaces the file's. Raises InputError."""
    scenario = decode(data, Scenario, source)
    check_scenario(scenario, twin, source, horizon)
    return scenario


def check_scenario(scenario: Scenario, twin: Twin, source: str, horizon: float | None = None, at: str = "") -> None:
    """Whether a decoded scenario fits ``twin``; ``at`` comes before its paths. ``horizon``, hours, replaces the file's.

    Raises InputError.
    """
    if horizon is not None:
        scenario.horizon = horizon
    number(scenario.horizon, f"{at}horizon", source, above=0, most=grid.MOST_HORIZON)
    if not grid.seconds(scenario.horizon):
        raise InputError(f"{at}horizon", "wanted at least a second", source)
    for k, hit in enumerate(scenario.hits):
        path = f"{at}hits[{k}]"
        if hit.node not in twin.place:
            raise InputError(f"{path}.node", f"there is no node “{hit.node}” in {twin.source}", source)
        number(hit.loss, f"{path}.loss", source, above=0, most=1)
        number(hit.start, f"{path}.start", source, least=0)
        if hit.duration is not None:
            number(hit.duration, f"{path}.duration", source, above=0)
