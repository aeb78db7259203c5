"""``python -m benchmarks NAME …`` runs one benchmark; ``python -m benchmarks --help`` names them."""

from __future__ import annotations

import sys
from importlib import import_module

BENCHMARKS = {
    "importing": "44,000 persons and 5,000 processes taken in while somebody else writes",
    "claiming": "jobs claimed and ended in a second, by one worker and by several",
    "workbooks": "a workbook of 100,000 rows read and checked row by row beside the bare read of the same file",
    "cascade": "one scenario of a twin of 10,000 nodes: the engine beside SimPy, plain Python, networkx and rustworkx",
    "engine": "the speed to reach: years, weak points, minimal pairs, first start and memory beside peers",
    "portfolio": "the cheapest of 60 options on a twin of 10,000 nodes: the proof, its time, and greedy beside it",
    "plans": "1,000 plans of 20 pages on paper by the job, and one process beside WeasyPrint on the same content",
    "pages": "what a reader waits for: from a click to the picture of the answer, and what a first load weighs",
}
USAGE = "usage: python -m benchmarks NAME [OPTION …]\n\n" + "\n".join(
    f"  {name:<10} {what}" for name, what in BENCHMARKS.items()
)


def main(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    name, *rest = words
    if name not in BENCHMARKS:
        print(f"no benchmark {name}\n\n{USAGE}", file=sys.stderr)
        return 2
    status: int = import_module(f"benchmarks.{name}").main(rest)
    return status


sys.exit(main(sys.argv[1:]))
