"""Exercises: what is planned, with objectives and injects; and running one: start, clock, injects, stop, end."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.drills import actions as drills
from holdfast.crisis.drills.clocks import first_of, moment_of
from holdfast.crisis.drills.injects import deliver_inject, skip_inject
from holdfast.crisis.rights import VIEW as SEE_INCIDENT
from holdfast.organization.accounts.models import User
from holdfast.readiness.exercises import actions as acts
from holdfast.readiness.exercises.models import (
    Exercise,
    ExercisePlan,
    Inject,
    Objective,
    ObserverNote,
    TakesPart,
)
from holdfast.readiness.exercises.rights import EDIT, OBSERVE
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Finite, Key, Line, Text, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal

_EXERCISE = tuple(name for name in names_of(acts.ExerciseFields) if name != "unit")
_OBJECTIVE = names_of(acts.ObjectiveFields)
_INJECT = names_of(acts.InjectFields)


class _Step(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class Turning(_Step):
    """`pace`: how many times as fast as the world's clock."""

    pace: Finite | None = None


class Pacing(_Step):
    pace: Finite


class Reasoned(_Step):
    reason: Text


class Stopping(_Step):
    reason: Text = ""


class Ending(_Step):
    """`held` and `found` say what it showed of a plan, by its key; without them it follows from the objectives and the
    notes. Of one that was `broken_off` nothing is recorded."""

    reason: Text
    held: dict[Key, bool] = Field(default_factory=dict)
    found: dict[Key, Text] = Field(default_factory=dict)
    broken_off: bool = False


class Judging(_Step):
    met: Line
    evidence: Text


class Responding(_Step):
    response: Text


class Observing(_Step):
    """`at` is now, by the clock of the exercise."""

    text: Text
    kind: Line = "observation"


def _now(row: Exercise) -> dict[str, Any]:
    first = first_of(row)
    return {"incident": first.key if first is not None else None, "clock": moment_of(row)}


EXERCISES = Table(
    name="exercises",
    one="exercise",
    model=Exercise,
    fields=("unit", *_EXERCISE, "state", "started_at", "stopped_at", "ended_at", "ended_because"),
    permission=EDIT,
    create=acts.create_exercise,
    create_fields=("unit", *_EXERCISE),
    change=acts.edit_exercise,
    change_fields=_EXERCISE,
    filters=("state", "kind", "unit", "site", "owner"),
    sorts=("planned_start", "title"),
    order=("key",),
    search=("title", "key", "story"),
    more=_now,
    extra={"incident": (str | None, ...), "clock": (datetime | None, ...)},
)
PARTICIPANTS = Table(
    name="exercise-participants",
    one="exercise-participant",
    model=TakesPart,
    fields=("exercise", "post", "group", "role"),
    permission=EDIT,
    create=acts.invite,
    create_fields=("exercise", "post", "group", "role"),
    filters=("exercise", "post", "group", "role"),
    order=("exercise__key", "pk"),
)
PLANS = Table(
    name="exercise-plans",
    one="exercise-plan",
    model=ExercisePlan,
    fields=("exercise", "plan", "held", "found", "test"),
    permission=EDIT,
    create=acts.try_plan,
    create_fields=("exercise", "plan"),
    filters=("exercise", "plan"),
    order=("exercise__key", "pk"),
)
OBJECTIVES = Table(
    name="exercise-objectives",
    one="exercise-objective",
    model=Objective,
    fields=("exercise", *_OBJECTIVE, "met", "evidence"),
    permission=EDIT,
    create=acts.add_objective,
    create_fields=("exercise", *_OBJECTIVE),
    change=acts.edit_objective,
    change_fields=_OBJECTIVE,
    filters=("exercise",),
    order=("exercise__key", "number"),
)
INJECTS = Table(
    name="injects",
    one="inject",
    model=Inject,
    fields=("exercise", *_INJECT, "state", "delivered_at", "delivered_by", "skipped_because", "response"),
    permission=EDIT,
    create=acts.add_inject,
    create_fields=("exercise", *_INJECT),
    change=acts.edit_inject,
    change_fields=_INJECT,
    filters=("exercise", "state"),
    sorts=("at_hours",),
    order=("exercise__key", "at_hours", "number"),
)
NOTES = Table(
    name="exercise-notes",
    one="exercise-note",
    model=ObserverNote,
    fields=("exercise", "at", "user", "kind", "text", "objective", "inject", "task"),
    permission=OBSERVE,
    filters=("exercise", "kind"),
    sorts=("at",),
    order=("exercise__key", "at"),
)


def _start(by: User, exercise: Exercise, *, version: int, pace: float | None = None) -> Exercise:
    drills.start_exercise(by, exercise, version=version, pace=pace)
    return exercise


def _stop(by: User, exercise: Exercise, *, version: int, reason: str = "") -> Exercise:
    """Whoever is late must not be told that somebody else was quicker: the version seen does not count."""
    first = first_of(exercise)
    if first is None:
        raise ValidationError(_("“%(exercise)s” is not under way.") % {"exercise": exercise})
    drills.stop_exercise(by, first, reason=reason)
    return exercise


def _observe(by: User, exercise: Exercise, *, version: int, text: str, kind: str = "observation") -> Exercise:
    at = moment_of(exercise)
    if at is None:
        raise ValidationError(_("“%(exercise)s” is not under way.") % {"exercise": exercise})
    acts.observe(by, exercise=exercise, at=at, text=text, kind=kind)
    return exercise


def routes() -> Routes:
    made = Routes(tags=["Exercises"])
    out = offer(made, EXERCISES)
    steps: tuple[tuple[str, Any, Callable[..., Any], str, str], ...] = (
        ("start", Turning, _start, "Start an exercise", EDIT),
        ("pause", _Step, drills.pause_exercise, "Pause an exercise", EDIT),
        ("resume", Turning, drills.resume_exercise, "Let an exercise go on", EDIT),
        ("pace", Pacing, drills.set_pace, "Change the pace of an exercise", EDIT),
        ("stop", Stopping, _stop, "Stop an exercise at once", SEE_INCIDENT),
        ("end", Ending, drills.end_exercise, "End an exercise", EDIT),
        ("cancel", Reasoned, acts.cancel_exercise, "Cancel an exercise", EDIT),
        ("repeat", _Step, acts.repeat_exercise, "Plan an exercise again", EDIT),
        ("observe", Observing, _observe, "Write an observer's note", OBSERVE),
    )
    for verb, body, act, summary, permission in steps:
        offer_act(made, EXERCISES, out, verb, body, act, summary, permission=permission)
    offer(made, PARTICIPANTS)
    offer_removal(made, PARTICIPANTS, acts.uninvite, "Take a participant out of an exercise")
    offer(made, PLANS)
    offer_removal(made, PLANS, acts.leave_plan, "Take a plan out of an exercise")
    objective = offer(made, OBJECTIVES)
    offer_act(
        made, OBJECTIVES, objective, "judge", Judging, acts.judge_objective, "Say whether an objective was met",
        permission=OBSERVE,
    )  # fmt: skip
    offer_removal(made, OBJECTIVES, acts.remove_objective, "Remove an objective")
    inject = offer(made, INJECTS)
    offer_act(made, INJECTS, inject, "deliver", _Step, deliver_inject, "Deliver an inject")
    offer_act(made, INJECTS, inject, "skip", Reasoned, skip_inject, "Skip an inject")
    offer_act(made, INJECTS, inject, "respond", Responding, acts.note_response, "Note the response to an inject")
    offer_removal(made, INJECTS, acts.remove_inject, "Remove an inject")
    offer(made, NOTES)
    return made
