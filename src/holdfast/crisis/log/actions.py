"""Writing into a log. `append` runs inside the act that it tells of, in its transaction: what was acknowledged is in
the log, and what was rolled back is not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from holdfast.crisis.log.models import Log, LogEntry
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User


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
) -> LogEntry:
    """Adds an entry at the end. Holds the log until the transaction ends, so that numbers and hashes have no gaps."""
    held = Log.objects.select_for_update().get(pk=log.pk)
    at = clock.now()
    entry = LogEntry(
        log=held,
        number=held.length + 1,
        at=at,
        device_at=device_at,
        moment=moment or at,
        user=by if isinstance(by, User) else None,
        author=str(by) if isinstance(by, User) else by.name,
        kind=kind,
        text=text,
        body=dict(body or {}),
        corrects=corrects,
        previous=held.head,
    )
    entry.hash = hash_of(entry)
    entry.save(force_insert=True)
    held.length, held.head = entry.number, entry.hash
    held.save(update_fields=["length", "head"])
    log.length, log.head = held.length, held.head
    return entry


def hash_of(entry: LogEntry) -> str:
    """SHA-256 over the entry as canonical JSON, the hash before it included."""
    said = {
        "log": entry.log.key,
        "number": entry.number,
        "at": entry.at.isoformat(),
        "device_at": entry.device_at.isoformat() if entry.device_at else None,
        "moment": entry.moment.isoformat(),
        "user": entry.user.username if entry.user else None,
        "author": entry.author,
        "kind": entry.kind,
        "text": entry.text,
        "body": entry.body,
        "corrects": entry.corrects.number if entry.corrects else None,
        "previous": entry.previous,
    }
    return hashlib.sha256(
        json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()
