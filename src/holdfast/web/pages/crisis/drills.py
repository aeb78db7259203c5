"""Running an exercise: its clock and its injects for who runs it, notes for observers, and the words that stop it."""

from __future__ import annotations

import contextlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.crisis.drills.actions import (
    all_met,
    end_exercise,
    pause_exercise,
    resume_exercise,
    set_pace,
    stop_exercise,
    what_was_found,
)
from holdfast.crisis.drills.clocks import first_of
from holdfast.crisis.drills.injects import deliver_due, deliver_inject, due_injects, skip_inject
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import VIEW
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import System
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.readiness.exercises.actions import judge_objective, note_response, observe
from holdfast.readiness.exercises.models import (
    Exercise,
    Inject,
    InjectState,
    Met,
    NoteKind,
    Objective,
    ObserverNote,
)
from holdfast.readiness.exercises.rights import EDIT, OBSERVE
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, form_of
from holdfast.web.permissions import needs, visible_or_404

from .shell import form_page, incident_of, show

CLOCK = System("clock of exercises")
PACES = (1, 2, 5, 10, 30, 60, 120, 360, 1440)


def _drill(request: HttpRequest, key: str) -> tuple[Incident, Exercise]:
    """The incident with its exercise. Raises Http404."""
    incident = incident_of(request, key, False)
    if incident.exercise is None:
        raise Http404(_("There is nothing here by this name."))
    return incident, incident.exercise


def _play(exercise: Exercise) -> None:
    """What is due is played in when somebody looks; a job does it where nobody does. A database that cannot be written
    to leaves it to be shown as due."""
    with contextlib.suppress(DatabaseError, ValidationError):
        deliver_due(CLOCK, exercise)


@needs(EDIT, on=Incident)
@require_http_methods(["GET", "HEAD"])
def control(request: HttpRequest, key: str) -> HttpResponse:
    """The clock, what is due next, what was played in, and what observers see."""
    incident, exercise = _drill(request, key)
    require(request.user, EDIT, incident)
    _play(exercise)
    first = first_of(exercise) or incident
    due = {inject.pk for inject in due_injects(exercise)}
    injects = list(exercise.injects.select_related("delivered_by"))
    waiting = [inject for inject in injects if inject.is_waiting]
    context = {
        "exercise": exercise,
        "version": exercise.version,
        "running": first.is_open and first.pace > 0,
        "pace": exercise.pace,
        "paces": PACES,
        "clock": first.moment(),
        "injects": [(inject, exercise.due_at(inject), inject.pk in due) for inject in injects],
        "next": (waiting[0], exercise.due_at(waiting[0])) if waiting else None,
        "waiting": len(waiting),
        "delivered": sum(1 for inject in injects if inject.state == InjectState.DELIVERED),
        "objectives": list(exercise.objectives.all()),
        "notes": list(exercise.notes.select_related("user", "objective", "inject").order_by("-at", "-pk")[:30]),
        "plans": list(exercise.plans.select_related("plan", "test")),
        "ends_at": exercise.story_starts and exercise.due_at(Inject(at_hours=exercise.hours)),
    }
    return show(request, incident, "crisis/drill_control.html", context, tab="control")


@needs(EDIT, on=Incident)
@require_POST
def turn(request: HttpRequest, key: str) -> HttpResponse:
    """One button of the clock: pause, resume, or another pace."""
    incident, exercise = _drill(request, key)
    given = request.POST
    version = int(given["version"]) if given.get("version", "").isdecimal() else None
    user: Any = request.user

    def run() -> None:
        what = given.get("what", "")
        if what == "pause":
            pause_exercise(user, exercise, version=version)
        elif what == "resume":
            resume_exercise(user, exercise, version=version)
        else:
            set_pace(user, exercise, version=version, pace=_number(given.get("pace", "")))

    return _pressed(request, incident, run)


def _number(said: str) -> float:
    try:
        return float(said.replace(",", "."))
    except ValueError:
        raise ValidationError({"pace": _("Wanted a number.")}) from None


def _pressed(request: HttpRequest, incident: Incident, run: Any) -> HttpResponse:
    """Runs an act that a button asks for; what it refuses is said on the page that follows."""
    try:
        run()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return HttpResponseRedirect(f"{incident.address}control/")


def _inject(request: HttpRequest, key: str, part: int) -> tuple[Incident, Inject]:
    incident, exercise = _drill(request, key)
    return incident, visible_or_404(Inject.objects.filter(exercise=exercise), request, pk=part)


@needs(EDIT, on=Inject)
@require_POST
def deliver(request: HttpRequest, key: str, part: int) -> HttpResponse:
    incident, inject = _inject(request, key, part)
    return _pressed(request, incident, lambda: deliver_inject(request.user, inject))  # type: ignore[arg-type]


@needs(EDIT, on=Inject)
@require_http_methods(KINDS_OF_REQUEST)
def skip(request: HttpRequest, key: str, part: int) -> HttpResponse:
    incident, inject = _inject(request, key, part)
    require(request.user, EDIT, inject)
    fields = {"reason": forms.CharField(label=_("Why it is skipped"), max_length=2000)}

    def run(form: Any) -> None:
        skip_inject(request.user, inject, version=form.seen_version, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {}, run, held=inject, back=f"{incident.address}control/", ends=True,
        title=_("Skip inject %(number)d") % {"number": inject.number}, button=_("Skip it"), says=inject.text,
    )  # fmt: skip


@needs(OBSERVE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def respond(request: HttpRequest, key: str, part: int) -> HttpResponse:
    """What was done upon an inject that was delivered."""
    incident, exercise = _drill(request, key)
    require(request.user, OBSERVE, incident)
    inject = exercise.injects.filter(pk=part).exclude(delivered_at=None).first()
    if inject is None:
        raise Http404(_("There is nothing here by this name."))
    fields, values = form_of(Inject, ("response",), request.user, inject)

    def run(form: Any) -> None:
        note_response(request.user, inject, version=form.seen_version, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, dict(fields), dict(values), run, held=inject, back=_home(request, incident),
        title=_("Response to inject %(number)d") % {"number": inject.number}, button=_("Save"), says=inject.text,
    )  # fmt: skip


@needs(OBSERVE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def judge(request: HttpRequest, key: str, part: int) -> HttpResponse:
    incident, exercise = _drill(request, key)
    require(request.user, OBSERVE, incident)
    objective: Objective = visible_or_404(exercise.objectives.all(), request, pk=part)
    fields: dict[str, Any] = {
        "met": forms.ChoiceField(
            label=_("Was it met?"), choices=[one for one in Met.choices if one[0]], widget=forms.RadioSelect
        ),
        "evidence": forms.CharField(
            label=_("What shows it"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
            help_text=objective.measure,
        ),
    }  # fmt: skip

    def run(form: Any) -> None:
        judge_objective(request.user, objective, version=form.seen_version, **form.cleaned_data)  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {"met": objective.met, "evidence": objective.evidence}, run, held=objective,
        back=_home(request, incident), title=str(objective), button=_("Save"),
    )  # fmt: skip


@needs(OBSERVE, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def watch(request: HttpRequest, key: str) -> HttpResponse:
    """An observer's page, made for a phone: one note after the other, what was played in, the objectives."""
    incident, exercise = _drill(request, key)
    require(request.user, OBSERVE, incident)
    _play(exercise)
    played = exercise.injects.exclude(delivered_at=None).order_by("-delivered_at", "-pk")
    objectives = list(exercise.objectives.all())
    fields: dict[str, Any] = {
        "text": forms.CharField(label=_("What you see"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})),
        "kind": forms.ChoiceField(
            label=_("It is"), choices=[(value, str(name)) for value, name in NoteKind.choices], widget=forms.RadioSelect
        ),
        "objective": forms.ModelChoiceField(exercise.objectives.all(), label=_("About the objective"), required=False),
        "inject": forms.ModelChoiceField(played, label=_("About the inject"), required=False),
    }

    def run(form: Any) -> None:
        observe(request.user, exercise=exercise, at=incident.moment(), **form.cleaned_data)  # type: ignore[arg-type]

    mine = visible(ObserverNote.objects.filter(exercise=exercise), request.user)
    if not may(request.user, EDIT, incident) and not exercise.is_over:
        mine = mine.filter(user=request.user.pk)
    return form_page(
        request, incident, fields, {"kind": NoteKind.OBSERVATION}, run, back=f"{incident.address}observe/",
        title=_("Observe"), button=_("Save the note"), template="crisis/drill_observe.html",
        exercise=exercise, objectives=objectives, played=list(played), tab="observe",
        notes=list(mine.select_related("user", "objective", "inject").order_by("-at", "-pk")[:30]),
    )  # fmt: skip


@needs(VIEW, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def stop(request: HttpRequest, key: str) -> HttpResponse:
    """Whoever sees the exercise stops it: one press, the reason may wait."""
    incident, exercise = _drill(request, key)
    fields = {"reason": forms.CharField(label=_("Why (may be left out)"), required=False, max_length=2000)}

    def run(form: Any) -> None:
        stop_exercise(request.user, incident, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {}, run, back=incident.address, ends=True,
        title=_("%(words)s: stop the exercise") % {"words": exercise.stop_words}, button=_("Stop it now"),
        says=_("The clock stands still, nothing is played in any more, and all who take part are told."),
    )  # fmt: skip


@needs(EDIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def end(request: HttpRequest, key: str) -> HttpResponse:
    """The end: why, and what it showed of each plan."""
    incident, exercise = _drill(request, key)
    require(request.user, EDIT, incident)
    tried = list(exercise.plans.select_related("plan"))
    fields: dict[str, Any] = {
        "reason": forms.CharField(label=_("Why it ends"), max_length=4000),
        "broken_off": forms.BooleanField(label=_("It is broken off: nothing is recorded of it"), required=False),
    }
    values: dict[str, Any] = {"reason": _("All is played.")}
    for one in tried:
        about = {"plan": one.plan.title}
        fields[f"held-{one.pk}"] = forms.BooleanField(label=_("“%(plan)s” held") % about, required=False)
        fields[f"found-{one.pk}"] = forms.CharField(
            label=_("What was found in “%(plan)s”") % about, required=False, max_length=4000,
            widget=forms.Textarea(attrs={"rows": 4}),
        )  # fmt: skip
        values |= {f"held-{one.pk}": all_met(exercise), f"found-{one.pk}": what_was_found(exercise)}

    def run(form: Any) -> str:
        given = form.cleaned_data
        end_exercise(
            request.user,  # type: ignore[arg-type]
            exercise,
            version=form.seen_version,
            reason=given["reason"],
            broken_off=given["broken_off"],
            held={one.plan.key: given[f"held-{one.pk}"] for one in tried},
            found={one.plan.key: given[f"found-{one.pk}"] for one in tried},
        )
        return f"{incident.address}afterwards/"

    unjudged = exercise.objectives.filter(met="").count()
    says = _("What it showed is written into the tests of the plans, and times that were measured are proposed.")
    if unjudged:
        says += " " + _("%(n)d objectives are not judged yet: judge them first.") % {"n": unjudged}
    return form_page(
        request, incident, fields, values, run, held=exercise, back=f"{incident.address}control/", ends=True,
        title=_("End the exercise"), button=_("End it"), says=says,
    )  # fmt: skip


def _home(request: HttpRequest, incident: Incident) -> str:
    """Back to where one came from: the control page for who runs it, else the observer's."""
    return f"{incident.address}{'control' if may(request.user, EDIT, incident) else 'observe'}/"


urlpatterns = [
    path("drill/<str:key>/control/", control, name="drill-control"),
    path("drill/<str:key>/clock/", turn, name="drill-clock"),
    path("drill/<str:key>/injects/<int:part>/deliver/", deliver, name="drill-inject-deliver"),
    path("drill/<str:key>/injects/<int:part>/skip/", skip, name="drill-inject-skip"),
    path("drill/<str:key>/injects/<int:part>/response/", respond, name="drill-inject-response"),
    path("drill/<str:key>/objectives/<int:part>/", judge, name="drill-objective"),
    path("drill/<str:key>/observe/", watch, name="drill-observe"),
    path("drill/<str:key>/stop/", stop, name="drill-stop"),
    path("drill/<str:key>/end/", end, name="drill-end"),
]
