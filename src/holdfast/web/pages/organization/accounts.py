"""Users and roles: who has an account, which roles where and since when; made, granted, withdrawn, closed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.organization.accounts.actions import (
    close_account,
    create_account,
    give_role,
    reopen_account,
    reset_password,
    withdraw_role,
)
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import Event, Grant, User
from holdfast.organization.accounts.roles import PERMISSIONS, Role
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.organization.places.models import Site, Unit
from holdfast.web.pages.accounts.forms import MOST_PASSWORD
from holdfast.web.permissions import needs, visible_or_404

from .editing import KINDS_OF_REQUEST, form_of, no_form
from .fields import RowField, rows_of
from .forms import RowForm
from .links import address
from .listing import Column, Filter, Listing, ask, tree_options
from .values import Chip


def _has_role(rows: Any, value: str, user: Any) -> Any:
    if value not in Role.values:
        raise LookupError(value)
    return rows.filter(Exists(Grant.objects.filter(user=OuterRef("pk"), role=value)))


def _granted_in(rows: Any, value: str, user: Any) -> Any:
    top = Unit.objects.filter(key=value).first()
    if top is None:
        raise LookupError(value)
    return rows.filter(Exists(Grant.objects.filter(user=OuterRef("pk"), unit__path__startswith=top.path)))


def _active(rows: Any, value: str, user: Any) -> Any:
    if value not in ("yes", "no"):
        raise LookupError(value)
    return rows.filter(is_active=value == "yes")


def _role_options(rows: Any, user: Any) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in Role.choices]


def _unit_options(rows: Any, user: Any) -> list[tuple[str, str]]:
    return tree_options(Unit, user)


def _prepare(rows: Any, user: Any, on: date) -> Any:
    grants = visible(Grant.objects.select_related("unit", "site"), user)
    return rows.select_related("person").prefetch_related(Prefetch("grants", grants.order_by("pk")))


def place(grant: Grant) -> Any:
    """Where a grant holds."""
    return grant.unit or grant.site or gettext("the whole organisation")


def _roles(account: Any) -> list[str]:
    return [f"{grant.get_role_display()} ({place(grant)})" for grant in account.grants.all()]


LISTING = Listing(
    columns=(
        Column("username", _("Account"), lambda account: account, ("username",)),
        Column("name", _("User name"), lambda account: account.username, ("username",)),
        Column("email", _("E-mail address"), lambda account: account.email, ("email",)),
        Column("roles", _("Roles"), _roles),
        Column("person", _("Person"), lambda account: getattr(account, "person", None)),
        Column("login", _("Last signed in"), lambda account: account.last_login, ("last_login",)),
        Column("active", _("Active"), lambda account: Chip(*((_("active"), "is-in-use") if account.is_active
                                                             else (_("closed"), "is-closed"))), ("is_active",)),
    ),
    filters=(
        Filter("role", _("Role"), _role_options, _has_role),
        Filter("unit", _("Granted on unit and below"), _unit_options, _granted_in),
        Filter("active", _("Active"), lambda rows, user: [("yes", gettext("yes")), ("no", gettext("no"))], _active),
    ),
    search=("username", "name", "email"),
    order=("username",),
    prepare=_prepare,
)  # fmt: skip


@needs("account.view")
@require_safe
def account_list(request: HttpRequest) -> HttpResponse:
    shown = ask(LISTING, visible(User.objects.all(), request.user), request.GET, request.user)
    context = {
        "title": _("Users and roles"),
        "lead": _("Who may enter, and what each may do where."),
        "shown": shown,
        "may_create": may(request.user, "account.manage"),
        "create": reverse("user-new"),
        "create_label": _("New account"),
        "empty": _("There is no account that you may see."),
    }
    return render(request, "organization/list.html", context, status=400 if shown.problems else 200)


@needs("account.view", on=User)
@require_safe
def account(request: HttpRequest, key: str) -> HttpResponse:
    """One account: its roles, where they hold and since when, and what they allow."""
    found: Any = visible_or_404(User.objects.select_related("person"), request, username=key)
    grants = list(visible(Grant.objects.filter(user=found), request.user).select_related("unit", "site").order_by("pk"))
    given = Event.objects.filter(act="grant.give", kind="grant", key__in=[str(grant.pk) for grant in grants])
    since = {event.key: event for event in given.select_related("user")}
    held = {grant.role for grant in grants}
    context = {
        "row": found,
        "grants": [
            {"grant": grant, "place": place(grant), "given": since.get(str(grant.pk))} for grant in grants
        ],
        "permissions": [
            permission.label for permission in PERMISSIONS.values() if permission.everyone or permission.roles & held
        ],
        "may_manage": may(request.user, "account.manage"),
        "done": list(visible(Event.objects.about(found), request.user).select_related("user")[:20]),
    }  # fmt: skip
    return render(request, "organization/account.html", context)


def _password(required: bool) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=_("Password"),
        strip=False,
        required=required,
        max_length=MOST_PASSWORD,
        widget=widget,
        help_text=_("At least 12 characters. Without one the account is entered in other ways only.")
        if not required
        else _("At least 12 characters."),
    )


@needs("account.manage")
@require_http_methods(KINDS_OF_REQUEST)
@sensitive_post_parameters()
def account_new(request: HttpRequest) -> HttpResponse:
    """A new account, with its first role."""
    fields, values = form_of(User, ("username", "name", "email"), request.user)
    fields = {
        **fields,
        "password": _password(required=False),
        **_grant_fields(request.user, required=False),
    }
    form = RowForm(fields, values, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = _make(request.user, given)
        except ValidationError as error:
            form.add_errors(error)
        else:
            messages.success(request, gettext("“%(row)s” is made.") % {"row": made})
            return HttpResponseRedirect(address(made))
    return _form(request, form, _("New account"), reverse("users"), _("Save"))


def _make(by: Any, given: dict[str, Any]) -> User:
    """Account and first role: what could be refused of the role is looked at before the account is made."""
    role, unit, site = given.pop("role"), given.pop("unit"), given.pop("site")
    if not role and (unit or site):
        raise ValidationError({"role": gettext("Say which role holds there.")})
    given["password"] = given["password"] or None
    if role and unit and site:
        raise ValidationError({"site": gettext("A role is granted on a unit or on a site, not on both.")})
    made = create_account(by, **given)
    if role:
        give_role(by, made, role, unit=unit, site=site)
    return made


def _grant_fields(user: Any, required: bool = True) -> dict[str, forms.Field]:
    return {
        "role": forms.ChoiceField(
            label=_("Role") if required else _("First role"),
            required=required,
            choices=[("", "—"), *Role.choices],
        ),
        "unit": RowField(
            rows_of(Unit, user), label=_("On this unit and all under it"), required=False,
            help_text=_("Without unit and site the role holds in the whole organisation."),
        ),
        "site": RowField(rows_of(Site, user), label=_("On this site and all in it"), required=False),
    }  # fmt: skip


@needs("account.manage", on=User)
@require_http_methods(KINDS_OF_REQUEST)
def grant(request: HttpRequest, key: str) -> HttpResponse:
    """A role more."""
    found = _managed(request, key)
    form = RowForm(_grant_fields(request.user), {}, request.POST if request.method == "POST" else None, found.version)

    def run() -> None:
        given = form.cleaned_data
        give_role(_by(request), found, given["role"], unit=given["unit"], site=given["site"])

    title = gettext("Give “%(account)s” a role") % {"account": found}
    return _run(request, form, run, title, address(found), _("Give"))


@needs("account.manage", on=Grant)
@require_http_methods(KINDS_OF_REQUEST)
def withdraw(request: HttpRequest, grant: int) -> HttpResponse:
    """A role less."""
    given = visible_or_404(Grant.objects.select_related("user", "unit", "site"), request, pk=grant)
    require(request.user, "account.manage", given)
    found = given.user
    form = _confirm(request, given.version)
    title = gettext("Withdraw %(role)s of “%(account)s”: %(place)s") % {
        "role": given.get_role_display(),
        "account": found,
        "place": place(given),
    }
    return _run(
        request, form, lambda: withdraw_role(_by(request), given), title, address(found), _("Withdraw it"), True
    )


@needs("account.manage", on=User)
@require_http_methods(KINDS_OF_REQUEST)
def close(request: HttpRequest, key: str) -> HttpResponse:
    found = _managed(request, key)
    form = _confirm(request, found.version)
    title = gettext("Close the account “%(account)s”") % {"account": found}
    says = _("The person can no longer enter and the tokens end. What the person did stays on record.")

    def run() -> None:
        close_account(_by(request), found, version=form.seen_version or 0)

    return _run(request, form, run, title, address(found), _("Close it"), True, says)


@needs("account.manage", on=User)
@require_http_methods(KINDS_OF_REQUEST)
def reopen(request: HttpRequest, key: str) -> HttpResponse:
    found = _managed(request, key)
    form = _confirm(request, found.version)
    title = gettext("Open the account “%(account)s” again") % {"account": found}

    def run() -> None:
        reopen_account(_by(request), found, version=form.seen_version or 0)

    return _run(request, form, run, title, address(found), _("Open it again"), says=_("Its roles hold again."))


@needs("account.manage", on=User)
@require_http_methods(KINDS_OF_REQUEST)
@sensitive_post_parameters()
def set_password(request: HttpRequest, key: str) -> HttpResponse:
    found = _managed(request, key)
    data = request.POST if request.method == "POST" else None
    form = RowForm({"password": _password(required=True)}, {}, data, found.version)
    title = gettext("A new password for “%(account)s”") % {"account": found}

    def run() -> None:
        reset_password(_by(request), found, password=form.cleaned_data["password"])

    says = _("Tell it to the person in a safe way; they change it on their own page.")
    return _run(request, form, run, title, address(found), _("Set it"), says=says)


def _by(request: HttpRequest) -> Any:
    """Who asks: the gate has let in only those who are signed in."""
    return request.user


def _managed(request: HttpRequest, key: str) -> User:
    """The account, where the reader may manage it."""
    found = visible_or_404(User.objects.all(), request, username=key)
    require(request.user, "account.manage", found)
    return found


def _confirm(request: HttpRequest, version: int) -> RowForm:
    fields, values = no_form()
    return RowForm(fields, values, request.POST if request.method == "POST" else None, version)


def _run(
    request: HttpRequest,
    form: RowForm,
    run: Any,
    title: Any,
    back: str,
    button: Any,
    ends: bool = False,
    says: Any = "",
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            run()
        except ValidationError as error:
            form.add_errors(error)
        except Conflict as conflict:
            form.add_error(None, conflict.message)
            form.version = conflict.now
            return _form(request, form, title, back, button, ends, says, 409)
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(back)
    return _form(request, form, title, back, button, ends, says)


def _form(
    request: HttpRequest,
    form: RowForm,
    title: Any,
    back: str,
    button: Any,
    ends: bool = False,
    says: Any = "",
    status: int = 422,
) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "button": button, "ends": ends, "says": says}
    context["crumb"] = {"url": reverse("users"), "label": gettext("Users and roles")}
    return render(request, "organization/form.html", context, status=status if form.is_bound else 200)
