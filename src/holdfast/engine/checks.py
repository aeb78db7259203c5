"""Named checks of a twin: what it says that is possible and yet most likely a mistake.

Each check is one function that yields complaints, and is known by the function's name on pages, on the command line
and in docs/methods/checks.md. What cannot be read at all is an ``InputError`` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from holdfast.engine import grid, kernel
from holdfast.engine.twin import Node, Requirement, Twin, likely


class Hours(float):
    """A length of time among the values of a complaint."""

    def __str__(self) -> str:
        return f"{float(self):g} h"


class Amount(float):
    """A number without a unit of its own."""

    def __str__(self) -> str:
        return f"{float(self):g}"


class Ids(tuple[str, ...]):
    """Ids of nodes."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


@dataclass(frozen=True)
class Complaint:
    """``check`` is the check's name, ``node`` the node's id (empty for a pool), ``path`` the place in the JSON.

    ``said`` is the complaint with places for its ``values`` (hours, amounts, ids), so that a page can say it in the
    reader's language and with names.
    """

    check: str
    node: str
    path: str
    said: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return self.said % self.values

    def as_json(self) -> dict[str, str]:
        return {"check": self.check, "node": self.node, "path": self.path, "message": self.message}


def gettext_noop(said: str) -> str:
    """Marks words for those who collect what is to be translated."""
    return said


def check(twin: Twin) -> list[Complaint]:
    """The complaints of all checks, in the order of the checks and then of the file."""
    return [complaint for one in CHECKS for complaint in one(twin)]


def _complain(one: Callable[..., object], node: str, path: str, said: str, **values: Any) -> Complaint:
    return Complaint(one.__name__, node, path, said, values)


def _processes(twin: Twin) -> Iterator[tuple[str, Node]]:
    for i, node in enumerate(twin.nodes):
        if node.kind == "process":
            yield f"nodes[{i}]", node


def _requirements(twin: Twin) -> Iterator[tuple[str, Node, Requirement]]:
    for i, node in enumerate(twin.nodes):
        for g, requirement in enumerate(node.requirements):
            yield f"nodes[{i}].requirements[{g}]", node, requirement


def check_process_without_requirement(twin: Twin) -> Iterator[Complaint]:
    """A process that needs nothing can fail only when it is hit itself."""
    for path, node in _processes(twin):
        if not node.requirements:
            yield _complain(
                check_process_without_requirement,
                node.id,
                path,
                gettext_noop("requires nothing, so no outage reaches it"),
            )


def check_process_without_mtpd(twin: Twin) -> Iterator[Complaint]:
    """Without a maximum tolerable period of disruption a process can never breach one."""
    for path, node in _processes(twin):
        if node.mtpd is None:
            yield _complain(
                check_process_without_mtpd,
                node.id,
                f"{path}.mtpd",
                gettext_noop("has no maximum tolerable period of disruption, so it never breaches one"),
            )


def check_rto_longer_than_mtpd(twin: Twin) -> Iterator[Complaint]:
    """A recovery time objective later than what is tolerable aims at a breach."""
    for path, node in _processes(twin):
        if node.rto is not None and node.mtpd is not None and node.rto > node.mtpd:
            yield _complain(
                check_rto_longer_than_mtpd,
                node.id,
                f"{path}.rto",
                gettext_noop("aims to be back after %(rto)s, but tolerates only %(mtpd)s"),
                rto=Hours(node.rto),
                mtpd=Hours(node.mtpd),
            )


def check_restart_longer_than_mtpd(twin: Twin) -> Iterator[Complaint]:
    """A process that takes longer to restart than it may be down breaches at the shortest interruption."""
    for path, node in _processes(twin):
        restart = likely(node.restart)
        if node.mtpd is not None and restart > node.mtpd:
            yield _complain(
                check_restart_longer_than_mtpd,
                node.id,
                f"{path}.restart",
                gettext_noop("takes %(restart)s to restart, but tolerates only %(mtpd)s"),
                restart=Hours(restart),
                mtpd=Hours(node.mtpd),
            )


def check_restart_longer_than_rto(twin: Twin) -> Iterator[Complaint]:
    """The same against the recovery time objective, where the MTPD is still kept."""
    for path, node in _processes(twin):
        restart = likely(node.restart)
        if node.rto is not None and restart > node.rto and not (node.mtpd is not None and restart > node.mtpd):
            yield _complain(
                check_restart_longer_than_rto,
                node.id,
                f"{path}.restart",
                gettext_noop("takes %(restart)s to restart, but aims to be back after %(rto)s"),
                restart=Hours(restart),
                rto=Hours(node.rto),
            )


def check_circle_without_tolerance(twin: Twin) -> Iterator[Complaint]:
    """Nodes that need each other and take time to restart, with nothing between them to get going on.

    Of a circle only those requirements count that are short when the circle is down, bear no wait and have no fallback
    without end outside it; if they still close a circle and a node of it takes time to restart, then once it is down it
    stays down.
    """
    index = {node.id: i for i, node in enumerate(twin.nodes)}
    model = twin.model
    component = model.arrays["first"][model.number_of]  # [place in the file]
    holds: list[list[int]] = []
    for i, node in enumerate(twin.nodes):
        row: list[int] = []
        for requirement in node.requirements:
            inside = [s for s in requirement.supply if component[index[s.node]] == component[i]]
            outside = sum(grid.thousandths(s.weight) for s in requirement.supply) - sum(
                grid.thousandths(s.weight) for s in inside
            )
            outside += sum(
                grid.thousandths(f.weight)
                for f in requirement.fallbacks
                if f.endurance is None and component[index[f.node]] != component[i]
            )
            if requirement.tolerance == 0 and outside < grid.thousandths(requirement.needs):
                row += [index[s.node] for s in inside]
        holds.append(row)
    tight = kernel.components(holds)
    sizes = np.bincount(tight, minlength=1)
    circles: dict[int, list[int]] = {}
    for i in range(len(twin.nodes)):
        if sizes[tight[i]] > 1 or i in holds[i]:
            circles.setdefault(int(tight[i]), []).append(i)
    for members in sorted(circles.values()):
        slow = [i for i in members if likely(twin.nodes[i].restart) > 0]
        if slow:
            yield _complain(
                check_circle_without_tolerance,
                twin.nodes[slow[0]].id,
                f"nodes[{slow[0]}]",
                gettext_noop(
                    "need each other without tolerance or fallback, so that once down they cannot restart: %(nodes)s"
                ),
                nodes=Ids(twin.nodes[i].id for i in members),
            )


def check_fallback_slower_than_mtpd(twin: Twin) -> Iterator[Complaint]:
    """A fallback that comes on too late to keep its process within the MTPD."""
    for path, node, requirement in _requirements(twin):
        if node.kind != "process" or node.mtpd is None:
            continue
        for f, fallback in enumerate(requirement.fallbacks):
            takes = likely(fallback.activation) - requirement.tolerance + likely(node.restart)
            if takes > node.mtpd >= likely(node.restart):
                yield _complain(
                    check_fallback_slower_than_mtpd,
                    node.id,
                    f"{path}.fallbacks[{f}].activation",
                    gettext_noop(
                        "the fallback %(fallback)s brings it back after %(takes)s, but it tolerates only %(mtpd)s"
                    ),
                    fallback=fallback.id,
                    takes=Hours(takes),
                    mtpd=Hours(node.mtpd),
                )


def check_fallback_on_what_failed(twin: Twin) -> Iterator[Complaint]:
    """A fallback that draws on the very node whose loss it should make good."""
    for path, node, requirement in _requirements(twin):
        supplies = {supply.node for supply in requirement.supply}
        for f, fallback in enumerate(requirement.fallbacks):
            if fallback.node in supplies or fallback.node == node.id:
                yield _complain(
                    check_fallback_on_what_failed,
                    node.id,
                    f"{path}.fallbacks[{f}].node",
                    gettext_noop("the fallback %(fallback)s draws on %(nodes)s, which it should replace"),
                    fallback=fallback.id,
                    nodes=Ids([fallback.node]),
                )


def check_pool_smaller_than_claim(twin: Twin) -> Iterator[Complaint]:
    """A fallback that asks for more than its whole pool holds."""
    capacity = {pool.id: pool.capacity for pool in twin.pools}
    for path, node, requirement in _requirements(twin):
        for f, fallback in enumerate(requirement.fallbacks):
            if fallback.pool is not None and fallback.weight > capacity[fallback.pool]:
                yield _complain(
                    check_pool_smaller_than_claim,
                    node.id,
                    f"{path}.fallbacks[{f}].weight",
                    gettext_noop(
                        "the fallback %(fallback)s asks for %(weight)s of the pool %(pool)s, which holds %(capacity)s"
                    ),
                    fallback=fallback.id,
                    weight=Amount(fallback.weight),
                    pool=fallback.pool,
                    capacity=Amount(capacity[fallback.pool]),
                )


def check_pool_unused(twin: Twin) -> Iterator[Complaint]:
    """A pool that no fallback draws on."""
    used = {f.pool for _, _, requirement in _requirements(twin) for f in requirement.fallbacks}
    for i, pool in enumerate(twin.pools):
        if pool.id not in used:
            yield _complain(
                check_pool_unused,
                "",
                f"pools[{i}]",
                gettext_noop("no fallback draws on the pool %(pool)s"),
                pool=pool.id,
            )


def check_resource_unused(twin: Twin) -> Iterator[Complaint]:
    """A resource that nothing requires: its loss is without effect, or a requirement has been forgotten."""
    used = {
        name
        for _, _, requirement in _requirements(twin)
        for name in (*(s.node for s in requirement.supply), *(f.node for f in requirement.fallbacks))
    }
    for i, node in enumerate(twin.nodes):
        if node.kind != "process" and node.id not in used:
            yield _complain(
                check_resource_unused,
                node.id,
                f"nodes[{i}]",
                gettext_noop("nothing requires it, so its loss has no effect"),
            )


CHECKS: tuple[Callable[[Twin], Iterator[Complaint]], ...] = (
    check_process_without_requirement,
    check_process_without_mtpd,
    check_rto_longer_than_mtpd,
    check_restart_longer_than_mtpd,
    check_restart_longer_than_rto,
    check_circle_without_tolerance,
    check_fallback_slower_than_mtpd,
    check_fallback_on_what_failed,
    check_pool_smaller_than_claim,
    check_pool_unused,
    check_resource_unused,
)
