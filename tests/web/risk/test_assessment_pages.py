"""An assessment is written, agreed and read on pages; the register, the map and the roll-up open to it."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from holdfast.analysis.risk.actions.assessments import draft_assessment_version
from holdfast.analysis.risk.actions.hazards import create_threat
from holdfast.analysis.risk.actions.treatments import create_treatment
from holdfast.analysis.risk.models import Assessment, Finding, Rating, Risk, Threat
from holdfast.organization.accounts.models import User
from holdfast.organization.evidence.fact import assumed
from tests.cast import TEST, Cast, let_begin
from tests.web.risk.conftest import Reader

LEVELS = {
    "inherent_likelihood": "4",
    "inherent_impact": "4",
    "current_likelihood": "4",
    "current_impact": "3",
    "target_likelihood": "3",
    "target_impact": "2",
    "rationale": "Twice in ten years.",
}


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


@pytest.fixture
def threats(cast: Cast) -> None:
    for position, environment in enumerate(("natural", "political", "social", "technological")):
        create_threat(
            TEST, key=environment, name=f"{environment.capitalize()} event", environment=environment,
            origin="accidental", position=position,
        )  # fmt: skip


@pytest.fixture
def approved(manager: Client, reader: Reader, threats: None, cast: Cast) -> Assessment:
    """Written by the programme manager on the pages, approved by the head."""
    let_begin(cast)
    made = manager.post(
        "/risk/assessments/new/",
        {"title": "Nairobi", "site": "nairobi", "kind": "regular", "unit": "unon", "as_of": "2008-10-01",
         "political": "Quiet.", "social": "Quiet.", "technological": "Quiet."},
    )  # fmt: skip
    assert made.headers["Location"] == "/risk/assessments/nairobi/"
    rated = manager.post("/risk/assessments/nairobi/rate/", {"version": "1", "threat": "natural", **LEVELS})
    assert rated.headers["Location"] == "/risk/assessments/nairobi/#risks"
    said = {"version": "1", "who": "Adviser", "on": "2008-09-30", "said": "Agreed."}
    assert manager.post("/risk/assessments/nairobi/consult/", said).status_code == 302
    head = reader("unit_head", unit="unon", name="head")
    sent = manager.post("/risk/assessments/nairobi/submit/", {"version": "1", "approver": "head"})
    assert sent.status_code == 302, text(sent)
    decision = {"version": "1", "on": "2008-10-02", "reason": "Sound."}
    assert manager.post("/risk/assessments/nairobi/approve/", decision).status_code == 403
    assert head.post("/risk/assessments/nairobi/approve/", decision).status_code == 302
    return Assessment.objects.get()


def test_a_draft_names_what_it_lacks_and_offers_what_is_not_rated(manager: Client, threats: None, cast: Cast) -> None:
    let_begin(cast)
    said = {"title": "Nairobi", "site": "nairobi", "kind": "regular", "as_of": "2008-10-01"}
    manager.post("/risk/assessments/new/", said)
    page = text(manager.get("/risk/assessments/nairobi/"))
    assert "The natural environment: rate a risk, or say why there is none." in page
    assert "/risk/assessments/nairobi/rate/?threat=natural" in page
    refused = manager.post("/risk/assessments/nairobi/submit/", {"version": "1", "approver": ""})
    assert refused.status_code == 422
    assert "No risk is rated yet." in text(refused)
    form = text(manager.get("/risk/assessments/nairobi/rate/?threat=natural"))
    assert '<option value="natural" selected>' in form
    assert "4 · Likely" in form


def test_a_draft_says_that_the_policy_is_not_agreed_and_where_that_is_mended(
    manager: Client, reader: Reader, threats: None
) -> None:
    about = {"title": "Nairobi", "site": "nairobi", "unit": "unon", "kind": "regular", "as_of": "2008-10-01"}
    manager.post("/risk/assessments/new/", about)
    page = text(manager.get("/risk/assessments/nairobi/"))
    assert '<a href="/governance/policies/">No policy is in force.</a>' in page
    assert "Submit for approval" not in page
    assert "Rate a risk" in page
    refused = manager.post("/risk/assessments/nairobi/submit/", {"version": "1", "approver": ""})
    assert refused.status_code == 422
    assert "is not open for “United Nations Office at Nairobi” yet: No policy is in force" in text(refused)
    manager.post("/governance/steps/units/unon/let-pass/", {"step": "1", "reason": "Known.", "version": "1"})
    assert "No policy is in force." not in text(manager.get("/risk/assessments/nairobi/"))


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"current_likelihood": "9"}, "9"),
        ({"target_likelihood": "5", "target_impact": "5"}, "cannot be worse than what is"),
        ({"threat": ""}, "Name a risk of this site"),
        ({"rationale": ""}, "required"),
    ],
)
def test_a_rating_that_cannot_be_comes_back_with_what_was_typed(
    manager: Client, threats: None, said: dict[str, str], names: str
) -> None:
    about = {"title": "Nairobi", "site": "nairobi", "kind": "regular", "as_of": "2008-10-01"}
    manager.post("/risk/assessments/new/", about)
    given = {"version": "1", "threat": "natural", "title": "A flood here", **LEVELS, **said}
    refused = manager.post("/risk/assessments/nairobi/rate/", given)
    assert refused.status_code == 422
    assert names in text(refused)
    assert "A flood here" in text(refused)
    assert not Risk.objects.exists()


def test_an_approved_assessment_is_on_the_map_in_the_register_and_rolled_up(
    manager: Client, approved: Assessment
) -> None:
    heat = text(manager.get("/risk/"))
    assert "/risk/risks/?cell=current.4.3" in heat
    assert "Natural event" in heat
    register = text(manager.get("/risk/risks/?cell=current.4.3"))
    assert "/risk/risks/nairobi-natural-event/" in register
    assert "/risk/risks/nairobi-natural-event/" not in text(manager.get("/risk/risks/?cell=current.1.1"))
    assert manager.get("/risk/risks/?cell=up.1.1").status_code == 400
    assert manager.get("/risk/?site=atlantis").status_code == 400
    sites = text(manager.get("/risk/sites/"))
    assert sites.count('aria-current="page"') == 1, "the place shown, and no other, is marked"
    assert "2 sites have no approved assessment" in sites
    enterprise = text(manager.get("/risk/enterprise/"))
    assert "1 of 3 sites are assessed" in enterprise
    assert "worst risk now, at any site" in enterprise
    page = text(manager.get("/risk/assessments/nairobi/"))
    assert "Approved by" in page
    assert "/risk/assessments/nairobi/rate/" not in page


def test_the_enterprise_register_is_taken_out_as_csv_and_workbook(
    manager: Client, reader: Reader, approved: Assessment
) -> None:
    rows = list(csv.reader(StringIO(text(manager.get("/risk/enterprise.csv")).lstrip("\ufeff"))))
    assert rows[1][:6] == ["Natural event", "natural", "Medium", "4", "3", "Nairobi"]
    book = CalamineWorkbook.from_filelike(BytesIO(manager.get("/risk/enterprise.xlsx").content))
    sheet = book.get_sheet_by_index(0).to_python()
    assert sheet[4][0] == "Natural event"
    assert "worst risk now" in str(sheet[1][0])
    assert reader("process_owner").get("/risk/enterprise.csv").status_code == 403


def test_the_next_version_tells_what_has_changed(manager: Client, approved: Assessment) -> None:
    following = manager.post("/risk/assessments/nairobi/next/", {"version": "1", "as_of": "2009-10-01"})
    assert following.headers["Location"] == "/risk/assessments/nairobi-2/"
    rating = Rating.objects.get(assessment__key="nairobi-2")
    said = {
        **LEVELS,
        "version": "1",
        "current_likelihood": "3",
        "current_impact": "2",
        "rationale": "A wall was built.",
    }
    assert manager.post(f"/risk/rating/{rating.pk}/change/", said).status_code == 302
    page = text(manager.get("/risk/assessments/nairobi-2/"))
    assert "better by 1" in page
    assert "differences from the version before" in page
    gone = manager.post("/risk/assessments/nairobi-2/discard/", {"version": "1"})
    assert gone.headers["Location"] == "/risk/assessments/"
    assert Assessment.objects.count() == 1


def test_money_below_a_higher_risk_is_shown_on_the_page_of_priorities(
    manager: Client, approved: Assessment, cast: Cast
) -> None:
    risk = Risk.objects.get()
    create_treatment(TEST, key="wall", risk=risk, title="Wall", cost=assumed(9, "USD"), protects=["premises"])
    low = Risk(key="low", title="Low", site=risk.site, threat=Threat.objects.get(key="social"))
    low.save()
    page = text(manager.get("/risk/priorities/"))
    assert "Money follows the ranking" in page
    create_treatment(
        TEST,
        key="paint",
        risk=low,
        title="Paint",
        cost=assumed(9, "USD"),
        given=assumed(9, "USD"),
        protects=["premises"],
    )
    page = text(manager.get("/risk/priorities/"))
    assert "1 treatment has money while a higher risk goes without" in page
    assert page.index("Wall") < page.index("Paint")


def test_what_was_made_elsewhere_is_taken_in_once_and_linked(manager: Client, approved: Assessment) -> None:
    said = {"title": "Security", "made_by": "DSS", "document": "SRA", "as_of": "2008-06-30", "site": "nairobi"}
    assert manager.post("/risk/elsewhere/new/", said).status_code == 302
    found = {"version": "1", "number": "1", "title": "Unrest", "level": "high"}
    assert manager.post("/risk/elsewhere/security/add-finding/", found).status_code == 302
    again = manager.post("/risk/elsewhere/security/add-finding/", found)
    assert again.status_code == 422
    assert "never overwritten" in text(again)
    assert manager.get("/risk/elsewhere/security/edit/").status_code == 404
    finding = Finding.objects.get()
    risk = Risk.objects.get()
    linked = manager.post(f"/risk/finding/{finding.pk}/link/", {"version": "1", "risk": risk.key})
    assert linked.status_code == 302
    assert "Unrest" in text(manager.get(f"/risk/risks/{risk.key}/"))


@pytest.mark.parametrize(
    "address",
    [
        "/risk/",
        "/risk/sites/",
        "/risk/enterprise/",
        "/risk/priorities/",
        "/risk/risks/",
        "/risk/assessments/",
        "/risk/assessments/nairobi/",
    ],
)
def test_pages_of_risk_ask_a_fixed_number_of_questions(
    manager: Client, approved: Assessment, query_count: Any, address: str
) -> None:
    manager.get(address)
    with query_count(f"page {address}"):
        manager.get(address)


def test_of_another_office_nothing_is_told(reader: Reader, approved: Assessment) -> None:
    other = reader("focal_point", unit="unog")
    assert other.get("/risk/assessments/nairobi/").status_code == 404
    assert "No risk counts yet" in text(other.get("/risk/"))
    assert "Natural event at" not in text(other.get("/risk/enterprise/"))
    assert User.objects.filter(username="head").exists()
    assert draft_assessment_version(TEST, approved, as_of=date(2009, 1, 1)).agreement.number == 2
