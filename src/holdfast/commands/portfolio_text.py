"""The answers about buying as text for a terminal: what, what for, what happens without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from holdfast.commands.engine_text import duration
from holdfast.engine import grid
from holdfast.engine.best_buy import BestBuy
from holdfast.engine.frontier import Frontier
from holdfast.engine.options import Options

Names = dict[str, str]

# What fits a screen; --json prints all.
SHOWN = 20
# Processes named for one option; the rest is counted.
NAMED = 4


class _Scenario(msgspec.Struct):
    name: Any = None


class _Scenarios(msgspec.Struct):
    scenarios: list[_Scenario] = []


def scenario_names(options: bytes) -> list[str]:
    """The names that the file gives its planning scenarios, else their numbers."""
    found = msgspec.json.decode(options, type=_Scenarios).scenarios
    return [one.name if isinstance(one.name, str) else f"scenario {s}" for s, one in enumerate(found)]


def best_buy_text(found: BestBuy, names: Names, scenarios: Sequence[str]) -> str:
    """The verdict, each option with what it is for, what gets worse, and what greedy would have bought."""
    options = found.options
    lines = [
        f"{len(options.options)} options, {len(options.scenarios)} planning scenarios, {len(options.must)} processes "
        f"to be kept within their maximum tolerable period of disruption (MTPD); costs over {options.term:g} years.",
        "",
        *_before(found, names, scenarios),
        *_verdict(found, names, scenarios),
    ]
    if found.cheapest is not None and found.cheapest[0]:
        lines += ["", *_what_for(found, names, scenarios)]
    if found.worsened:
        lines += ["", "What it makes worse:"]
        for one in found.worsened[:SHOWN]:
            lines.append(
                f"  {names.get(one.process, one.process)} in “{scenarios[one.scenario]}”: down for "
                f"{_time(one.after)} instead of {_time(one.before)}{', beyond its MTPD' if one.breaches else ''}"
            )
        lines += _more(len(found.worsened))
    lines += ["", _greedy(found)]
    return "\n".join(lines) + "\n"


def _before(found: BestBuy, names: Names, scenarios: Sequence[str]) -> list[str]:
    if not found.before:
        return ["With nothing bought all of them are kept."]
    lines = ["With nothing bought these are down for too long:"]
    for s, process, longest in found.before[:SHOWN]:
        lines.append(f"  {names.get(process, process)} in “{scenarios[s]}”: {_time(longest)}")
    return [*lines, *_more(len(found.before)), ""]


def _verdict(found: BestBuy, names: Names, scenarios: Sequence[str]) -> list[str]:
    if found.bound is None:
        lines = ["Nothing on the list keeps all of them."]
        for one in found.hopeless[:SHOWN]:
            how = "whatever is bought" if one.alone else "even with everything bought, and no choice keeps all"
            lines.append(f"  {names.get(one.process, one.process)} in “{scenarios[one.scenario]}” is not kept, {how}")
        return [*lines, *_more(len(found.hopeless))]
    if found.cheapest is None:
        return [f"No set that keeps all is known yet; any would cost at least {found.bound:,.2f}."]
    bought, cost = found.cheapest
    sure = (
        "which is proven to be the least"
        if not found.gap
        else f"and none costs less than {found.bound:,.2f} (gap {found.gap:.2%})"
    )
    if found.bought is None:
        lines = [
            f"Not feasible within the budget of {found.options.budget:,.2f}: the cheapest set known costs "
            f"{cost:,.2f}, {sure}."
        ]
        if found.options.budget is not None and found.bound <= found.options.budget:
            lines.append("That there is none within the budget is not proven.")
        return lines
    if not bought:
        return ["Nothing needs to be bought."]
    return [f"The best buy costs {cost:,.2f}, {sure}."]


def _what_for(found: BestBuy, names: Names, scenarios: Sequence[str]) -> list[str]:
    cost = {option.id: price for option, price in zip(found.options.options, found.options.cost, strict=True)}
    lines = ["It buys:" if found.bought is not None else "That set buys:"]
    for need in found.needs:
        lines.append(f"  {_name(found.options, need.option)} ({cost[need.option]:,.2f})")
        for s, process, longest in need.without[:NAMED]:
            lines.append(
                f"      without it {names.get(process, process)} would be down for {_time(longest)} in “{scenarios[s]}”"
            )
        if len(need.without) > NAMED:
            lines.append(f"      and {len(need.without) - NAMED} more would not be kept")
    return lines


def _greedy(found: BestBuy) -> str:
    greedy = found.greedy
    if greedy.cost is None:
        after = f" after buying {len(greedy.bought)}" if greedy.bought else ""
        return f"Buying the best value first, one after the other, gets stuck{after}: it keeps not all."
    same = found.cheapest is not None and greedy.cost - found.cheapest[1] <= 1e-9 * greedy.cost
    if same or found.cheapest is None:
        return f"Buying the best value first would cost the same here: {greedy.cost:,.2f}."
    more = greedy.cost - found.cheapest[1]
    share = f" ({more / found.cheapest[1]:.0%})" if found.cheapest[1] else ""
    return (
        f"Buying the best value first, one after the other, would cost {greedy.cost:,.2f}: {more:,.2f} more{share}. "
        f"It would buy {', '.join(_name(found.options, one) for one in greedy.bought)}."
    )


def frontier_text(found: Frontier, options: Options, drawn: str) -> str:
    """The points, each with what it adds to and drops from the one before."""
    lines = [f"Expected loss a year ({found.category or 'the model has no impact'}), over {drawn}."]
    how = f"all {found.tried:,} sets" if found.exact else f"the best of {found.tried:,} sets tried"
    lines += [f"Each line is {how} within its budget.", ""]
    before: set[str] = set()
    for point in found.points:
        bound = "" if found.exact or point.bound is None else f"   (no set loses less than {point.bound:,.2f})"
        lines.append(f"  {point.budget:>14,.2f}  {point.expected_loss:>16,.2f}{bound}")
        now = set(point.bought)
        for sign, some in (("+", now - before), ("-", before - now)):
            lines += [f"      {sign} {_name(options, one)}" for one in sorted(some)]
        before = now
    return "\n".join(lines) + "\n"


def _name(options: Options, key: str) -> str:
    option = next(option for option in options.options if option.id == key)
    return option.name if isinstance(option.name, str) and option.name else key


def _time(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else duration(grid.hours(seconds))


def _more(count: int) -> list[str]:
    return [f"  … and {count - SHOWN} more; --json prints all"] if count > SHOWN else []
