"""Who is told what of an agreement: reviewers, deciders, authors; in the inbox until it is done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from holdfast.governance.agreement import actions
from holdfast.governance.agreement.questions import waiting_for
from holdfast.governance.agreement.telling import follow
from holdfast.governance.notices.models import Notice
from holdfast.governance.policy import actions as policies
from holdfast.governance.policy.models import Policy
from holdfast.organization import clock
from holdfast.organization.accounts.actions import give_role
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.leased import claim
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.actions.people import end_holding
from holdfast.organization.structure.models import Holding, Post
from tests.cast import TEST, Cast, user
from tests.governance.agreement.test_agreement import WORDS, adopted, again, holder_of, submitted

DAY = timedelta(days=1)


@pytest.fixture
def author(cast: Cast) -> User:
    return user("author", Role.FOCAL_POINT)


@pytest.fixture
def head(cast: Cast) -> User:
    return user("head", Role.UNIT_HEAD, unit=cast.units["dm"])


@pytest.fixture
def policy(author: User) -> Policy:
    return policies.create_policy(TEST, key="bcm", **WORDS)


def inbox(reader: User) -> list[str]:
    return [notice.label for notice in Notice.objects.inbox(User.objects.get(pk=reader.pk), clock.today())]


def test_reviewers_and_the_approver_are_told_until_each_has_answered(policy: Policy, cast: Cast, head: User) -> None:
    reviewer = user("reviewer", Role.FOCAL_POINT, unit=cast.units["unog"])
    due = clock.today() + 7 * DAY
    submitted(policy, TEST, approver=head, reviewers=[reviewer], due=due)
    assert (inbox(reviewer), inbox(head)) == (["Review"], ["Decide"])
    notice = Notice.objects.inbox(head, clock.today()).get()
    assert (notice.title, notice.due, notice.address) == (policy.title, due, again(policy).agreement.address)
    actions.answer_review(reviewer, again(policy).agreement, verdict="agrees")
    assert (inbox(reviewer), inbox(head)) == ([], ["Decide"])
    adopted(again(policy), head, on=clock.today())
    assert inbox(head) == []
    assert not Notice.objects.open().exists()


def test_who_wrote_it_is_told_that_it_was_returned_until_it_is_submitted_again(cast: Cast, head: User) -> None:
    writer = user("writer", Role.PROGRAMME_MANAGER)
    policy = policies.create_policy(writer, key="bcm", **WORDS)
    submitted(policy, writer, approver=head)
    actions.return_to_draft(head, again(policy).agreement, text="Say more.")
    assert (inbox(writer), inbox(head)) == (["Mend and submit again"], [])
    submitted(again(policy), writer, approver=head)
    assert (inbox(writer), inbox(head)) == ([], ["Decide"])


def test_a_decision_of_a_post_waits_for_who_holds_it_today(policy: Policy, cast: Cast) -> None:
    first = holder_of(cast, "cdc")
    submitted(policy, TEST, approver=Post.objects.get(key="cdc"))
    assert inbox(first) == ["Decide"]
    holding = Holding.objects.get(person__user=first)
    end_holding(TEST, holding, version=holding.version, on=clock.today())
    enqueue("agreement.follow", by=TEST)
    manager = user("manager", Role.PROGRAMME_MANAGER)
    (job,) = claim(Job, "test")
    assert follow(TEST, Running(job)) == {"agreements": 1}
    assert inbox(first) == []
    assert inbox(manager) == ["Decide"], "who enters decisions, where nobody holds it"


def test_a_decision_of_a_body_waits_for_its_chair(policy: Policy, cast: Cast) -> None:
    chair = holder_of(cast, "cdc")
    submitted(policy, TEST, approver=cast.groups["sept"])
    assert inbox(chair) == ["Decide"]


def test_another_approver_is_told_and_the_first_is_not_any_more(policy: Policy, cast: Cast, head: User) -> None:
    other = user("other", Role.UNIT_HEAD)
    submitted(policy, TEST, approver=head)
    actions.readdress(TEST, again(policy).agreement, approver=other)
    assert (inbox(head), inbox(other)) == ([], ["Decide"])


def test_who_changed_a_draft_is_not_told_to_decide_on_it(policy: Policy, cast: Cast) -> None:
    """Four eyes: what is told is what is allowed."""
    chair, deputy = holder_of(cast, "cdc"), holder_of(cast, "usg-management")
    give_role(TEST, chair, Role.PROGRAMME_MANAGER)
    changed = policies.edit_policy(chair, policy, version=1, scope="More.")
    submitted(changed, TEST, approver=cast.groups["sept"])
    assert (inbox(chair), inbox(deputy)) == ([], ["Decide"])
    with pytest.raises(NotAllowed, match="yourself"):
        adopted(again(policy), chair, on=clock.today())


def test_where_all_who_are_named_have_written_it_who_enters_decisions_is_told_unless_he_has_too(
    policy: Policy, cast: Cast
) -> None:
    chair, other = holder_of(cast, "cdc"), user("other", Role.PROGRAMME_MANAGER)
    for one in (chair, other):
        give_role(TEST, one, Role.ADMINISTRATOR)
        policy = policies.edit_policy(one, policy, version=policy.version, scope=f"All, says {one}.")
    third = user("third", Role.PROGRAMME_MANAGER)
    submitted(policy, TEST, approver=cast.groups["sept"])
    assert (inbox(chair), inbox(other), inbox(third)) == ([], [], ["Decide"])


@pytest.mark.parametrize("state", ["in review", "returned"])
def test_the_list_of_what_waits_says_what_the_inbox_says(policy: Policy, cast: Cast, head: User, state: str) -> None:
    author = user("writer", Role.PROGRAMME_MANAGER)
    reviewer = user("reviewer", Role.FOCAL_POINT, unit=cast.units["unog"])
    people = [author, reviewer, head, holder_of(cast, "cdc"), user("secretary", Role.PROGRAMME_MANAGER)]
    policy = policies.edit_policy(author, policy, version=1, scope="More.")
    submitted(policy, author, approver=cast.groups["sept"], reviewers=[reviewer])
    if state == "returned":
        actions.return_to_draft(TEST, again(policy).agreement, text="No.")
    for reader in people:
        assert bool(inbox(reader)) is waiting_for(reader, clock.today()).exists(), reader.username
    told = {reader.username for reader in people if inbox(reader)}
    assert told == ({"reviewer", "holder-of-cdc"} if state == "in review" else {"writer"})


def test_a_draft_tells_nobody_and_a_discarded_one_leaves_nothing(policy: Policy, head: User) -> None:
    assert not Notice.objects.exists()
    submitted(policy, TEST, approver=head)
    actions.return_to_draft(head, again(policy).agreement, text="No.")
    fresh = again(policy)
    policies.discard_policy(TEST, fresh, version=fresh.version)
    assert not Notice.objects.open().exists()


def test_the_first_page_names_it_once(policy: Policy, head: User, client: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    submitted(policy, TEST, approver=head, due=date(2040, 1, 1))
    client.force_login(head)
    assert client.get("/").content.decode().count(f": {policy.title}</a>") == 1
    assert policy.title in client.get("/inbox/").content.decode()
