"""Where each site is lost with all in it, and where each saved scenario comes true: which records are still had.

The loss of a site hits all that stands at it and in it and is a place or a thing: premises, systems, lines, devices,
records. People and suppliers are not hit, for they are not the place. It has no end. In a scenario a place is lost
while what stands for it gives nothing: the node that has the key of the site, else all its premises; and a record that
is hit itself loses its originals, and what lies at the same place as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.scenarios.models import Scenario
from holdfast.engine.cascade import Cascade, ProcessAnswer, cascade
from holdfast.engine.errors import InputError
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import Twin, read_twin
from holdfast.organization.places.models import STANDING, Site
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.records.models import RecordCopy, VitalRecord
from holdfast.readiness.records.reach import NEVER, Fate, Found, Spans, fate, outages
from holdfast.readiness.records.serving import Chains, Served

PLACED = frozenset(
    {NodeKind.FACILITY, NodeKind.INFRASTRUCTURE, NodeKind.APPLICATION, NodeKind.EQUIPMENT, NodeKind.RECORD}
)
HORIZON = 2160.0


@dataclass(frozen=True)
class Loss:
    """A site lost with all in it: what becomes of each record, in the order of the records."""

    site: Site
    fates: tuple[Fate, ...]

    @property
    def bad(self) -> int:
        return sum(one.is_bad for one in self.fates)


@dataclass(frozen=True)
class Struck:
    """A record in a scenario, and what becomes of each process that needs it."""

    fate: Fate
    processes: tuple[tuple[Node, ProcessAnswer | None], ...]


@dataclass(frozen=True)
class Played:
    """A saved scenario: the records that it touches; `wrong` says why it could not be asked."""

    scenario: Scenario
    struck: tuple[Struck, ...]
    wrong: str = ""

    @property
    def bad(self) -> int:
        return sum(one.fate.is_bad for one in self.struck)


class Records:
    """Some vital records as of a day, and the questions about them: the twin is built once, when one is asked."""

    def __init__(self, records: Sequence[VitalRecord], on: date, now: datetime) -> None:
        """`records` have been read `with_copies`."""
        self.records, self.on, self.now = records, on, now
        self.chains = Chains(on)
        self._twin: Twin | None = None
        self._served: dict[int, Served] = {}

    def served(self, record: VitalRecord) -> Served:
        if record.pk not in self._served:
            self._served[record.pk] = self.chains.served([record.node_id])
        return self._served[record.pk]

    def losses(self) -> list[Loss]:
        """Of each site whose loss touches a record, in the order of the tree. Sites that are only planned or closed are
        not asked."""
        found = []
        for site in Site.objects.as_of(self.on).filter(state__in=STANDING).order_by("path"):
            loss = self.loss(site)
            if any(one.found not in (Found.UNTOUCHED, Found.UNCOPIED) for one in loss.fates):
                found.append(loss)
        return found

    def loss(self, site: Site) -> Loss:
        hit = [node for node in self._placed() if node.site is not None and node.site.path.startswith(site.path)]
        hits = [{"node": node.key, "loss": 1, "start": 0, "duration": None} for node in hit]
        out = self._out(self._ask({"name": site.name, "hits": hits, "horizon": HORIZON})) if hits else {}
        forever: Spans = ((0.0, NEVER),)
        gone = {
            copy.pk: forever
            for copy in self._copies()
            if copy.site is not None and copy.site.path.startswith(site.path)
        }
        return Loss(site, tuple(fate(row, self.served(row), self.now, gone, out) for row in self.records))

    def played(self, scenarios: Iterable[Scenario]) -> list[Played]:
        """Of each scenario (read `with_hits`) the records that it touches."""
        found = []
        for scenario in scenarios:
            try:
                answer = self._ask(scenario.as_scenario())
            except InputError as error:
                found.append(Played(scenario, (), str(error)))
            else:
                found.append(self._played(scenario, answer))
        return found

    def _played(self, scenario: Any, answer: Cascade) -> Played:
        start = min((hit.start for hit in scenario.all_hits), default=0.0)
        hit_itself: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for hit in scenario.all_hits:
            end = NEVER if hit.duration is None else hit.start + hit.duration
            hit_itself[hit.node_id].append((hit.start, end))
        closed = self._closed(answer)
        gone: dict[int, Spans] = {}
        for copy in self._copies():
            spans = [span for place in self._above(copy.site) for span in closed.get(place, ())]
            originals = {one.site_id for one in copy.record.all_copies if one.original}  # type: ignore[attr-defined]
            if copy.original or (copy.site_id is not None and copy.site_id in originals):
                spans += hit_itself.get(copy.record.node_id, ())
            if spans:
                gone[copy.pk] = sorted(spans)
        out = self._out(answer)
        struck = []
        for record in self.records:
            one = fate(record, self.served(record), self.now, gone, out, start)
            if one.found not in (Found.UNTOUCHED, Found.UNCOPIED) or record.node_id in hit_itself:
                needing = self.served(record).processes
                struck.append(Struck(one, tuple((node, answer.processes.get(node.key)) for node in needing)))
        return Played(scenario, tuple(struck))

    def _closed(self, answer: Cascade) -> dict[int, Spans]:
        """By site, when it is lost: while the node that stands for it, or all of its premises, give nothing."""
        stands: dict[int, list[Node]] = defaultdict(list)
        for node in self.chains.nodes.values():
            if node.site is not None and node.key == node.site.key:
                stands[node.site.pk] = [node]
        whole = set(stands)
        for node in self.chains.nodes.values():
            if node.kind == NodeKind.FACILITY and node.site is not None and node.site.pk not in whole:
                stands[node.site.pk].append(node)
        out = outages(answer, [(node.pk, node.key) for nodes in stands.values() for node in nodes])
        found: dict[int, Spans] = {}
        for site, nodes in stands.items():
            spans = _together([out.get(node.pk, ()) for node in nodes])
            if spans:
                found[site] = spans
        return found

    def _above(self, site: Site | None) -> list[int]:
        """A site and those that it lies in."""
        if site is None:
            return []
        return [pk for pk, path in self._paths() if site.path.startswith(path)]

    def _paths(self) -> list[tuple[int, str]]:
        if not hasattr(self, "_known_paths"):
            self._known_paths = list(Site.objects.values_list("pk", "path"))
        return self._known_paths

    def _copies(self) -> list[RecordCopy]:
        found = []
        for record in self.records:
            for copy in record.all_copies:  # type: ignore[attr-defined]
                copy.record = record
                found.append(copy)
        return found

    def _out(self, answer: Cascade) -> dict[int, Spans]:
        ways = {way.pk: way.key for copy in self._copies() if (way := copy.way) is not None}
        return outages(answer, list(ways.items()))

    def _placed(self) -> list[Node]:
        return [node for node in self.chains.nodes.values() if node.kind in PLACED]

    def _ask(self, scenario: dict[str, Any]) -> Cascade:
        if self._twin is None:
            self._twin = read_twin(build_twin(self.on, hazards=False), "the organisation")
        return cascade(self._twin, read_scenario(scenario, self._twin, str(scenario["name"])))


def _together(each: Sequence[Spans]) -> list[tuple[float, float]]:
    """When all are out at once."""
    found: list[tuple[float, float]] = list(each[0]) if each else []
    for spans in each[1:]:
        met = [(max(a, c), min(b, d)) for a, b in found for c, d in spans]
        found = [(start, end) for start, end in met if start < end]
    return sorted(found)
