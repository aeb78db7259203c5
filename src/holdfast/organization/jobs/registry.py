"""What can be done in the background, by name. Nothing else is ever run: a row holds a name and plain values.

    @job("notices.digest", label=_("e-mail digests"), at="06:00")          # every day at this time (UTC)
    @job("plans.draw", label=_("draw a plan"), takes_context=True)         # its first argument is the running job
    @job("feeds.read", label=_("read hazard feeds"), every=timedelta(minutes=10), most_attempts=1)

The function takes who it is done for, then (with `takes_context`) the running job, then its values by name. It gives
a dictionary that is kept as its outcome, or None. A job can be begun again after a worker was killed in the middle of
it: it must find out what is done already, or keep count with `context.checkpoint`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

DEFAULT_QUEUE = "default"
_NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*\Z")
_QUEUE = re.compile(r"[a-z][a-z0-9_-]{0,30}\Z")


@dataclass(frozen=True)
class Declared:
    """A job that can be asked for. One with `every` is done at set times: from midnight UTC plus `offset` on."""

    name: str
    label: str | Promise
    call: Callable[..., Any]
    priority: int = 0
    queue_name: str = DEFAULT_QUEUE
    takes_context: bool = False
    most_attempts: int = 3
    every: timedelta | None = None
    offset: timedelta = timedelta(0)

    def check(self, arguments: Any) -> Mapping[str, Any]:
        """The values, if the job takes them. Raises ValueError."""
        if not isinstance(arguments, dict):
            raise ValueError(f"{self.name}: wanted values by name, got {type(arguments).__name__}.")
        first = (None, None) if self.takes_context else (None,)
        try:
            inspect.signature(self.call).bind(*first, **arguments)
        except TypeError as error:
            raise ValueError(f"{self.name}: {error}.") from None
        return arguments

    def slot(self, at: datetime) -> datetime:
        """The set time that is the latest at this moment. Raises ValueError for a job that has none."""
        if self.every is None:
            raise ValueError(f"{self.name} is done when it is asked for.")
        begin = datetime(2000, 1, 3, tzinfo=UTC) + self.offset  # a Monday
        return begin + (at - begin) // self.every * self.every

    @property
    def rhythm(self) -> str:
        """Its set times in words; empty for one that is done when it is asked for."""
        if self.every is None:
            return ""
        if self.every == timedelta(days=1):
            at = f"{self.offset // timedelta(hours=1):02}:{self.offset // timedelta(minutes=1) % 60:02}"
            return gettext("every day at %(at)s UTC") % {"at": at}
        minutes = self.every // timedelta(minutes=1)
        if minutes % 60:
            return ngettext("every minute", "every %(n)s minutes", minutes) % {"n": minutes}
        return ngettext("every hour", "every %(n)s hours", minutes // 60) % {"n": minutes // 60}


JOBS: dict[str, Declared] = {}
"""Every job of the product, by its name."""


def job(
    name: str,
    *,
    label: str | Promise,
    priority: int = 0,
    queue_name: str = DEFAULT_QUEUE,
    takes_context: bool = False,
    most_attempts: int = 3,
    every: timedelta | None = None,
    at: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a job named ROOM.WHAT. `every` repeats it; `at` (HH:MM, UTC) repeats it each day at this time. Raises
    ValueError for what cannot be."""
    if not _NAME.match(name) or len(name) > 80:
        raise ValueError(f"{name}: wanted ROOM.WHAT in small letters.")
    if name in JOBS:
        raise ValueError(f"There is a job {name} already.")
    if not check_queue(queue_name) or most_attempts < 1 or not -100 <= priority <= 100:
        raise ValueError(f"{name}: wanted a queue's name, at least one attempt and a priority from -100 to 100.")
    if at and every is not None:
        raise ValueError(f"{name}: wanted either a time of day or an interval.")
    if every is not None and every < timedelta(minutes=1):
        raise ValueError(f"{name}: wanted an interval of a minute or more.")
    offset = timedelta(0)
    if at:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at):
            raise ValueError(f"{name}: wanted a time of day as 06:00, got {at!r}.")
        every, offset = timedelta(days=1), timedelta(hours=int(at[:2]), minutes=int(at[3:]))

    def declare(call: Callable[..., Any]) -> Callable[..., Any]:
        JOBS[name] = Declared(name, label, call, priority, queue_name, takes_context, most_attempts, every, offset)
        return call

    return declare


def check_queue(name: str) -> bool:
    """Whether a queue can be called so."""
    return bool(_QUEUE.match(name))
