"""An incident is declared in a minute, led, corrected, split, merged and closed; the log tells all of it; and an
exercise never turns real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from holdfast.crisis.incidents.actions import (
    CLOSING,
    close_incident,
    declare_incident,
    edit_incident,
    enter_phase,
    hand_over,
    merge_incident,
    split_incident,
    write_note,
)
from holdfast.crisis.incidents.models import ORDER, Incident
from holdfast.crisis.incidents.phases import BELONGS
from holdfast.crisis.log.models import EntriesAreKept
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions import places
from tests.cast import TEST, Cast, user


def said(incident: Incident) -> list[str]:
    return list(incident.log.entries.order_by("number").values_list("kind", flat=True))


def test_what_and_where_are_enough_and_the_log_begins_with_the_declaration(cast: Cast) -> None:
    chief = user("cog", "crisis_team")
    fire = declare_incident(chief, title="Fire on the 10th floor", site=cast.sites["unhq"])
    assert (fire.real, fire.is_open, fire.phase, fire.certainty) == (True, True, "incident", "unconfirmed")
    assert fire.lead == fire.declared_by == chief
    assert fire.key.startswith("i-")
    assert fire.address == f"/crisis/{fire.key}/"
    entry = fire.log.entries.get()
    assert (entry.kind, entry.author, entry.number) == ("incident.declared", "cog", 1)
    assert entry.body["title"] == "Fire on the 10th floor"


def test_the_times_when_it_began_was_noticed_and_was_reported_are_kept_apart(cast: Cast) -> None:
    began = datetime(2008, 10, 1, 3, tzinfo=UTC)
    fire = declare_incident(
        TEST,
        title="Fire",
        started_at=began,
        discovered_at=began + timedelta(hours=1),
        reported_at=began + timedelta(hours=2),
    )
    assert fire.began == began
    fire.refresh_from_db()
    assert (fire.discovered_at - fire.started_at, fire.reported_at - fire.started_at) == (
        timedelta(hours=1), timedelta(hours=2),
    )  # fmt: skip
    with pytest.raises(ValidationError, match="noticed before it began"):
        edit_incident(TEST, fire, version=fire.version, discovered_at=began - timedelta(hours=1))


def test_nothing_is_declared_without_a_word_or_in_the_future(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="Say what happened"):
        declare_incident(TEST, title="  ")
    with pytest.raises(ValidationError, match="lies ahead"):
        declare_incident(TEST, title="Fire", reported_at=datetime(2199, 1, 1, tzinfo=UTC))
    assert not Incident.objects.exists()


def test_who_has_a_duty_station_declares_there_and_not_elsewhere(cast: Cast) -> None:
    nairobi = user("nairobi", "focal_point", site=cast.sites["nairobi"])
    made = declare_incident(nairobi, title="Unrest", site=cast.sites["nairobi"])
    assert visible(Incident.objects.all(), nairobi).get() == made
    with pytest.raises(NotAllowed):
        declare_incident(nairobi, title="Fire", site=cast.sites["geneva"])
    with pytest.raises(NotAllowed):
        declare_incident(user("owner", "process_owner"), title="Fire", site=cast.sites["geneva"])
    geneva = user("geneva", "focal_point", site=cast.sites["geneva"])
    assert not visible(Incident.objects.all(), geneva).exists()


def test_the_next_phase_needs_no_reason_and_any_other_does(fire: Incident) -> None:
    enter_phase(TEST, fire, version=fire.version, phase="response")
    fire.refresh_from_db()
    with pytest.raises(ValidationError, match="not the next in order"):
        enter_phase(TEST, fire, version=fire.version, phase="activation")
    enter_phase(TEST, fire, version=fire.version, phase="activation", reason="The building is gone.")
    entries = list(fire.phases.order_by("pk").values_list("phase", "out_of_order", "reason"))
    assert entries == [
        ("incident", False, ""), ("response", False, ""), ("activation", True, "The building is gone."),
    ]  # fmt: skip
    fire.refresh_from_db()
    with pytest.raises(ValidationError, match="is in this phase"):
        enter_phase(TEST, fire, version=fire.version, phase="activation", reason="Again.")


def test_two_who_change_the_phase_at_once_are_told(fire: Incident) -> None:
    seen = fire.version
    enter_phase(TEST, fire, version=seen, phase="response")
    with pytest.raises(Conflict):
        enter_phase(TEST, fire, version=seen, phase="response")
    assert said(fire).count("phase.entered") == 1


def test_a_correction_says_what_was_known_before(fire: Incident) -> None:
    edit_incident(TEST, fire, version=fire.version, certainty="confirmed")
    entry = fire.log.entries.get(kind="incident.corrected")
    assert (entry.body["before"], entry.body["after"]) == ({"certainty": "unconfirmed"}, {"certainty": "confirmed"})


def test_the_lead_goes_only_to_one_who_may_run_it(cast: Cast, fire: Incident) -> None:
    with pytest.raises(ValidationError, match="may not run"):
        hand_over(TEST, fire, version=fire.version, to=user("reader", "auditor"))
    deputy = user("deputy", "crisis_team")
    hand_over(TEST, fire, version=fire.version, to=deputy, said="All is known.")
    fire.refresh_from_db()
    assert fire.lead == deputy
    assert said(fire)[-1] == "incident.handed_over"


def test_a_part_is_split_off_and_two_that_are_one_are_merged(fire: Incident) -> None:
    flood = split_incident(TEST, incident=fire, title="Water in the data centre")
    assert (flood.site_id, flood.split_from, flood.real) == (fire.site_id, fire, True)
    with pytest.raises(ValidationError, match="Say why"):
        merge_incident(TEST, flood, version=flood.version, into=fire, reason=" ")
    merge_incident(TEST, flood, version=flood.version, into=fire, reason="The water is the fire brigade's.")
    flood.refresh_from_db()
    assert (flood.state, flood.merged_into) == ("merged", fire)
    assert said(fire)[-1] == "incident.took_in"
    took = fire.log.entries.get(kind="incident.took_in")
    assert took.body["head"] == flood.log.head, "the log of the one ends where the other took it in"
    with pytest.raises(ValidationError, match="merged"):
        enter_phase(TEST, flood, version=flood.version, phase="response")


def test_what_stands_open_keeps_an_incident_open_unless_one_says_so(fire: Incident, monkeypatch: Any) -> None:
    monkeypatch.setattr("holdfast.crisis.incidents.actions.CLOSING", [*CLOSING, lambda incident: ["a meeting goes on"]])
    with pytest.raises(ValidationError, match="a meeting goes on"):
        close_incident(TEST, fire, version=fire.version, reason="It is out.")
    close_incident(TEST, fire, version=fire.version, reason="It is out.", anyway=True)
    entry = fire.log.entries.get(kind="incident.closed")
    assert "a meeting goes on" in entry.body["still_open"]
    write_note(TEST, incident=fire, text="The cause was found later.")
    assert said(fire)[-1] == "log.note", "what is found out later belongs to it"


def test_an_exercise_never_turns_real_nor_the_reverse(fire: Incident) -> None:
    with pytest.raises(ValidationError, match="real"):
        edit_incident(TEST, fire, version=fire.version, real=False)  # type: ignore[call-arg]
    fire.refresh_from_db()
    fire.real = False
    with pytest.raises(IntegrityError), transaction.atomic():
        fire.save()
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("UPDATE crisis_incident SET real = %s WHERE id = %s", [False, fire.pk])
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("UPDATE crisis_incident SET pace = %s WHERE id = %s", [2.0, fire.pk])


def test_entries_of_the_log_are_neither_changed_nor_deleted(fire: Incident) -> None:
    entry = fire.log.entries.get()
    entry.text = "Nothing happened."
    for attempt in (entry.save, entry.delete, fire.log.entries.all().delete, lambda: fire.log.entries.update(text="")):
        with pytest.raises(EntriesAreKept):
            attempt()


def test_what_is_rolled_back_is_not_in_the_log(fire: Incident) -> None:
    before = fire.log.entries.count()
    with pytest.raises(ValidationError):
        close_incident(TEST, fire, version=fire.version, reason="")
    assert fire.log.entries.count() == before
    assert Incident.objects.get(pk=fire.pk).is_open


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York"])
def test_its_time_zone_is_that_of_its_place_or_of_the_site_around_it(cast: Cast, zone: str) -> None:
    site = cast.sites["new-york"]
    places.edit_site(TEST, site, version=site.version, time_zone=zone)
    fire = declare_incident(TEST, title="Fire", site=cast.sites["conference-room-a"])
    assert Incident.objects.get(pk=fire.pk).zone == ZoneInfo(zone)
    with pytest.raises(ValidationError, match="name of a time zone"):
        places.edit_site(TEST, cast.sites["geneva"], version=cast.sites["geneva"].version, time_zone="Geneva")


def test_every_phase_says_what_belongs_to_it() -> None:
    assert list(BELONGS) == list(ORDER)
    assert all(BELONGS.values())
