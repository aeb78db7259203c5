"""A situation: what is out, who can repair what, and how an order of repairs becomes a schedule.

docs/methods/restoration.md says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from holdfast.engine import grid
from holdfast.engine.errors import InputError
from holdfast.engine.reading import decode, number
from holdfast.engine.scenario import HORIZON, Hit, read_scenario
from holdfast.engine.twin import Identity, Twin


class Crew(Struct):
    """``number`` teams that do repairs of one ``kind``, each one at a time, at one ``site`` (None: at any)."""

    id: Identity
    kind: str
    number: int = 1
    site: str | None = None


class Repair(Struct):
    """What brings a node back: ``hours`` of one team of a crew of this ``kind``. ``site``: the node's if not given."""

    node: str
    kind: str
    hours: float
    site: str | None = None


class Situation(Struct):
    """What is out (``hits``), who can repair, and what there is to repair; one repair a node."""

    hits: list[Hit]
    crews: list[Crew]
    repairs: list[Repair]
    horizon: float = HORIZON


def read_situation(
    data: bytes | str | dict[str, Any], twin: Twin, source: str = "situation.json", horizon: float | None = None
) -> Situation:
    """The situation of a JSON text or what it decodes to; ``horizon``, hours, replaces its own. Raises InputError."""
    situation = decode(data, Situation, source)
    scenario = read_scenario({"hits": _plain(situation.hits), "horizon": situation.horizon}, twin, source, horizon)
    situation.horizon = scenario.horizon
    crews: set[str] = set()
    for k, crew in enumerate(situation.crews):
        if crew.id in crews:
            raise InputError(f"crews[{k}].id", f"“{crew.id}” is the id of another crew too", source)
        crews.add(crew.id)
        if crew.number < 1:
            raise InputError(f"crews[{k}].number", f"wanted a whole number from 1 on, got {crew.number}", source)
    out = {hit.node for hit in situation.hits}
    repaired: set[str] = set()
    for k, repair in enumerate(situation.repairs):
        path = f"repairs[{k}]"
        if repair.node not in twin.place:
            raise InputError(f"{path}.node", f"there is no node “{repair.node}” in {twin.source}", source)
        if repair.node not in out:
            raise InputError(f"{path}.node", f"“{repair.node}” is not out: wanted a node of one of the hits", source)
        if repair.node in repaired:
            raise InputError(f"{path}.node", f"“{repair.node}” has another repair too", source)
        repaired.add(repair.node)
        number(repair.hours, f"{path}.hours", source, above=0)
        if not any(_can(crew, repair, twin) for crew in situation.crews):
            site = _site(repair, twin)
            at = f" at the site “{site}”" if site is not None else ""
            raise InputError(f"{path}.kind", f"no crew does repairs of the kind “{repair.kind}”{at}", source)
    return situation


@dataclass
class Teams:
    """Who can do what: teams as (crew, number), the repairs' lengths and when each can begin, in seconds."""

    names: list[tuple[str, int]]
    crew: list[int]
    fit: list[list[int]]
    length: list[int]
    release: list[int]

    def place(self, repair: int, free: Sequence[int]) -> tuple[int, int]:
        """(team, start): the team that can begin soonest; of equals the first in the file."""
        return min((max(free[team], self.release[repair]), team) for team in self.fit[repair])[::-1]

    def ends(self, order: Sequence[int]) -> list[int]:
        """[repair] the second at which each is done, NEVER for those that are not in the order."""
        free = [0] * len(self.names)
        done = [grid.NEVER] * len(self.length)
        for repair in order:
            team, start = self.place(repair, free)
            free[team] = done[repair] = min(start + self.length[repair], grid.LONGEST)
        return done


def teams_of(twin: Twin, situation: Situation) -> Teams:
    """The teams of a situation and what they can do; a repair can begin once all that it mends is out."""
    names = [(crew.id, team) for crew in situation.crews for team in range(crew.number)]
    crew_of = [k for k, crew in enumerate(situation.crews) for _ in range(crew.number)]
    begun = {repair.node: 0 for repair in situation.repairs}
    for hit in situation.hits:
        if hit.node in begun:
            begun[hit.node] = max(begun[hit.node], grid.seconds(hit.start))
    return Teams(
        names,
        crew_of,
        [
            [team for team, k in enumerate(crew_of) if _can(situation.crews[k], repair, twin)]
            for repair in situation.repairs
        ],
        [max(1, grid.seconds(repair.hours)) for repair in situation.repairs],
        [begun[repair.node] for repair in situation.repairs],
    )


def _site(repair: Repair, twin: Twin) -> str | None:
    if repair.site is not None:
        return repair.site
    site = twin.nodes[twin.place[repair.node]].site
    return site if isinstance(site, str) else None


def _can(crew: Crew, repair: Repair, twin: Twin) -> bool:
    site = _site(repair, twin)
    return crew.kind == repair.kind and (crew.site is None or site is None or crew.site == site)


def _plain(hits: list[Hit]) -> list[dict[str, Any]]:
    return [{"node": hit.node, "loss": hit.loss, "start": hit.start, "duration": hit.duration} for hit in hits]


__all__ = ["Crew", "Repair", "Situation", "Teams", "read_situation", "teams_of"]
