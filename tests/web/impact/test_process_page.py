"""The analysis of a process saves as it is typed; two people at once see each other and lose nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from holdfast.analysis.impact.models import Analysis, ProcessImpact
from holdfast.organization.structure.models import Node, Requirement
from tests.cast import Cast
from tests.web.impact.conftest import Reader

PAGE = "/impact/analyses/round-fcsd/process/building/"


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


def row() -> ProcessImpact:
    return ProcessImpact.objects.get(process__key="building")


@pytest.fixture
def owner(reader: Reader, analysis: Analysis) -> Client:
    return reader("process_owner", unit="fcsd", name="owner")


def save(client: Client, name: str, value: str, seen: str = "") -> Any:
    return client.post(f"{PAGE}save/", {"name": name, "value": value, "seen": seen})


def test_each_field_is_saved_by_itself_and_what_follows_is_drawn_again(owner: Client) -> None:
    answer = save(owner, "impact.operational.24", "4")
    assert answer.status_code == 200
    said = answer.json()
    assert "So the MTPD that follows is 24" in said["drawn"].replace("\u00a0", " ")
    assert said["colours"] == {"impact.operational.24": 3}
    assert save(owner, "critical", "yes").status_code == 200
    assert (row().impact, row().critical) == ({"operational": {"24": 4.0}}, True)
    assert save(owner, "impact.operational.24", "", seen="4").status_code == 200
    assert row().impact == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("impact.operational.24", "9"),
        ("impact.operational.25", "2"),
        ("impact.weather.24", "2"),
        ("mtpd", "soon"),
        ("mtpd", "-1"),
        ("minimum_level", "1.5"),
        ("minimum_agreed_on", "31/10/2008"),
        ("minimum_agreed_by", "nobody"),
        ("analysis", "1"),
        ("version", "7"),
        ("", ""),
    ],
)
def test_what_cannot_be_is_refused_with_words_and_nothing_is_written(owner: Client, name: str, value: str) -> None:
    refused = save(owner, name, value)
    assert refused.status_code == 422
    assert refused.json()["message"]
    assert row().version == 1


def test_two_people_type_in_different_fields_and_each_sees_what_the_other_wrote(owner: Client, manager: Client) -> None:
    assert save(owner, "why", "Power and water.").status_code == 200
    assert save(manager, "rationale", "The engineers say so.").status_code == 200
    assert (row().why, row().rationale) == ("Power and water.", "The engineers say so.")
    seen = owner.get(f"{PAGE}now/?seen=2")
    assert seen.status_code == 200
    assert seen.json()["fields"]["rationale"] == "The engineers say so."
    assert seen.json()["by"]
    assert owner.get(f"{PAGE}now/?seen=3").status_code == 204


def test_the_second_of_two_in_one_field_is_shown_what_stands_there_and_chooses(owner: Client, manager: Client) -> None:
    save(owner, "why", "Power.")
    refused = save(manager, "why", "Water.")
    assert refused.status_code == 409
    assert refused.json()["now"] == "Power."
    assert row().why == "Power."
    assert save(manager, "why", "Power and water.", seen="Power.").status_code == 200


def test_without_a_script_the_form_saves_all_at_once_and_keeps_what_was_wrong(owner: Client) -> None:
    page = text(owner.get(PAGE))
    assert "Impact over time" in page and "2 things are missing" not in page
    given = {"version": "1", "critical": "yes", "why": "Power.", "mtpd": "12", "rto": "24", "impact.staff.1": "1"}
    refused = owner.post(PAGE, given)
    assert refused.status_code == 422
    assert "The RTO lies within the MTPD: at most 12 h." in text(refused)
    assert 'value="24"' in text(refused)
    done = owner.post(PAGE, {**given, "rto": "4", "mtpd_reason": "It freezes."})
    assert done.status_code == 303, text(done)
    assert (row().mtpd, row().rto, row().impact) == (12, 4, {"staff": {"1": 1.0}})


def test_a_form_that_somebody_has_overtaken_comes_back_with_both(owner: Client, manager: Client) -> None:
    save(manager, "why", "Water.")
    overtaken = owner.post(PAGE, {"version": "1", "why": "Power.", "critical": "yes"})
    assert overtaken.status_code == 409
    assert "Saved by the other:" in text(overtaken) and "Water." in text(overtaken)
    assert row().critical is None


def test_the_light_mode_shows_no_indicator_at_all(manager: Client, reader: Reader, analysis: Analysis) -> None:
    changed = manager.post(
        f"/impact/analyses/{analysis.key}/edit/",
        {"version": "1", "title": analysis.title, "mode": "light", "due": "2040-01-01", "as_of": "2008-10-01"},
    )
    assert changed.status_code == 302, text(changed)
    page = text(reader("process_owner", unit="fcsd").get(PAGE))
    assert "Impact over time" not in page and "impact.staff" not in page
    assert "How long it may stand still" in page


@pytest.mark.parametrize("role", ["unit_head", "auditor"])
def test_who_may_only_read_reads(role: str, reader: Reader, analysis: Analysis) -> None:
    who = reader(role, unit="fcsd")
    page = text(who.get(PAGE))
    assert "You may read this and not change it." in page and "data-save" not in page
    assert save(who, "why", "Mine.").status_code == 403
    assert reader("process_owner", unit="unog", name="stranger").get(PAGE).status_code == 404


def test_needs_are_added_many_at_once_and_copied_and_one_comes_back_to_the_page(
    owner: Client, manager: Client, cast: Cast
) -> None:
    part = row().pk
    added = owner.post(
        f"/impact/processimpact/{part}/add-needs/?next={PAGE}",
        {"version": "1", "providers": ["ny-power"], "needs": "1", "tolerance": "2"},
    )
    assert added.headers["Location"] == PAGE
    made = Requirement.objects.get(node__key="building", supply__provider__key="ny-power")
    assert made.tolerance.value == 2
    refused = manager.post(f"/impact/processimpact/{part}/copy-needs/", {"version": "1", "source": "geneva-meetings"})
    assert refused.status_code == 302
    assert Requirement.objects.filter(node__key="building", supply__provider__key="geneva-offices").exists()


def test_a_peak_is_added_on_the_page_and_nonsense_is_refused(owner: Client) -> None:
    part = row().pk
    given = {"version": "1", "name": "Pay day", "kind": "month_end", "when": "soon", "mtpd": "4", "reason": "Pay."}
    refused = owner.post(f"/impact/processimpact/{part}/add-peak/", given)
    assert refused.status_code == 422 and "last 1 to 28 days" in text(refused)
    assert owner.post(f"/impact/processimpact/{part}/add-peak/", {**given, "when": "3"}).status_code == 302
    assert "Pay day" in text(owner.get(PAGE))


def test_the_way_back_never_leads_off_this_site(owner: Client) -> None:
    part = row().pk
    for evil in ("https://example.org/", "//example.org/", "/\\example.org"):
        answer = owner.post(
            f"/impact/processimpact/{part}/add-needs/?next={evil}",
            {"version": "1", "providers": ["ny-power"], "needs": "1"},
        )
        assert not answer.headers.get("Location", "/").startswith(("http", "//", "/\\"))


def test_an_approved_analysis_gives_its_limits_to_the_process(
    owner: Client, manager: Client, reader: Reader, cast: Cast
) -> None:
    head = reader("unit_head", unit="secretariat", name="head")
    scales = {"staff": "1", "operational": "4", "financial": "1", "reputational": "1"}
    for category, level in scales.items():
        for hour in ("1", "4", "24", "72", "168", "672"):
            value = level if category != "operational" or int(hour) >= 24 else "1"
            assert save(owner, f"impact.{category}.{hour}", value).status_code == 200
    for name, value in {
        "critical": "yes", "why": "Power.", "minimum_level": "0.4", "minimum_agreed_by": "chief-fcsd",
        "minimum_agreed_on": "2008-10-01", "basis": "stated", "source": "Chief of the division",
    }.items():  # fmt: skip
        assert save(owner, name, value).status_code == 200, name
    assert "This process is complete." in text(owner.get(PAGE))
    sent = owner.post("/impact/analyses/round-fcsd/submit/", {"version": "1", "approver": "head"})
    assert sent.status_code == 302, text(sent)
    assert save(owner, "why", "Later.", seen="Power.").status_code == 422
    approved = head.post(
        "/impact/analyses/round-fcsd/approve/", {"version": "1", "on": "2008-10-20", "reason": "Sound."}
    )
    assert approved.status_code == 302, text(approved)
    node = Node.objects.get(key="building")
    assert (node.mtpd.value, node.mtpd.basis, node.minimum_level.value) == (24, "stated", 0.4)
