"""The rules that concern several rows, asked in bulk: nothing held twice at once, supplies that meet the needs,
scenarios in which something fails, candidates that change what there is.

The acts ask the same of one row (`organization.structure.actions`); tests/exchange/test_import_rules.py holds the two
together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.analysis.choice.effects import check_named, named_nodes, named_pools, read_effects
from holdfast.analysis.risk.models import Hazard
from holdfast.analysis.scenarios.actions import MOST_HITS
from holdfast.analysis.scenarios.models import Hit
from holdfast.analysis.strategy.models import Covers, Fallback, FallbackState
from holdfast.exchange.preview import Item, Preview, Watched
from holdfast.exchange.records.types import TYPES, Once, RecordType
from holdfast.organization.structure.models import Node, Pool, Requirement, Supply

Trouble = Callable[[Item, str, str], None]
START, END = date.min, date.max


def check_rules(preview: Preview, items: list[Item], trouble: Trouble) -> None:
    """Asks every rule of the new and changed rows. A problem that was there before is nobody's fault in this file."""
    by_kind: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if not item.broken:
            by_kind[item.kind.name].append(item)
    for kind in TYPES:
        if by_kind[kind.name]:
            for rule in kind.once:
                _check_once(preview, kind, rule, by_kind[kind.name], trouble)
    _check_supply(preview, by_kind["requirements"], by_kind["supply"], trouble)
    _check_hits(preview, by_kind["scenarios"], by_kind["hits"], trouble)
    _check_effects(preview, by_kind["candidates"], trouble)
    _check_strategies(preview, by_kind["strategies"], trouble)
    _check_selected(preview, by_kind["selected"], trouble)


def _members(preview: Preview, table: type[Any], attribute: str, ids: set[int]) -> list[Any]:
    """The rows whose `attribute` is one of these, as they would be; the ones in the database are watched."""
    lookup = attribute.removesuffix("_id")
    there = {pk for pk in ids if pk > 0}
    preview.shelves.load(table, lookup, there)
    rows = preview.shelves[table].rows.values()
    found = [row for row in rows if getattr(row, attribute) in ids]
    seen = frozenset((row.pk, row.version) for row in found if row.pk > 0)
    if there:
        preview.watched.append(Watched(table, lookup, frozenset(there), seen))
    return found


def _check_once(preview: Preview, kind: RecordType, rule: Once, items: list[Item], trouble: Trouble) -> None:
    names = [kind.by_name[name].attribute for name in rule.fields]
    touched = {id(item.row): item for item in items}
    ids = {getattr(item.row, names[0]) for item in items} - {None}
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in _members(preview, kind.table, names[0], ids):
        if all(getattr(row, name) == value for name, value in rule.where.items()):
            groups[tuple(getattr(row, name) for name in names)].append(row)
    for rows in groups.values():
        if len(rows) > 1:
            _check_group(kind, rule, rows, touched, trouble)


def _check_group(kind: RecordType, rule: Once, rows: list[Any], touched: dict[int, Item], trouble: Trouble) -> None:
    rows.sort(key=lambda row: (row.valid_from or START, touched[id(row)].index if id(row) in touched else -1))
    last = rows[0]
    for row in rows[1:]:
        if (row.valid_from or START) < (last.valid_until or END):
            item = touched.get(id(row)) or touched.get(id(last))
            other = last if id(row) in touched else row
            if item is not None and not item.broken:
                trouble(item, rule.column, _held(other, touched.get(id(other))))
        if (row.valid_until or END) > (last.valid_until or END):
            last = row


def _held(other: Any, item: Item | None) -> str:
    values = {
        "other": getattr(other, "holder", None) or getattr(other, "person", None) or other,
        "start": other.valid_from or gettext("the beginning"),
        "end": other.valid_until or gettext("further notice"),
    }
    if item is None:
        return gettext("Taken from %(start)s until %(end)s: %(other)s.") % values
    said = gettext("Taken from %(start)s until %(end)s: %(other)s, row %(row)d of this table.")
    return said % {**values, "row": item.number}


def _check_supply(preview: Preview, requirements: list[Item], supplies: list[Item], trouble: Trouble) -> None:
    asked: dict[int, Any] = {item.row.pk: item.row for item in requirements}
    asked |= {item.row.requirement_id: item.row.requirement for item in supplies}
    if not asked:
        return
    drawn: dict[int, list[Any]] = defaultdict(list)
    for supply in _members(preview, Supply, "requirement_id", set(asked)):
        drawn[supply.requirement_id].append(supply)
    by_row = {id(item.row): item for item in (*requirements, *supplies)}
    for pk, requirement in asked.items():
        rows = drawn[pk]
        item = by_row.get(id(requirement)) or next(by_row[id(row)] for row in rows if id(row) in by_row)
        total = sum(_thousandths(row.weight) for row in rows)
        if total < _thousandths(requirement.needs) and not item.broken:
            said = gettext("Wanted weights of supplies that add up to %(needs)g or more, got %(total)g.")
            column = "needs" if isinstance(item.row, Requirement) else "weight"
            trouble(item, column, said % {"needs": requirement.needs, "total": total / 1000})
        for row in rows:
            if row.pk > 0 and id(row) not in by_row:
                _check_self(row, requirement, item, trouble)


def _check_self(supply: Any, requirement: Any, item: Item, trouble: Trouble) -> None:
    """A supply that stays as it is, under a requirement that changes."""
    if supply.provider_id == requirement.node_id and not item.broken:
        supply.requirement = requirement
        try:
            supply.clean()
        except ValidationError as error:
            trouble(item, "tolerance", " ".join(error.messages))


def _check_hits(preview: Preview, scenarios: list[Item], hits: list[Item], trouble: Trouble) -> None:
    """A scenario holds at least one thing that fails, and not more than a page can show."""
    touched = {item.row.scenario_id: item for item in hits}
    touched |= {item.row.pk: item for item in scenarios}
    if not touched:
        return
    counted = Counter(hit.scenario_id for hit in _members(preview, Hit, "scenario_id", set(touched)))
    for pk, item in touched.items():
        if not counted[pk]:
            trouble(item, "key", gettext("Wanted at least one hit of this scenario in the table “hits”."))
        elif counted[pk] > MOST_HITS:
            said = gettext("Wanted at most %(most)d hits of a scenario, got %(got)d.")
            trouble(item, "key", said % {"most": MOST_HITS, "got": counted[pk]})


def _check_effects(preview: Preview, candidates: list[Item], trouble: Trouble) -> None:
    """A candidate changes what the organisation has, or what comes with the same file."""
    options = [(item, read_effects(item.row.effects)) for item in candidates]
    shelves = preview.shelves

    def there(table: type[Any], keys: set[str]) -> dict[str, Any]:
        shelves.load(table, "key", keys)
        return {key: row for key in keys if (row := shelves[table].by_key.get(key)) is not None}

    nodes = there(Node, {key for _item, option in options for key in named_nodes(option)})
    pools = there(Pool, {key for _item, option in options for key in named_pools(option)})
    hazards = there(Hazard, {key for _item, option in options for key in option.rates})
    places = {row.pk for row in nodes.values()}
    needs = Counter(need.node_id for need in _members(preview, Requirement, "node_id", places)) if places else Counter()
    for item, option in options:
        try:
            check_named(option, {key: needs[row.pk] for key, row in nodes.items()}, pools, hazards)
        except ValidationError as error:
            trouble(item, "effects", " ".join(error.messages))


def _thousandths(weight: float) -> int:
    return round(Decimal(repr(float(weight))) * 1000)


def _check_strategies(preview: Preview, items: list[Item], trouble: Trouble) -> None:
    """The processes and the fallbacks of a strategy that changes still fit it."""
    asked = {item.row.pk: item for item in items if not item.new}
    if not asked:
        return
    parts = [
        *_members(preview, Covers, "strategy_id", set(asked)),
        *_members(preview, Fallback, "strategy_id", set(asked)),
    ]
    for part in parts:
        item = asked[part.strategy_id]
        if item.broken or getattr(part, "state", "") == FallbackState.RETIRED:
            continue
        part.strategy = item.row
        try:
            part.clean()
        except ValidationError as error:
            trouble(item, "kind", f"{part}: {' '.join(error.messages)}")


def _check_selected(preview: Preview, items: list[Item], trouble: Trouble) -> None:
    """What is chosen for a process is for it, and is not retired."""
    chosen = {item.row.strategy_id for item in items} - {None}
    covered = {(row.strategy_id, row.process_id) for row in _members(preview, Covers, "strategy_id", chosen)}
    for item in items:
        row = item.row
        if row.strategy_id is None or item.broken:
            continue
        about = {"strategy": row.strategy, "process": row.process}
        if row.strategy.state == FallbackState.RETIRED:
            trouble(item, "strategy", gettext("“%(strategy)s” is retired.") % about)
        elif (row.strategy_id, row.process_id) not in covered:
            trouble(item, "strategy", gettext("“%(strategy)s” is not for “%(process)s”.") % about)
