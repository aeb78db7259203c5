"""A campaign is planned, sent, chased and archived on pages; who may not, cannot."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from holdfast.analysis.impact.actions.analyses import add_process
from holdfast.analysis.impact.models import Analysis, Campaign
from holdfast.governance.notices.models import Notice
from holdfast.organization.structure.actions.nodes import create_node
from tests.cast import TEST, Cast
from tests.web.impact.conftest import Reader


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


NEW = {"title": "First round", "due": "2040-01-31", "as_of": "2008-10-01", "unit": "bcmu"}


def test_a_campaign_goes_from_planned_to_archived_and_the_next_begins_from_it(
    manager: Client, cast: Cast, passed: None
) -> None:
    made = manager.post("/impact/campaigns/new/", NEW)
    assert made.headers["Location"] == "/impact/campaigns/first-round/"
    page = "/impact/campaigns/first-round/"
    assert "choose the units" in text(manager.get(page))
    asking = text(manager.get(f"{page}ask/"))
    assert "Facilities and Commercial Services Division · 1 processes" in asking
    assert "Department of Political Affairs ·" not in asking
    assert manager.post(f"{page}ask/", {"version": "1", "units": ["fcsd", "unog"]}).status_code == 302
    assert "0 of 2 units are approved" in text(manager.get(page))
    assert manager.post(f"{page}send/", {"version": "1"}).status_code == 302
    assert Notice.objects.open().filter(kind="impact.fill").count() == 2
    reminded = manager.post(f"{page}remind/", {"version": "2", "units": ["unog"], "text": "A week is left."})
    assert reminded.status_code == 302
    assert Analysis.objects.get(unit__key="unog").reminders == 1
    assert Analysis.objects.get(unit__key="fcsd").reminders == 0
    refused = manager.post(f"{page}archive/", {"version": "2", "reason": ""})
    assert refused.status_code == 422
    assert manager.post(f"{page}archive/", {"version": "2", "reason": "A test."}).status_code == 302
    assert not Notice.objects.open().filter(kind="impact.fill")
    assert "1 archived campaign" in text(manager.get("/impact/"))


def test_the_next_campaign_cannot_ask_a_unit_that_is_still_at_work(manager: Client, analysis: Analysis) -> None:
    given = {"version": "2", "title": "Second round", "due": "2041-01-31", "as_of": "2009-10-01"}
    refused = manager.post("/impact/campaigns/round/next/", given)
    assert refused.status_code == 422
    assert "still being worked on" in text(refused)
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize("role", ["focal_point", "process_owner", "unit_head", "staff", "auditor"])
def test_only_those_who_lead_campaigns_change_them(role: str, reader: Reader, analysis: Analysis) -> None:
    who = reader(role, unit="fcsd")
    for page in ("ask", "send", "remind", "archive", "next", "edit"):
        assert who.get(f"/impact/campaigns/round/{page}/").status_code in (403, 404), page
    assert who.get("/impact/campaigns/new/").status_code == 403


def test_a_focal_point_sees_her_unit_in_the_campaign_and_no_other(
    reader: Reader, manager: Client, analysis: Analysis, cast: Cast
) -> None:
    manager.post("/impact/campaigns/round/ask/", {"version": "2", "units": ["unog"]})
    hers = text(reader("focal_point", unit="fcsd").get("/impact/campaigns/round/"))
    assert "Facilities and Commercial Services Division" in hers and "Office at Geneva" not in hers
    assert "0 of 1 unit is approved" in hers
    first = text(reader("focal_point", unit="unog", name="geneva").get("/impact/"))
    assert "Impact analysis, United Nations Office at Geneva" in first and "Facilities" not in first
    assert reader("focal_point", unit="unon", name="nairobi").get("/impact/campaigns/round/").status_code == 404


def test_pages_ask_as_many_questions_for_many_processes_as_for_few(
    manager: Client, analysis: Analysis, cast: Cast
) -> None:
    pages = ("/impact/", "/impact/campaigns/round/", f"/impact/analyses/{analysis.key}/")

    def asked(page: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(page).status_code == 200
        return len(captured)

    few = [asked(page) for page in pages]
    for number in range(12):
        node = create_node(TEST, key=f"p{number}", kind="process", name=f"P {number}", unit=cast.units["fcsd"])
        add_process(TEST, analysis=analysis, process=node)
    assert [asked(page) for page in pages] == few
