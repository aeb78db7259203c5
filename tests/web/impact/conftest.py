"""The Secretariat in small with an approved impact analysis of the facilities division, and a reader for each role."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.analysis.impact.models import Analysis
from tests.analysis.test_impact import DAY, approve, ask, fill, grid, the_row
from tests.cast import TEST, Cast, again, user
from tests.web.organization.conftest import Reader, administrator, cast, folder, manager, query_count, reader

__all__ = ["DAY", "TEST", "Reader", "administrator", "cast", "folder", "grid", "manager", "query_count", "reader"]


@pytest.fixture
def approved(cast: Cast) -> dict[str, Analysis]:
    """By unit, in the full mode: facilities at Headquarters, and Geneva."""
    from holdfast.organization.structure.actions.places import edit_unit

    head = again(user("head", "unit_head"))
    for key in ("fcsd", "unog"):
        unit = cast.units[key]
        cast.units[key] = edit_unit(TEST, unit, version=unit.version, analysis_mode="full")
    campaign = ask(cast, "fcsd", "unog")
    made: dict[str, Any] = {}
    for key, process, more in (
        ("fcsd", "building", {}),
        (
            "unog",
            "geneva-meetings",
            {"impact": grid(from_hour=4), "minimum_level": 1.0, "basis": "stated", "source": "A"},
        ),
    ):
        analysis = campaign.analyses.select_related("unit", "campaign", "agreement").get(unit__key=key)
        fill(the_row(analysis, process), cast, **more)
        made[key] = approve(analysis, head)
    return made
