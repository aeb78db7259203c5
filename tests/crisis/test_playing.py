"""Injects are played in once, whoever is at it at the same time and whoever is killed at it. Runs on PostgreSQL too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from holdfast.crisis.drills.actions import pause_exercise, start_exercise
from holdfast.crisis.drills.injects import deliver_due
from holdfast.crisis.incidents.models import Incident
from holdfast.organization.jobs.periodic import plan
from holdfast.organization.jobs.registry import JOBS
from holdfast.organization.jobs.worker import Crew
from holdfast.readiness.exercises.actions import add_inject
from holdfast.readiness.exercises.models import Exercise, Inject
from tests import cast as made
from tests.cast import TEST
from tests.crisis.exercising import planned
from tests.organization.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


@pytest.fixture
def drill(transactional_db: None) -> Incident:
    """An exercise with five injects that are due."""
    exercise = planned(made.secretariat())
    for number in range(4):
        add_inject(TEST, exercise=exercise, at_hours=0.0, text=f"News {number}.")
    return start_exercise(TEST, exercise)


def played(drill: Incident) -> list[int]:
    rows = drill.log.entries.filter(kind="exercise.inject").order_by("number")
    return [entry.body["inject"] for entry in rows]


def test_of_four_that_play_at_once_each_inject_comes_once(drill: Incident) -> None:
    found = at_once(*(lambda: deliver_due(TEST, Exercise.objects.get()) for _n in range(4)))
    assert all(isinstance(one, int) for one in found), found
    assert sum(found) == 5
    assert sorted(played(drill)) == [1, 3, 4, 5, 6]
    assert Inject.objects.filter(state="delivered").count() == 5


def test_what_a_killed_worker_had_begun_is_played_in_by_the_next_once(drill: Incident, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    command = [sys.executable, "-m", "tests.crisis.playing", str(connection.settings_dict["NAME"]), str(mark)]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": path, "HOLDFAST_DATA": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as worker:
        try:
            end = time.monotonic() + PATIENCE
            while not mark.exists():
                assert worker.poll() is None, "it ended by itself"
                assert time.monotonic() < end, "it never came to the inject"
                time.sleep(0.05)
        finally:
            worker.kill()
    assert played(drill) == []
    assert not Inject.objects.filter(state="delivered").exists()
    assert deliver_due(TEST, Exercise.objects.get()) == 5
    assert sorted(played(drill)) == [1, 3, 4, 5, 6]
    assert deliver_due(TEST, Exercise.objects.get()) == 0


def test_the_job_plays_in_what_nobody_looked_at(drill: Incident) -> None:
    plan(JOBS["exercises.play"])
    crew = Crew()
    while crew.run_one():
        pass
    assert sorted(played(drill)) == [1, 3, 4, 5, 6]


def test_a_pause_and_the_injects_that_are_due_at_that_moment_do_not_mix(drill: Incident) -> None:
    at_once(lambda: deliver_due(TEST, Exercise.objects.get()), lambda: pause_exercise(TEST, Exercise.objects.get()))
    assert sorted(set(played(drill))) == sorted(played(drill))
    entries = list(drill.log.entries.order_by("number"))
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry.moment for entry in entries] == sorted(entry.moment for entry in entries)


def test_of_five_who_start_an_exercise_at_once_one_does(transactional_db: None) -> None:
    planned(made.secretariat())
    found = at_once(*(lambda: start_exercise(TEST, Exercise.objects.get()) for _n in range(5)))
    assert sorted(type(one).__name__ for one in found) == ["Incident", *["ValidationError"] * 4]
    assert Incident.objects.count() == 1
    assert all("only a planned exercise" in str(one) for one in found if isinstance(one, ValidationError))
