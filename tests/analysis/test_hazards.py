"""Hazards are rows with evidence; the twin says what they say, and the engine reads it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.risk.actions.hazards import (
    add_footprint,
    create_hazard,
    create_threat,
    edit_footprint,
    edit_hazard,
    end_hazard,
    end_threat,
    remove_footprint,
)
from holdfast.analysis.risk.models import Footprint, Hazard, Threat
from holdfast.engine.hazards import read_hazards
from holdfast.engine.twin import read_twin
from holdfast.organization.accounts.acts import Conflict
from holdfast.organization.accounts.models import Event
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.evidence.fact import assumed, stated
from holdfast.organization.structure.actions.nodes import close_node, edit_node
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.models.nodes import NodeKind
from tests.cast import REPORT_DAY, TEST, Cast, again, secretariat, user

FIGURES: dict[str, Any] = {
    "chance": assumed(1, "share"),
    "loss": assumed(0.6, "share", low=0.3, high=1),
    "duration": assumed(24, "h", p90=120),
}


@pytest.fixture
def fire(cast: Cast) -> Hazard:
    threat = create_threat(TEST, key="fire", name="Fire", environment="technological", origin="accidental")
    rate = stated(0.02, "1/year", "A/63/359, 6(c)")
    return create_hazard(TEST, key="fire-ny", name="Fire", threat=threat, site=cast.sites["new-york"], rate=rate)


def hazards_on(on: date = REPORT_DAY) -> list[dict[str, Any]]:
    return build_twin(on)["hazards"]  # type: ignore[no-any-return]


def wrong(error: Any) -> list[str]:
    return sorted(error.value.message_dict)


def test_a_hazard_stands_in_the_twin_with_its_evidence(fire: Hazard) -> None:
    add_footprint(TEST, hazard=fire, nodes=["ny-power", "fcsd-staff"], **FIGURES)
    (found,) = hazards_on()
    assert (found["id"], found["rate"], found["site"], found["threat"]) == ("fire-ny", 0.02, "new-york", "fire")
    assert found["figures"]["rate"] == {"basis": "stated", "source": "A/63/359, 6(c)"}
    (footprint,) = found["footprints"]
    assert footprint["nodes"] == ["fcsd-staff", "ny-power"]
    assert footprint["loss"] == {"low": 0.3, "mode": 0.6, "high": 1}
    assert footprint["duration"] == {"median": 24, "p90": 120}
    assert footprint["shared"] is True


def test_a_selected_site_holds_all_that_is_in_it(fire: Hazard, cast: Cast) -> None:
    add_footprint(TEST, hazard=fire, site=cast.sites["new-york"], kind="facility", **FIGURES)
    assert hazards_on()[0]["footprints"][0]["nodes"] == ["ny-offices"], "they are in the compound in New York"
    edit_node(TEST, cast.nodes["geneva-offices"], version=1, tags=["premises"])
    add_footprint(TEST, hazard=fire, tag="premises", **FIGURES)
    add_footprint(TEST, hazard=fire, tag="function", **FIGURES)
    assert [one["nodes"] for one in hazards_on()[0]["footprints"][1:]] == [["geneva-offices"], ["assets"]]


def test_only_hazards_in_force_on_the_day_count(fire: Hazard) -> None:
    add_footprint(TEST, hazard=fire, nodes=["ny-power"], **FIGURES)
    end_hazard(TEST, fire, version=1, on=date(2009, 1, 1))
    assert (len(hazards_on(date(2008, 12, 31))), hazards_on(date(2009, 1, 1))) == (1, [])


def test_a_footprint_that_reaches_nothing_that_serves_is_left_out_and_said(fire: Hazard, cast: Cast) -> None:
    add_footprint(TEST, hazard=fire, nodes=["ny-power"], **FIGURES)
    close_node(TEST, cast.nodes["ny-power"], version=1, on=date(2009, 1, 1))
    twin = build_twin(date(2009, 1, 2))
    assert twin["hazards"] == []
    (said,) = [gap for gap in twin["gaps"] if "hazard" in gap]
    assert (said["hazard"], said["footprint"]) == ("fire-ny", 0)
    assert "Footprint 1 of the hazard Fire" in said["message"]


@pytest.mark.parametrize(
    ("given_", "column", "said"),
    [
        ({}, "nodes", "names nothing"),
        ({"nodes": ["nowhere"]}, "nodes", "“nowhere”"),
        ({"nodes": ["ny-power", "ny-power"]}, "nodes", "named twice"),
        ({"nodes": ["ny-power"], "kind": "people"}, "nodes", "not both"),
        ({"kind": "supplier"}, "kind", "selects nothing"),
        ({"kind": "people", "tag": "nobody"}, "tag", "selects nothing"),
        ({"kind": "dragon"}, "kind", "dragon"),
        ({"nodes": ["ny-power"], "loss": assumed(0.5, "share", low=0.6, high=0.9)}, "loss", "follow each other"),
        ({"nodes": ["ny-power"], "loss": assumed(1.5, "share")}, "loss", "at most 1"),
        ({"nodes": ["ny-power"], "loss": assumed(0, "share")}, "loss", "more than 0"),
        ({"nodes": ["ny-power"], "loss": assumed(0.5, "share", p90=0.9)}, "loss", "low and high"),
        ({"nodes": ["ny-power"], "chance": assumed(0.5, "share", low=0.1, high=0.9)}, "chance", "without a range"),
        ({"nodes": ["ny-power"], "duration": assumed(None, "h")}, "duration", "is needed"),
        ({"nodes": ["ny-power"], "duration": assumed(2, "days")}, "duration", "figure in h"),
        ({"nodes": ["ny-power"], "duration": assumed(24, "h", p90=3)}, "duration", "90th percentile"),
    ],
)
def test_a_footprint_that_cannot_be_is_refused_and_nothing_is_kept(
    fire: Hazard, given_: dict[str, Any], column: str, said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        add_footprint(TEST, hazard=fire, **{**FIGURES, **given_})
    assert column in wrong(refused)
    assert said in str(refused.value.message_dict[column])
    assert not Footprint.objects.exists()


def test_dates_in_the_wrong_order_and_a_rate_that_is_not_known_are_refused(fire: Hazard) -> None:
    with pytest.raises(ValidationError) as refused:
        edit_hazard(TEST, fire, version=1, valid_from=date(2009, 1, 1), valid_until=date(2008, 1, 1))
    assert wrong(refused) == ["valid_until"]
    with pytest.raises(ValidationError) as refused:
        edit_hazard(TEST, fire, version=1, rate=assumed(None, "1/year"))
    assert wrong(refused) == ["rate"]
    late = assumed(1, "1/year", as_of=date(2009, 1, 1), valid_until=date(2008, 1, 1))
    with pytest.raises(ValidationError) as refused:
        edit_hazard(TEST, fire, version=1, rate=late)
    assert wrong(refused) == ["rate"]


def test_a_changed_footprint_keeps_its_history_and_a_removed_one_is_remembered(fire: Hazard) -> None:
    footprint = add_footprint(TEST, hazard=fire, nodes=["ny-power"], **FIGURES)
    edit_footprint(TEST, footprint, version=1, shared=False)
    assert [one.shared for one in Footprint.history.filter(id=footprint.pk).order_by("history_id")] == [True, False]
    with pytest.raises(Conflict):
        edit_footprint(TEST, footprint, version=1, shared=True)
    remove_footprint(TEST, footprint, version=2)
    event = Event.objects.get(act="footprint.remove")
    assert event.before["nodes"] == ["ny-power"]
    assert event.after["hazard"] == "fire-ny"


def test_a_focal_point_changes_the_hazards_of_her_office_and_no_others(fire: Hazard, cast: Cast) -> None:
    focal = again(user("focal", "focal_point", unit=cast.units["unog"]))
    with pytest.raises(NotAllowed):
        edit_hazard(focal, fire, version=1, name="Mine")
    rate = assumed(0.1, "1/year")
    own = create_hazard(focal, key="own", name="Fire, Geneva", threat=fire.threat, unit=cast.units["unog"], rate=rate)
    add_footprint(focal, hazard=own, nodes=["geneva-offices"], **FIGURES)
    with pytest.raises(ValidationError, match="ny-power"):
        add_footprint(focal, hazard=own, nodes=["ny-power"], **FIGURES)
    with pytest.raises(NotAllowed):
        create_hazard(focal, key="all", name="All", threat=fire.threat, rate=rate)
    with pytest.raises(NotAllowed):
        create_threat(focal, key="t", name="T", environment="social", origin="accidental")


def test_a_node_that_she_may_not_see_stays_where_another_named_it(fire: Hazard, cast: Cast) -> None:
    focal = again(user("focal", "focal_point", unit=cast.units["unog"]))
    edit_hazard(TEST, fire, version=1, unit=cast.units["unog"])
    footprint = add_footprint(TEST, hazard=fire, nodes=["ny-power"], **FIGURES)
    edit_footprint(focal, footprint, version=1, nodes=["ny-power", "geneva-offices"])
    assert Footprint.objects.get().nodes == ["ny-power", "geneva-offices"]


def test_a_threat_has_known_causes_and_is_ended_not_removed(fire: Hazard) -> None:
    with pytest.raises(ValidationError, match="weather"):
        create_threat(TEST, key="x", name="X", environment="natural", origin="environmental", causes=["weather"])
    with pytest.raises(ValidationError):
        create_threat(TEST, key="x", name="X", environment="marine", origin="environmental")
    end_threat(TEST, fire.threat, version=1, on=date(2009, 1, 1))
    assert not Threat.objects.as_of(date(2009, 1, 1)).exists()
    assert Hazard.objects.get().threat.key == "fire"


def test_hazards_of_a_site_are_its_own_and_those_that_reach_it(fire: Hazard, cast: Cast) -> None:
    wide = create_hazard(TEST, key="wide", name="Pandemic", threat=fire.threat, rate=assumed(0.03, "1/year"))
    add_footprint(TEST, hazard=wide, kind="facility", site=cast.sites["unhq"], **FIGURES)
    assert {hazard.key for hazard in Hazard.objects.reaching(cast.sites["new-york"])} == {"fire-ny", "wide"}
    assert not Hazard.objects.reaching(cast.sites["geneva"]).exists()


class RowsToTheEngine(TestCase):
    """Whatever hazards there are as rows, the engine reads them from the twin and finds the same."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.made = secretariat()
        create_threat(TEST, key="any", name="Any", environment="natural", origin="environmental")

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_the_engine_reads_what_the_rows_say(self, data: st.DataObject) -> None:
        keys, sites = sorted(self.made.nodes), [*self.made.sites.values()]
        shares = st.floats(0.01, 1)
        wanted: dict[str, list[dict[str, Any]]] = {}
        for number in range(data.draw(st.integers(1, 3))):
            rate = data.draw(st.floats(0, 50))
            hazard = create_hazard(
                TEST,
                key=f"h{number}",
                name="H",
                threat=Threat.objects.get(),
                rate=assumed(rate, "1/year"),
                site=data.draw(st.sampled_from([None, *sites])),
            )
            wanted[hazard.key] = []
            for _ in range(data.draw(st.integers(1, 3))):
                loss, length = data.draw(shares), data.draw(st.floats(0.1, 5000))
                figures = {
                    "chance": assumed(data.draw(shares), "share"),
                    "loss": data.draw(
                        st.sampled_from([assumed(loss, "share"), assumed(loss, "share", low=loss / 2, high=1)])
                    ),
                    "duration": data.draw(
                        st.sampled_from(
                            [
                                assumed(length, "h"),
                                assumed(length, "h", low=0, high=length * 2),
                                assumed(length, "h", p90=length * 3),
                            ]
                        )
                    ),
                    "shared": data.draw(st.booleans()),
                }
                if data.draw(st.booleans()):
                    which: dict[str, Any] = {
                        "nodes": data.draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
                    }
                else:
                    which = {
                        "kind": data.draw(st.sampled_from(["", *NodeKind.values])),
                        "site": data.draw(st.sampled_from([None, *sites])),
                    }
                try:
                    add_footprint(TEST, hazard=hazard, **which, **figures)
                except ValidationError:
                    assert "nodes" not in which, "named nodes are there"
                    continue
                wanted[hazard.key].append({**figures, "nodes": _expected(which)})
        twin = build_twin(REPORT_DAY)
        found = {hazard.id: hazard for hazard in read_hazards(twin, read_twin(twin))}
        assert sorted(found) == sorted(key for key, footprints in wanted.items() if footprints)
        for key, hazard in found.items():
            assert hazard.rate == Hazard.objects.get(key=key).rate.value
            for footprint, said in zip(hazard.footprints, wanted[key], strict=True):
                assert footprint.nodes == said["nodes"]
                assert footprint.chance == said["chance"].value
                assert (footprint.loss, footprint.duration) == (said["loss"].spread, said["duration"].spread)
                assert footprint.shared == said["shared"]


def _expected(which: dict[str, Any]) -> list[str]:
    """Told the long way: row by row."""
    found = []
    for node in Node.objects.select_related("site").order_by("key"):
        if "nodes" in which:
            hit = node.key in which["nodes"]
        else:
            at = which["site"] is None or (node.site is not None and node.site.path.startswith(which["site"].path))
            hit = at and which["kind"] in ("", node.kind)
        if hit:
            found.append(node.key)
    return found
