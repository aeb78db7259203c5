"""The state of a place, a process, a resource or a fallback as a chip: always a word."""

from __future__ import annotations

from typing import Any

from .values import Chip


def state_chip(row: Any) -> Chip:
    """`proposed`, `in use`, `to be moved`, `closed`; of a fallback `idea` to `retired`."""
    return Chip(row.get_state_display(), f"is-{row.state.replace('_', '-')}")
