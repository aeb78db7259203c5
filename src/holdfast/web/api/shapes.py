"""The shapes of rows in the API, made from the tables: one field of a table is one field of the JSON.

Related rows are named by key, facts are objects with their evidence, dates are ISO 8601.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field, create_model

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.evidence.fact import MOST_FILES, BadFact, Basis, Fact
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.rows import DescribedFields, Keyed, Row
from holdfast.web.api.errors import Invalid

MOST_INTEGER = 2_147_483_647
LONGEST_TEXT = 20_000
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
Key = Annotated[str, Field(min_length=1, max_length=120)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Line = Annotated[str, Field(max_length=1000)]
Number = Annotated[int, Field(ge=1, le=2**62)]
"""The number of a row that has no key."""


class FactIn(Schema):
    """A figure with its evidence. Uncertain ones have low and high, or p90, beside the value."""

    model_config = ConfigDict(extra="forbid")

    value: Finite | None
    unit: Annotated[str, Field(min_length=1, max_length=60)]
    basis: Basis
    source: Text = ""
    as_of: date | None = None
    valid_until: date | None = None
    low: Finite | None = None
    high: Finite | None = None
    p90: Finite | None = None
    files: Annotated[list[Key], Field(max_length=MOST_FILES)] = Field(
        default_factory=list, description="Keys of evidence files."
    )


class FactOut(Schema):
    """A figure with its evidence, and who entered it."""

    value: float | None = None
    unit: str
    basis: Basis
    source: str = ""
    as_of: date | None = None
    valid_until: date | None = None
    entered_by: str | None = None
    low: float | None = None
    high: float | None = None
    p90: float | None = None
    files: list[str] = Field(default_factory=list)


class Term(Schema):
    """One term of reference."""

    model_config = ConfigDict(extra="forbid")

    letter: Annotated[str, Field(max_length=10)] = ""
    text: Text
    paragraphs: list[Line] = Field(default_factory=list)


# The columns that hold JSON, by name.
_JSON: dict[str, Any] = {
    "names": dict[Annotated[str, Field(max_length=20)], Line],
    "tags": list[Line],
    "after": list[Line],
    "paragraphs": list[Line],
    "fields": dict[Line, Any],
    "terms": list[Term],
    "arguments": dict[str, Any],
    "proof_files": list[Line],
    "content": dict[Line, Any],
    "objectives": list[Text],
    "activities": list[Text],
    "outcome": dict[str, Any],
    "question": dict[str, Any],
    "answers": dict[str, Any],
    "impact": dict[Line, list[tuple[Finite, Finite]]],
    "nodes": list[Key],
    "causes": list[Line],
    "effects": dict[Line, Any],
    "known": dict[str, Any],
    "protects": list[Line],
}


def names_of(fields: type) -> tuple[str, ...]:
    """The fields of an act's TypedDict: its own, then those that all described rows have."""
    described = DescribedFields.__annotations__
    given = fields.__annotations__
    return (*(name for name in given if name not in described), *(name for name in described if name in given))


def row_shape(model: type[Row], name: str, fields: Iterable[str], **more: Any) -> type[Schema]:
    """What is given out of a row: its key, or its number, its version, and `fields`."""
    shape: dict[str, Any] = {"key": (str, ...)} if issubclass(model, Keyed) else {"id": (int, ...)}
    shape["version"] = (int, ...)
    for field in fields:
        shape[field] = (_type(model._meta.get_field(field), out=True), ...)
    return create_model(name, __base__=Schema, __doc__=None, **shape, **more)  # type: ignore[no-any-return]


def new_shape(model: type[Row], name: str, fields: Iterable[str], **more: Any) -> type[Schema]:
    """What makes a new row: what has neither a default nor an empty value is wanted."""
    shape: dict[str, Any] = {}
    for field in [*(["key"] if issubclass(model, Keyed) and not model.NAMES_ITSELF else []), *fields]:
        column = model._meta.get_field(field)
        shape[field] = (_type(column), ... if _is_wanted(column) else Field(default=_default(column)))
    return _strict(name, shape | more)


def change_shape(model: type[Row], name: str, fields: Iterable[str], **more: Any) -> type[Schema]:
    """What changes a row: `version` (or If-Match), and any of `fields`."""
    shape: dict[str, Any] = {"version": (Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None, None)}
    for field in fields:
        shape[field] = (_type(model._meta.get_field(field)), Field(default=None))
    return _strict(name, shape | more)


def given(body: Schema, model: type[Row], user: User, *, without: Iterable[str] = ()) -> dict[str, Any]:
    """The fields that the caller sent, as an act takes them. Raises Invalid for a row that is not there, or that the
    caller may not see, and for a fact that cannot be."""
    left_out = {"version", *without}
    found: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for name, value in body.model_dump(exclude_unset=True).items():
        if name in left_out:
            continue
        column = None if name == "key" else model._meta.get_field(name)
        try:
            if isinstance(column, FactField):
                value = None if value is None else fact_of(value, user)
            elif column is not None and column.is_relation and value is not None:
                value = named(column.related_model, value, user)
            elif name == "impact" and value is not None:
                value = {category: [list(point) for point in points] for category, points in value.items()}
        except (BadFact, ValidationError) as error:
            wrong.append((name, "; ".join(getattr(error, "messages", [str(error)]))))
        found[name] = value
    if wrong:
        raise Invalid(*wrong)
    return found


def named(model: Any, key: Any, user: User) -> Any:
    """The row of this key that the user may see. Raises ValidationError."""
    field = "key" if issubclass(model, Keyed) else "username" if model is User else "pk"
    row = visible(model._default_manager.all(), user, None).filter(**{field: key}).first()
    if row is None:
        raise ValidationError(
            _("There is no %(kind)s “%(key)s”.") % {"kind": model._meta.verbose_name, "key": str(key)[:130]}
        )
    return row


def fact_of(value: dict[str, Any], user: User) -> Fact:
    """The fact, entered by this user. Raises BadFact."""
    parts = {name: part for name, part in value.items() if (part is not None and part != []) or name == "value"}
    for name in ("as_of", "valid_until"):
        if name in parts:
            parts[name] = parts[name].isoformat()
    return Fact.read({**parts, "basis": str(parts["basis"]), "entered_by": user.username})


def choices_of(column: Any) -> Any:
    """The values of a column with choices, and the empty one where it may be empty."""
    values = [value for value, _label in column.flatchoices]
    return Literal[tuple(values + ([""] if column.blank and "" not in values else []))]  # type: ignore[misc]


def _type(column: Any, *, out: bool = False) -> Any:
    found = _bare_type(column, out=out)
    return found | None if column.null else found


def _bare_type(column: Any, *, out: bool) -> Any:
    if isinstance(column, FactField):
        return FactOut if out else FactIn
    if isinstance(column, models.JSONField):
        return _JSON[column.name]
    if column.is_relation:
        keyed = issubclass(column.related_model, Keyed) or column.related_model is User
        return (str if out else Key) if keyed else (int if out else Number)
    if column.choices:
        return choices_of(column)
    if isinstance(column, models.BooleanField):
        return bool
    if isinstance(column, models.DateTimeField):
        return datetime
    if isinstance(column, models.DateField):
        return date
    if isinstance(column, models.FloatField):
        return float if out else _bounded(column)
    if isinstance(column, models.IntegerField):
        return int if out else Annotated[int, Field(ge=0, le=MOST_INTEGER)]
    if isinstance(column, models.CharField | models.TextField):
        least = 0 if column.blank else 1
        most = column.max_length or LONGEST_TEXT
        return str if out else Annotated[str, Field(min_length=least, max_length=most)]
    raise TypeError(f"{column}: no shape for {type(column).__name__}")


def _bounded(column: Any) -> Any:
    """The limits that the column's own validators set."""
    low, high = -1e15, 1e15
    for validator in column.validators:
        if isinstance(validator, MinValueValidator):
            low = max(low, float(validator.limit_value))
        elif isinstance(validator, MaxValueValidator):
            high = min(high, float(validator.limit_value))
    return Annotated[float, Field(allow_inf_nan=False, ge=low, le=high)]


def _is_wanted(column: Any) -> bool:
    return not (column.null or column.has_default() or column.blank)


def _default(column: Any) -> Any:
    """What the act takes where nothing is given; a time that is now is no part of the shape."""
    return column.get_default() if column.has_default() and not isinstance(column, models.DateTimeField) else None


def _strict(name: str, shape: dict[str, Any]) -> type[Schema]:
    base = type("Strict", (Schema,), {"model_config": ConfigDict(extra="forbid"), "__module__": __name__})
    return create_model(name, __base__=base, **shape)  # type: ignore[no-any-return, call-overload]
