"""Two who agree at once, each in a transaction of its own: one wins, the other is told."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.governance.agreement import actions
from holdfast.governance.agreement.models import Agreement, Remark, State
from holdfast.governance.agreement.steps import DecidedAlready
from holdfast.governance.policy import actions as policies
from holdfast.governance.policy.models import Acknowledgement, Policy
from holdfast.organization.accounts.models import Event
from holdfast.organization.accounts.roles import Role
from tests import cast as made
from tests.cast import TEST, user
from tests.governance.agreement.test_agreement import ADOPTED, WORDS
from tests.organization.test_at_once import at_once, kinds

pytestmark = pytest.mark.django_db(transaction=True)


def in_review() -> Policy:
    body = made.secretariat().groups["sept"]
    policy = policies.create_policy(TEST, key="bcm", **WORDS)
    return policies.submit_policy(TEST, policy, version=1, body=body)


def adopting(policy: Policy, by: Any, **more: Any) -> Any:
    return lambda: policies.adopt_policy(by, policy, version=policy.version, on=ADOPTED, reason="Agreed.", **more)


def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told_who_was_first() -> None:
    policy = in_review()
    people = [user(name, Role.PROGRAMME_MANAGER) for name in ("first", "second")]
    found = at_once(*(adopting(policy, one) for one in people))
    assert kinds(found) == ["DecidedAlready", "Policy"]
    told = next(one for one in found if isinstance(one, DecidedAlready))
    agreement = Agreement.objects.get()
    assert agreement.state == State.APPROVED
    assert f"was decided by {agreement.decided_by} in the meantime" in told.message
    assert Event.objects.filter(act="policy.adopt").count() == 1
    assert Remark.objects.filter(kind="decided").count() == 1


def test_who_approves_while_another_returns_it_is_told() -> None:
    policy = in_review()
    people = [user(name, Role.PROGRAMME_MANAGER) for name in ("first", "second")]
    agreement = policy.agreement
    found = at_once(
        adopting(policy, people[0]),
        lambda: actions.return_to_draft(people[1], agreement, text="Not yet."),
    )
    assert "DecidedAlready" in kinds(found)
    assert len([one for one in found if isinstance(one, Exception)]) == 1


def test_of_two_who_draft_the_next_version_at_once_one_is_refused() -> None:
    policy = in_review()
    adopting(policy, TEST)()
    found = at_once(*(lambda key=key: policies.draft_policy_version(TEST, policy, key=key) for key in ("a", "b")))
    assert kinds(found) == ["Policy", "ValidationError"]
    assert Policy.objects.count() == 2


def test_who_acknowledges_twice_at_once_has_acknowledged_once() -> None:
    policy = in_review()
    adopting(policy, TEST)()
    somebody = user("somebody")
    found = at_once(*(lambda: policies.acknowledge_policy(somebody, policy) for _ in range(2)))
    assert kinds(found) == ["Policy", "Policy"]
    assert Acknowledgement.objects.count() == 1
