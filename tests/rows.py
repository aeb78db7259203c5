"""A twin on file as rows of the database, taken in by the importer: for tests that begin with a model."""

from __future__ import annotations

from typing import Any

from holdfast.exchange.importing import apply, preview
from holdfast.organization.accounts.models import System

Json = dict[str, Any]
TEST = System("test")


def take_in(twin: Json) -> None:
    """Makes the rows of a twin: its nodes and pools, and the sites and units that they name."""
    found = preview(TEST, records_of(twin))
    assert found.can_be_applied, [str(problem) for problem in found.problems]
    apply(TEST, found)


def records_of(twin: Json) -> dict[str, list[Json]]:
    """The tables of records that say what a twin says."""
    sites, units = twin.get("sites", {}), twin.get("units", {})
    records: dict[str, list[Json]] = {
        "sites": [{"key": key, "name": name, "kind": "building"} for key, name in sites.items()],
        "units": [{"key": key, "name": name, "kind": "unit"} for key, name in units.items()],
        "functions": [],
        "processes": [],
        "resources": [],
        "pools": [_pool(pool) for pool in twin.get("pools", [])],
        "requirements": [],
        "supply": [],
        "fallbacks": [],
    }
    for position, node in enumerate(twin["nodes"]):
        table = "functions" if "function" in node.get("tags", []) else _table(node["kind"])
        records[table].append(_node(node, table) | ({"position": position} if table == "functions" else {}))
        for number, requirement in enumerate(node.get("requirements", [])):
            _require(records, node["id"], number, requirement)
    return records


def _table(kind: str) -> str:
    return "processes" if kind == "process" else "resources"


def _node(node: Json, table: str) -> Json:
    names = ("name", "unit", "site", "paragraphs", "basis", "reason", "impact")
    record = {name: node[name] for name in names if node.get(name)} | {"key": node["id"]}
    record["tags"] = [tag for tag in node.get("tags", []) if tag != "function"]
    if table == "resources":
        record["kind"] = node["kind"]
    if record.get("impact"):
        record["impact_basis"] = "assumed"
    figures = node.get("figures", {})
    for name, unit in (("minimum_level", "share"), ("rto", "h"), ("mtpd", "h"), ("priority", "rank")):
        if node.get(name) is not None:
            record[name] = _fact(node[name], unit, figures.get(name))
    if node.get("restart"):
        record["restart_promised"] = _fact(node["restart"], "h", figures.get("restart"))
    return record


def _pool(pool: Json) -> Json:
    capacity = _fact(pool["capacity"], pool.get("unit_of_measure", "places"), None)
    return {"key": pool["id"], "name": pool.get("name", pool["id"]), "capacity": capacity}


def _require(records: dict[str, list[Json]], node: str, number: int, requirement: Json) -> None:
    key = f"{node}.{number}"
    record = {"key": key, "node": node, "position": number, "needs": requirement["needs"]}
    record |= {name: requirement[name] for name in ("name", "quorum", "basis", "reason") if requirement.get(name)}
    if requirement.get("tolerance"):
        record["tolerance"] = _fact(requirement["tolerance"], "h", None)
    records["requirements"].append(record)
    for position, supply in enumerate(requirement["supply"]):
        records["supply"].append(
            {"requirement": key, "provider": supply["node"], "position": position, "weight": supply["weight"]}
        )
    for position, fallback in enumerate(requirement.get("fallbacks", [])):
        figures = fallback.get("figures", {})
        facts = {
            name: _fact(fallback[name], unit, figures.get(name))
            for name, unit in (("weight", "units"), ("activation", "h"), ("endurance", "h"))
            if fallback.get(name) is not None
        }
        records["fallbacks"].append(
            {
                "key": fallback["id"],
                "requirement": key,
                "provider": fallback["node"],
                "position": position,
                "kind": fallback["strategy"],
                "state": "in_place",
                **({"pool": fallback["pool"]} if fallback.get("pool") else {}),
                **facts,
            }
        )


def _fact(value: Any, unit: str, evidence: Json | None) -> Json:
    said = evidence or {"basis": "assumed", "source": "Taken for the test."}
    spread = {"value": value.get("mode", value.get("median")), **value} if isinstance(value, dict) else {"value": value}
    return {name: part for name, part in spread.items() if name not in ("mode", "median")} | {
        "unit": unit,
        "basis": said["basis"],
        "source": said["source"],
    }
