"""Whatever a program sends, the answer is one that the route declares."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Program

DECLARED = {200, 201, 204, 400, 401, 403, 404, 409, 422}
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(SLOW, max_examples=60)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2**31, 2**63, 10**400, 1e308, 0.0005, "", "\x00", "\ud800", "2008-13-01", "9999-12-31"]),
    st.text(max_size=8),
    st.floats(),
    st.integers(),
    st.sampled_from(["dm", "unhq", "building", "ny-power", "cdc", "sept", "h", "assumed", "in_use", "process"]),
)
JSON = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FACT = st.fixed_dictionaries(
    {"value": ODD, "unit": ODD, "basis": ODD},
    optional={"low": ODD, "high": ODD, "p90": ODD, "as_of": ODD, "source": ODD},
)
IMPACT = st.dictionaries(st.text(max_size=5), st.lists(st.lists(ODD, max_size=3), max_size=3), max_size=2)


def bodies(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names) | st.text(max_size=5), JSON | FACT | IMPACT, max_size=6)


def answers(response: Any) -> None:
    assert response.status_code in DECLARED, response.content[:500]
    if response.status_code >= 400:
        error = response.json()["error"]
        assert set(error) == {"code", "message", "fields"}
        assert error["code"]


def sent(program: Program, method: str, path: str, body: Any) -> Any:
    """Each example starts from the same rows."""
    here = transaction.atomic()
    here._from_testcase = True  # type: ignore[attr-defined]
    with here:
        response = getattr(program, method)(path, body)
        transaction.set_rollback(True)
    return response


@SLOW
@given(body=bodies("version", "name", "rto", "mtpd", "impact", "unit", "site", "tags", "fields", "valid_from", "state"))
def test_no_change_of_a_process_fails(manager: Program, body: dict[str, Any]) -> None:
    answers(sent(manager, "patch", "/processes/building", {"version": 1, **body}))


@SLOW
@given(body=bodies("key", "name", "kind", "parent", "site", "names", "paragraphs", "note", "basis", "valid_until"))
def test_no_new_unit_fails(manager: Program, body: dict[str, Any]) -> None:
    answers(sent(manager, "post", "/units", {"key": "x", "name": "X", "kind": "unit", **body}))


@FEW
@given(body=bodies("key", "node", "needs", "quorum", "tolerance", "supply"), weight=ODD, provider=ODD)
def test_no_new_requirement_fails(manager: Program, body: dict[str, Any], weight: Any, provider: Any) -> None:
    supply = [{"provider": provider, "weight": weight}]
    answers(sent(manager, "post", "/requirements", {"key": "x", "node": "building", "needs": 1, "supply": supply}))
    answers(sent(manager, "post", "/requirements", {"key": "x", "node": "building", "needs": 1, "supply": [], **body}))


@FEW
@given(hits=st.lists(st.dictionaries(st.sampled_from(["node", "loss", "start", "duration"]), ODD), max_size=3), end=ODD)
def test_no_scenario_fails(manager: Program, hits: list[Any], end: Any) -> None:
    answers(manager.post("/cascade", {"hits": hits}))
    answers(manager.post("/cascade", {"hits": [{"node": "ny-power"}], "horizon": end}))


@FEW
@given(content=st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_fails(manager: Program, content: bytes) -> None:
    answers(sent(manager, "post", "/units", content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b'{"key": NaN}',
        b'{"key": 1e999}',
        b"\xff\xfe",
        b'"\\ud800"',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "deep", "nan", "infinite", "bytes", "half-a-pair", "long-number"],
)
def test_a_body_that_is_no_json_is_refused(manager: Program, content: bytes) -> None:
    response = manager.post("/units", content)
    answers(response)
    assert response.status_code in (400, 422)


def test_a_body_that_is_too_large_is_refused(manager: Program) -> None:
    response = manager.post("/units", b'"' + b"x" * 3_000_000 + b'"')
    answers(response)
    assert response.status_code == 400


NAMES = ["q", "sort", "limit", "offset", "as_of", "tag", "under", "inside", "kind", "unit", "parent", "state", "after"]
PATHS = [
    "/units",
    "/sites",
    "/persons",
    "/processes",
    "/resources",
    "/requirements",
    "/groups",
    "/events",
    "/holes",
    "/twin",
]


@SLOW
@given(path=st.sampled_from(PATHS), pairs=st.lists(st.tuples(st.sampled_from(NAMES), ODD.map(str)), max_size=4))
def test_no_query_fails(manager: Program, path: str, pairs: list[tuple[str, str]]) -> None:
    query = urlencode([(name, value.encode("utf-8", "replace")) for name, value in pairs])
    answers(manager.client.get(f"/api/v1{path}?{query}"))


@FEW
@given(path=st.sampled_from(PATHS), content=st.binary(max_size=20))
def test_no_address_fails(manager: Program, path: str, content: bytes) -> None:
    name = quote_from_bytes(content)
    for method in ("get", "delete"):
        response = getattr(manager.client, method)(f"/api/v1{path}/{name}")
        # A slash at the end leads back to the list.
        assert response.status_code in DECLARED | {301, 405}, response.content[:300]


@pytest.mark.parametrize("number", ["0", "-1", "1e3", "9223372036854775808", "99999999999999999999999", "x"])
def test_a_number_that_no_row_has_is_not_there(manager: Program, number: str) -> None:
    answers(manager.get(f"/holdings/{number}"))
    answers(manager.post(f"/holdings/{number}/end", {"on": "2030-01-01", "version": 1}))


def test_a_method_that_an_address_does_not_have_is_refused_in_the_same_shape(manager: Program) -> None:
    response = manager.client.put("/api/v1/units/dm")
    assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "PATCH"}
    response = manager.get("/nowhere/at/all")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
