"""What to buy: ``portfolio``. It imports the engine only, never Django; HiGHS when the question is asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from holdfast.commands.engine import _print_json, _read

if TYPE_CHECKING:
    from holdfast.engine.hazards import Hazard
    from holdfast.engine.options import Options
    from holdfast.engine.twin import Twin


@click.command()
@click.argument("twin")
@click.argument("options")
@click.option(
    "--frontier", is_flag=True, help="What each budget could buy at best against the expected loss of a year."
)
@click.option("--category", help="With --frontier: the loss in this category; default: the first by code point.")
@click.option("--years", type=int, default=1_000, show_default=True, help="With --frontier: how many years to draw.")
@click.option("--seed", type=int, default=1, show_default=True, help="With --frontier: of the years.")
@click.option("--workers", type=int, help="With --frontier: threads; they do not change the answer.")
@click.option(
    "--horizon", type=float, help="Hours that each planning scenario looks ahead; default: its own, else 2160."
)
@click.option("--seconds", type=float, help="Stop searching after these and tell the gap; default: until it is proven.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def portfolio(
    twin: str,
    options: str,
    frontier: bool,
    category: str | None,
    years: int,
    seed: int,
    workers: int | None,
    horizon: float | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """What to buy: the cheapest of OPTIONS that keep what must be kept, in the model TWIN.

    Kept is a process that no planning scenario stops for longer than its maximum tolerable period of disruption (MTPD).
    """
    from holdfast.commands.engine_text import node_names
    from holdfast.engine.hazards import read_hazards
    from holdfast.engine.options import read_options
    from holdfast.engine.twin import read_twin

    data, asked = _read(twin), _read(options)
    model = read_twin(data, twin)
    hazards = read_hazards(data, model, twin)
    question = read_options(asked, model, hazards, options, horizon)
    begun = time.monotonic()

    def enough() -> bool:
        return seconds is not None and time.monotonic() - begun > seconds

    if frontier:
        _frontier(model, hazards, question, category, years, seed, workers, enough, as_json)
        return
    from holdfast.engine.best_buy import best_buy

    found = best_buy(model, question, _told(), enough=enough)
    if as_json:
        _print_json(found.as_json())
        return
    from holdfast.commands.portfolio_text import best_buy_text, scenario_names

    click.echo(best_buy_text(found, node_names(data), scenario_names(asked)), nl=False)


def _frontier(
    model: Twin,
    hazards: tuple[Hazard, ...],
    question: Options,
    category: str | None,
    years: int,
    seed: int,
    workers: int | None,
    enough: Callable[[], bool],
    as_json: bool,
) -> None:
    from holdfast.engine.frontier import frontier

    found = frontier(model, hazards, question, years, seed, category, workers, enough=enough)
    if as_json:
        _print_json(found.as_json())
        return
    from holdfast.commands.portfolio_text import frontier_text

    drawn = f"{years:,} years drawn, seed {seed}" if hazards else "the planning scenarios, for the model has no hazards"
    click.echo(frontier_text(found, question, drawn), nl=False)


def _told() -> Callable[[float, float | None], None] | None:
    """Progress on standard error, where a person looks at it."""
    if not sys.stderr.isatty():
        return None

    def tell(bound: float, cost: float | None) -> None:
        best = "none known yet" if cost is None else f"best known {cost:,.0f}"
        print(f"\rat least {bound:,.0f}, {best}    ", end="", file=sys.stderr, flush=True)

    return tell
