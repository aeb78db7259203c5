"""Scales and the five steps on their pages."""

from __future__ import annotations

from typing import Any

from django.test import Client

from holdfast.governance.gates.models import Override
from holdfast.governance.settings.actions import approve_scales, draft_scales
from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.models import ScaleVersion
from holdfast.web.pages.governance.scales import fields, values
from tests.cast import TEST, Cast
from tests.governance.agreement.test_agreement import ADOPTED
from tests.web.governance.conftest import Reader


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


def form_of(version: ScaleVersion, **changed: str) -> dict[str, str]:
    """What a browser would send for a draft as it is."""
    given, start = fields(), values(version)
    sent = {name: field.prepare_value(start[name]) for name, field in given.items()}
    found = {name: "" if value is None else str(value) for name, value in sent.items()}
    if not start["author_may_approve"]:
        del found["author_may_approve"]
    return {**found, "version": str(version.version), **changed}


def test_an_organisation_without_scales_sees_those_it_begins_with(manager: Client) -> None:
    page = text(manager.get("/governance/scales/"))
    assert "the scales that Holdfast begins with are used" in page
    assert "Almost certain" in page
    assert "0.2 to 1 times a year" in page


def test_a_draft_is_changed_on_lines_compared_and_approved(manager: Client) -> None:
    made = manager.post("/governance/scales/new/")
    assert (made.status_code, made.headers["Location"]) == (302, "/governance/scale-versions/scales-1/edit/")
    draft = ScaleVersion.objects.get()
    same = manager.post("/governance/scale-versions/scales-1/edit/", form_of(draft))
    assert same.status_code == 302
    after = ScaleVersion.objects.get()
    assert after.scales == draft.scales
    matrix = "1 1 2 3 4\n1 2 2 3 4\n1 2 3 4 4\n2 3 3 4 5\n2 3 4 5 5"
    changed = form_of(after, matrix=matrix, meanings="staff 5: Several lives are lost.", appetite_by="staff: 1",
                      translations="rank 1 fr: Très faible\ncategory staff es: Personal")  # fmt: skip
    assert manager.post("/governance/scale-versions/scales-1/edit/", changed).status_code == 302
    draft = ScaleVersion.objects.get()
    assert draft.scales.level_of(1, 5).level == 4
    assert draft.scales.impact[4].by_category == {"staff": "Several lives are lost."}
    assert draft.scales.ranks[0].names == {"fr": "Très faible"}
    again = manager.post("/governance/scale-versions/scales-1/edit/", form_of(draft))
    assert (again.status_code, ScaleVersion.objects.get().scales) == (302, draft.scales)
    draft = ScaleVersion.objects.get()
    page = text(manager.get("/governance/scale-versions/scales-1/"))
    assert '<span lang="fr" dir="auto">Très faible</span>' in page
    assert "Likelihood 1 with impact 5" in page
    approval = {"version": draft.version, "valid_from": "2008-01-31", "reason": "Agreed."}
    assert manager.post("/governance/scale-versions/scales-1/approve/", approval).status_code == 302
    assert "version 1, is in force since 31 January 2008" in text(manager.get("/governance/scales/"))
    assert manager.get("/governance/scale-versions/scales-1/edit/").status_code == 302


def test_a_category_that_is_counted_keeps_its_amounts_when_a_draft_is_saved(manager: Client) -> None:
    content = default_scales().as_json()
    money = next(one for one in content["categories"] if one["key"] == "financial")
    money |= {"unit": "USD", "amounts": [1e4, 1e5, 1e6, 1e7]}
    draft = draft_scales(TEST, content=content)
    assert manager.post(f"/governance/scale-versions/{draft.key}/edit/", form_of(draft)).status_code == 302
    assert ScaleVersion.objects.get().scales.category("financial").amounts == (1e4, 1e5, 1e6, 1e7)


def test_scales_that_cannot_be_come_back_as_they_were_typed(manager: Client) -> None:
    draft = draft_scales(TEST)
    for changed, said in (
        ({"matrix": "1 1 2 3 3\n1 2"}, "The matrix has 2 rows, and there are 5 likelihoods."),
        ({"matrix": "one"}, "is no whole number"),
        ({"likelihood": "Rare | Seldom | x | 1"}, "is no number"),
        ({"translations": "rank 2: Faible"}, "likelihood 1 fr: Rare"),
        ({"translations": "rank 9 fr: Faible"}, "There is no rank 9."),
        ({"translations": "rank 2 francais1!: Faible"}, "a text for each language"),
        ({"meanings": "staff: hurt"}, "category level: words"),
        ({"meanings": "staff 9: hurt"}, "There is no impact 9."),
        ({"hours": "24 4"}, "The times of impact have to grow."),
        ({"review": "coffee: 3"}, "Nothing is called coffee."),
        ({"tolerance": "1"}, "not below the appetite"),
    ):
        sent = form_of(draft, **changed)
        response = manager.post("/governance/scale-versions/scales-1/edit/", sent)
        assert (response.status_code, said in text(response)) == (422, True), (changed, said)
        assert next(iter(changed.values())).split("\n")[0] in text(response)
    assert ScaleVersion.objects.get().content == draft.content


def test_only_who_may_changes_scales(reader: Reader, cast: Cast) -> None:
    draft_scales(TEST)
    head = reader("unit_head", unit="dm")
    assert head.get("/governance/scales/").status_code == 200
    assert "Draft new scales" not in text(head.get("/governance/scales/"))
    assert head.get("/governance/scales/new/").status_code == 403
    assert head.post("/governance/scale-versions/scales-1/edit/", {}).status_code == 403


def test_every_unit_stands_in_the_matrix_with_what_is_missing(manager: Client, cast: Cast) -> None:
    page = text(manager.get("/governance/steps/"))
    assert f"{len(cast.units)} of {len(cast.units)} units stand at step 1, policy." in page
    assert page.count("No policy is in force.") == len(cast.units)
    narrowed = text(manager.get("/governance/steps/?unit=dm&sort=name"))
    assert "United Nations Office at Geneva</a></th>" not in narrowed
    assert manager.get("/governance/steps/?unit=nowhere&state=odd").status_code == 400


def test_a_unit_is_let_pass_with_a_reason_and_the_gate_is_closed_again(manager: Client, cast: Cast) -> None:
    here = "/governance/steps/units/dm/let-pass/"
    assert 'value="1" selected' in text(manager.get(f"{here}?step=1"))
    refused = manager.post(here, {"version": "1", "step": "1", "reason": " ", "until": "2001-01-01"})
    assert refused.status_code == 422
    done = manager.post(here, {"version": "1", "step": "1", "reason": "The old policy holds on."})
    assert (done.status_code, done.headers["Location"]) == (302, "/governance/steps/")
    page = text(manager.get("/governance/steps/?unit=dm"))
    assert "The old policy holds on." in page and "let pass" in page
    row = Override.objects.get()
    manager.post(f"/governance/steps/opened/{row.pk}/close/", {"version": str(row.version)})
    assert Override.objects.get().valid_until is not None


def test_who_may_not_open_gates_sees_no_way_to_and_is_refused(reader: Reader, cast: Cast) -> None:
    head = reader("unit_head", unit="dm")
    page = text(head.get("/governance/steps/"))
    assert "Let pass" not in page and "United Nations Office at Nairobi" not in page
    assert head.get("/governance/steps/units/dm/let-pass/").status_code == 403


def test_a_version_in_force_is_shown_as_it_was_after_another_came(manager: Client) -> None:
    first = draft_scales(TEST)
    approve_scales(TEST, first, version=1, valid_from=ADOPTED, reason="Agreed.")
    second = draft_scales(TEST)
    approve_scales(TEST, second, version=1, valid_from=ADOPTED.replace(year=2009), reason="Agreed.")
    assert "superseded" in text(manager.get("/governance/scale-versions/scales-1/"))
