"""How sound the model is: what the named checks found, by unit, in the reader's words, with the way to mend each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.engine.checks import Amount, Complaint, Hours, Ids
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.structure.models import Node

from .chain import Link, link
from .example import Example, Record
from .wording import hours, number

SHORT = "check_requirement_short"
"""What the engine cannot say, since it is true of the rows on a day and not of the model made of them."""

CHECKS: dict[str, tuple[str | Promise, str | Promise]] = {
    SHORT: (
        gettext_lazy("Requirement that cannot be met"),
        gettext_lazy("What serves on this day gives less than is needed; the model counts with what there is."),
    ),
    "check_process_without_requirement": (
        gettext_lazy("Process without a requirement"),
        gettext_lazy("It looks safe because nobody has said what it needs. Add its requirements."),
    ),
    "check_process_without_mtpd": (
        gettext_lazy("Process without an MTPD"),
        gettext_lazy("It can be down for ever and pass no limit. Say how long its loss can be borne."),
    ),
    "check_rto_longer_than_mtpd": (
        gettext_lazy("RTO longer than MTPD"),
        gettext_lazy("To meet the objective would be a breach. Shorten the RTO, or justify a longer MTPD."),
    ),
    "check_restart_longer_than_mtpd": (
        gettext_lazy("Restart longer than MTPD"),
        gettext_lazy("The shortest interruption is a breach. Shorten the restart, or justify a longer MTPD."),
    ),
    "check_restart_longer_than_rto": (
        gettext_lazy("Restart longer than RTO"),
        gettext_lazy("The objective cannot be met. Shorten the restart, or set an RTO that can be."),
    ),
    "check_circle_without_tolerance": (
        gettext_lazy("Circle without tolerance"),
        gettext_lazy(
            "Once down, they wait for each other for ever. Give one of them a tolerance for the others, or a fallback "
            "without end."
        ),
    ),
    "check_fallback_slower_than_mtpd": (
        gettext_lazy("Fallback slower than MTPD"),
        gettext_lazy("It is paid for and comes too late. Shorten its activation, or find another."),
    ),
    "check_fallback_on_what_failed": (
        gettext_lazy("Fallback on what has failed"),
        gettext_lazy("It is lost together with what it should replace. Let it draw on something else."),
    ),
    "check_pool_smaller_than_claim": (
        gettext_lazy("Pool smaller than one claim"),
        gettext_lazy("The fallback can never have all that it counts on. Enlarge the pool, or lower the claim."),
    ),
    "check_pool_unused": (
        gettext_lazy("Unused pool"),
        gettext_lazy("A fallback that counts on it is missing, or the pool is not needed."),
    ),
    "check_resource_unused": (
        gettext_lazy("Unused resource"),
        gettext_lazy("Its loss has no effect, or a requirement has been forgotten."),
    ),
}
"""Each check with its name and what to do about it."""

_PLACE = re.compile(r"nodes\[(\d+)\](?:\.requirements\[(\d+)\])?(?:\.fallbacks\[(\d+)\])?")


@dataclass(frozen=True)
class Point:
    """One thing to look at. ``mend`` is where the reader can mend it, empty where he may not."""

    check: str
    unit: str
    unit_name: str
    link: Link | None
    message: str
    mend: str

    @property
    def check_name(self) -> str:
        return str(CHECKS[self.check][0])


class Health:
    """The points that the reader may see, chosen by ``unit`` and ``check`` of the address."""

    def __init__(self, example: Example, user: Any, query: QueryDict) -> None:
        self.example, self._user = example, user
        self.unit, self.check = query.get("unit", ""), query.get("check", "")

    @cached_property
    def all(self) -> list[Point]:
        points = [self._point(complaint) for complaint in self.example.complaints]
        points += [self._gap(gap) for gap in self.example.about["gaps"] if gap["node"] in self.example.records]
        return points

    @property
    def chosen(self) -> list[Point]:
        return [
            point
            for point in self.all
            if (not self.unit or point.unit == self.unit) and (not self.check or point.check == self.check)
        ]

    @property
    def by_unit(self) -> list[tuple[str, list[Point]]]:
        """Units by name, what belongs to none last; in each its points in the order of the checks."""
        order = {check: place for place, check in enumerate(CHECKS)}
        rows = sorted(self.chosen, key=lambda p: (not p.unit, p.unit_name, p.unit, order[p.check]))
        return [
            (points[0].unit_name or _("Without a unit"), points)
            for _unit, points in ((unit, list(found)) for unit, found in groupby(rows, key=lambda p: p.unit))
        ]

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The checks that found something: name, what to do, how many points."""
        return [
            {"check": check, "name": name, "advice": advice, "count": count}
            for check, (name, advice) in CHECKS.items()
            if (count := sum(point.check == check for point in self.all))
        ]

    @property
    def units(self) -> list[tuple[str, str, int]]:
        """The units that have points: key, name, how many."""
        names = {point.unit: point.unit_name for point in self.all}
        counted = [(unit, name, sum(p.unit == unit for p in self.all)) for unit, name in names.items() if unit]
        return sorted(counted, key=lambda row: row[1])

    @cached_property
    def _mendable(self) -> set[str]:
        """Keys of the nodes that the reader may change."""
        if not isinstance(self._user, User) or not may_somewhere(self._user, "process.edit"):
            return set()
        return set(visible(Node.objects.all(), self._user, "process.edit").values_list("key", flat=True))

    def _point(self, complaint: Complaint) -> Point:
        record = self.example.records.get(complaint.node, {})
        unit = str(record.get("unit") or "")
        return Point(
            complaint.check,
            unit,
            self.example.unit_name(unit),
            link(self.example, complaint.node) if record else None,
            told(self.example, complaint),
            self._mend(complaint, record),
        )

    def _gap(self, gap: dict[str, Any]) -> Point:
        record = self.example.records[gap["node"]]
        unit = str(record.get("unit") or "")
        said = _("%(requirement)s: needs %(needs)s, and what serves gives %(there)s")
        names = {one["key"]: one.get("name") for one in record.get("requirements") or []}
        values = {
            "requirement": names.get(gap["requirement"]) or gap["requirement"],
            "needs": number(gap["needs"], 3),
            "there": number(gap["there"], 3),
        }
        mend = f"{_page(record)}#requirement-{gap['requirement']}" if gap["node"] in self._mendable else ""
        return Point(SHORT, unit, self.example.unit_name(unit), link(self.example, gap["node"]), said % values, mend)

    def _mend(self, complaint: Complaint, record: Record) -> str:
        """The form of the fallback, the requirement on its node's page, or the form of the node or pool."""
        if not record:
            pool = complaint.values.get("pool")
            may = isinstance(self._user, User) and may_somewhere(self._user, "process.edit")
            return reverse("pool-edit", args=[pool]) if pool and may else ""
        if complaint.node not in self._mendable:
            return ""
        if fallback := complaint.values.get("fallback"):
            return reverse("fallback-edit", args=[fallback])
        if complaint.check in ("check_process_without_requirement", "check_circle_without_tolerance"):
            return _page(record) + "#needs"
        if complaint.check == "check_resource_unused":
            return _page(record)
        return reverse(f"{_kind(record)}-edit", args=[record["id"]])


def told(example: Example, complaint: Complaint) -> str:
    """A complaint in the reader's language, with names for ids and lengths of time in words."""
    return _(complaint.said) % {name: _value(example, complaint, name) for name in complaint.values}


def _value(example: Example, complaint: Complaint, name: str) -> str:
    value = complaint.values[name]
    if isinstance(value, Hours):
        return hours(value)
    if isinstance(value, Amount):
        return number(value, 3)
    if isinstance(value, Ids):
        return ", ".join(example.name(node) for node in value)
    if name == "pool":
        return f"“{example.pool_name(value)}”"
    return f"“{_fallback_name(example, complaint, value)}”"


def _fallback_name(example: Example, complaint: Complaint, key: str) -> str:
    for requirement in example.records.get(complaint.node, {}).get("requirements") or []:
        for fallback in requirement.get("fallbacks") or []:
            if fallback.get("id") == key:
                return str(fallback.get("name") or example.name(fallback["node"]))
    return key


def _kind(record: Record) -> str:
    if "function" in (record.get("tags") or []):
        return "function"
    return "process" if record.get("kind") == "process" else "resource"


def _page(record: Record) -> str:
    return reverse(_kind(record), args=[record["id"]])
