"""Holes: what is missing, of each kind, with the page that mends it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible, within
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.holes import Hole, HoleKind, holes
from holdfast.web.permissions import needs

from .detail import day_asked
from .links import address
from .listing import tree_options

PAGE = 100


@needs("structure.view")
@require_safe
def missing(request: HttpRequest) -> HttpResponse:
    """The holes as of a day, by kind; narrowed to a kind, a unit and below, a site and in it."""
    user: Any = request.user
    on, problem = day_asked(request)
    found = holes(on, user)
    kind, unit, site = (request.GET.get(name, "").strip() for name in ("kind", "unit", "site"))
    problems = [problem] if problem else []
    for key, tree, place in ((unit, Unit, "unit"), (site, Site, "site")):
        if not key:
            continue
        top: Any = visible(tree._default_manager.filter(key=key), user).first()
        if top is None:
            problems.append(_("There is no unit or site “%(key)s”: that filter was left out.") % {"key": key[:80]})
            continue
        below = set(tree._default_manager.filter(path__startswith=top.path).values_list("pk", flat=True))
        found = [hole for hole in found if getattr(hole, place) in below]
    by_kind: dict[HoleKind, list[Hole]] = defaultdict(list)
    for hole in found:
        by_kind[hole.kind].append(hole)
    tally = [(each, len(by_kind[each])) for each in HoleKind if by_kind[each]]
    if kind in HoleKind.values:
        by_kind = defaultdict(list, {HoleKind(kind): by_kind[HoleKind(kind)]})
    elif kind:
        problems.append(_("There is no such kind of hole: all are shown."))
    menders = Menders(user)
    sections = [
        {
            "kind": each,
            "count": len(rows),
            "rows": [
                {"hole": hole, "mend": menders.of(hole), "page": address(hole.row)} for hole in rows[: _most(kind)]
            ],
            "left": max(len(rows) - _most(kind), 0),
        }
        for each in HoleKind
        if (rows := by_kind.get(each))
    ]
    context = {
        "sections": sections,
        "tally": tally,
        "total": len(found),
        "on": on,
        "today": clock.today(),
        "problems": problems,
        "kind": kind,
        "unit": unit,
        "site": site,
        "units": tree_options(Unit, user),
        "sites": tree_options(Site, user),
    }
    return render(request, "organization/holes.html", context, status=400 if problems else 200)


def _most(kind: str) -> int:
    return 5000 if kind else PAGE


MENDS = {
    HoleKind.SEAT_WITHOUT_HOLDER: ("fill-seat", "structure.edit"),
    HoleKind.SEAT_WITHOUT_ALTERNATE: ("fill-seat", "structure.edit"),
    HoleKind.TASK_WITHOUT_SEAT: ("change-task", "structure.edit"),
    HoleKind.GROUP_WITHOUT_CHAIR: ("add-seat", "structure.edit"),
    HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR: ("add-seat", "structure.edit"),
    HoleKind.UNIT_WITHOUT_FOCAL_POINT: ("name-focal-point", "structure.edit"),
    HoleKind.UNIT_WITHOUT_ALTERNATE: ("name-focal-point", "structure.edit"),
    HoleKind.POST_VACANT: ("give", "person.edit"),
    HoleKind.PROCESS_WITHOUT_UNIT: ("edit", "process.edit"),
    HoleKind.PROCESS_WITHOUT_OWNER: ("edit", "process.edit"),
    HoleKind.PROCESS_WITHOUT_REQUIREMENT: ("add-requirement", "process.edit"),
    HoleKind.FUNCTION_WITHOUT_PROCESS: ("add-requirement", "process.edit"),
    HoleKind.REQUIREMENT_SHORT: ("change-requirement", "process.edit"),
}
"""The page that mends each kind of hole, and what using it takes."""

STARTS = {
    HoleKind.SEAT_WITHOUT_ALTERNATE: "?role=alternate",
    HoleKind.GROUP_WITHOUT_CHAIR: "?role=chair",
    HoleKind.GROUP_WITHOUT_ALTERNATE_CHAIR: "?role=alternate_chair",
    HoleKind.UNIT_WITHOUT_ALTERNATE: "?role=alternate",
}
"""What the form of the mending page starts from."""


class Menders:
    """Where the reader can mend: the rows of each kind on which he has the right, asked once a kind."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self._may: dict[tuple[type[Any], str], set[int]] = {}

    def of(self, hole: Hole) -> str:
        """The address that mends a hole, or "" where the reader may not."""
        page, permission = MENDS[hole.kind]
        kind: Any = hole.row._meta.concrete_model
        asked = (kind, permission)
        if asked not in self._may:
            allowed = kind._default_manager.filter(within(kind, self.user, permission))
            self._may[asked] = set(allowed.values_list("pk", flat=True))
        if hole.row.pk not in self._may[asked]:
            return ""
        part = hole.kind in (
            HoleKind.SEAT_WITHOUT_HOLDER,
            HoleKind.SEAT_WITHOUT_ALTERNATE,
            HoleKind.TASK_WITHOUT_SEAT,
            HoleKind.REQUIREMENT_SHORT,
        )
        return address(hole.row, page, hole.row if part else None) + STARTS.get(hole.kind, "")
