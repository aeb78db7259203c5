"""Crisis plans are activated by the operations group alone; continuity plans after consulting the policy team; once."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from holdfast.crisis.decisions import activation as acts
from holdfast.crisis.decisions.activation import (
    ACTIVATED,
    STOOD_DOWN,
    activate_crisis,
    active,
    ask_continuity,
    consult,
    grant_activation,
    missing,
    refuse_activation,
    stand_down,
    withdraw_activation,
)
from holdfast.crisis.decisions.models import Activation, Decision, PlanActivation
from holdfast.crisis.incidents.actions import declare_incident, standing_open
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log.models import LogEntry
from holdfast.crisis.rules.actions import approve_rules, draft_rules
from holdfast.crisis.rules.content import Rules
from holdfast.organization import clock
from holdfast.organization.accounts.models import Event
from holdfast.organization.accounts.scope import NotAllowed
from tests import cast as made
from tests.cast import TEST, user
from tests.crisis.bodies import Bodies, consulted, meets, plan_in_force, seated
from tests.crisis.test_decisions import down_for, picture  # noqa: F401


@pytest.fixture
def told():
    """Which activations the domains to the right were told of."""
    found: list[tuple[str, Activation]] = []
    began = lambda _by, one: found.append(("active", one))  # noqa: E731
    ended = lambda _by, one: found.append(("stood down", one))  # noqa: E731
    ACTIVATED.append(began)
    STOOD_DOWN.append(ended)
    yield found
    ACTIVATED.remove(began)
    STOOD_DOWN.remove(ended)


def test_the_operations_group_activates_the_crisis_plan_alone(bodies: Bodies, fire: Incident, told: list) -> None:
    """Rule 36."""
    plan = plan_in_force(bodies.cast, "fire", "crisis", crisis="fire")
    other = plan_in_force(bodies.cast, "buildings", "continuity")
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    chair = bodies.accounts["cog-1"]
    with pytest.raises(ValidationError, match="Choose the plans"):
        activate_crisis(chair, incident=fire, reason="Fire.")
    with pytest.raises(ValidationError, match="another kind"):
        activate_crisis(chair, incident=fire, reason="Fire.", plans=[other])
    with pytest.raises(NotAllowed):
        activate_crisis(bodies.accounts["cog-6"], incident=fire, reason="Fire.", plans=[plan])
    done = activate_crisis(chair, incident=fire, reason="Fire.", plans=[plan])
    assert (done.state, done.granted_group, done.granted_by, active(fire)) == ("active", bodies.cog, chair, [done])
    assert [row.plan for row in PlanActivation.objects.all()] == [plan]
    assert (done.decision.kind, done.decision.state, done.decision.seats_present) == ("crisis", "adopted", 2)
    assert told == [("active", done)]
    with pytest.raises(ValidationError, match=r"already active since .*by cog-1"):
        activate_crisis(chair, incident=fire, reason="Again.", plans=[plan])
    assert "crisis management plans: active" in standing_open(fire)
    stand_down(bodies.accounts["cog-7"], done, reason="The fire is out.")
    assert [what for what, _one in told] == ["active", "stood down"]
    with pytest.raises(ValidationError, match=r"stood down since .* by cog-7"):
        stand_down(chair, done, reason="Again.")
    assert activate_crisis(chair, incident=fire, reason="It burns again.", plans=[plan]).number == 2


def test_in_urgency_the_chair_of_the_group_activates_without_a_quorum(bodies: Bodies, fire: Incident) -> None:
    plan = plan_in_force(bodies.cast, "fire", "crisis", crisis="fire")
    meets(bodies, fire, "cog", "cog-1")
    chair = bodies.accounts["cog-1"]
    with pytest.raises(ValidationError, match="does not meet with a quorum"):
        activate_crisis(chair, incident=fire, reason="Fire.", plans=[plan])
    done = activate_crisis(chair, incident=fire, reason="Fire.", plans=[plan], alone_because="It burns.")
    assert done.decision.awaits_confirmation


def test_a_request_without_the_consultation_is_incomplete_and_not_granted(
    bodies: Bodies,
    fire: Incident,
    picture: dict,  # noqa: F811
) -> None:
    """Rule 38."""
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    meets(bodies, fire, "sept", "sept-1", "sept-2")
    with pytest.raises(NotAllowed):
        ask_continuity(bodies.accounts["sept-1"], incident=fire, reason="Closed.")
    asked = ask_continuity(bodies.accounts["cog-7"], incident=fire, reason="The building is closed.")
    assert (asked.asked_group, asked.asked_by, asked.reason) == (
        bodies.cog, bodies.accounts["cog-7"], "The building is closed.")  # fmt: skip
    assert asked.asked_at is not None
    assert (asked.expected_hours, asked.expected_by, asked.limit_hours) == (48.0, "forecast", 24.0)
    assert asked.forecast["picture"] == 7
    assert missing(asked) == ["the consultation of SEPT"]
    chair = bodies.accounts["sept-1"]
    with pytest.raises(ValidationError, match="Missing: the consultation of SEPT"):
        grant_activation(chair, asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        Activation.objects.filter(pk=asked.pk).update(state="active", granted_at=clock.now(), granted_group=bodies.sept)
    with pytest.raises(ValidationError, match="who was consulted"):
        consult(bodies.accounts["cog-1"], asked, who="Chef de Cabinet", said="")
    asked = consult(bodies.accounts["cog-1"], asked, who="Chef de Cabinet", said="Go ahead.")
    assert (asked.consulted_group, asked.consulted_who, asked.consulted_said) == (
        bodies.sept, "Chef de Cabinet", "Go ahead.")  # fmt: skip
    with pytest.raises(NotAllowed):
        grant_activation(bodies.accounts["cog-7"], asked)
    done = grant_activation(chair, asked)
    assert (done.state, done.granted_group, done.decision.kind) == ("active", bodies.sept, "continuity")
    with pytest.raises(ValidationError, match="already active since"):
        grant_activation(chair, done)
    with pytest.raises(ValidationError, match="already active since"):
        ask_continuity(TEST, incident=fire, reason="Again.")


def test_an_interruption_shorter_than_the_rules_ask_for_needs_a_reason(
    bodies: Bodies,
    fire: Incident,
    picture: dict,  # noqa: F811
) -> None:
    """Rule 37."""
    draft = draft_rules(TEST, content={**Rules().as_json(), "continuity_after_hours": 12.0})
    approve_rules(TEST, draft, version=1, valid_from=clock.today(), reason="Because.")
    for hours, wanted in ((11, ["why, although the interruption is expected to be shorter than 12 h"]), (12, []),
                          (None, [])):  # fmt: skip
        picture["now"] = down_for(hours)
        asked = consult(TEST, ask_continuity(TEST, incident=fire, reason="Closed."), who="Chair", said="Yes.")
        assert (asked.rules, missing(asked)) == (1, wanted)
        withdraw_activation(TEST, asked, reason="The next case.")
    picture["now"] = None
    asked = consult(TEST, ask_continuity(TEST, incident=fire, reason="Closed."), who="Chair", said="Yes.")
    assert missing(asked) == ["how long a critical function is expected to be interrupted"]
    asked = consult(TEST, asked, who="Chair", said="Yes.", expected_hours=2.0, shorter_because="It is the pay day.")
    assert (missing(asked), asked.expected_by) == ([], "stated")
    refused = refuse_activation(TEST, asked, reason="It can wait.")
    assert (refused.state, standing_open(fire)) == ("refused", [])


def test_the_rules_say_who_grants(bodies: Bodies, fire: Incident) -> None:
    draft = draft_rules(TEST, content={**Rules().as_json(), "continuity_granted_by": "cog"})
    approve_rules(TEST, draft, version=1, valid_from=clock.today(), reason="Because.")
    meets(bodies, fire, "cog", "cog-1", "cog-7")
    asked = consulted(bodies, fire)
    assert grant_activation(bodies.accounts["cog-1"], asked).granted_group == bodies.cog


def test_what_a_later_domain_cannot_do_undoes_the_activation(bodies: Bodies, fire: Incident) -> None:
    def fails(_by: Any, _one: Activation) -> None:
        raise RuntimeError("no tasks")

    before = LogEntry.objects.count()
    asked = consulted(bodies, fire)
    entries = LogEntry.objects.count()
    ACTIVATED.append(fails)
    try:
        with pytest.raises(RuntimeError):
            grant_activation(TEST, asked, alone_because="It burns.")
    finally:
        ACTIVATED.remove(fails)
    assert (Activation.objects.get().state, Decision.objects.count()) == ("requested", 0)
    assert LogEntry.objects.count() == entries > before


def at_once(many: int, call: Any) -> list[Any]:
    start, found = Barrier(many), [None] * many

    def run(number: int) -> None:
        try:
            start.wait()
            found[number] = call(number)
        except Exception as error:
            found[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_fifty_who_approve_at_once_activate_once_and_stand_down_once() -> None:
    cast = made.secretariat()
    bodies = seated(cast)
    fire = declare_incident(TEST, title="Fire", site=cast.sites["unhq"])
    plan = plan_in_force(cast, "buildings", "continuity")
    asked = consulted(bodies, fire, plans=[plan])
    chiefs = [user(f"chief-{number}", "crisis_team") for number in range(50)]

    def told_or_done(found: list[Any], words: str) -> None:
        done = [one for one in found if isinstance(one, Activation)]
        refused = [one for one in found if isinstance(one, ValidationError)]
        assert (len(done), len(refused)) == (1, 49), [one for one in found if not isinstance(one, Activation)][:3]
        by = str(done[0].ended_by or done[0].granted_by)
        assert all(words in str(one) and by in str(one) for one in refused)

    told_or_done(
        at_once(50, lambda n: grant_activation(chiefs[n], asked, alone_because="It burns.")), "already active since"
    )
    assert (Decision.objects.count(), Event.objects.filter(act="activation.grant").count()) == (1, 1)
    assert LogEntry.objects.filter(kind="activation.active").count() == 1
    told_or_done(at_once(50, lambda n: stand_down(chiefs[n], asked, reason="Over.")), "stood down since")
    crisis = plan_in_force(cast, "fire", "crisis", crisis="fire")
    told_or_done(
        at_once(50, lambda n: activate_crisis(chiefs[n], incident=fire, reason="F", plans=[crisis], alone_because="F")),
        "already active since",
    )
    numbers = list(fire.log.entries.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_keeps_a_second_activation_out() -> None:
    bodies = seated(made.secretariat())
    fire = declare_incident(TEST, title="Fire", site=bodies.cast.sites["unhq"])
    first = consulted(bodies, fire)
    with pytest.raises(IntegrityError):
        Activation.objects.create(
            incident=fire, number=9, kind="continuity", reason="Too", asked_at=clock.now(), asked_group=bodies.cog
        )
    assert list(Activation.objects.all()) == [first]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_nothing_keeps_no_half_of_an_activation() -> None:
    bodies = seated(made.secretariat())
    fire = declare_incident(TEST, title="Fire", site=bodies.cast.sites["unhq"])
    asked = consulted(bodies, fire)
    entries = LogEntry.objects.count()
    sqlite = connection.vendor == "sqlite"
    lock, unlock = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if sqlite
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(lock)
    try:
        with pytest.raises(DatabaseError):
            acts.grant_activation(TEST, asked, alone_because="It burns.")
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute(unlock)
    assert (Activation.objects.get().state, Decision.objects.count()) == ("requested", 0)
    assert LogEntry.objects.count() == entries
    assert grant_activation(TEST, asked, alone_because="It burns.").is_active
