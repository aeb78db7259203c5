"""Who needs whom: the twin as a graph, for the dependency map and for the table that says the same.

An edge runs from what is needed to what needs it. It is a **fallback** edge where a requirement draws on it only when
short. A **circle** is a set of nodes that need each other over supply and fallbacks (the engine's components). A node
is a **single point** of a requirement that its loss alone makes short and that has no fallback; what it **carries** are
the processes that stop with it through such requirements alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from .chain import Link, link
from .example import Example
from .search import _folded
from .states import State
from .wording import KINDS, kind_name

ROWS = 100
SUPPLY, FALLBACK = 0, 1
# Weights count in thousandths, as in the engine.
GRID = 1000


class Graph:
    """Numbers stand for nodes, in the order of the file."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.ids = list(example.records)
        self.number = {node: number for number, node in enumerate(self.ids)}
        self.edges: dict[tuple[int, int], int] = {}
        self.hard: set[tuple[int, int]] = set()
        self.single: list[int] = [0] * len(self.ids)
        for node, record in example.records.items():
            for requirement in record.get("requirements") or []:
                self._draw(self.number[node], requirement)

    def _draw(self, user: int, requirement: dict[str, Any]) -> None:
        supply = requirement.get("supply") or []
        fallbacks = requirement.get("fallbacks") or []
        total = sum(round(item["weight"] * GRID) for item in supply)
        needs = round(requirement["needs"] * GRID)
        for item in supply:
            # What is outside the reader's scope counts in the sum and is not drawn.
            provider = self.number.get(item["node"])
            if provider is None:
                continue
            self.edges[provider, user] = SUPPLY
            if not fallbacks and total - round(item["weight"] * GRID) < needs:
                self.single[provider] += 1
                self.hard.add((provider, user))
        for item in fallbacks:
            if item["node"] in self.number:
                self.edges.setdefault((self.number[item["node"]], user), FALLBACK)

    @cached_property
    def needs(self) -> list[list[int]]:
        return self._neighbours(0)

    @cached_property
    def needed_by(self) -> list[list[int]]:
        return self._neighbours(1)

    def _neighbours(self, end: int) -> list[list[int]]:
        found: list[list[int]] = [[] for _node in self.ids]
        for edge in self.edges:
            found[edge[1 - end]].append(edge[end])
        return found

    @cached_property
    def circles(self) -> list[list[int]]:
        """Nodes that need each other in a loop, each circle in the order of the file."""
        model = self.example.twin.model
        members: dict[int, list[int]] = {}
        for place, node in enumerate(self.example.twin.numbered_ids):
            if model.arrays["circle"][place] and node in self.number:
                members.setdefault(int(model.arrays["first"][place]), []).append(self.number[node])
        return sorted(sorted(circle) for circle in members.values())

    @cached_property
    def circle_of(self) -> dict[int, int]:
        return {node: number for number, circle in enumerate(self.circles) for node in circle}

    @cached_property
    def upstream(self) -> list[int]:
        """How many nodes each needs, directly or through others; fallbacks count."""
        return self._reached(self.needs, lambda node: True)

    @cached_property
    def downstream(self) -> list[int]:
        return self._reached(self.needed_by, lambda node: True)

    @cached_property
    def carries(self) -> list[int]:
        """How many processes stop with each node through requirements that it alone makes short."""
        users: list[list[int]] = [[] for _node in self.ids]
        for provider, user in self.hard:
            users[provider].append(user)
        return self._reached(users, lambda node: self._kind(node) == "process")

    def _kind(self, node: int) -> str:
        return str(self.example.records[self.ids[node]]["kind"])

    def _reached(self, onward: list[list[int]], counts: Callable[[int], bool]) -> list[int]:
        """For each node the number of others within reach that count: sets as bits, over components in order."""
        component, order = _components(onward)
        bits: list[int] = [0] * len(order)
        own: list[int] = [0] * len(order)
        for node in range(len(onward)):
            if counts(node):
                own[component[node]] |= 1 << node
        for number, members in enumerate(order):
            reach = own[number]
            for node in members:
                for after in onward[node]:
                    if component[after] != number:
                        reach |= bits[component[after]]
            bits[number] = reach
        return [(bits[component[node]] & ~(1 << node)).bit_count() for node in range(len(onward))]

    def as_json(self, states: dict[str, State] | None = None) -> dict[str, Any]:
        """What the dependency map draws.

        ``nodes``: [id, name, kind, site, unit, state, requirements it is the single point of, processes it carries,
        circle or -1, is a function], where kind, site and unit are places in the lists beside; ``edges``: provider,
        user, 1 for a fallback, three numbers each in one list.
        """
        kinds, kind = _listed(KINDS.get(k, k) for k in (self._kind(n) for n in range(len(self.ids))))
        records = [self.example.records[node] for node in self.ids]
        sites, site = _listed(self.example.site_name(record.get("site")) for record in records)
        units, unit = _listed(self.example.unit_name(record.get("unit")) for record in records)
        functions = set(self.example.functions)
        nodes = [
            [
                node,
                self.example.name(node),
                kind[n],
                site[n],
                unit[n],
                int((states or {}).get(node, State.HOLDS)),
                self.single[n],
                self.carries[n],
                self.circle_of.get(n, -1),
                int(node in functions),
            ]
            for n, node in enumerate(self.ids)
        ]
        edges = [part for (provider, user), how in self.edges.items() for part in (provider, user, how)]
        return {"nodes": nodes, "edges": edges, "kinds": kinds, "sites": sites, "units": units}


_last: list[Graph] = []


def graph_of(example: Example) -> Graph:
    """The graph of an organisation, made once for as long as the same one is shown."""
    if not _last or _last[0].example is not example:
        _last[:] = [Graph(example)]
    return _last[0]


@dataclass(frozen=True)
class Row:
    """One node in the table: who it needs and who needs it, directly and in all."""

    link: Link
    kind: str
    site: str
    unit: str
    needs: int
    upstream: int
    needed_by: int
    downstream: int
    single: int
    carries: int
    circle: bool
    state: State
    hit: bool


COLUMNS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row.link.name.casefold(),
    "kind": lambda row: row.kind,
    "needs": lambda row: -row.needs,
    "upstream": lambda row: -row.upstream,
    "used": lambda row: -row.needed_by,
    "downstream": lambda row: -row.downstream,
    "single": lambda row: (-row.carries, -row.single),
    "state": lambda row: -row.state,
}


class Table:
    """The dependency map as a table: found by words, of one kind, sorted, a page at a time."""

    def __init__(self, graph: Graph, query: Any, states: dict[str, State], hits: set[str]) -> None:
        self.graph, self.states, self.hits = graph, states, hits
        self.words = " ".join(str(query.get("find", "")).split())[:100]
        self.kind = query.get("kind", "") if query.get("kind", "") in KINDS else ""
        wanted = query.get("sort", "")
        self.sort = wanted if wanted in COLUMNS else "state" if hits else "single"
        page = query.get("page", "")
        self.wanted_page = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1

    @cached_property
    def matching(self) -> list[Row]:
        words = _folded(self.words).split()
        functions = set(self.graph.example.functions)
        rows = []
        for n, node in enumerate(self.graph.ids):
            record = self.graph.example.records[node]
            row = self._row(n, node, record, node in functions)
            text = _folded(f"{node} {row.link.name} {row.site} {row.unit} {row.kind}")
            if (not self.kind or record["kind"] == self.kind) and all(word in text for word in words):
                rows.append(row)
        rows.sort(key=lambda row: (COLUMNS[self.sort](row), row.link.name.casefold(), row.link.node))
        return rows

    def _row(self, n: int, node: str, record: dict[str, Any], is_function: bool) -> Row:
        graph = self.graph
        return Row(
            link=link(graph.example, node),
            kind=_("Critical function") if is_function else kind_name(record["kind"]),
            site=graph.example.site_name(record.get("site")),
            unit=graph.example.unit_name(record.get("unit")),
            needs=len(graph.needs[n]),
            upstream=graph.upstream[n],
            needed_by=len(graph.needed_by[n]),
            downstream=graph.downstream[n],
            single=graph.single[n],
            carries=graph.carries[n],
            circle=n in graph.circle_of,
            state=self.states.get(node, State.HOLDS),
            hit=node in self.hits,
        )

    @property
    def pages(self) -> int:
        return max(-(-len(self.matching) // ROWS), 1)

    @property
    def page(self) -> int:
        return min(max(self.wanted_page, 1), self.pages)

    @property
    def rows(self) -> list[Row]:
        return self.matching[(self.page - 1) * ROWS : self.page * ROWS]

    @property
    def view(self) -> dict[str, str]:
        """What of this goes into an address."""
        return {"find": self.words, "kind": self.kind, "sort": self.sort}


def finding(graph: Graph) -> str:
    """What is true of the dependencies, in one sentence."""
    most = max(range(len(graph.ids)), key=lambda n: (graph.carries[n], -n), default=None)
    if most is None:
        return _("The model holds no node.")
    if not graph.carries[most]:
        return _("No single loss stops a process: every requirement has another supply or a fallback.")
    return _("%(name)s carries most alone: %(count)s processes stop with it, and nothing stands in.") % {
        "name": graph.example.name(graph.ids[most]),
        "count": graph.carries[most],
    }


def _listed(values: Any) -> tuple[list[str], list[int]]:
    """The distinct values in the order met, and each one's place among them."""
    place: dict[str, int] = {}
    numbers = [place.setdefault(str(value), len(place)) for value in values]
    return list(place), numbers


def _components(onward: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """Strongly connected components, those that lie onward first (Tarjan 1972, without recursion).

    Answers the component of each node, and the members of each component.
    """
    size = len(onward)
    index, low, component = [-1] * size, [0] * size, [-1] * size
    stack: list[int] = []
    order: list[list[int]] = []
    counter = 0
    for root in range(size):
        if index[root] >= 0:
            continue
        work = [(root, 0)]
        while work:
            node, step = work.pop()
            if step == 0:
                index[node] = low[node] = counter
                counter += 1
                stack.append(node)
            if step < len(onward[node]):
                work.append((node, step + 1))
                after = onward[node][step]
                if index[after] < 0:
                    work.append((after, 0))
                elif component[after] < 0:
                    low[node] = min(low[node], index[after])
                continue
            for after in onward[node]:
                if component[after] < 0:
                    low[node] = min(low[node], low[after])
            if low[node] == index[node]:
                members = []
                while True:
                    member = stack.pop()
                    component[member] = len(order)
                    members.append(member)
                    if member == node:
                        break
                order.append(members)
    return component, order
