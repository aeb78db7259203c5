"""Peer: what rustworkx says is touched, the bare descendants of the hit nodes on the supply graph.

The same question as ``peer_networkx`` asks, of a graph library in Rust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rustworkx as rx

Json = dict[str, Any]


@dataclass(slots=True)
class Graph:
    graph: Any
    ids: list[str]
    number: dict[str, int]


def prepare(twin: Json) -> Graph:
    """Edges lead from the supplier to who draws on it, once however many requirements name it."""
    ids = [node["id"] for node in twin["nodes"]]
    graph = rx.PyDiGraph(multigraph=False)
    number = dict(zip(ids, graph.add_nodes_from(ids), strict=True))
    graph.add_edges_from_no_data(
        [
            (number[edge["node"]], number[node["id"]])
            for node in twin["nodes"]
            for need in node.get("requirements", [])
            for edge in need["supply"]
        ]
    )
    return Graph(graph, ids, number)


def run(prepared: Graph, scenario: Json) -> set[int]:
    """The hit nodes and all that draw on them, by number."""
    graph = prepared.graph
    # A node that stands before all hit nodes, so that one search starts from all of them.
    outside = graph.add_node(None)
    graph.add_edges_from_no_data([(outside, prepared.number[hit["node"]]) for hit in scenario["hits"]])
    touched: set[int] = rx.descendants(graph, outside)
    graph.remove_node(outside)
    return touched
