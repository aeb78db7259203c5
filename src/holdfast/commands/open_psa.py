"""Fault trees of other programs as models: ``open-psa``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from holdfast.commands.engine import _print_json, _read
from holdfast.engine.errors import InputError


@click.command("open-psa")
@click.argument("file")
@click.option("--out", metavar="TWIN", required=True, type=click.Path(dir_okay=False), help="The file to write.")
@click.option("--top", metavar="GATE", help="The top gate; needed where several gates are used by no other.")
@click.option("--json", "as_json", is_flag=True, help="Print what was read as JSON.")
def open_psa(file: str, out: str, top: str | None, as_json: bool) -> None:
    """A fault tree in the Open-PSA model exchange format (XML) as a model without times.

    The minimal sets of the model are the minimal cut sets of the tree.
    """
    from holdfast.formats.open_psa import OpenPsaError, read_open_psa

    data = _read(file)
    try:
        tree = read_open_psa(data, top)
    except OpenPsaError as error:
        raise InputError(f"line {error.line}" if error.line else "", error.message, file) from None
    try:
        Path(out).write_text(json.dumps(tree.twin, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError("", f"cannot be written: {error.strerror or error}", out) from None
    if as_json:
        _print_json({"top": tree.top, "gates": tree.gates, "basic_events": tree.basic_events})
        return
    click.echo(f"{out}: {tree.gates} gates and {tree.basic_events} basic events under “{tree.top}”.")
    click.echo(f"Its minimal cut sets: holdfast minimal-sets {out} --target '{tree.top}' --duration 1")
