"""The one way to write an entry as bytes, so that its hash is the same wherever it was kept in between.

JSON with the names in the order of their code points, without spaces, texts as they are in UTF-8, times in UTC to the
microsecond, and numbers as plain decimals: PostgreSQL keeps the numbers of a JSON column as decimals and gives 1e22
back as 10000000000000000000000, SQLite keeps the text, and both are the same here. It knows no database, so that an
exported log is checked with it alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

FORM = 1
"""Which form this is; it is a part of what is hashed."""
FIELDS = (
    "log", "number", "at", "device_at", "moment", "account", "author", "kind", "text", "body", "files", "corrects",
    "previous",
)  # fmt: skip
"""What of an entry is hashed; the rest is the hash itself and the signature over it."""

# What no database of ours takes in a text: U+0000 (PostgreSQL), and halves of pairs, which have no UTF-8.
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")
_REPLACED = "\ufffd"
_MOST_DIGITS = 1000


def moment(at: datetime) -> str:
    """A time in UTC to the microsecond, always of the same length."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def settled(value: Any) -> Any:
    """A value as JSON keeps it: what JSON does not know becomes text, what a database does not keep is replaced."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _NOT_KEPT.sub(_REPLACED, str(value))
    if isinstance(value, int):
        return int(value) if abs(value) < 10**_MOST_DIGITS else _REPLACED
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return moment(value)
    if isinstance(value, Mapping):
        return {settled(str(name)): settled(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        parts = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [settled(part) for part in parts]
    return settled(value.isoformat() if hasattr(value, "isoformat") else str(value))


def canonical(value: Any) -> str:
    """A JSON value as the one text. Raises TypeError for what is not JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dict):
        names = sorted(value)
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(part) for part in value) + "]"
    raise TypeError(f"{type(value).__name__} is not JSON.")


def _number(value: int | float) -> str:
    """Plain decimals, without an exponent and without zeros at the end: 1.0 and 1 are the same, and so are 0.0 and
    -0.0."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise TypeError(f"{value} is not JSON.")
    # The shortest decimal that reads back as this float: what every database and every JSON gives back.
    text = format(Decimal(repr(value)), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def entry_bytes(said: Mapping[str, Any]) -> bytes:
    """What of an entry is hashed. Raises KeyError or TypeError where it is not whole."""
    return canonical({"form": FORM, **{name: said[name] for name in FIELDS}}).encode()


def hash_of(said: Mapping[str, Any]) -> str:
    """SHA-256 of an entry, in hexadecimal."""
    return hashlib.sha256(entry_bytes(said)).hexdigest()
