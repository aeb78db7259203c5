"""An exercise is started, its clock turned, stopped at once, ended. It then is an incident like any other, but never a
real one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Cause
from holdfast.crisis.drills.clocks import first_of, running, turn
from holdfast.crisis.drills.telling import settle_injects, tell_started, tell_stopped
from holdfast.crisis.incidents.actions import CLOSING, opened, standing_open, tell
from holdfast.crisis.incidents.models import Certainty, Incident, IncidentState
from holdfast.crisis.reviews.measuring import propose_measured
from holdfast.crisis.reviews.telling import tell_reviews
from holdfast.crisis.rights import VIEW
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.saving import change, save_all
from holdfast.readiness.exercises.models import (
    Exercise,
    ExercisePlan,
    ExerciseState,
    InjectState,
    Met,
    NoteKind,
)
from holdfast.readiness.exercises.rights import EDIT
from holdfast.readiness.plans.actions import record_test
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.rights import EDIT as EDIT_PLAN


@act("exercise.start", EDIT, label=_("start an exercise"), on="exercise")
def start_exercise(by: Actor, exercise: Exercise, *, version: int | None = None, pace: float | None = None) -> Incident:
    """The incident that it plays, open in its first phase, with a clock of its own. Raises ValidationError where the
    exercise is not planned (any more): of two who start it at once, one does."""
    if not exercise.is_planned:
        said = gettext("“%(exercise)s” is %(state)s: only a planned exercise is started.")
        raise ValidationError(said % {"exercise": exercise, "state": exercise.get_state_display()})
    now = clock.now()
    shows = exercise.story_starts or now
    changes: dict[str, Any] = {
        "state": ExerciseState.UNDER_WAY, "started_at": now, "story_starts": shows, "pace": pace or exercise.pace,
    }  # fmt: skip
    change(exercise, changes, changes, by)
    cause = exercise.scenario.cause if exercise.scenario is not None else ""
    incident = opened(
        by,
        real=False,
        extra={"exercise": exercise, "clock_from": now, "clock_shows": shows, "pace": exercise.pace},
        title=exercise.title,
        details=exercise.story,
        threat=exercise.threat,
        causes=[cause] if cause in Cause.values else [],
        unit=exercise.unit,
        site=exercise.site,
        certainty=Certainty.CONFIRMED,
        started_at=shows,
        discovered_at=shows,
        reported_at=shows,
    )
    about = {"words": exercise.stop_words, "pace": f"{exercise.pace:g}"}
    tell(by, incident, "exercise.started",
         gettext("EXERCISE started; its clock runs %(pace)s times as fast. It is stopped by the words “%(words)s”.")
         % about, body={"exercise": exercise.key, "pace": exercise.pace})  # fmt: skip
    tell_started(by, exercise, incident)
    return incident


@act("exercise.pause", EDIT, label=_("pause an exercise"), on="exercise")
def pause_exercise(by: Actor, exercise: Exercise, *, version: int | None = None) -> Exercise:
    """Its clock stands still; no inject falls due. Raises ValidationError where it stands already."""
    incidents = _open(exercise)
    if not any(incident.pace for incident in incidents):
        raise ValidationError(gettext("The clock stands already."))
    _turn(by, incidents, 0.0, "exercise.paused", gettext("EXERCISE paused"))
    return _touched(by, exercise)


@act("exercise.resume", EDIT, label=_("let an exercise go on"), on="exercise")
def resume_exercise(
    by: Actor, exercise: Exercise, *, version: int | None = None, pace: float | None = None
) -> Exercise:
    """Its clock goes on from where it stood, at the pace that it had or at another. Raises ValidationError."""
    incidents = _open(exercise)
    if any(incident.pace for incident in incidents):
        raise ValidationError(gettext("The clock runs."))
    changes: dict[str, Any] = {"stopped_at": None, "pace": exercise.pace if pace is None else pace}
    change(exercise, changes, changes, by)
    said = gettext("EXERCISE goes on; its clock runs %(pace)s times as fast") % {"pace": f"{exercise.pace:g}"}
    _turn(by, incidents, exercise.pace, "exercise.resumed", said)
    tell_stopped(by, exercise, incidents[0])
    return exercise


@act("exercise.pace", EDIT, label=_("change the pace of an exercise"), on="exercise")
def set_pace(by: Actor, exercise: Exercise, *, version: int | None = None, pace: float) -> Exercise:
    """From now on; a clock that stands goes on standing, and runs at this pace when it goes on. Raises
    ValidationError."""
    incidents = _open(exercise)
    change(exercise, {"pace": pace}, {"pace"}, by)
    if any(incident.pace for incident in incidents):
        said = gettext("EXERCISE: the clock runs %(pace)s times as fast") % {"pace": f"{pace:g}"}
        _turn(by, incidents, pace, "exercise.pace", said)
    return exercise


@act("exercise.stop", VIEW, label=_("stop an exercise at once"), on="incident")
def stop_exercise(by: Actor, incident: Incident, *, reason: str = "") -> Incident:
    """Whoever sees the exercise may say the words: the clock stands, no inject is delivered, all are told. Who runs the
    exercise lets it go on or ends it. Raises ValidationError for what is no exercise, or none under way."""
    if incident.exercise is None:
        raise ValidationError(gettext("This is real: there is nothing to stop."))
    exercise = Exercise.objects.select_for_update().get(pk=incident.exercise_id)
    incidents = _open(exercise)
    words = exercise.stop_words
    exercise.stopped_at = clock.now()
    save_all([exercise], by, fields=["stopped_at"])
    said = gettext("%(words)s: EXERCISE stopped") % {"words": words}
    _turn(by, incidents, 0.0, "exercise.stopped", f"{said}. {reason.strip()}".strip(". ") + ".")
    note(reason=reason.strip())
    tell_stopped(by, exercise, incidents[0], reason.strip())
    return Incident.objects.get(pk=incident.pk)


@act("exercise.end", EDIT, label=_("end an exercise"), on="exercise")
def end_exercise(
    by: Actor,
    exercise: Exercise,
    *,
    version: int | None = None,
    reason: str,
    held: dict[str, bool] | None = None,
    found: dict[str, str] | None = None,
    broken_off: bool = False,
) -> Exercise:
    """It is over. Its incidents are closed, what was not played in is skipped, and what it showed is written down: into
    the tests of the plans (`held` and `found` by the key of the plan; else by the objectives and the notes) and, as
    proposals, for the model. One that was `broken_off` shows nothing. Raises ValidationError."""
    if not exercise.is_under_way:
        raise ValidationError(gettext("“%(exercise)s” is not under way.") % {"exercise": exercise})
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why it ends.")})
    now, incidents = clock.now(), running(exercise)
    for inject in exercise.injects.select_for_update().filter(state=InjectState.WAITING):
        inject.state, inject.skipped_because = InjectState.SKIPPED, gettext("The exercise ended.")
        save_all([inject], by, fields=["state", "skipped_because"])
    changes: dict[str, Any] = {
        "state": ExerciseState.CANCELLED if broken_off else ExerciseState.DONE,
        "ended_at": now,
        "ended_because": reason.strip(),
    }
    change(exercise, changes, changes, by)
    settle_injects(by, exercise)
    if not broken_off:
        for tried in exercise.plans.select_related("plan__agreement"):
            _written_down(by, exercise, tried, (held or {}).get(tried.plan.key), (found or {}).get(tried.plan.key))
        for incident in Incident.objects.filter(exercise=exercise):
            propose_measured(by, incident)
    for incident in incidents:
        still = standing_open(incident)
        closing = {
            "state": IncidentState.CLOSED, "closed_at": incident.moment(now), "closed_because": reason.strip(),
        }  # fmt: skip
        change(incident, closing, closing, by)
        tell(by, incident, "exercise.ended", gettext("EXERCISE ended: %(reason)s") % {"reason": reason.strip()},
             body={"broken_off": broken_off, "still_open": still})  # fmt: skip
    first = first_of(exercise)
    if first is not None:
        tell_reviews(by, first)
    return exercise


@act("exercise.record_result", EDIT_PLAN, label=_("record what an exercise showed of a plan"), on="tried",
     checked_on=lambda tried: getattr(tried, "plan", tried))  # fmt: skip
def record_result(by: Actor, tried: ExercisePlan, *, version: int, held: bool, found: str = "") -> ExercisePlan:
    """Into the tests of the plan, once: for a plan that whoever ended the exercise may not write. Raises
    ValidationError."""
    exercise = tried.exercise
    if exercise.state != ExerciseState.DONE:
        raise ValidationError(gettext("“%(exercise)s” has not been held to its end.") % {"exercise": exercise})
    if tried.test_id is not None:
        raise ValidationError(gettext("This is recorded already."))
    tried.held, tried.found = held, found.strip()
    tried.test = _recorded(by, exercise, tried)
    save_all([tried], by, fields=["held", "found", "test"])
    return tried


def _written_down(by: Actor, exercise: Exercise, tried: ExercisePlan, held: bool | None, found: str | None) -> None:
    """What stands in the row is kept in any case; whoever may write the plan records it there later where this one may
    not, or where the plan is not approved."""
    if tried.test_id is not None:
        return
    tried.held = held if held is not None else all_met(exercise)
    tried.found = (found or what_was_found(exercise))[:4000]
    try:
        tried.test = _recorded(by, exercise, tried)
    except (NotAllowed, ValidationError) as error:
        note(**{f"not recorded: {tried.plan.key}": str(error)})
    save_all([tried], by, fields=["held", "found", "test"])


def _recorded(by: Actor, exercise: Exercise, tried: ExercisePlan) -> Any:
    on = clock.today()
    plan = tried.plan
    counts = Plan.objects.in_force(on).filter(agreement__kind=Plan.KIND, agreement__line=plan.agreement.line).first()
    players = ", ".join(str(part.who) for part in exercise.participants.select_related("post", "group"))
    what = gettext("Exercise “%(title)s”: %(story)s") % {"title": exercise.title, "story": players or exercise.unit}
    return record_test(
        by, plan=counts or plan, on=on, kind=exercise.kind, held=bool(tried.held), what=what[:4000], found=tried.found
    )


def all_met(exercise: Exercise) -> bool:
    """Whether there are objectives and every one was met."""
    said = list(exercise.objectives.values_list("met", flat=True))
    return bool(said) and all(met == Met.MET for met in said)


def what_was_found(exercise: Exercise) -> str:
    """Objectives that were not met, and what observers call weaknesses, one a line."""
    lines = [
        f"{objective.text} – {objective.get_met_display()}. {objective.evidence}".strip()
        for objective in exercise.objectives.exclude(met=Met.MET)
    ]
    lines += [row.text for row in exercise.notes.filter(kind=NoteKind.WEAKNESS)]
    return "\n".join(lines)


def _open(exercise: Exercise) -> list[Incident]:
    """Its open incidents, held. Raises ValidationError where it is not under way."""
    if not exercise.is_under_way:
        raise ValidationError(gettext("“%(exercise)s” is not under way.") % {"exercise": exercise})
    found = list(
        Incident.objects.select_for_update().filter(exercise=exercise, state=IncidentState.OPEN).order_by("pk")
    )
    if not found:
        raise ValidationError(gettext("Nothing of “%(exercise)s” is open: end it.") % {"exercise": exercise})
    return found


def _turn(by: Actor, incidents: list[Incident], pace: float, kind: str, said: str) -> None:
    now = clock.now()
    turn(by, incidents, now, pace)
    for incident in incidents:
        tell(by, incident, kind, said, body={"pace": pace})


def _touched(by: Actor, exercise: Exercise) -> Exercise:
    """A new version, so that two who press at once do not undo each other unseen."""
    save_all([exercise], by, fields=["state"])
    return exercise


def _still_played(incident: Incident) -> list[str]:
    exercise = incident.exercise
    if exercise is None or not exercise.is_under_way or len(running(exercise)) > 1:
        return []
    return [gettext("The exercise is under way: end it on its own page, so that its results are written down.")]


CLOSING.append(_still_played)


def elapsed(exercise: Exercise, at: datetime | None = None) -> float | None:
    """Hours of the story since the start; None before it."""
    first = first_of(exercise)
    if first is None or exercise.story_starts is None:
        return None
    return (first.moment(at) - exercise.story_starts).total_seconds() / 3600


__all__ = [
    "end_exercise",
    "pause_exercise",
    "record_result",
    "resume_exercise",
    "set_pace",
    "start_exercise",
    "stop_exercise",
]
