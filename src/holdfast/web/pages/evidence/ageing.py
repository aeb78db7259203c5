"""Figures whose evidence has run out, will soon, or has not been looked at for long: the same list for all kinds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import CharField, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Requirement
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.registry import NOUNS
from holdfast.web.permissions import needs

SOON = timedelta(days=60)
LONG = timedelta(days=730)
"""Without a date of its own, evidence is to be looked at again after this."""
MOST = 300


class Age(StrEnum):
    RUN_OUT = "run-out"
    SOON = "soon"
    LONG_AGO = "long-ago"

    @property
    def label(self) -> str | Promise:
        return {
            Age.RUN_OUT: _("has run out"),
            Age.SOON: _("runs out within 60 days"),
            Age.LONG_AGO: _("not looked at for two years"),
        }[self]


@dataclass(frozen=True)
class Aged:
    """A figure of a thing, and since or until when its evidence is good."""

    row: Any
    figure: str
    fact: Fact
    age: Age
    day: date
    url: str

    @property
    def unit(self) -> Any:
        row = self.row.node if isinstance(self.row, Requirement) else self.row
        return getattr(row, "unit", None)


def aged(user: Any, on: date) -> list[Aged]:
    """What the reader may see, the longest run out first."""
    found: list[Aged] = []
    kinds = dict.fromkeys(noun.model._meta.concrete_model for noun in NOUNS)
    for model in [*kinds, Requirement]:
        found += _of_kind(model, user, on)
    order = list(Age)
    return sorted(found, key=lambda one: (order.index(one.age), one.day, str(one.row)))


def _of_kind(model: Any, user: Any, on: date) -> list[Aged]:
    columns = [field for field in model._meta.concrete_fields if isinstance(field, FactField)]
    if not columns:
        return []
    condition = Q(pk__in=())
    transforms: dict[str, Cast] = {}
    for column in columns:
        until, since = f"{column.name}_until", f"{column.name}_since"
        transforms[until] = _day(f"{column.name}__valid_until")
        transforms[since] = _day(f"{column.name}__as_of")
        condition |= Q(**{f"{until}__lte": (on + SOON).isoformat()})
        condition |= Q(**{f"{until}__isnull": True, f"{since}__lte": (on - LONG).isoformat()})
    near = ("node__unit",) if model is Requirement else ("unit",) if _has(model, "unit") else ()
    rows = visible(model._default_manager.all(), user).annotate(**transforms).filter(condition)
    return [
        line for row in rows.select_related(*near) for column in columns if (line := _line(row, column, on)) is not None
    ]


def _day(part: str) -> Cast:
    """A part of a fact as text, so that days in ISO 8601 are compared as such and not as JSON."""
    return Cast(KT(part), CharField(max_length=10))


def _line(row: Any, column: Any, on: date) -> Aged | None:
    fact: Fact | None = getattr(row, column.name)
    if fact is None:
        return None
    if fact.valid_until is not None:
        if fact.valid_until > on + SOON:
            return None
        age, day = (Age.RUN_OUT if fact.valid_until <= on else Age.SOON), fact.valid_until
    elif fact.as_of is not None and fact.as_of <= on - LONG:
        age, day = Age.LONG_AGO, fact.as_of
    else:
        return None
    label = str(column.verbose_name)
    return Aged(row, label[:1].upper() + label[1:], fact, age, day, address(row))


def _has(model: Any, name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


@needs("structure.view")
@require_safe
def ageing(request: HttpRequest) -> HttpResponse:
    """The list, chosen by ``age`` and ``unit`` of the address."""
    user: Any = request.user
    on = clock.today()
    everything = aged(user, on)
    age, unit = request.GET.get("age", ""), request.GET.get("unit", "")
    paths = dict(Unit.objects.filter(pk__in=[one.unit.pk for one in everything if one.unit]).values_list("key", "name"))
    lines = [
        one
        for one in everything
        if (not age or one.age.value == age) and (not unit or (one.unit is not None and one.unit.key == unit))
    ]
    context = {
        "lines": lines[:MOST],
        "left": max(len(lines) - MOST, 0),
        "total": len(everything),
        "tally": [(each, sum(one.age is each for one in everything)) for each in Age],
        "units": sorted(paths.items(), key=lambda row: row[1]),
        "age": age,
        "unit": unit,
        "on": on,
    }
    return render(request, "evidence/ageing.html", context)
