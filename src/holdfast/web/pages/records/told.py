"""What becomes of a record, in words: a word always, a severity step beside it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from holdfast.readiness.records.reach import NEVER, Fate, Found, Left
from holdfast.web.pages.organization.values import Chip
from holdfast.web.pages.whatif.wording import hours

TONES = {
    Found.UNTOUCHED: "as-is",
    Found.HAD: "rank-0",
    Found.UNKNOWN: "rank-1",
    Found.OLD: "rank-2",
    Found.LATE: "rank-2",
    Found.UNREACHED: "rank-3",
    Found.LOST: "rank-4",
    Found.UNCOPIED: "rank-1",
}
LEGEND = (Found.HAD, Found.UNKNOWN, Found.OLD, Found.LATE, Found.UNREACHED, Found.LOST)


def word(found: Found) -> str:
    return {
        Found.UNTOUCHED: _("not touched"),
        Found.HAD: _("had"),
        Found.UNKNOWN: _("not known"),
        Found.OLD: _("too old"),
        Found.LATE: _("too late"),
        Found.UNREACHED: _("out of reach"),
        Found.LOST: _("lost"),
        Found.UNCOPIED: _("no copy named"),
    }[found]


def meaning(found: Found) -> str:
    return {
        Found.HAD: _("a copy is had before the shortest MTPD of its processes, and is no older than the RPO"),
        Found.UNKNOWN: _("a copy is left; how old it is or how soon it is had, nobody has said"),
        Found.OLD: _("the copy that is left is older than the RPO"),
        Found.LATE: _("the copy is had only after the shortest MTPD of its processes"),
        Found.UNREACHED: _("a copy is left, and what it is reached through is gone"),
        Found.LOST: _("no copy is left"),
    }[found]


def chip(found: Found) -> Chip:
    return Chip(word(found), TONES[found])


def after(left: Left | None) -> str:
    """How soon a copy is had."""
    if left is None or left.at == NEVER:
        return _("never")
    if left.at is None:
        return _("nobody has said how soon")
    return _("at once") if not left.at else _("after %(time)s") % {"time": hours(left.at)}


def age(left: Left) -> str:
    """How old a copy is."""
    if left.copy.original:
        return _("the original")
    if left.age is None:
        return _("age not known")
    if left.copy.is_planned:
        return _("at most %(time)s old, copied as planned") % {"time": hours(left.age)}
    return _("%(time)s old") % {"time": hours(left.age)} if left.age >= 1 / 60 else _("copied just now")


def told(one: Fate) -> dict[str, Any]:
    """For a template: the chip, and in words when the best copy is had, which it is, and how old."""
    best = one.best
    lines = []
    if best is not None and one.found is not Found.UNREACHED:
        lines = [after(best), age(best)]
    left = sum(not each.lost for each in one.copies)
    return {
        "fate": one,
        "chip": chip(one.found),
        "lines": lines,
        "copy": best.copy if best is not None else None,
        "left": _("%(left)s of %(all)s left") % {"left": left, "all": len(one.copies)},
        "says": ", ".join([word(one.found), *lines]),
    }
