"""Scales and policies in files: they come in as drafts, what is approved stays, and all comes back as it went out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import apply, preview, read
from holdfast.exchange.writing import Overtaken
from holdfast.formats.records_json import write_json
from holdfast.governance.agreement.models import Agreement
from holdfast.governance.policy import actions as policies
from holdfast.governance.policy.models import Policy
from holdfast.governance.settings.actions import approve_scales, discard_scales, draft_scales
from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.models import ScaleState, ScaleVersion
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.roles import Role
from tests.cast import TEST, Cast, user
from tests.governance.agreement.test_agreement import ADOPTED, WORDS

CONTENT = default_scales().as_json()
SCALES = {"key": "ours", "title": "Ours", "content": {**CONTENT, "late_for_head": 3}, "note": "Less patience."}
POLICY = {"key": "bcm", **WORDS, "unit": "unog", "paragraphs": ["22"]}
TABLES = ("policies", "scale_versions")


def problems(**records: Any) -> list[str]:
    return [str(problem) for problem in preview(TEST, records).problems]


def take_in(by: Any = TEST, **records: Any) -> None:
    found = preview(by, records)
    assert [str(problem) for problem in found.problems] == []
    apply(by, found)


def adopted(policy: Policy) -> Policy:
    policies.submit_policy(TEST, policy, version=policy.version, approver=user("approver", "unit_head"))
    return policies.adopt_policy(TEST, policy, version=policy.version, on=ADOPTED, reason="Agreed.")


def test_a_policy_comes_in_as_a_draft_that_can_be_adopted_and_stays_then(cast: Cast) -> None:
    take_in(policies=[POLICY])
    policy = Policy.objects.select_related("agreement", "unit").get()
    agreement = policy.agreement
    assert (agreement.state, agreement.kind, agreement.key, agreement.line) == ("draft", "policy", "bcm", "bcm")
    assert (agreement.address, agreement.unit) == ("/governance/policies/bcm/", cast.units["unog"])
    assert policy.objectives == ["Protect staff."]
    take_in(policies=[{"key": "bcm", "title": "Policy of Geneva"}])
    assert Agreement.objects.get().title == "Policy of Geneva"
    adopted(Policy.objects.select_related("agreement", "unit").get())
    assert "was approved on" in problems(policies=[{"key": "bcm", "purpose": "Another."}])[0]
    assert problems(policies=[{**POLICY, "title": "Policy of Geneva"}]) == [], "the same again changes nothing"


def test_a_policy_that_was_submitted_after_the_preview_is_not_written_over(cast: Cast) -> None:
    take_in(policies=[POLICY])
    found = preview(TEST, {"policies": [{"key": "bcm", "purpose": "Another."}]})
    policies.submit_policy(
        TEST, Policy.objects.select_related("agreement").get(), version=1, approver=user("approver", "unit_head")
    )
    with pytest.raises(Overtaken):
        apply(TEST, found)
    assert Policy.objects.get().purpose == WORDS["purpose"]


def test_scales_come_in_as_a_draft_of_the_next_number_and_are_in_force_once_approved(cast: Cast) -> None:
    discard_scales(TEST, draft_scales(TEST), version=1)
    writer = user("writer", Role.PROGRAMME_MANAGER)
    take_in(writer, scale_versions=[SCALES, {**SCALES, "key": "more", "title": "More"}])
    ours, more = ScaleVersion.objects.order_by("number")
    assert [(one.key, one.number, one.state, one.author) for one in (ours, more)] == [
        ("ours", 2, ScaleState.DRAFT, writer),
        ("more", 3, ScaleState.DRAFT, writer),
    ], "a number is never given twice"
    take_in(scale_versions=[{"key": "ours", "content": {**CONTENT, "late_for_head": 2}}])
    ours.refresh_from_db()
    approve_scales(TEST, ours, version=2, valid_from=clock.today(), reason="Agreed.")
    assert in_force(clock.today()).late_for_head == 2
    refused = problems(scale_versions=[{"key": "ours", "content": CONTENT}])
    assert refused == ["scale_versions[0].key: “Ours” is approved and stays as it is: give a draft another key."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({**CONTENT, "tolerance": 1}, "scale_versions[0].content: tolerance: The tolerance is a rank"),
        ({"hours": [1]}, "scale_versions[0].content: Object missing required field"),
        ("none", "scale_versions[0].content: Expected"),
    ],
)
def test_scales_that_cannot_be_are_refused_with_the_place(cast: Cast, content: Any, said: str) -> None:
    (problem,) = problems(scale_versions=[{**SCALES, "content": content}])
    assert problem.startswith(said)


def test_scales_are_taken_in_by_those_alone_who_may_change_them_for_all(cast: Cast) -> None:
    head = user("geneva", Role.PROGRAMME_MANAGER, unit=cast.units["unog"])
    found = preview(head, {"scale_versions": [SCALES], "policies": [POLICY]})
    assert [problem.place for problem in found.problems] == ["scale_versions[0].key"]


def test_scales_and_policies_come_back_as_they_went_out(cast: Cast) -> None:
    first = adopted(policies.create_policy(TEST, key="bcm", **{**WORDS, "objectives": ["Say; =1+1", "Go on, all"]}))
    policies.edit_policy(TEST, policies.draft_policy_version(TEST, first), version=1, scope="Field; and more")
    approve_scales(TEST, draft_scales(TEST, key="old"), version=1, valid_from=date(2008, 1, 1), reason="Agreed.")
    draft_scales(TEST, key="new", content=SCALES["content"], note="Less patience.")
    whole = {name: export(TEST)[name] for name in TABLES}
    assert [len(whole[name]) for name in TABLES] == [2, 2]
    for form, data in (("json", write_json(whole)), ("xlsx", export_workbook(whole))):
        same = preview(TEST, read(data, f"whole.{form}"))
        assert [str(problem) for problem in same.problems] == []
        assert same.nothing_to_do
        with connection.cursor() as cursor:
            for model in (
                Policy,
                ScaleVersion,
                Agreement.reviews.rel.related_model,
                Agreement.remarks.rel.related_model,
            ):
                for table in (model, model.history.model):
                    cursor.execute(f'DELETE FROM "{table._meta.db_table}"')
            cursor.execute("UPDATE governance_agreement SET previous_id = NULL")
            for table in (Agreement, Agreement.history.model):
                cursor.execute(f'DELETE FROM "{table._meta.db_table}"')
        again = preview(TEST, read(data, f"whole.{form}"))
        assert again.problems == []
        apply(TEST, again)
        assert {name: export(TEST)[name] for name in TABLES} == whole
        assert set(ScaleVersion.objects.values_list("state", flat=True)) == {ScaleState.DRAFT}
