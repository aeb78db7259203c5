"""The policy: what it holds, whom it holds for, who has acknowledged it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from holdfast.governance.notices.models import Notice
from holdfast.governance.policy import actions
from holdfast.governance.policy.acknowledging import counts, readers, to_acknowledge
from holdfast.governance.policy.models import Acknowledgement, Policy
from holdfast.organization import clock
from holdfast.organization.accounts.roles import Role
from tests.cast import TEST, Cast, again, user
from tests.governance.agreement.test_agreement import ADOPTED, WORDS
from tests.governance.gates.test_gates import adopted, staff


def test_a_policy_statement_holds_scope_purpose_objectives_and_activities_and_a_body_adopts_it(cast: Cast) -> None:
    """Rule 11."""
    policy = actions.create_policy(TEST, key="bcm", title="Policy")
    assert policy.missing_parts == ["scope", "purpose", "objectives", "activities"]
    for name in policy.missing_parts:
        with pytest.raises(ValidationError, match="not complete without this"):
            actions.submit_policy(TEST, policy, version=policy.version, body=cast.groups["sept"])
        policy = actions.edit_policy(TEST, policy, version=policy.version, **{name: WORDS[name]})
    actions.submit_policy(TEST, policy, version=policy.version, body=cast.groups["sept"])
    actions.adopt_policy(TEST, policy, version=policy.version, on=ADOPTED, reason="Meeting of 31 January 2008.")
    assert Policy.objects.in_force(ADOPTED).get().agreement.approver_body == cast.groups["sept"]


@pytest.mark.parametrize("wrong", [["Protect staff.", ""], ["Protect staff.", 3], "Protect staff."])
def test_objectives_are_a_list_of_texts(cast: Cast, wrong: object) -> None:
    with pytest.raises(ValidationError, match="Wanted a list of texts"):
        actions.create_policy(TEST, key="bcm", title="Policy", objectives=wrong)


def test_staff_acknowledge_what_is_in_force_and_it_is_counted_by_unit(cast: Cast) -> None:
    policy = adopted()
    here, there = staff(cast.units["bcmu"], 2), staff(cast.units["unog"], 1)
    assert to_acknowledge(here[0], clock.today()) == [policy]
    actions.acknowledge_policy(here[0], policy)
    actions.acknowledge_policy(here[0], policy)
    assert to_acknowledge(here[0], clock.today()) == []
    found = readers(clock.today())
    assert [(reader.user, reader.done) for reader in found] == [(here[0], True), (there[0], False), (here[1], False)]
    units = [cast.units[key] for key in ("dm", "bcmu", "unog", "dss")]
    assert [(count.unit.key, count.done, count.accounts) for count in counts(units, found)] == [
        ("dm", 1, 2),
        ("bcmu", 1, 2),
        ("unog", 0, 1),
        ("dss", 0, 0),
    ]


def test_a_new_version_is_acknowledged_anew(cast: Cast) -> None:
    first = adopted()
    (somebody,) = staff(cast.units["bcmu"], 1)
    actions.acknowledge_policy(somebody, first)
    second = actions.draft_policy_version(TEST, first)
    second = actions.edit_policy(TEST, second, version=1, purpose="To go on, and to come back.")
    actions.submit_policy(TEST, second, version=second.version, body=cast.groups["sept"])
    actions.adopt_policy(TEST, second, version=second.version, on=date(2009, 1, 1), reason="Agreed.")
    assert to_acknowledge(somebody, clock.today()) == [second]
    with pytest.raises(ValidationError, match="is not in force today"):
        actions.acknowledge_policy(somebody, Policy.objects.get(key="bcm"))
    assert Acknowledgement.objects.get().policy == first


def test_only_what_is_in_force_today_is_acknowledged_and_only_by_people(cast: Cast) -> None:
    draft = actions.create_policy(TEST, key="later", **WORDS)
    somebody = user("somebody")
    with pytest.raises(ValidationError, match="is not in force today"):
        actions.acknowledge_policy(somebody, draft)
    actions.submit_policy(TEST, draft, version=1, body=cast.groups["sept"])
    tomorrow = clock.today() + timedelta(days=1)
    actions.adopt_policy(TEST, draft, version=1, on=clock.today(), reason="Agreed.", in_force_from=tomorrow)
    with pytest.raises(ValidationError, match="is not in force today"):
        actions.acknowledge_policy(somebody, draft)
    with pytest.raises(ValidationError, match="Only a person"):
        actions.acknowledge_policy(TEST, draft)


def test_who_follows_sees_the_readers_of_her_units_alone(cast: Cast) -> None:
    adopted()
    here, there = staff(cast.units["bcmu"], 1), staff(cast.units["unog"], 1)
    head = user("head", Role.UNIT_HEAD, unit=cast.units["dm"])
    assert [reader.user for reader in readers(clock.today(), head)] == here
    assert [reader.user for reader in readers(clock.today(), again(there[0]))] == there
    assert [reader.user for reader in readers(clock.today(), user("nobody"))] == []


def test_who_follows_reminds_those_who_have_not_acknowledged(cast: Cast) -> None:
    policy = adopted()
    here, there = staff(cast.units["bcmu"], 2), staff(cast.units["unog"], 1)
    actions.acknowledge_policy(here[0], policy)
    head = user("head", Role.UNIT_HEAD, unit=cast.units["dm"])
    actions.remind_readers(head, policy=policy)
    today = clock.today()
    assert [Notice.objects.inbox(account, today).count() for account in (*here, *there)] == [0, 1, 0]
    (notice,) = Notice.objects.inbox(here[1], today)
    assert (notice.kind, notice.due) == ("policy.acknowledge", today + timedelta(days=30))
    actions.remind_readers(head, policy=policy)
    assert Notice.objects.inbox(here[1], today).count() == 1, "reminded twice, it waits once"
    actions.acknowledge_policy(here[1], policy)
    assert Notice.objects.inbox(here[1], today).count() == 0
    with pytest.raises(ValidationError, match="has acknowledged it"):
        actions.remind_readers(head, policy=policy)
