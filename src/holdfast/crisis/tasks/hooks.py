"""Where tasks join in what others do: activation, stand-down, the end of an incident."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from holdfast.crisis.decisions.activation import ACTIVATED, STOOD_DOWN
from holdfast.crisis.decisions.models import Activation
from holdfast.crisis.incidents.actions import CLOSING
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.tasks.actions.starting import end_run, start_among
from holdfast.crisis.tasks.models import PlanRun, RunState
from holdfast.crisis.tasks.questions import still_open
from holdfast.organization.accounts.acts import Actor


def closing(incident: Incident) -> list[str]:
    """Tasks that are not over, and seats that are still out."""
    tasks, out = still_open(incident)
    found = []
    if tasks:
        found.append(ngettext("%(n)d task is open", "%(n)d tasks are open", tasks) % {"n": tasks})
    for one in out:
        about = {"amount": f"{one.amount:g}", "measure": one.pool.measure, "pool": one.pool, "to": one.to}
        found.append(gettext("%(amount)s %(measure)s of %(pool)s are out: %(to)s") % about)
    return found


def activated(by: Actor, activation: Activation) -> None:
    """The plans go under way."""
    rows = activation.plans.select_related("plan__agreement", "plan__part_of__agreement").order_by("pk")
    start_among(by, activation.incident, [row.plan for row in rows], activation)


def stood_down(by: Actor, activation: Activation) -> None:
    """What is still open of the plans that went under way with it, and of their parts, ends."""
    runs = list(PlanRun.objects.select_for_update().filter(activation=activation, state=RunState.RUNNING))
    runs += PlanRun.objects.select_for_update().filter(within__in=runs, activation=None, state=RunState.RUNNING)
    for run in runs:
        end_run(by, run, activation.ended_because)


CLOSING.append(closing)
ACTIVATED.append(activated)
STOOD_DOWN.append(stood_down)
