"""``holdfast twin``: the organisation in the database as a model for the engine."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import Failed


@click.command()
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="As of this day (ISO 8601); default: today.")
@click.option("--json", "as_json", is_flag=True, help="The same: the answer is always JSON.")
def twin(out: Path | None, at: datetime.datetime | None, as_json: bool) -> None:
    """Write the organisation as a model: what serves on a day, and what it needs.

    Where what serves cannot meet a requirement, because a provider is only proposed or closed, standard error says so.
    """
    ready_database()
    from holdfast.analysis.model.twin import build_twin
    from holdfast.organization import clock

    built = build_twin(at.date() if at else clock.today())
    for gap in built.pop("gaps"):
        click.echo(f"holdfast: {gap['message']}", err=True)
    text = json.dumps(built, ensure_ascii=False, indent=1) + "\n"
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failed(f"{out} cannot be written: {error.strerror}") from error
    click.echo(f"holdfast: {len(built['nodes'])} nodes and {len(built['pools'])} pools in {out}", err=True)
