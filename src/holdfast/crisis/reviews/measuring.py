"""How long things really took, proposed to the model.

Parts of the room that have measured something say so by a function in MEASURES, each under its own name; asked again it
brings a proposal up to date that nobody has decided on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.questions import Recovery, actual_recoveries
from holdfast.crisis.reviews.models import Measurement, MeasurementState
from holdfast.crisis.tasks.questions import measured_by_process
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.saving import save_all


@dataclass(frozen=True)
class Measured:
    """A node was back `hours` after it went down or its plan was activated; `said` is how we know."""

    node: Node
    hours: float
    said: str


def _of_tasks(incident: Incident) -> Iterator[Measured]:
    """Processes that the tasks of a plan brought back."""
    said = gettext("From the outage until every task that brings it back was done.")
    for node, hours in measured_by_process(incident).items():
        yield Measured(node, hours, said)


def _of_picture(incident: Incident) -> Iterator[Measured]:
    """What was out and works again; of what was out several times, the longest."""
    longest: dict[int, Recovery] = {}
    for one in actual_recoveries(incident):
        known = longest.get(one.node.pk)
        if known is None or one.hours > known.hours:
            longest[one.node.pk] = one
    for one in longest.values():
        about = {"since": f"{one.since:%Y-%m-%d %H:%M}", "until": f"{one.until:%Y-%m-%d %H:%M}"}
        yield Measured(one.node, one.hours, gettext("Out from %(since)s until %(until)s UTC.") % about)


MEASURES: dict[str, Callable[[Incident], Iterable[Measured]]] = {"tasks": _of_tasks, "picture": _of_picture}
"""What other parts have measured in an incident, by the name of the part."""


def propose_measured(by: Actor, incident: Incident) -> list[Measurement]:
    """Proposes what was measured, inside an act; gives what is new or has changed. Asked twice it changes nothing."""
    there = {(row.node_id, row.origin): row for row in Measurement.objects.filter(incident=incident)}
    touched: list[Measurement] = []
    for origin, measure in sorted(MEASURES.items()):
        for one in measure(incident):
            row = there.get((one.node.pk, origin))
            if row is None:
                row = Measurement(incident=incident, node=one.node, origin=origin, proposed_at=clock.now())
                there[one.node.pk, origin] = row
            elif row.state != MeasurementState.PROPOSED or (row.hours, row.said) == (one.hours, one.said):
                continue
            row.hours, row.said = one.hours, one.said
            touched.append(row)
    save_all(touched, by)
    return touched
