"""import(export(x)) = x."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings

from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import apply, preview, read, together
from holdfast.exchange.preview import Preview
from holdfast.exchange.records.types import TYPES
from holdfast.formats.records_json import write_json
from holdfast.formats.tables import Records
from holdfast.governance.agreement.models import Agreement
from tests.cast import TEST
from tests.exchange.strategies import organisations

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which would take minutes: an organisation is small as it is."""
EXAMPLE = sorted((Path(__file__).parents[2] / "examples" / "secretariat" / "organization").glob("*.json"))


def taken(found: Preview) -> None:
    assert [str(problem) for problem in found.problems] == []
    apply(TEST, found)


def emptied() -> None:
    """All rows away, with their history, as in a database that is new."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("UPDATE organization_event SET unit_id = NULL, site_id = NULL")
        # An assessment is one with its agreement, which comes and goes with it.
        for table in (*(kind.table for kind in reversed(TYPES)), Agreement):
            for model in (table, table.history.model):
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(organisations())
def test_any_organisation_comes_back_as_it_went_out(db: None, records: Records) -> None:
    before = transaction.savepoint()
    try:
        taken(preview(TEST, records))
        whole = export(TEST)
        for name, rows in records.items():
            assert len(whole[name]) == len(rows), name
        for form, data in (("json", write_json(whole)), ("xlsx", export_workbook(whole))):
            unchanged = preview(TEST, read(data, f"whole.{form}"))
            assert unchanged.problems == []
            assert unchanged.nothing_to_do
            emptied()
            taken(preview(TEST, read(data, f"whole.{form}")))
            assert export(TEST) == whole
    finally:
        transaction.savepoint_rollback(before)


@pytest.mark.skipif(not EXAMPLE, reason="the example has no organisation yet")
def test_the_example_comes_back_as_it_went_out(db: None) -> None:
    taken(preview(TEST, together([read(path.read_bytes(), path.name) for path in EXAMPLE])))
    whole = export(TEST)
    assert len(whole["units"]) > 20
    for form, data in (("json", write_json(whole)), ("xlsx", export_workbook(whole))):
        emptied()
        taken(preview(TEST, read(data, f"whole.{form}")))
        assert export(TEST) == whole
