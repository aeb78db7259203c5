"""No list asks the database a question per row."""

from __future__ import annotations

import pytest

from holdfast.organization.structure.actions import groups, nodes, people, places, requirements
from holdfast.organization.structure.actions.requirements import Draw
from tests.api.conftest import Program
from tests.cast import TEST, Cast
from tests.query_counts import QueryCount
from tests.rights import TABLES

MORE = 5
LISTS = [f"/{name}" for name in sorted(TABLES)] + ["/me", "/holes", "/events", "/twin"]


def grow(cast: Cast) -> None:
    """More of everything that is listed together with something else."""
    for number in range(MORE):
        unit = places.create_unit(TEST, key=f"u{number}", name="U", kind="unit", parent=cast.units["dm"])
        here = {"unit": unit, "site": cast.sites["geneva"]}
        person = people.create_person(TEST, key=f"p{number}", name="P", **here)
        people.add_contact(TEST, person, channel="telephone", address=f"+1 212 555 01{number:02}")
        post = people.create_post(TEST, key=f"post{number}", title="Post", **here)
        people.hold_post(TEST, person, post)
        group = groups.create_group(TEST, key=f"g{number}", name="G", kind="working", unit=unit)
        seat = groups.create_seat(TEST, key=f"s{number}", group=group, number=1, title="S", unit=unit)
        groups.hold_seat(TEST, seat, post=post)
        groups.name_focal_point(TEST, unit, person=person)
        node = nodes.create_node(TEST, key=f"n{number}", kind="process", name="N", owner_post=post, **here)
        supply = [Draw(cast.nodes["ny-power"], 1.0), Draw(cast.nodes["ny-offices"], 1.0)]
        requirements.create_requirement(TEST, key=f"n{number}.r", node=node, needs=1.0, supply=supply)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_as_often_for_many_rows_as_for_few(
    path: str, manager: Program, cast: Cast, query_count: QueryCount
) -> None:
    grow(cast)
    with query_count(f"api GET {path}"):
        assert manager.get(path).status_code == 200
    for number in range(MORE, 2 * MORE):
        places.create_unit(TEST, key=f"u{number}", name="U", kind="unit", parent=cast.units["dm"])
        people.create_person(TEST, key=f"p{number}", name="P", unit=cast.units["dm"], site=cast.sites["geneva"])
        nodes.create_node(TEST, key=f"n{number}", kind="process", name="N", unit=cast.units["dm"])
    with query_count(f"api GET {path}"):
        assert manager.get(path).status_code == 200


def test_what_fails_is_computed_with_a_fixed_number_of_questions(manager: Program, query_count: QueryCount) -> None:
    with query_count("api POST /cascade"):
        manager.post("/cascade", {"hits": [{"node": "ny-power", "duration": 72}]})
