"""The bytes of files: each content once, under its SHA-256, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


class TooLarge(Exception):
    """More bytes than a file may have."""


class Damaged(Exception):
    """What lies there is not what was put there, or nothing is."""


@dataclass(frozen=True)
class Kept:
    """A content that is in the store."""

    sha256: str
    size: int


def keep(pieces: Iterable[bytes], most: int) -> Kept:
    """Puts a content into the store; one that is there already is not written again. Raises TooLarge.

    The bytes are on the disk before their name is, so that a name never leads to half a file.
    """
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=folder, prefix="coming-")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise TooLarge
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        found = Kept(digest.hexdigest(), size)
        place = path_of(found.sha256)
        place.parent.mkdir(exist_ok=True)
        os.replace(name, place)
        _sync(place.parent)
    finally:
        Path(name).unlink(missing_ok=True)
    return found


def path_of(sha256: str) -> Path:
    return _folder() / sha256[:2] / sha256


def read(sha256: str) -> bytes:
    """The content, compared with its name. Raises Damaged."""
    try:
        data = path_of(sha256).read_bytes()
    except OSError as error:
        raise Damaged(f"{sha256}: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(f"{sha256}: the content is another's")
    return data


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "evidence"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
