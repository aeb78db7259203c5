"""A list as its address asks for it: search, filters, order, page and the day that it is asked for, all in the address.

    ?q=words &unit=KEY &site=KEY &kind=… &state=… &tag=… &own=NAME:VALUE &as_of=2008-10-01 &sort=-name &page=2

Unknown parameters are let be; a value that cannot be is said above the list, and the rest still counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection, models
from django.db.models import F, Func, OrderBy, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Valid, ValidQuerySet

PAGE = 50
SIZES = (50, 200, 1000)
MOST_OPTIONS = 500
MOST_WORDS = 8
UNIT_AND_BELOW = gettext_lazy("Unit and below")
SITE_AND_IN_IT = gettext_lazy("Site and in it")
Rows = Any
"""A query set of whichever rows a list shows."""
Label = str | Promise


@dataclass(frozen=True)
class Column:
    """`value` of a row gives what the cell shows (values.py); `sort`: the fields to order by, none: cannot be."""

    key: str
    label: Label
    value: Callable[[Any], Any]
    sort: tuple[str, ...] = ()
    number: bool = False


@dataclass(frozen=True)
class Filter:
    """One choice over a list; `apply` narrows it, or raises LookupError for a value that cannot be."""

    key: str
    label: Label
    options: Callable[[Rows, Any], Sequence[tuple[str, str]]]
    apply: Callable[[Rows, str, Any], Rows]


@dataclass(frozen=True)
class Listing:
    """What a list shows. `prepare` brings along, in a fixed number of queries, what the columns read."""

    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    search: tuple[str, ...] = ("name", "key")
    order: tuple[str | OrderBy, ...] = ("name",)
    prepare: Callable[[Rows, Any, date], Rows] = lambda rows, user, on: rows
    prepared_order: bool = False
    """Whether `order` names what `prepare` adds."""


@dataclass
class Choice:
    """A filter as the form shows it."""

    key: str
    label: Label
    options: Sequence[tuple[str, str]]
    value: str


@dataclass
class Shown:
    """The list that was asked for."""

    listing: Listing
    query: QueryDict
    rows: Rows
    on: date
    choices: list[Choice]
    problems: list[str]
    order: str
    page: Page[Any] | None = None
    words: str = ""
    any_day: bool = False
    dated: bool = False
    _lines: list[list[Any]] = field(default_factory=list)

    @property
    def narrowed(self) -> bool:
        return bool(self.words or any(choice.value for choice in self.choices))

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The columns with the address that orders by them, and which way the list is ordered now."""
        heads = []
        for column in self.listing.columns:
            now = {column.key: "ascending", f"-{column.key}": "descending"}.get(self.order, "")
            turned = f"-{column.key}" if now == "ascending" else column.key
            url = self.address(sort=turned, page=None) if column.sort else ""
            heads.append({"label": column.label, "url": url, "now": now, "number": column.number})
        return heads

    @property
    def lines(self) -> list[list[dict[str, Any]]]:
        columns = self.listing.columns
        return [
            [{"value": column.value(row), "number": column.number, "label": column.label} for column in columns]
            for row in (self.page or ())
        ]

    def address(self, **changed: str | None) -> str:
        """The address of this list with some of its parameters changed."""
        query = self.query.copy()
        for key, value in changed.items():
            if value is None:
                query.pop(key, None)
            else:
                query[key] = value
        for key in [key for key, values in query.lists() if values in ([""], [])]:
            del query[key]
        return f"?{query.urlencode()}"

    @property
    def pages(self) -> dict[str, str]:
        page = self.page
        if page is None or not page.has_other_pages():
            return {}
        found = {}
        if page.has_previous():
            found["previous"] = self.address(page=str(page.previous_page_number()))
        if page.has_next():
            found["next"] = self.address(page=str(page.next_page_number()))
        return found


def ask(listing: Listing, rows: Rows, query: QueryDict, user: Any, *, paged: bool = True) -> Shown:
    """Reads the address and narrows `rows`, which are those that `user` may see."""
    problems: list[str] = []
    everything = rows
    dated = issubclass(rows.model, Valid) and isinstance(rows, ValidQuerySet)
    on, any_day = clock.today(), query.get("valid") == "any"
    if given := query.get("as_of", "").strip():
        try:
            on = date.fromisoformat(given)
        except ValueError:
            problems.append(_("“%(given)s” is no date: write it as 2008-10-01.") % {"given": given[:40]})
    if dated and not any_day:
        rows = rows.as_of(on)
    words = words_of(query)
    rows = matching(rows, listing, words)
    choices = []
    for filtering in listing.filters:
        value = query.get(filtering.key, "").strip().replace("\0", "")[:300]
        if value:
            try:
                rows = filtering.apply(rows, value, user)
            except LookupError:
                said = _("There is no %(filter)s “%(value)s”: that filter was left out.")
                problems.append(said % {"filter": str(filtering.label).lower(), "value": value[:80]})
                value = ""
        choices.append(Choice(filtering.key, filtering.label, filtering.options(everything, user), value))
    order = query.get("sort", "")
    by = next((column for column in listing.columns if column.sort and column.key == order.removeprefix("-")), None)
    if by is None:
        order = ""
    rows = listing.prepare(rows, user, on)
    rows = rows.order_by(*(_ordered(by, order.startswith("-")) if by else ()), *listing.order, "pk")
    shown = Shown(listing, query, rows, on, choices, problems, order, words=words, any_day=any_day, dated=dated)
    if paged:
        size = query.get("size", "")
        paginator = Paginator(rows, int(size) if size in map(str, SIZES) else PAGE)
        shown.page = paginator.get_page(query.get("page"))
    return shown


def words_of(query: QueryDict) -> str:
    """The words that an address searches for."""
    return " ".join(query.get("q", "").replace("\0", "").split())[:200]


def matching(rows: Rows, listing: Listing, words: str) -> Rows:
    """The rows that hold every word in one of the list's fields."""
    for word in words.split()[:MOST_WORDS]:
        condition = Q()
        for name in listing.search:
            condition |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(condition)
    return rows


def _ordered(column: Column, descending: bool) -> Iterable[OrderBy]:
    """What is not known comes last, whichever way."""
    for name in column.sort:
        yield OrderBy(F(name), descending=descending, nulls_last=True)


def choice_filter(key: str, label: Label, choices: type[models.TextChoices], column: str = "") -> Filter:
    def apply(rows: Rows, value: str, user: Any) -> Rows:
        if value not in choices.values:
            raise LookupError(value)
        return rows.filter(**{column or key: value})

    return Filter(key, label, lambda rows, user: [(value, str(name)) for value, name in choices.choices], apply)


def yes_no_filter(key: str, label: Label, column: str = "") -> Filter:
    def apply(rows: Rows, value: str, user: Any) -> Rows:
        return rows.filter(**{column or key: {"yes": True, "no": False}[value]})

    return Filter(key, label, lambda rows, user: [("yes", _("yes")), ("no", _("no"))], apply)


def _tree_filter(key: str, label: Label, tree: type[Unit] | type[Site], lookup: str) -> Filter:
    def options(rows: Rows, user: Any) -> Sequence[tuple[str, str]]:
        return tree_options(tree, user)

    def apply(rows: Rows, value: str, user: Any) -> Rows:
        top = visible(tree.objects.filter(key=value), user).first()
        if top is None:
            raise LookupError(value)
        if not lookup:
            return rows.filter(path__startswith=top.path)
        return rows.filter(**{f"{lookup}__in": tree.objects.within(top.path).values("pk")})

    return Filter(key, label, options, apply)


def unit_filter(lookup: str = "unit", label: Label = UNIT_AND_BELOW) -> Filter:
    return _tree_filter("unit", label, Unit, lookup)


def site_filter(lookup: str = "site", label: Label = SITE_AND_IN_IT) -> Filter:
    return _tree_filter("site", label, Site, lookup)


def tree_options(tree: type[Unit] | type[Site], user: Any) -> list[tuple[str, str]]:
    """Key and name, indented by depth, in the order of the tree; those right below the top first to be cut last."""
    rows = visible(tree.objects.all(), user).order_by("path").values_list("key", "name", "path")[:MOST_OPTIONS]
    return [(key, "\u2003" * (path.count("/") - 1) + name) for key, name, path in rows]


def _tag_options(rows: Rows, user: Any) -> list[tuple[str, str]]:
    kept = rows.exclude(tags=[]).order_by().values_list("tags", flat=True).distinct()[:MOST_OPTIONS]
    return [(tag, tag) for tag in sorted({tag for tags in kept for tag in tags})]


class _HasTag(Func):
    """Whether a JSON list of texts holds a text, on SQLite, which has no containment of JSON."""

    template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)"
    arg_joiner = ") WHERE value = "
    output_field = models.BooleanField()


def _tagged(rows: Rows, tag: str, user: Any) -> Rows:
    if connection.features.supports_json_field_contains:
        return rows.filter(tags__contains=[tag])
    return rows.filter(_HasTag(F("tags"), Value(tag)))


TAG = Filter("tag", gettext_lazy("Tag"), _tag_options, _tagged)


def _own_options(rows: Rows, user: Any) -> list[tuple[str, str]]:
    """Own fields with each of their values: "floor space:1200"."""
    kept = rows.exclude(fields={}).order_by().values_list("fields", flat=True).distinct()[:MOST_OPTIONS]
    found = {(name, _own_text(value)) for fields in kept for name, value in fields.items()}
    return [(f"{name}:{value}", f"{name}: {value}") for name, value in sorted(found)][:MOST_OPTIONS]


def _own_text(value: Any) -> str:
    """As the database gives a value of JSON as text."""
    return value if isinstance(value, str) else json.dumps(value)


def _own(rows: Rows, given: str, user: Any) -> Rows:
    name, colon, value = given.partition(":")
    if not colon or not name:
        raise LookupError(given)
    return rows.annotate(_own=Cast(KeyTextTransform(name, "fields"), models.TextField())).filter(_own=value)


OWN = Filter("own", gettext_lazy("Own field"), _own_options, _own)
