"""Days in a calendar that others subscribe to: iCalendar (RFC 5545), by the library icalendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import icalendar
import msgspec


class Entry(msgspec.Struct, frozen=True):
    """A whole day with a title. `key` stays the same when the day moves, so that the old entry goes."""

    key: str
    day: date | None
    title: str
    text: str = ""
    address: str = ""


def write_calendar(name: str, entries: Iterable[Entry], made: datetime, *, host: str = "holdfast") -> bytes:
    """The calendar as a file; `made` with its zone. Entries without a day are left out."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Holdfast//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        if entry.day is None:
            continue
        event = icalendar.Event()
        event.add("uid", f"{entry.key}@{host}")
        event.add("dtstamp", made)
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("summary", entry.title)
        if entry.text:
            event.add("description", entry.text)
        if entry.address:
            event.add("url", entry.address)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
