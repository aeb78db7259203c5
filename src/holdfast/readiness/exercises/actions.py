"""Exercises written: made and changed, who takes part, what is tried, objectives and injects, notes of observers.

What runs an exercise (start, clock, injects delivered, end) are acts of the day: holdfast.crisis.drills.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Threat
from holdfast.analysis.scenarios.models import Scenario
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Group, Post
from holdfast.organization.structure.saving import change, create, remove_all, save_all, unused_key
from holdfast.readiness.exercises.models import (
    Exercise,
    ExercisePlan,
    ExerciseState,
    Inject,
    Objective,
    ObserverNote,
    TakesPart,
    TakesPartAs,
)
from holdfast.readiness.exercises.rights import EDIT, OBSERVE
from holdfast.readiness.plans.models import Plan, PlanTask


class ExerciseFields(DescribedFields, total=False):
    title: str
    kind: str
    unit: Unit
    site: Site | None
    owner: Post | None
    scenario: Scenario | None
    threat: Threat | None
    story: str
    planned_start: datetime | None
    hours: float
    pace: float
    story_starts: datetime | None
    stop_words: str
    safety: str


class ObjectiveFields(TypedDict, total=False):
    number: int
    text: str
    measure: str


class InjectFields(TypedDict, total=False):
    number: int
    at_hours: float
    channel: str
    to: str
    text: str
    expected: str


WHILE_RUNNING = frozenset({"safety", "stop_words", "note", "tags", "owner"})
"""What may still be changed once it has begun; the rest is what was played."""


@act("exercise.create", EDIT, label=_("plan an exercise"))
def create_exercise(by: Actor, *, key: str, **fields: Unpack[ExerciseFields]) -> Exercise:
    return create(Exercise(key=key, **fields), by)


@act("exercise.edit", EDIT, label=_("change an exercise"), on="exercise")
def edit_exercise(by: Actor, exercise: Exercise, *, version: int, **changes: Unpack[ExerciseFields]) -> Exercise:
    """Raises ValidationError for what was played already."""
    if not exercise.is_planned and (late := set(changes) - WHILE_RUNNING):
        said = gettext("“%(exercise)s” is %(state)s: this stays as it was played.")
        about = {"exercise": exercise, "state": exercise.get_state_display()}
        raise ValidationError(dict.fromkeys(sorted(late), said % about))
    return change(exercise, changes, ExerciseFields.__annotations__, by)


@act("exercise.cancel", EDIT, label=_("cancel an exercise"), on="exercise")
def cancel_exercise(by: Actor, exercise: Exercise, *, version: int, reason: str) -> Exercise:
    """One that has not begun is not held. Raises ValidationError."""
    _planned(exercise)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why it is not held.")})
    changes = {
        "state": ExerciseState.CANCELLED,
        "ended_at": clock.now(),
        "ended_because": reason.strip(),
    }
    return change(exercise, changes, changes, by)


@act("exercise.repeat", EDIT, label=_("plan an exercise again"), on="exercise")
def repeat_exercise(by: Actor, exercise: Exercise, *, version: int) -> Exercise:
    """A new one like it, planned: the same objectives, injects, plans and participants, nothing of what happened."""
    names = [name for name in ExerciseFields.__annotations__ if name not in ("planned_start", "story_starts")]
    given = {name: getattr(exercise, name) for name in names}
    again = create_exercise(by, key=unused_key(Exercise, exercise.key[:100]), **given)
    rows: list[Any] = [
        *(Objective(exercise=again, number=row.number, text=row.text, measure=row.measure)
          for row in exercise.objectives.all()),
        *(Inject(exercise=again, **{name: getattr(row, name) for name in InjectFields.__annotations__})
          for row in exercise.injects.all()),
        *(ExercisePlan(exercise=again, plan=row.plan) for row in exercise.plans.select_related("plan")),
        *(TakesPart(exercise=again, post=row.post, group=row.group, role=row.role)
          for row in exercise.participants.select_related("post", "group")),
    ]  # fmt: skip
    save_all(rows, by)
    return again


@act("exercise.invite", EDIT, label=_("say who takes part in an exercise"), under="exercise")
def invite(
    by: Actor,
    *,
    exercise: Exercise,
    post: Post | None = None,
    group: Group | None = None,
    role: str = TakesPartAs.PLAYER,
) -> TakesPart:
    """Raises ValidationError where it is neither or both, or there already."""
    _not_over(exercise)
    if TakesPart.objects.filter(exercise=exercise, post=post, group=group).exists():
        raise ValidationError({"post": gettext("This one is there already.")})
    return create(TakesPart(exercise=exercise, post=post, group=group, role=role), by)


@act("exercise.uninvite", EDIT, label=_("take a participant out of an exercise"), on="part")
def uninvite(by: Actor, part: TakesPart, *, version: int) -> TakesPart:
    _not_over(part.exercise)
    note(exercise=part.exercise.key, who=str(part.who))
    remove_all([part], by)
    return part


@act("exercise.try_plan", EDIT, label=_("try a plan in an exercise"), under="exercise")
def try_plan(by: Actor, *, exercise: Exercise, plan: Plan) -> ExercisePlan:
    """Raises ValidationError where it is tried already."""
    _not_over(exercise)
    if ExercisePlan.objects.filter(exercise=exercise, plan=plan).exists():
        raise ValidationError({"plan": gettext("This plan is there already.")})
    return create(ExercisePlan(exercise=exercise, plan=plan), by)


@act("exercise.leave_plan", EDIT, label=_("take a plan out of an exercise"), on="tried")
def leave_plan(by: Actor, tried: ExercisePlan, *, version: int) -> ExercisePlan:
    _planned(tried.exercise)
    note(exercise=tried.exercise.key, plan=tried.plan.key)
    remove_all([tried], by)
    return tried


@act("objective.create", EDIT, label=_("add an objective to an exercise"), under="exercise")
def add_objective(by: Actor, *, exercise: Exercise, **fields: Unpack[ObjectiveFields]) -> Objective:
    _planned(exercise)
    if not fields.get("number"):
        fields["number"] = _next(exercise.objectives)
    return create(Objective(exercise=exercise, **fields), by)


@act("objective.edit", EDIT, label=_("change an objective of an exercise"), on="objective")
def edit_objective(by: Actor, objective: Objective, *, version: int, **changes: Unpack[ObjectiveFields]) -> Objective:
    _planned(objective.exercise)
    return change(objective, changes, ObjectiveFields.__annotations__, by)


@act("objective.judge", OBSERVE, label=_("say whether an objective was met"), on="objective")
def judge_objective(by: Actor, objective: Objective, *, version: int, met: str, evidence: str) -> Objective:
    """With what shows it. Raises ValidationError before the start."""
    if objective.exercise.started_at is None:
        raise ValidationError(gettext("“%(exercise)s” has not begun.") % {"exercise": objective.exercise})
    if not met:
        raise ValidationError({"met": gettext("Say whether it was met.")})
    changes = {"met": met, "evidence": evidence.strip()}
    return change(objective, changes, changes, by)


@act("objective.remove", EDIT, label=_("remove an objective of an exercise"), on="objective")
def remove_objective(by: Actor, objective: Objective, *, version: int) -> Objective:
    _planned(objective.exercise)
    note(exercise=objective.exercise.key)
    remove_all([objective], by)
    return objective


@act("inject.create", EDIT, label=_("add an inject"), under="exercise")
def add_inject(by: Actor, *, exercise: Exercise, **fields: Unpack[InjectFields]) -> Inject:
    """Also while the exercise is under way: who runs it makes up what is wanted."""
    _not_over(exercise)
    if not fields.get("number"):
        fields["number"] = _next(exercise.injects)
    return create(Inject(exercise=exercise, **fields), by)


@act("inject.edit", EDIT, label=_("change an inject"), on="inject")
def edit_inject(by: Actor, inject: Inject, *, version: int, **changes: Unpack[InjectFields]) -> Inject:
    """Raises ValidationError once it is delivered or skipped."""
    _not_over(inject.exercise)
    _waiting(inject)
    return change(inject, changes, InjectFields.__annotations__, by)


@act("inject.remove", EDIT, label=_("remove an inject"), on="inject")
def remove_inject(by: Actor, inject: Inject, *, version: int) -> Inject:
    """Before the start; later it is skipped, with the reason."""
    _planned(inject.exercise)
    note(exercise=inject.exercise.key)
    remove_all([inject], by)
    return inject


@act("inject.respond", OBSERVE, label=_("note the response to an inject"), on="inject")
def note_response(by: Actor, inject: Inject, *, version: int, response: str) -> Inject:
    """Raises ValidationError for one that was not delivered."""
    if inject.delivered_at is None:
        raise ValidationError(gettext("This inject is not delivered: there is no response to it."))
    if not response.strip():
        raise ValidationError({"response": gettext("Write what was done.")})
    return change(inject, {"response": response.strip()}, {"response"}, by)


@act("exercise.observe", OBSERVE, label=_("note what an observer saw"), under="exercise")
def observe(
    by: Actor,
    *,
    exercise: Exercise,
    at: datetime,
    text: str,
    kind: str,
    objective: Objective | None = None,
    inject: Inject | None = None,
    task: PlanTask | None = None,
) -> ObserverNote:
    """`at` is by the clock of the exercise. Raises ValidationError before the start."""
    if exercise.started_at is None:
        raise ValidationError(gettext("“%(exercise)s” has not begun.") % {"exercise": exercise})
    row = ObserverNote(
        exercise=exercise,
        at=at,
        user=by if isinstance(by, User) else None,
        kind=kind,
        text=text.strip(),
        objective=objective,
        inject=inject,
        task=task,
    )
    return create(row, by)


def _next(rows: Any) -> int:
    return int(max(rows.values_list("number", flat=True), default=0)) + 1


def _planned(exercise: Exercise) -> None:
    """Raises ValidationError once it has begun or was cancelled."""
    if not exercise.is_planned:
        said = gettext("“%(exercise)s” is %(state)s: this is done before it begins.")
        raise ValidationError(said % {"exercise": exercise, "state": exercise.get_state_display()})


def _not_over(exercise: Exercise) -> None:
    if exercise.is_over:
        said = gettext("“%(exercise)s” is %(state)s.")
        raise ValidationError(said % {"exercise": exercise, "state": exercise.get_state_display()})


def _waiting(inject: Inject) -> None:
    if not inject.is_waiting:
        said = gettext("Inject %(number)d is %(state)s.")
        raise ValidationError(said % {"number": inject.number, "state": inject.get_state_display()})
