"""Writes a generated twin to a file: ``python -m benchmarks.twins medium --seed 1 --out medium.json``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.twins import LARGE, MEDIUM, QUICK, organisation, small


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twins", description="Write a generated twin as JSON.")
    parser.add_argument("size", choices=("small", "quick", "medium", "large"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a file; standard output if not given")
    given = parser.parse_args(arguments)
    sizes = {"quick": QUICK, "medium": MEDIUM, "large": LARGE}
    twin = small(given.seed) if given.size == "small" else organisation(given.seed, sizes[given.size])
    text = json.dumps(twin, ensure_ascii=False, separators=(",", ":"))
    if given.out is None:
        print(text)
    else:
        given.out.write_text(text + "\n", encoding="utf-8")
        edges = sum(len(need["supply"]) for node in twin["nodes"] for need in node["requirements"])
        print(f"{given.out}: {len(twin['nodes']):,} nodes, {edges:,} supply edges", file=sys.stderr)
    return 0


sys.exit(main())
