"""What an import writes is what the acts would have written."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.exchange.importing import apply, preview
from holdfast.exchange.records.types import TYPES
from holdfast.exchange.writing import Overtaken, Plan
from holdfast.organization.accounts.models import Event
from holdfast.organization.structure.actions import nodes, people, places
from holdfast.organization.structure.models import Node, Person
from tests.cast import TEST, Cast, hours


def past(row: Any) -> list[dict[str, Any]]:
    """The history of a row, without what differs from one writing to the next."""
    fields = [f.attname for f in type(row).history.model._meta.concrete_fields]
    own = {"id", "key", "history_id", "history_date", "history_change_reason"}
    return [
        {name: getattr(one, name) for name in fields if name not in own} for one in row.history.order_by("history_id")
    ]


def columns(row: Any) -> dict[str, Any]:
    row = type(row)._default_manager.get(pk=row.pk)
    return {
        f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in ("id", "key", "path")
    }


def test_rows_and_history_are_those_of_the_acts(cast: Cast) -> None:
    fields = {"name": "Mail", "description": "…", "tags": ["ict"], "fields": {"owner": "x"}, "position": 3}
    node = nodes.create_node(
        TEST, key="by-act", kind="application", unit=cast.units["dm"], restart_promised=hours(2), **fields
    )
    nodes.edit_node(TEST, node, version=1, name="E-mail", restart_promised=hours(3))
    restart = {"value": 2.0, "unit": "h", "basis": "assumed", "source": "assumed for the test"}
    record = {"key": "by-import", "kind": "application", "unit": "dm", "restart_promised": restart, **fields}
    apply(TEST, preview(TEST, {"resources": [record]}))
    apply(
        TEST,
        preview(TEST, {"resources": [{**record, "name": "E-mail", "restart_promised": {**restart, "value": 3.0}}]}),
    )
    imported = Node.objects.by_key("by-import")
    assert columns(imported) == columns(node)
    assert past(imported) == past(Node.objects.by_key("by-act"))
    assert len(past(imported)) == 2


def test_the_ids_of_imported_rows_are_nobody_elses(cast: Cast) -> None:
    found = preview(TEST, {"persons": [{"key": f"p{n}", "name": "Officer"} for n in range(3)]})
    before = people.create_person(TEST, key="before", name="Officer")
    apply(TEST, found)
    after = people.create_person(TEST, key="after", name="Officer")
    ids = list(Person.objects.values_list("pk", flat=True))
    assert len(set(ids)) == 5
    assert before.pk < min(Person.objects.filter(key__startswith="p").values_list("pk", flat=True)) < after.pk


def test_a_moved_unit_takes_all_below_it_along(cast: Cast) -> None:
    apply(TEST, preview(TEST, {"units": [{"key": "ocss", "parent": "unog"}]}))
    imported = {unit.key: unit.path for unit in type(cast.units["un"]).objects.all()}
    unit = type(cast.units["un"]).objects.by_key("ocss")
    places.edit_unit(TEST, unit, version=unit.version, parent=cast.units["dm"])
    unit.refresh_from_db()
    places.edit_unit(TEST, unit, version=unit.version, parent=cast.units["unog"])
    assert {unit.key: unit.path for unit in type(unit).objects.all()} == imported


def test_the_number_of_queries_does_not_grow_with_the_file(cast: Cast) -> None:
    def queries(count: int, name: str) -> tuple[int, int]:
        persons = [{"key": f"{name}{n}", "name": "Officer", "unit": "dm", "site": "geneva"} for n in range(count)]
        posts = [{"key": f"{name}-post{n}", "title": "Officer"} for n in range(count)]
        holdings = [{"person": f"{name}{n}", "post": f"{name}-post{n}"} for n in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found = preview(TEST, {"persons": persons, "posts": posts, "holdings": holdings})
        assert found.problems == []
        with CaptureQueriesContext(connection) as written:
            apply(TEST, found)
        return len(asked), len(written)

    assert queries(3, "few") == queries(60, "many")


def test_every_column_of_every_model_is_in_the_records() -> None:
    left_out = {
        "id",
        "version",
        "path",
        "user",
        "author",
        "approver",
        "agreement",
        "is_function",
        "kind",
        "doer",
        "done_by",
        "closed_by",
        "known",
        "frozen",
    }
    for kind in TYPES:
        names = {field.name for field in kind.fields} | set(kind.fixed) | kind.without
        missing = {f.name for f in kind.table._meta.concrete_fields} - names
        assert missing <= left_out, kind.name


def test_tables_stand_after_what_they_refer_to() -> None:
    order = {kind.name: position for position, kind in enumerate(TYPES)}
    for kind in TYPES:
        for field in kind.references:
            if kind.table not in {TYPES[0].table, TYPES[1].table}:
                assert max(order[target] for target in field.target) <= order[kind.name], (kind.name, field.name)


@pytest.mark.django_db(transaction=True)
def test_others_write_while_an_import_is_checked_and_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows lie in temporary tables, and another connection writes without waiting for them."""
    wrote: list[str] = []

    def write(key: str) -> None:
        try:
            people.create_person(TEST, key=key, name="Officer")
            wrote.append(key)
        finally:
            connection.close()

    def elsewhere(key: str) -> None:
        thread = threading.Thread(target=write, args=(key,))
        thread.start()
        thread.join(10)

    lay_out = Plan.stage

    def stage(plan: Plan) -> None:
        lay_out(plan)
        elsewhere("after-laying-out")

    monkeypatch.setattr(Plan, "stage", stage)
    monkeypatch.setattr("holdfast.exchange.writing.STAGE", 10)
    records = {"persons": [{"key": f"p{n}", "name": "Officer"} for n in range(50)]}
    apply(TEST, preview(TEST, records), lambda what, done, total: elsewhere(f"{what}-{done}".replace(" ", "-")))
    assert "after-laying-out" in wrote
    assert len(wrote) > 3
    assert Person.objects.count() == 50 + len(wrote)


@pytest.mark.django_db(transaction=True)
def test_an_import_that_fails_in_the_database_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = preview(TEST, {"persons": [{"key": "p", "name": "Officer"}], "posts": [{"key": "q", "title": "Officer"}]})
    people.create_post(TEST, key="q", title="Somebody else's")
    with pytest.raises(Overtaken):
        apply(TEST, found)
    assert not Person.objects.exists()
    assert not Person.history.exists()
    assert not Event.objects.filter(act="records.import").exists()
    apply(TEST, preview(TEST, {"persons": [{"key": "p", "name": "Officer"}]}))
    assert Person.objects.count() == 1
