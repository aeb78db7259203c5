"""Rows taken out as records: what a person may see and may take out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from holdfast.exchange.records.types import BY_NAME, TYPES, RecordType, sheets, target_of
from holdfast.formats.records_json import write_json
from holdfast.formats.tables import Kind, Record, Records, Table
from holdfast.formats.workbook import write_workbook
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import Asker, NotAllowed, may_somewhere, visible
from holdfast.organization.places.models import Site, Unit

EXPORT = "data.export"


def export(
    by: Asker,
    types: Iterable[str] | None = None,
    *,
    unit: Unit | None = None,
    site: Site | None = None,
    sparse: bool = False,
) -> Records:
    """The records of these types (None: all), in the order of loading, rows by what identifies them.

    `unit`, `site`: only what lies at or under them. `sparse` leaves out fields at their default, for reading; taken in
    over changed rows such records change less back. Raises NotAllowed, KeyError for an unknown type.
    """
    if not may_somewhere(by, EXPORT):
        raise NotAllowed(gettext("You may not do this: %(what)s.") % {"what": str(PERMISSIONS[EXPORT].label).lower()})
    wanted = set(BY_NAME if types is None else types)
    if unknown := wanted - set(BY_NAME):
        raise KeyError(sorted(unknown)[0])
    return {kind.name: list(_records(kind, by, unit, site, sparse)) for kind in TYPES if kind.name in wanted}


def export_json(records: Records) -> bytes:
    return write_json(records)


def export_workbook(records: Records, *, empty: Iterable[str] = ()) -> bytes:
    """The records as a workbook in the active language; `empty`: types that get a sheet without rows. Raises
    Unreadable."""
    tables = sheets({*records, *empty})
    return write_workbook(tables, records, read_me=read_me(), names=_names(tables), parts=fact_parts())


def read_me() -> list[str]:
    """What the first sheet of a workbook says."""
    return [
        gettext(
            "One sheet for each kind of row. Row 1 has the titles, row 2 the names that Holdfast reads: leave row 2 "
            "as it is. Your rows begin in row 3."
        ),
        gettext(
            "Columns may be left out or stand in any order; what has no column stays as it is. Rows that are not "
            "here stay as they are, and nothing is deleted."
        ),
        gettext("Sheets and columns whose names begin with # are for reading only."),
        gettext("A row is known by its key, or by the columns that come first. References are keys."),
        gettext(
            "Dates are as 2008-10-31. “valid until” is the first day without it. Several values stand as: one; two "
            "(a backslash before a semicolon that is meant as such). Names in other languages "
            "stand as: fr=Nom; es=Nombre."
        ),
        gettext("A figure has its value and how it is known: measured, stated (with its source) or assumed."),
        gettext("Formulas are not read: paste values."),
    ]


def fact_parts() -> dict[str, str]:
    """The words for the parts of a fact."""
    return {
        "unit": gettext("unit"),
        "basis": gettext("basis"),
        "source": gettext("source"),
        "as_of": gettext("as of"),
        "valid_until": gettext("figure valid until"),
        "low": gettext("low"),
        "high": gettext("high"),
        "p90": gettext("90th percentile"),
        "entered_by": gettext("entered by"),
        "files": gettext("evidence files"),
    }


def _names(tables: list[Table]) -> dict[str, dict[str, str]]:
    """What units, sites, posts and so on are called, for the columns beside references. Only of tables that everyone
    who is signed in may see: the others show their keys alone."""
    open_ones = {"units": "name", "sites": "name", "posts": "title", "groups": "name", "seats": "title"}
    wanted = {target for table in tables for column in table.columns for target in column.target}
    return {
        name: dict(BY_NAME[name].rows().values_list("key", label))
        for name, label in open_ones.items()
        if name in wanted
    }


def _records(kind: RecordType, by: Asker, unit: Unit | None, site: Site | None, sparse: bool) -> Iterable[Record]:
    rows = visible(kind.rows(), by)
    if kind.exported_by:
        parent = target_of(kind.table._meta.get_field(kind.exported_by))
        allowed = visible(parent._default_manager.all(), by, EXPORT)
        rows = rows.filter(**{f"{kind.exported_by}__in": allowed})
    else:
        rows = visible(rows, by, EXPORT)
    for place, lookups in ((unit, kind.model.SCOPE.unit), (site, kind.model.SCOPE.site)):
        if place is not None:
            condition = Q(pk__in=())
            for lookup in lookups:
                condition |= Q(**{f"{lookup}__path__startswith" if lookup else "path__startswith": place.path})
            rows = rows.filter(condition)
    names = [f"{field.name}__key" if field.kind is Kind.REFERENCE else field.name for field in kind.fields]
    order = [name for name, field in zip(names, kind.fields, strict=True) if field.name in kind.identity]
    found = rows.order_by(*order, "pk").values_list(*names)
    defaults = {field.name: field.write(field.default()) for field in kind.fields} if sparse else {}
    for values in found.iterator(chunk_size=2000):
        record = {field.name: field.write(value) for field, value in zip(kind.fields, values, strict=True)}
        if sparse:
            record = {
                name: value
                for name, value in record.items()
                if name in kind.identity[:1] or value not in (None, defaults[name])
            }
        yield record


def record_of(kind: RecordType, row: Any) -> Record:
    """One row as a record: what a page or the API shows of it. Its references are loaded already."""
    record: Record = {}
    for field in kind.fields:
        value = getattr(row, field.name)
        record[field.name] = getattr(value, "key", None) if field.kind is Kind.REFERENCE else field.write(value)
    return record
