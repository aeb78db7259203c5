"""The check on the peers, so that a slow peer flatters nobody.

One year of the medium twin costs SimPy : plain Python : networkx's descendants : rustworkx's descendants about
220 : 75 : 6 : 1. A peer off by more than a third either way is marked and explained from what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

EXPECTED = {"SimPy": 220.0, "plain intervals": 75.0, "networkx": 6.0, "rustworkx": 1.0}
LOWEST, HIGHEST = 2 / 3, 4 / 3


@dataclass(frozen=True)
class Work:
    """What the peers had to do for a scenario; ``expected`` is for a medium year with the first two at one run."""

    nodes: int
    descendants: int  # nodes that the graph peers visit
    edges: int  # edges that they follow
    touched: int  # nodes whose level changed
    changes: int  # of levels, all nodes together
    runs: int  # 2 where a pool was contended for: SimPy and plain Python then run the whole scenario twice


@dataclass(frozen=True)
class Verdict:
    peer: str
    expected: float
    found: float
    off: bool
    explanation: str

    def as_json(self) -> Json:
        return {
            "peer": self.peer,
            "expected": self.expected,
            "found": self.found,
            "off": self.off,
            "explanation": self.explanation,
        }


def check_peers(seconds: dict[str, float], work: Work) -> list[Verdict]:
    """``seconds`` of each peer for the same year; a verdict for each, rustworkx being 1 by definition."""
    base = seconds["rustworkx"]
    found = []
    for peer, expected in EXPECTED.items():
        ratio = seconds[peer] / base
        off = not LOWEST <= ratio / expected <= HIGHEST
        found.append(Verdict(peer, expected, ratio, off, _explain(peer, ratio, seconds, work) if off else ""))
    return found


def _explain(peer: str, ratio: float, seconds: dict[str, float], work: Work) -> str:
    said = ["cheaper than expected, which flatters nobody" if ratio < EXPECTED[peer] else "dearer than expected"]
    if work.nodes < 5_000:
        said.append("the twin is small, so fixed costs weigh more than in the medium one")
    if peer in ("SimPy", "plain intervals"):
        share = work.changes / work.touched if work.touched else 0.0
        each = seconds[peer] / max(1, work.changes) * 1e6
        said.append(
            f"its work goes with the level changes ({work.changes:,}, {share:.1f} a touched node, {each:.0f} µs each), "
            f"that of rustworkx with the edges below the hits ({work.edges:,}), and this year has "
            f"{'many' if ratio > EXPECTED[peer] else 'few'} changes for its edges"
        )
        if work.runs > 1:
            said.append("a pool is contended for, so it runs the scenario twice")
    else:
        said.append(
            f"it follows {work.edges:,} edges at {seconds[peer] / max(1, work.edges) * 1e9:,.0f} ns each, "
            f"rustworkx at {seconds['rustworkx'] / max(1, work.edges) * 1e9:,.0f} ns"
        )
    return "; ".join(said)
