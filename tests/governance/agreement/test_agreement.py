"""How things are agreed, on the policy: drafted, reviewed, approved by who is named, followed by the next version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.governance.agreement import actions, steps
from holdfast.governance.agreement.models import Agreement, Remark, Review, State
from holdfast.governance.agreement.questions import waiting_for
from holdfast.governance.notices.models import Notice
from holdfast.governance.policy import actions as policies
from holdfast.governance.policy.models import Policy
from holdfast.governance.settings.actions import approve_scales, draft_scales, edit_scales
from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import Event, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions.people import create_person, hold_post, link_account
from holdfast.organization.structure.models import Post
from holdfast.organization.structure.saving import save_all
from tests.cast import TEST, Cast, user

ADOPTED = date(2008, 1, 31)
WORDS: dict[str, Any] = {
    "title": "Policy on business continuity",
    "scope": "All departments.",
    "purpose": "To go on.",
    "objectives": ["Protect staff."],
    "activities": ["Write plans."],
}


@pytest.fixture
def author(cast: Cast) -> User:
    return user("author", Role.PROGRAMME_MANAGER)


@pytest.fixture
def head(cast: Cast) -> User:
    return user("head", Role.UNIT_HEAD, unit=cast.units["dm"])


@pytest.fixture
def reviewer(cast: Cast) -> User:
    return user("reviewer", Role.FOCAL_POINT, unit=cast.units["unog"])


@pytest.fixture
def policy(author: User) -> Policy:
    return policies.create_policy(author, key="bcm", **WORDS)


def submitted(policy: Policy, by: Any, **to: Any) -> Policy:
    return policies.submit_policy(by, policy, version=policy.version, **to)


def adopted(policy: Policy, by: Any, on: date = ADOPTED, **more: Any) -> Policy:
    return policies.adopt_policy(by, policy, version=policy.version, on=on, reason="Agreed at the meeting.", **more)


def again(policy: Policy) -> Policy:
    return Policy.objects.select_related("agreement").get(pk=policy.pk)


def holder_of(cast: Cast, post: str) -> User:
    """An account whose person holds a post."""
    account = user(f"holder-of-{post}")
    person = create_person(TEST, key=f"person-{post}", name=post, unit=cast.units["dm"])
    link_account(TEST, person, version=1, user=account)
    hold_post(TEST, person, Post.objects.get(key=post))
    return account


def test_a_thing_goes_from_draft_through_review_to_approved(
    policy: Policy, author: User, head: User, reviewer: User
) -> None:
    assert again(policy).agreement.state == State.DRAFT
    submitted(policy, author, approver=head, reviewers=[reviewer], comment="Please read.")
    agreement = again(policy).agreement
    assert (agreement.state, agreement.approves, agreement.submitted_by) == (State.IN_REVIEW, head, author)
    actions.answer_review(reviewer, agreement, verdict="agrees", text="Clear.")
    adopted(policy, head)
    agreement = again(policy).agreement
    assert (agreement.state, agreement.decided_on, agreement.decided_by) == (State.APPROVED, ADOPTED, head)
    assert agreement.in_force_on(ADOPTED) and not agreement.in_force_on(ADOPTED - timedelta(days=1))
    assert [(remark.kind, remark.by) for remark in Remark.objects.all()] == [
        ("submitted", author),
        ("reviewed", reviewer),
        ("decided", head),
    ]
    assert Event.objects.get(act="policy.adopt").after["digest"] == agreement.digest


@pytest.mark.parametrize("state", ["in review", "approved"])
def test_what_is_in_review_or_approved_cannot_be_edited(policy: Policy, author: User, head: User, state: str) -> None:
    submitted(policy, author, approver=head)
    if state == "approved":
        adopted(policy, head)
    attempts: list[Callable[[], Any]] = [
        lambda: policies.edit_policy(author, policy, version=policy.version, title="Other"),
        lambda: submitted(policy, author, approver=head),
        lambda: policies.discard_policy(author, policy, version=policy.version),
    ]
    for attempt in attempts:
        with pytest.raises(ValidationError, match="stays as it is"):
            attempt()
    assert again(policy).title == WORDS["title"]


def test_what_was_approved_is_kept_with_its_hash_whatever_happens_to_the_row(
    policy: Policy, author: User, head: User
) -> None:
    submitted(policy, author, approver=head)
    adopted(policy, head)
    policy = again(policy)
    assert steps.is_as_approved(policy)
    policy.purpose = "Something else."
    save_all([policy], TEST)
    policy = again(policy)
    assert not steps.is_as_approved(policy)
    assert policy.agreement.record["purpose"] == "To go on."
    assert steps.digest_of(policy.agreement.record) == policy.agreement.digest


def test_what_is_not_what_was_submitted_cannot_be_approved(policy: Policy, author: User, head: User) -> None:
    submitted(policy, author, approver=head)
    policy.purpose = "Something else."
    save_all([policy], TEST)
    with pytest.raises(ValidationError, match="not what was submitted"):
        adopted(policy, head)


def test_it_is_returned_with_a_comment_mended_and_submitted_again(
    policy: Policy, author: User, head: User, reviewer: User
) -> None:
    submitted(policy, author, approver=head, reviewers=[reviewer])
    agreement = again(policy).agreement
    actions.answer_review(reviewer, agreement, verdict="wants_changes", text="Name the sites.")
    with pytest.raises(ValidationError, match="Say what has to change"):
        actions.return_to_draft(head, agreement, text=" ")
    actions.return_to_draft(head, agreement, text="As the reviewer says.")
    today = clock.today()
    assert list(waiting_for(author, today)) == [agreement]
    policies.edit_policy(author, policy, version=policy.version, scope="All departments, at all sites.")
    submitted(again(policy), author, approver=head, reviewers=[reviewer])
    review = Review.objects.get()
    assert (review.verdict, review.answered_at) == ("", None), "the answer was to another text"
    assert list(waiting_for(author, today)) == []
    adopted(again(policy), head)
    assert [remark.kind for remark in Remark.objects.all()] == [
        "submitted", "reviewed", "returned", "submitted", "decided",
    ]  # fmt: skip


def test_its_author_takes_it_back_and_nobody_else_does(policy: Policy, author: User, head: User) -> None:
    submitted(policy, author, approver=head)
    agreement = again(policy).agreement
    with pytest.raises(NotAllowed, match="Only its author"):
        actions.take_back(head, agreement, text="Mine.")
    actions.take_back(author, agreement, text="A word is wrong.")
    assert again(policy).agreement.is_draft


@pytest.mark.parametrize("wrote", ["made it", "submitted it", "changed it"])
def test_who_has_written_it_does_not_approve_it(policy: Policy, author: User, cast: Cast, wrote: str) -> None:
    other = user("other", Role.PROGRAMME_MANAGER)
    body = cast.groups["sept"]
    if wrote == "made it":
        submitted(policy, other, body=body)
        with pytest.raises(NotAllowed, match="yourself"):
            adopted(policy, author)
        return
    if wrote == "changed it":
        policies.edit_policy(other, policy, version=1, scope="More.")
        submitted(again(policy), author, body=body)
    else:
        submitted(policy, other, body=body)
    with pytest.raises(NotAllowed, match="yourself"):
        adopted(again(policy), other)
    assert again(policy).agreement.in_review


def test_an_author_cannot_even_be_named_as_approver(policy: Policy, author: User) -> None:
    with pytest.raises(ValidationError, match="name another person"):
        submitted(policy, author, approver=author)


def test_the_author_approves_where_the_scales_in_force_allow_it(policy: Policy, author: User) -> None:
    draft = draft_scales(TEST)
    content = {**draft.content, "author_may_approve": True}
    draft = edit_scales(TEST, draft, version=1, content=content)
    approve_scales(TEST, draft, version=draft.version, valid_from=ADOPTED, reason="A small office.")
    submitted(policy, author, approver=author)
    assert list(waiting_for(author, clock.today())) == [again(policy).agreement]
    adopted(policy, author)
    assert again(policy).agreement.state == State.APPROVED


def test_who_is_not_named_decides_nothing(policy: Policy, author: User, head: User, reviewer: User) -> None:
    submitted(policy, author, approver=head, reviewers=[reviewer])
    other = user("other", Role.ADMINISTRATOR)
    for somebody in (reviewer, other):
        with pytest.raises(NotAllowed, match="is decided by head"):
            adopted(policy, somebody)
        with pytest.raises(NotAllowed, match="is decided by head"):
            actions.return_to_draft(somebody, again(policy).agreement, text="No.")
    with pytest.raises(NotAllowed, match="No review"):
        actions.answer_review(other, again(policy).agreement, verdict="agrees")


def test_who_holds_the_post_decides(policy: Policy, author: User, cast: Cast) -> None:
    submitted(policy, author, post=cast.posts["usg-management"])
    with pytest.raises(NotAllowed):
        adopted(policy, holder_of(cast, "usg-safety"))
    holder = holder_of(cast, "usg-management")
    assert list(waiting_for(holder, clock.today())) == [again(policy).agreement]
    adopted(policy, holder)


def test_the_chair_of_the_body_decides_or_who_enters_decisions_does(policy: Policy, author: User, cast: Cast) -> None:
    submitted(policy, author, body=cast.groups["sept"])
    today = clock.today()
    chair, secretary = holder_of(cast, "cdc"), user("secretary", Role.PROGRAMME_MANAGER)
    assert list(waiting_for(chair, today)) == [again(policy).agreement]
    assert list(waiting_for(secretary, today)) == [], "the chair has an account"
    assert list(waiting_for(author, today)) == []
    with pytest.raises(NotAllowed, match="is decided by Senior Emergency Policy Team"):
        adopted(policy, holder_of(cast, "usg-safety"))
    adopted(policy, secretary)
    assert again(policy).agreement.approves == cast.groups["sept"]


def test_all_that_waits_for_a_head_of_unit_takes_as_many_questions_as_one(
    policy: Policy, author: User, head: User, reviewer: User, django_assert_num_queries: Any
) -> None:
    others = [policies.create_policy(author, key=f"p{n}", **{**WORDS, "title": f"Policy {n}"}) for n in range(3)]
    today = clock.today()
    submitted(policy, author, approver=head, due=today + timedelta(days=30))
    submitted(others[0], author, approver=head, due=today + timedelta(days=3))
    submitted(others[1], author, approver=reviewer, reviewers=[head])
    submitted(others[2], author, approver=reviewer)
    with django_assert_num_queries(4):
        waiting = list(waiting_for(head, today))
    assert [agreement.title for agreement in waiting] == ["Policy 0", WORDS["title"], "Policy 1"]


def test_who_is_named_sees_it_whatever_the_role(policy: Policy, author: User, head: User, reviewer: User) -> None:
    stranger = user("stranger")
    assert list(visible(Agreement.objects.all(), reviewer)) == []
    submitted(policy, author, approver=head, reviewers=[reviewer])
    assert list(visible(Agreement.objects.all(), reviewer)) == [again(policy).agreement]
    assert list(visible(Agreement.objects.all(), author)) == [again(policy).agreement]
    assert list(visible(Agreement.objects.all(), stranger)) == []
    with pytest.raises(NotAllowed):
        actions.comment(stranger, again(policy).agreement, text="I do not see this.")
    actions.comment(reviewer, again(policy).agreement, text="A word.")


def test_the_next_version_supersedes_the_one_before_which_stays_readable(
    policy: Policy, author: User, head: User
) -> None:
    submitted(policy, author, approver=head)
    adopted(policy, head)
    second = policies.draft_policy_version(author, policy)
    assert (second.key, second.agreement.number, second.scope) == ("bcm-2", 2, WORDS["scope"])
    second = policies.edit_policy(author, second, version=1, scope="All departments and offices.")
    submitted(second, author, approver=head)
    assert list(Policy.objects.in_force(date(2008, 2, 1))) == [policy]
    adopted(second, head, date(2009, 1, 1), in_force_from=date(2009, 2, 1))
    first = again(policy)
    assert (first.agreement.state, first.agreement.in_force_until) == (State.SUPERSEDED, date(2009, 2, 1))
    assert first.scope == WORDS["scope"]
    for day, wanted in ((ADOPTED, policy), (date(2009, 1, 31), policy), (date(2009, 2, 1), second)):
        assert list(Policy.objects.in_force(day)) == [wanted]
    assert [(one.label, one.before, one.after) for one in steps.changes_since(again(second))] == [
        ("Scope", "All departments.", "All departments and offices.")
    ]


def test_one_version_is_worked_on_at_a_time(policy: Policy, author: User, head: User) -> None:
    with pytest.raises(ValidationError, match="not decided yet"):
        policies.draft_policy_version(author, policy)
    submitted(policy, author, approver=head)
    adopted(policy, head)
    second = policies.draft_policy_version(author, policy)
    with pytest.raises(ValidationError, match="is being worked on already"):
        policies.draft_policy_version(author, policy, key="third")
    policies.discard_policy(author, second, version=second.version)
    third = policies.draft_policy_version(author, policy, key="third")
    submitted(third, author, approver=head)
    adopted(third, head, date(2009, 1, 1))
    with pytest.raises(ValidationError, match="is not the last version"):
        policies.draft_policy_version(author, policy, key="fourth")


def test_days_in_the_wrong_order_are_refused_and_nothing_is_lost(policy: Policy, author: User, head: User) -> None:
    today = clock.today()
    with pytest.raises(ValidationError, match="This day has passed"):
        submitted(policy, author, approver=head, due=today - timedelta(days=1))
    submitted(policy, author, approver=head)
    for on, start, said in (
        (today + timedelta(days=1), None, "lies ahead"),
        (ADOPTED, ADOPTED - timedelta(days=1), "before it is decided"),
    ):
        with pytest.raises(ValidationError, match=said):
            adopted(policy, head, on, in_force_from=start)
    assert again(policy).agreement.in_review
    adopted(policy, head)
    second = policies.draft_policy_version(author, policy)
    submitted(second, author, approver=head)
    for on, start, said in (
        (ADOPTED - timedelta(days=1), None, "can only be decided later"),
        (ADOPTED, ADOPTED, "can only follow later"),
    ):
        with pytest.raises(ValidationError, match=said):
            adopted(second, head, on, in_force_from=start)
    with pytest.raises(ValidationError, match="ends before it begins"):
        policies.withdraw_policy(author, policy, version=policy.version, on=date(2007, 1, 1), reason="Old.")
    policies.withdraw_policy(author, policy, version=policy.version, on=date(2009, 1, 1), reason="Old.")
    assert list(Policy.objects.in_force(date(2009, 1, 1))) == []


def test_a_decision_needs_its_reason_and_a_statement_its_four_parts(policy: Policy, author: User, head: User) -> None:
    with pytest.raises(ValidationError, match="body, the post or the person"):
        submitted(policy, author)
    bare = policies.create_policy(author, key="bare", title="Bare", purpose="To go on.")
    with pytest.raises(ValidationError) as refused:
        submitted(bare, author, approver=head)
    assert sorted(refused.value.message_dict) == ["activities", "objectives", "scope"]
    submitted(policy, author, approver=head)
    with pytest.raises(ValidationError, match="Say why"):
        policies.adopt_policy(head, policy, version=policy.version, on=ADOPTED, reason=" ")


def test_who_approves_what_was_changed_since_is_told(policy: Policy, author: User, head: User) -> None:
    submitted(policy, author, approver=head)
    seen = again(policy)
    actions.take_back(author, seen.agreement, text="One more word.")
    policies.edit_policy(author, again(policy), version=1, scope="More.")
    submitted(again(policy), author, approver=head)
    with pytest.raises(Conflict) as told:
        adopted(seen, head)
    assert [difference.field for difference in told.value.differences] == ["scope"]


def test_another_decides_where_the_one_who_was_named_cannot(
    policy: Policy, author: User, head: User, cast: Cast
) -> None:
    submitted(policy, author, approver=head)
    agreement, manager = again(policy).agreement, user("manager", Role.ADMINISTRATOR)
    with pytest.raises(ValidationError, match="name another person"):
        actions.readdress(manager, agreement, approver=author)
    with pytest.raises(ValidationError, match="one of them"):
        actions.readdress(manager, agreement)
    with pytest.raises(NotAllowed):
        actions.readdress(head, agreement, body=cast.groups["sept"])
    actions.readdress(manager, agreement, body=cast.groups["sept"])
    with pytest.raises(NotAllowed, match="is decided by Senior Emergency Policy Team"):
        adopted(policy, head)
    adopted(policy, manager)


def waiting_notices(account: User) -> list[tuple[str, str]]:
    return [(notice.kind, notice.title) for notice in Notice.objects.inbox(account, clock.today())]


def test_who_is_asked_finds_a_notice_that_goes_when_it_is_done(
    policy: Policy, author: User, head: User, reviewer: User
) -> None:
    submitted(policy, author, approver=head, reviewers=[reviewer])
    assert waiting_notices(head) == [("agreement.decide", WORDS["title"])]
    assert waiting_notices(reviewer) == [("agreement.review", WORDS["title"])]
    actions.answer_review(reviewer, again(policy).agreement, verdict="agrees")
    assert waiting_notices(reviewer) == []
    actions.return_to_draft(head, again(policy).agreement, text="One more word.")
    assert (waiting_notices(head), waiting_notices(author)) == ([], [("agreement.mend", WORDS["title"])])
    submitted(again(policy), author, approver=head)
    adopted(again(policy), head)
    assert (waiting_notices(head), waiting_notices(author)) == ([], [("agreement.decided", WORDS["title"])])


def test_the_chair_of_the_body_is_told_and_where_none_has_an_account_who_enters_decisions(
    policy: Policy, author: User, cast: Cast
) -> None:
    secretary = user("secretary", Role.ADMINISTRATOR)
    submitted(policy, author, body=cast.groups["sept"])
    assert waiting_notices(secretary) == [("agreement.decide", WORDS["title"])]
    actions.take_back(author, again(policy).agreement, text="A word.")
    chair = holder_of(cast, "cdc")
    submitted(again(policy), author, body=cast.groups["sept"])
    assert waiting_notices(chair) == [("agreement.decide", WORDS["title"])]
    assert waiting_notices(secretary) == []
