"""Light, dark or as the system says: one cookie, set by a form so that it works without JavaScript."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from holdfast.web.permissions import public

THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


@public("it sets a cookie of the reader's own")
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Sets the theme, or with any other value goes back to the system's, and returns to where the reader was."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            "theme", theme, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
