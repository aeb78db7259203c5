"""Whatever stands in an address, the page answers with a page."""

from __future__ import annotations

from urllib.parse import quote_from_bytes, urlencode

from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = [
    "scenario", "hit", "loss", "percent", "start", "start-unit", "duration", "duration-unit", "horizon", "horizon-unit",
    "ask", "do", "add", "remove", "edit", "find", "kind", "show", "site", "unit", "sort", "rows", "format",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ["hall", "guards", "odd.id:1", "odd/id ?&#%é", "hall-lost", "1", "0", "-1", "1e999", "nan", "never",
         "72", "3d", "40%",
         "250000", "250001", "999999999999", "0.0000001", "h", "d", "w", "find", "show", "people", "all", "breached",
         "name", "json", "csv", "..", "../twin", "\x00", "' OR 1=1", "<script>"]
    ),
    st.text(max_size=20),
    st.floats().map(str),
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=10))
def test_no_query_makes_the_page_fail(page: Client, pairs: list[tuple[str, str]]) -> None:
    query = urlencode([(name, value.encode("utf-8", "replace")) for name, value in pairs])
    response = page.get(f"/what-if/?{query}")
    assert response.status_code in (200, 302, 400, 404)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40))
def test_no_bytes_make_the_page_fail(page: Client, content: bytes) -> None:
    assert page.get(f"/what-if/?hit={quote_from_bytes(content)}").status_code in (200, 302, 400, 404)
    assert page.get(f"/what-if/node/{quote_from_bytes(content)}/").status_code in (200, 301, 400, 404)
