"""The twin made from rows says what the rows say, and the engine answers the same."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.conf import settings

from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.strategy.actions import create_fallback, retire_fallback
from holdfast.analysis.strategy.models import Fallback, FallbackState
from holdfast.engine.cascade import cascade
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import read_twin
from holdfast.organization.evidence.fact import Basis, Fact, assumed
from holdfast.organization.places.models import STANDING, Site, State, Unit
from holdfast.organization.structure.actions.nodes import close_node, create_pool, edit_node
from holdfast.organization.structure.models import Node, Pool, Requirement, Supply
from holdfast.organization.structure.saving import save_all
from tests.cast import REPORT_DAY, TEST, Cast, hours


def by_id(twin: dict[str, Any]) -> dict[str, Any]:
    return {node["id"]: node for node in twin["nodes"]}


def test_rows_become_nodes_with_their_evidence(cast: Cast) -> None:
    twin = build_twin(REPORT_DAY)
    building = by_id(twin)["building"]
    assert building["mtpd"] == 24
    assert building["figures"]["mtpd"] == {"basis": "stated", "source": "A/63/359"}
    assert (building["unit"], building["site"]) == ("fcsd", "new-york")
    people, offices = building["requirements"]
    assert people["supply"] == [{"node": "fcsd-staff", "weight": 20}]
    assert (offices["tolerance"], people["tolerance"], people["needs"]) == (1, 0, 10)
    assert by_id(twin)["assets"]["tags"] == ["function"]
    assert twin["gaps"] == []
    assert [node["id"] for node in twin["nodes"]] == sorted(cast.nodes)


def test_a_what_if_is_run_as_of_a_date(cast: Cast) -> None:
    close_node(TEST, cast.nodes["ny-power"], version=1, on=date(2009, 1, 1))
    assert "ny-power" in by_id(build_twin(date(2008, 12, 31)))
    after = build_twin(date(2009, 1, 1))
    assert "ny-power" not in by_id(after)
    assert [(gap["node"], gap["there"]) for gap in after["gaps"]] == [("ny-offices", 0)]
    read_twin(after)


def test_what_is_only_proposed_is_in_the_twin_when_asked_for(cast: Cast) -> None:
    edit_node(TEST, cast.nodes["geneva-offices"], version=1, state="proposed")
    assert "geneva-offices" not in by_id(build_twin(REPORT_DAY))
    assert "geneva-offices" in by_id(build_twin(REPORT_DAY, STANDING | {State.PROPOSED}))


def test_a_requirement_is_taken_at_what_is_there_and_said_so(cast: Cast) -> None:
    from holdfast.organization.structure.actions.requirements import Draw, create_requirement

    draws = [Draw(cast.nodes["ny-offices"], 3), Draw(cast.nodes["geneva-offices"], 2)]
    create_requirement(TEST, key="two", node=cast.nodes["building"], needs=5, quorum=4, supply=draws)
    close_node(TEST, cast.nodes["geneva-offices"], version=1, on=date(2008, 1, 1))
    twin = build_twin(REPORT_DAY)
    found = next(r for r in by_id(twin)["building"]["requirements"] if r["key"] == "two")
    assert (found["needs"], found["quorum"]) == (3, 3)
    assert {gap["requirement"] for gap in twin["gaps"]} == {"two", "geneva-meetings.offices"}
    read_twin(twin)


def test_only_fallbacks_that_are_ready_count(cast: Cast) -> None:
    pool = create_pool(TEST, key="seats", name="Seats", capacity=assumed(3, "seats"))
    fallback = create_fallback(
        TEST,
        key="to-geneva",
        requirement=cast.requirements["building.offices"],
        provider=cast.nodes["geneva-offices"],
        kind="transfer",
        weight=assumed(5, "seats"),
        activation=assumed(4, "h", "a guess", low=2, high=8),
        pool=pool,
        state="chosen",
    )

    def counted(on: date, **asked: Any) -> list[dict[str, Any]]:
        return by_id(build_twin(on, **asked))["building"]["requirements"][1].get("fallbacks", [])  # type: ignore[no-any-return]

    assert counted(REPORT_DAY) == []
    assert len(counted(REPORT_DAY, fallback_states=frozenset(FallbackState))) == 1
    fallback.state = "tested"
    save_all([fallback], TEST)
    (found,) = counted(REPORT_DAY)
    assert found["activation"] == {"low": 2, "mode": 4, "high": 8}
    assert (found["endurance"], found["pool"], found["strategy"], found["weight"]) == (None, "seats", "transfer", 5)
    read_twin(build_twin(REPORT_DAY))
    retire_fallback(TEST, fallback, version=2, on=date(2009, 1, 1))
    assert (len(counted(date(2008, 12, 31))), len(counted(date(2009, 1, 1)))) == (1, 0)


def test_the_twin_takes_the_same_queries_whatever_its_size(cast: Cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(8):
        build_twin(REPORT_DAY)
    with django_assert_num_queries(6):
        build_twin(REPORT_DAY, hazards=False)


# --- the example: its file into rows, and back


def _fact(holder: dict[str, Any], name: str, unit: str) -> Fact | None:
    evidence = holder.get("figures", {}).get(name)
    if holder.get(name) is None and evidence is None:
        return None
    evidence = evidence or {"basis": holder.get("basis", "assumed"), "source": holder.get("reason", "")}
    source = evidence["source"] or "the file"
    value = holder.get(name)
    if isinstance(value, dict):
        middle = value.get("mode", value.get("median"))
        return Fact(
            middle,
            unit,
            Basis(evidence["basis"]),
            source,
            low=value.get("low"),
            high=value.get("high"),
            p90=value.get("p90"),
        )
    return Fact(value, unit, Basis(evidence["basis"]), source)


def _into_rows(twin: dict[str, Any]) -> None:
    """The file's rows, with units and sites by name only: what the importer does with much more care."""
    units, sites = (sorted({n[part] for n in [*twin["nodes"], *twin["pools"]] if n[part]}) for part in ("unit", "site"))
    save_all([Unit(key=key, name=key, kind="unit") for key in units], TEST)
    save_all([Site(key=key, name=key, kind="building") for key in sites], TEST)
    unit, site = ({row.key: row for row in model.objects.all()} for model in (Unit, Site))
    nodes = {
        node["id"]: Node(
            key=node["id"],
            kind=node["kind"],
            name=node["name"],
            unit=unit.get(node["unit"]),
            site=site.get(node["site"]),
            tags=node["tags"],
            paragraphs=node["paragraphs"],
            basis=node["basis"],
            reason=node.get("reason", ""),
            sort=node.get("type", ""),
            is_function="function" in node["tags"],
            restart_promised=_fact(node, "restart", "h"),
            minimum_level=_fact(node, "minimum_level", "share"),
            rto=_fact(node, "rto", "h"),
            mtpd=_fact(node, "mtpd", "h"),
            priority=_fact(node, "priority", "rank"),
            impact=node.get("impact"),
        )
        for node in twin["nodes"]
    }
    save_all(nodes.values(), TEST)
    pools = {
        p["id"]: Pool(key=p["id"], name=p["name"], capacity=_fact(p, "capacity", p["unit_of_measure"]))
        for p in twin["pools"]
    }
    save_all(pools.values(), TEST)
    requirements, supplies, fallbacks = [], [], []
    for node in twin["nodes"]:
        for place, said in enumerate(node["requirements"]):
            requirement = Requirement(
                key=f"{node['id']}.r{place}",
                node=nodes[node["id"]],
                position=place,
                name=said["name"],
                needs=said["needs"],
                quorum=said.get("quorum", 0),
                tolerance=_fact(said, "tolerance", "h"),
                basis=said["basis"],
                reason=said["reason"],
            )
            requirements.append(requirement)
            for s, supply in enumerate(said["supply"]):
                supplies.append(
                    Supply(requirement=requirement, provider=nodes[supply["node"]], position=s, weight=supply["weight"])
                )
            for f, fallback in enumerate(said.get("fallbacks", [])):
                fallbacks.append(
                    Fallback(
                        key=fallback["id"],
                        requirement=requirement,
                        provider=nodes[fallback["node"]],
                        position=f,
                        kind=fallback["strategy"],
                        weight=_fact(fallback, "weight", "units"),
                        activation=_fact(fallback, "activation", "h"),
                        endurance=_fact(fallback, "endurance", "h"),
                        pool=pools.get(fallback["pool"]),
                        state="in_place",
                    )
                )
    save_all(requirements, TEST)
    save_all(supplies, TEST)
    save_all(fallbacks, TEST)


def test_the_example_from_rows_gives_the_answers_of_its_file(db: None) -> None:
    example = settings.CHECKOUT / "examples" / "secretariat"
    file = json.loads((example / "twin.json").read_text())
    _into_rows(file)
    built = build_twin(REPORT_DAY)
    assert built["gaps"] == []
    assert len(built["nodes"]) == len(file["nodes"]) >= 250
    saved = sorted((example / "scenarios").glob("*.json"))
    assert len(saved) >= 12
    one, other = read_twin(file), read_twin(built)
    for path in saved:
        scenario = path.read_bytes()
        assert (
            cascade(one, read_scenario(scenario, one)).as_json()
            == cascade(other, read_scenario(scenario, other)).as_json()
        )
    for node in file["nodes"]:
        rebuilt = by_id(built)[node["id"]]
        for part in ("kind", "name", "site", "unit", "tags", "paragraphs", "basis"):
            assert rebuilt[part] == node[part], (node["id"], part)
        assert rebuilt.get("reason", "") == node.get("reason", "")


def test_an_hour_figure_keeps_its_uncertainty(cast: Cast) -> None:
    node = edit_node(TEST, cast.nodes["ny-power"], version=1, restart_promised=assumed(2, "h", "a guess", p90=6))
    assert by_id(build_twin(REPORT_DAY))[node.key]["restart"] == {"median": 2, "p90": 6}
    assert hours(2).spread == 2


def test_the_twin_takes_the_measurement_while_it_is_valid_else_what_was_promised(cast: Cast) -> None:
    measured = Fact(5, "h", Basis.MEASURED, "exercise", as_of=date(2008, 6, 1), valid_until=date(2009, 6, 1))
    edit_node(
        TEST, cast.nodes["ny-power"], version=1, restart_promised=assumed(2, "h", "a guess"), restart_measured=measured
    )

    def restart(on: date) -> tuple[Any, str]:
        node = by_id(build_twin(on))["ny-power"]
        return node["restart"], node["figures"]["restart"]["basis"]

    assert restart(date(2008, 5, 31)) == (2, "assumed")
    assert restart(date(2008, 6, 1)) == (5, "measured")
    assert restart(date(2009, 5, 31)) == (5, "measured")
    assert restart(date(2009, 6, 1)) == (2, "assumed")
