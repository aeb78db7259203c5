"""The Secretariat of A/63/359 as a twin: what it holds, on what ground, and what its scenarios answer."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from holdfast.engine.cascade import cascade
from holdfast.engine.checks import check
from holdfast.engine.scenario import read_scenario
from holdfast.engine.twin import Twin, read_twin
from tests.engine.reference import cascade as slow_cascade

Json = dict[str, Any]

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "secretariat"
PAGE = ROOT / "docs" / "example.md"

FUNCTIONS = {
    "f1": "Protection of staff and assets",
    "f2": "Security Council and General Assembly",
    "f3": "Secretary-General",
    "f4": "Operational and policy decisions",
    "f5": "Communication",
    "f6": "Key financial transactions",
}

STATIONS = ["addis-ababa", "bangkok", "beirut", "brindisi", "geneva", "nairobi", "new-york", "santiago", "vienna"]

SITES = {
    *STATIONS,
    *("unhq-compound", "dc2", "dc-hq-current", "dc-long-island-city", "dc-brindisi", "dc-site-b", "vic", "unon-store"),
    *("cmp-swing-space", "map-room", "conference-room-a", "conference-room-b", "unis-venue"),
    *("security-control-centre", "press-workrooms"),
}

TELEWORK = {  # paragraph 56: capacity, and whether it was still being put in place
    "telework-new-york": (1000, "56(a)(ii)", "in progress"),
    "telework-geneva": (250, "56(b)(ii)", "in progress"),
    "telework-vienna": (900, "56(c)(iii)", "done"),
    "telework-nairobi": (100, "56(d)(vii)", "in progress"),
    "telework-beirut": (110, "56(f)(vi)", "in progress"),
    "telework-bangkok": (25, "56(g)(i)", "done"),
}

COG_SEATS = [
    "Under-Secretary-General for Safety and Security (chair)",
    "Office of Human Resources Management, including the Medical Services Division",
    "Office of the Controller",
    "Office of Legal Affairs",
    "Department of Public Information",
    "Department for General Assembly and Conference Management",
    "Facilities and Commercial Services Division, OCSS",
    "Information Technology Services Division, OCSS",
    "Procurement Division, OCSS",
    "Department of Peacekeeping Operations",
    "Chief, Security and Safety Service, New York Headquarters",
    "United Nations Development Programme",
    "United Nations Children's Fund",
    "United Nations Population Fund",
]

# Scenario: functions breached, functions down, processes breached besides the functions, pools in contention.
ANSWERS: dict[str, tuple[str, str, int, set[str]]] = {
    "attack-on-headquarters": ("f1 f2 f6", "f1 f2 f3 f4 f6", 11, {"new-york", "swing", "unis"}),
    "beirut-armed-conflict": ("f1", "f1", 8, set()),
    "fire-in-network-room": ("f6", "f2 f3 f4 f6", 3, {"new-york", "swing"}),
    "headquarters-inaccessible-10-days": ("f2 f6", "f2 f3 f4 f6", 5, {"new-york", "swing", "unis"}),
    "hurricane-new-york": ("f1 f2 f3 f4 f5 f6", "f1 f2 f3 f4 f5 f6", 44, {"new-york", "swing", "unis"}),
    "main-bank-fails": ("f6", "f6", 1, set()),
    "nairobi-civil-unrest": ("f1", "f1", 8, {"nairobi"}),
    "network-change-error": ("f5", "f5 f6", 0, set()),
    "pandemic-40-percent-absent": ("f2", "f2", 8, {"bangkok"}),
    "power-cut-new-york-36-h": ("f5", "f5 f6", 3, set()),
    "primary-data-centre-lost-72-h": ("f5 f6", "f5 f6", 12, set()),
    "sabotage-directory-and-backup": ("f2 f4 f5 f6", "f2 f4 f5 f6", 49, set()),
    "telephone-and-sms-outage-new-york": ("f5", "f5", 1, set()),
    "two-data-centres-lost": ("f4 f5 f6", "f2 f4 f5 f6", 28, set()),
    "vital-records-lost": ("f4 f6", "f4 f6", 9, set()),
    "wide-area-link-cut-addis-ababa": ("", "", 3, set()),
}

POOLS = {
    "new-york": "telework-new-york",
    "nairobi": "telework-nairobi",
    "bangkok": "telework-bangkok",
    "swing": "seats-swing-space",
    "unis": "seats-unis",
}

DEADLOCK = "sabotage-directory-and-backup"

# Every complaint that `check` makes of the example, and why it stays.
COMPLAINTS = {
    (
        "check_fallback_slower_than_mtpd",
        "hq-meeting-support",
    ): "a hall takes four days: the finding of the first scenario",
    ("check_fallback_slower_than_mtpd", "hq-treasury"): "the second bank takes three days",
    **{
        ("check_fallback_slower_than_mtpd", f"{station}-security"): "host-country police take twelve hours"
        for station in STATIONS
        if station != "new-york"
    },
    ("check_pool_smaller_than_claim", "bangkok-delivery"): "25 licences are stated, more are wanted",
    **{
        ("check_resource_unused", node): "proposed, so nothing may count on it yet"
        for node in ("dc-brindisi", "dc-long-island-city", "dc-site-b", "hq-ecm", "hq-erp")
    },
}


@cache
def raw() -> Json:
    data: Json = json.loads((EXAMPLE / "twin.json").read_text("utf-8"))
    return data


@cache
def nodes() -> dict[str, Json]:
    return {node["id"]: node for node in raw()["nodes"]}


@cache
def twin() -> Twin:
    return read_twin((EXAMPLE / "twin.json").read_bytes())


def scenario(name: str) -> Json:
    data: Json = json.loads((EXAMPLE / "scenarios" / f"{name}.json").read_text("utf-8"))
    return data


@cache
def answer(name: str) -> Json:
    data: Json = cascade(twin(), read_scenario(scenario(name), twin())).as_json()
    return data


def processes() -> list[str]:
    return [i for i, node in nodes().items() if node["kind"] == "process"]


def breached(name: str) -> list[str]:
    return [i for i in processes() if answer(name)["nodes"][i]["mtpd_breached"]]


def requirements() -> list[tuple[str, Json]]:
    return [(i, requirement) for i, node in nodes().items() for requirement in node["requirements"]]


def fallbacks() -> list[tuple[str, Json]]:
    return [(i, fallback) for i, requirement in requirements() for fallback in requirement.get("fallbacks", [])]


# --- what it holds ---------------------------------------------------------------------------------------------------


def test_there_are_60_distinct_processes_and_250_nodes() -> None:
    """What nine stations copy counts once, by `type`."""
    assert len({nodes()[i]["type"] for i in processes()}) >= 60
    assert 250 <= len(nodes()) <= 400


def test_the_six_critical_functions_stand_in_the_words_and_order_of_the_report() -> None:
    found = {i: node["name"] for i, node in nodes().items() if "function" in node["tags"]}
    assert found == FUNCTIONS
    assert list(found) == list(FUNCTIONS)


def test_a_function_requires_processes_only_and_leaves_none_that_is_critical_out() -> None:
    """Each process tagged critical is required by a function, directly or through others."""
    reached: set[str] = set()
    waiting = list(FUNCTIONS)
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += [s["node"] for requirement in nodes()[node]["requirements"] for s in requirement["supply"]]
    assert {i for i in processes() if "critical" in nodes()[i]["tags"]} <= reached
    for function in FUNCTIONS:
        for requirement in nodes()[function]["requirements"]:
            assert {nodes()[s["node"]]["kind"] for s in requirement["supply"]} == {"process"}


def test_every_task_of_annex_ii_is_a_process_and_serves_a_function() -> None:
    direct = {
        s["node"]
        for function in FUNCTIONS
        for requirement in nodes()[function]["requirements"]
        for s in requirement["supply"]
    }
    for letter in "abcdefghi":
        tasks = [i for i in processes() if f"task-{letter}" in nodes()[i]["tags"]]
        assert tasks, letter
        for task in tasks:
            assert any(f"II.4({letter})" in paragraph for paragraph in nodes()[task]["paragraphs"]), task
            assert task in direct, task


def test_the_fourteen_seats_of_cog_and_the_twelve_of_sept_are_there() -> None:
    names = {node["name"] for node in nodes().values() if "seat" in node["tags"]}
    assert {name.removeprefix("COG seat: ") for name in names if name.startswith("COG")} == set(COG_SEATS)
    assert len([name for name in names if name.startswith("SEPT")]) == 12
    for body, size in (("convene-cog", 14), ("convene-sept", 12)):
        members = nodes()[body]["requirements"][0]
        assert (len(members["supply"]), members["needs"]) == (size, size)
        assert size / 2 < members["quorum"] < size


def test_every_duty_station_has_its_finance_people_buildings_and_purchases() -> None:
    for station in STATIONS:
        if station != "new-york":
            for part in ("finance", "human-resources", "facilities", "procurement", "security", "ict", "medical"):
                assert nodes()[f"{station}-{part}"]["type"] == f"duty-station-{part}"
    families = {tag for i in processes() if i.startswith("hq-") for tag in nodes()[i]["tags"]}
    assert {"finance", "human-resources", "facilities", "procurement"} <= families


def test_only_operational_units_carry_an_impact_in_money() -> None:
    """Full analysis is for finance, human resources, facilities and procurement; others need no indicators (24)."""
    operational = {"finance", "human-resources", "facilities", "procurement"}
    for i in processes():
        node = nodes()[i]
        if "financial" in (node.get("impact") or {}):
            assert operational & set(node["tags"]) and "full-analysis" in node["tags"], i
        elif "function" not in node["tags"]:
            assert "impact" not in node, i


def test_nothing_counts_on_what_is_only_proposed() -> None:
    proposed = {i for i, node in nodes().items() if node.get("state") == "proposed"}
    assert {"dc-brindisi", "dc-long-island-city", "dc-site-b"} <= proposed
    used = {s["node"] for _, requirement in requirements() for s in requirement["supply"]}
    assert not proposed & (used | {fallback["node"] for _, fallback in fallbacks()})
    assert nodes()["dc-hq-current"]["state"] == "to be moved"


def test_all_four_kinds_of_strategy_quorums_and_k_of_n_are_in_use() -> None:
    assert {fallback["strategy"] for _, fallback in fallbacks()} == {
        "alternate_means",
        "transfer",
        "telework",
        "alternate_site",
    }
    assert {i for i, requirement in requirements() if requirement.get("quorum")} >= {"convene-sept", "convene-cog"}
    plant = nodes()["hq-generator-plant"]["requirements"][0]
    assert (plant["needs"], len(plant["supply"])) == (2, 3)


# --- on what ground --------------------------------------------------------------------------------------------------


def test_every_node_says_what_it_is_where_it_stands_and_on_what_ground() -> None:
    for i, node in nodes().items():
        assert node["name"] and len(node["name"]) < 120, i
        if node["site"] is None:
            assert node["site_reason"], i
        else:
            assert node["site"] in SITES, i
        assert node["basis"] in {"stated", "assumed"}, i
        assert node["paragraphs"], i
        assert node["basis"] == "stated" or len(node["reason"].split()) > 4, i


def test_every_figure_says_whether_it_is_stated_or_assumed_and_why() -> None:
    for i, node in nodes().items():
        wanted = {field for field in ("restart", "rto", "mtpd", "minimum_level", "priority", "impact") if field in node}
        assert wanted == set(node.get("figures", {})), i
        for field, figure in node.get("figures", {}).items():
            assert figure["basis"] == "assumed", (i, field)
            assert len(figure["source"].split()) > 4, (i, field)
    for i, requirement in requirements():
        assert requirement["name"] and requirement["basis"] == "assumed", i
        assert len(requirement["reason"].split()) > 2, (i, requirement["name"])
    for i, fallback in fallbacks():
        assert set(fallback["figures"]) == {"activation", "endurance", "weight"}, (i, fallback["id"])
        assert all(figure["source"] for figure in fallback["figures"].values()), fallback["id"]


def test_processes_have_limits_that_a_plan_can_meet() -> None:
    for i in processes():
        node = nodes()[i]
        assert 0 < node["rto"] < node["mtpd"], i
        assert 0 < node["minimum_level"] < 1, i
    assert all(nodes()[function]["mtpd"] <= 48 for function in FUNCTIONS)


def test_telework_capacities_are_those_of_the_report() -> None:
    pools = {pool["id"]: pool for pool in raw()["pools"]}
    stated = {i: pool for i, pool in pools.items() if pool["basis"] == "stated"}
    assert set(stated) == set(TELEWORK)
    for i, (capacity, paragraph, status) in TELEWORK.items():
        assert stated[i]["capacity"] == capacity
        assert stated[i]["paragraphs"] == [paragraph]
        assert stated[i]["status"].startswith(status)
        assert stated[i]["figures"]["capacity"]["basis"] == "stated"
    assert pools["telework-santiago"]["figures"]["capacity"]["basis"] == "assumed"
    assert not [i for i in pools if "addis-ababa" in i]
    for pool in pools.values():
        assert pool["name"] and pool["unit_of_measure"] and pool["site"] in SITES


def test_the_files_are_in_order() -> None:
    """Nodes and pools by id, hits by node, so that a change shows as what it is."""
    assert list(nodes()) == sorted(nodes())
    assert [pool["id"] for pool in raw()["pools"]] == sorted(pool["id"] for pool in raw()["pools"])
    for name in ANSWERS:
        places = [(hit["node"], hit["start"]) for hit in scenario(name)["hits"]]
        assert places == sorted(places), name


def test_check_complains_of_nothing_but_what_is_explained() -> None:
    assert {(complaint.check, complaint.node) for complaint in check(twin())} == set(COMPLAINTS)
    page = PAGE.read_text("utf-8")
    assert all(f"`{complaint}`" in page for complaint, _ in COMPLAINTS)


# --- what the scenarios answer ---------------------------------------------------------------------------------------


def test_the_saved_scenarios_are_those_of_the_table() -> None:
    assert {path.stem for path in (EXAMPLE / "scenarios").glob("*.json")} == set(ANSWERS)
    assert len(ANSWERS) >= 12


def test_the_scenarios_take_in_all_five_causes_and_all_eight_threats() -> None:
    saved = [scenario(name) for name in ANSWERS]
    assert {s["cause"] for s in saved} == {"staff", "systems", "premises", "records", "suppliers"}
    assert set("abcdefgh") <= {s["threat"] for s in saved}
    for s in saved:
        assert s["name"] and s["description"] and s["paragraphs"]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_scenario_breaches_what_the_table_says(name: str) -> None:
    functions, down, others, pools = ANSWERS[name]
    found = breached(name)
    assert " ".join(i for i in FUNCTIONS if i in found) == functions
    assert " ".join(i for i in FUNCTIONS if answer(name)["nodes"][i]["outages"]) == down
    assert len([i for i in found if i not in FUNCTIONS]) == others
    assert {contention["pool"] for contention in answer(name)["contentions"]} == {POOLS[pool] for pool in pools}


def test_no_two_scenarios_breach_the_same_processes() -> None:
    sets = [frozenset(breached(name)) for name in ANSWERS]
    assert len(set(sets)) == len(sets)
    assert len({ANSWERS[name][0] for name in ANSWERS}) >= 9


@pytest.mark.parametrize("name", ANSWERS)
def test_only_the_sabotage_ends_in_a_deadlock(name: str) -> None:
    expected = [["hq-backup-service", "hq-directory"]] if name == DEADLOCK else []
    assert answer(name)["deadlocks"] == expected
    assert answer(name)["unsettled"] == []


def test_an_emergency_account_for_the_backup_operators_mends_the_deadlock() -> None:
    """The remedy that the page names: a fallback without end on the sign-on of the backup service."""
    mended = copy.deepcopy(raw())
    backup = next(node for node in mended["nodes"] if node["id"] == "hq-backup-service")
    sign_on = next(r for r in backup["requirements"] if r["supply"][0]["node"] == "hq-directory")
    sign_on["fallbacks"] = [
        {"id": "local-account", "node": "hq-ict-operators", "weight": 1, "activation": 4, "strategy": "alternate_means"}
    ]
    model = read_twin(mended)
    result = cascade(model, read_scenario(scenario(DEADLOCK), model)).as_json()
    assert result["deadlocks"] == []
    assert not any(outage["open"] for function in FUNCTIONS for outage in result["nodes"][function]["outages"])


def test_power_fuel_purchase_and_telephone_need_each_other_and_still_come_back() -> None:
    """The circle of the standby power: 36 h without mains and fuel leave it whole, four days break it for a time."""
    assert not answer("power-cut-new-york-36-h")["nodes"]["hq-emergency-procurement"]["mtpd_breached"]
    hurricane = answer("hurricane-new-york")["nodes"]
    assert min(level for _, level in hurricane["hq-power"]["level"]) == 0
    for node in ("hq-power", "hq-fuel-supply", "hq-emergency-procurement", "hq-telephone-service"):
        assert hurricane[node]["level"][-1][1] == 1


def test_alternates_keep_sept_and_cog_within_their_limits_after_an_attack() -> None:
    struck = {hit["node"] for hit in scenario("attack-on-headquarters")["hits"]}
    assert len([node for node in struck if node.startswith("cog-")]) == 7
    for body in ("convene-sept", "convene-cog"):
        found = answer("attack-on-headquarters")["nodes"][body]
        assert found["outages"] and not found["mtpd_breached"]


def test_the_roster_of_doctors_keeps_bangkok_above_its_minimum_in_a_pandemic() -> None:
    wave = set(breached("pandemic-40-percent-absent"))
    medical = {f"{station}-medical" for station in STATIONS if station != "new-york"}
    assert medical - wave == {"bangkok-medical"}


def test_licences_decide_whether_key_financial_transactions_hold_without_headquarters() -> None:
    """With 400 licences more in New York the second function is the only one breached."""
    more = copy.deepcopy(raw())
    next(pool for pool in more["pools"] if pool["id"] == "telework-new-york")["capacity"] += 400
    model = read_twin(more)
    result = cascade(model, read_scenario(scenario("headquarters-inaccessible-10-days"), model)).as_json()
    assert [i for i in FUNCTIONS if result["nodes"][i]["mtpd_breached"]] == ["f2"]


@pytest.mark.parametrize("name", ["headquarters-inaccessible-10-days", "primary-data-centre-lost-72-h"])
def test_the_slow_reference_gives_the_same_answers(name: str) -> None:
    assert slow_cascade(raw(), scenario(name)) == answer(name)


# --- the page --------------------------------------------------------------------------------------------------------


def row(name: str) -> str:
    """The line of the table in docs/example.md."""
    found = answer(name)["nodes"]
    hit = breached(name)
    functions = [
        f"{i} at {found[i]['breach_at']:g} h" if i in hit else f"{i} down" for i in FUNCTIONS if found[i]["outages"]
    ]
    pools = sorted({contention["pool"] for contention in answer(name)["contentions"]})
    cells = [
        f"{scenario(name)['name']} (`{name}`)",
        scenario(name)["cause"],
        ", ".join(functions) or "none",
        str(len([i for i in hit if i not in FUNCTIONS])),
        ", ".join(pools) or "none",
    ]
    return f"| {' | '.join(cells)} |"


def chain(name: str, function: str, outage: int) -> str:
    """A binding chain as the page writes it: names with the hour at which each stretch began."""
    found = answer(name)["nodes"][function]["outages"][outage]
    return " ← ".join(f"{nodes()[node]['name']} ({time:g} h)" for node, time in found["cause"])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_table_of_the_page_is_what_the_engine_answers(name: str) -> None:
    assert row(name) in PAGE.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "function", "outage"),
    [
        ("headquarters-inaccessible-10-days", "f2", 0),
        ("headquarters-inaccessible-10-days", "f3", 0),
        ("headquarters-inaccessible-10-days", "f4", 0),
        ("headquarters-inaccessible-10-days", "f6", 1),
        ("primary-data-centre-lost-72-h", "f5", 0),
        ("primary-data-centre-lost-72-h", "f6", 1),
    ],
)
def test_the_binding_chains_of_the_page_are_the_engines(name: str, function: str, outage: int) -> None:
    assert chain(name, function, outage) in PAGE.read_text("utf-8")


def test_the_counts_of_the_page_are_those_of_the_files() -> None:
    kinds = len({nodes()[i]["type"] for i in processes()})
    stated = len([node for node in nodes().values() if node["basis"] == "stated"])
    edges = sum(len(requirement["supply"]) for _, requirement in requirements())
    text = " ".join(PAGE.read_text("utf-8").split())
    assert f"{len(nodes())} nodes, {len(processes())} of them processes of {kinds} different kinds" in text
    assert f"{edges} supply edges and {len(fallbacks())} fallbacks" in text
    assert f"{stated} nodes are stated, {len(nodes()) - stated} assumed" in text
