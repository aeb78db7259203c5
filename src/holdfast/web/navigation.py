"""Where one can go: the places of the product in the order in which it is read, each with the permission it takes.

A room that gets pages adds its line here; what it holds stands in its own menu (`pages/rooms.py`). The bar shows what
the reader may open and marks where he is: a place holds all addresses that begin with its own, or with one of `also`,
unless another place's address is longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may_somewhere
from holdfast.web.permissions import shows_example


@dataclass(frozen=True)
class Place:
    """``route`` is the name of its first page, ``example`` whether visitors of the example may open it."""

    label: str | Promise
    route: str
    permission: str
    example: bool = False
    also: tuple[str, ...] = ()
    """Beginnings of other addresses that belong to it."""


PLACES: tuple[Place, ...] = (
    Place(_("Home"), "home", "directory.view", example=True),
    Place(_("Inbox"), "inbox", "notice.own"),
    Place(_("Programme"), "programme", "policy.view"),
    Place(_("Organisation"), "organization", "directory.view"),
    Place(_("Risk"), "heat-map", "risk.view"),
    Place(_("Impact"), "impact", "impact.view"),
    Place(_("Strategies"), "strategies-lacking", "structure.view"),
    Place(_("Plans"), "plans", "plan.view", also=("/records/", "/exercises/")),
    Place(_("Crisis"), "crisis", "incident.view", also=("/drill/",)),
    Place(_("What if"), "what-if", "structure.view", example=True),
)


@dataclass(frozen=True)
class Shown:
    label: str | Promise
    url: str
    here: str
    """``page`` where this is the page shown, ``true`` where the page belongs to it, else nothing."""


def places(user: Any, path: str) -> list[Shown]:
    """The places that the reader may open, with the one marked that the address ``path`` belongs to."""
    signed_in = isinstance(user, User) and user.is_active
    visitor = not signed_in and shows_example()
    open_ = [
        (place, reverse(place.route))
        for place in PLACES
        if (place.example if visitor else signed_in and may_somewhere(user, place.permission))
    ]
    top = reverse("home")
    within = [
        (start, url)
        for place, url in open_
        for start in (url, *place.also)
        if path == start or (start != top and path.startswith(start))
    ]
    here = max(within, key=lambda one: len(one[0]), default=("", ""))[1]
    return [Shown(place.label, url, ("page" if path == url else "true") if url == here else "") for place, url in open_]
