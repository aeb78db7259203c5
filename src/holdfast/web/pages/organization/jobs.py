"""Jobs in the background: those that one has asked for; for administrators and auditors all, and the workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.organization.accounts.scope import may, require, visible
from holdfast.organization.jobs.actions import cancel_job, retry_job
from holdfast.organization.jobs.leased import LeaseState
from holdfast.organization.jobs.models import Job, Worker
from holdfast.organization.jobs.registry import JOBS
from holdfast.web.permissions import needs, visible_or_404

from .editing import KINDS_OF_REQUEST
from .forms import RowForm
from .listing import Column, Filter, Listing, ask, choice_filter
from .values import Chip


def _names(rows: Any, user: Any) -> list[tuple[str, str]]:
    used = rows.order_by().values_list("name", flat=True).distinct()
    return sorted(((name, str(JOBS[name].label)) for name in used if name in JOBS), key=lambda pair: pair[1])


def _named(rows: Any, value: str, user: Any) -> Any:
    if value not in JOBS:
        raise LookupError(value)
    return rows.filter(name=value)


LISTING = Listing(
    columns=(
        Column("job", gettext_lazy("Job"), lambda job: job.label, ("name",)),
        Column("state", gettext_lazy("State"), lambda job: state_chip(job), ("state",)),
        Column("progress", gettext_lazy("Progress"), lambda job: progress(job)),
        Column("by", gettext_lazy("Asked by"), lambda job: who(job), ("user__username", "system")),
        Column("asked", gettext_lazy("Asked for"), lambda job: job.enqueued_at, ("enqueued_at",)),
        Column("ended", gettext_lazy("Ended"), lambda job: job.finished_at, ("finished_at",)),
    ),
    filters=(
        choice_filter("state", gettext_lazy("State"), LeaseState),
        Filter("name", gettext_lazy("Job"), _names, _named),
    ),
    search=("name", "words", "error", "user__username", "user__name"),
    order=("-pk",),
    prepare=lambda rows, user, on: rows.select_related("user"),
)


@needs("job.view")
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The list, the newest first."""
    sees_all = may(request.user, "job.view")
    shown = ask(LISTING, visible(Job.objects.all(), request.user), request.GET, request.user)
    context = {
        "shown": shown,
        "lines": [{"job": row, "chip": state_chip(row), "who": who(row)} for row in shown.page or ()],
        "lead": _lead(visible(Job.objects.open(), request.user).count()),
        "set_times": _set_times() if sees_all else [],
        "workers": list(Worker.objects.alive().order_by("name")) if sees_all else None,
    }
    return render(request, "organization/jobs.html", context, status=400 if shown.problems else 200)


def _set_times() -> list[tuple[str, str]]:
    return sorted((str(each.label), each.rhythm) for each in JOBS.values() if each.every is not None)


def _lead(count: int) -> str:
    if not count:
        return _("Nothing is under way.")
    return ngettext("%(n)s job waits or runs.", "%(n)s jobs wait or run.", count) % {"n": count}


@needs("job.view", on=Job)
@require_safe
def job(request: HttpRequest, number: int) -> HttpResponse:
    """One job: how far it is, what came out, what went wrong, and what can be done."""
    found = visible_or_404(Job.objects.select_related("user"), request, pk=number)
    may_manage = may(request.user, "job.manage", found)
    context = {
        "job": found,
        "chip": state_chip(found),
        "who": who(found),
        "can_cancel": may_manage and not found.is_over and not found.cancel_asked,
        "can_retry": may_manage and found.state in (LeaseState.FAILED, LeaseState.CANCELLED),
        "can_hurry": may_manage and found.state == LeaseState.WAITING and found.attempts > 0,
        "values": sorted(found.arguments.items()) if isinstance(found.arguments, dict) else [],
        "outcome": sorted(found.outcome.items()) if isinstance(found.outcome, dict) else [],
    }
    return render(request, "organization/job.html", context)


def _doing(act: Callable[[Any, Job], Any], title: Any, button: Any, says: Any) -> Callable[..., HttpResponse]:
    """A step: asked for on its own page, or with the button on the job's."""

    @needs("job.manage", on=Job)
    @require_http_methods(KINDS_OF_REQUEST)
    def do(request: HttpRequest, number: int) -> HttpResponse:
        found = visible_or_404(Job.objects.all(), request, pk=number)
        require(request.user, "job.manage", found)
        if request.method != "POST":
            crumb = {"url": reverse("jobs"), "label": _("Jobs")}
            context = {"form": RowForm({}, {}), "title": title, "button": button, "says": says, "crumb": crumb}
            context |= {"part": found.label, "back": reverse("job", args=[number])}
            return render(request, "organization/form.html", context)
        try:
            act(request.user, found)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("job", args=[number]))

    return do


cancel = _doing(
    cancel_job,
    gettext_lazy("Cancel this job"),
    gettext_lazy("Cancel it"),
    gettext_lazy("One that waits ends at once. One that runs stops at its next safe point; what it has done stays."),
)
retry = _doing(
    retry_job,
    gettext_lazy("Start this job again"),
    gettext_lazy("Start again"),
    gettext_lazy("It waits for a worker anew, with all its attempts, and goes on where it kept count."),
)


def state_chip(job: Any) -> Chip:
    if job.state == LeaseState.RUNNING and job.cancel_asked:
        return Chip(_("being cancelled"), "is-running")
    return Chip(job.get_state_display(), f"is-{job.state}")


def progress(job: Any) -> str:
    """How far it is, in words."""
    if job.total is None:
        return str(job.words)
    said = _("%(done)s of %(total)s") % {"done": job.done, "total": job.total}
    return f"{said} {job.words}".strip()


def who(job: Any) -> str:
    """Who asked for it."""
    return str(job.user) if job.user is not None else _("the system")
