"""The hazards of a twin: how often an event comes, and what it does to which nodes. Read and checked."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdfast.engine.errors import InputError
from holdfast.engine.reading import decode, number
from holdfast.engine.twin import Duration, Identity, Kind, Twin, likely

MOST_RATE = 100_000.0
"""Events a year of one hazard, at most: one every five minutes."""


class Selection(Struct, forbid_unknown_fields=True):
    """Every node of this kind, at this site, with this tag; what is not given does not narrow."""

    kind: Kind | None = None
    site: str | None = None
    tag: str | None = None


class Footprint(Struct):
    """What one event does: each named node is hit with ``chance``, loses ``loss`` (a share) for ``duration`` hours.

    ``nodes`` are ids; where the file selects, they are the selected ones in the order of the file. The draws are one
    for the event (``shared``), or one for each node.
    """

    duration: Duration
    nodes: list[str] | None = None
    select: Selection | None = None
    chance: float = 1.0
    loss: float | dict[str, float] = 1.0
    shared: bool = False


class Hazard(Struct):
    """Events that come ``rate`` times a year, independent of each other (Poisson)."""

    id: Identity
    rate: float
    footprints: list[Footprint]


class _Placed(Struct):
    id: str
    kind: Kind
    site: str | None = None
    tags: list[str] = []


class _File(Struct):
    nodes: list[_Placed]
    hazards: list[Hazard] = []


def read_hazards(data: bytes | str | dict[str, Any], twin: Twin, source: str = "twin.json") -> tuple[Hazard, ...]:
    """The hazards of the file that ``twin`` was read from, in its order. Raises InputError."""
    file = decode(data, _File, source)
    seen: set[str] = set()
    for h, hazard in enumerate(file.hazards):
        path = f"hazards[{h}]"
        if hazard.id in seen:
            raise InputError(f"{path}.id", f"“{hazard.id}” is the id of another hazard too", source)
        seen.add(hazard.id)
        number(hazard.rate, f"{path}.rate", source, least=0, most=MOST_RATE)
        for f, footprint in enumerate(hazard.footprints):
            _check(footprint, f"{path}.footprints[{f}]", twin, source)
            if footprint.select is not None:
                footprint.nodes = [node.id for node in file.nodes if _selected(footprint.select, node)]
    return tuple(file.hazards)


def _check(footprint: Footprint, path: str, twin: Twin, source: str) -> None:
    if (footprint.nodes is None) == (footprint.select is None):
        raise InputError(path, "wanted the nodes that it hits, or what selects them, and not both", source)
    for n, node in enumerate(footprint.nodes or ()):
        if node not in twin.place:
            raise InputError(f"{path}.nodes[{n}]", f"there is no node “{node}”", source)
    if footprint.select is not None and footprint.select == Selection():
        raise InputError(f"{path}.select", "wanted a kind, a site or a tag", source)
    number(footprint.chance, f"{path}.chance", source, least=0, most=1)
    _check_loss(footprint.loss, f"{path}.loss", source)
    if likely(footprint.duration, f"{path}.duration", source) <= 0:
        raise InputError(f"{path}.duration", "wanted more than 0 hours", source)


def _check_loss(loss: float | dict[str, float], path: str, source: str) -> None:
    if not isinstance(loss, dict):
        number(loss, path, source, above=0, most=1)
        return
    if set(loss) != {"low", "mode", "high"}:
        raise InputError(path, "wanted a share, or {low, mode, high}", source)
    low, mode, high = (number(loss[key], f"{path}.{key}", source, least=0, most=1) for key in ("low", "mode", "high"))
    if not low <= mode <= high or not high:
        raise InputError(path, "wanted low, mode and high in this order, and more than 0 at most", source)


def _selected(select: Selection, node: _Placed) -> bool:
    return (
        (select.kind is None or node.kind == select.kind)
        and (select.site is None or node.site == select.site)
        and (select.tag is None or select.tag in node.tags)
    )


__all__ = ["Footprint", "Hazard", "Selection", "read_hazards"]
