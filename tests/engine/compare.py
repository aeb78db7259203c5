"""The engine against the slow reference on many random models: `python -m tests.engine.compare 20000 [FIRST_SEED]`.

Prints how many were compared and what they contained; stops at the first difference with exit 1, after making the
model as small as it can.
"""

from __future__ import annotations

import copy
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from holdfast.engine.cascade import cascade as engine_cascade
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin
from tests.engine.reference import cascade as reference_cascade
from tests.engine.reference import components, read_node
from tests.strategies import random_case

Json = dict[str, Any]


def by_engine(twin: Json, scenario: Json) -> Json:
    read = read_twin(json.dumps(twin))
    return engine_cascade(read, read_scenario(json.dumps(scenario), read)).as_json()


def differences(engine: Any, reference: Any, path: str = "") -> list[str]:
    """Where two answers differ: exactly, except that costs may differ by 1e-9 of their size."""
    if isinstance(engine, dict) and isinstance(reference, dict):
        if engine.keys() != reference.keys():
            return [f"{path}: keys {sorted(engine)} and {sorted(reference)}"]
        return [d for key in engine for d in differences(engine[key], reference[key], f"{path}.{key}")]
    if isinstance(engine, (list, tuple)) and isinstance(reference, (list, tuple)):
        if len(engine) != len(reference):
            return [f"{path}: {engine} and {reference}"]
        pairs = enumerate(zip(engine, reference, strict=True))
        return [d for n, (e, r) in pairs for d in differences(e, r, f"{path}[{n}]")]
    if ".cost." in path:
        return [] if math.isclose(engine, reference, rel_tol=1e-9) else [f"{path}: {engine} and {reference}"]
    same = engine == reference and isinstance(engine, bool) == isinstance(reference, bool)
    return [] if same else [f"{path}: {engine!r} and {reference!r}"]


def disagreement(twin: Json, scenario: Json) -> list[str]:
    """What differs between the engine (named first) and the reference for this case; empty where they agree."""
    return differences(by_engine(twin, scenario), reference_cascade(twin, scenario))


def features(twin: Json, answer: Json) -> Iterator[str]:
    """What makes this case worth comparing."""
    if components({n["id"]: read_node(n) for n in twin["nodes"]}):
        yield "circles"
    if any(g.get("fallbacks") for n in twin["nodes"] for g in n["requirements"]):
        yield "fallbacks"
    outages = [o for node in answer["nodes"].values() for o in node.get("outages", [])]
    if outages:
        yield "outages"
    if any(o["open"] for o in outages):
        yield "open outages"
    if any(len(o["cause"]) > 3 for o in outages):
        yield "chains of four or more"
    yield from (name for name in ("contentions", "deadlocks", "unsettled") if answer[name])


def without(twin: Json, scenario: Json, *place: Any) -> tuple[Json, Json]:
    """A copy of the case without what is at this place, such as ("hits", 0) or ("nodes", 2, "restart")."""
    pair = copy.deepcopy((twin, scenario))
    target: Any = pair[1] if place[0] in pair[1] else pair[0]
    for step in place[:-1]:
        target = target[step]
    del target[place[-1]]
    return pair


def smaller(twin: Json, scenario: Json) -> Iterator[tuple[Json, Json]]:
    """The case with one thing left out, in every way that stays valid."""
    for n in range(len(scenario["hits"])):
        yield without(twin, scenario, "hits", n)
    needed = {hit["node"] for hit in scenario["hits"]}
    for node in twin["nodes"]:
        for g in node["requirements"]:
            needed |= {x["node"] for x in g["supply"] + g.get("fallbacks", [])}
    for n, node in enumerate(twin["nodes"]):
        if node["id"] not in needed and len(twin["nodes"]) > 1:
            yield without(twin, scenario, "nodes", n)
        for field in ("restart", "impact", "rto", "mtpd", "priority", "minimum_level", "tags"):
            if field in node:
                yield without(twin, scenario, "nodes", n, field)
        for m, g in enumerate(node["requirements"]):
            yield without(twin, scenario, "nodes", n, "requirements", m)
            for field in ("tolerance", "quorum", "fallbacks"):
                if field in g:
                    yield without(twin, scenario, "nodes", n, "requirements", m, field)
            for k in range(len(g.get("fallbacks", []))):
                yield without(twin, scenario, "nodes", n, "requirements", m, "fallbacks", k)
            for j in range(len(g["supply"]) if len(g["supply"]) > 1 else 0):
                less = without(twin, scenario, "nodes", n, "requirements", m, "supply", j)
                left = less[0]["nodes"][n]["requirements"][m]
                left["needs"] = min(left["needs"], math.fsum(x["weight"] for x in left["supply"]))
                left["quorum"] = min(left.get("quorum", 0), left["needs"])
                yield less


def minimised(twin: Json, scenario: Json) -> tuple[Json, Json]:
    """A smallest case that still disagrees, by leaving things out one at a time."""
    found = True
    while found:
        found = False
        for less in smaller(twin, scenario):
            if disagreement(*less):
                twin, scenario = less
                found = True
                break
    return twin, scenario


def compare(count: int, first: int = 0) -> Counter[str]:
    """Compare the cases of `count` seeds; raises AssertionError with a small case where the two disagree."""
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        twin, scenario = random_case(seed)
        answer = reference_cascade(twin, scenario)
        found = differences(by_engine(twin, scenario), answer)
        if found:
            twin, scenario = minimised(twin, scenario)
            raise AssertionError(
                f"seed {seed}: engine and reference differ\n"
                + "\n".join(disagreement(twin, scenario))
                + f"\ntwin {json.dumps(twin, ensure_ascii=False)}\nscenario {json.dumps(scenario, ensure_ascii=False)}"
            )
        seen.update(["models", *features(twin, answer)])
    return seen


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 3_000
    first = int(arguments[1]) if len(arguments) > 1 else 0
    try:
        seen = compare(count, first)
    except AssertionError as difference:
        print(difference)
        return 1
    print(f"{seen.pop('models')} random models compared, all equal; of these with")
    for name, number in seen.most_common():
        print(f"  {number:7d} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
