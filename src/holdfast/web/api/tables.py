"""A table in the API: listed, read, made and changed in one manner.

What differs between tables is said once, as a `Table`; `offer` makes the routes of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Schema, Status
from pydantic import Field, create_model

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Keyed, Row, Valid
from holdfast.web.api.errors import Invalid
from holdfast.web.api.reading import check_address, tag_of, version_seen
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key, Number, change_shape, choices_of, given, new_shape, row_shape
from holdfast.web.permissions import needs

MOST_ROWS = 500
FARTHEST = 10_000_000

Prepare = Callable[[QuerySet[Any], User, date | None], QuerySet[Any]]
More = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Table:
    """`name` is the address, `one` what a single row is called. `fields` are given out; of `related` ones the key.

    `create` and `change` are acts, with the fields that they take. `prepare` adds what is read together with the rows,
    and `more` what is given out of that, in the shape `extra`. `permission` is what writing takes; reading takes what
    the table's own scope says.
    """

    name: str
    one: str
    model: type[Row]
    fields: tuple[str, ...]
    permission: str
    create: Callable[..., Any] | None = None
    create_fields: tuple[str, ...] = ()
    change: Callable[..., Any] | None = None
    change_fields: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    order: tuple[str, ...] = ("pk",)
    search: tuple[str, ...] = ()
    rows: Callable[[], QuerySet[Any]] | None = None
    prepare: Prepare | None = None
    more: More | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    create_extra: dict[str, Any] = field(default_factory=dict)
    create_permission: str = ""
    """What making takes, where that is another permission than changing."""
    change_extra: dict[str, Any] = field(default_factory=dict)

    @property
    def view(self) -> str:
        return self.model.SCOPE.view

    @property
    def is_keyed(self) -> bool:
        return issubclass(self.model, Keyed)

    @property
    def related(self) -> tuple[str, ...]:
        return tuple(name for name in self.fields if self.model._meta.get_field(name).is_relation)

    @cached_property
    def numbered(self) -> tuple[str, ...]:
        """The related rows that have no key, and are named by their number."""
        kinds = {name: self.model._meta.get_field(name).related_model for name in self.related}
        return tuple(name for name, kind in kinds.items() if not issubclass(kind, Keyed) and kind is not User)

    @property
    def title(self) -> str:
        return "".join(part.capitalize() for part in self.one.split("-"))

    def all(self) -> QuerySet[Any]:
        rows = self.rows() if self.rows is not None else self.model._default_manager.all()
        return rows.select_related(*self.related)

    def seen_by(self, user: User, as_of: date | None = None) -> QuerySet[Any]:
        """The rows that the user may see, with what is given out together with them."""
        rows = visible(self.all(), user, None)
        return rows if self.prepare is None else self.prepare(rows, user, as_of)

    def row(self, user: User, key: str | int) -> Any:
        """One row. Raises Http404 where it is not there for this user."""
        found = self.seen_by(user).filter(**{"key" if self.is_keyed else "pk": key}).first()
        if found is None:
            raise Http404(
                _("There is no %(one)s “%(key)s”.") % {"one": self.one.replace("-", " "), "key": str(key)[:130]}
            )
        return found

    def record(self, row: Any) -> dict[str, Any]:
        """The row as JSON."""
        name = {"key": row.key} if self.is_keyed else {"id": row.pk}
        more = {} if self.more is None else self.more(row)
        numbers = {field: getattr(row, f"{field}_id") for field in self.numbered}
        return {**name, "version": row.version, **row.as_record(self.fields), **numbers, **more}


def offer(routes: Routes, table: Table) -> type[Schema]:
    """The routes of a table: list and detail, and create and change where it has acts for them."""
    out = row_shape(table.model, table.title, table.fields, **table.extra)
    _offer_list(routes, table, out)
    _offer_detail(routes, table, out)
    if table.create is not None:
        _offer_create(routes, table, out)
    if table.change is not None:
        _offer_change(routes, table, out)
    return out


def address_of(table: Table, verb: str = "") -> str:
    """The address of one row, or of what is done to it."""
    return f"/{table.name}/{{{'key' if table.is_keyed else 'number'}}}{'/' + verb if verb else ''}"


def offer_act(
    routes: Routes,
    table: Table,
    out: type[Schema],
    verb: str,
    body: type[Schema],
    act: Callable[..., Any],
    summary: str,
    *,
    permission: str = "",
) -> None:
    """POST to a row: an act that takes the row, the version seen and what `body` holds beside it."""

    def run(request: HttpRequest, response: HttpResponse, key: str | int, data: Any) -> Any:
        row = table.row(request.user, key)
        more = {name: part for name, part in data.model_dump(exclude_unset=True).items() if name != "version"}
        done = act(request.user, row, version=version_seen(request, data.version), **more)
        return _answer(table, request.user, response, done)

    _one_row(routes, table, "POST", verb, run, summary, out, permission or table.permission, body)


def offer_removal(routes: Routes, table: Table, act: Callable[..., Any], summary: str) -> None:
    """DELETE of a row: the version seen is wanted as If-Match."""

    def run(request: HttpRequest, response: HttpResponse, key: str | int) -> Any:
        row = table.row(request.user, key)
        act(request.user, row, version=version_seen(request, None))
        return Status(204, None)

    _one_row(routes, table, "DELETE", "", run, summary, None, table.permission, None)


def _offer_list(routes: Routes, table: Table, out: type[Schema]) -> None:
    asked = _list_query(table)
    listed = create_model(
        f"{table.title}List",
        __base__=Schema,
        items=(list[out], ...),  # type: ignore[valid-type]
        count=(int, ...),
        next=(str | None, ...),
    )

    @needs(table.view)
    def rows(request: HttpRequest, query: Query[asked]) -> Any:  # type: ignore[valid-type]
        check_address(request, set(asked.model_fields))
        return page(request, table, query)

    rows.__doc__ = f"{table.name.replace('-', ' ').capitalize()} that you may see."
    _add(routes, "GET", f"/{table.name}", rows, f"List {table.name.replace('-', ' ')}", listed, f"list_{table.name}")


def _offer_detail(routes: Routes, table: Table, out: type[Schema]) -> None:
    def run(request: HttpRequest, response: HttpResponse, key: str | int) -> Any:
        return _answer(table, request.user, response, table.row(request.user, key), read_again=False)

    _one_row(routes, table, "GET", "", run, f"Read one {table.one.replace('-', ' ')}", out, table.view, None)


def _offer_create(routes: Routes, table: Table, out: type[Schema]) -> None:
    body = new_shape(table.model, f"{table.title}New", table.create_fields, **table.create_extra)
    create = table.create
    assert create is not None

    @needs(table.create_permission or table.permission)
    def make(request: HttpRequest, response: HttpResponse, data: body) -> Any:  # type: ignore[valid-type]
        check_address(request, set())
        fields = given(data, table.model, request.user, without=table.create_extra)
        extra = {name: getattr(data, name) for name in table.create_extra if name in data.model_fields_set}
        done = create(request.user, **fields, **extra)
        return Status(201, _answer(table, request.user, response, done))

    name = f"Make a {table.one.replace('-', ' ')}"
    _add(routes, "POST", f"/{table.name}", make, name, {201: out}, f"create_{table.one}")


def _offer_change(routes: Routes, table: Table, out: type[Schema]) -> None:
    body = change_shape(table.model, f"{table.title}Change", table.change_fields, **table.change_extra)
    change = table.change
    assert change is not None

    def run(request: HttpRequest, response: HttpResponse, key: str | int, data: Any) -> Any:
        row = table.row(request.user, key)
        version = version_seen(request, data.version)
        fields = given(data, table.model, request.user, without=table.change_extra)
        extra = {name: getattr(data, name) for name in table.change_extra if name in data.model_fields_set}
        done = change(request.user, row, version=version, **fields, **extra)
        return _answer(table, request.user, response, done)

    summary = f"Change a {table.one.replace('-', ' ')}"
    _one_row(routes, table, "PATCH", "", run, summary, out, table.permission, body)


def _one_row(
    routes: Routes,
    table: Table,
    method: str,
    verb: str,
    run: Callable[..., Any],
    summary: str,
    out: Any,
    permission: str,
    body: type[Schema] | None,
) -> None:
    """A route whose address names one row, by its key or by its number, with or without a body."""
    declare = needs(permission, on=table.model)
    if table.is_keyed and body is None:

        @declare
        def one(request: HttpRequest, response: HttpResponse, key: Key) -> Any:
            check_address(request, set())
            return run(request, response, key)

    elif table.is_keyed:

        @declare
        def one(request: HttpRequest, response: HttpResponse, key: Key, data: body) -> Any:  # type: ignore[valid-type]
            check_address(request, set())
            return run(request, response, key, data)

    elif body is None:

        @declare
        def one(request: HttpRequest, response: HttpResponse, number: Number) -> Any:
            check_address(request, set())
            return run(request, response, number)

    else:

        @declare
        def one(request: HttpRequest, response: HttpResponse, number: Number, data: body) -> Any:  # type: ignore[valid-type]
            check_address(request, set())
            return run(request, response, number, data)

    names = {"GET": "read", "PATCH": "change", "DELETE": "remove", "POST": verb}
    answers = {204: None} if method == "DELETE" else out
    _add(routes, method, address_of(table, verb), one, summary, answers, f"{names[method]}_{table.one}")


def _add(
    routes: Routes, method: str, path: str, view: Callable[..., Any], summary: str, response: Any, operation: str
) -> None:
    name = operation.replace("-", "_")
    view.__name__ = name
    routes.add_api_operation(path, [method], view, response=response, summary=summary, operation_id=name)


def _answer(table: Table, user: User, response: HttpResponse, row: Row, read_again: bool = True) -> dict[str, Any]:
    """The row with its ETag; after an act as it is now, with all that is given out."""
    if read_again:
        found = table.seen_by(user).filter(pk=row.pk).first()
        if found is None:
            # Moved out of the caller's sight by what was done: what was done is still said.
            found = (table.all() if table.prepare is None else table.prepare(table.all(), user, None)).get(pk=row.pk)
        row = found
    response.headers["ETag"] = tag_of(row)
    return table.record(row)


def page(request: HttpRequest, table: Table, query: Any) -> dict[str, Any]:
    """One page of the rows that the caller may see: filtered, sorted, always in the same order."""
    rows = _filtered(table.seen_by(request.user, getattr(query, "as_of", None)), table, query)
    count = rows.count()
    chosen = [query.sort] if query.sort else []
    found = rows.order_by(*chosen, *table.order, "pk")[query.offset : query.offset + query.limit]
    items = [table.record(row) for row in found]
    following = query.offset + query.limit
    return {"items": items, "count": count, "next": _next(request, following) if following < count else None}


def _next(request: HttpRequest, offset: int) -> str:
    parameters = request.GET.copy()
    parameters["offset"] = str(offset)
    return f"{request.path}?{parameters.urlencode()}"


def _list_query(table: Table) -> type[Schema]:
    shape: dict[str, Any] = {}
    for name in table.filters:
        column = table.model._meta.get_field(name)
        if column.is_relation:
            kind: Any = Key if issubclass(column.related_model, Keyed) else Number
        elif column.choices:
            kind = choices_of(column)
        else:
            kind = {"BooleanField": bool, "DateField": date}.get(
                column.get_internal_type(), Annotated[str, Field(max_length=300)]
            )
        shape[name] = (kind | None, None)
    if _tree(table, Unit):
        shape["under"] = (
            Key | None,
            Field(default=None, description="A unit: only what belongs to it and all under it."),
        )
    if _tree(table, Site):
        shape["inside"] = (Key | None, Field(default=None, description="A site: only what is at it and all in it."))
    if table.search:
        shape["q"] = (
            Annotated[str, Field(max_length=200)] | None,
            Field(default=None, description="Words of the name."),
        )
    if issubclass(table.model, Described):
        shape["tag"] = (Annotated[str, Field(max_length=200)] | None, None)
    if issubclass(table.model, Valid):
        shape["as_of"] = (date | None, Field(default=None, description="Only what is valid on this date."))
    sorts = tuple(sign + name for name in table.sorts for sign in ("", "-"))
    shape["sort"] = (Literal[sorts] | None if sorts else None, None)
    shape["limit"] = (Annotated[int, Field(ge=1, le=MOST_ROWS)], 50)
    shape["offset"] = (Annotated[int, Field(ge=0, le=FARTHEST)], 0)
    return create_model(f"{table.title}Query", __base__=Schema, **shape)  # type: ignore[no-any-return]


def _tree(table: Table, tree: type[Row]) -> str:
    """The lookup from a row to its unit, or to its site; empty where it has none."""
    if table.model is tree:
        return "pk"
    name = "unit" if tree is Unit else "site"
    return name if name in table.fields else ""


def _filtered(rows: QuerySet[Any], table: Table, query: Any) -> QuerySet[Any]:
    for name in table.filters:
        value = getattr(query, name)
        if value is None:
            continue
        column = table.model._meta.get_field(name)
        by_key = column.is_relation and issubclass(column.related_model, Keyed)
        rows = rows.filter(**{f"{name}__key" if by_key else name: value})
    for name, tree in (("under", Unit), ("inside", Site)):
        if key := getattr(query, name, None):
            rows = rows.filter(**{f"{_tree(table, tree)}__in": _below(tree, name, key)})
    if words := getattr(query, "q", None):
        for word in words.split():
            rows = rows.filter(_any(table.search, word))
    if tag := getattr(query, "tag", None):
        rows = _tagged(rows, table, tag)
    if as_of := getattr(query, "as_of", None):
        rows = rows.as_of(as_of)
    return rows


def _below(tree: Any, name: str, key: str) -> Any:
    path = tree.objects.filter(key=key).values_list("path", flat=True).first()
    if path is None:
        raise Invalid((name, _("There is no “%(key)s”.") % {"key": key}))
    return tree.objects.within(path).values("pk")


def _any(fields: Iterable[str], word: str) -> Q:
    condition = Q(pk__in=())
    for name in fields:
        condition |= Q(**{f"{name}__icontains": word})
    return condition


def _tagged(rows: QuerySet[Any], table: Table, tag: str) -> QuerySet[Any]:
    """SQLite has no containment of JSON, so the tags are asked as a table there."""
    if connection.features.supports_json_field_contains:
        return rows.filter(tags__contains=[tag])
    tags = f"{connection.ops.quote_name(table.model._meta.db_table)}.tags"
    # The name of a table of ours; the tag itself is a parameter.
    asked = f"EXISTS (SELECT 1 FROM json_each({tags}) AS tag WHERE tag.value = %s)"  # noqa: S608
    return rows.extra(where=[asked], params=[tag])  # noqa: S610
