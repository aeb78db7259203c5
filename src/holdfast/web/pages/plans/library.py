"""Existing plans brought in: the file, what it would bring into a draft, and what of it is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.exchange.plan_library.actions import AFTER, INSTEAD, accept_parts, keep_plan
from holdfast.exchange.plan_library.proposing import Placed, Proposal, propose
from holdfast.formats.plan_reading import MOST_BYTES, Read, read_plan
from holdfast.formats.rich import as_html
from holdfast.formats.tables import Unreadable
from holdfast.governance.agreement.models import State
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import NotAllowed, may, require, visible
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Damaged
from holdfast.organization.attachments.store import read as stored
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.rights import EDIT
from holdfast.readiness.plans.template import label_of
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.whatif.wording import hours
from holdfast.web.permissions import needs, visible_or_404

MOST_PLANS = 400
MOST_EARLIER = 50


@needs(EDIT)
@require_http_methods(KINDS_OF_REQUEST)
def bring(request: HttpRequest) -> HttpResponse:
    """A draft is chosen, and the file that is brought into it."""
    if request.method != "POST":
        return _ask(request)
    plan = visible_or_404(_drafts(), request, key=request.POST.get("plan", ""))
    file = request.FILES.get("file")
    if file is None:
        return _ask(request, _("Choose the file first: a Word document (.docx) or a workbook (.xlsx)."), plan)
    if (file.size or 0) > MOST_BYTES:
        return _ask(request, _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES >> 20}, plan)
    by: Any = request.user
    try:
        kept = keep_plan(by, plan, Path(file.name or "plan.docx").name[:200], file.read())
    except Unreadable as error:
        return _ask(request, error.said.text(_), plan)
    except ValidationError as error:
        return _ask(request, " ".join(error.messages), plan)
    return HttpResponseRedirect(reverse("library-file", args=[plan.key, kept.key]))


@needs(EDIT, on=Plan)
@require_http_methods(KINDS_OF_REQUEST)
def proposal(request: HttpRequest, key: str, file: str) -> HttpResponse:
    """What the file would bring into the draft, part by part; and what was chosen of it is taken."""
    plan = visible_or_404(Plan.objects.select_related("agreement", "unit", "site"), request, key=key)
    by: Any = request.user
    require(by, EDIT, plan)
    kept = visible_or_404(Attachment.objects.all(), request, key=file)
    try:
        read = read_plan(stored(kept.sha256))
    except Unreadable as error:
        return _ask(request, error.said.text(_), plan)
    except Damaged:
        return _ask(request, _("The kept file is damaged or gone: bring it in again."), plan)
    found = propose(by, plan, read)
    if request.method != "POST":
        return _show(request, found, kept)
    return _take(request, plan, kept, read, found)


def _take(request: HttpRequest, plan: Plan, kept: Attachment, read: Read, found: Proposal) -> HttpResponse:
    by: Any = request.user
    given = request.POST
    sections = {
        one.part.id: given.get(f"section.{one.part.id}", one.section)
        for one in found.placed
        if f"take.{one.part.id}" in given
    }
    versions = {
        name: int(said) for name in found.open_sections if (said := given.get(f"version.{name}", "")).isdecimal()
    }
    rows = set(given.getlist("row"))
    if not sections and not rows:
        return _show(request, found, kept, _("Nothing is ticked: nothing was taken."), 422)
    try:
        accept_parts(
            by, plan=plan, file=kept, read=read, sections=sections, rows=rows,
            how=INSTEAD if given.get("how") == INSTEAD else AFTER, versions=versions,
        )  # fmt: skip
    except Conflict as conflict:
        since = _("Nothing was taken: the draft was changed since you looked. This is how it stands now.")
        return _show(request, found, kept, f"{since} {conflict.message}", 409)
    except (ValidationError, NotAllowed) as error:
        said = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return _show(request, found, kept, f"{_('Nothing was taken.')} {said}", 422)
    messages.success(request, _("Taken into the draft. The file stays as evidence."))
    return HttpResponseRedirect(plan.agreement_address())


def _drafts() -> Any:
    return Plan.objects.filter(agreement__state=State.DRAFT).select_related("agreement", "unit", "site")


def _ask(request: HttpRequest, problem: str = "", plan: Plan | None = None) -> HttpResponse:
    by: Any = request.user
    drafts = [row for row in visible(_drafts(), by).order_by("title")[:MOST_PLANS] if may(by, EDIT, row)]
    wished = plan.key if plan is not None else request.GET.get("plan", "")
    chosen = next((row for row in drafts if row.key == wished), None)
    earlier = (
        visible(Attachment.objects.filter(about__contains=f"({chosen.key})"), by).order_by("-entered_at")[:MOST_EARLIER]
        if chosen is not None
        else ()
    )
    context = {"drafts": drafts, "chosen": chosen, "earlier": earlier, "problem": problem, "most": MOST_BYTES >> 20}
    return render(request, "plans/library.html", context, status=422 if problem else 200)


def _show(
    request: HttpRequest, found: Proposal, kept: Attachment, problem: str = "", status: int = 200
) -> HttpResponse:
    given = request.POST if request.method == "POST" else None
    options = [(name, label_of(name, found.plan.language)) for name in found.open_sections]
    chosen = set(given.getlist("row")) if given is not None else None
    parts = [_part(one, found, given, chosen) for one in found.placed]
    context = {
        "plan": found.plan,
        "file": kept,
        "parts": parts,
        "options": options,
        "versions": sorted(found.versions.items()),
        "problem": problem,
        "instead": given is not None and given.get("how") == INSTEAD,
        "known": sum(1 for one in found.placed if one.part.known or one.roles or one.tasks),
        "open": found.plan.agreement.is_draft,
        "HOW": (AFTER, INSTEAD),
    }
    return render(request, "plans/library_file.html", context, status=status)


def _part(one: Placed, found: Proposal, given: Any, chosen: set[str] | None) -> dict[str, Any]:
    part = one.part
    takes = bool(part.written) and part.kind in ("text", "aside")
    return {
        "placed": one,
        "part": part,
        "label": label_of(one.section if part.written else part.section, found.plan.language),
        "takes": takes,
        "ticked": f"take.{part.id}" in given if given is not None else takes and not one.there and part.kind == "text",
        "section": given.get(f"section.{part.id}", one.section) if given is not None else one.section,
        "html": as_html(part.written) if takes else "",
        "old": found.standing.get(one.section, ""),
        "roles": [(row, row.id in chosen if chosen is not None else not row.there) for row in one.roles],
        "tasks": [
            (row, row.id in chosen if chosen is not None else not row.there, _span(row.low, row.high))
            for row in one.tasks
        ],
        "heads": part.rows[0] if part.kind == "contacts" and part.rows else (),
        "lines": part.rows[1:] if part.kind == "contacts" else (),
    }


def _span(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return _("no time given")
    return hours(low) if low == high else _("%(low)s to %(high)s") % {"low": hours(low), "high": hours(high)}
