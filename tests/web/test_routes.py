"""Every route says who may use it, and keeps to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from holdfast.organization.accounts.models import Installation
from holdfast.organization.accounts.roles import PERMISSIONS, Role
from holdfast.web.api.document import operations
from holdfast.web.api.routes import Gate, Routes
from holdfast.web.api.urls import api
from holdfast.web.middleware import AccessMiddleware
from holdfast.web.permissions import Access, access_of, needs, public
from holdfast.web.templatetags import assets
from tests.rights import (
    ASKS_MORE,
    SCOPES,
    Asker,
    account_of,
    ask,
    askers,
    client_of,
    expected,
    is_refused,
    names_a_part,
    organization,
    routes,
    routes_of_pages,
)

ROLES: list[Role | None] = [*Role, None]
# Tests that cover 3,000 cases must notice when they cover none.
LEAST_ROUTES, LEAST_CASES = 100, 3000


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The islands count as built."""
    (tmp_path / "manifest.json").write_text(json.dumps({"src/holdfast/web/islands/timeline.ts": {"file": "t.js"}}))
    monkeypatch.setattr(assets, "BUILT", tmp_path)


def test_every_page_declares_who_may_use_it() -> None:
    """A page without @needs or @public fails here, and is refused when it is asked for."""
    pages = routes_of_pages()
    assert len(pages) >= 14
    assert [(name, pattern) for name, pattern, view in pages if access_of(view) is None] == []


def test_every_operation_of_the_api_declares_who_may_use_it_and_has_its_gate() -> None:
    found = operations(api)
    assert len(found) >= LEAST_ROUTES
    for method, route, operation in found:
        access = access_of(operation.view_func)
        assert access is not None, f"{method} {route}"
        gates = [gate for gate in operation.auth_callbacks if isinstance(gate, Gate)]
        assert [gate.access for gate in gates] == [access], f"{method} {route}: its gate asks for something else"


def test_a_page_that_declares_nothing_is_refused() -> None:
    def forgotten(request: HttpRequest) -> HttpResponse:
        raise AssertionError("It was shown.")

    request = RequestFactory().get("/")
    request.resolver_match = None
    with pytest.raises(ImproperlyConfigured):
        AccessMiddleware(lambda request: HttpResponse()).process_view(request, forgotten, (), {})
    assert access_of(path("forgotten", forgotten).callback) is None


def test_an_operation_that_declares_nothing_cannot_be_made() -> None:
    def forgotten(request: HttpRequest) -> None: ...

    with pytest.raises(ImproperlyConfigured):
        Routes().add_api_operation("/forgotten", ["GET"], forgotten, response=None)


def test_a_declaration_names_a_permission_that_there_is_and_a_reason_where_there_is_none() -> None:
    with pytest.raises(ValueError, match="no permission"):
        needs("everything.do")
    with pytest.raises(ValueError, match="why"):
        public(" ")
    with pytest.raises(ValueError, match="twice"):
        needs("structure.view")(public("once")(lambda request: None))


def test_what_is_public_is_known_by_name() -> None:
    """A route that becomes public by mistake is noticed here."""
    named = {route.name or route.path for route in routes() if route.access.permission is None}
    assert named == {
        "questionnaire",
        "reviews-feed",
        "health",
        "help",
        "appearance",
        "sign-in",
        "sign-in-example",
        "start",
        "api-docs",
        "api-nowhere",
        "read_openapi",
    }


def test_every_route_role_and_scope_is_a_case(capsys: pytest.CaptureFixture[str]) -> None:
    count = sum(len(askers(role)) for role in ROLES) * len(routes())
    with capsys.disabled():
        print(
            f"\n{len(routes())} routes × ({len(Role)} roles × {len(SCOPES)} scopes + no role + nobody) = {count} cases"
        )
    assert count >= LEAST_CASES


@pytest.mark.django_db
@pytest.mark.parametrize("asker", [asker for role in ROLES for asker in askers(role)], ids=str)
def test_every_route_gives_each_role_on_each_scope_what_it_declares(asker: Asker, built: None) -> None:
    """Own unit, other unit, own site, the whole organisation; no role at all; nobody signed in."""
    rows = organization()
    wrong = []
    account = account_of(asker) if asker.signed_in else None
    program, browser = client_of(account, by_token=True), client_of(account, by_token=False)
    for route in routes():
        response = ask(program if route.is_api else browser, route, rows)
        wanted = expected(route, asker)
        right = response.status_code in wanted if wanted else _is_open(route.access, response)
        if not right and not route.is_api and response.status_code == 405:
            # A page that only takes what is sent shows nothing, whoever asks; what it takes, its act checks.
            right = True
        if not right and names_a_part(route):
            right = response.status_code in ({403, 404} if route.name in ASKS_MORE else {404})
        if not right:
            got = f"{response.status_code} {response.content[:200] if route.is_api else b''!r}"
            wrong.append(f"{route}: wanted {sorted(wanted) or 'open'}, got {got}")
    assert wrong == [], f"{len(wrong)} wrong for {asker}:\n" + "\n".join(wrong[:60])


def _is_open(access: Access, response: HttpResponse) -> bool:
    """A page that is open may still say that there is nothing (the first start of what has started long ago)."""
    if response.status_code >= 500:
        return False
    return not is_refused(response) or (access.permission is None and response.status_code == 404)


@pytest.mark.django_db
def test_the_example_is_open_to_all_and_an_organisations_own_data_is_not(built: None) -> None:
    open_pages = [route for route in routes() if route.access.example]
    assert {route.name for route in open_pages} >= {"home", "what-if"}
    rows = organization(example=True)
    for route in open_pages:
        assert not is_refused(ask(Client(), route, rows)), str(route)
    Installation.objects.update(example=False)
    for route in open_pages:
        response = ask(Client(), route, rows)
        assert response.status_code == 302, str(route)
        assert response.headers["Location"].startswith("/sign-in/"), str(route)


def test_every_permission_is_asked_by_a_route_or_by_an_act() -> None:
    """A permission that nothing asks for would promise what nobody keeps."""
    from holdfast.organization.accounts.acts import ACTS

    asked = {route.access.permission for route in routes()} | {act.permission for act in ACTS.values()}
    later = {"data.import", "data.export", "account.view", "directory.view"}
    assert set(PERMISSIONS) - asked <= later
