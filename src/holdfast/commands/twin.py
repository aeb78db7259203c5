"""The organisation in the database as a model for the engine, and its saved scenarios: ``twin``, ``scenarios``."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import BadInput, Failed


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


@click.command()
@click.argument("key", required=False)
@click.option("--json", "as_json", is_flag=True, help="The list as JSON; one scenario always is.")
def scenarios(key: str | None, as_json: bool) -> None:
    """List the saved scenarios, or write the one called KEY as ``holdfast cascade`` takes it."""
    ready_database()
    from holdfast.analysis.scenarios.models import Scenario
    from holdfast.organization import clock

    kept = Scenario.objects.as_of(clock.today()).with_hits().order_by("key")
    if key is not None:
        found = kept.filter(key=key).first()
        if found is None:
            raise BadInput(f"there is no saved scenario “{key}”; without KEY they are listed")
        click.echo(json.dumps(found.as_scenario(), ensure_ascii=False, indent=1))
        return
    rows = [{"key": one.key, "name": one.name, "hits": len(one.all_hits), "horizon": one.horizon} for one in kept]
    if as_json:
        click.echo(json.dumps({"scenarios": rows}, ensure_ascii=False))
        return
    width = max((len(row["key"]) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['key']:<{width}}  {row['name']}")
    if not rows:
        click.echo("holdfast: no scenario is saved", err=True)
