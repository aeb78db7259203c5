"""Peer: what networkx says is touched, the bare descendants of the hit nodes on the supply graph.

No time, no levels, no fallbacks: this is the least that anyone could ask of the graph.
"""

from __future__ import annotations

from typing import Any

import networkx as nx

Json = dict[str, Any]

# Stands before all hit nodes, so that one search starts from all of them.
OUTSIDE = ""


def prepare(twin: Json) -> nx.DiGraph:
    """Edges lead from the supplier to who draws on it."""
    graph = nx.DiGraph()
    graph.add_nodes_from(node["id"] for node in twin["nodes"])
    graph.add_edges_from(
        (edge["node"], node["id"])
        for node in twin["nodes"]
        for need in node.get("requirements", [])
        for edge in need["supply"]
    )
    return graph


def run(graph: nx.DiGraph, scenario: Json) -> set[str]:
    """The hit nodes and all that draw on them, directly or not."""
    graph.add_edges_from((OUTSIDE, hit["node"]) for hit in scenario["hits"])
    touched: set[str] = nx.descendants(graph, OUTSIDE)
    graph.remove_node(OUTSIDE)
    return touched
