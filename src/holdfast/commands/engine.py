"""Questions to a model in a file: ``cascade``, ``check``, ``year``. They import the engine only, never Django."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from holdfast.engine.errors import InputError

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
