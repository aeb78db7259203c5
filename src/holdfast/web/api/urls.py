"""Addresses of API v1."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from ninja import NinjaAPI

from holdfast import __version__
from holdfast.web.api import (
    actions,
    agreements,
    assessments,
    candidates,
    crisis_decisions,
    crisis_log,
    crisis_picture,
    crisis_reports,
    crisis_reviews,
    crisis_rules,
    crisis_tasks,
    crisis_teams,
    document,
    evidence,
    exercises,
    gates,
    groups,
    impact,
    impact_results,
    impact_workbook,
    incidents,
    jobs,
    nodes,
    notices,
    people,
    places,
    plan_library,
    plans,
    policies,
    record,
    records,
    relations,
    requirements,
    risk,
    scales,
    scenarios,
    strategies,
    studies,
    twin,
)
from holdfast.web.api.errors import handle_errors, refusal
from holdfast.web.api.reading import StrictParser
from holdfast.web.middleware import API_NAMESPACE

ABOUT = """The organisation's rows for programs. Send `Authorization: Bearer TOKEN`; a token is made under “My account”.
Every change names the version that it saw, as `If-Match` or as `version` in the body; 409 says what has changed since.
Every refusal is `{"error": {"code", "message", "fields": [{"path", "message"}]}}`."""

api = NinjaAPI(
    title="Holdfast",
    version=__version__,
    description=ABOUT,
    urls_namespace=API_NAMESPACE,
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
)
handle_errors(api)
for room in (
    places,
    people,
    groups,
    nodes,
    requirements,
    relations,
    scales,
    agreements,
    policies,
    risk,
    assessments,
    impact,
    impact_workbook,
    plans,
    jobs,
    notices,
    evidence,
    actions,
    record,
    scenarios,
    candidates,
    strategies,
    studies,
    records,
    plan_library,
    twin,
    gates,
    impact_results,
    incidents,
    crisis_tasks,
    crisis_picture,
    crisis_rules,
    crisis_teams,
    crisis_decisions,
    exercises,
    crisis_reviews,
    crisis_log,
    crisis_reports,
):
    api.add_router("", room.routes())
api.add_router("", document.routes(api))


def _refusing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A method that an address does not have is refused in the one shape too."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        if response.status_code != 405:
            return response
        refused = refusal(405, f"Wanted {response.headers['Allow']}.")
        refused.headers["Allow"] = response.headers["Allow"]
        return refused

    return answer


# Ninja's own root page is left out: it declares no permission.
_operations = [pattern for pattern in api.urls[0] if pattern.name != "api-root"]
for _pattern in _operations:
    _pattern.callback = _refusing(_pattern.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs", document.docs_page(api), name="api-docs"),
    path("", include((_operations, API_NAMESPACE), namespace=API_NAMESPACE)),
    re_path(r"^(?P<rest>.*)$", document.nowhere, name="api-nowhere"),
]
