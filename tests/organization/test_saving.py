"""Rows are written in one way, with their history."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from holdfast.organization.accounts.roles import Role
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.models import Node, Requirement
from holdfast.organization.structure.saving import remove_all, save_all
from tests.cast import TEST, Cast, hours, user

SOURCE = Path(__file__).resolve().parents[2] / "src" / "holdfast"
BANNED = {"update", "delete", "bulk_create", "bulk_update", "bulk_create_with_history", "bulk_update_with_history"}
BANNED |= {"executemany", "update_or_create", "save_without_historical_record", "_raw_delete"}
# Where rows are written past `save_all`: file, call, why that is right.
ALLOWED = {
    ("organization/structure/saving.py", "delete"): "remove_all itself, row by row, with history",
    ("organization/structure/saving.py", "update"): "the path below a moved row, which is made from the parents",
    ("web/pages/accounts/throttle.py", "delete"): "counts of sign-in attempts have no history",
    ("organization/structure/writing.py", "executemany"): "what save_all writes with, history and all",
    ("exchange/writing.py", "executemany"): "an import stages all rows beforehand, history and all",
    ("organization/accounts/acts.py", "bulk_create"): "events are a record, and have no history",
    ("organization/jobs/leased.py", "update"): "a lease is no history, and guards itself (docs/decisions/0050)",
    ("organization/jobs/running.py", "update"): "progress of a job, which its lease guards",
    ("organization/jobs/worker.py", "update"): "the sign of life of a worker",
    ("organization/jobs/worker.py", "delete"): "a worker that has ended",
    ("organization/jobs/periodic.py", "bulk_create"): "a set time that another worker has made stays",
    ("organization/jobs/periodic.py", "delete"): "jobs that ended long ago; what they did is on record by its acts",
    ("organization/accounts/actions.py", "delete"): "a grant has no history; its event tells what it was",
}
# Rooms whose tables have no history and are not written through acts of people.
ROOMS = [
    "organization",
    "governance",
    "alerting",
    "analysis",
    "readiness",
    "crisis",
    "oversight",
    "exchange",
    "web",
    "commands",
]


def writes(path: Path) -> list[tuple[str, int]]:
    """Calls that could write rows in bulk or delete them: (name, line). A dictionary's or a set's `update` is none."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        name = ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            # A QuerySet's update takes keywords only, a dictionary's is given a dictionary.
            if name == "update" and (node.args or not node.keywords):
                continue
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
        if name in BANNED:
            found.append((name, node.lineno))
    return found


def test_rows_are_written_in_bulk_and_deleted_in_one_place_only() -> None:
    used = set()
    for room in ROOMS:
        for path in (SOURCE / room).rglob("*.py"):
            place = str(path.relative_to(SOURCE))
            for name, line in writes(path):
                if (place, name) == ("organization/accounts/models.py", "delete"):
                    continue  # the definitions that refuse it call it nowhere
                assert (place, name) in ALLOWED, f"{place}:{line}: {name} writes past save_all, and past the history"
                used.add((place, name))
    assert used == set(ALLOWED), "an allowance that is no longer needed"


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("Node.objects.filter(pk=1).update(name='x')", ["update"]),
        ("Node.objects.update(name='x')", ["update"]),
        ("rows.update(name='x')", ["update"]),
        ("node.delete()", ["delete"]),
        ("Node.objects.bulk_create(rows)", ["bulk_create"]),
        ("bulk_update_with_history(rows, Node, [])", ["bulk_update_with_history"]),
        ("found.update({'a': 1})", []),
        ("seen.update(other)", []),
    ],
)
def test_the_ban_finds_what_it_is_for(code: str, caught: list[str], tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(code)
    assert [name for name, _line in writes(tmp_path / "code.py")] == caught


def test_every_table_of_places_and_structure_keeps_its_history() -> None:
    from holdfast.organization.rows import Row

    # The entries of a log are its history; a picture is never changed.
    without = {"User", "Grant", "ApiToken", "Job", "Log", "Picture"}
    for model in apps.get_models():
        if issubclass(model, Row) and not model._meta.proxy and model.__name__ not in without:
            assert hasattr(model, "history"), model


def test_differences_can_be_told_from_the_history(cast: Cast) -> None:
    manager = user("manager", Role.PROGRAMME_MANAGER)
    edit_node(manager, cast.nodes["building"], version=1, rto=hours(9), note="agreed")
    newest, first = Node.history.filter(key="building")
    assert (newest.version, newest.history_type, newest.history_user) == (2, "~", manager)
    assert (first.version, first.history_type, first.history_user) == (1, "+", None)
    assert {change.field for change in newest.diff_against(first).changes} == {"rto", "note"}


def test_many_rows_are_written_in_few_queries(cast: Cast, django_assert_max_num_queries) -> None:
    def rows(start: int) -> list[Node]:
        return [
            Node(key=f"n{i}", kind="record", name=f"N{i}", unit=cast.units["dpa"]) for i in range(start, start + 300)
        ]

    with django_assert_max_num_queries(6):
        save_all(rows(0), TEST, reason="import")
    assert Node.history.filter(key__startswith="n", history_change_reason="import").count() == 300
    changed = list(Node.objects.filter(key__startswith="n", kind="record"))
    for node in changed:
        node.note = "x"
    with django_assert_max_num_queries(6):
        save_all(changed, TEST, fields=["note"])
    assert Node.objects.filter(note="x", version=2).count() == 300
    assert Node.history.filter(note="x").count() == 300


def test_one_bad_row_keeps_all_of_them_out_and_is_named(cast: Cast) -> None:
    rows = [Unit(key=f"u{i}", name="x", kind="unit") for i in range(5)]
    rows[3].kind = "moon"
    with pytest.raises(ValidationError) as refused:
        save_all(rows, TEST)
    assert refused.value.row is rows[3]  # type: ignore[attr-defined]
    assert not Unit.objects.filter(key__startswith="u0").exists()


def test_what_is_still_used_is_not_removed(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="is still used by"):
        remove_all([cast.nodes["ny-power"]], TEST)


@pytest.mark.parametrize(
    "row",
    [
        lambda c: Requirement(key="x", node=c.nodes["building"], needs=0, quorum=0),
        lambda c: Requirement(key="x", node=c.nodes["building"], needs=1, quorum=2),
        lambda c: Node(key="x", name="X", kind="moon"),
        lambda c: Node(key="x", name="X", kind="record", is_function=True),
        lambda c: Unit(key="dm", name="X", kind="unit"),
    ],
)
def test_the_database_refuses_what_slipped_past_the_checks(cast: Cast, row) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(IntegrityError), transaction.atomic():
        row(cast).save()
