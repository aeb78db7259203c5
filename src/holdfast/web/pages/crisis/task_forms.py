"""Forms of tasks under way: what their owners do, from any page or telephone, and what those who run it all do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN, VIEW
from holdfast.crisis.tasks import actions as acts
from holdfast.crisis.tasks.actions.starting import parts_of
from holdfast.crisis.tasks.actions.working import is_approver
from holdfast.crisis.tasks.models import ActiveTask, PlanRun, RunState
from holdfast.crisis.tasks.moving import family
from holdfast.crisis.tasks.rights import TASK
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.organization.structure.models import Person
from holdfast.readiness.plans.models import Plan
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.fields import RowField
from holdfast.web.permissions import needs

from .fields import LocalField
from .shell import both, form_page, incident_of, place

Fields = dict[str, Any]


def words(label: Any, *, required: bool = True, rows: int = 3, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )  # fmt: skip


def task_at(request: HttpRequest, key: str, real: bool, task: str) -> tuple[Incident, ActiveTask]:
    """The incident and the task of it, as who has the task may see both. Raises Http404."""
    rows = ActiveTask.objects.select_related("incident__site__parent__parent", "run__plan", "owner__user", "process")
    found: ActiveTask | None = visible(rows, request.user).filter(key=task).first()
    incident = Incident.objects.select_related("log", "site__parent__parent").filter(key=key, real=real).first()
    if found is None or incident is None or found.incident not in family(incident):
        raise Http404(_("There is nothing here by this name."))
    return incident, found


def sees(request: HttpRequest, incident: Incident) -> bool:
    return may(request.user, VIEW, incident)


@dataclass(frozen=True)
class Verb:
    """What is done to a task: its act, what is asked, and the words of the form."""

    name: str
    act: Callable[..., Any]
    title: str | Promise
    button: str | Promise
    fields: Callable[[ActiveTask, Any], Fields] = field(default=lambda task, user: {})
    permission: str = TASK
    says: str | Promise = ""
    ends: bool = False
    by_version: bool = False


def _finishing(task: ActiveTask, _user: Any) -> Fields:
    found: Fields = {}
    if task.verification.strip():
        found["verified"] = words(_("What the verification found"), help_text=task.verification)
    return found | {"note": words(_("What else is to be said"), required=False, rows=2)}


def _failing(task: ActiveTask, _user: Any) -> Fields:
    back = _("The way back: %(how)s") % {"how": task.way_back} if task.way_back else ""
    return {"found": words(_("What failed"), help_text=back)}


def _approving(task: ActiveTask, user: Any) -> Fields:
    if is_approver(user, task):
        return {}
    return {"instead": words(_("Why you decide in place of: %(role)s") % {"role": task.approver}, rows=2)}


def _assigning(task: ActiveTask, user: Any) -> Fields:
    persons = visible(Person.objects.as_of(clock.today()), user).order_by("name")
    return {"to": RowField(persons, label=_("To whom")), "why": words(_("Why"), required=False, rows=2)}


def _moving(task: ActiveTask, _user: Any) -> Fields:
    return {"due": LocalField(task.incident.zone, label=_("Due")), "why": words(_("Why"), rows=2)}


VERBS = (
    Verb("accept", acts.accept_task, gettext_lazy("Accept the task"), gettext_lazy("Accept")),
    Verb("begin", acts.begin_task, gettext_lazy("Begin the task"), gettext_lazy("I begin")),
    Verb("done", acts.finish_task, gettext_lazy("The task is done"), gettext_lazy("Done"), _finishing),
    Verb(
        "blocked", acts.block_task, gettext_lazy("The task is blocked"), gettext_lazy("Blocked"),
        lambda task, user: {"why": words(_("What blocks it")), "helps": words(_("What would help"), required=False)},
    ),
    Verb(
        "goes-on", acts.unblock_task, gettext_lazy("The task goes on"), gettext_lazy("It goes on"),
        lambda task, user: {"how": words(_("What helped"), required=False, rows=2)},
    ),
    Verb(
        "failed", acts.fail_task, gettext_lazy("The step failed"), gettext_lazy("It failed"),
        _failing,
        ends=True,
    ),
    Verb(
        "cannot", acts.decline_task, gettext_lazy("I cannot do it"), gettext_lazy("Hand it on"),
        lambda task, user: {"why": words(_("Why"), rows=2)},
        says=gettext_lazy("It goes to who stands in; those who run the incident are told where nobody does."),
    ),
    Verb("take-over", acts.take_over_task, gettext_lazy("Take over the task"), gettext_lazy("Take it over")),
    Verb("approve", acts.approve_task, gettext_lazy("Let the step begin"), gettext_lazy("It may begin"), _approving),
    Verb(
        "assign", acts.assign_task, gettext_lazy("Give the task to somebody"), gettext_lazy("Give it"), _assigning,
        permission=RUN, by_version=True,
    ),
    Verb(
        "due", acts.set_due, gettext_lazy("Move when it is due"), gettext_lazy("Move it"), _moving, permission=RUN,
        by_version=True,
    ),
    Verb(
        "not-needed", acts.skip_task, gettext_lazy("The task is not needed"), gettext_lazy("Not needed"),
        lambda task, user: {"reason": words(_("Why it is not needed"), rows=2)}, permission=RUN, ends=True,
    ),
)  # fmt: skip


def _page_of(verb: Verb) -> Callable[..., HttpResponse]:
    @needs(verb.permission, on=ActiveTask)
    @require_http_methods(KINDS_OF_REQUEST)
    def take(request: HttpRequest, key: str, real: bool, task: str) -> HttpResponse:
        incident, row = task_at(request, key, real, task)
        require(request.user, verb.permission, row)

        def run(form: Any) -> None:
            seen = {"version" if verb.by_version else "seen": form.seen_version}
            verb.act(request.user, row, **seen, **form.cleaned_data)

        seen = sees(request, incident)
        back = place(incident, "task", row.key) if seen else place(incident, "my-tasks")
        return form_page(
            request, incident, verb.fields(row, request.user), {"due": row.due}, run,
            title=verb.title, button=verb.button, back=back, says=verb.says or row.title, held=row, ends=verb.ends,
            template="crisis/form.html" if seen else "crisis/task_form.html", sees=seen,
        )  # fmt: skip

    return take


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def add(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """A task beside the plans."""
    incident = incident_of(request, key, real)
    require(request.user, RUN, incident)
    persons = visible(Person.objects.as_of(clock.today()), request.user).order_by("name")
    runs = PlanRun.objects.filter(incident=incident, state=RunState.RUNNING)
    fields: Fields = {
        "title": forms.CharField(label=_("What is to be done"), max_length=300),
        "owner": RowField(persons, label=_("By whom"), required=False),
        "due": LocalField(incident.zone, label=_("Due")),
        "details": words(_("How"), required=False),
    }
    if runs:
        fields["run"] = forms.ModelChoiceField(runs, label=_("Belongs to the plan"), required=False)

    def run(form: Any) -> None:
        acts.add_task(request.user, incident=incident, **form.cleaned_data)

    return form_page(
        request, incident, fields, {}, run, title=_("Add a task"), button=_("Add it"), back=place(incident, "tasks"),
        says=_("Beside the plans: with who does it, and until when."),
    )  # fmt: skip


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def start(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """A plan goes under way by itself, without an activation of all: recovery plans, and plans tried in an exercise."""
    incident = incident_of(request, key, real)
    require(request.user, RUN, incident)
    on = clock.today()
    running = PlanRun.objects.filter(incident=incident, state=RunState.RUNNING).values("plan")
    plans = Plan.objects.exclude(pk__in=running)
    plans = visible(plans.in_force(on) if real else plans.newest(), request.user).order_by("title")
    fields: Fields = {
        "plan": RowField(plans, label=_("Plan")),
        "parts": forms.BooleanField(label=_("With the plans that are parts of it"), required=False),
    }

    def run(form: Any) -> None:
        plan = form.cleaned_data["plan"]
        parts = parts_of(plan, on) if form.cleaned_data["parts"] else []
        acts.start_plan(request.user, incident, plan, parts=parts)

    return form_page(
        request, incident, fields, {}, run, title=_("Set a plan under way"), button=_("Set it under way"),
        back=place(incident, "tasks"),
        says=_("Each of its tasks goes to who holds the post of its role, with the time that the plan gives it."),
    )  # fmt: skip


@needs(RUN, on=PlanRun)
@require_http_methods(KINDS_OF_REQUEST)
def end(request: HttpRequest, key: str, real: bool, run: str) -> HttpResponse:
    """A plan is stood down."""
    incident = incident_of(request, key, real)
    row = PlanRun.objects.filter(key=run, incident__in=family(incident)).select_related("incident", "plan").first()
    if row is None:
        raise Http404(_("There is nothing here by this name."))
    require(request.user, RUN, row)

    def go(form: Any) -> None:
        acts.stand_down_plan(request.user, row, version=form.seen_version, **form.cleaned_data)

    return form_page(
        request, incident, {"reason": words(_("Why"), rows=2)}, {}, go, held=row, ends=True,
        title=_("Stand the plan down"), button=_("Stand it down"), back=place(incident, "tasks"),
        says=_("“%(plan)s”: its open tasks end, and the seats given out for them come back.") % {"plan": row},
    )  # fmt: skip


urlpatterns = [
    *both("tasks/new/", add, "task-new"),
    *both("tasks/start/", start, "plan-start"),
    *both("tasks/plans/<str:run>/stand-down/", end, "plan-run-end"),
    *(one for verb in VERBS for one in both(f"tasks/<str:task>/{verb.name}/", _page_of(verb), f"task-{verb.name}")),
]
