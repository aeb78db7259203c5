"""Footprints of an import name something: nodes that are there or come with the same file.

The act asks the same of one footprint (`analysis.risk.reach.check_reach`).
"""

from __future__ import annotations

from collections.abc import Callable

from holdfast.analysis.risk.models import Footprint
from holdfast.analysis.risk.reach import Reach, column_of, nobody, selects_nothing
from holdfast.exchange.preview import Item, Preview
from holdfast.exchange.rights import Rights
from holdfast.organization.structure.models import Node

Trouble = Callable[[Item, str, str], None]


def check_footprints(preview: Preview, items: list[Item], rights: Rights, trouble: Trouble) -> None:
    """Refuses a footprint of the file whose keys are no nodes' that the actor may see, or that selects nothing."""
    footprints = [item for item in items if not item.broken and isinstance(item.row, Footprint)]
    if not footprints:
        return
    preview.shelves.load(Node, "key", {key for item in footprints for key in item.row.nodes})
    at_hand = preview.shelves[Node].rows.values()
    known = {node.key: node for node in at_hand}
    for item in footprints:
        kept = next((change.before or [] for change in item.changes if change.field == "nodes"), [])
        for key in item.row.nodes:
            node = known.get(key)
            if node is None or (node.pk > 0 and key not in kept and not rights.permits(node, Node.SCOPE.view)):
                trouble(item, "nodes", nobody(key))
                break
    selecting = [item for item in footprints if item.row.selects]
    if not selecting:
        return
    ids = {node.pk for node in at_hand}
    stored = Node.objects.select_related("site").only("key", "kind", "tags", "is_function", "site__path")
    reach = Reach([*at_hand, *(node for node in stored if node.pk not in ids)])
    for item in selecting:
        if not item.broken and not reach.of(item.row):
            trouble(item, column_of(item.row), selects_nothing())
