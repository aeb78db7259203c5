"""A noun: one kind of thing, and all that its pages need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db import models
from django.http import HttpResponse
from django.utils.functional import Promise

from holdfast.organization.rows import Row

from .listing import Listing

Label = str | Promise
Fields = Mapping[str, forms.Field]
MadeForm = tuple[Fields, Mapping[str, Any]]
"""The fields of a form, and what they start from."""


@dataclass(frozen=True)
class Step:
    """A business act that stands on the page of a thing: its form and its call.

    `on` is the table of the row that the act changes where that is a part of the thing, and `within` the way from the
    part to the thing ("group", "seat__group"); the address then is the part's. `form(thing, part, user)` makes the
    form; `call(by, thing, part, version, cleaned)` runs the act. `rights` is the permission of the act.
    """

    slug: str
    title: Label
    button: Label
    rights: str
    form: Callable[[Any, Any, Any], MadeForm]
    call: Callable[[Any, Any, Any, int, dict[str, Any]], Any]
    on: type[Row] | None = None
    within: str = ""
    says: Label = ""
    back: str = ""
    """The place on the thing's page to return to."""
    ends: bool = False
    """Whether it ends or removes something: its button says so by its look."""


@dataclass(frozen=True)
class Making:
    """How a thing is made and changed: the columns of its form in order, and its two acts."""

    columns: tuple[str, ...]
    create: Callable[..., Any] | None
    """None: it is made on the page of something else."""
    edit: Callable[..., Any] | None
    """None: it stays as it was made."""
    fixed: tuple[str, ...] = ()
    """Columns that are given once, with the key, and stay."""
    absent: tuple[str, ...] = ()
    """Columns of the form of a change that a new thing does not take."""
    once: tuple[str, ...] = ()
    """Columns that only a new thing takes here: a step changes them later."""
    given: Mapping[str, Any] | None = None
    """What every new one has."""
    make_page: Callable[..., HttpResponse] | None = None
    change_page: Callable[..., HttpResponse] | None = None
    """Pages of its own, where the form made from the columns does not do."""


@dataclass(frozen=True)
class Noun:
    """`slug` stands in the addresses, `name` in the names of routes; `tell(row, user, on)` is what its page shows."""

    slug: str
    name: str
    model: type[Row]
    rows: Callable[[], Any]
    one: Label
    many: Label
    lead: Label
    view: str
    edit: str
    listing: Listing
    tell: Callable[[Any, Any, date], dict[str, Any]]
    related: tuple[str, ...] = ()
    """What its page reads along with the row."""
    making: Making | None = None
    steps: tuple[Step, ...] = ()
    parts: tuple[tuple[type[models.Model], str], ...] = ()
    """Tables whose history is told with the thing's own, and the lookup from them to the thing."""
    room: str = "organization"
    """The folder of its templates."""
    empty: Label = ""
    """What the list says while there is none at all: what is missing, and what to do."""

    @property
    def creates(self) -> bool:
        """Whether a page makes a new one."""
        return self.making is not None and (self.making.create is not None or self.making.make_page is not None)

    @property
    def template(self) -> str:
        return f"{self.room}/{'node' if self.name in ('process', 'resource', 'function') else self.name}.html"
