"""Dependencies are answered by the side that is drawn on; suppliers are asked by a link without an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from holdfast.analysis.impact.actions import suppliers
from holdfast.analysis.impact.models import Claim, Questionnaire, SupplierRecord
from holdfast.organization import clock
from holdfast.organization.structure.actions.nodes import create_node, edit_node
from holdfast.organization.structure.actions.requirements import Draw, create_requirement
from holdfast.organization.structure.models import Node, Requirement, Supply
from tests.cast import TEST, Cast, hours
from tests.web.impact.conftest import Reader


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


@pytest.fixture
def across(cast: Cast) -> Supply:
    """Meetings at Geneva need power from New York: another unit's."""
    create_requirement(
        TEST,
        key="geneva-meetings.link",
        node=cast.nodes["geneva-meetings"],
        name="link",
        needs=1,
        supply=[Draw(cast.nodes["ny-power"], 1)],
    )
    return Supply.objects.get(requirement__key="geneva-meetings.link")


def test_the_provider_sees_who_depends_on_it_with_what_rto_and_confirms(reader: Reader, across: Supply) -> None:
    provider = reader("process_owner", unit="fcsd")
    page = text(provider.get("/impact/dependencies/"))
    assert "Meetings, Geneva" in page and "4 h" in page and "not answered" in page
    done = provider.post(
        "/impact/dependencies/confirm/", {"supply": [across.pk], "next": "/impact/dependencies/?state=open"}
    )
    assert done.headers["Location"] == "/impact/dependencies/?state=open"
    across.refresh_from_db()
    assert across.confirmed_on is not None


def test_one_that_is_not_ones_own_to_confirm_is_refused_and_none_is_confirmed(reader: Reader, across: Supply) -> None:
    asker = reader("process_owner", unit="unog")
    own = Supply.objects.get(requirement__key="geneva-meetings.offices")
    assert asker.post("/impact/dependencies/confirm/", {"supply": [own.pk, across.pk]}).status_code == 403
    assert not Supply.objects.exclude(confirmed_on=None).exists()


def test_what_is_promised_later_than_it_is_wanted_is_marked(reader: Reader, cast: Cast, across: Supply) -> None:
    power = cast.nodes["ny-power"]
    edit_node(TEST, power, version=power.version, restart_promised=hours(12))
    page = text(reader("process_owner", unit="fcsd").get("/impact/dependencies/?state=slow"))
    assert "too late" in page and "12 h" in page


def test_a_contested_dependency_shows_both_sides_and_is_counted(
    reader: Reader, manager: Client, across: Supply
) -> None:
    provider = reader("process_owner", unit="fcsd")
    address = f"/organization/supply/{across.pk}/contest-supply/"
    assert provider.post(address, {"version": "1", "weight": "", "reason": ""}).status_code == 422
    assert provider.post(address, {"version": "1", "weight": "", "reason": "No such link."}).status_code == 302
    page = text(manager.get("/impact/dependencies/?state=contested"))
    assert "declined" in page and "No such link." in page
    assert "1 are contested" in page


def test_a_dependency_named_by_the_provider_alone_is_taken_over_by_the_process(
    reader: Reader, manager: Client, cast: Cast
) -> None:
    provider = reader("process_owner", unit="fcsd")
    told = provider.post("/impact/dependencies/ny-power/claim/", {"process": "geneva-meetings", "said": "The link."})
    assert told.status_code == 302, text(told)
    claim = Claim.objects.get()
    process = reader("process_owner", unit="unog", name="geneva")
    assert "The link." in text(process.get("/impact/dependencies/"))
    assert provider.get(f"/impact/claims/{claim.key}/take/").status_code == 403
    assert process.post(f"/impact/claims/{claim.key}/take/", {"version": "1"}).status_code == 302
    assert Requirement.objects.filter(node__key="geneva-meetings", supply__provider__key="ny-power").exists()


@pytest.fixture
def supplier(cast: Cast) -> Node:
    made = create_node(TEST, key="carrier", kind="supplier", name="Carrier", unit=cast.units["fcsd"])
    create_requirement(TEST, key="building.line", node=cast.nodes["building"], needs=1, supply=[Draw(made, 1)])
    return made


def test_a_single_source_is_flagged(manager: Client, supplier: Node) -> None:
    assert "1 supplier is the only one for something" in text(manager.get("/impact/suppliers/"))
    assert "single source" in text(manager.get("/impact/suppliers/carrier/"))


def test_a_supplier_answers_by_the_link_and_a_person_takes_it_over(
    manager: Client, client: Client, supplier: Node
) -> None:
    assert manager.post("/impact/suppliers/carrier/ask/", {"days": "30"}).status_code == 302
    page = text(manager.get("/impact/suppliers/carrier/"))
    link = page.split('class="secret">')[1].split("<")[0]
    assert link not in text(manager.get("/impact/suppliers/carrier/")), "the link is shown once"
    path = "/" + link.split("/", 3)[3]
    assert "Questions to Carrier" in text(client.get(path))
    refused = client.post(path, {"recovery": "-3", "who": ""})
    assert refused.status_code == 422 and 'value="-3"' in text(refused)
    said = {"recovery": "48", "has_plan": "yes", "tested_on": "2008-05-01", "who": "Account manager"}
    assert client.post(path, said).status_code == 302
    assert "Thank you" in text(client.get(path))
    assert "It was answered on" in text(client.post(path, said))
    asked = Questionnaire.objects.get()
    assert manager.post(f"/impact/questionnaires/{asked.key}/take/", {"version": "2"}).status_code == 302
    supplier.refresh_from_db()
    assert supplier.restart_promised.value == 48 and SupplierRecord.objects.get().has_plan is True


def test_of_two_who_change_what_is_known_of_a_supplier_the_second_is_shown_both(
    manager: Client, administrator: Client, supplier: Node
) -> None:
    page = "/impact/suppliers/carrier/record/"
    assert manager.post(page, {"version": "1", "contract": "One"}).status_code == 302
    assert manager.post(page, {"version": "1", "contract": "Two"}).status_code == 302
    overtaken = administrator.post(page, {"version": "1", "contract": "Three"})
    assert overtaken.status_code == 409
    assert "Two" in text(overtaken) and "Three" in text(overtaken)
    assert SupplierRecord.objects.get().contract == "Two"


def test_a_wrong_link_and_one_that_has_run_out_tell_nothing(
    client: Client, supplier: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = suppliers.send_questionnaire(TEST, key="q", supplier=supplier, secret="right", days=1)
    assert client.get("/impact/answer/wrong/").status_code == 404
    today = asked.expires + timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: today)
    page = client.post("/impact/answer/right/", {"who": "Somebody", "recovery": "1"})
    assert "It could be answered until" in text(page)
    asked.refresh_from_db()
    assert asked.answered_at is None
