"""Files in and out: download a workbook, upload it, see what it would do, take it in.

Between preview and taking in, the files wait in the data folder under a name that only this session knows. What is
taken in is checked again, and has to be what was shown.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.exchange.exporting import export, export_json, export_workbook
from holdfast.exchange.importing import BadFile, Refused, apply, preview, read, together
from holdfast.exchange.preview import Preview
from holdfast.exchange.records.types import TYPES
from holdfast.exchange.waiting import clear_away, laid_aside, lay_aside
from holdfast.exchange.writing import Overtaken
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere
from holdfast.web.permissions import needs

from .values import text

MOST_BYTES = 100_000_000
MOST_FILES = 60
MOST_ROWS = 40
MOST_PROBLEMS = 200
FIRST = ("units", "sites")
"""The sheets that an own organisation begins with."""
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs("data.import")
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """The upload, and after it the preview."""
    if request.method != "POST":
        return _ask(request)
    files = request.FILES.getlist("file")
    if not files:
        return _ask(request, [_("Choose a file first: a workbook (xlsx) or JSON.")])
    if len(files) > MOST_FILES or sum(file.size or 0 for file in files) > MOST_BYTES:
        return _ask(request, [_("This is too much at once: at most %(n)s MB.") % {"n": MOST_BYTES // 1_000_000}])
    given = [(Path(file.name or "file").name[:100], file.read()) for file in files]
    began = time.perf_counter()
    try:
        found = _preview(request.user, given)
    except BadFile as error:
        return _ask(request, [str(error)])
    token = keep_files(request, given) if found.can_be_applied and not found.nothing_to_do else ""
    return _show(request, found, token, time.perf_counter() - began)


@needs("data.import")
@require_http_methods(["POST"])
def apply_import(request: HttpRequest) -> HttpResponse:
    """Takes in what was shown. Where the data have changed since, it is shown anew and nothing is written."""
    token = request.POST.get("token", "")
    given = kept_files(request, token)
    if given is None:
        return _ask(request, [_("The file has waited too long, or was taken in already. Upload it again.")], 409)
    by: Any = request.user
    began = time.perf_counter()
    found = _preview(by, given)
    took = time.perf_counter() - began
    if found.fingerprint != request.POST.get("fingerprint"):
        return _show(
            request, found, token, took, _("The data have changed since you looked. This is what it would do now.")
        )
    try:
        apply(by, found)
    except Overtaken as error:
        return _show(request, _preview(by, given), token, took, f"{error} {_('Nothing was written.')}")
    except Refused as error:
        return _show(request, found, token, took, str(error))
    drop_files(request, token)
    new = sum(len(tally.new) for tally in found.tallies.values())
    changed = sum(len(tally.changed) for tally in found.tallies.values())
    said = ngettext("%(new)s row is new", "%(new)s rows are new", new) % {"new": new}
    said += ngettext(", %(n)s is changed.", ", %(n)s are changed.", changed) % {"n": changed}
    messages.success(request, _("Taken in: %(counts)s") % {"counts": said})
    return HttpResponseRedirect(reverse("import"))


@needs("data.export")
@require_safe
def workbook(request: HttpRequest) -> HttpResponse:
    """All that one may take out, or the sheets named by `sheet`."""
    names = _sheets(request)
    data = export_workbook(export(request.user, names or None), empty=names)
    return file_response(data, f"organisation-{clock.today().isoformat()}.xlsx", WORKBOOK)


@needs("data.export")
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    names = _sheets(request)
    data = export_json(export(request.user, names or None))
    return file_response(data, f"organisation-{clock.today().isoformat()}.json", "application/json")


@needs("data.import")
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty workbook: every sheet, or those named by `sheet`."""
    names = _sheets(request) or [kind.name for kind in TYPES]
    return file_response(export_workbook({}, empty=names), "organisation-empty.xlsx", WORKBOOK)


def _sheets(request: HttpRequest) -> list[str]:
    known = {kind.name for kind in TYPES}
    return [name for name in request.GET.getlist("sheet") if name in known]


def file_response(data: bytes, name: str, kind: str) -> HttpResponse:
    """A file to be saved under this name."""
    response = HttpResponse(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _preview(by: Any, given: list[tuple[str, bytes]]) -> Preview:
    return preview(by, together([read(data, name) for name, data in given]))


def _ask(request: HttpRequest, problems: Iterable[str] = (), status: int = 422) -> HttpResponse:
    context = {
        "problems": list(problems),
        "kinds": [{"name": kind.name, "title": kind.title} for kind in TYPES],
        "first": "&".join(f"sheet={name}" for name in FIRST),
        "may_export": may_somewhere(request.user, "data.export"),
        "most": MOST_BYTES // 1_000_000,
    }
    return render(request, "organization/import.html", context, status=status if problems else 200)


def _show(request: HttpRequest, found: Preview, token: str, took: float, warning: str = "") -> HttpResponse:
    titles = {kind.name: kind.title for kind in TYPES}
    tables = []
    for name, tally in found.tallies.items():
        rows = [
            {
                "number": item.number,
                "label": item.label,
                "name": str(item.row) if item.row is not None else "",
                "new": item.new,
                "changes": [
                    (change.label[:1].upper() + change.label[1:], _said(change.before), _said(change.after))
                    for change in item.changes
                ],
            }
            for item in (*tally.changed, *tally.new)[:MOST_ROWS]
        ]
        tables.append(
            {
                "name": name,
                "title": titles[name],
                "new": len(tally.new),
                "changed": len(tally.changed),
                "unchanged": tally.unchanged,
                "problems": sum(problem.table == name for problem in found.problems),
                "rows": rows,
                "left": max(len(tally.new) + len(tally.changed) - MOST_ROWS, 0),
            }
        )
    context = {
        "found": found,
        "tables": tables,
        "problems": found.problems[:MOST_PROBLEMS],
        "problems_in_all": len(found.problems) + found.more_problems,
        "problems_left": max(len(found.problems) + found.more_problems - MOST_PROBLEMS, 0),
        "token": token,
        "fingerprint": found.fingerprint if token else "",
        "rows_to_write": sum(len(t.new) + len(t.changed) for t in found.tallies.values()),
        "seconds": max(round(took * 2), 1),
        "warning": warning,
    }
    status = 409 if warning else 422 if found.problems else 200
    return render(request, "organization/import_preview.html", context, status=status)


def _said(value: Any) -> str:
    """A JSON value as the preview shows it."""
    if isinstance(value, dict) and "basis" in value:
        figure = f"{value.get('value', '—')} {value.get('unit', '')}".strip()
        return ", ".join(part for part in (figure, value["basis"], value.get("source", "")) if part)
    return text(value) or "—"


def keep_files(request: HttpRequest, given: list[tuple[str, bytes]]) -> str:
    """Lays the files aside for this session. Returns their token."""
    token = lay_aside([data for _name, data in given])
    request.session["imports"] = {
        **dict(list(request.session.get("imports", {}).items())[-4:]),
        token: [n for n, _d in given],
    }
    return token


def kept_files(request: HttpRequest, token: str) -> list[tuple[str, bytes]] | None:
    """What was laid aside under this token, None where it is this session's no more."""
    names = request.session.get("imports", {}).get(token)
    files = laid_aside(token, len(names)) if names is not None else None
    return None if files is None else list(zip(names, files, strict=True))


def drop_files(request: HttpRequest, token: str) -> None:
    """Clears away what was laid aside."""
    clear_away(token, len(let_go(request, token)))


def let_go(request: HttpRequest, token: str) -> list[str]:
    """This session has no more to do with the files: somebody else takes them in. Returns their names."""
    names: list[str] = request.session["imports"].pop(token, [])
    request.session.modified = True
    return names
