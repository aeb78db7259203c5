"""The picture for programs: what is out is reported, changed and ended; the newest picture is asked for again in a few
bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.crisis.incidents.actions import declare_incident
from holdfast.crisis.incidents.models import Incident
from tests.api.conftest import Program
from tests.cast import TEST, Cast


class Asking:
    """A program that says which status it expects, and is given the JSON."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.tag = ""

    def get(self, path: str, *, expect: int = 200, tag: str = "") -> Any:
        headers = {"if-none-match": tag} if tag else {}
        return self._told(self.program.client.get(f"/api/v1{path}", headers=headers), expect)

    def post(self, path: str, body: Any, *, expect: int = 200) -> Any:
        return self._told(self.program.post(path, body), expect)

    def patch(self, path: str, body: Any) -> Any:
        return self._told(self.program.patch(path, body), 200)

    def _told(self, response: Any, expect: int) -> Any:
        assert response.status_code == expect, response.content
        self.tag = response.headers.get("ETag", "")
        return response.json() if response.content else None


@pytest.fixture
def asking(manager: Program) -> Asking:
    return Asking(manager)


@pytest.fixture
def fire(cast: Cast, tmp_path: Path) -> Iterator[Incident]:
    with override_settings(DATA_DIR=tmp_path):
        yield declare_incident(TEST, title="Fire", site=cast.sites["unhq"], unit=cast.units["unog"])


def test_what_is_out_is_reported_changed_and_ended(asking: Asking, fire: Incident) -> None:
    taken = asking.post(f"/incidents/{fire.key}/outages", {"nodes": ["ny-offices", "ny-power"], "source": "Guard"})
    assert (taken["picture"], len(taken["outages"])) == (1, 2)
    listed = asking.get(f"/outages?incident={fire.key}")["items"]
    assert [(one["node"], one["loss"], one["certainty"]) for one in listed] == [
        ("ny-offices", 1.0, "sure"), ("ny-power", 1.0, "sure"),
    ]  # fmt: skip
    number = listed[0]["id"]
    changed = asking.patch(f"/outages/{number}", {"version": 1, "loss": 0.5})
    assert (changed["loss"], changed["version"]) == (0.5, 2)
    ended = asking.post(f"/outages/{number}/end", {"version": 2})
    assert ended["ended_at"] is not None
    assert [one["node"] for one in asking.get(f"/incidents/{fire.key}/recoveries")["recoveries"]] == ["ny-offices"]
    assert [one["number"] for one in asking.get(f"/pictures?incident={fire.key}")["items"]] == [3, 2, 1]


def test_the_newest_picture_is_asked_for_again_with_its_tag(asking: Asking, fire: Incident) -> None:
    asking.get(f"/incidents/{fire.key}/picture", expect=404)
    asking.post(f"/incidents/{fire.key}/outages", {"nodes": ["ny-offices"]})
    found = asking.get(f"/incidents/{fire.key}/picture")
    assert found["number"] == 1 and {one["key"] for one in found["answer"]["processes"]} == {"building", "assets"}
    assert [hit["node"] for hit in found["hits"]["hits"]] == ["ny-offices"]
    tag = asking.tag
    asking.get(f"/incidents/{fire.key}/picture", expect=304, tag=tag)
    asking.post(f"/incidents/{fire.key}/observations", {"node": "geneva-meetings", "level": 0.2})
    again = asking.get(f"/incidents/{fire.key}/picture", tag=tag)
    assert again["number"] == 2 and again["answer"]["observed"][0]["differs"] == "lower"
    first = asking.get(f"/pictures?incident={fire.key}&sort=number")["items"][0]["id"]
    assert asking.get(f"/pictures/{first}/answer")["answer"] == found["answer"]


def test_what_cannot_be_is_refused_by_name(asking: Asking, fire: Incident, cast: Cast) -> None:
    for body, path in (
        ({"nodes": ["moon"]}, "nodes"),
        ({}, "nodes"),
        ({"nodes": ["ny-power"], "until_high": "2030-01-01T00:00:00Z"}, "until_likely"),
        ({"scenario": "none"}, "scenario"),
        ({"scenario": "none", "loss": 0.5}, "loss"),
        ({"nodes": ["ny-power"], "loss": 0}, "loss"),
    ):
        refused = asking.post(f"/incidents/{fire.key}/outages", body, expect=422)
        assert any(path in field["path"] for field in refused["error"]["fields"]), (body, refused)
    assert asking.get("/outages")["count"] == 0


def test_a_saved_scenario_is_reported_as_a_starting_point(asking: Asking, fire: Incident, cast: Cast) -> None:
    save_scenario(TEST, key="burnt", name="Burnt out", cause="premises", hits=[Strike(cast.nodes["ny-offices"], 0.5)])
    asking.post(f"/incidents/{fire.key}/outages", {"scenario": "burnt"})
    (outage,) = asking.get("/outages")["items"]
    assert (outage["loss"], outage["certainty"], outage["basis"]) == (0.5, "likely", "assumed")


def test_what_lies_outside_ones_scope_is_not_told(program: Callable[..., Program], fire: Incident, cast: Cast) -> None:
    all_seen = Asking(program("crisis_team"))
    all_seen.post(f"/incidents/{fire.key}/outages", {"nodes": ["ny-offices", "geneva-offices"]})
    geneva = Asking(program("crisis_team", unit=cast.units["unog"]))
    assert [one["node"] for one in geneva.get("/outages")["items"]] == ["geneva-offices"]
    found = geneva.get(f"/incidents/{fire.key}/picture")
    assert "ny-offices" not in str(found) and "geneva-meetings" in str(found)
    geneva.post(f"/incidents/{fire.key}/outages", {"nodes": ["ny-power"]}, expect=422)
