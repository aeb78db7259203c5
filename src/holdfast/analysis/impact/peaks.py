"""When a peak period is: dates, weekdays or the end of the month, as people write them. Pure: no database.

dates       10-01/10-31 (every year), 2026-10-01/2026-10-31 (once)
weekdays    mon, fri
month_end   3 (the last three days of every month)
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class PeakKind(models.TextChoices):
    DATES = "dates", _("dates")
    WEEKDAYS = "weekdays", _("weekdays")
    MONTH_END = "month_end", _("end of the month")


def check_when(kind: str, when: str) -> None:
    """Raises ValueError, in the active language, where nothing can be made of it."""
    falls_on(kind, when, date(2024, 2, 29))


def falls_on(kind: str, when: str, on: date) -> bool:
    """Whether this day is one of the period's. Raises ValueError as `check_when`."""
    said = (when or "").strip().lower()
    if kind == PeakKind.WEEKDAYS:
        days = [part for part in re.split(r"[,;\s]+", said) if part]
        if not days or set(days) - set(WEEKDAYS):
            raise ValueError(gettext("Wanted weekdays such as “mon, fri”."))
        return WEEKDAYS[on.weekday()] in days
    if kind == PeakKind.MONTH_END:
        if not said.isdecimal() or not 1 <= int(said) <= 28:
            raise ValueError(gettext("Wanted the last 1 to 28 days of the month, such as “3”."))
        last = calendar.monthrange(on.year, on.month)[1]
        return on.day > last - int(said)
    if kind == PeakKind.DATES:
        return _within(said, on)
    raise ValueError(gettext("Wanted dates, weekdays or the end of the month."))


def next_day(kind: str, when: str, after: date, within: int = 366) -> date | None:
    """The first day of the period from `after` on, None where there is none within so many days."""
    for number in range(within):
        if falls_on(kind, when, day := after + timedelta(days=number)):
            return day
    return None


def _within(said: str, on: date) -> bool:
    first, slash, last = (part.strip() for part in said.partition("/"))
    wanted = gettext("Wanted dates such as “10-01/10-31”, or with years “2026-10-01/2026-10-31”.")
    if not slash:
        raise ValueError(wanted)
    try:
        if len(first) > 5:
            start, end = date.fromisoformat(first), date.fromisoformat(last)
            if end < start:
                raise ValueError
            return start <= on <= end
        # A leap year, so that 29 February can be named.
        begins, ends = date.fromisoformat(f"2024-{first}"), date.fromisoformat(f"2024-{last}")
    except ValueError:
        raise ValueError(wanted) from None
    today = (on.month, on.day)
    start_day, end_day = (begins.month, begins.day), (ends.month, ends.day)
    if start_day <= end_day:
        return start_day <= today <= end_day
    return today >= start_day or today <= end_day
