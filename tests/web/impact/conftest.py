"""The Secretariat in small, with campaigns: a reader for each role, steps 1 and 2 passed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from holdfast.analysis.impact.actions import campaigns
from holdfast.analysis.impact.models import Analysis
from holdfast.governance.gates.actions import let_pass
from holdfast.organization.structure.actions.places import edit_unit
from tests.analysis.test_impact import DAY, approve, ask, fill, grid, the_row
from tests.cast import TEST, Cast, again, user
from tests.web.organization.conftest import Reader, administrator, cast, folder, manager, query_count, reader

__all__ = ["DAY", "TEST", "Reader", "administrator", "cast", "folder", "grid", "manager", "query_count", "reader"]


@pytest.fixture
def passed(cast: Cast) -> None:
    for step in (1, 2):
        let_pass(TEST, cast.units["un"], step=step, reason="It is known.")


@pytest.fixture
def analysis(cast: Cast, passed: None) -> Analysis:
    """The full analysis of the facilities division, asked for by a campaign that was sent."""
    unit = cast.units["fcsd"]
    edit_unit(TEST, unit, version=unit.version, analysis_mode="full")
    unit.refresh_from_db()
    campaign = campaigns.create_campaign(
        TEST, key="round", title="Round", due=date(2040, 1, 1), as_of=date(2008, 10, 1), units=[unit],
        instructions="Say what is so today.",
    )  # fmt: skip
    campaigns.send_campaign(TEST, campaign, version=campaign.version)
    return campaign.analyses.get()


@pytest.fixture
def approved(cast: Cast, passed: None) -> dict[str, Analysis]:
    """By unit, in the full mode: facilities at Headquarters, and Geneva."""
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
