"""The answers of the sweeps as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from holdfast.commands.engine_text import duration as hours_text
from holdfast.engine import grid
from holdfast.engine.feasibility import LOST, Recovery, explain
from holdfast.engine.twin import Twin
from holdfast.engine.weak_points import WeakPoints

Names = dict[str, str]

# What fits a screen; --json prints all.
MOST_ROWS = 40


def weak_points_text(found: WeakPoints, duration: float, names: Names) -> str:
    """The worst nodes, one a line, with what they break."""
    head = (
        f"{found.breaching} of {len(found)} nodes, lost alone for {hours_text(duration)}, take a process beyond its "
        "maximum tolerable period of disruption (MTPD).\n"
    )
    if not found.breaching:
        return head
    rows = [["node", "breached", "first at", *([found.category] if found.category else []), "processes"]]
    for point in islice(found, min(found.breaching, MOST_ROWS)):
        at = point.first_breach_at
        rows.append(
            [
                names.get(point.node, point.node),
                str(len(point.breached)),
                "" if at is None else hours_text(grid.hours(at)),
                *([f"{point.cost[found.category]:,.0f}"] if found.category else []),
                _some([names.get(key, key) for key in point.breached]),
            ]
        )
    return head + "\n" + _table(rows, left=(0, len(rows[0]) - 1)) + _more(found.breaching)


def minimal_sets_text(found: Sequence[Sequence[str]], target: str, order: int, duration: float, names: Names) -> str:
    """The sets, one a line, with how many there are of each size."""
    name = names.get(target, target)
    sizes = Counter(len(one) for one in found)
    counts = ", ".join(f"{sizes[size]} of {size}" for size in range(1, order + 1))
    lines = [
        f"{len(found)} minimal sets of up to {order} nodes break {name} when lost for {hours_text(duration)}"
        + (f": {counts}." if found else "."),
        *(["", *(" + ".join(names.get(key, key) for key in one) for one in found[:MOST_ROWS])] if found else []),
    ]
    return "\n".join(lines) + "\n" + _more(len(found))


def feasibility_text(twin: Twin, found: Sequence[Recovery], horizon: float, names: Names) -> str:
    """The processes, least slack first; for those that miss their RTO, what to shorten."""
    late, past = (
        sum(one.recovery is None or _misses(slack) for one, slack in slacks)
        for slacks in ([(one, one.slack_rto) for one in found], [(one, one.slack_mtpd) for one in found])
    )
    head = (
        f"Of {len(found)} processes {late} cannot be back within their RTO, {past} not within their MTPD, "
        "by the restarts that the model promises.\n"
    )
    if not found:
        return head
    never = float("inf")

    def slack(one: Recovery) -> float:
        if one.recovery is None:
            return -never
        return min(never if left is None else left for left in (one.slack_rto, one.slack_mtpd))

    rows = [["process", "recovery", "RTO", "MTPD", "slack to RTO", "slack to MTPD", "to shorten"]]
    for one in sorted(found, key=slack)[:MOST_ROWS]:
        rows.append(
            [
                names.get(one.process, one.process),
                "never" if one.recovery is None else _hours(one.recovery),
                *(_hours(value) for value in (one.rto, one.mtpd, one.slack_rto, one.slack_mtpd)),
                _to_shorten(twin, one, horizon, names),
            ]
        )
    return head + "\n" + _table(rows, left=(0, 6)) + _more(len(found))


def _to_shorten(twin: Twin, one: Recovery, horizon: float, names: Names) -> str:
    if not _misses(one.slack_rto):
        return ""
    levers = explain(twin, one.process, horizon).levers
    if not levers:
        return "no restart"
    best = levers[0]
    name = names.get(best.node, best.node)
    if best.shorten_by is None:
        return f"more than one restart; most by {name}"
    return f"{name} by {_hours(best.shorten_by)}"


def _misses(slack: int | None) -> bool:
    """The second for which all is lost is part of the recovery; nobody would call that a miss."""
    return slack is not None and slack < -LOST


def _hours(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    if abs(seconds) < 60:
        return f"{seconds} s"
    return ("-" if seconds < 0 else "") + hours_text(grid.hours(abs(seconds)))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _more(count: int) -> str:
    return f"… and {count - MOST_ROWS} more; --json prints all.\n" if count > MOST_ROWS else ""


def _table(rows: list[list[str]], left: Sequence[int]) -> str:
    """Columns as wide as they must be, the ``left`` ones to the left; the first row is the head."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [c.ljust(w) if k in left else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"
