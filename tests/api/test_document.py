"""What the interface says of itself is true."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.web.api.document import operations
from holdfast.web.api.errors import DECLARED
from holdfast.web.api.urls import api

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document(django_db_setup: None, django_db_blocker: Any) -> dict[str, Any]:
    with django_db_blocker.unblock():
        response = Client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    return response.json()


def test_the_document_is_openapi_3_1_and_holds_every_route(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert listed == {(method, "/api/v1" + path) for method, path, _operation in operations(api)}
    assert len(listed) >= 100


def test_every_route_declares_every_refusal_in_the_one_shape(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            statuses = {int(status) for status in said["responses"]}
            assert statuses >= set(DECLARED), f"{method} {path}"
            assert statuses & {200, 201, 204}, f"{method} {path}"
            for status in DECLARED:
                shape = said["responses"][str(status)]["content"]["application/json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/ErrorOut"}


def test_every_route_names_its_permission_and_how_one_signs_in(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if said["x-permission"] is None:
                assert "security" not in said, f"{method} {path}"
            else:
                assert said["x-permission"] in PERMISSIONS
                assert said["security"] == [{"Bearer": []}], f"{method} {path}"
    assert document["components"]["securitySchemes"] == {"Bearer": {"type": "http", "scheme": "bearer"}}


def test_every_operation_has_a_name_of_its_own_and_a_summary(document: dict[str, Any]) -> None:
    said = [each for methods in document["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in said]
    assert len(names) == len(set(names))
    assert all(each["summary"] and each["tags"] for each in said)


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for inner in part.values() for found in references(inner)]
        return [found for inner in part for found in references(inner)] if isinstance(part, list) else []

    names = {reference.rsplit("/", 1)[1] for reference in references(document)}
    assert names
    assert names <= set(document["components"]["schemas"])


def test_people_find_every_route_on_a_page_without_anything_from_elsewhere() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    for _method, path, _operation in operations(api):
        assert f"/api/v1{path}" in page
    assert "//" not in page.replace("http://www.w3.org/2000/svg", "")
