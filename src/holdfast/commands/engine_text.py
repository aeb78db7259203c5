"""The answers of the engine as text for a terminal."""

from __future__ import annotations

import msgspec

from holdfast.engine import grid
from holdfast.engine.cascade import Cascade, ProcessAnswer


class _Named(msgspec.Struct):
    id: str
    name: msgspec.Raw = msgspec.Raw(b"null")


class _Names(msgspec.Struct):
    nodes: list[_Named]


def node_names(twin: bytes) -> dict[str, str]:
    """The names that a twin's JSON gives its nodes; the id where it gives none, or no text."""
    found = {}
    for node in msgspec.json.decode(twin, type=_Names).nodes:
        try:
            found[node.id] = msgspec.json.decode(node.name, type=str)
        except msgspec.DecodeError:
            found[node.id] = node.id
    return found


def duration(hours: float) -> str:
    """Hours up to two days, then days and hours: ``36 h``, ``10 d``, ``3 d 4 h``."""
    if hours < 48:
        return f"{hours:.4g} h"
    days, rest = divmod(hours, 24)
    return f"{days:.0f} d" + (f" {rest:.3g} h" if rest else "")


def cascade_text(result: Cascade, names: dict[str, str]) -> str:
    """What stops, worst first, each with its limits and its binding chain; then contentions and deadlocks."""
    down = {key: answer for key, answer in result.processes.items() if answer.outages}
    breached = sum(answer.mtpd_breached for answer in down.values())
    lines = [
        f"{len(down)} of {len(result.processes)} processes go down, {breached} beyond their maximum tolerable period "
        f"of disruption (MTPD), within {duration(result.scenario.horizon)}.",
        "",
    ]
    order = sorted(
        down.items(), key=lambda item: (not item[1].mtpd_breached, item[1].breach_at or 0, item[1].first_down)
    )
    for key, answer in order:
        lines += _process_lines(key, answer, names)
    for contention in result.contentions:
        lines.append(
            f"Contention: {names.get(contention.node, contention.node)} asks the pool {contention.pool} for "
            f"{contention.weight:g} and gets {contention.granted:g} (fallback {contention.fallback})."
        )
    for held in result.deadlocks:
        lines.append("Deadlock, each waits for another: " + ", ".join(names.get(key, key) for key in held) + ".")
    for held in result.unsettled:
        lines.append("Unsettled, held after 1,000 changes: " + ", ".join(names.get(key, key) for key in held) + ".")
    return "\n".join(lines).rstrip() + "\n"


def _process_lines(key: str, answer: ProcessAnswer, names: dict[str, str]) -> list[str]:
    state = "MTPD breached" if answer.mtpd_breached else "RTO missed" if answer.rto_missed else "down"
    at = f" at {duration(grid.hours(answer.breach_at))}" if answer.breach_at is not None else ""
    first = answer.outages[0]
    end = "and stays down" if first.open else f"until {duration(grid.hours(first.end))}"
    more = len(answer.outages) - 1
    chain = " <- ".join(f"{names.get(node, node)} ({duration(grid.hours(time))})" for node, time in first.cause)
    return [
        f"{names.get(key, key)}: {state}{at}",
        f"    down from {duration(grid.hours(first.start))} {end}"
        + (f", and {more} more outage{'s' if more > 1 else ''}" if more else ""),
        f"    because {chain}",
    ]
