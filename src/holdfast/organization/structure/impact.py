"""Impact over time: per category a list of points (hours, value)."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext


def check_impact(impact: Any) -> None:
    """Raises ValueError where this is not `{category: [[hours, value], …]}` as docs/methods/cascade wants it: the first
    point at 0 hours, hours growing by a second or more, values not falling."""
    if not isinstance(impact, dict):
        raise ValueError(gettext("Wanted categories with their points."))
    for category, points in impact.items():
        if not isinstance(points, list) or not points:
            raise ValueError(gettext("“%(name)s”: wanted at least one point (hours, value).") % {"name": category})
        before, worth = -1.0, -math.inf
        for point in points:
            if not isinstance(point, list | tuple) or len(point) != 2 or not all(_finite(part) for part in point):
                raise ValueError(gettext("“%(name)s”: a point is hours and a value.") % {"name": category})
            at = float(round(point[0] * 3600))
            if before < 0 and at != 0:
                raise ValueError(gettext("“%(name)s”: the first point is at 0 hours.") % {"name": category})
            if at <= before:
                raise ValueError(gettext("“%(name)s”: hours have to grow from point to point.") % {"name": category})
            if point[1] < worth:
                raise ValueError(gettext("“%(name)s”: values must not fall.") % {"name": category})
            before, worth = at, point[1]


def _finite(part: Any) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool) and math.isfinite(part)
