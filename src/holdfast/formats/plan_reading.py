"""An existing plan (.docx or .xlsx) read as blocks in their order, without trust: a child process unpacks it.

    read_plan(data) -> Read("docx", [Block("heading", "Roles", 1), Block("table", rows=(("Role", "Name"), …)), …])

Every text of the file is in exactly one block. Texts bear the marks of Markdown (rich.py); headings and cells do not.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import msgspec

from holdfast.formats.tables import Said, Unreadable, gettext_noop

MOST_BYTES = 32 << 20
MOST_SECONDS = 60


@dataclass(frozen=True)
class Block:
    """`kind`: heading, text, table, or aside (what stands outside of the text: heads and feet of pages, notes).
    `bold`: a paragraph that is bold from end to end, which often is a heading that nobody marked as one."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    bold: bool = False


@dataclass(frozen=True)
class Read:
    """`form` is docx or xlsx."""

    form: str
    blocks: tuple[Block, ...]


def read_plan(data: bytes) -> Read:
    """Raises Unreadable for what is neither, is damaged or hostile, or takes too much time or memory."""
    if len(data) > MOST_BYTES:
        raise Unreadable(Said(gettext_noop("The file is larger than %(most)s MB."), {"most": MOST_BYTES >> 20}))
    command = [sys.executable, "-m", "holdfast.formats.plan_reading_child"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=MOST_SECONDS, check=False)
        said: Any = msgspec.msgpack.decode(done.stdout)
    except (subprocess.TimeoutExpired, msgspec.DecodeError):
        raise Unreadable(Said(gettext_noop("The file takes too much time or memory to read."))) from None
    if refused := said.get("refused"):
        raise Unreadable(Said(refused[0], refused[1]))
    return Read(said["form"], tuple(_block(one) for one in said["blocks"]))


def _block(said: dict[str, Any]) -> Block:
    return Block(**{**said, "rows": tuple(tuple(row) for row in said.get("rows", ()))})
