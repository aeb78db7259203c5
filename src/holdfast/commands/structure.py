"""Questions to the organisation in the database in use: ``functions``."""

from __future__ import annotations

import json
from datetime import date

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import BadInput


@click.command("functions")
@click.option("--at", "at", metavar="DATE", help="The day that is asked for, as 2008-10-01; default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def functions(at: str | None, as_json: bool) -> None:
    """The critical functions, in their order: which processes serve each, and whether plans cover it.

    Covered: at least one process serves it, and each of its processes has an approved, tested, current plan with every
    task held.
    """
    ready_database()
    from holdfast.organization import clock
    from holdfast.readiness.plans.coverage import covered_functions

    try:
        on = date.fromisoformat(at) if at else clock.today()
    except ValueError:
        raise BadInput(f"--at: wanted a date such as 2008-10-01, got “{at}”") from None
    found = covered_functions(on)
    if as_json:
        click.echo(json.dumps({"functions": found}, ensure_ascii=False))
        return
    for function in found:
        count = len(function["processes"])
        state = "covered" if function["covered"] else "tested, not covered" if function["tested"] else "not covered"
        click.echo(f"{function['id']}  {function['name']}: {count} process{'' if count == 1 else 'es'}, {state}")
    if not found:
        click.echo("No critical function is named.")
