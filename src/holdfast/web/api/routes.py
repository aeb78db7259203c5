"""How a route of the API comes to be: its declared permission becomes its gate, and every refusal is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from ninja import Router
from ninja.constants import NOT_SET

from holdfast.organization import clock
from holdfast.organization.accounts.models import ApiToken, User
from holdfast.web.api.errors import DECLARED, ErrorOut
from holdfast.web.api.reading import check_address
from holdfast.web.permissions import Access, SignInNeeded, access_of

SCHEME = "bearer "
READING = ("GET", "HEAD")


class Gate:
    """Finds out who asks, and whether they may: 401, 403, or on."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def __call__(self, request: HttpRequest) -> Any:
        check_address(request)
        asker = who_asks(request)
        if asker is not None:
            request.user = asker
        elif self.access.permission is not None:
            raise SignInNeeded
        self.access.check(request)
        if self.access.permission is not None:
            request.is_personal = True  # type: ignore[attr-defined]
        return asker or True


def who_asks(request: HttpRequest) -> User | None:
    """The user of the token; without one, for reading from a page of this site, of the session. A wrong token is
    nobody, whatever the session says. Raises SignInNeeded for it."""
    header = request.headers.get("Authorization", "")
    if header:
        if not header.lower().startswith(SCHEME):
            raise SignInNeeded
        token = ApiToken.objects.usable(header[len(SCHEME) :].strip(), clock.now())
        if token is None:
            raise SignInNeeded
        return token.user
    here = request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    if request.method in READING and here and request.user.is_authenticated:
        # The account itself, not the lazy stand-in: acts write it into rows.
        return User.objects.get(pk=request.user.pk)
    return None


class Bearer(Gate):
    """The gate of a route that is not public, as the API document names it."""

    openapi_security_schema: ClassVar[dict[str, str]] = {"type": "http", "scheme": "bearer"}


class Routes(Router):
    """A router that takes no route without a declaration."""

    def add_api_operation(
        self,
        path: str,
        methods: list[str],
        view_func: Callable[..., Any],
        *,
        response: Any = NOT_SET,
        auth: Any = NOT_SET,
        **more: Any,
    ) -> None:
        access = access_of(view_func)
        if access is None:
            raise ImproperlyConfigured(f"{methods} {path}: the route does not declare its permission")
        answers = response if isinstance(response, dict) else {200: response}
        super().add_api_operation(
            path,
            methods,
            view_func,
            auth=(Gate if access.permission is None else Bearer)(access),
            response={**answers, **dict.fromkeys(DECLARED, ErrorOut)},
            **more,
        )
