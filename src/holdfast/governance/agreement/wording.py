"""A record of what was agreed, in words: one line of text for each part, facts with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.translation import gettext

from holdfast.organization.evidence.fact import BadFact, Fact

SKIPPED = ("key", "id", "version")
"""What names a part and tells a reader nothing."""


def in_words(record: Mapping[str, Any], model: type[models.Model] | None = None) -> dict[str, str]:
    """The parts of a record by their labels: those of the model's fields where it has them. A list of parts becomes
    lines of its own: "Risks · Flood · Likelihood"."""
    found: dict[str, str] = {}
    for name, value in record.items():
        _add(found, label_of(name, model), value, _column(name, model))
    return found


def label_of(name: str, model: type[models.Model] | None) -> str:
    column = _column(name, model)
    label = str(column.verbose_name) if column is not None else name.replace("_", " ")
    return label[:1].upper() + label[1:]


def _add(found: dict[str, str], label: str, value: Any, column: Any = None) -> None:
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        for position, part in enumerate(value, 1):
            _add_part(found, f"{label} · {_name(part, position)}", part)
    elif isinstance(value, dict) and _is_row(value):
        found[label] = str(value["name"])
    elif isinstance(value, dict) and not _is_fact(value):
        for name, part in value.items():
            _add(found, f"{label} · {label_of(name, None)}", part)
    else:
        found[label] = _text(value, column)


def _add_part(found: dict[str, str], label: str, part: Mapping[str, Any]) -> None:
    left = {name: value for name, value in part.items() if name not in SKIPPED and name not in ("name", "title")}
    if not left:
        found[label] = gettext("there")
    for name, value in left.items():
        _add(found, f"{label} · {label_of(name, None)}", value)


def _name(part: Mapping[str, Any], position: int) -> str:
    return next((str(part[name]) for name in ("name", "title", "key") if part.get(name)), str(position))


def _is_row(value: Mapping[str, Any]) -> bool:
    return set(value) == {"key", "name"}


def _is_fact(value: Mapping[str, Any]) -> bool:
    return {"unit", "basis"} <= set(value)


def _text(value: Any, column: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        try:
            return Fact.read({"value": None, **value}).text()
        except BadFact:
            return ", ".join(f"{name}: {part}" for name, part in value.items())
    if isinstance(value, list):
        return "\n".join(_text(part, None) for part in value)
    if column is not None and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, models.DateField) and (day := parse_date(str(value)[:10])) is not None:
        return formats.date_format(day, "j F Y")
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _column(name: str, model: type[models.Model] | None) -> Any:
    if model is None:
        return None
    try:
        column = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return column if hasattr(column, "verbose_name") else None
