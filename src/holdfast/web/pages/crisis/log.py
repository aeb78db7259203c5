"""The log of an incident: read by everybody in the same order, written into, corrected, taken out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.incidents.actions import write_note
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log.exporting import exported, file_is_kept
from holdfast.crisis.log.kinds import about
from holdfast.crisis.log.models import LogEntry
from holdfast.crisis.rights import LOG, VIEW
from holdfast.organization.accounts.scope import require
from holdfast.organization.attachments.actions import bring_in
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Damaged, read
from holdfast.web.pages.evidence.files import OPENED
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.permissions import needs

from .shell import both, form_page, incident_of, place, show

PER_PAGE = 100
MOST_TEXT = 20_000


@needs(VIEW, on=Incident)
@require_safe
def log(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """The entries in the order of their numbers, the newest first or the first first; chosen by kind, author, words."""
    incident = incident_of(request, key, real)
    asked = {name: request.GET.get(name, "").replace("\x00", "").strip()[:200] for name in ("kind", "author", "q")}
    order = "number" if request.GET.get("order") == "first" else "-number"
    rows = incident.log.entries.select_related("corrects").prefetch_related("corrections")
    if asked["kind"]:
        rows = rows.filter(Q(kind=asked["kind"]) | Q(kind__startswith=f"{asked['kind']}."))
    if asked["author"]:
        rows = rows.filter(author=asked["author"])
    for word in asked["q"].split():
        rows = rows.filter(Q(text__icontains=word) | Q(author__icontains=word))
    page = Paginator(rows.order_by(order), PER_PAGE).get_page(request.GET.get("page"))
    every = incident.log.entries.order_by()
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "asked": asked,
        "order": order,
        "kinds": sorted(
            {(kind.split(".", 1)[0], about(kind)) for kind in every.values_list("kind", flat=True).distinct()},
            key=lambda one: one[1],
        ),
        "authors": sorted(every.values_list("author", flat=True).distinct()),
        "log": incident.log,
        "query": query.urlencode(),
    }
    return show(request, incident, "crisis/log.html", context, tab="log")


@needs(VIEW, on=Incident)
@require_safe
def entry(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    """One entry with all that is hashed, both times, its corrections, and where it stands in the chain."""
    incident = incident_of(request, key, real)
    found = _entry(incident, number)
    files = [{**file, "wrong": file_is_kept(file)} for file in found.files]
    context = {"entry": found, "files": files, "details": sorted(found.body.items())}
    return show(request, incident, "crisis/log_entry.html", context, tab="log")


@needs(LOG, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def write(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    return _writing(request, key, real, None)


@needs(LOG, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def correct(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    return _writing(request, key, real, number)


def _writing(request: HttpRequest, key: str, real: bool, number: int | None) -> HttpResponse:
    """A note, or a new entry that corrects one; a file may come with it. It is brought in before the act, so that no
    transaction waits for it."""
    incident = incident_of(request, key, real)
    require(request.user, LOG, incident)
    corrected = None if number is None else _entry(incident, number)
    fields: dict[str, Any] = {
        "text": forms.CharField(
            label=_("What happened") if corrected is None else _("What is right"),
            max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
        ),
        "file": forms.FileField(label=_("File"), required=False),
        "device_at": forms.CharField(required=False, widget=forms.HiddenInput),
    }  # fmt: skip

    def run(form: Any) -> None:
        user: Any = request.user
        given = form.cleaned_data["file"]
        files: list[Attachment] = []
        if given is not None:
            about = _("Log of %(incident)s") % {"incident": incident}
            where: dict[str, Any] = {"unit": incident.unit, "site": incident.site}
            files.append(bring_in(user, name=given.name, pieces=given.chunks(), about=about, **where))
        write_note(
            user, incident=incident, text=form.cleaned_data["text"], corrects=corrected, files=files,
            device_at=device_time(form.cleaned_data["device_at"]),
        )  # fmt: skip

    says = "" if corrected is None else f"{corrected.number}. {corrected.text}"
    return form_page(
        request, incident, fields, {}, run, back=place(incident, "log"), says=says,
        title=_("Write into the log") if corrected is None else _("Correct entry %(n)s") % {"n": corrected.number},
        button=_("Write"), template="crisis/log_write.html",
    )  # fmt: skip


def device_time(said: str) -> Any:
    """What the clock of the device showed; None where it said nothing that is a time with its zone."""
    try:
        found = parse_datetime(said.strip()[:40]) if said else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


@needs(VIEW, on=Incident)
@require_safe
def read_file(request: HttpRequest, key: str, real: bool, number: int, position: int) -> HttpResponse:
    """An attachment of an entry, compared with its hash before it is handed over. Whoever sees the incident reads."""
    found = _entry(incident_of(request, key, real), number)
    if position >= len(found.files):
        raise Http404(_("There is nothing here by this name."))
    file = found.files[position]
    try:
        data = read(str(file["sha256"]))
    except Damaged as error:
        raise Http404(_("The file is not in the store as it was put there.")) from error
    shown = file["media_type"] in OPENED
    response = HttpResponse(data, content_type=file["media_type"] if shown else "application/octet-stream")
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in str(file["name"]))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@needs(VIEW, on=Incident)
@require_safe
def export(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """The log as JSON, for `holdfast verify-log --file`."""
    incident = incident_of(request, key, real)
    response = JsonResponse(exported(incident.log), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="log-{incident.key}.json"'
    return response


def _entry(incident: Incident, number: int) -> LogEntry:
    found = incident.log.entries.select_related("corrects", "log").filter(number=number).first()
    if found is None:
        raise Http404(_("There is nothing here by this name."))
    return found


urlpatterns = [
    *both("log/", log, "log"),
    *both("log/write/", write, "log-write"),
    *both("log/export/", export, "log-export"),
    *both("log/<int:number>/", entry, "log-entry"),
    *both("log/<int:number>/correct/", correct, "log-correct"),
    *both("log/<int:number>/files/<int:position>/", read_file, "log-file"),
]
