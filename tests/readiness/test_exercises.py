"""An exercise is planned by those who may, says what it lacks, and is broad enough to show something."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions import nodes, places
from holdfast.readiness.exercises import actions as acts
from holdfast.readiness.exercises.breadth import lacking
from holdfast.readiness.exercises.models import Exercise
from tests.cast import TEST, Cast, user


def begin(cast: Cast) -> Exercise:
    return acts.create_exercise(
        TEST, key="drill", title="Fire", unit=cast.units["fcsd"], site=cast.sites["new-york"], story="Smoke."
    )


def test_everybody_knows_that_there_is_an_exercise_and_few_change_it(cast: Cast) -> None:
    exercise = begin(cast)
    for role in ("process_owner", "unit_head", "crisis_team", "staff", "auditor"):
        asker = user(role, role)
        assert visible(Exercise.objects.all(), asker).exists()
        with pytest.raises(NotAllowed):
            acts.edit_exercise(asker, exercise, version=1, title="Other")
    changed = acts.edit_exercise(
        user("focal", "focal_point", unit=cast.units["fcsd"]), exercise, version=1, title="Other"
    )
    assert changed.title == "Other"
    with pytest.raises(Conflict):
        acts.edit_exercise(TEST, exercise, version=1, title="Third")


def test_what_cannot_be_is_refused(cast: Cast) -> None:
    exercise = begin(cast)
    for changes in ({"stop_words": " "}, {"pace": 0.0}, {"pace": 5000.0}, {"hours": float("inf")}, {"kind": "war"}):
        with pytest.raises(ValidationError):
            acts.edit_exercise(TEST, exercise, version=1, **changes)  # type: ignore[arg-type]
    for who in ({}, {"post": cast.posts["cdc"], "group": cast.groups["cog"]}):
        with pytest.raises(ValidationError, match="one of the two"):
            acts.invite(TEST, exercise=exercise, **who)
    acts.invite(TEST, exercise=exercise, group=cast.groups["cog"])
    with pytest.raises(ValidationError, match="there already"):
        acts.invite(TEST, exercise=exercise, group=cast.groups["cog"])
    with pytest.raises(ValidationError, match="Say what is told"):
        acts.add_inject(TEST, exercise=exercise, at_hours=1.0, text=" ")
    with pytest.raises(ValidationError):
        acts.add_inject(TEST, exercise=exercise, at_hours=-1.0, text="Smoke.")


def test_an_exercise_that_is_not_held_says_why_and_is_not_changed_any_more(cast: Cast) -> None:
    exercise = begin(cast)
    with pytest.raises(ValidationError, match="Say why"):
        acts.cancel_exercise(TEST, exercise, version=1, reason="")
    cancelled = acts.cancel_exercise(TEST, exercise, version=1, reason="A real fire.")
    assert cancelled.state == "cancelled"
    for act in (
        lambda: acts.add_inject(TEST, exercise=cancelled, at_hours=1.0, text="Smoke."),
        lambda: acts.add_objective(TEST, exercise=cancelled, text="They meet."),
        lambda: acts.edit_exercise(TEST, cancelled, version=cancelled.version, title="Other"),
    ):
        with pytest.raises(ValidationError, match="cancelled"):
            act()


def test_it_says_what_it_lacks_until_departments_ict_and_the_funds_take_part(cast: Cast) -> None:
    exercise = begin(cast)
    on = clock.today()
    said = " ".join(lacking(exercise, on))
    assert "objective" in said
    assert "No plan" in said
    assert "only one unit" in said
    assert "ICT" in said
    assert "funds" not in said, "there are none at the place"
    places.create_unit(
        TEST, key="undp", name="UNDP", kind="fund_or_programme", parent=cast.units["un"], site=cast.sites["new-york"]
    )
    assert "funds" in " ".join(lacking(exercise, on))
    acts.add_objective(TEST, exercise=exercise, text="They meet.")
    acts.invite(TEST, exercise=exercise, group=cast.groups["cog"])
    assert "only one unit" not in " ".join(lacking(exercise, on))
    nodes.create_node(TEST, key="mail", kind="application", name="Mail", unit=cast.units["dss"])
    assert not any("ICT" in one for one in lacking(exercise, on))
