"""The best buy on a twin of 10,000 nodes with 60 options: how long until it is proven, and the gap on the way.

    python -m benchmarks portfolio [--quick] [--seed N] [--options N] [--seconds S] [--json FILE]

Planning scenarios: the building of each of the first sites is lost for a week. Kept must be what those losses let
breach and what the options together can save. Buying greedily is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import machine
from benchmarks.twins import MEDIUM, QUICK, organisation
from holdfast.engine.best_buy import BestBuy, best_buy
from holdfast.engine.options import Options, read_options
from holdfast.engine.purchases import Purchases
from holdfast.engine.twin import Twin, read_twin

Json = dict[str, Any]

SITES = 3
LOST = 168.0
# So many processes must be kept: about as many as an organisation calls critical.
MUST = 30


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks portfolio", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help=f"a twin of {QUICK} nodes: figures that say little")
    parser.add_argument("--seed", type=int, default=1, help="of the twin and of the options (default 1)")
    parser.add_argument("--options", type=int, default=60, help="how many can be bought (default 60)")
    parser.add_argument("--seconds", type=float, default=300.0, help="give up after these, with a gap (default 300)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args(arguments)

    generated = organisation(given.seed, QUICK if given.quick else MEDIUM)
    twin = read_twin(generated)
    options = read_options(_question(generated, twin, given.seed, given.options), twin)
    begun = time.perf_counter()
    told: list[tuple[float, float, float | None]] = []

    def tell(bound: float, cost: float | None) -> None:
        if not told or (bound, cost) != told[-1][1:]:
            told.append((time.perf_counter() - begun, bound, cost))

    found = best_buy(twin, options, tell, enough=lambda: time.perf_counter() - begun > given.seconds)
    seconds = time.perf_counter() - begun
    figures = {
        "machine": machine("highspy", "numpy"),
        "basis": {"nodes": len(twin.nodes), **{k: getattr(given, k) for k in ("seed", "options", "quick")}},
        "must": len(options.must),
        "seconds": seconds,
        "cost": None if found.cheapest is None else found.cheapest[1],
        "bought": 0 if found.cheapest is None else len(found.cheapest[0]),
        "bound": found.bound,
        "gap": found.gap,
        "greedy": found.greedy.cost,
        "cuts": found.cuts,
        "judged": found.judged,
        "way": told,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }
    _print(figures, found, options)
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _question(generated: Json, twin: Twin, seed: int, count: int) -> Json:
    """Options for what the losses let breach, and as ``must`` those of it that they can keep when bought together."""
    dice = random.Random(seed)
    sites = sorted({node["site"] for node in generated["nodes"] if node.get("site")})
    buildings = [name for name in (f"{site}-building" for site in sites) if name in twin.place][:SITES]
    scenarios = [{"hits": [{"node": name, "loss": 1, "start": 0, "duration": LOST}]} for name in buildings]
    limited = [n["id"] for n in generated["nodes"] if n["kind"] == "process" and n.get("mtpd") is not None]
    asked: Json = {"scenarios": scenarios, "must": limited, "options": []}
    at_once = Purchases(twin, read_options(asked, twin))
    broken = sorted({process for _, process in at_once.failures(0)})
    of = {node["id"]: node for node in generated["nodes"]}
    spare = [n["id"] for n in generated["nodes"] if n["kind"] == "supplier" and not n["requirements"]]
    wanted = dice.sample(broken, min(len(broken), MUST * 2))
    asked |= {"options": _options(dice, of, wanted, spare, generated["pools"], count)}
    purchases = Purchases(twin, read_options(asked, twin))
    lost = {process for _, process in purchases.failures(purchases.everything)}
    kept = [name for name in wanted if name not in lost]
    return asked | {"must": kept[:MUST]}


def _options(dice: random.Random, of: Json, wanted: list[str], spare: list[str], pools: list[Json], count: int) -> Any:
    """A mix: one process helped in one way, several at once by a framework contract, pools enlarged."""
    made: list[Json] = []
    for number in range(count):
        option: Json = {"id": f"option {number:02}"}
        if number % 10 == 9 and pools:
            pool = pools[number // 10 % len(pools)]
            option |= {"pools": {pool["id"]: pool["capacity"] * 2}, "cost": dice.randint(20, 60)}
        else:
            served = [wanted[number % len(wanted)], *dice.sample(wanted, dice.choice([0, 1, 3, 5]))]
            fallbacks = []
            for name in dict.fromkeys(served):
                for g, r in enumerate(of[name]["requirements"]):
                    fallback = {
                        "id": f"{number} {name} {g}",
                        "node": dice.choice(spare),
                        "weight": r["needs"],
                        "activation": dice.choice([0, 1, 2, 4]),
                    }
                    fallbacks.append({"node": name, "requirement": g, "fallback": fallback})
            option |= {"fallbacks": fallbacks, "cost": dice.randint(5, 15) * (1 + len(served))}
        made.append(option)
    return made


def _print(figures: Json, found: BestBuy, options: Options) -> None:
    about, basis = figures["machine"], figures["basis"]
    print(f"{about['date']} · {about['cores']} cores, {about['processor']} · {about['system']} · {about['python']}")
    print(
        f"generated twin, seed {basis['seed']}, {basis['nodes']:,} nodes; {basis['options']} options, "
        f"{len(options.scenarios)} scenarios, {figures['must']} processes to be kept"
    )
    if found.cheapest is None:
        print(f"no set found; bound {found.bound}")
    else:
        print(
            f"cost {figures['cost']:,.0f} for {figures['bought']} options, bound {figures['bound']:,.1f}, gap "
            f"{figures['gap']:.2%}, {figures['seconds']:.1f} s, {figures['cuts']} cuts, {figures['judged']} sets judged"
        )
    by_hand = "gets stuck" if found.greedy.cost is None else f"{found.greedy.cost:,.0f}"
    print(f"greedy: {by_hand}")
    for seconds, bound, cost in figures["way"]:
        print(f"  after {seconds:6.2f} s: bound {bound:,.1f}, best known {'none' if cost is None else f'{cost:,.0f}'}")
    print(f"memory at most: {figures['memory_mb']:,.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
