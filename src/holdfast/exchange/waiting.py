"""Files that were brought in and wait to be taken in: in the data folder, under a token that nobody can guess.

They wait between what a person was shown and what is then done, in a request or in a job; so they lie where every
process finds them, and every machine that shares the data folder.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from holdfast.organization import clock

KEPT = 24 * 3600
"""Seconds for which a file waits."""
_TOKEN = re.compile(r"[0-9a-f]{32}\Z")


def lay_aside(files: Sequence[bytes]) -> str:
    """Lays the files aside, and clears away what has waited too long. Returns their token."""
    folder = _folder()
    for old in folder.iterdir():
        try:
            if clock.now().timestamp() - old.stat().st_mtime > KEPT:
                old.unlink()
        except FileNotFoundError:
            continue
    token = secrets.token_hex(16)
    for number, data in enumerate(files):
        path = folder / f"{token}-{number}"
        path.touch(mode=0o600)
        path.write_bytes(data)
    return token


def laid_aside(token: str, count: int) -> list[bytes] | None:
    """The files of a token; None where they wait no more."""
    if not _TOKEN.match(token):
        return None
    try:
        return [(_folder() / f"{token}-{number}").read_bytes() for number in range(count)]
    except FileNotFoundError:
        return None


def clear_away(token: str, count: int) -> None:
    if _TOKEN.match(token):
        for number in range(count):
            (_folder() / f"{token}-{number}").unlink(missing_ok=True)


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
