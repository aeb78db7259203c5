"""What a node needs, and what needs it: the whole chain, level by level, one query a level."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.organization.structure.models import Node, Supply


@dataclass(frozen=True)
class Link:
    """A node that draws on another, directly or by way of others: `depth` 1 is direct."""

    depth: int
    supply: Supply

    @property
    def needing(self) -> Node:
        return self.supply.requirement.node

    @property
    def provider(self) -> Node:
        return self.supply.provider


def needs_of(node: Node, depth: int = 1) -> list[Link]:
    """What `node` draws on, down to `depth` steps; each supply once, the nearest first."""
    return _walk(node, depth, down=True)


def needed_by(node: Node, depth: int = 1) -> list[Link]:
    """What draws on `node`, up to `depth` steps; each supply once, the nearest first."""
    return _walk(node, depth, down=False)


def _walk(node: Node, depth: int, *, down: bool) -> list[Link]:
    links: list[Link] = []
    seen, front = {node.pk}, {node.pk}
    for step in range(1, depth + 1):
        where = {"requirement__node__in": front} if down else {"provider__in": front}
        supplies = (
            Supply.objects.filter(**where)
            .select_related(
                "requirement",
                "requirement__node",
                "requirement__node__unit",
                "requirement__node__site",
                "provider",
                "provider__unit",
                "provider__site",
            )
            .order_by("requirement__node__key", "requirement__position", "position", "pk")
        )
        links += [Link(step, supply) for supply in supplies]
        reached = {link.provider.pk if down else link.needing.pk for link in links if link.depth == step}
        front = reached - seen
        seen |= reached
        if not front:
            break
    return links
