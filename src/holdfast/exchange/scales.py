"""Versions of the scales of an import: new ones are drafts with a number of their own, an approved one stays as it is.

The acts ask the same of one row (`governance.settings.actions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext

from holdfast.exchange.preview import Item, Preview
from holdfast.governance.settings.actions import next_number
from holdfast.governance.settings.models import ScaleVersion
from holdfast.organization.accounts.models import User

Trouble = Callable[[Item, str, str], None]


def number_scales(preview: Preview, items: Iterable[Item], trouble: Trouble) -> None:
    """Gives new versions their numbers, and refuses changes of what is approved."""
    items = [item for item in items if not item.broken and isinstance(item.row, ScaleVersion)]
    number = next_number() if any(item.new for item in items) else 0
    for item in items:
        if item.new:
            item.row.number, number = number, number + 1
            item.row.author = preview.by if isinstance(preview.by, User) else None
        elif item.row.is_approved:
            said = gettext("“%(title)s” is approved and stays as it is: give a draft another key.")
            trouble(item, "key", said % {"title": item.row})
