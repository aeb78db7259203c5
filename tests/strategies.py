"""Random twins and scenarios of the domain, for Hypothesis and for long seeded loops.

One description of "a random twin" serves both: it asks a `Dice` for its choices. `HypothesisDice` lets Hypothesis
choose (and shrink), `SeededDice` draws from a seeded generator, so that many thousand models can be counted.
Small whole hours are frequent on purpose: they make ties and coincidences, where mistakes hide.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

Json = dict[str, Any]
T = TypeVar("T")

# In no order, and with letters whose code points, UTF-16 units and alphabetical order disagree.
NODE_IDS = ["m", "B", "a", "z", "Z", "é", "desk-10", "desk-9", "中", "\uff5e", "\U0001d4b3", "k", "b", "0"]
KINDS = ["process", "people", "facility", "application", "infrastructure", "equipment", "record", "supplier"]
FALLBACK_STRATEGIES = ["alternate_means", "transfer", "telework", "alternate_site"]
SHAPES = ["acyclic", "back edges", "ring", "dense"]


class Dice:
    """Where a random model gets its choices from."""

    def whole(self, low: int, high: int) -> int:
        raise NotImplementedError

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.whole(0, len(choices) - 1)]

    def chance(self, percent: int) -> bool:
        # The lowest draw is "no", so that Hypothesis shrinks towards plainer models.
        return self.whole(0, 99) >= 100 - percent

    def several(self, choices: Sequence[T], low: int, high: int) -> list[T]:
        left = list(choices)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in range(min(self.whole(low, high), len(left)))]


class SeededDice(Dice):
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def whole(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


class HypothesisDice(Dice):
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def whole(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))


class TwinMaker:
    """Rolls one twin. `unit` is the step of its times in hours."""

    def __init__(self, dice: Dice, shape: str | None = None, most_nodes: int = 14, balanced: bool = False) -> None:
        self.dice = dice
        self.shape = shape or dice.pick(SHAPES)
        # One restart for every node of a ring, and tolerances equal to it: a short outage is passed on unchanged.
        self.balance = dice.pick([1, 1, 2]) if balanced else None
        self.unit = dice.pick([1, 1, 1, 1, 0.5, 0.25, 0.1, 1 / 3, 0.001])
        self.ids = dice.several(NODE_IDS, 2, most_nodes)
        while len(self.ids) < 2:
            self.ids.append(next(i for i in NODE_IDS if i not in self.ids))
        self.pools = [
            {"id": f"pool {n}", "capacity": dice.pick([0, 1, 2, 3, 0.5, 1.001, 10])} for n in range(dice.whole(0, 2))
        ]
        self.fallbacks_made = 0

    def hours(self, low: int, high: int) -> float:
        if self.dice.chance(5):
            return self.dice.whole(low * 3_600 + (1 if low else 0), high * 3_600) / 3_600
        return self.dice.whole(low, high) * self.unit

    def ranged(self, low: int, high: int) -> Any:
        """Hours, now and then given as a range of which only the mode or median counts here."""
        hours = self.hours(low, high)
        if self.dice.chance(4):
            return {"low": 0, "mode": hours, "high": hours + 5}
        if hours > 0 and self.dice.chance(2):
            return {"median": hours, "p90": hours + 4}
        return hours

    def providers(self, position: int) -> list[str]:
        """Whom the node at this position may need: only later nodes where there is to be no circle."""
        later = self.ids[position + 1 :]
        if self.shape == "acyclic":
            return later
        if self.shape == "back edges":
            return self.ids if self.dice.chance(20) else later
        if self.shape == "ring":
            return [self.ids[(position + 1) % len(self.ids)]]
        return self.ids

    def supply(self, position: int) -> list[Json]:
        dice = self.dice
        nodes = dice.several(self.providers(position), 1, 4)
        style = dice.pick(["all", "each", "seats", "fractions"])
        if style in ("all", "each"):
            return [{"node": i, "weight": 1} for i in nodes]
        if style == "seats":
            return [{"node": i, "weight": dice.whole(1, 40)} for i in nodes]
        return [{"node": i, "weight": dice.whole(1, 3_000) / 1_000} for i in nodes]

    def requirement(self, position: int, restart: float) -> Json | None:
        dice = self.dice
        supply = self.supply(position)
        if not supply:
            return None
        total = sum(round(s["weight"] * 1_000) for s in supply)
        needs = total
        if dice.chance(3 if self.balance else 50):
            least = min(round(s["weight"] * 1_000) for s in supply)
            needs = dice.pick([least, max(1, total // 2), dice.whole(1, total)])
        made: Json = {"needs": needs / 1_000, "supply": supply}
        if dice.chance(25):
            made["quorum"] = dice.pick([needs, needs, needs // 2, dice.whole(0, needs)]) / 1_000
        if self.shape == "ring" and dice.chance(98 if self.balance else 85):
            made["tolerance"] = restart
        elif dice.chance(40):
            made["tolerance"] = restart if dice.chance(40) else self.hours(0, 5)
        if dice.chance(3 if self.balance else 35):
            made["fallbacks"] = [self.fallback(position, needs / 1_000) for _ in range(dice.whole(1, 2))]
        return made

    def fallback(self, position: int, needs: float) -> Json:
        dice = self.dice
        allowed = self.ids[position + 1 :] if self.shape == "acyclic" else self.ids
        made: Json = {
            # Numbered backwards so that the order of ids is not the order of writing.
            "id": f"f{99 - self.fallbacks_made}",
            "node": dice.pick(allowed),
            "weight": dice.pick([needs, needs, max(0.001, round(needs / 2, 3)), dice.whole(1, 3_000) / 1_000]),
            "activation": self.ranged(0, 4) if dice.chance(75) else 0,
            "endurance": max(self.hours(1, 8), 1 / 3_600) if dice.chance(45) else None,
            "strategy": dice.pick(FALLBACK_STRATEGIES),
            "pool": dice.pick(self.pools)["id"] if self.pools and dice.chance(75) else None,
        }
        self.fallbacks_made += 1
        return made

    def impact(self) -> Json:
        dice = self.dice
        made: Json = {}
        for category in dice.several(["financial", "mission", "reputation"], 0, 2):
            hours, value = 0.0, dice.whole(0, 3) * 10.0
            points: list[list[float]] = [[hours, value]]
            for _ in range(dice.whole(0, 3)):
                hours += self.hours(1, 6) + 1 / 3_600
                value += dice.pick([0, 1, 7.5, 1000, 1e6])
                points.append([hours, value])
            made[category] = points
        return made

    def node(self, position: int) -> Json:
        dice = self.dice
        # Few processes in a balanced ring: each has hundreds of outages, with chains of hundreds of links.
        kind = "process" if dice.chance(1 if self.balance else 43) else dice.pick(KINDS[1:])
        made: Json = {"id": self.ids[position], "kind": kind}
        restart: Any = 0
        if self.balance:
            made["restart"] = restart = self.balance * self.unit
        elif dice.chance(45) or self.shape == "ring":
            made["restart"] = restart = self.ranged(0, 4)
        if isinstance(restart, dict):
            restart = restart.get("mode", restart.get("median"))
        if made["kind"] == "process":
            if dice.chance(60):
                made["minimum_level"] = dice.pick([1, 0.5, 0.8, 0.333, dice.whole(1, 1_000_000) / 1_000_000])
            for field, most in (("rto", 6), ("mtpd", 12)):
                if dice.chance(70):
                    made[field] = self.hours(1, most)
            if dice.chance(60):
                made["priority"] = dice.whole(1, 3)
            if dice.chance(70):
                made["impact"] = self.impact()
            if dice.chance(20):
                made["tags"] = ["function"]
        wanted = 1 if self.shape == "ring" else dice.pick([0, 1, 1, 1, 2, 3])
        requirements = [self.requirement(position, restart) for _ in range(wanted)]
        made["requirements"] = [g for g in requirements if g]
        return made

    def twin(self) -> Json:
        nodes = [self.node(position) for position in range(len(self.ids))]
        return {"nodes": nodes, "pools": self.pools}


def roll_scenario(dice: Dice, ids: Sequence[str], unit: float, long: bool = False) -> Json:
    hits = []
    for _ in range(dice.pick([1, 1, 2, 2, 3, 4, 0])):
        start = dice.whole(0, 8) * unit if dice.chance(45) else 0
        brief = dice.pick([0.25, 0.5, 1, 1.5]) if long else dice.whole(1, 10)
        duration: float | None = max(brief * unit, 1 / 3_600)
        if not long and dice.chance(15):
            duration = None
        loss = 1 if dice.chance(60) else dice.pick([0.5, 0.25, 0.1, 0.667, dice.whole(1, 1_000_000) / 1_000_000])
        hits.append({"node": dice.pick(ids), "loss": loss, "start": start, "duration": duration})
    horizon = max(dice.pick([4, 8, 12, 24, 24, 48, 48, 100]) * unit, 1 / 3_600)
    if dice.chance(5):
        horizon = dice.whole(1, 30 * 3_600) / 3_600
    return {"hits": hits, "horizon": 4_000 * unit if long else horizon}


def roll_case(dice: Dice, most_nodes: int = 14) -> tuple[Json, Json]:
    # A ring whose restarts equal its tolerances passes a short outage on for ever: seen only over a long time.
    long = dice.chance(2)
    maker = TwinMaker(dice, "ring" if long else None, 6 if long else most_nodes, balanced=long)
    twin = maker.twin()
    return twin, roll_scenario(dice, maker.ids, maker.unit, long)


def random_case(seed: int) -> tuple[Json, Json]:
    """The twin and scenario of this seed: the same on every machine."""
    return roll_case(SeededDice(seed))


@st.composite
def twins(draw: st.DrawFn, shape: str | None = None, most_nodes: int = 14) -> Json:
    """A valid twin: 2 to `most_nodes` nodes, with or without circles (`shape` is one of SHAPES)."""
    return TwinMaker(HypothesisDice(draw), shape, most_nodes).twin()


@st.composite
def scenarios(draw: st.DrawFn, twin: Json, unit: float = 1) -> Json:
    """A valid scenario for this twin: 0 to 4 hits, some at once, some without end, and a horizon."""
    return roll_scenario(HypothesisDice(draw), [n["id"] for n in twin["nodes"]], unit)


@st.composite
def cases(draw: st.DrawFn, most_nodes: int = 14) -> tuple[Json, Json]:
    """A valid twin and a scenario for it."""
    return roll_case(HypothesisDice(draw), most_nodes)


def roll_hazards(dice: Dice, nodes: Sequence[Json], unit: float) -> list[Json]:
    """One to four hazards over these nodes: several at once, shared and not, with every way of giving a figure."""
    ids = [node["id"] for node in nodes]

    def share() -> Any:
        low = dice.whole(0, 5) / 10
        return {"low": low, "mode": low + 0.25, "high": dice.pick([low + 0.25, 1.0])}

    def hours() -> Any:
        brief = max(dice.whole(1, 12) * unit, 1 / 3_600)
        return dice.pick(
            [
                brief,
                {"low": 0, "mode": brief, "high": 3 * brief},
                {"median": brief, "p90": 6 * brief + dice.whole(0, 99)},
            ]
        )

    def footprint() -> Json:
        kind = dice.pick(nodes)["kind"]
        which: Json = {"nodes": dice.several(ids, 1, 4)} if dice.chance(75) else {"select": {"kind": kind}}
        loss = dice.pick([1.0, 0.5, share(), share()])
        made = {**which, "chance": dice.pick([1.0, 0.5, 0.9]), "loss": loss, "duration": hours()}
        return made | {"shared": dice.chance(50)}

    return [
        {
            "id": f"hazard {dice.pick('zéa')}{number}",
            "rate": dice.pick([0.0, 0.3, 1.0, 2.5, 4.0, 20.0]),
            "footprints": [footprint() for _ in range(dice.whole(1, 2))],
        }
        for number in range(dice.whole(1, 4))
    ]


def roll_year(dice: Dice, most_nodes: int = 9) -> Json:
    """A twin with hazards, sites and tags, and restarts and activations that are often uncertain."""
    maker = TwinMaker(dice, most_nodes=most_nodes)
    # Long enough to run into each other within a year.
    maker.unit = dice.pick([1, 24, 24, 100])
    twin = maker.twin()
    for node in twin["nodes"]:
        node |= dice.pick([{}, {"site": "north"}, {"site": "south", "tags": ["old"]}])
    return twin | {"hazards": roll_hazards(dice, twin["nodes"], maker.unit)}


def random_year(seed: int) -> Json:
    """The twin with hazards of this seed."""
    return roll_year(SeededDice(seed))


@st.composite
def years(draw: st.DrawFn, most_nodes: int = 7) -> Json:
    """A valid twin with hazards."""
    return roll_year(HypothesisDice(draw), most_nodes)


def roll_options(dice: Dice, twin: Json, unit: float, most: int = 12) -> Json:
    """A file of options for this twin: up to `most`, of all kinds and often on the same things, and what must be kept.

    Pools are small and fallbacks of options claim them, so that one purchase can starve another. What is hit is mostly
    no process, and what is bought mostly serves one that must be kept: otherwise hardly anything would be worth buying.
    """
    ids = [node["id"] for node in twin["nodes"]]
    limited = [node["id"] for node in twin["nodes"] if node["kind"] == "process" and node.get("mtpd") is not None]
    must = dice.several(limited, 1, 3)
    hit = [node["id"] for node in twin["nodes"] if node["id"] not in limited and not node["id"].startswith("spare")]
    spare = [name for name in ids if name.startswith("spare")]
    wanting = [(node["id"], g) for node in twin["nodes"] for g in range(len(node["requirements"]))]
    served = [where for where in wanting if where[0] in must]
    pools = [pool["id"] for pool in twin["pools"]]
    needs = {(node["id"], g): r["needs"] for node in twin["nodes"] for g, r in enumerate(node["requirements"])}

    def hours(low: int, high: int) -> float:
        return dice.whole(low, high) * unit

    def option(number: int) -> Json:
        made: Json = {"id": f"o{99 - number}", "cost": dice.pick([0, 1, 2, 3, 5, 5, 8, 13.5])}
        if dice.chance(30):
            made["yearly"] = dice.pick([0.1, 1, 2.5])
        kinds = [
            "restart",
            *(["fallback"] * 4 + ["tolerance"] * 2 if wanting else []),
            *(["pool"] * 2 if pools else []),
        ]
        for kind in dice.several(kinds, 1, 2):
            if kind == "restart":
                made.setdefault("restart", {})[dice.pick(ids)] = hours(0, 3)
            elif kind == "pool":
                made.setdefault("pools", {})[dice.pick(pools)] = dice.pick([0, 1, 2, 3, 10])
            elif kind == "tolerance":
                node, g = dice.pick(served if served and dice.chance(60) else wanting)
                made.setdefault("tolerance", []).append({"node": node, "requirement": g, "hours": hours(0, 6)})
            else:
                node, g = dice.pick(served if served and dice.chance(75) else wanting)
                fallback = {
                    "id": f"bought {number} {len(made.get('fallbacks', []))}",
                    "node": dice.pick(spare if spare and dice.chance(80) else ids),
                    "weight": dice.pick(
                        [needs[node, g], needs[node, g], needs[node, g], max(0.001, needs[node, g] / 2)]
                    ),
                    "activation": hours(0, 3),
                    "endurance": hours(1, 8) if dice.chance(30) else None,
                    "pool": dice.pick(pools) if pools and dice.chance(60) else None,
                }
                made.setdefault("fallbacks", []).append({"node": node, "requirement": g, "fallback": fallback})
        return made

    return {
        "scenarios": [
            roll_scenario(dice, hit if hit and dice.chance(90) else ids, unit) for _ in range(dice.whole(1, 2))
        ],
        "must": must,
        "budget": dice.pick([None, None, 3, 20]),
        "term": dice.pick([1, 3, 5]),
        "options": [option(number) for number in range(dice.whole(1, most))],
    }


def roll_purchase(dice: Dice, most_options: int = 12, most_nodes: int = 10) -> tuple[Json, Json]:
    """A twin and options for it."""
    maker = TwinMaker(dice, dice.pick(["acyclic", "acyclic", "acyclic", None]), most_nodes=most_nodes)
    twin = maker.twin()
    if not twin["pools"] and dice.chance(60):
        twin["pools"] = [{"id": "seats", "capacity": dice.pick([0, 1, 2, 3])}]
    twin["nodes"] += [{"id": f"spare {k}", "kind": "equipment", "requirements": []} for k in range(2)]
    for node in twin["nodes"]:
        if node["kind"] == "process" and dice.chance(50):
            node["mtpd"] = dice.whole(1, 6) * maker.unit
    return twin, roll_options(dice, twin, maker.unit, most_options)


def random_purchase(seed: int, most_options: int = 12) -> tuple[Json, Json]:
    """The twin and the options of this seed."""
    return roll_purchase(SeededDice(seed), most_options)


@st.composite
def purchases(draw: st.DrawFn, most_options: int = 5, most_nodes: int = 8) -> tuple[Json, Json]:
    """A valid twin and options for it."""
    return roll_purchase(HypothesisDice(draw), most_options, most_nodes)
