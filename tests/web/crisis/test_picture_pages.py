"""The picture as a page: it leads with the finding, says what to do next, and is written on a phone under stress."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings

from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.crisis.incidents.actions import close_incident, declare_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.actions import report_outage
from holdfast.crisis.picture.models import Observation, Outage, Picture
from holdfast.organization import clock
from tests import cast as made
from tests.cast import TEST, user

HOUR = timedelta(hours=1)
MOST_BYTES = 150_000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    with override_settings(ALLOWED_HOSTS=["testserver"], DATA_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def cast(db: None) -> made.Cast:
    return made.secretariat()


@pytest.fixture
def fire(cast: made.Cast) -> Incident:
    return declare_incident(
        TEST, title="Fire", site=cast.sites["unhq"], causes=["premises"], started_at=clock.now() - 3 * HOUR
    )


@pytest.fixture
def chief(fire: Incident) -> Client:
    """Who runs incidents, signed in."""
    client = Client()
    client.force_login(user("chief", "crisis_team"))
    return client


def words(response: object) -> str:
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]


def local(at: object, fire: Incident) -> str:
    return at.astimezone(fire.zone).strftime("%Y-%m-%dT%H:%M:%S")  # type: ignore[attr-defined]


ESTIMATE = {"certainty": "sure", "loss": "100", "basis": "stated"}


def test_without_a_report_it_says_what_to_do(chief: Client, fire: Incident) -> None:
    page = chief.get(f"{fire.address}picture/")
    assert "Nothing has been reported out yet" in words(page) and f"{fire.address}picture/report/" in words(page)


def test_what_is_out_is_reported_by_name_or_key_and_leads_to_the_finding(chief: Client, fire: Incident) -> None:
    said = {**ESTIMATE, "nodes": "ny-power\nOffices, New York", "since": local(clock.now() - 2 * HOUR, fire)}
    answer = chief.post(f"{fire.address}picture/report/", {**said, "device_at": "2026-01-02T03:04:05Z"})
    assert (answer.status_code, answer["Location"]) == (302, f"{fire.address}picture/")
    assert set(Outage.objects.values_list("node__key", flat=True)) == {"ny-power", "ny-offices"}
    page = words(chief.get(f"{fire.address}picture/"))
    assert '1 critical function will breach its limit: Protection of staff and assets <span class="clock"' in page
    for said_there in ("MTPD 24 h", "Restore first", "Offices, New York", "What it costs", "data-clock="):
        assert said_there in page
    assert fire.log.entries.last().device_at is not None


def test_a_name_that_nobody_has_is_refused_and_what_was_given_is_kept(chief: Client, fire: Incident) -> None:
    said = {**ESTIMATE, "nodes": "The moon", "since": local(clock.now(), fire), "source": "Guard"}
    page = chief.post(f"{fire.address}picture/report/", said)
    assert page.status_code == 422
    assert "Nothing here is called “The moon”." in words(page) and 'value="Guard"' in words(page)
    assert not Outage.objects.exists()


@pytest.mark.parametrize("share", ["101", "-1", "half"])
def test_a_share_that_is_none_is_refused(chief: Client, fire: Incident, share: str) -> None:
    said = {**ESTIMATE, "nodes": "ny-power", "since": local(clock.now(), fire), "loss": share}
    assert chief.post(f"{fire.address}picture/report/", said).status_code == 422


def test_a_whole_site_takes_the_kinds_that_are_ticked(chief: Client, fire: Incident) -> None:
    said = {**ESTIMATE, "site": "new-york", "kinds": ["people"], "since": local(clock.now(), fire), "loss": "30"}
    chief.post(f"{fire.address}picture/report/", said)
    outage = Outage.objects.get()
    assert (outage.node.key, outage.loss) == ("fcsd-staff", pytest.approx(0.3))


def test_an_estimate_is_changed_and_somebody_who_saved_in_between_is_shown(chief: Client, fire: Incident, cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    outage = Outage.objects.get()
    address = f"{fire.address}picture/outages/{outage.pk}/"
    back = clock.now() + 5 * HOUR
    given = {**ESTIMATE, "since": local(outage.since, fire), "until_likely": local(back, fire)}
    assert "Known of Offices, New York" in words(chief.get(address))
    assert chief.post(address, {**given, "version": 1}).status_code == 302
    outage.refresh_from_db()
    assert abs(outage.until_high - back) < timedelta(seconds=1)
    assert chief.post(address, {**given, "loss": "50", "version": 1}).status_code == 409


def test_what_works_again_is_said_in_one_form(chief: Client, fire: Incident, cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    outage = Outage.objects.get()
    address = f"{fire.address}picture/outages/{outage.pk}/end/"
    assert chief.post(address, {"version": 1, "at": local(clock.now(), fire)}).status_code == 302
    outage.refresh_from_db()
    assert outage.ended_at is not None
    assert "works again since" in words(chief.get(f"{fire.address}picture/"))


def test_what_was_seen_is_recorded_and_taken_back(chief: Client, fire: Incident) -> None:
    said = {"node": "geneva-meetings", "level": "40", "at": local(clock.now(), fire), "source": "Guard"}
    assert chief.post(f"{fire.address}picture/seen/", said).status_code == 302
    page = words(chief.get(f"{fire.address}picture/"))
    assert "works at 40" in page and "worse than forecast (100" in page
    seen = Observation.objects.get()
    chief.post(f"{fire.address}picture/seen/{seen.pk}/", {"version": seen.version})
    seen.refresh_from_db()
    assert seen.mistaken


def test_a_saved_scenario_is_accepted_with_one_tap(chief: Client, fire: Incident, cast) -> None:
    strikes = [Strike(cast.nodes["ny-offices"], duration=72), Strike(cast.nodes["ny-power"], 0.5, start=1)]
    save_scenario(TEST, key="burnt", name="Burnt out", cause="premises", hits=strikes)
    page = words(chief.get(f"{fire.address}picture/"))
    assert "Burnt out" in page and "2 things" in page
    chief.post(f"{fire.address}picture/scenario/", {"scenario": "burnt"})
    offices, power = Outage.objects.order_by("number")
    assert (offices.certainty, offices.basis, offices.until_likely - offices.since) == ("likely", "assumed", 72 * HOUR)
    assert (power.loss, power.since - fire.began, power.until_likely) == (0.5, HOUR, None)
    assert Picture.objects.count() == 1
    assert "Burnt out" not in words(chief.get(f"{fire.address}picture/")).split("What is out")[0].split("Picture 1")[0]
    again = chief.post(f"{fire.address}picture/scenario/", {"scenario": "burnt"}, follow=True)
    assert "reported out already" in words(again)
    assert chief.post(f"{fire.address}picture/scenario/", {"scenario": "none"}).status_code == 404


def test_an_earlier_picture_is_shown_as_it_was_taken(chief: Client, fire: Incident, cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    chief.post(f"{fire.address}picture/take/")
    assert Picture.objects.count() == 2
    page = words(chief.get(f"{fire.address}picture/?picture=1"))
    assert "This is an earlier picture" in page and "Works again</a>" not in page
    for wrong in ("9", "x", "-1", "9" * 30):
        assert chief.get(f"{fire.address}picture/?picture={wrong}").status_code == 404


def test_what_changed_is_told(chief: Client, fire: Incident, cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["geneva-offices"]])
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    page = words(chief.get(f"{fire.address}picture/"))
    assert "▲ Will breach now: Protection of staff and assets and Running of the building systems" in page
    assert "▲ Newly out: Offices, New York" in page


def test_the_wall_and_the_map_show_it_without_anything_to_press(chief: Client, fire: Incident, cast) -> None:
    for name in ("wall", "map"):
        assert "Nothing has been reported out yet" in words(chief.get(f"{fire.address}{name}/"))
    for key, lat, lon in (("new-york", 40.7, -74.0), ("geneva", 46.2, 6.1)):
        site = cast.sites[key]
        type(site).objects.filter(pk=site.pk).update(latitude=lat, longitude=lon)
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    wall = words(chief.get(f"{fire.address}wall/"))
    main = wall.split("<main")[1]
    assert "Protection of staff and assets" in main and "Restore first" in main and "UTC" in wall
    assert "<button" not in main and "<a " not in main and "<form" not in main
    page = words(chief.get(f"{fire.address}map/"))
    assert "Something is out or down at New York." in page and "built/world" in page
    assert "1 thing out, 1 process down, 1 breaches its limit" in page


def test_pages_are_light_enough_for_32_kbit_a_second_and_ask_again_in_a_few_bytes(
    chief: Client, fire: Incident, cast
) -> None:
    report_outage(TEST, incident=fire, site=cast.sites["new-york"])
    for name in ("picture/", "wall/", "map/"):
        page = chief.get(f"{fire.address}{name}")
        assert len(page.content) + css_bytes() < MOST_BYTES
        seen = ",".join(
            f"{part.split(chr(34))[0]}:{part.split('data-live=')[1].split(chr(34))[1]}"
            for part in page.content.decode().split('id="live-')[1:]
        )
        again = chief.get(f"{fire.address}{name}", headers={"X-Live": seen})
        assert again.status_code == 204 or set(json.loads(again.content)["parts"]) <= {"clock"}


def css_bytes() -> int:
    folder = Path(__file__).parents[3] / "src/holdfast/web/static"
    sizes = {name: (folder / name).stat().st_size for name in ("crisis.css", "wall.css")}
    return sum(sizes.values())


def test_a_minute_more_on_a_clock_is_no_change_of_a_page(
    chief: Client, fire: Incident, cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = fire.declared_at.replace(minute=0) + HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])

    def parts() -> dict[str, str]:
        text = chief.get(f"{fire.address}picture/").content.decode()
        return {part.split('"')[0]: part.split('data-live="')[1][:10] for part in text.split('id="live-')[1:]}

    before = parts()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))
    assert {name for name, digest in parts().items() if before[name] != digest} <= {"clock"}


def test_an_exercise_has_the_same_pages_at_its_own_address_and_an_address_of_the_other_leads_nowhere(
    chief: Client, fire: Incident
) -> None:
    assert chief.get(f"/drill/{fire.key}/picture/").status_code == 404
    assert chief.get(f"/drill/{fire.key}/wall/").status_code == 404


def test_when_it_is_over_nothing_is_asked_for_any_more(chief: Client, fire: Incident, cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    fire.refresh_from_db()
    close_incident(TEST, fire, version=fire.version, reason="Over.", anyway=True)
    page = words(chief.get(f"{fire.address}picture/"))
    assert "Report what is out" not in page and "Works again</a>" not in page
    assert chief.post(f"{fire.address}picture/take/", follow=True).status_code == 200
    assert Picture.objects.count() == 1


def test_a_reader_sees_it_and_changes_nothing(fire: Incident, cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    reader = Client()
    reader.force_login(user("auditor", "auditor"))
    assert "Report what is out" not in words(reader.get(f"{fire.address}picture/"))
    for name in ("picture/take/", "picture/scenario/", "picture/report/", "picture/seen/"):
        assert reader.post(f"{fire.address}{name}").status_code == 403


def test_names_outside_the_readers_scope_are_nowhere_on_the_pages(fire: Incident, cast) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"], cast.nodes["geneva-offices"]])
    other = Client()
    # The incident is seen by its site; of what stands there this reader may see the buildings' unit alone.
    account = user("geneva", "crisis_team", unit=cast.units["unog"])
    fire_at = declare_incident(TEST, title="Water", unit=cast.units["unog"])
    report_outage(TEST, incident=fire_at, nodes=[cast.nodes["geneva-offices"]])
    other.force_login(account)
    for name in ("picture/", "wall/", "map/"):
        page = words(other.get(f"{fire_at.address}{name}"))
        assert "Offices, New York" not in page and "Running of the building" not in page
    assert "Meetings, Geneva" in words(other.get(f"{fire_at.address}picture/"))
