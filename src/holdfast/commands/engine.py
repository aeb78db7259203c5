"""Questions to a model in a file: ``cascade``, ``check``, ``year``. They import the engine only, never Django."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.engine.errors import InputError

if TYPE_CHECKING:
    from holdfast.engine.cluster import Cluster

Answer = dict[str, Any]


def _read(path: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Raises InputError."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise InputError("", f"cannot be read: {error.strerror or error}", path) from None


def _print_json(answer: Answer) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


@click.command()
@click.argument("twin", required=False)
@click.argument("scenario", required=False)
@click.option("--horizon", type=float, help="Hours to look ahead; default: the scenario's own, else 2160.")
@click.option(
    "--batch", metavar="FILE", help='One JSON object a line, {"twin", "scenario"}; one answer a line, in order.'
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def cascade(twin: str | None, scenario: str | None, horizon: float | None, batch: str | None, as_json: bool) -> None:
    """What fails, when and why, if the hits of SCENARIO strike the model TWIN.

    Both are JSON files (- reads standard input). Times are hours from the start of the scenario.
    """
    if batch is not None:
        if twin is not None:
            raise click.UsageError("--batch takes the place of TWIN and SCENARIO")
        _cascade_batch(batch, horizon)
        return
    if twin is None or scenario is None:
        raise click.UsageError("wanted two files: TWIN and SCENARIO")
    from holdfast.engine.cascade import cascade as run
    from holdfast.engine.scenario import read_scenario
    from holdfast.engine.twin import read_twin

    data = _read(twin)
    model = read_twin(data, twin)
    question = read_scenario(_read(scenario), model, scenario, horizon)
    result = run(model, question)
    if as_json:
        _print_json(result.as_json())
    else:
        from holdfast.commands.engine_text import cascade_text, node_names

        click.echo(cascade_text(result, node_names(data)), nl=False)


def _cascade_batch(path: str, horizon: float | None) -> None:
    from holdfast.engine.cascade import cascade as run
    from holdfast.engine.reading import decode
    from holdfast.engine.scenario import read_scenario
    from holdfast.engine.twin import read_twin

    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            question = decode(line, dict[str, Any], where)
            for key in ("twin", "scenario"):
                if not isinstance(question.get(key), dict):
                    raise InputError(key, "wanted an object" if key in question else "is missing", where)
            twin = read_twin(question["twin"], f"{where}: twin")
            scenario = read_scenario(question["scenario"], twin, f"{where}: scenario", horizon)
            _print_json(run(twin, scenario).as_json())
        except InputError as error:
            _print_json({"error": str(error)})
        sys.stdout.flush()


@click.command()
@click.argument("twin")
@click.option("--json", "as_json", is_flag=True, help="Print the complaints as JSON.")
def check(twin: str, as_json: bool) -> None:
    """What is doubtful about the model TWIN: each complaint names its check, the node and the place in the file.

    Exit status 1 if there is any complaint.
    """
    from holdfast.engine.checks import check as run
    from holdfast.engine.twin import read_twin

    complaints = run(read_twin(_read(twin), twin))
    if as_json:
        _print_json({"complaints": [complaint.as_json() for complaint in complaints]})
    else:
        for complaint in complaints:
            click.echo(f"{complaint.node or '-'}: {complaint.message} [{complaint.check}, {complaint.path}]")
        click.echo(
            f"{len(complaints)} complaint{'' if len(complaints) == 1 else 's'}." if complaints else "No complaints."
        )
    if complaints:
        raise click.exceptions.Exit(1)


scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS", help="A Dask scheduler that hands the work to many machines; the same answer."
)


@contextmanager
def cluster_at(address: str | None, data: bytes) -> Iterator[Cluster | None]:
    """The workers of a scheduler for the model in ``data``; None where none was asked for."""
    if address is None:
        yield None
        return
    from holdfast.engine.cluster import Cluster

    with Cluster(address, data) as cluster:
        yield cluster


@click.command()
@click.argument("twin")
@click.option("--years", type=int, default=10_000, show_default=True, help="How many years to draw.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed meets the same disasters.")
@click.option("--workers", type=int, help="Threads; the answer is the same for any number. Default: as many as serve.")
@click.option(
    "--horizon", type=float, default=10_920.0, show_default=True, help="Hours that a year's scenario looks at."
)
@scheduler_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def year(
    twin: str, years: int, seed: int, workers: int | None, horizon: float, scheduler: str | None, as_json: bool
) -> None:
    """What a year looks like under the hazards of the model TWIN: who is stopped how long, and what it costs.

    Thousands of years are drawn from the hazards, and each is run as a cascade.
    """
    from holdfast.engine.hazards import read_hazards
    from holdfast.engine.twin import read_twin
    from holdfast.engine.year import year as run

    data = _read(twin)
    model = read_twin(data, twin)
    hazards = read_hazards(data, model, twin)
    with cluster_at(scheduler, data) as cluster:
        answer = run(model, hazards, years, seed, workers, _counted(), horizon=horizon, cluster=cluster)
    if as_json:
        _print_json(answer.as_json())
    else:
        from holdfast.commands.engine_text import node_names
        from holdfast.commands.year_text import year_text

        click.echo(year_text(answer, node_names(data)), nl=False)


def _counted() -> Callable[[int, int], None] | None:
    """Progress on standard error, where a person looks at it."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, years: int) -> None:
        end = "\n" if done == years else ""
        print(f"\r{done:,} of {years:,} years", end=end, file=sys.stderr, flush=True)

    return tell
