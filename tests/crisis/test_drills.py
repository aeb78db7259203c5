"""An exercise starts an incident that is never real, has a clock of its own, plays its injects in once, is stopped by
anybody at once, and writes down what it showed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.crisis.drills import actions as drills
from holdfast.crisis.drills.clocks import turned
from holdfast.crisis.drills.injects import deliver_due, deliver_inject, due_injects, skip_inject
from holdfast.crisis.incidents.actions import (
    close_incident,
    declare_incident,
    edit_incident,
    merge_incident,
    opened,
    split_incident,
    standing_open,
)
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.reviews.measuring import MEASURES, Measured
from holdfast.crisis.reviews.models import Measurement
from holdfast.governance.notices.models import Notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import act
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions import people
from holdfast.organization.structure.saving import save_all
from holdfast.readiness.exercises import actions as acts
from holdfast.readiness.exercises.models import Exercise, Inject
from tests.cast import TEST, Cast, user
from tests.crisis.exercising import planned, started

NOON = datetime(2030, 3, 1, 12, tzinfo=UTC)


class Time:
    """The world's clock, as the test sets it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def pass_(self, **more: float) -> None:
        self.at += timedelta(**more)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(clock, "now", made.now)
    return made


def now(incident: Incident) -> Incident:
    found: Incident = Incident.objects.get(pk=incident.pk)
    return found


def kinds(incident: Incident) -> list[str]:
    return list(incident.log.entries.order_by("number").values_list("kind", flat=True))


def states(exercise: Exercise | None) -> list[str]:
    assert exercise is not None
    return list(exercise.injects.order_by("number").values_list("state", flat=True))


def test_a_started_exercise_is_an_incident_that_says_everywhere_that_it_is_none(cast: Cast) -> None:
    drill = started(cast)
    real = declare_incident(TEST, title="Fire in the tower", site=cast.sites["unhq"])
    assert (drill.real, drill.key[:2], drill.address) == (False, "x-", f"/drill/{drill.key}/")
    assert (real.real, real.key[:2], real.address) == (True, "i-", f"/crisis/{real.key}/")
    assert drill.exercise is not None
    assert (drill.exercise.state, drill.details) == ("under_way", "Smoke on the 10th floor.")
    assert kinds(drill) == ["incident.declared", "exercise.started"]
    assert "NO DUFF" in drill.log.entries.get(number=2).text


def test_an_exercise_is_started_once(cast: Cast) -> None:
    drill = started(cast)
    with pytest.raises(ValidationError, match="only a planned exercise"):
        drills.start_exercise(TEST, Exercise.objects.get())
    again = Incident(
        key="x-again", log=drill.log, real=False, exercise=drill.exercise, title="Again", reported_at=NOON,
        declared_at=NOON,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="exercise"), transaction.atomic():
        save_all([again], TEST)


def test_who_may_not_make_exercises_starts_none(cast: Cast) -> None:
    exercise = planned(cast)
    for role in ("process_owner", "unit_head", "crisis_team", "staff", "auditor"):
        with pytest.raises(NotAllowed):
            drills.start_exercise(user(role, role), exercise)
    with pytest.raises(NotAllowed):
        drills.start_exercise(user("geneva", "focal_point", unit=cast.units["unog"]), exercise)
    focal = user("buildings", "focal_point", unit=cast.units["fcsd"])
    drill = drills.start_exercise(focal, exercise)
    ended = drills.end_exercise(focal, drill.exercise, reason="All is played.")
    assert (ended.state, now(drill).state) == ("done", "closed")


# An exercise never turns real, nor the reverse.


@pytest.mark.parametrize("real", [True, False])
def test_no_way_of_saving_turns_one_into_the_other(cast: Cast, real: bool) -> None:
    drill = started(cast)
    one = declare_incident(TEST, title="Fire") if real else drill
    flips: list[dict[str, Any]] = [
        {"real": not real},
        {"exercise": drill.exercise if real else None},
        {"key": "x-other" if real else "i-other"},
        {
            "real": not real, "exercise": drill.exercise if real else None, "key": "x-other" if real else "i-other",
            "pace": 1.0, "clock_from": None, "clock_shows": None,
        },
    ]  # fmt: skip
    for flip in flips:
        changed = now(one)
        for name, value in flip.items():
            setattr(changed, name, value)
        with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
            changed.save()
        with pytest.raises(ValidationError), transaction.atomic():
            changed.check_row()
        if len(flip) == 1:
            with pytest.raises(IntegrityError), transaction.atomic():
                Incident.objects.filter(pk=one.pk).update(**flip)
        with pytest.raises(ValidationError):
            edit_incident(TEST, now(one), version=one.version, **flip)
    assert (now(one).real, now(one).key, now(one).exercise_id) == (real, one.key, one.exercise_id)


def test_no_incident_is_made_that_is_half_of_each(cast: Cast) -> None:
    @act("try.open_incident", "incident.declare", label="try")
    def open_(by: Any, *, real: bool, extra: dict[str, Any]) -> Incident:
        return opened(by, real=real, extra=extra, title="Fire")

    from holdfast.organization.accounts.acts import ACTS

    try:
        with pytest.raises(ValidationError, match="plays an exercise that was planned"):
            open_(TEST, real=False, extra={})
        with pytest.raises(ValidationError, match="what is real plays none"):
            open_(TEST, real=True, extra={"exercise": planned(cast)})
    finally:
        del ACTS["try.open_incident"]
    assert not Incident.objects.exists()


def test_they_are_never_merged_and_what_is_split_off_stays_what_it_was(cast: Cast, time: Time) -> None:
    drill, real = started(cast, pace=60.0), declare_incident(TEST, title="Fire")
    for one, other in ((drill, real), (real, drill)):
        with pytest.raises(ValidationError, match="never merged"):
            merge_incident(TEST, one, version=one.version, into=other, reason="One fire.")
    part = split_incident(TEST, incident=now(drill), title="Press")
    assert (part.real, part.exercise, part.pace) == (False, drill.exercise, 60.0)
    assert split_incident(TEST, incident=real, title="Smoke").exercise is None
    time.pass_(minutes=1)
    assert now(part).moment() == now(drill).moment()
    assert drill.exercise is not None
    drills.pause_exercise(TEST, drill.exercise)
    time.pass_(minutes=1)
    assert now(part).moment() == now(drill).moment() == NOON + timedelta(hours=1)


# The clock.


def test_the_clock_runs_at_its_pace_stands_while_paused_and_goes_on_from_there(cast: Cast, time: Time) -> None:
    begins = datetime(2031, 1, 1, 8, tzinfo=UTC)
    drill = started(cast, pace=60.0, story_starts=begins)
    assert drill.moment() == begins == drill.started_at
    time.pass_(minutes=2)
    assert now(drill).moment() == begins + timedelta(hours=2)
    exercise = Exercise.objects.get()
    drills.pause_exercise(TEST, exercise)
    time.pass_(hours=5)
    assert now(drill).moment() == begins + timedelta(hours=2)
    with pytest.raises(ValidationError, match="stands already"):
        drills.pause_exercise(TEST, exercise)
    drills.set_pace(TEST, exercise, pace=1.0)
    time.pass_(hours=5)
    assert now(drill).moment() == begins + timedelta(hours=2)
    drills.resume_exercise(TEST, exercise)
    time.pass_(hours=1)
    assert now(drill).moment() == begins + timedelta(hours=3)
    drills.set_pace(TEST, exercise, pace=1440.0)
    time.pass_(minutes=1)
    assert now(drill).moment() == begins + timedelta(days=1, hours=3)
    assert [entry.moment for entry in drill.log.entries.order_by("number")] == sorted(
        entry.moment for entry in drill.log.entries.all()
    )


STEP = st.tuples(st.floats(-3600, 86_400), st.sampled_from([0.0, 0.1, 1.0, 60.0, 1440.0]) | st.floats(0, 1440))


@settings(max_examples=300, deadline=None)
@given(st.lists(STEP, max_size=20))
def test_whatever_is_done_to_the_clock_it_never_jumps_nor_runs_backwards(steps: list[tuple[float, float]]) -> None:
    incident = Incident(real=False, clock_from=NOON, clock_shows=NOON, pace=1.0)
    world, shown = NOON, NOON
    for seconds, pace in steps:
        world += timedelta(seconds=seconds)
        if world >= (incident.clock_from or NOON):
            assert incident.moment(world) >= shown
            shown = incident.moment(world)
        for name, value in turned(incident, world, pace).items():
            setattr(incident, name, value)
        # Continuous: just turned, it shows what it showed; it ran on at most by the pace.
        assert incident.moment(world) == shown
        a_second_later = incident.moment(world + timedelta(seconds=1))
        assert timedelta(0) <= a_second_later - shown <= timedelta(seconds=pace, microseconds=1)


@pytest.mark.parametrize("pace", [-1.0, 0.0, 1441.0, float("nan"), float("inf")])
def test_a_clock_that_cannot_be_is_refused(cast: Cast, pace: float) -> None:
    drill = started(cast)
    with pytest.raises(ValidationError):
        drills.set_pace(TEST, drill.exercise, pace=pace)
    assert now(drill).pace == 1.0


# Injects.


def test_an_inject_is_played_in_at_its_time_once_into_log_and_inbox_and_says_exercise(cast: Cast, time: Time) -> None:
    player = user("chief", "crisis_team")
    person = people.create_person(TEST, key="chief", name="Chief of facilities", unit=cast.units["fcsd"])
    people.link_account(TEST, person, version=person.version, user=player)
    people.hold_post(TEST, person, cast.posts["chief-fcsd"], valid_from=date(2020, 1, 1))
    exercise = planned(cast, pace=60.0)
    acts.invite(TEST, exercise=exercise, post=cast.posts["chief-fcsd"])
    drill = drills.start_exercise(TEST, exercise)
    assert deliver_due(TEST, Exercise.objects.get()) == 1
    assert deliver_due(TEST, Exercise.objects.get()) == 0
    assert states(drill.exercise) == ["delivered", "waiting"]
    time.pass_(minutes=1, seconds=59)
    assert due_injects(Exercise.objects.get()) == []
    time.pass_(seconds=1)
    assert [row.text for row in due_injects(Exercise.objects.get())] == ["The press calls."]
    assert deliver_due(TEST, Exercise.objects.get()) == 1
    press = Inject.objects.get(number=2)
    assert press.delivered_at == drill.moment(NOON) + timedelta(hours=2)
    told = drill.log.entries.filter(kind="exercise.inject").order_by("number")
    assert [("EXERCISE" in entry.text, entry.body["inject"]) for entry in told] == [(True, 1), (True, 2)]
    notices = Notice.objects.filter(kind="exercise.inject", user=player)
    assert len(notices) == 2
    assert all("EXERCISE" in notice.title and "EXERCISE" in notice.words for notice in notices)
    assert all(notice.address == drill.address for notice in notices)


def test_a_paused_exercise_plays_nothing_in(cast: Cast, time: Time) -> None:
    drill = started(cast)
    drills.pause_exercise(TEST, drill.exercise)
    time.pass_(hours=9)
    deliver_due(TEST, Exercise.objects.get())
    assert states(drill.exercise) == ["delivered", "waiting"]


def test_an_inject_is_delivered_early_or_skipped_with_a_reason_and_neither_twice(cast: Cast) -> None:
    drill = started(cast)
    first, second = Inject.objects.order_by("number")
    deliver_inject(TEST, second)
    with pytest.raises(ValidationError, match="Say why"):
        skip_inject(TEST, first, reason=" ")
    skip_inject(TEST, first, reason="Known already.")
    assert deliver_due(TEST, Exercise.objects.get()) == 0
    for again in (lambda: deliver_inject(TEST, first), lambda: skip_inject(TEST, second, reason="Late.")):
        with pytest.raises(ValidationError, match="already"):
            again()
    assert states(drill.exercise) == ["skipped", "delivered"]
    assert kinds(drill).count("exercise.inject") == 1


def test_before_the_start_and_after_the_end_nothing_is_played_in(cast: Cast) -> None:
    exercise = planned(cast)
    inject = exercise.injects.get(number=1)
    with pytest.raises(ValidationError, match="not under way"):
        deliver_inject(TEST, inject)
    drills.start_exercise(TEST, exercise)
    drills.end_exercise(TEST, Exercise.objects.get(), reason="It rains.")
    assert set(states(exercise)) == {"skipped"}
    assert deliver_due(TEST, Exercise.objects.get()) == 0


def test_injects_are_a_secret_of_those_who_make_the_exercise(cast: Cast) -> None:
    planned(cast)
    for role in ("crisis_team", "staff", "auditor", "unit_head"):
        assert not visible(Inject.objects.all(), user(role, role)).exists()
    assert visible(Inject.objects.all(), user("maker", "focal_point", unit=cast.units["fcsd"])).count() == 2


# Stopped at once.


def test_whoever_sees_it_stops_it_at_once_and_only_who_runs_it_lets_it_go_on(cast: Cast, time: Time) -> None:
    drill = started(cast)
    guest = user("guest", "auditor")
    drills.stop_exercise(guest, drill, reason="There is smoke")
    exercise = Exercise.objects.get()
    assert (now(drill).pace, exercise.stopped_at) == (0.0, NOON)
    entry = drill.log.entries.get(kind="exercise.stopped")
    assert entry.text == "NO DUFF: EXERCISE stopped. There is smoke."
    time.pass_(hours=9)
    assert due_injects(exercise) == []
    with pytest.raises(ValidationError, match="stopped"):
        deliver_inject(TEST, Inject.objects.get(number=1))
    with pytest.raises(NotAllowed):
        drills.resume_exercise(guest, exercise)
    drills.resume_exercise(TEST, exercise)
    assert (now(drill).pace, Exercise.objects.get().stopped_at) == (1.0, None)
    with pytest.raises(ValidationError, match="real"):
        drills.stop_exercise(TEST, declare_incident(TEST, title="Fire"))


# The end.


def test_closing_the_incident_reminds_that_the_exercise_is_ended_on_its_own_page(cast: Cast) -> None:
    drill = started(cast)
    assert any("under way" in said for said in standing_open(drill))
    close_incident(TEST, drill, version=drill.version, reason="Over.", anyway=True)
    ended = drills.end_exercise(TEST, Exercise.objects.get(), reason="Over.")
    assert ended.state == "done"
    assert kinds(drill).count("exercise.ended") == 0


def test_measured_times_are_proposed_once_and_none_of_one_that_was_broken_off(cast: Cast) -> None:
    building = cast.nodes["building"]
    MEASURES["try"] = lambda incident: [Measured(building, 3.0, "Stopwatch.")]
    try:
        drill = started(cast)
        drills.end_exercise(TEST, Exercise.objects.get(), reason="Played.")
        row = Measurement.objects.get()
        assert (row.node, row.hours, row.state, row.incident) == (building, 3.0, "proposed", drill)
        with pytest.raises(ValidationError, match="not under way"):
            drills.end_exercise(TEST, Exercise.objects.get(), reason="Again.")
        started(cast, "second")
        drills.end_exercise(TEST, Exercise.objects.get(key="second"), reason="Smoke.", broken_off=True)
        assert Measurement.objects.count() == 1
        assert Exercise.objects.get(key="second").state == "cancelled"
    finally:
        del MEASURES["try"]


def test_what_is_played_is_not_changed_any_more(cast: Cast) -> None:
    drill = started(cast)
    exercise = Exercise.objects.get()
    with pytest.raises(ValidationError, match="as it was played"):
        acts.edit_exercise(TEST, exercise, version=exercise.version, story="Another.")
    objective = exercise.objectives.get()
    with pytest.raises(ValidationError, match="before it begins"):
        acts.edit_objective(TEST, objective, version=1, text="Another")
    assert now(drill).details == "Smoke on the 10th floor."


def test_an_exercise_is_planned_again_with_all_that_is_in_it_and_nothing_of_what_happened(cast: Cast) -> None:
    exercise = planned(cast)
    acts.invite(TEST, exercise=exercise, group=cast.groups["cog"])
    drills.start_exercise(TEST, exercise)
    deliver_due(TEST, Exercise.objects.get())
    old = Exercise.objects.get()
    again = acts.repeat_exercise(TEST, old, version=old.version)
    assert (again.state, again.started_at, again.injects.count()) == ("planned", None, 2)
    assert set(states(again)) == {"waiting"}
    assert again.participants.get().group == cast.groups["cog"]
    assert drills.start_exercise(TEST, again).key != old.incidents.get().key
