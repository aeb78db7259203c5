"""The logs of incidents: ``verify-log`` and ``log-key``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdfast.commands.ready import ready_database
from holdfast.commands.refusals import BadInput, Failed

if TYPE_CHECKING:
    from holdfast.crisis.log.keys import PublicKeys
    from holdfast.crisis.log.verifying import Verdict

_HEAD = re.compile(r"[0-9a-f]{64}\Z")


@click.command("verify-log")
@click.argument("key", required=False)
@click.option("--all", "everything", is_flag=True, help="Every log of this installation.")
@click.option("--file", "path", metavar="LOG.json", help="A log that was exported, without any installation.")
@click.option("--head", "heads", metavar="HASH", multiple=True, help="A head that was kept elsewhere; may be repeated.")
@click.option("--public-key", "public", metavar="FILE", help="Trust the public keys of this PEM file alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def verify_log(
    key: str | None, everything: bool, path: str | None, heads: tuple[str, ...], public: str | None, as_json: bool
) -> None:
    """Whether a log is what was written: finds entries that were changed, deleted, put in another order, cut off at the
    end or written anew, and attachments that were swapped.

    KEY is the key of the incident. A head kept elsewhere (a situation report on paper, the daily e-mail) shows what
    nothing in the database can; without one the answer says what it cannot rule out. Exit 1 where something is found.
    """
    if sum((key is not None, everything, path is not None)) != 1:
        raise BadInput("wanted the key of an incident, --all, or --file LOG.json, one of the three")
    kept = [_head(head) for head in heads]
    keys = _keys(public) if public is not None else None
    found = [_of_file(path, kept, keys)] if path is not None else _of_database(key, kept, keys)
    if as_json:
        answer = {"holds": all(one.holds for one in found), "logs": [one.as_json() for one in found]}
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for verdict in found:
            _print(verdict)
        if not found:
            click.echo("There is no log.")
    if not all(one.holds for one in found):
        raise SystemExit(1)


@click.command("log-key")
@click.option("--rotate", is_flag=True, help="Put the key that signs aside and make a new one.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def log_key(rotate: bool, as_json: bool) -> None:
    """The public keys that the logs of this installation are signed with, as PEM.

    Give them to who will check the logs, before it is needed. The signing key itself never leaves its file.
    """
    ready_database()
    from holdfast.crisis.log import keys
    from holdfast.crisis.log.actions import keys_folder

    folder = keys_folder()
    try:
        if rotate:
            old, new = keys.rotate(folder)
            click.echo(f"holdfast: {old or 'no key'} signs no more, {new} does", err=True)
        current = keys.current_id(folder)
    except (OSError, keys.BadKey) as error:
        raise Failed(f"the key cannot be used: {error}") from error
    known = {name: keys.as_text(key) for name, key in keys.public_keys(folder).items()}
    if as_json:
        click.echo(json.dumps({"current": current, "public_keys": known, "folder": str(folder)}))
        return
    if not known:
        click.echo("holdfast: no key was made yet: the first entry of a log makes it", err=True)
    for name, text in known.items():
        click.echo(f"# {name}{' (signs now)' if name == current else ''}")
        click.echo(text, nl=False)


def _head(said: str) -> str:
    head = said.strip().lower()
    if not _HEAD.match(head):
        raise BadInput(f"--head: wanted the 64 hexadecimal digits of a head, got “{said}”")
    return head


def _keys(path: str) -> PublicKeys:
    from holdfast.crisis.log.keys import BadKey, read_public

    try:
        return read_public(Path(path).read_bytes(), path)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    except BadKey as error:
        raise BadInput(f"--public-key: {error}") from None


def _of_database(key: str | None, heads: list[str], keys: PublicKeys | None) -> list[Verdict]:
    ready_database()
    from holdfast.crisis.log.exporting import verify_log as check
    from holdfast.crisis.log.models import Log, LogEntry
    from holdfast.crisis.log.verifying import Finding

    if key is not None:
        log = Log.objects.filter(key=key).first()
        if log is None:
            raise BadInput(f"there is no log of an incident “{key}”")
        return [check(log, heads=heads, keys=keys)]
    logs = list(Log.objects.order_by("key"))
    homes = dict(LogEntry.objects.filter(hash__in=heads).values_list("hash", "log__key"))
    found = [
        check(log, heads=[head for head, home in homes.items() if home == log.key], keys=keys) for log in logs
    ]  # fmt: skip
    # A head is of one log; one that is in none was cut off somewhere, and which log it was nobody can tell.
    if lost := sorted(set(heads) - set(homes)):
        from holdfast.crisis.log.verifying import Verdict

        said = "the head that was kept, {}, is in no log: the end of one was cut off, or it was written anew"
        found.append(Verdict("*", findings=[Finding("kept_head", 0, said.format(head)) for head in lost]))
    return found


def _of_file(path: str, heads: list[str], keys: PublicKeys | None) -> Verdict:
    from holdfast.crisis.log.keys import BadKey, read_public
    from holdfast.crisis.log.verifying import Heading, verify

    try:
        said: Any = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: wanted JSON: {error}") from None
    if not isinstance(said, dict) or said.get("format") != "holdfast-log-1":
        raise BadInput(f"{path}: format: wanted “holdfast-log-1”, an exported log")
    entries, length = said.get("entries"), said.get("length")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise BadInput(f"{path}: entries: wanted a list of entries")
    if not isinstance(length, int) or isinstance(length, bool):
        raise BadInput(f"{path}: length: wanted the number of entries")
    given = keys is not None
    if keys is None:
        try:
            texts = dict(said.get("public_keys") or {})
            keys = read_public("".join(map(str, texts.values())).encode(), path) if texts else {}
        except (BadKey, ValueError, TypeError) as error:
            raise BadInput(f"{path}: public_keys: {error}") from None
    heading = Heading(str(said.get("key", "")), length, str(said.get("head", "")))
    found = verify(heading, entries, keys=keys, keys_are_given=given, heads=heads)
    if any(entry.get("files") for entry in entries):
        found.leaves_open.append(
            "attachments are not in the file: their contents are checked on the installation alone"
        )
    return found


def _print(verdict: Verdict) -> None:
    state = "holds" if verdict.holds else f"DOES NOT HOLD: {len(verdict.findings)} findings"
    count = f"{verdict.entries} {'entry' if verdict.entries == 1 else 'entries'}"
    click.echo(f"{verdict.key}: {count}, {state}")
    if verdict.head:
        click.echo(f"  head: {verdict.head}")
    for finding in verdict.findings:
        click.echo(f"  FOUND  {finding.says}")
    for said in verdict.proves:
        click.echo(f"  shown  {said}")
    for said in verdict.leaves_open:
        click.echo(f"  open   not ruled out {said}" if said.startswith("without") else f"  open   {said}")
