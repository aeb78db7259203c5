"""Two people who edit the same row: the second is told what the first has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from holdfast.organization.rows import Row


@dataclass(frozen=True)
class Difference:
    """A field that is no longer what the editor saw."""

    field: str
    label: str
    seen: Any
    now: Any


class Conflict(Exception):
    """The row has changed since it was read. `by` and `at` say who changed it last, where its history is kept."""

    def __init__(
        self, row: Row, seen: int, now: int | None, differences: list[Difference], by: str = "", at: Any = None
    ) -> None:
        self.row, self.seen, self.now, self.differences, self.by, self.at = row, seen, now, differences, by, at
        super().__init__(self.message)

    @property
    def message(self) -> str:
        if self.now is None:
            return gettext("“%(row)s” has been removed in the meantime.") % {"row": self.row}
        fields = ", ".join(difference.label for difference in self.differences) or gettext("its fields")
        if self.by:
            return gettext("“%(row)s” was changed by %(by)s in the meantime: %(fields)s.") % {
                "row": self.row,
                "by": self.by,
                "fields": fields,
            }
        return gettext("“%(row)s” was changed in the meantime: %(fields)s.") % {"row": self.row, "fields": fields}


def conflict(row: Row, seen: int) -> Conflict:
    """The conflict of an editor who saw version `seen` of this row."""
    history = getattr(type(row), "history", None)
    if history is None:
        return Conflict(row, seen, row.version, [])
    versions = {past.version: past for past in history.filter(id=row.pk, version__in=(seen, row.version))}
    past, last = versions.get(seen), versions.get(row.version)
    differences = []
    for field in row._meta.concrete_fields if past is not None else ():
        if field.name in ("id", "version") or not hasattr(past, field.attname):
            continue
        before, now = getattr(past, field.attname), getattr(row, field.attname)
        if before != now:
            differences.append(Difference(field.name, str(field.verbose_name), before, now))
    by = last.history_user if last is not None else None
    return Conflict(
        row, seen, row.version, differences, str(by) if by else "", last.history_date if last is not None else None
    )
