"""The page of one thing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.organization import clock
from holdfast.organization.accounts.scope import may
from holdfast.web.permissions import needs, visible_or_404

from .nouns import Noun

View = Callable[..., HttpResponse]


def detail_page(noun: Noun) -> View:
    @needs(noun.view, on=noun.model)
    @require_safe
    def show(request: HttpRequest, key: str) -> HttpResponse:
        row: Any = visible_or_404(noun.rows().select_related(*noun.related), request, key=key)
        on, problem = day_asked(request)
        rights = {noun.edit, *(step.rights for step in noun.steps)}
        held = {permission for permission in rights if may(request.user, permission, row)}
        context = {
            "noun": noun,
            "row": row,
            "on": on,
            "today": clock.today(),
            "problem": problem,
            "may_edit": noun.edit in held and noun.making is not None and noun.making.edit is not None,
            "can": {step.slug.replace("-", "_"): step.rights in held for step in noun.steps},
            **noun.tell(row, request.user, on),
        }
        return render(request, noun.template, context, status=400 if problem else 200)

    return show


def day_asked(request: HttpRequest) -> tuple[date, str]:
    """The day that the address asks for, else today; and what is wrong with it."""
    given = request.GET.get("as_of", "").strip()
    if not given:
        return clock.today(), ""
    try:
        return date.fromisoformat(given), ""
    except ValueError:
        return clock.today(), _("“%(given)s” is no date: write it as 2008-10-01.") % {"given": given[:40]}
