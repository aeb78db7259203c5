"""The list of a noun, as a page and as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.web.permissions import needs

from .listing import Shown, ask
from .nouns import Noun
from .values import cell

MOST_EXPORTED = 200_000
View = Callable[..., HttpResponse]


def list_page(noun: Noun) -> View:
    @needs(noun.view)
    @require_safe
    def show_list(request: HttpRequest) -> HttpResponse:
        rows = visible(noun.rows(), request.user, noun.view)
        shown = ask(noun.listing, rows, request.GET, request.user)
        context = {
            "noun": noun,
            "shown": shown,
            "may_create": noun.creates and may_somewhere(request.user, noun.edit),
            "title": noun.many,
            "lead": noun.lead,
            "empty": noun.empty,
            "create": reverse(f"{noun.name}-new") if noun.creates else "",
            "create_label": _("New %(noun)s") % {"noun": noun.one},
            "csv": _export_address(noun, shown) if may_somewhere(request.user, "data.export") else "",
        }
        return render(request, "organization/list.html", context, status=400 if shown.problems else 200)

    return show_list


def csv_export(noun: Noun) -> View:
    """What the list shows, all pages of it; of the rows on which one may take out files."""

    @needs("data.export")
    @require_safe
    def export(request: HttpRequest) -> HttpResponse:
        rows = visible(visible(noun.rows(), request.user, noun.view), request.user, "data.export")
        shown = ask(noun.listing, rows, request.GET, request.user, paged=False)
        response = HttpResponse(as_csv(shown), content_type="text/csv; charset=utf-8")
        name = f"{noun.slug}-{clock.today().isoformat()}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    return export


def as_csv(shown: Shown) -> str:
    """The key and the columns of the list; a figure is its value, with unit, basis and source beside it."""
    columns = shown.listing.columns
    rows = list(shown.rows[:MOST_EXPORTED])
    table = [[column.value(row) for column in columns] for row in rows]
    figures = {at for at in range(len(columns)) if any(hasattr(line[at], "fact") for line in table)}
    out = StringIO()
    writer = csv.writer(out)
    heads: list[str | Promise] = [_("Key")]
    for at, column in enumerate(columns):
        heads.append(column.label)
        if at in figures:
            heads += [_("%(figure)s: %(part)s") % {"figure": column.label, "part": part} for part in _parts()]
    writer.writerow([str(head) for head in heads])
    for row, line in zip(rows, table, strict=True):
        cells = [cell(row.stable_key)]
        for at, value in enumerate(line):
            cells.append(cell(value))
            if at in figures:
                fact = getattr(value, "fact", None)
                cells += [cell(part) for part in ((fact.unit, fact.basis.value, fact.source) if fact else ("", "", ""))]
        writer.writerow(cells)
    return "\ufeff" + out.getvalue()


def _parts() -> tuple[str, str, str]:
    return _("unit"), _("basis"), _("source")


def _export_address(noun: Noun, shown: Shown) -> str:
    return reverse(f"{noun.name}-export") + shown.address(page=None, size=None)
