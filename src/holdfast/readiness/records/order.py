"""In which order the systems that keep records move to the content platform (A/63/359, 47): by what they serve.

First the system whose processes serve the most critical functions; among equals the one whose processes can wait the
least (shortest MTPD; not known comes last), then the one that serves more processes, then the one that keeps more
records. What else decides, such as the age of the system or its contract, is not weighed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.organization.structure.models import Node
from holdfast.readiness.records.models import VitalRecord
from holdfast.readiness.records.serving import Chains, Served


@dataclass(frozen=True)
class Place:
    """A system in the order: `rank` counts from 1; equals share it."""

    rank: int
    system: Node
    records: tuple[VitalRecord, ...]
    served: Served


def moving_order(records: Sequence[VitalRecord], chains: Chains) -> list[Place]:
    """The systems that keep these records, the first to move first. What a system serves: the processes of its records,
    and those that need the system itself."""
    kept: dict[int, list[VitalRecord]] = defaultdict(list)
    for record in records:
        if record.system is not None:
            kept[record.system.pk].append(record)
    judged = []
    for rows in kept.values():
        system = rows[0].system
        assert system is not None
        judged.append((system, rows, chains.served([system.pk, *(row.node_id for row in rows)])))
    judged.sort(key=lambda one: (*_weight(one[2], one[1]), one[0].name))
    found: list[Place] = []
    for position, (system, rows, served) in enumerate(judged, 1):
        before = found[-1] if found else None
        same = before is not None and _weight(before.served, before.records) == _weight(served, rows)
        rank = before.rank if same and before is not None else position
        found.append(Place(rank, system, tuple(rows), served))
    return found


def _weight(served: Served, records: Sequence[VitalRecord]) -> tuple[float, ...]:
    mtpd = served.mtpd
    shortest = mtpd.value if mtpd is not None and mtpd.value is not None else float("inf")
    return (-len(served.functions), shortest, -len(served.processes), -len(records))
