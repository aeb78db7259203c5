"""Rows in and out of the database in use: ``import``, ``export``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import BadInput, Failed

if TYPE_CHECKING:
    from holdfast.exchange.preview import Preview
    from holdfast.formats.tables import Document


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--preview", "only_preview", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def import_(files: tuple[str, ...], only_preview: bool, as_json: bool) -> None:
    """Takes rows in: JSON files, each with tables of its own, or one workbook (.xlsx). - reads standard input.

    All or nothing, in one short transaction. Rows that no file mentions stay, and nothing is deleted. Where a file has
    problems, each is named with its place, exit 2, and nothing is changed.
    """
    ready_database()
    from holdfast.exchange.importing import apply, preview
    from holdfast.exchange.writing import Overtaken
    from holdfast.organization.accounts.models import System

    by = System("holdfast import")
    document, sources = _read(files)
    bar = Bar()
    found = preview(by, document, bar)
    bar.end()
    if found.problems:
        if as_json:
            _print_json(found, applied=False)
        for problem in found.problems:
            click.echo(f"{sources.get(problem.table, document.name)}: {problem}", err=True)
        if found.more_problems:
            click.echo(f"and {found.more_problems} more", err=True)
        raise BadInput("nothing was taken in")
    # What the rows are called has to be said before they get their new versions.
    if not only_preview:
        try:
            apply(by, found, bar)
        except Overtaken as error:
            raise Failed(f"{error} Nothing was taken in; import again.") from error
        finally:
            bar.end()
    if as_json:
        _print_json(found, applied=not only_preview)
    else:
        click.echo(_text(found, "would be" if only_preview else "were"))


@click.command("export")
@click.option("--out", "out", metavar="FILE", help="Where to write; default: standard output.")
@click.option("--types", metavar="NAMES", help="Tables to write, with commas between; default: all.")
@click.option("--format", "form", type=click.Choice(["json", "xlsx"]), help="Default: as FILE ends, else json.")
@click.option("--unit", metavar="KEY", help="Only what lies at or under this unit.")
@click.option("--site", metavar="KEY", help="Only what lies at or in this site.")
@click.option("--sparse", is_flag=True, help="Leave out fields that are at their default.")
@click.option("--json", "as_json", is_flag=True, help="With --out: print what was written as JSON.")
def export(
    out: str | None,
    types: str | None,
    form: str | None,
    unit: str | None,
    site: str | None,
    sparse: bool,
    as_json: bool,
) -> None:
    """Writes rows out, as JSON with one record a line or as a workbook, so that ``import`` takes them in again."""
    form = form or ("xlsx" if out and out.lower().endswith(".xlsx") else "json")
    if form == "xlsx" and out is None:
        raise click.UsageError("a workbook needs --out FILE")
    ready_database()
    from django.utils.translation import gettext

    from holdfast.exchange.exporting import export as rows_out
    from holdfast.exchange.exporting import export_workbook
    from holdfast.exchange.records.types import BY_NAME
    from holdfast.formats.records_json import write_json
    from holdfast.formats.tables import Unreadable, nearest
    from holdfast.organization.accounts.models import System
    from holdfast.organization.places.models import Site, Unit

    names = [name.strip() for name in types.split(",") if name.strip()] if types else None
    for name in names or ():
        if name not in BY_NAME:
            meant = nearest(name, BY_NAME)
            raise BadInput(f"--types: there is no table “{name}”" + (f"; did you mean “{meant}”?" if meant else ""))
    records = rows_out(
        System("holdfast export"), names, unit=_place(Unit, unit), site=_place(Site, site), sparse=sparse
    )
    try:
        data = export_workbook(records) if form == "xlsx" else write_json(records)
    except Unreadable as error:
        raise Failed(error.said.text(gettext)) from error
    if out is None:
        sys.stdout.buffer.write(data)
        return
    write_file(Path(out), data)
    counts = {name: len(rows) for name, rows in records.items() if rows}
    if as_json:
        click.echo(json.dumps({"file": out, "rows": counts}, ensure_ascii=False))
    else:
        click.echo(f"{out}: " + (", ".join(f"{count} {name}" for name, count in counts.items()) or "no rows"))


def _read(files: tuple[str, ...]) -> tuple[Document, dict[str, str]]:
    """The files as one document, and which table came from which file."""
    from holdfast.exchange.importing import BadFile, read, together

    documents = []
    for name in files:
        try:
            data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            documents.append(read(data, name))
        except OSError as error:
            raise BadInput(f"{name}: cannot be read: {error.strerror or error}") from None
        except BadFile as error:
            raise BadInput(f"{name}: {error}") from None
    sources = {table: document.name for document in documents for table in document.records}
    sources |= {problem.table: document.name for document in documents for problem in document.problems}
    try:
        return together(documents), sources
    except BadFile as error:
        raise BadInput(str(error)) from None


def _place(model: Any, key: str | None) -> Any:
    if key is None:
        return None
    found = model.objects.filter(key=key).first()
    if found is None:
        raise BadInput(f"there is no {model._meta.verbose_name} with the key “{key}”")
    return found


def write_file(path: Path, data: bytes) -> None:
    """A whole file or none."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Failed(f"{path}: cannot be written: {error.strerror or error}") from None


def _print_json(found: Preview, applied: bool) -> None:
    click.echo(json.dumps({**found.as_json(), "applied": applied}, ensure_ascii=False))


def _text(found: Preview, were: str) -> str:
    lines = [
        f"{name}: {len(tally.new)} {were} made, {len(tally.changed)} {were} changed, {tally.unchanged} are as they were"
        for name, tally in found.tallies.items()
    ]
    return "\n".join(lines) or "The file has no rows."


class Bar:
    """Progress on standard error, where a person looks on."""

    def __init__(self) -> None:
        self.shown = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            width = 24
            full = width * done // max(total, 1)
            line = f"[{'#' * full}{'.' * (width - full)}] {what} {done:,} of {total:,}"
            click.echo("\r" + line.ljust(self.shown), err=True, nl=False)
            self.shown = len(line)

    def end(self) -> None:
        if self.shown:
            click.echo("\r" + " " * self.shown + "\r", err=True, nl=False)
            self.shown = 0
