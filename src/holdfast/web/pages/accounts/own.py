"""One's own account: name and language, password, tokens for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_token, edit_account, revoke_token, set_password
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import ApiToken, Grant, User
from holdfast.web.pages.accounts.forms import AccountForm, PasswordForm, TokenForm
from holdfast.web.pages.accounts.problems import add_problems
from holdfast.web.permissions import needs, visible_or_404


@needs("account.own")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, what I may, and what I may change of that."""
    user = _user(request)
    form = AccountForm(
        request.POST if request.method == "POST" else None,
        initial={"name": user.name, "email": user.email, "language": user.language, "version": user.version},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            changes = {name: form.cleaned_data[name] for name in ("name", "email", "language")}
            try:
                edit_account(user, user, version=form.cleaned_data["version"], **changes)
            except ValidationError as error:
                add_problems(form, error)
            except Conflict as error:
                form.add_error(None, error.message)
                status = 409
            else:
                messages.success(request, _("Your account is changed."))
                return redirect("account")
    grants = Grant.objects.filter(user=user).select_related("unit", "site").order_by("pk")
    return render(request, "accounts/account.html", {"form": form, "grants": grants}, status=status)


@needs("account.own")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """A new password; other sessions of the account end by that."""
    user = _user(request)
    form = PasswordForm(user, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = set_password(user, user, password=form.cleaned_data["password"])
            except ValidationError as error:
                add_problems(form, error)
            else:
                update_session_auth_hash(request, changed)
                messages.success(request, _("Your password is changed. Your other sessions have ended."))
                return redirect("account")
    context = {"form": form, "usable": user.has_usable_password()}
    return render(request, "accounts/password.html", context, status=status)


@needs("token.own")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Tokens for programs; a new one's secret is shown this once and kept nowhere."""
    user = _user(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            days = form.cleaned_data["days"]
            expires = clock.now() + timedelta(days=int(days)) if days else None
            try:
                context["made"], context["secret"] = create_token(
                    user, user, name=form.cleaned_data["name"], expires_at=expires
                )
            except ValidationError as error:
                add_problems(form, error)
            else:
                status, context["form"] = 200, TokenForm()
    context["tokens"] = ApiToken.objects.filter(user=user).order_by("revoked_at", "-created_at", "-pk")
    context["now"] = clock.now()
    return render(request, "accounts/tokens.html", context, status=status)


@needs("token.own", on=ApiToken)
@require_POST
def revoke(request: HttpRequest, token: int) -> HttpResponse:
    """Ends one of one's own tokens. Another's is not there."""
    user = _user(request)
    found = visible_or_404(ApiToken.objects.filter(user=user), request, pk=token)
    revoke_token(user, found)
    messages.success(request, _("“%(token)s” is revoked.") % {"token": found})
    return redirect("tokens")


def _user(request: HttpRequest) -> User:
    """The account itself, read anew: what the form shows is what is there now."""
    return User.objects.get(pk=request.user.pk)
