"""What every request passes: who may use the route, the language of the account, the headers of the answer.

The id of the request is given before, by `organization.accounts.request_id`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from holdfast.organization.accounts.scope import NotAllowed
from holdfast.web.database import takes_nothing
from holdfast.web.permissions import SignInNeeded, access_of, awaits_first_start

API_NAMESPACE = "api"
GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Nothing comes from elsewhere, nothing is written into a page that could run.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
COMPRESSED = ("text/", "application/json")
A_YEAR = 365 * 24 * 3600


class CompressionMiddleware(GZipMiddleware):
    """Pages and data are compressed for a browser that takes it; files are sent as they are, in ranges too.

    What a page holds that nobody else may guess, the token against forged forms, is masked anew in each answer.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.streaming or not response.get("Content-Type", "").startswith(COMPRESSED):
            return response
        return super().process_response(request, response)


class HeadersMiddleware:
    """Security headers; and nobody keeps a copy of what was shown to one person."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if settings.SECURE_COOKIES:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={A_YEAR}; includeSubDomains")
        if getattr(request, "is_personal", False):
            response.headers["Cache-Control"] = "no-store"
        return response


class AccessMiddleware:
    """Asks what the page declares: whoever is not signed in is led to the sign-in, whoever may not is refused."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            request.is_personal = True  # type: ignore[attr-defined]
            if request.user.language:
                translation.activate(request.user.language)
                request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.resolver_match is not None and API_NAMESPACE in request.resolver_match.namespaces:
            # Each operation of the API has a gate of its own: one address can ask for one permission to read, and
            # for another to write.
            return None
        access = access_of(view)
        if access is None:
            raise ImproperlyConfigured(f"{request.path}: the route does not declare its permission")
        if access.permission is not None and not access.example:
            request.is_personal = True  # type: ignore[attr-defined]
        try:
            access.check(request)
        except SignInNeeded:
            return _to_sign_in(request)
        except NotAllowed as error:
            return refused(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if takes_nothing(error):
            return unwritable(request)
        return refused(request, error) if isinstance(error, NotAllowed) else None


def refused(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    """The page that says what the person may not do."""
    return render(request, "accounts/refused.html", {"message": str(error)}, status=403)


def unwritable(request: HttpRequest) -> HttpResponse:
    """The page that says that nothing can be written, and what to do. It asks the database nothing."""
    back = request.path if request.method in ("GET", "HEAD") else request.headers.get("Referer", "/")
    page = render_to_string("read_only.html", {"back": back})
    return HttpResponse(page, status=503, headers={"Retry-After": "60"})


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if settings.EMPTY_START and awaits_first_start():
        return redirect("start")
    address = reverse("sign-in")
    if request.method in ("GET", "HEAD") and request.path != "/":
        address += "?" + urlencode({"next": request.get_full_path()})
    return redirect(address)
