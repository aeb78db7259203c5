"""Pages that settings in versions share: a draft is brought into force, or thrown away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.organization import clock
from holdfast.organization.rows import Row
from holdfast.organization.structure.models import Group
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form
from holdfast.web.pages.organization.fields import DayField, RowField, rows_of
from holdfast.web.permissions import needs, visible_or_404

View = Callable[..., HttpResponse]


def about_version(row: Any, listed: str, label: str | Promise) -> dict[str, Any]:
    """The path above a form: `listed` is the route of the page of all versions."""
    return {"crumb": {"url": reverse(listed), "label": label}, "part": row.title}


def approve_page(
    model: type[Row],
    permission: str,
    act: Callable[..., Any],
    *,
    listed: str,
    label: str | Promise,
    title: str | Promise,
    page: str,
) -> View:
    """Brings a draft into force; `page` is the route of one version."""

    @needs(permission, on=model, whole=True)
    @require_http_methods(KINDS_OF_REQUEST)
    def approve(request: HttpRequest, key: str) -> HttpResponse:
        row: Any = visible_or_404(model._default_manager.all(), request, key=key)
        user: Any = request.user
        given = {
            "valid_from": DayField(label=_("In force from")),
            "body": RowField(rows_of(Group, user), label=_("Approved by the body"), required=False),
            "reason": forms.CharField(
                label=_("By which decision, or why"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
            ),
        }

        def run(form: Any) -> Any:
            return act(user, row, version=form.seen_version, **form.cleaned_data)

        about = {
            **about_version(row, listed, label),
            "title": title,
            "button": _("Approve"),
            "says": _("The version in force ends the day before. Nobody changes this one any more."),
        }
        return ask_form(request, given, {"valid_from": clock.today()}, row, run, about, reverse(page, args=[key]))

    return approve


def discard_page(
    model: type[Row], permission: str, act: Callable[..., Any], *, listed: str, label: str | Promise
) -> View:
    """Throws a draft away."""

    @needs(permission, on=model, whole=True)
    @require_http_methods(KINDS_OF_REQUEST)
    def discard(request: HttpRequest, key: str) -> HttpResponse:
        row: Any = visible_or_404(model._default_manager.all(), request, key=key)
        user: Any = request.user
        about = {
            **about_version(row, listed, label),
            "title": _("Discard this draft"),
            "button": _("Discard it"),
            "ends": True,
        }

        def run(form: Any) -> Any:
            return act(user, row, version=form.seen_version)

        return ask_form(request, {}, {}, row, run, about, reverse(listed))

    return discard
