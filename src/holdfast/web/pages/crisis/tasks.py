"""Tasks of an incident: the board, a plan over time beside what was planned, one task, and one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN, VIEW
from holdfast.crisis.tasks.actions.working import is_approver, is_doer
from holdfast.crisis.tasks.models import ENDED, ActiveTask, PlanRun, TaskState
from holdfast.crisis.tasks.moving import family, waits
from holdfast.crisis.tasks.questions import Way, my_tasks, tasks_of, ways_of
from holdfast.crisis.tasks.rights import TASK
from holdfast.formats.charts import Span, gantt_chart
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may
from holdfast.web.pages.whatif.wording import hours
from holdfast.web.permissions import needs

from . import places, task_forms
from .shell import both, incident_of, place, show
from .task_forms import sees, task_at

COLUMNS = (
    (TaskState.BLOCKED,),
    (TaskState.READY,),
    (TaskState.ASSIGNED,),
    (TaskState.ACCEPTED, TaskState.DOING),
    (TaskState.WAITING,),
    (TaskState.DONE, TaskState.NOT_NEEDED, TaskState.STOOD_DOWN),
)
SHOWN = ("all", "mine", "late", "blocked", "nobody")
ORDERS = ("state", "person", "time")
TICKS = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 36.0, 48.0, 72.0, 168.0, 336.0, 672.0, 2016.0)


@needs(VIEW, on=Incident)
@require_safe
def board(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """How far the plans are, what holds them up, and who has what."""
    incident = incident_of(request, key, real)
    now = incident.moment()
    everything = tasks_of(incident)
    ways = ways_of(incident, everything)
    wanted = request.GET.get("show", "all")
    order = request.GET.get("by", "state")
    wanted, order = (wanted if wanted in SHOWN else "all"), (order if order in ORDERS else "state")
    mine = {task.pk for task in my_tasks(request.user, incident, clock.today())} if wanted == "mine" else set()
    keep: Callable[[ActiveTask], bool] = {
        "all": lambda task: True,
        "mine": lambda task: task.pk in mine,
        "late": lambda task: task.is_late(now),
        "blocked": lambda task: task.state == TaskState.BLOCKED,
        "nobody": lambda task: task.is_open and task.owner_id is None,
    }[wanted]
    critical = {task.pk for way in ways for task in way.tasks if way.run.state == "running" and _critical(way, task)}
    cards = [_card(task, now, task.pk in critical) for task in everything if keep(task)]
    context = {
        "ways": [_way(way) for way in ways],
        "counts": _counts(everything, now),
        "groups": _grouped(cards, order),
        "order": order,
        "wanted": wanted,
        "shows": [(name, label) for name, label in _shows()],
        "orders": [(name, label) for name, label in _orders()],
        "any": bool(everything),
        "empty": not cards,
    }
    return show(request, incident, "crisis/tasks.html", context, tab="tasks")


@needs(VIEW, on=PlanRun)
@require_safe
def over_time(request: HttpRequest, key: str, real: bool, run: str) -> HttpResponse:
    """One plan under way: planned and actual as bars, what binds it, when each process is back."""
    incident = incident_of(request, key, real)
    way = next((way for way in ways_of(incident) if way.run.key == run), None)
    if way is None:
        raise Http404(_("There is nothing here by this name."))
    rows = [
        {
            "task": task,
            "slot": way.slots[task.code],
            "start": way.when(way.slots[task.code].start),
            "finish": way.when(way.slots[task.code].finish),
            "planned_start": way.run.at(task.planned_start) if task.planned_start is not None else None,
            "planned_finish": way.run.at(task.planned_finish) if task.planned_finish is not None else None,
            "will_be_late": way.will_be_late(task),
            "critical": _critical(way, task),
        }
        for task in way.tasks
    ]
    context = {"way": _way(way), "rows": rows, "backs": way.backs, "picture": _gantt(way)}
    return show(request, incident, "crisis/task_times.html", context, tab="tasks")


@needs(VIEW, on=ActiveTask)
@require_safe
def one(request: HttpRequest, key: str, real: bool, task: str) -> HttpResponse:
    """One task: what, who, until when, what was done with it, and what can be done."""
    incident_of(request, key, real)
    incident, row = task_at(request, key, real, task)
    way = next((way for way in ways_of(incident) if row.run_id == way.run.pk), None)
    slot = way.slots.get(row.code) if way is not None else None
    entries = [
        entry
        for member in family(incident)
        for entry in member.log.entries.filter(body__task=row.key).order_by("-number")[:20]
    ]
    context = {
        "task": row,
        "card": _card(row, incident.moment(), bool(way and _critical(way, row))),
        "finish": way.when(slot.finish) if way is not None and slot is not None else None,
        "slot": slot,
        "waits": waits(row),
        "entries": entries,
        "given": row.given.select_related("pool").filter(ended_at=None),
        **_abilities(request.user, row, may_run=may(request.user, RUN, row)),
    }
    return show(request, incident, "crisis/task.html", context, tab="tasks")


@needs(TASK)
@require_safe
def mine(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """What is for the reader to do, on a telephone: accept, done, blocked. No other right is needed than having it."""
    incident = Incident.objects.select_related("log", "site__parent__parent").filter(key=key, real=real).first()
    tasks = my_tasks(request.user, incident, clock.today()) if incident is not None else []
    if incident is None or (not tasks and not sees(request, incident)):
        raise Http404(_("There is nothing here by this name."))
    person = getattr(request.user, "person", None)
    now = incident.moment()
    own = [task for task in tasks if person is not None and task.owner_id == person.pk]
    asked = [task for task in tasks if task.awaits_approval and task.state != TaskState.WAITING]
    asked = [task for task in asked if is_approver(request.user, task)]
    doable = [task for task in own if task.is_open and task.state != TaskState.WAITING]
    context = {
        "asked": [_card(task, now, False) for task in asked],
        "doable": [_card(task, now, False) for task in doable],
        "later": [_card(task, now, False) for task in own if task.state == TaskState.WAITING],
        "standing": [
            _card(task, now, False) for task in tasks if task not in own and task.is_open and task not in asked
        ],
        "done": [_card(task, now, False) for task in own if not task.is_open],
        "sees": sees(request, incident),
        "here": place(incident, "my-tasks"),
    }
    return show(request, incident, "crisis/my_tasks.html", context, tab="tasks")


def _critical(way: Way, task: ActiveTask) -> bool:
    slot = way.slots.get(task.code)
    return task.is_open and slot is not None and slot.critical


def _card(task: ActiveTask, now: datetime, critical: bool) -> dict[str, Any]:
    return {"task": task, "late": task.is_late(now), "critical": critical, "open": task.is_open}


def _abilities(user: Any, task: ActiveTask, *, may_run: bool) -> dict[str, Any]:
    """Which buttons the page of a task shows."""
    does = task.is_open and task.incident.is_open and is_doer(user, task)
    state = task.state
    return {
        "runs": may_run and task.is_open,
        "can_approve": task.awaits_approval and (may_run or is_approver(user, task)),
        "can_accept": does and task.accepted_at is None and state not in (TaskState.DOING, TaskState.BLOCKED),
        "can_begin": does
        and state in (TaskState.ASSIGNED, TaskState.ACCEPTED, TaskState.READY, TaskState.WAITING)
        and not task.awaits_approval,
        "can_finish": does and not task.awaits_approval and state != TaskState.WAITING,
        "can_block": does and state != TaskState.BLOCKED,
        "can_go_on": does and state == TaskState.BLOCKED,
        "can_fail": does
        and state in (TaskState.DOING, TaskState.ACCEPTED)
        and bool(task.way_back or task.verification),
        "can_decline": does and task.owner is not None and task.owner.user_id == user.pk,
        "can_take": does and (task.owner is None or task.owner.user_id != user.pk) and hasattr(user, "person"),
    }


def _counts(tasks: list[ActiveTask], now: datetime) -> list[str]:
    """The state of all in words."""
    open_ = [task for task in tasks if task.is_open]
    done = sum(1 for task in tasks if task.state in (TaskState.DONE, TaskState.NOT_NEEDED))
    late = sum(1 for task in open_ if task.is_late(now))
    blocked = sum(1 for task in open_ if task.state == TaskState.BLOCKED)
    nobody = sum(1 for task in open_ if task.owner_id is None)
    found = [_("%(done)d of %(all)d done") % {"done": done, "all": len(tasks)}]
    if late:
        found.append(ngettext("%(n)d late", "%(n)d late", late) % {"n": late})
    if blocked:
        found.append(ngettext("%(n)d blocked", "%(n)d blocked", blocked) % {"n": blocked})
    if nobody:
        found.append(ngettext("%(n)d has nobody", "%(n)d have nobody", nobody) % {"n": nobody})
    return found


def _way(way: Way) -> dict[str, Any]:
    """A plan under way as it is told: how far, until when, what holds it up."""
    late = way.behind
    if late is None:
        says = _("open, for something is blocked")
    elif abs(late) < timedelta(minutes=5):
        says = _("as planned")
    elif late > timedelta(0):
        says = _("%(span)s later than planned") % {"span": hours(late.total_seconds() / 3600)}
    else:
        says = _("%(span)s earlier than planned") % {"span": hours(-late.total_seconds() / 3600)}
    return {
        "run": way.run,
        "way": way,
        "done": way.done,
        "all": len(way.tasks),
        "percent": way.percent,
        "ends_at": way.ends_at,
        "low": way.when(way.end.p10) if way.end else None,
        "high": way.when(way.end.p90) if way.end else None,
        "says": says,
        "running": way.run.state == "running",
        "holding": way.holding[:3],
        "late": way.late,
        "gaps": way.gaps,
    }


def _grouped(cards: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """The tasks by state as columns, by person, or as one list by time."""
    if order == "time":
        cards = sorted(cards, key=lambda card: (not card["open"], card["task"].due, card["task"].pk))
        return [{"name": "", "cards": cards}] if cards else []
    if order == "person":
        people: dict[Any, list[dict[str, Any]]] = {}
        for card in cards:
            people.setdefault(card["task"].owner, []).append(card)
        named = sorted((who for who in people if who is not None), key=lambda who: (who.name, who.pk))
        found = [{"name": _("Nobody"), "cards": people[None]}] if None in people else []
        return found + [{"name": who.name, "cards": people[who]} for who in named]
    heads = (
        _("Blocked"),
        _("Nobody has it"),
        _("Assigned"),
        _("Accepted, being done"),
        _("Waiting for others"),
        _("Over"),
    )
    over: list[dict[str, Any]] = []
    for head, states in zip(heads, COLUMNS, strict=True):
        these = [card for card in cards if card["task"].state in states]
        if these:
            over.append({"name": head, "cards": these, "over": states[0] in ENDED})
    return over


def _shows() -> list[tuple[str, str]]:
    return [
        ("all", _("All")),
        ("mine", _("Mine")),
        ("late", _("Late")),
        ("blocked", _("Blocked")),
        ("nobody", _("Nobody’s")),
    ]


def _orders() -> list[tuple[str, str]]:
    return [("state", _("by state")), ("person", _("by person")), ("time", _("by time"))]


def _gantt(way: Way) -> str:
    """Planned and actual, as SVG."""
    spans = []
    for task in way.tasks:
        slot = way.slots[task.code]
        state = "done" if slot.done else "blocked" if task.state == TaskState.BLOCKED else "ahead"
        if task.state == TaskState.DOING:
            state = "doing"
        was = None
        if task.planned_start is not None and task.planned_finish is not None:
            was = (task.planned_start, task.planned_finish)
        spans.append(
            Span(f"{task.code} {task.title}", slot.start, slot.finish, _critical(way, task), state=state, was=was)
        )
    if not spans:
        return ""
    says = _("Each task as a bar: as it went and is forecast, the plan as a line below. %(done)d of %(all)d are done.")
    ticks = [(tick, hours(tick) if tick else "0") for tick in TICKS]
    marks = [(way.hour, _("now"))] if way.run.state == "running" else []
    below = _("Time from activation")
    return gantt_chart(spans, ticks, says=says % {"done": way.done, "all": len(spans)}, below=below, marks=marks).svg


urlpatterns = [
    *both("my-tasks/", mine, "my-tasks"),
    *both("tasks/", board, "tasks"),
    *places.urlpatterns,
    *task_forms.urlpatterns,
    *both("tasks/plans/<str:run>/", over_time, "plan-run"),
    *both("tasks/<str:task>/", one, "task"),
]
