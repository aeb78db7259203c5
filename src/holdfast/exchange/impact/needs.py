"""The sheet of requirements: what each draws on, from columns to a list, and checked against what there is."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.exchange.impact.found import Found, Item
from holdfast.exchange.impact.layout import NEED_FIELDS, NEEDS
from holdfast.exchange.shelf import chunks
from holdfast.formats.tables import Record
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import visible
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.structure.actions.requirements import Draw, check_supply
from holdfast.organization.structure.models import Node, Requirement, Supply

RIGHT = "process.edit"


class Draws:
    """The columns that name what a requirement draws on."""

    def __init__(self, places: int) -> None:
        self.places = places

    def read(self, found: Found, number: int, record: Record) -> list[list[Any]] | None:
        """`[[key, how much], …]`; of which nothing is said gives all that is needed. None where a cell is wrong."""
        drawn: list[list[Any]] = []
        fine = True
        for place in range(1, self.places + 1):
            names = (f"draws_on_{place}", f"gives_{place}")
            if not all(name in record for name in names):
                return None
            key, weight = (record[name] for name in names)
            key = key.strip()
            if key:
                drawn.append([key, weight if weight is not None else record.get("needs")])
            elif weight is not None:
                found.trouble(NEEDS, number, names[0], gettext("Say what it draws on: choose its key from the list."))
                fine = False
        return drawn if fine else None


class Nodes:
    """Changed and new requirements, checked as the acts check them; `row` and `values` of an item become what the acts
    take."""

    def __init__(self, found: Found, draws: Draws, labels: dict[str, str]) -> None:
        self.found, self.draws, self.labels, self.by = found, draws, labels, found.by
        self.items = [item for item in found.items if item.sheet == NEEDS and item.does_something]

    def check(self) -> None:
        if not self.items and not any(clash.field == "draws_on" for _item, clash in self.found.clashes):
            return
        mine = self._allowed()
        nodes = self._named()
        for item in self.items:
            node = self._node(item)
            if node.pk not in mine:
                said = gettext("You may not do this: %(what)s.") % {"what": str(PERMISSIONS[RIGHT].label).lower()}
                self.found.trouble(NEEDS, item.number, "process", said)
            elif item.kind != "removed":
                self._check(item, node, nodes)

    def _node(self, item: Item) -> Node:
        return self.found.state.rows["processes"][item.process].row.process  # type: ignore[no-any-return]

    def _allowed(self) -> set[int]:
        ids = sorted({self._node(item).pk for item in self.items})
        found: set[int] = set()
        for some in chunks(ids):
            found |= set(visible(Node.objects.filter(pk__in=some), self.by, RIGHT).values_list("pk", flat=True))
        return found

    def _named(self) -> dict[str, Node]:
        """What the rows draw on, as far as the reader may see it or it is drawn on already."""
        keys = {key for item in self.items for key, _weight in item.values.get("draws_on", ())}
        for _item, clash in self.found.clashes:
            if clash.field == "draws_on":
                keys |= {key for said in (clash.was, clash.file, clash.database) for key, _weight in said}
        found: dict[str, Node] = {}
        for some in chunks(sorted(keys)):
            found |= {node.key: node for node in visible(Node.objects.filter(key__in=some), self.by)}
        for supplies in self.found.state.supplies.values():
            found |= {s.provider.key: s.provider for s in supplies if s.provider.key in keys}
            self.found.names |= {s.provider.key: s.provider.name for s in supplies}
        self.found.names |= {key: node.name for key, node in found.items()}
        return found

    def _check(self, item: Item, node: Node, nodes: dict[str, Node]) -> None:
        values = item.values
        if "quorum" in values and values["quorum"] is None:
            values["quorum"] = 0.0
        if "needs" in values and values["needs"] is None:
            self.found.trouble(NEEDS, item.number, "needs", gettext("This is missing."))
            return
        if values.get("tolerance") is not None:
            values["tolerance"] = tolerance_of(values["tolerance"], self.by)
        requirement = copy.copy(item.row) if item.kind == "changed" else Requirement(key="new", node=node)
        requirement.node = node
        for name in NEED_FIELDS:
            if name in values and name != "draws_on":
                setattr(requirement, name, values[name])
        supply = self._supply(item, nodes)
        if supply is None:
            return
        if item.kind == "new" and not values.get("name"):
            values["name"] = requirement.name = ", ".join(draw.provider.name for draw in supply)[:300]
        self._refuse(item, requirement, supply)
        if "draws_on" in values or item.kind == "new":
            values["supply"] = supply
        values.pop("draws_on", None)

    def _supply(self, item: Item, nodes: dict[str, Node]) -> list[Draw] | None:
        """What it would draw on. What it draws on already keeps its basis and reason."""
        known = {s.provider.key: s for s in self.found.state.supplies.get(item.key, ())}
        if "draws_on" not in item.values:
            return [Draw(s.provider, s.weight, s.basis, s.reason) for s in known.values()]
        found = []
        for place, (key, weight) in enumerate(item.values["draws_on"], 1):
            if key not in nodes:
                said = gettext("There is nothing with the key “%(key)s”.") % {"key": key[:80]}
                self.found.trouble(NEEDS, item.number, f"draws_on_{place}", said)
                return None
            old = known.get(key)
            found.append(Draw(nodes[key], weight, old.basis if old else "", old.reason if old else ""))
        return found

    def _refuse(self, item: Item, requirement: Requirement, supply: list[Draw]) -> None:
        problems: dict[str, list[str]] = defaultdict(list)
        try:
            requirement.check_row()
            check_supply(requirement, supply)
            for place, draw in enumerate(supply, 1):
                try:
                    Supply(requirement=requirement, provider=draw.provider, weight=draw.weight).check_row()
                except ValidationError as error:
                    problems[f"draws_on_{place}"] += error.messages
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                column = {"supply": "draws_on_1", "tolerance": "tolerance.value"}.get(name, name)
                problems[column if column in (*NEED_FIELDS, "draws_on_1", "tolerance.value") else ""] += messages
        for column, messages in problems.items():
            self.found.trouble(NEEDS, item.number, column, " ".join(dict.fromkeys(messages)))


def tolerance_of(said: dict[str, Any], by: Actor) -> Fact:
    """The fact of a row that was changed, entered by whoever brings the workbook back."""
    entered = {"entered_by": by.username} if isinstance(by, User) else {}
    return Fact.read({"value": None, **said, **entered})
