"""Where tasks join in what others do: activation, stand-down, the end of an incident."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from holdfast.crisis.incidents.actions import CLOSING
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.tasks.questions import still_open


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


def join() -> None:
    CLOSING.append(closing)
