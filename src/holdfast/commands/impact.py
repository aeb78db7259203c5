"""The impact analysis of a unit as a workbook: ``impact-workbook``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdfast.commands.exchange import Bar, write_file
from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import BadInput, Failed

if TYPE_CHECKING:
    from holdfast.analysis.impact.models import Analysis
    from holdfast.exchange.impact.found import Found


@click.command("impact-workbook")
@click.argument("analysis", metavar="ANALYSIS")
@click.option("--out", metavar="FILE", help="Write the workbook of the analysis there.")
@click.option("--take-in", "given", metavar="FILE", help="Take in the workbook that was filled in.")
@click.option(
    "--preview", "only_preview", is_flag=True, help="With --take-in: show what would be done, and do nothing."
)
@click.option(
    "--keep",
    type=click.Choice(["file", "database"]),
    help="With --take-in: what stays where both have changed the same field.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def impact_workbook(
    analysis: str, out: str | None, given: str | None, only_preview: bool, keep: str | None, as_json: bool
) -> None:
    """Writes the workbook of an impact analysis (by its key), or takes in one that was filled in.

    All or nothing, in one short transaction. What only the file or only the database has changed is merged; where both
    have, and not alike, --keep says which stays. Where the file has problems each is named with its place, exit 2, and
    nothing is changed.
    """
    if (out is None) == (given is None):
        raise click.UsageError("wanted --out FILE or --take-in FILE")
    if given is None and (only_preview or keep):
        raise click.UsageError("--preview and --keep go with --take-in FILE")
    ready_database()
    from holdfast.analysis.impact.models import Analysis

    found = Analysis.objects.select_related("unit", "campaign__unit", "agreement").filter(key=analysis).first()
    if found is None:
        raise BadInput(f"there is no impact analysis with the key “{analysis}”")
    if out is not None:
        _write(found, Path(out), as_json)
    else:
        _take_in(found, Path(str(given)), only_preview, keep, as_json)


def _write(analysis: Analysis, path: Path, as_json: bool) -> None:
    from django.utils.translation import gettext

    from holdfast.exchange.impact.exporting import impact_workbook as written
    from holdfast.formats.tables import Unreadable
    from holdfast.organization.accounts.models import System

    try:
        data = written(System("holdfast impact-workbook"), analysis)
    except Unreadable as error:
        raise Failed(error.said.text(gettext)) from error
    write_file(path, data)
    processes = analysis.processes.count()
    if as_json:
        click.echo(json.dumps({"file": str(path), "analysis": analysis.key, "processes": processes}))
    else:
        click.echo(f"{path}: {analysis.title}, {processes} processes")


def _take_in(analysis: Analysis, path: Path, only_preview: bool, keep: str | None, as_json: bool) -> None:
    from holdfast.exchange.impact.applying import take_in
    from holdfast.exchange.impact.comparing import preview
    from holdfast.exchange.importing import BadFile, Refused
    from holdfast.exchange.writing import Overtaken
    from holdfast.organization.accounts.models import System

    by, bar = System("holdfast impact-workbook"), Bar()
    try:
        data = path.read_bytes()
        found = preview(by, analysis, data, path.name, keep=keep or "", progress=bar)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    except BadFile as error:
        raise BadInput(f"{path}: {error}") from None
    finally:
        bar.end()
    _refuse(found, path, as_json, only_preview)
    if not only_preview:
        try:
            take_in(by, found, bar)
        except (Overtaken, Refused) as error:
            raise Failed(f"{error} Nothing was taken in.") from error
        finally:
            bar.end()
    if as_json:
        click.echo(json.dumps({**found.as_json(), "applied": not only_preview}, ensure_ascii=False))
    else:
        click.echo(_text(found, "would be" if only_preview else "were"))


def _refuse(found: Found, path: Path, as_json: bool, only_preview: bool) -> None:
    """Names every problem, and every field that two have changed."""
    undecided = [(item, clash) for item, clash in found.clashes if not clash.chosen]
    if not found.problems and (not undecided or only_preview):
        return
    if as_json:
        click.echo(json.dumps({**found.as_json(), "applied": False}, ensure_ascii=False))
    for problem in found.problems:
        click.echo(f"{path}: {problem}", err=True)
    if found.more_problems:
        click.echo(f"and {found.more_problems} more", err=True)
    for item, clash in undecided:
        said = f"the file says {clash.file!r}, the database {clash.database!r}, and it was {clash.was!r}"
        click.echo(f"{path}: sheet “{item.sheet}”, row {item.number}, {clash.label}: {said}", err=True)
    if undecided and not found.problems:
        raise BadInput("nothing was taken in: say --keep file or --keep database")
    raise BadInput("nothing was taken in")


def _text(found: Found, were: str) -> str:
    lines = []
    for sheet in found.sheets:
        count = found.count(sheet)
        lines.append(
            f"{sheet}: {count['new']} {were} made, {count['changed']} {were} changed, {count['removed']} {were} taken "
            f"out, {count['unchanged']} are as they were"
            + (f", {count['clashes']} fields were changed by two" if count["clashes"] else "")
        )
    return "\n".join(lines)
