"""The kinds of notices. Each room declares its own, so that the inbox can say in the reader's language what is wanted.

declare_kind("agreement.decide", _("Decide"))
declare_kind("agreement.decided", _("Decided"), informs=True)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise

_NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*\Z")


@dataclass(frozen=True)
class Kind:
    """`label` says what is wanted of the reader. One that `informs` asks for nothing: its reader puts it away; the
    others stay until the thing that raised them is done."""

    name: str
    label: str | Promise
    informs: bool = False


KINDS: dict[str, Kind] = {}
"""Every kind of the product, by its name."""


def declare_kind(name: str, label: str | Promise, *, informs: bool = False) -> Kind:
    """A kind named ROOM.WHAT. Raises ValueError for a name that is taken or is not so written."""
    if not _NAME.match(name) or len(name) > 60:
        raise ValueError(f"{name}: wanted ROOM.WHAT in small letters.")
    if name in KINDS:
        raise ValueError(f"There is a kind of notice {name} already.")
    KINDS[name] = Kind(name, label, informs)
    return KINDS[name]
