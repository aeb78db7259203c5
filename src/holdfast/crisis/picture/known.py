"""The organisation as a model, kept between pictures: what happens in the room changes no process and no resource."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.db import connection

from holdfast.analysis.model.twin import build_twin
from holdfast.crisis.picture.forecast import Json, Model, model_of
from holdfast.engine.twin import read_twin
from holdfast.governance.settings.questions import in_force
from holdfast.organization.accounts.acts import ACTS
from holdfast.organization.accounts.models import Event

MONEY = "USD"
"""The unit of the financial category where the scales say none."""


def model_on(as_of: date) -> Model:
    """The model of a day. Built again when an act outside the room has left an event: those of the room touch incidents
    and what belongs to them alone. Ask for it before an act, so that the act need not build it while it writes."""
    others = Event.objects.exclude(act__in=_acts_of_the_room())
    last = others.order_by("-pk").values_list("pk", "at").first()
    return _built(connection.settings_dict["NAME"], last, as_of)


@lru_cache(maxsize=1)
def _acts_of_the_room() -> tuple[str, ...]:
    return tuple(sorted(name for name, act in ACTS.items() if act.call.__module__.startswith("holdfast.crisis.")))


@lru_cache(maxsize=4)
def _built(database: str, last_event: object, as_of: date) -> Model:
    built = build_twin(as_of, hazards=False)
    categories: dict[str, Json] = {"financial": {"unit": MONEY}}
    for one in in_force(as_of).categories:
        categories.setdefault(one.key, {}).update({"name": str(one.name), **({"unit": one.unit} if one.unit else {})})
    return model_of(built, read_twin(built, "model"), categories)


__all__ = ["model_on"]
