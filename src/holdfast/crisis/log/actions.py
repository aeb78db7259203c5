"""Writing into a log. `append` runs inside the act that it tells of, in its transaction: what was acknowledged is in
the log, and what was rolled back is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from holdfast.crisis.log.canonical import hash_of as hash_of_record
from holdfast.crisis.log.canonical import settled
from holdfast.crisis.log.keys import signature_of
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.attachments.models import Attachment


def append(
    by: Actor,
    log: Log,
    kind: str,
    text: str,
    *,
    body: Mapping[str, Any] | None = None,
    moment: datetime | None = None,
    device_at: datetime | None = None,
    corrects: LogEntry | None = None,
    files: Sequence[Attachment] = (),
) -> LogEntry:
    """Adds an entry at the end. Holds the log until the transaction ends, so that numbers and hashes have no gaps."""
    held = Log.objects.select_for_update().get(pk=log.pk)
    at = clock.now()
    user = by if isinstance(by, User) else None
    entry = LogEntry(
        log=held,
        number=held.length + 1,
        at=at,
        device_at=device_at,
        moment=moment or at,
        user=user,
        account=user.username if user is not None else "",
        author=settled(str(by) if isinstance(by, User) else by.name)[:300],
        kind=kind,
        text=settled(text),
        body=settled(dict(body or {})),
        files=[as_kept(file) for file in files],
        corrects=corrects,
        previous=held.head,
    )
    entry.hash = hash_of(entry)
    entry.signature = signature_of(entry.hash, keys_folder())
    entry.save(force_insert=True)
    held.length, held.head = entry.number, entry.hash
    held.save(update_fields=["length", "head"])
    log.length, log.head = held.length, held.head
    return entry


def hash_of(entry: LogEntry) -> str:
    """SHA-256 over the entry in its canonical form, the hash before it included."""
    return hash_of_record(entry.record)


def as_kept(file: Attachment) -> dict[str, Any]:
    """What an entry says of an attachment: enough to find its content, and to see whether it is still the same."""
    return {
        "key": file.key,
        "name": settled(file.name),
        "sha256": file.sha256,
        "size": file.size,
        "media_type": file.media_type,
    }


def keys_folder() -> Path:
    """Where the keys of this installation lie."""
    return Path(settings.DATA_DIR) / "keys"
