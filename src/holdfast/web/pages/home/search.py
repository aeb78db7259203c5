"""Search: every kind of thing that has a list, within what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.rows import ValidQuerySet
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.listing import matching, words_of
from holdfast.web.pages.rooms import NOUNS
from holdfast.web.permissions import needs

MOST_OF_A_KIND = 6


@dataclass(frozen=True)
class Found:
    name: str
    about: str
    url: str


@dataclass(frozen=True)
class Kind:
    """What was found of one kind: the first few, how many in all, and where all of them are listed."""

    label: str | Promise
    rows: list[Found]
    count: int
    url: str


@needs("directory.view")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What holds every word in its name, acronym or key."""
    user: Any = request.user
    words = words_of(request.GET)
    kinds = _found(user, words) if words else []
    context = {"words": words, "kinds": kinds, "total": sum(kind.count for kind in kinds)}
    return render(request, "home/search.html", context)


def _found(user: Any, words: str) -> list[Kind]:
    """Two questions a kind, however many there are."""
    on = clock.today()
    found = []
    for noun in NOUNS:
        if not may_somewhere(user, noun.view):
            continue
        rows: Any = matching(visible(noun.rows(), user, noun.view), noun.listing, words)
        if isinstance(rows, ValidQuerySet):
            rows = rows.as_of(on)
        if count := rows.count():
            prepared = noun.listing.prepare(rows, user, on) if noun.listing.prepared_order else rows
            some = prepared.select_related(*noun.related).order_by(*noun.listing.order, "pk")[:MOST_OF_A_KIND]
            found.append(
                Kind(
                    noun.many,
                    [Found(str(row), _about(row), address(row)) for row in some],
                    count,
                    f"{reverse(noun.slug)}?{urlencode({'q': words})}",
                )
            )
    return found


def _about(row: Any) -> str:
    """Where it belongs, in a few words: its kind, its unit, its site."""
    parts = [row.get_kind_display() if hasattr(row, "get_kind_display") else ""]
    names = {field.name for field in row._meta.concrete_fields if field.is_relation}
    parts += [str(getattr(row, name)) for name in ("unit", "site") if name in names and getattr(row, name) is not None]
    return " · ".join(str(part) for part in dict.fromkeys(parts) if part and str(part) != str(row))
