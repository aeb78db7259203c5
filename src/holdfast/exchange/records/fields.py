"""A field of a record, derived from the field of the model: what it holds, how its value is read and written."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from django.db import models
from django.utils.translation import gettext

from holdfast.formats.tables import MISSING, Column, Kind
from holdfast.organization.evidence.fact import BASIS_NAMES, BadFact, Fact
from holdfast.organization.evidence.fields import FactField

_KINDS: list[tuple[type[models.Field[Any, Any]], Kind]] = [
    (FactField, Kind.FACT),
    (models.ForeignKey, Kind.REFERENCE),
    (models.BooleanField, Kind.BOOLEAN),
    (models.IntegerField, Kind.INTEGER),
    (models.FloatField, Kind.NUMBER),
    (models.DateTimeField, Kind.MOMENT),
    (models.DateField, Kind.DATE),
    (models.CharField, Kind.TEXT),
    (models.TextField, Kind.TEXT),
]
MOST_FAR = 10**15


class BadValue(ValueError):
    """A value that the field does not take; the message says what is wanted."""


@dataclass(frozen=True)
class Field:
    """One field of a record. `target`: the tables of records that a reference may name."""

    model_field: Any
    target: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.model_field.name)

    @property
    def attribute(self) -> str:
        return str(self.model_field.attname)

    @property
    def title(self) -> str:
        return str(self.model_field.verbose_name)

    @cached_property
    def kind(self) -> Kind:
        field = self.model_field
        if isinstance(field, models.JSONField) and not isinstance(field, FactField):
            return Kind.LIST if field.default is list else Kind.MAPPING if field.default is dict else Kind.JSON
        if field.choices and isinstance(field, models.CharField):
            return Kind.CHOICE
        for model, kind in _KINDS:
            if isinstance(field, model):
                return kind
        raise TypeError(f"{field}: no kind of column for {type(field).__name__}")

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        if self.kind is Kind.FACT:
            return tuple((value, str(label)) for value, label in BASIS_NAMES.items())
        return tuple((str(value), str(label)) for value, label in self.model_field.flatchoices if value != "")

    @cached_property
    def required(self) -> bool:
        field = self.model_field
        return not (field.has_default() or field.null or (field.blank and self.kind is Kind.TEXT))

    @cached_property
    def empty(self) -> Any:
        """What an empty cell means: the empty value, or nothing said where there is none but a default."""
        if self.kind in (Kind.TEXT, Kind.CHOICE):
            return "" if self.model_field.blank or not self.model_field.has_default() else MISSING
        if self.kind in (Kind.LIST, Kind.MAPPING):
            return self.model_field.default()
        return None if self.model_field.null or not self.model_field.has_default() else MISSING

    def column(self) -> Column:
        """The column of a sheet, with its words in the active language."""
        return Column(
            name=self.name,
            title=self.title,
            kind=self.kind,
            required=self.required,
            choices=self.choices if self.kind in (Kind.CHOICE, Kind.FACT) else (),
            target=self.target,
            unit=getattr(self.model_field, "unit", None),
            empty=self.empty,
            help=str(self.model_field.help_text),
        )

    def default(self) -> Any:
        return self.model_field.get_default()

    def read(self, value: Any) -> Any:
        """The Python value of a JSON value; of a reference its key. Raises BadValue."""
        match self.kind:
            case Kind.TEXT:
                return _text(value)
            case Kind.CHOICE:
                return self._choice(value)
            case Kind.REFERENCE:
                if value is None or (isinstance(value, str) and value):
                    return value
                raise BadValue(gettext("Wanted a key, got %(got)s.") % {"got": shown(value)})
            case Kind.FACT:
                return self._fact(value)
            case Kind.DATE:
                return _date(value)
            case Kind.MOMENT:
                return _moment(value)
            case Kind.BOOLEAN:
                if value is None or isinstance(value, bool):
                    return value
                raise BadValue(gettext("Wanted true or false, got %(got)s.") % {"got": shown(value)})
            case Kind.INTEGER | Kind.NUMBER:
                return self._number(value)
            case _:
                _no_null_signs(value)
                return value

    def write(self, value: Any) -> Any:
        """The JSON value of a Python value; of a reference its key, which is handed in."""
        if isinstance(value, Fact):
            return value.as_json()
        return value.isoformat() if isinstance(value, date) else value

    def _choice(self, value: Any) -> Any:
        text = _text(value)
        known = [choice for choice, _label in self.choices]
        if text in known or (text == "" and self.model_field.blank):
            return text
        if text == "":
            raise BadValue(gettext("This is missing."))
        said = gettext("“%(got)s” is none of the choices.") % {"got": text[:60]}
        near = difflib.get_close_matches(text.lower(), known, n=1, cutoff=0.5)
        if near:
            raise BadValue(f"{said} {gettext('Did you mean “%(meant)s”?') % {'meant': near[0]}}")
        raise BadValue(f"{said} {gettext('Wanted one of: %(known)s.') % {'known': ', '.join(known[:12])}}")

    def _fact(self, value: Any) -> Fact | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise BadValue(gettext("Wanted a figure with its evidence, got %(got)s.") % {"got": shown(value)})
        if "unit" not in value and getattr(self.model_field, "unit", None):
            value = {**value, "unit": self.model_field.unit}
        _no_null_signs(value)
        try:
            return Fact.read({"value": None, **value})
        except BadFact as error:
            raise BadValue(str(error)) from None

    def _number(self, value: Any) -> Any:
        if value is None:
            return None
        whole = self.kind is Kind.INTEGER
        if isinstance(value, bool) or not isinstance(value, int | float) or (whole and not float(value).is_integer()):
            wanted = (
                gettext("Wanted a whole number, got %(got)s.") if whole else gettext("Wanted a number, got %(got)s.")
            )
            raise BadValue(wanted % {"got": shown(value)})
        if whole and abs(value) > 2**31 - 1:
            raise BadValue(gettext("The number %(got)s is too large.") % {"got": shown(value)})
        return int(value) if whole else float(value)


def shown(value: Any) -> str:
    """A value in a message, not too long."""
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(gettext("Wanted text, got %(got)s.") % {"got": shown(value)})
    _no_null_signs(value)
    return value


def _date(value: Any) -> date | None:
    if value is None:
        return None
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadValue(gettext("Wanted a date such as 2008-10-31, got %(got)s.") % {"got": shown(value)})


def _moment(value: Any) -> datetime | None:
    """A time without a zone is taken as UTC."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and len(value) >= 16:
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadValue(gettext("Wanted a time such as 2008-10-31T22:00:00+00:00, got %(got)s.") % {"got": shown(value)})


def _no_null_signs(value: Any) -> None:
    """Databases hold no U+0000 and no half of a surrogate pair."""
    if isinstance(value, str):
        if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value):
            raise BadValue(gettext("The text has a sign that cannot be kept."))
    elif isinstance(value, dict):
        for name, part in value.items():
            _no_null_signs(name)
            _no_null_signs(part)
    elif isinstance(value, list):
        for part in value:
            _no_null_signs(part)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > MOST_FAR:
        raise BadValue(gettext("The number %(got)s is too large.") % {"got": shown(value)})
