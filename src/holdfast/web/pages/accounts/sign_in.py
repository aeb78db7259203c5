"""Signing in, by password or in the example by one click, and signing out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.organization.accounts.actions import example_account, holds_example
from holdfast.organization.accounts.models import Grant, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.web.pages.accounts.forms import SignInForm
from holdfast.web.pages.accounts.throttle import attempt_was_right, begin_attempt
from holdfast.web.permissions import awaits_first_start, needs, public

BACKEND = "django.contrib.auth.backends.ModelBackend"


@public("one has to be able to sign in")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; with a right password it leads to where the reader wanted to go."""
    target = _target(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        return _page(request, SignInForm(), target)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, target, status=422)
    name, address = form.cleaned_data["name"], request.META.get("REMOTE_ADDR", "")
    if (until := begin_attempt(name, address)) is not None:
        when = formats.time_format(timezone.localtime(until))
        form.add_error(None, _("Too many attempts. Try again after %(time)s (UTC).") % {"time": when})
        return _page(request, form, target, status=429)
    user = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        form.add_error(None, _("Name and password do not belong together, or the account is closed."))
        return _page(request, form, target, status=422)
    attempt_was_right(name, address)
    login(request, user)
    return redirect(target)


@public("open in the example only; anywhere else it is not there")
@require_POST
@never_cache
def sign_in_to_example(request: HttpRequest) -> HttpResponse:
    """One click: the account of the example that the form names."""
    try:
        user = example_account(request.POST.get("account", "").replace("\x00", ""))
    except NotAllowed as error:
        raise Http404(str(error)) from None
    login(request, user, backend=BACKEND)
    return redirect(_target(request))


@needs("account.own")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


def _page(request: HttpRequest, form: SignInForm, target: str, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "next": target,
        "first_start": awaits_first_start(),
        "examples": _examples(),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def _examples() -> list[dict[str, str]]:
    """One account of the example for each role, in the order of the roles."""
    if not holds_example():
        return []
    grants = (
        Grant.objects.filter(user__is_active=True, user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
        .select_related("user", "unit", "site")
        .order_by("user__username", "pk")
    )
    found: dict[str, dict[str, str]] = {}
    for grant in grants:
        place = grant.unit or grant.site
        found.setdefault(
            grant.role,
            {
                "account": grant.user.username,
                "name": str(grant.user),
                "role": str(grant.get_role_display()),
                "place": str(place) if place else _("whole organisation"),
            },
        )
    return [found[role] for role in Role.values if role in found]


def _target(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site alone."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    if "\x00" in target or not url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        return "/"
    return target
