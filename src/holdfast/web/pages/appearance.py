"""Light, dark or as the system says, and in which language: cookies set by a form, so that it works without scripts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from holdfast.web.languages import offered
from holdfast.web.permissions import public

THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


@public("it sets a cookie of the reader's own")
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Sets the theme, with any other value that of the system, or the language, and returns to where the reader was."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    if "language" in request.POST:
        if (language := request.POST["language"]) in dict(offered()):
            _keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    elif (theme := request.POST.get("theme", "")) in THEMES:
        _keep(response, "theme", theme)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
