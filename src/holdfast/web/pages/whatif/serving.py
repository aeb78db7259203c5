"""The fallbacks that were on: for which process, from when to when, and with how much of what they wanted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from holdfast.engine import grid
from holdfast.engine.cascade import Cascade
from holdfast.engine.fallbacks import in_use

from .chain import Link, link
from .example import Example
from .wording import hours, listing, number, percent, strategy_name

MOST_SPANS = 3


@dataclass(frozen=True)
class Serving:
    """A fallback that was on. ``spans``: [start, end) in hours; ``gives``: whether it was granted anything."""

    name: str
    provider: Link | None
    spans: list[tuple[float, float]]
    horizon: float
    granted: str
    gives: bool

    @cached_property
    def text(self) -> str:
        """When it was on."""
        said = [
            _("on from %(start)s to the horizon") % {"start": hours(start)}
            if end >= self.horizon
            else _("on from %(start)s to %(end)s") % {"start": hours(start), "end": hours(end)}
            for start, end in self.spans
        ]
        return listing(said, MOST_SPANS)


def serving_of(example: Example, answer: Cascade) -> dict[str, list[Serving]]:
    """By node, the fallbacks that were on for it, in order of time."""
    spans = in_use(answer)
    short = {item.fallback: item for item in answer.contentions}
    found: dict[str, list[Serving]] = {}
    for node, record in example.records.items():
        for requirement in record.get("requirements") or []:
            for fallback in requirement.get("fallbacks") or []:
                if fallback["id"] not in spans:
                    continue
                item = short.get(fallback["id"])
                stretches = [(grid.hours(start), grid.hours(end)) for start, end in spans[fallback["id"]]]
                provider = fallback["node"]
                found.setdefault(node, []).append(
                    Serving(
                        str(fallback.get("name") or strategy_name(fallback.get("strategy"))),
                        link(example, provider) if provider in example.records else None,
                        stretches,
                        answer.scenario.horizon,
                        _granted(item.granted, item.weight) if item else "",
                        item is None or item.granted > 0,
                    )
                )
    for row in found.values():
        row.sort(key=lambda serving: serving.spans[0])
    return found


def _granted(granted: float, weight: float) -> str:
    if not granted:
        return _("granted nothing, the pool is taken")
    said = _("granted %(granted)s of %(weight)s (%(share)s)")
    return said % {"granted": number(granted, 3), "weight": number(weight, 3), "share": percent(granted / weight)}
