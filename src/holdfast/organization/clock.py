"""The one place that asks for the current time. The linter bans the other ways."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.utils import timezone


def now() -> datetime:
    """The current time, with its zone (UTC)."""
    return datetime.now(UTC)  # noqa: TID251 - here, and nowhere else


def today() -> date:
    """The current date in the time zone that is active (the person's, or the installation's)."""
    return timezone.localtime(now()).date()
