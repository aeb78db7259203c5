"""Seats, licences and places of a pool are given out, and come back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.actions import refuse_ended, tell
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN
from holdfast.crisis.tasks.models import ActiveTask, Given
from holdfast.crisis.tasks.moving import family, room_of
from holdfast.crisis.tasks.pools import Use, most, out_of, uses_of
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Node, Person, Pool
from holdfast.organization.structure.saving import change, create


@act("incident.give", RUN, label=_("give out places of a pool"), under="incident")
def give_out(
    by: Actor,
    *,
    incident: Incident,
    pool: Pool,
    amount: float,
    process: Node | None = None,
    task: ActiveTask | None = None,
    unit: Unit | None = None,
    person: Person | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    reason: str = "",
) -> Given:
    """From now on, where `since` is not said. Raises ValidationError where at any moment more would be out than there
    is and no reason is given: of all real incidents together, of an exercise by itself."""
    refuse_ended(incident)
    # Whoever gives out of a pool holds it: of two who want the last seat at once, the second sees that it is gone.
    pool = Pool.objects.select_for_update().get(pk=pool.pk)
    now = incident.moment()
    given = Given(
        incident=incident, pool=pool, amount=amount, process=process, task=task, unit=unit, person=person,
        since=since or now, until=until, reason=reason.strip(),
    )  # fmt: skip
    given.check_row()
    if task is not None and task.incident_id not in {one.pk for one in family(incident)}:
        raise ValidationError({"task": gettext("This task is another incident's.")})
    uses = [*uses_of(out_of([pool.pk], incident), now), Use(amount, given.since, until)]
    top, when = most(uses, given.since, until)
    capacity = float(pool.capacity.value or 0.0)
    over = top > capacity + 1e-9
    if over and not given.reason:
        about: dict[str, Any] = {
            "pool": pool, "top": f"{top:g}", "capacity": f"{capacity:g}", "measure": pool.measure,
            "when": when.astimezone(incident.zone).strftime("%Y-%m-%d %H:%M %Z"),
        }  # fmt: skip
        message = gettext(
            "%(pool)s: %(top)s of %(capacity)s %(measure)s would be out at %(when)s. Say why, or give fewer."
        )
        raise ValidationError({"reason": message % about})
    if not over:
        given.reason = ""
    create(given, by)
    words = {"amount": f"{amount:g}", "measure": pool.measure, "pool": pool, "to": given.to}
    tell(
        by, incident, "places.given", gettext("%(amount)s %(measure)s of %(pool)s given to %(to)s") % words,
        body={
            "pool": pool.key, "amount": amount, "to": given.to.stable_key, "since": given.since.isoformat(),
            "until": until.isoformat() if until else None, "out": top, "capacity": capacity, "reason": given.reason,
        },
    )  # fmt: skip
    return given


@act("incident.take_back", RUN, label=_("take back places of a pool"), on="given")
def take_back(by: Actor, given: Given, *, version: int) -> Given:
    """They are free from now on; back already: nothing to do."""
    room = room_of(given.incident)
    if given.ended_at is not None:
        return given
    change(given, {"ended_at": max(given.incident.moment(), given.since)}, {"ended_at"}, by)
    words = {"amount": f"{given.amount:g}", "measure": given.pool.measure, "pool": given.pool, "to": given.to}
    tell(
        by, room, "places.back", gettext("%(amount)s %(measure)s of %(pool)s given back by %(to)s") % words,
        body={"pool": given.pool.key, "amount": given.amount, "to": given.to.stable_key},
    )  # fmt: skip
    return given
