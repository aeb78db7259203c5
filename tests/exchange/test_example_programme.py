"""The example's programme: scales, the policy that SEPT adopted, who has acknowledged it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import Q

from holdfast.crisis.rules.content import LABELS
from holdfast.crisis.rules.models import RulesVersion
from holdfast.crisis.rules.questions import in_force as rules_in_force
from holdfast.governance.agreement.models import State
from holdfast.governance.agreement.questions import waiting_for
from holdfast.governance.agreement.steps import changes_since, is_as_approved
from holdfast.governance.gates.gates import standings
from holdfast.governance.policy.models import Acknowledgement, Policy
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Unit

pytestmark = pytest.mark.django_db


def test_sept_adopted_the_policy_on_31_january_2008_and_a_second_version_waits_for_it(secretariat: None) -> None:
    """Paragraph 52, and rule 11; the second version is assumed."""
    first, second = Policy.objects.select_related("agreement__approver_body").order_by("agreement__number")
    adopted = first.agreement
    assert (adopted.approver_body.key, adopted.decided_on, adopted.state) == (
        "sept",
        date(2008, 1, 31),
        State.APPROVED,
    )
    assert "52" in first.paragraphs and not first.missing_parts and is_as_approved(first)
    assert list(Policy.objects.in_force(date(2008, 1, 30))) == []
    assert list(Policy.objects.in_force(date(2008, 10, 1))) == [first]
    assert second.agreement.in_review and second.basis == "assumed"
    assert {change.label for change in changes_since(second)} == {"Scope", "Objectives", "Reason", "Paragraphs"}
    head = User.objects.get(username="unit-head")
    assert list(waiting_for(head, clock.today())) == [second.agreement]
    assert set(User.objects.values_list("username", flat=True)) - {
        said.user.username for said in Acknowledgement.objects.select_related("user")
    } == {"staff"}


def test_the_scales_say_what_the_report_states_and_mark_the_rest_assumed(secretariat: None) -> None:
    scales = in_force(date(2008, 10, 1))
    assert scales.version == 1
    assert [one.key for one in scales.categories if one.basis == "stated"] == [
        "staff", "operational", "financial", "strategic", "reputational",
    ]  # fmt: skip
    assert {one.basis for one in (*scales.likelihood, *scales.impact)} == {"assumed"}
    assert all(set(one.by_category) == {category.key for category in scales.categories} for one in scales.impact)


def test_every_unit_in_scope_stands_somewhere_in_the_five_steps(secretariat: None) -> None:
    units = list(Unit.objects.filter(Q(in_scope=True) | Q(key="secretariat-hq")))
    found = {standing.unit.key: standing.passages[0].state for standing in standings(units, clock.today())}
    assert found["unog"] == "done", "its head has acknowledged"
    assert found["dpi"] == "under_way", "its only account has not"
    assert found["eca"] == "done", "nobody there has an account"
    assert found["secretariat-hq"] == "done", "four in five of its accounts have"


def test_the_rules_of_the_day_say_what_the_report_states_and_what_is_assumed(secretariat: None) -> None:
    rules = rules_in_force(date(2008, 10, 1))
    assert (rules.number, rules.quorum) == (1, {"sept": 7, "cog": 8})
    assert (rules.crisis_activated_by, rules.continuity_asked_by, rules.continuity_consulted) == ("cog", "cog", "sept")
    known = {name: rules.how_known(name).basis.value for name in LABELS}
    assert {name for name, basis in known.items() if basis == "assumed"} == {
        "quorum", "continuity_granted_by", "continuity_after_hours"
    }  # fmt: skip
    assert RulesVersion.objects.get().body.key == "sept"
