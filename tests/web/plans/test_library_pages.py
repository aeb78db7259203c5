"""An existing plan is brought in by pages that need no script, seen before anything is written, and taken in parts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from holdfast.organization.attachments.models import Attachment
from holdfast.readiness.plans.actions import create_plan, write_section
from holdfast.readiness.plans.models import Plan, PlanRole, PlanSection, PlanTask
from tests.cast import TEST, Cast
from tests.exchange.test_plan_library import word
from tests.web.organization.conftest import Reader


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return create_plan(TEST, key="plan", kind="continuity", unit=cast.units["fcsd"], title="Plan of buildings")


def brought(client: Client, data: bytes, name: str = "old.docx") -> Any:
    return client.post("/plans/library/", {"plan": "plan", "file": SimpleUploadedFile(name, data)})


def fields(page: str) -> dict[str, list[str]]:
    """What the form would send as it stands."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r'<input type="(?:hidden|checkbox|radio)"[^>]*>', page):
        if 'type="hidden"' in tag or " checked" in tag:
            name = re.search(r'name="([^"]+)"', tag)
            value = re.search(r'value="([^"]*)"', tag)
            if name and name[1] != "csrfmiddlewaretoken":
                found.setdefault(name[1], []).append(value[1] if value else "on")
    return found


def test_a_file_is_seen_part_by_part_and_what_is_ticked_is_taken(manager: Client, plan: Plan) -> None:
    assert "Plan of buildings" in text(manager.get("/plans/library/?plan=plan"))
    sent = brought(manager, word())
    kept = Attachment.objects.get()
    assert (sent.status_code, sent.headers["Location"]) == (302, f"/plans/library/plan/{kept.key}/")
    page = text(manager.get(sent.headers["Location"]))
    for said in (
        "<strong>whatever happens</strong>",
        "Stays in the file",
        "Ann Lee",
        "Cy Dean",
        "2 h to 4 h",
        kept.sha256,
    ):
        assert said in page, said
    assert not PlanSection.objects.exists()
    taken = manager.post(sent.headers["Location"], fields(page) | {"section.p10": "scope", "section.p1": "annexes"})
    assert (taken.status_code, taken.headers["Location"]) == (302, "/plans/plan/")
    assert "Behind the house." in PlanSection.objects.get(section="scope").text
    assert (PlanRole.objects.count(), PlanTask.objects.count()) == (2, 3)
    assert "It stands in the draft already." in text(manager.get(sent.headers["Location"]))
    assert "old.docx" in text(manager.get("/plans/library/?plan=plan"))


@pytest.mark.parametrize(("data", "said"), [(b"nothing", "neither a Word document"), (b"", "neither a Word document")])
def test_a_bad_file_gets_a_clear_word(manager: Client, plan: Plan, data: bytes, said: str) -> None:
    page = brought(manager, data)
    assert page.status_code == 422
    assert said in text(page)
    assert manager.post("/plans/library/", {"plan": "plan"}).status_code == 422
    assert not Attachment.objects.exists()


def test_a_draft_that_was_changed_meanwhile_is_shown_anew_and_no_tick_is_lost(manager: Client, plan: Plan) -> None:
    address = brought(manager, word()).headers["Location"]
    sent = fields(text(manager.get(address)))
    del sent["take.p2"]
    write_section(TEST, plan=plan, section="communication", language="en", text="By radio.")
    page = manager.post(address, sent)
    assert page.status_code == 409
    assert "Nothing was taken: the draft was changed since you looked." in text(page)
    assert PlanSection.objects.get().text == "By radio."
    again = fields(text(page))
    assert "take.p2" not in again
    assert "take.p3" in again
    assert manager.post(address, again).status_code == 302
    assert PlanSection.objects.get(section="communication").text == "By radio.\n\nBy telephone first."


def test_who_may_not_write_plans_brings_nothing_in(manager: Client, reader: Reader, plan: Plan) -> None:
    address = brought(manager, word()).headers["Location"]
    for client in (reader("auditor"), reader("staff")):
        assert client.get("/plans/library/").status_code == 403
        assert client.get(address).status_code == 403
    other = reader("focal_point", unit="unog")
    assert "Plan of buildings" not in text(other.get("/plans/library/"))
    assert brought(other, word()).status_code == 404
    assert other.get(address).status_code == 404


def test_nothing_ticked_is_said(manager: Client, plan: Plan) -> None:
    address = brought(manager, word()).headers["Location"]
    page = manager.post(address, {"how": "after"})
    assert page.status_code == 422
    assert "Nothing is ticked" in text(page)
