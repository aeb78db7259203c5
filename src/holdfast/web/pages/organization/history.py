"""What has been done to a thing: who, when, and each field before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.organization.accounts.acts import ACTS
from holdfast.organization.accounts.models import Event
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.structure.models import Person
from holdfast.web.permissions import needs, visible_or_404

from .nouns import Noun
from .values import text

MOST = 300
SKIPPED = {"id", "version", "history_id", "history_date", "history_change_reason", "history_type", "history_user"}


@dataclass(frozen=True)
class Entry:
    """One change of one row: `lines` are (field, before, after), as HTML."""

    at: Any
    by: str
    what: str
    kind: str
    title: str
    reason: str
    lines: list[tuple[str, str, str]]


def history_page(noun: Noun) -> Callable[..., HttpResponse]:
    @needs(noun.view, on=noun.model)
    @require_safe
    def show(request: HttpRequest, key: str) -> HttpResponse:
        row: Any = visible_or_404(noun.rows(), request, key=key)
        records = list(_records(row.__class__, {"id": row.pk}))
        for part, lookup in noun.parts:
            seen = visible(part._default_manager.filter(**{lookup: row.pk}), request.user).values("pk")
            records += _records(part, {"id__in": seen})
        entries = told(records, request.user)
        events = []
        if may_somewhere(request.user, "event.view"):
            asked = visible(Event.objects.about(row), request.user).select_related("user")[:MOST]
            events = [
                {"at": event.at, "by": event.user or event.system, "label": _label(event.act), "request": event.request}
                for event in asked
            ]
        context = {"noun": noun, "row": row, "entries": entries[:MOST], "events": events, "most": MOST}
        return render(request, "organization/history.html", context)

    return show


def _label(act: str) -> str:
    return str(ACTS[act].label) if act in ACTS else act


def _records(kind: Any, which: dict[str, Any]) -> Iterable[Any]:
    """The records of rows, newest first, a few more than are shown so that the oldest shown has one before it."""
    rows = kind._meta.concrete_model.history.filter(**which).select_related("history_user")
    return list(rows.order_by("-history_date", "-history_id")[: 2 * MOST])


def told(records: Iterable[Any], user: Any) -> list[Entry]:
    """Records of several tables as entries, the newest first, each against the one before of the same row."""
    by_row: dict[tuple[type[Any], int], list[Any]] = defaultdict(list)
    for record in records:
        by_row[type(record), record.id].append(record)
    changes = []
    for versions in by_row.values():
        versions.sort(key=lambda record: record.history_id)
        for before, after in zip([None, *versions], versions, strict=False):
            changes.append((before, after, list(_changed(before, after))))
    names = _names(changes, user)
    entries = [
        Entry(
            at=after.history_date,
            by=str(after.history_user or _("the system")),
            what={"+": _("made"), "~": _("changed"), "-": _("removed")}[after.history_type],
            kind=str(type(after).instance_type._meta.verbose_name),
            title=_title(after, names),
            reason=after.history_change_reason or "",
            lines=[
                (_field_name(column), _value(column, before, names), _value(column, after, names)) for column in columns
            ],
        )
        for before, after, columns in changes
        if after.history_type != "~" or columns
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _changed(before: Any, after: Any) -> Iterable[Any]:
    if after.history_type == "-":
        return
    for column in after._meta.concrete_fields:
        if column.name in SKIPPED:
            continue
        value = getattr(after, column.attname)
        if before is None:
            if value not in (None, "", [], {}, False) and after.history_type == "+":
                yield column
        elif getattr(before, column.attname) != value:
            yield column


def _names(changes: Iterable[Any], user: Any) -> dict[tuple[type[Any], Any], str]:
    """The names of the rows that changed columns point to, one query a kind; persons as far as they may be seen."""
    wanted: dict[type[Any], set[Any]] = defaultdict(set)
    for before, after, columns in changes:
        for column in {
            *columns,
            *(c for c in after._meta.concrete_fields if c.is_relation and c.name != "history_user"),
        }:
            if column.is_relation:
                wanted[column.related_model] |= {
                    getattr(record, column.attname) for record in (before, after) if record is not None
                } - {None}
    found: dict[tuple[type[Any], Any], str] = {}
    for model, ids in wanted.items():
        rows: models.QuerySet[Any] = model._default_manager.filter(pk__in=ids)
        if issubclass(model, Person):
            rows = visible(rows, user)
        if model._meta.model_name in ("seat", "grouptask"):
            rows = rows.select_related("group")
        elif model._meta.model_name == "requirement":
            rows = rows.select_related("node")
        found |= {(model, row.pk): str(row) for row in rows}
    return found


def _title(record: Any, names: dict[tuple[type[Any], Any], str]) -> str:
    for name in ("name", "title", "text"):
        if getattr(record, name, ""):
            return str(getattr(record, name))
    ends = [
        names[column.related_model, getattr(record, column.attname)]
        for column in record._meta.concrete_fields
        if column.is_relation and (column.related_model, getattr(record, column.attname)) in names
    ]
    return " · ".join(ends)


def _field_name(column: Any) -> str:
    label = str(column.verbose_name)
    return label[:1].upper() + label[1:]


def _value(column: Any, record: Any, names: dict[tuple[type[Any], Any], str]) -> str:
    if record is None:
        return ""
    value = getattr(record, column.attname)
    if column.is_relation:
        return names.get((column.related_model, value), _("not open to you, or gone")) if value is not None else ""
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return text(value)
