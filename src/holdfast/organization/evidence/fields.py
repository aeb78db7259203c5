"""A column that holds a fact, and can be asked by its parts: `filter(restart_promised__value__gt=24)`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext

from holdfast.organization.evidence.fact import BadFact, Fact


class FactField(models.JSONField):
    """A fact or nothing. `unit`, where given, is the only one taken; `least` and `most` bound the value; `above`
    excludes."""

    description = "a figure with its evidence"

    def __init__(
        self,
        *args: Any,
        unit: str | None = None,
        least: float | None = None,
        above: float | None = None,
        most: float | None = None,
        **kwargs: Any,
    ) -> None:
        self.unit, self.least, self.above, self.most = unit, least, above, most
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        # Django leaves out what is its own default, and ours is the other one.
        kwargs |= {"null": self.null, "blank": self.blank}
        for bound in ("unit", "least", "above", "most"):
            if (value := getattr(self, bound)) is not None:
                kwargs[bound] = value
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        if isinstance(expression, KeyTransform) or not isinstance(found, dict):
            return found
        return Fact.read({"value": None, **found})

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Fact):
            return value
        try:
            return Fact.read(value)
        except BadFact as error:
            raise ValidationError(str(error), code="fact") from None

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(value.as_json() if isinstance(value, Fact) else value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> Any:
        value = self.value_from_object(obj)
        return value.as_json() if isinstance(value, Fact) else value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if value is None:
            super(models.JSONField, self).validate(value, model_instance)
            return
        try:
            value.check()
        except BadFact as error:
            raise ValidationError(str(error), code="fact") from None
        if self.unit is not None and value.unit != self.unit:
            raise ValidationError(
                gettext("Wanted a figure in %(unit)s, got %(got)s.") % {"unit": self.unit, "got": value.unit}
            )
        for figure in (value.value, value.low, value.high, value.p90):
            if figure is not None:
                self._check_bounds(figure)

    def _check_bounds(self, figure: float) -> None:
        if self.least is not None and figure < self.least:
            raise ValidationError(
                gettext("Wanted %(least)g or more, got %(got)g.") % {"least": self.least, "got": figure}
            )
        if self.above is not None and figure <= self.above:
            raise ValidationError(
                gettext("Wanted more than %(above)g, got %(got)g.") % {"above": self.above, "got": figure}
            )
        if self.most is not None and figure > self.most:
            said = gettext("Wanted at most %(most)g, got %(got)g.")
            raise ValidationError(said % {"most": self.most, "got": figure})
