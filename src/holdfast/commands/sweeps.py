"""Questions that run many scenarios of one model: ``weak-points``, ``minimal-sets``, ``feasibility``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from holdfast.commands.engine import _print_json, _read, cluster_at, scheduler_option

if TYPE_CHECKING:
    from holdfast.engine.weak_points import WeakPoints

horizon_option = click.option("--horizon", type=float, default=2_160.0, help="Hours to look ahead; default: 2160.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")


@click.command("weak-points")
@click.argument("twin")
@click.option("--duration", type=float, required=True, help="Hours for which each node is lost.")
@click.option("--category", help="Rank by the cost in this category; default: the first by code point.")
@horizon_option
@scheduler_option
@json_option
def weak_points(
    twin: str, duration: float, category: str | None, horizon: float, scheduler: str | None, as_json: bool
) -> None:
    """What the loss of each single node would do: every node of the model TWIN lost alone, from 0 on.

    Ranked by how many processes it takes past their maximum tolerable period of disruption (MTPD), then by cost.
    """
    from holdfast.engine.twin import read_twin
    from holdfast.engine.weak_points import weak_points as run

    data = _read(twin)
    with cluster_at(scheduler, data) as cluster:
        found = run(read_twin(data, twin), duration, horizon, category, cluster=cluster)
    if as_json:
        _print_points(found)
        return
    from holdfast.commands.engine_text import node_names
    from holdfast.commands.sweeps_text import weak_points_text

    click.echo(weak_points_text(found, duration, node_names(data)), nl=False)


def _print_points(found: WeakPoints) -> None:
    """The answer node by node, for that of a large model does not fit into a reasonable memory at once."""
    out = sys.stdout
    out.write('{"nodes":[')
    for rank, point in enumerate(found):
        line = json.dumps(point.as_json(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        out.write(f",{line}" if rank else line)
    out.write("]}\n")


@click.command("minimal-sets")
@click.argument("twin")
@click.option("--target", metavar="PROCESS", required=True, help="The process, by its id.")
@click.option("--order", type=int, default=3, help="How many losses at once, at most; default: 3.")
@click.option("--duration", type=float, required=True, help="Hours for which the nodes of a set are lost.")
@horizon_option
@json_option
def minimal_sets(twin: str, target: str, order: int, duration: float, horizon: float, as_json: bool) -> None:
    """Which losses together are enough to break a process: the minimal sets of nodes of the model TWIN.

    Enough is what takes the process past its maximum tolerable period of disruption (MTPD); minimal is what does so
    while no part of it does.
    """
    from holdfast.engine.minimal_sets import minimal_sets as run
    from holdfast.engine.twin import read_twin

    data = _read(twin)
    found = run(read_twin(data, twin), target, duration, order, horizon)
    if as_json:
        _print_json({"sets": found})
        return
    from holdfast.commands.engine_text import node_names
    from holdfast.commands.sweeps_text import minimal_sets_text

    click.echo(minimal_sets_text(found, target, order, duration, node_names(data)), nl=False)


@click.command()
@click.argument("twin")
@horizon_option
@scheduler_option
@json_option
def feasibility(twin: str, horizon: float, scheduler: str | None, as_json: bool) -> None:
    """Can the recovery objectives be met at all, by the restarts that the model TWIN promises?

    Each process is asked alone: it and all that it draws on are lost for one second, and the model says how long it
    takes to come back.
    """
    from holdfast.engine.feasibility import feasibility as run
    from holdfast.engine.twin import read_twin

    data = _read(twin)
    model = read_twin(data, twin)
    with cluster_at(scheduler, data) as cluster:
        found = run(model, horizon, cluster=cluster)
    if as_json:
        answer: dict[str, Any] = {"processes": [one.as_json() for one in found]}
        _print_json(answer)
        return
    from holdfast.commands.engine_text import node_names
    from holdfast.commands.sweeps_text import feasibility_text

    click.echo(feasibility_text(model, found, horizon, node_names(data)), nl=False)
