"""Hazards are judged in words, drawn, kept and found again; bad words come back with what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from holdfast.analysis.risk.models import Footprint, Hazard, Threat
from tests.web.risk.conftest import Reader

NEW = {"name": "Flood", "threat": "fire", "often": "once", "years": "40", "basis": "assumed", "source": "A guess."}
EFFECT = {
    "nodes": "ny-offices, ny-power",
    "chance": "80",
    "loss_likely": "100",
    "length": "long",
    "measure": "d",
    "likely": "2",
    "high": "10",
    "shared": "on",
    "basis": "assumed",
}


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


def test_once_in_forty_years_becomes_a_rate_that_keeps_the_words(manager: Client, fire: Hazard) -> None:
    made = manager.post("/risk/hazards/new/", NEW)
    assert (made.status_code, made.headers["Location"]) == (302, "/risk/hazards/flood/")
    flood = Hazard.objects.get(key="flood")
    assert (flood.rate.value, flood.rate.basis) == (0.025, "assumed")
    assert flood.rate.source == "Once in 40 years. A guess."
    page = text(manager.get("/risk/hazards/flood/"))
    assert "once in 40 years" in page
    assert "a hazard without a footprint has no effect" in page


def test_what_was_counted_keeps_its_range(manager: Client, fire: Hazard) -> None:
    manager.post("/risk/hazards/new/", {**NEW, "often": "counted", "times": "3", "years": "10"})
    rate = Hazard.objects.get(key="flood").rate
    assert (rate.value, round(rate.low, 3), round(rate.high, 3)) == (0.3, 0.082, 0.775)


def test_a_footprint_is_said_in_days_and_kept_in_hours(manager: Client, fire: Hazard) -> None:
    assert manager.post("/risk/hazards/fire-ny/add-footprint/", {"version": "1", **EFFECT}).status_code == 302
    footprint = Footprint.objects.get(position=1)
    assert (footprint.duration.value, footprint.duration.p90, footprint.chance.value) == (48, 240, 0.8)
    assert footprint.nodes == ["ny-offices", "ny-power"]
    page = text(manager.get("/risk/hazards/fire-ny/"))
    assert "Offices, New York" in page
    assert "2 d (nine in ten: at most 10" in page


def test_the_form_draws_what_it_says_without_keeping_it(manager: Client, fire: Hazard) -> None:
    drawn = manager.post("/risk/hazards/fire-ny/add-footprint/", {"version": "1", **EFFECT, "try": "1"})
    assert drawn.status_code == 200
    assert text(drawn).count('<svg class="curve"') == 2
    assert "One case in ten is above 10" in text(drawn)
    assert "This was not saved" not in text(drawn)
    assert Footprint.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"nodes": "nowhere"}, "nowhere"),
        ({"nodes": ""}, "names nothing"),
        ({"kind": "people"}, "not both"),
        ({"nodes": "", "kind": "supplier"}, "selects nothing"),
        ({"chance": "0"}, "at most 100"),
        ({"chance": "many"}, "is no number"),
        ({"length": "three", "low": "3", "likely": "2"}, "between low and high"),
        ({"length": "three", "low": "", "likely": "2"}, "needed here"),
        ({"high": "1"}, "cannot be below the usual"),
        ({"loss_likely": "120"}, "between 0 % and 100 %"),
        ({"basis": "stated", "source": ""}, "needs its source"),
    ],
)
def test_bad_words_come_back_with_what_is_wrong_and_nothing_is_lost(
    manager: Client, fire: Hazard, said: dict[str, str], names: str
) -> None:
    refused = manager.post("/risk/hazards/fire-ny/add-footprint/", {"version": "1", **EFFECT, **said})
    assert refused.status_code == 422
    assert names in text(refused)
    assert 'name="chance"' in text(refused)
    assert Footprint.objects.count() == 1


def test_a_changed_rate_does_not_repeat_its_words(manager: Client, fire: Hazard) -> None:
    page = text(manager.get("/risk/hazards/fire-ny/edit/"))
    assert 'value="A guess."' in page
    said = {**NEW, "name": "Fire, New York", "years": "60", "site": "new-york", "unit": "fcsd", "version": "1"}
    assert manager.post("/risk/hazards/fire-ny/edit/", said).status_code == 302
    fire.refresh_from_db()
    assert fire.rate.source == "Once in 60 years. A guess."
    late = manager.post("/risk/hazards/fire-ny/edit/", {**said, "name": "Mine"})
    assert late.status_code == 409


def test_a_footprint_left_as_it_was_keeps_the_evidence_of_each_figure(manager: Client, fire: Hazard) -> None:
    footprint = Footprint.objects.get()
    page = text(manager.get(f"/risk/footprint/{footprint.pk}/edit/"))
    assert 'value="3"' in page, "72 hours are shown as 3 days"
    said = {
        "kind": "facility", "site": "new-york", "chance": "50", "loss_low": "10", "loss_likely": "30",
        "loss_high": "100",
        "length": "long", "measure": "d", "likely": "3", "high": "10", "shared": "on", "basis": "assumed",
        "source": "A guess.", "note": "Looked at again.", "version": "1",
    }  # fmt: skip
    assert manager.post(f"/risk/footprint/{footprint.pk}/edit/", said).status_code == 302
    footprint.refresh_from_db()
    assert (footprint.note, footprint.chance.source, footprint.duration.value) == ("Looked at again.", "", 72)


def test_a_hazard_is_found_by_the_site_that_it_reaches(manager: Client, fire: Hazard) -> None:
    assert "Fire, New York" in text(manager.get("/risk/hazards/?site=unhq"))
    assert "Fire, New York" not in text(manager.get("/risk/hazards/?site=geneva"))
    assert manager.get("/risk/hazards/?site=atlantis").status_code == 400


def test_who_may_not_change_hazards_is_shown_no_form(reader: Reader, fire: Hazard) -> None:
    auditor = reader("auditor")
    assert "Add a footprint" not in text(auditor.get("/risk/hazards/fire-ny/"))
    assert auditor.get("/risk/hazards/fire-ny/add-footprint/").status_code == 403
    assert reader("staff").get("/risk/hazards/").status_code == 403
    assert reader("focal_point", unit="unog").get("/risk/hazards/fire-ny/").status_code == 404


def test_the_page_of_judgement_keeps_nothing_and_explains_its_figures(manager: Client, fire: Hazard) -> None:
    page = manager.get("/risk/judgement/?often=counted&times=3&years=10&likely=8&high=72")
    assert page.status_code == 200
    assert "0.3 a year (0.0818 to 0.7754 with 90" in text(page)
    assert "x / y" in text(page)
    wrong = manager.get("/risk/judgement/?often=counted&times=1.5")
    assert wrong.status_code == 422
    assert "a whole number" in text(wrong)
    assert Hazard.objects.count() == 1


def test_the_organisation_adds_a_threat_of_its_own(manager: Client, fire: Hazard) -> None:
    said = {
        "name": "Meteor",
        "environment": "natural",
        "origin": "environmental",
        "causes": ["premises"],
        "position": "9",
    }
    assert manager.post("/risk/threats/new/", said).status_code == 302
    assert Threat.objects.get(key="meteor").causes == ["premises"]
    page = text(manager.get("/risk/threats/fire/"))
    assert "Fire, New York" in page
    assert manager.post("/risk/threats/meteor/end/", {"on": "2030-01-01", "version": "1"}).status_code == 302
