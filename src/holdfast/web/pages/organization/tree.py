"""The organisation as a tree, as of a day; and the way to one's own page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.holes import VIEW as SEE_HOLES
from holdfast.organization.structure.holes import holes
from holdfast.organization.structure.models import FocalPoint, Person
from holdfast.organization.structure.models.groups import FocalRole
from holdfast.web.permissions import needs

from .detail import day_asked
from .registry import NOUNS
from .units import focal_of

OPEN_TO = 2
MOST = 2000


@dataclass
class Branch:
    """A step of drawing the tree: a unit begins (`unit`), or the last begun ends (`unit` None). `folds`: it has others
    under it."""

    unit: Any = None
    folds: bool = False
    open: bool = False
    focal: Any = ()
    alternate: Any = ()
    holes: int = 0
    below: int = 0


@needs("directory.view")
@require_safe
def tree(request: HttpRequest) -> HttpResponse:
    """All units, folded from the third level on; each with its focal point and what is missing in it."""
    user: Any = request.user
    on, problem = day_asked(request)
    points = visible(FocalPoint.objects.as_of(on).select_related("post"), user)
    rows = visible(Unit.objects.as_of(on), user).select_related("site").order_by("path")
    units = list(rows.prefetch_related(Prefetch("focal_points", points, to_attr="points_now"))[: MOST + 1])
    found = holes(on, user) if may_somewhere(user, SEE_HOLES) else []
    counted = Counter(hole.unit for hole in found)
    everything = request.GET.get("open") == "all"
    context = {
        "branches": list(_branches(units[:MOST], counted, everything)),
        "units": len(units[:MOST]),
        "cut": len(units) > MOST,
        "on": on,
        "today": clock.today(),
        "problem": problem,
        "kinds": Counter(unit.get_kind_display() for unit in units).most_common(),
        "holes": len(found) if may_somewhere(user, SEE_HOLES) else None,
        "worst": Counter(hole.kind for hole in found).most_common(4),
        "everything": everything,
        "counts": _counts(user, on),
        "may_create": may_somewhere(user, "structure.edit"),
        "may_import": may_somewhere(user, "data.import"),
    }
    return render(request, "organization/tree.html", context, status=400 if problem else 200)


@needs("directory.view")
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """One's own page: posts, seats, duties, contact points."""
    person = Person.objects.filter(user=request.user.pk).first()
    if person is None:
        return render(request, "organization/no_person.html")
    return redirect("person", person.key)


def _branches(units: list[Any], counted: Counter[int | None], everything: bool) -> Iterator[Branch]:
    """The units in the order of their paths as beginnings and ends; a unit whose parent is not shown begins a tree."""
    below: Counter[str] = Counter()
    for unit in units:
        keys = unit.path.split("/")[:-1]
        for end in range(1, len(keys)):
            below["/".join(keys[:end]) + "/"] += counted[unit.pk]
    # The largest tree first: one's own organisation before those that it works with.
    sizes = Counter(unit.path.split("/")[0] for unit in units)
    ordered = sorted(units, key=lambda unit: (-sizes[unit.path.split("/")[0]], unit.path.split("/")))
    begun: list[tuple[str, bool]] = []
    parents = {unit.parent_id for unit in units}
    for unit in ordered:
        while begun and not unit.path.startswith(begun[-1][0]):
            yield Branch(folds=begun.pop()[1])
        depth, folds = len(begun), unit.pk in parents
        begun.append((unit.path, folds))
        yield Branch(
            unit,
            folds=folds,
            open=everything or depth < OPEN_TO,
            focal=focal_of(unit, FocalRole.FOCAL),
            alternate=focal_of(unit, FocalRole.ALTERNATE),
            holes=counted[unit.pk],
            below=below[unit.path],
        )
    while begun:
        yield Branch(folds=begun.pop()[1])


def _counts(user: Any, on: Any) -> list[dict[str, Any]]:
    """How many of each there are, of those that the reader may see."""
    found = []
    for noun in NOUNS:
        if noun.model is Unit or not may_somewhere(user, noun.view):
            continue
        rows: Any = visible(noun.rows(), user, noun.view)
        found.append({"noun": noun, "count": rows.as_of(on).count()})
    return found
