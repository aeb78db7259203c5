"""What every refusal of the API looks like, and which exception is which refusal."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DatabaseError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.errors import ValidationError as Unreadable

from holdfast.engine.errors import InputError
from holdfast.organization.accounts.conflict import Conflict, Difference
from holdfast.organization.evidence.fact import Fact
from holdfast.web.database import takes_nothing
from holdfast.web.permissions import SignInNeeded

STATUSES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    422: "invalid",
    503: "unavailable",
}
DECLARED = (400, 401, 403, 404, 409, 422)
"""What every route may answer beside its success."""


class FieldError(Schema):
    """What is wrong with one part of the request: its path, as `contact_points.0.address`, and what is wanted."""

    path: str
    message: str


class Problem(Schema):
    code: str
    message: str
    fields: list[FieldError]


class ErrorOut(Schema):
    """The one shape of every refusal."""

    error: Problem


class Invalid(Exception):
    """A request that can be read and is wrong: `fields` are pairs of path and message."""

    def __init__(self, *fields: tuple[str, str]) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{path}: {message}" for path, message in fields))


class BadRequest(Exception):
    """A request that cannot be read."""


def refusal(status: int, message: str, fields: list[tuple[str, str]] | None = None) -> HttpResponse:
    """The answer of this status in the one shape."""
    body = {
        "error": {
            "code": STATUSES[status],
            "message": message,
            "fields": [{"path": path, "message": said} for path, said in fields or []],
        }
    }
    response = HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/json", status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Holdfast"'
    return response


def invalid(*fields: tuple[str, str]) -> HttpResponse:
    return refusal(422, _("Something in this request is wrong."), list(fields))


def handle_errors(api: NinjaAPI) -> None:
    """Tells `api` which exception is answered how. What is not named here is a fault of ours."""

    def on(kind: type[Exception], answer: Any) -> None:
        def handler(request: HttpRequest, error: Any) -> HttpResponse:
            return answer(error)  # type: ignore[no-any-return]

        api.add_exception_handler(kind, handler)

    on(BadRequest, lambda error: refusal(400, str(error)))
    on(HttpError, _http)
    on(SuspiciousOperation, lambda error: refusal(400, _("This request cannot be taken: %(why)s") % {"why": error}))
    on(UnreadablePostError, lambda error: refusal(400, _("The request broke off.")))
    on(SignInNeeded, lambda error: refusal(401, _("Send a token: Authorization: Bearer …")))
    on(PermissionDenied, lambda error: refusal(403, str(error) or _("You may not do this.")))
    on(Http404, lambda error: refusal(404, str(error) or _("There is nothing here by this name.")))
    on(ObjectDoesNotExist, lambda error: refusal(404, _("There is nothing here by this name.")))
    on(Conflict, _conflict)
    on(IntegrityError, lambda error: refusal(409, _("Somebody else wrote the same at the same time. Read it again.")))
    on(DatabaseError, _database)
    on(Unreadable, lambda error: invalid(*_unreadable(error)))
    on(Invalid, lambda error: invalid(*error.fields))
    on(ValidationError, lambda error: invalid(*problems(error)))
    on(InputError, lambda error: invalid((error.path, error.message)))


def _database(error: DatabaseError) -> HttpResponse:
    if not takes_nothing(error):
        raise error
    response = refusal(503, _("The database only lets itself be read: nothing of this was done. Try again later."))
    response.headers["Retry-After"] = "60"
    return response


def problems(error: ValidationError) -> list[tuple[str, str]]:
    """Path and message of everything that an act refused."""
    if not hasattr(error, "error_dict"):
        return [("", message) for message in error.messages]
    return [
        ("" if name == NON_FIELD_ERRORS else name, message)
        for name, found in error.error_dict.items()
        for each in found
        for message in each.messages
    ]


def _http(error: HttpError) -> HttpResponse:
    """Ninja's own: a body that is no JSON, an upload that is none."""
    status = error.status_code if error.status_code in STATUSES else 400
    return refusal(status, str(error.message))


def _conflict(error: Conflict) -> HttpResponse:
    return refusal(409, error.message, [(difference.field, _differs(difference)) for difference in error.differences])


def _differs(difference: Difference) -> str:
    return _("%(label)s: you saw “%(seen)s”, now it is “%(now)s”.") % {
        "label": difference.label,
        "seen": _shown(difference.seen),
        "now": _shown(difference.now),
    }


def _shown(value: Any) -> str:
    text = value.text() if isinstance(value, Fact) else "" if value is None else str(value)
    return text[:200]


def _unreadable(error: Unreadable) -> list[tuple[str, str]]:
    """Pydantic's findings; of a path the part after `body.…` or `query.…` is the caller's own."""
    found = []
    for each in error.errors:
        place = [str(part) for part in each.get("loc", ())]
        # Ninja names the place (body, query, path) and the argument before the field itself.
        own = place[2:] if place[:1] == ["body"] else place[-1:]
        found.append((".".join(own), str(each.get("msg", ""))[:300]))
    return found
