"""Who grants, who makes a quorum and from how long an interruption on: settings in versions, assumed where nothing is
said."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from holdfast.crisis.rules.actions import approve_rules, discard_rules, draft_rules, edit_rules
from holdfast.crisis.rules.content import BadRules, Rules
from holdfast.crisis.rules.models import RulesVersion
from holdfast.crisis.rules.questions import in_force, numbered, quorum_of
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.evidence.fact import Basis
from tests.cast import TEST, Cast, user


def content(**changed: object) -> dict[str, object]:
    return {**Rules().as_json(), **changed}


def test_before_anything_is_approved_more_than_half_of_the_seats_are_a_quorum_and_all_is_assumed(cast: Cast) -> None:
    rules = in_force(date(2026, 1, 1))
    assert (rules.number, rules.continuity_granted_by, rules.continuity_after_hours) == (0, "sept", 24.0)
    assert [quorum_of(rules, cast.groups["sept"], seats) for seats in (1, 2, 12, 13, 14)] == [1, 2, 7, 7, 8]
    assert rules.how_known("continuity_granted_by").basis is Basis.ASSUMED


def test_a_version_is_in_force_from_its_day_on_and_never_changed_again(cast: Cast) -> None:
    draft = draft_rules(TEST, content=content(quorum={"cog": 2}))
    draft = edit_rules(TEST, draft, version=1, content=content(quorum={"cog": 3}, continuity_after_hours=12.0))
    first = approve_rules(TEST, draft, version=2, valid_from=date(2020, 1, 1), reason="Decided by the body.")
    assert (in_force(date(2019, 12, 31)).number, in_force(date(2020, 1, 1)).number) == (0, 1)
    with pytest.raises(ValidationError, match="stays as it is"):
        edit_rules(TEST, first, version=3, title="Another")
    second = draft_rules(TEST)
    assert second.rules.quorum == {"cog": 3}
    approve_rules(TEST, second, version=1, valid_from=date(2021, 1, 1), reason="Yearly review.")
    assert [in_force(date(year, 6, 1)).number for year in (2020, 2021)] == [1, 2]
    assert numbered(1).continuity_after_hours == 12.0


def test_what_can_never_be_is_refused(cast: Cast) -> None:
    for wrong in ({"quorum": {"cog": 0}}, {"continuity_after_hours": -1}, {"continuity_granted_by": " "},
                  {"more": 1}, {"known": {"weather": {}}}):  # fmt: skip
        with pytest.raises(ValidationError):
            draft_rules(TEST, content=content(**wrong))
        with pytest.raises(BadRules):
            Rules.read(content(**wrong))
    assert not RulesVersion.objects.exists()
    for wrong in ({"quorum": {"cog": 99}}, {"quorum": {"nobody": 1}}, {"continuity_consulted": "nobody"}):
        draft = draft_rules(TEST, content=content(**wrong))
        with pytest.raises(ValidationError):
            approve_rules(TEST, draft, version=1, valid_from=date(2020, 1, 1), reason="Because.")
        discard_rules(TEST, draft, version=1)


def test_only_who_steers_the_programme_changes_them(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        draft_rules(user("of-cog", "crisis_team"))
    assert draft_rules(user("manager", "programme_manager")).number == 1
