"""Two at once: on a real database, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import Event
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.groups import hold_seat
from holdfast.organization.structure.actions.places import edit_unit
from holdfast.organization.structure.models import Post, Seat, SeatHolding
from tests import cast as made
from tests.cast import TEST

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gave or raised; they start together."""
    start, found = Barrier(len(calls)), [None] * len(calls)

    def run(number: int) -> None:
        try:
            start.wait()
            found[number] = calls[number]()
        except Exception as error:
            found[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def kinds(found: list[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in found)


def test_of_two_who_edit_one_unit_at_once_one_is_told() -> None:
    unit = made.places_only().units["bcmu"]
    found = at_once(*(lambda name=name: edit_unit(TEST, unit, version=1, name=name) for name in ("One", "Two")))
    assert kinds(found) == ["Conflict", "Unit"]
    winner = next(one for one in found if isinstance(one, Unit))
    loser = next(one for one in found if isinstance(one, Conflict))
    assert Unit.objects.get(key="bcmu").name == winner.name
    assert [(d.field, d.now) for d in loser.differences] == [("name", winner.name)]
    assert Event.objects.filter(act="unit.edit").count() == 1


def test_of_two_who_fill_one_seat_at_once_one_is_refused() -> None:
    made.secretariat()
    seat = Seat.objects.get(key="cog-6")
    posts = list(Post.objects.filter(key__in=["cdc", "usg-management"]))
    found = at_once(*(lambda post=post: hold_seat(TEST, seat, post=post) for post in posts))
    assert kinds(found) == ["SeatHolding", "ValidationError"]
    assert SeatHolding.objects.filter(seat=seat).count() == 1


def test_two_moves_at_once_make_no_circle() -> None:
    units = made.places_only().units
    dm, dss = units["dm"], units["dss"]
    found = at_once(
        lambda: edit_unit(TEST, dm, version=1, parent=dss),
        lambda: edit_unit(TEST, dss, version=1, parent=dm),
    )
    assert any(isinstance(one, ValidationError) for one in found), found
    dm, dss = (Unit.objects.get(key=key) for key in ("dm", "dss"))
    assert (dm.parent == dss) != (dss.parent == dm)
    for unit in Unit.objects.select_related("parent"):
        assert unit.path == f"{unit.parent.path if unit.parent else ''}{unit.key}/"


def test_a_reader_with_a_cursor_misses_no_event_of_writers_at_once() -> None:
    units = made.places_only().units
    chosen = [units[key] for key in ("dm", "dss", "dpa", "unog", "unon", "bcmu")]
    found = at_once(*(lambda unit=unit: edit_unit(TEST, unit, version=1, name="New") for unit in chosen))
    assert kinds(found) == ["Unit"] * len(chosen)
    assert {event.key for event in Event.objects.after(0) if event.act == "unit.edit"} == {unit.key for unit in chosen}
