"""Which nodes a footprint names, and what is wrong with one that names nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.analysis.risk.models.hazards import Footprint
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.models import Node


class Reach:
    """Nodes at hand, found by key, kind, tag and site, so that many footprints are answered without a query.

    Nodes and footprints bring their sites along.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.key: node for node in sorted(nodes, key=lambda node: node.key)}
        self._by_kind: dict[str, set[str]] = defaultdict(set)
        self._by_tag: dict[str, set[str]] = defaultdict(set)
        self._by_path: dict[str, set[str]] = defaultdict(set)
        for key, node in self.nodes.items():
            self._by_kind[node.kind].add(key)
            for tag in tags_of(node):
                self._by_tag[tag].add(key)
            if node.site is not None:
                self._by_path[node.site.path].add(key)

    def of(self, footprint: Footprint) -> list[Node]:
        """The nodes that a footprint hits, by key."""
        if not footprint.selects:
            found = set(footprint.nodes) & self.nodes.keys()
        else:
            sieves = []
            if footprint.kind:
                sieves.append(self._by_kind[footprint.kind])
            if footprint.tag:
                sieves.append(self._by_tag[footprint.tag])
            if footprint.site is not None:
                inside = [keys for path, keys in self._by_path.items() if path.startswith(footprint.site.path)]
                sieves.append(set().union(*inside))
            found = set.intersection(*sieves)
        return [self.nodes[key] for key in sorted(found)]


def tags_of(node: Node) -> Collection[str]:
    """The tags of a node as the twin has them: a critical function has `function` too."""
    return [*node.tags, "function"] if node.is_function else node.tags


def check_reach(footprint: Footprint, by: Actor, kept: Collection[str] = ()) -> None:
    """Raises ValidationError for a key that is no node's that the actor may see (those `kept` were there before), and
    for a selection of nothing."""
    if footprint.nodes:
        known = set(visible(Node.objects.filter(key__in=footprint.nodes), by).values_list("key", flat=True))
        if missing := [key for key in footprint.nodes if key not in known and key not in kept]:
            raise ValidationError({"nodes": " ".join(nobody(key) for key in missing[:5])})
        return
    nodes = Node.objects.select_related("site")
    if footprint.kind:
        nodes = nodes.filter(kind=footprint.kind)
    if footprint.site is not None:
        nodes = nodes.filter(site__path__startswith=footprint.site.path)
    if not Reach(nodes).of(footprint):
        raise ValidationError({column_of(footprint): selects_nothing()})


def nobody(key: str) -> str:
    return gettext("There is no process or resource with the key “%(key)s”.") % {"key": key[:80]}


def selects_nothing() -> str:
    return gettext("This selects nothing: no process or resource is of that kind, site and tag together.")


def column_of(footprint: Footprint) -> str:
    """The last of the columns that select: where a selection of nothing is shown."""
    return "tag" if footprint.tag else "site" if footprint.site_id else "kind"
