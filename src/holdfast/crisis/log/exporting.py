"""A log taken out as JSON, with all that checking it takes; and the logs of this installation checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from holdfast.crisis.log.actions import keys_folder
from holdfast.crisis.log.canonical import moment
from holdfast.crisis.log.keys import PublicKeys, as_text, public_keys, signer_of
from holdfast.crisis.log.models import Log
from holdfast.crisis.log.verifying import Heading, Verdict, verify
from holdfast.organization import clock
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Damaged, read

FORMAT = "holdfast-log-1"
CHUNK = 500
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError)
_NAMES = (
    "pk", "number", "at", "device_at", "moment", "account", "author", "kind", "text", "body", "files",
    "corrects__number", "previous", "hash", "signature",
)  # fmt: skip


def records(log: Log) -> Iterator[dict[str, Any]]:
    """The entries in their order, as they are hashed. One that cannot be read any more gives its number and its hash
    alone."""
    ids = list(log.entries.order_by("number", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        try:
            found = {values["pk"]: _record(log, values) for values in log.entries.filter(pk__in=chunk).values(*_NAMES)}
            yield from (found[pk] for pk in chunk)
        except UNREADABLE:
            # JSON or a time that was edited into something else: it is to stop its own entry alone.
            yield from (_one(log, pk) for pk in chunk)


def _one(log: Log, pk: int) -> dict[str, Any]:
    rows = log.entries.filter(pk=pk)
    try:
        return _record(log, rows.values(*_NAMES).get())
    except UNREADABLE:
        return dict(rows.values("number", "hash", "signature").get())


def _record(log: Log, values: dict[str, Any]) -> dict[str, Any]:
    said = {name: part for name, part in values.items() if name not in ("pk", "corrects__number")}
    times = {name: moment(values[name]) for name in ("at", "moment")}
    device = moment(values["device_at"]) if values["device_at"] is not None else None
    return {"log": log.key, **said, **times, "device_at": device, "corrects": values["corrects__number"]}


def exported(log: Log) -> dict[str, Any]:
    """The log as JSON: entries, head, and the public keys that signed them."""
    entries = list(records(log))
    used = {signer_of(str(entry.get("signature", ""))) for entry in entries}
    return {
        "format": FORMAT,
        "key": log.key,
        "title": log.title,
        "real": log.real,
        "length": log.length,
        "head": log.head,
        "exported_at": moment(clock.now()),
        "public_keys": {name: as_text(key) for name, key in public_keys(keys_folder()).items() if name in used},
        "entries": entries,
    }


def verify_log(log: Log, *, heads: Collection[str] = (), keys: PublicKeys | None = None) -> Verdict:
    """A log of this database, with its attachments. `keys`: those of who checks, in place of the installation's."""
    known = public_keys(keys_folder()) if keys is None else keys
    heading = Heading(log.key, log.length, log.head)
    return verify(
        heading, records(log), keys=known, keys_are_given=keys is not None, heads=heads, check_file=file_is_kept
    )


def file_is_kept(file: Mapping[str, Any]) -> str:
    """What is wrong with an attachment that an entry names: its content, and what its row says of it."""
    name, digest = str(file.get("name", "")), str(file.get("sha256", ""))
    row = Attachment.objects.filter(key=file.get("key", "")).values_list("sha256", flat=True).first()
    if row is None:
        return f"the attachment “{name}” is gone"
    if row != digest:
        return f"the attachment “{name}” was swapped for another"
    try:
        read(digest)
    except Damaged as error:
        return f"the content of the attachment “{name}” is not what was attached ({error})"
    return ""
