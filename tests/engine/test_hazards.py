"""Hazards of a file are read with what they name, or refused with the place of what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.engine.errors import InputError
from holdfast.engine.hazards import read_hazards
from holdfast.engine.twin import read_twin
from tests.strategies import Json

NODES: list[Json] = [
    {"id": "power", "kind": "infrastructure", "site": "ny", "tags": ["power"]},
    {"id": "offices", "kind": "facility", "site": "ny"},
    {"id": "staff", "kind": "people", "site": "geneva"},
]


def hazard(**footprint: Any) -> Json:
    return {"id": "storm", "rate": 0.2, "footprints": [{"chance": 0.5, "loss": 1, "duration": 8, **footprint}]}


def read(*hazards: Json) -> Any:
    twin = {"nodes": NODES, "hazards": list(hazards)}
    return read_hazards(twin, read_twin(twin))


def test_nodes_are_named_or_selected_by_kind_site_and_tag() -> None:
    for which, nodes in (
        ({"nodes": ["staff", "power"]}, ["staff", "power"]),
        ({"select": {"site": "ny"}}, ["power", "offices"]),
        ({"select": {"site": "ny", "kind": "facility"}}, ["offices"]),
        ({"select": {"tag": "power"}}, ["power"]),
        ({"select": {"kind": "people", "site": "ny"}}, []),
    ):
        (found,) = read(hazard(**which))
        assert found.footprints[0].nodes == nodes


def test_figures_are_a_number_a_triangle_or_a_median_with_its_ninetieth_percentile() -> None:
    (found,) = read(
        hazard(
            nodes=["staff"], loss={"low": 0, "mode": 0.2, "high": 0.6}, duration={"median": 8, "p90": 72}, shared=True
        )
    )
    assert found.footprints[0].loss == {"low": 0, "mode": 0.2, "high": 0.6}
    assert (found.footprints[0].duration, found.footprints[0].shared) == ({"median": 8, "p90": 72}, True)


@pytest.mark.parametrize(
    ("footprint", "path", "said"),
    [
        ({}, "hazards[0].footprints[0]", "wanted the nodes"),
        ({"nodes": ["staff"], "select": {"kind": "people"}}, "hazards[0].footprints[0]", "not both"),
        ({"nodes": ["nowhere"]}, "hazards[0].footprints[0].nodes[0]", "no node “nowhere”"),
        ({"select": {}}, "hazards[0].footprints[0].select", "wanted a kind, a site or a tag"),
        ({"select": {"kind": "dragon"}}, "hazards[0].footprints[0].select.kind", "dragon"),
        ({"nodes": ["staff"], "chance": 1.5}, "hazards[0].footprints[0].chance", "at most 1"),
        ({"nodes": ["staff"], "loss": 0}, "hazards[0].footprints[0].loss", "above 0"),
        ({"nodes": ["staff"], "loss": {"low": 0.5, "mode": 0.2, "high": 1}}, "hazards[0].footprints[0].loss", "order"),
        ({"nodes": ["staff"], "loss": {"median": 0.5, "p90": 1}}, "hazards[0].footprints[0].loss", "mode"),
        ({"nodes": ["staff"], "duration": 0}, "hazards[0].footprints[0].duration", "more than 0"),
        ({"nodes": ["staff"], "duration": {"median": 9, "p90": 3}}, "hazards[0].footprints[0].duration", "p90"),
    ],
)
def test_a_hazard_that_cannot_be_is_refused_with_its_place(footprint: Json, path: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        read(hazard(**footprint))
    assert refused.value.path == path
    assert said in str(refused.value)


def test_a_rate_below_zero_and_an_id_given_twice_are_refused() -> None:
    with pytest.raises(InputError, match="of 0 or more"):
        read({"id": "a", "rate": -1, "footprints": []})
    with pytest.raises(InputError, match="another hazard"):
        read({"id": "a", "rate": 1, "footprints": []}, {"id": "a", "rate": 1, "footprints": []})
