"""The first page of an organisation's own installation."""

from __future__ import annotations

from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from holdfast.web.pages.accounts.forms import StartForm
from holdfast.web.pages.accounts.founding import Founding, found
from holdfast.web.pages.accounts.problems import add_problems
from holdfast.web.pages.accounts.sign_in import BACKEND
from holdfast.web.permissions import awaits_first_start, public

NEXT = "import"
"""Units and sites come by workbook."""


@public("there is no account yet; once there is one, this page is no more")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Makes the administrator and the organisation, once. Whoever comes second is told so."""
    if not awaits_first_start():
        raise Http404(_("This installation has been set up already."))
    form = StartForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "accounts/start.html", {"form": form})
    if form.is_valid():
        given = form.cleaned_data
        founding = Founding(
            organization=given["organization"],
            key=given["key"],
            languages=tuple(given["languages"]),
            username=given["username"],
            name=given["name"],
            email=given["email"],
            password=given["password"],
        )
        try:
            user = found(founding)
        except ValidationError as error:
            add_problems(form, error)
        else:
            login(request, user, backend=BACKEND)
            return redirect(NEXT)
    return render(request, "accounts/start.html", {"form": form}, status=422)
