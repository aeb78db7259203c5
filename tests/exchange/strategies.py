"""Random small organisations as records: everything refers to something that is there, and every rule is kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from holdfast.exchange.records.types import BY_NAME
from holdfast.formats.tables import Kind, Record, Records

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NAMES = TEXTS.filter(lambda text: text.strip() != "")
WORDS = st.one_of(NAMES, st.sampled_from(["=1+1", "a; b", "x=y", "[1]", "{}", "json:", "TRUE", "12"])).filter(str.strip)
JSON = st.none() | st.booleans() | st.integers(-9, 9) | TEXTS
DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))
FIGURES = st.floats(0.25, 1000).map(lambda value: round(value, 6))


@st.composite
def facts(draw: st.DrawFn, unit: str | None, least: float = 0.25, most: float = 1000) -> Record:
    value = draw(st.floats(least, most))
    fact = {
        "value": value,
        "unit": unit or draw(NAMES),
        "basis": draw(st.sampled_from(["stated", "assumed", "measured"])),
    }
    fact["source"] = draw(NAMES) if fact["basis"] == "stated" or draw(st.booleans()) else ""
    if draw(st.booleans()):
        fact["as_of"] = draw(DAYS).isoformat()
    if draw(st.booleans()):
        fact["low"], fact["high"] = draw(st.floats(least, value)), draw(st.floats(value, most))
    return {part: said for part, said in fact.items() if said != ""}


@st.composite
def described(draw: st.DrawFn, table: str) -> Record:
    """What many records have, where the table has it."""
    start = draw(st.none() | DAYS)
    end = draw(st.none() | st.integers(1, 900))
    record = {
        "basis": draw(st.sampled_from(["", "measured", "stated", "assumed"])),
        "reason": draw(TEXTS),
        "paragraphs": draw(st.lists(WORDS, max_size=2)),
        "note": draw(TEXTS),
        "tags": draw(st.lists(WORDS, max_size=3)),
        "fields": draw(st.dictionaries(NAMES, JSON, max_size=2)),
        "names": draw(st.dictionaries(st.sampled_from(["fr", "es", "ar"]), NAMES, max_size=2)),
        "valid_from": start.isoformat() if start else None,
        "valid_until": (start + timedelta(days=end)).isoformat() if start and end else None,
    }
    return {name: value for name, value in record.items() if name in BY_NAME[table].by_name}


@st.composite
def organisations(draw: st.DrawFn) -> Records:
    records: Records = {}

    def rows(table: str, most: int, least: int = 0) -> list[Record]:
        records[table] = [draw(described(table)) for _ in range(draw(st.integers(least, most)))]
        if BY_NAME[table].keyed:
            for number, row in enumerate(records[table]):
                row["key"] = f"{table}-{number}"
        return records[table]

    def key(table: str, most: int | None = None) -> Any:
        keys = [row["key"] for row in records[table][:most]]
        return draw(st.sampled_from([None, *keys]))

    for number, row in enumerate(rows("sites", 4, 1)):
        row |= {"name": draw(NAMES), "kind": draw(choice("sites", "kind")), "parent": key("sites", number)}
        if draw(st.booleans()):
            row |= {"latitude": draw(st.floats(-90, 90)), "longitude": draw(st.floats(-180, 180))}
        row |= {"on_site": draw(st.none() | st.booleans()), "address": draw(TEXTS)}
    for number, row in enumerate(rows("units", 4, 1)):
        row |= {
            "name": draw(NAMES),
            "kind": draw(choice("units", "kind")),
            "parent": key("units", number),
            "site": key("sites"),
        }
        row["in_scope"] = draw(st.booleans())
    records["sites"][0]["unit"] = key("units")
    for row in rows("persons", 3, 1):
        row |= {"name": draw(NAMES), "unit": key("units"), "site": key("sites"), "floor": draw(TEXTS)}
    records["contact_points"] = [
        {"person": person["key"], "channel": "chat", "address": draw(NAMES), "private": draw(st.booleans())}
        for person in records["persons"]
    ]
    for row in rows("posts", 3, 1):
        row |= {"title": draw(NAMES), "unit": key("units"), "critical": draw(st.booleans())}
    records["holdings"] = [
        {"person": draw(st.sampled_from(records["persons"]))["key"], "post": post["key"], **draw(described("holdings"))}
        for post in records["posts"]
    ]
    for row in rows("groups", 2, 1):
        row |= {
            "name": draw(NAMES),
            "kind": "working",
            "unit": key("units"),
            "quorum": draw(st.none() | st.integers(0, 9)),
        }
        row["terms"] = draw(st.lists(st.fixed_dictionaries({"letter": TEXTS, "text": TEXTS}), max_size=2))
    for number, row in enumerate(rows("seats", 3)):
        row |= {"group": records["groups"][0]["key"], "number": number, "title": draw(NAMES)}
    records["seat_holdings"] = [
        {
            "seat": seat["key"],
            "post": draw(st.sampled_from(records["posts"]))["key"],
            **draw(described("seat_holdings")),
        }
        for seat in records["seats"]
    ]
    for row in rows("tasks", 2):
        row |= {"group": records["groups"][0]["key"], "text": draw(NAMES), "unit": key("units"), "seat": key("seats")}
    records["focal_points"] = [{"unit": unit["key"], "post": "posts-0"} for unit in records["units"][:1]]
    records["relations"] = [
        {"from_unit": "units-0", "to_group": group["key"], "kind": "works_with", **draw(described("relations"))}
        for group in records["groups"]
    ]
    for row in rows("resources", 4, 1):
        row |= {"name": draw(NAMES), "kind": draw(choice("resources", "kind").filter(lambda kind: kind != "process"))}
        row |= {"quantity": draw(st.none() | facts(None)), "restart_promised": draw(st.none() | facts("h"))}
    for row in rows("processes", 3):
        row |= {"name": draw(NAMES), "unit": key("units"), "rto": draw(st.none() | facts("h"))}
        row |= {"minimum_level": draw(st.none() | facts("share", 0.01, 1)), "owner_post": key("posts")}
        row["impact"] = draw(st.none() | st.just({"money": [[0, 1], [24, 2.5]]}))
    for row in rows("functions", 1):
        row |= {"name": draw(NAMES), "position": draw(st.integers(0, 6))}
    for row in rows("pools", 2):
        row |= {"name": draw(NAMES), "capacity": draw(facts(None))}
    nodes = [row["key"] for table in ("processes", "functions") for row in records[table]]
    records["requirements"] = [
        {"key": f"{node}.need", "node": node, "needs": draw(FIGURES), "tolerance": draw(st.none() | facts("h"))}
        for node in nodes
    ]
    records["supply"] = [
        {
            "requirement": need["key"],
            "provider": draw(st.sampled_from(records["resources"]))["key"],
            "weight": need["needs"] + 1,
        }
        for need in records["requirements"]
    ]
    records["fallbacks"] = [
        {
            "key": f"{need['key']}.fallback",
            "requirement": need["key"],
            "provider": "resources-0",
            "kind": "telework",
            "weight": draw(facts(None)),
            "pool": key("pools"),
            **draw(described("fallbacks")),
        }
        for need in records["requirements"][:2]
    ]
    for row in rows("threats", 2, 1):
        row |= {"name": draw(NAMES), "environment": draw(choice("threats", "environment")), "origin": "malicious"}
        row["causes"] = draw(st.sampled_from([[], ["staff"], ["systems", "records"]]))
    for row in rows("hazards", 2):
        row |= {"name": draw(NAMES), "threat": "threats-0", "site": key("sites"), "rate": draw(facts("1/year"))}
    records["footprints"] = [
        {
            "hazard": hazard["key"],
            "position": 0,
            **draw(st.sampled_from([{"nodes": ["resources-0"]}, {"kind": records["resources"][0]["kind"]}])),
            "chance": {"value": draw(st.floats(0.01, 1)), "unit": "share", "basis": "assumed"},
            "loss": draw(facts("share", 0.01, 1)),
            "duration": draw(facts("h")),
            "shared": draw(st.booleans()),
            "note": draw(TEXTS),
        }
        for hazard in records["hazards"]
    ]
    for row in rows("candidates", 2):
        row |= {"name": draw(NAMES), "cost": draw(facts("USD")), "yearly": draw(st.none() | facts("USD"))}
        row |= {"causes": draw(st.sampled_from([[], ["staff"]])), "unit": key("units"), "why": "Because."}
        row["state"] = draw(choice("candidates", "state"))
        row["effects"] = draw(st.sampled_from([{}, {"restart": {"resources-0": 0.25}}]))
    return records


def choice(table: str, field: str) -> st.SearchStrategy[str]:
    found = BY_NAME[table].by_name[field]
    assert found.kind is Kind.CHOICE
    return st.sampled_from([value for value, _label in found.choices])
