"""A plan on paper: PDF, Word, wallet cards, in each of the six languages. Whoever may read a plan may print it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.formats.paper import WORD
from holdfast.organization import clock
from holdfast.readiness.plans.documents.cards import card_document, write_cards
from holdfast.readiness.plans.documents.plan import plan_document
from holdfast.readiness.plans.documents.setting import pdf_of, word_of
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.rights import VIEW
from holdfast.readiness.plans.template import LANGUAGES
from holdfast.web.permissions import needs, visible_or_404

PDF = "application/pdf"
Write = Callable[[Plan, str, date], bytes]


def language_of(request: HttpRequest, otherwise: str) -> str:
    """The language that the address asks for. Raises Http404 for one that the template does not have."""
    language = request.GET.get("language", otherwise)
    if language not in dict(LANGUAGES):
        raise Http404(_("There is nothing here by this name."))
    return language


def as_file(data: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(ending: str, kind: str, write: Write, mark: str = "") -> Any:
    @needs(VIEW, on=Plan)
    @require_safe
    def paper(request: HttpRequest, key: str) -> HttpResponse:
        rows = Plan.objects.select_related("agreement", "unit", "site", "owner", "part_of")
        plan: Plan = visible_or_404(rows, request, key=key)
        language, on = language_of(request, plan.language), clock.today()
        return as_file(write(plan, language, on), kind, f"{plan.key}{mark}-{language}-{on.isoformat()}.{ending}")

    return paper


pdf = _page("pdf", PDF, lambda plan, language, on: pdf_of(plan_document(plan, language, on)))
word = _page("docx", WORD, lambda plan, language, on: word_of(plan_document(plan, language, on)))
card = _page("pdf", PDF, lambda plan, language, on: write_cards(card_document(plan, language, on)), "-card")
