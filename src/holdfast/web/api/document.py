"""What the interface says of itself: the OpenAPI document, and a page that lists its routes."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.web.api.errors import refusal
from holdfast.web.api.routes import Routes
from holdfast.web.permissions import access_of, public

THE_PROGRAM = "it describes the program, not the organisation"
PREFIX = "api/v1/"


def routes(api: NinjaAPI) -> Routes:
    made = Routes(tags=["About"])

    @public(THE_PROGRAM)
    def read_openapi(request: HttpRequest) -> Any:
        """This document."""
        return _kept(api, get_language() or "")

    made.add_api_operation(
        "/openapi.json",
        ["GET"],
        read_openapi,
        response=dict[str, Any],
        summary="The OpenAPI document",
        operation_id="read_openapi",
    )
    return made


@lru_cache(maxsize=8)
def _kept(api: NinjaAPI, language: str) -> dict[str, Any]:
    """The document in a language: it takes seconds to make and stays the same while the program runs."""
    return openapi(api)


def openapi(api: NinjaAPI) -> dict[str, Any]:
    """OpenAPI 3.1; each operation says which permission it takes."""
    document: dict[str, Any] = api.get_openapi_schema(path_prefix=PREFIX)
    for method, path, operation in operations(api):
        access = access_of(operation.view_func)
        said = document["paths"]["/" + PREFIX + path.lstrip("/")][method.lower()]
        said["x-permission"] = access.permission if access is not None else None
    return document


def operations(api: NinjaAPI) -> list[tuple[str, str, Any]]:
    """Every operation of the API: method, path after the prefix, and ninja's operation."""
    return [
        (method, path, operation)
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def docs_page(api: NinjaAPI) -> Any:
    """The page of all routes, for people."""

    @public(THE_PROGRAM)
    @require_safe
    def api_docs(request: HttpRequest) -> HttpResponse:
        tags: dict[str, list[dict[str, Any]]] = {}
        for method, path, operation in operations(api):
            access = access_of(operation.view_func)
            needed = PERMISSIONS[access.permission].label if access is not None and access.permission else ""
            tags.setdefault(operation.tags[0], []).append(
                {
                    "method": method,
                    "path": "/" + PREFIX + path.lstrip("/"),
                    "summary": operation.summary,
                    "permission": access.permission if access is not None else "",
                    "label": needed,
                    "whole": access is not None and access.whole,
                }
            )
        context = {"tags": tags, "openapi": reverse("api:read_openapi")}
        return render(request, "accounts/api.html", context)

    return api_docs


@public("an address that is not there says nothing of the organisation")
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked under the prefix."""
    return refusal(404, f"There is no address {request.path[:200]}.")
