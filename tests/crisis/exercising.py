"""An exercise in small, for tests: of the buildings in New York, with one objective and two injects."""

from __future__ import annotations

from typing import Any

from holdfast.crisis.drills.actions import start_exercise
from holdfast.crisis.incidents.models import Incident
from holdfast.readiness.exercises import actions as acts
from holdfast.readiness.exercises.models import Exercise
from tests.cast import TEST, Cast


def planned(cast: Cast, key: str = "fire-drill", **more: Any) -> Exercise:
    """Planned, with an inject at once and one after two hours of the story."""
    fields: dict[str, Any] = {
        "title": "Fire in the tower", "unit": cast.units["fcsd"], "site": cast.sites["unhq"],
        "owner": cast.posts["chief-fcsd"], "story": "Smoke on the 10th floor.", **more,
    }  # fmt: skip
    exercise = acts.create_exercise(TEST, key=key, **fields)
    acts.add_objective(TEST, exercise=exercise, text="The group meets within the hour", measure="Minutes")
    acts.add_inject(TEST, exercise=exercise, at_hours=0.0, text="The alarm rings.", to="COG")
    acts.add_inject(TEST, exercise=exercise, at_hours=2.0, text="The press calls.", channel="media", to="DPI")
    return exercise


def started(cast: Cast, key: str = "fire-drill", **more: Any) -> Incident:
    return start_exercise(TEST, planned(cast, key, **more))
