"""The policy: written, reviewed, adopted by a body, followed by a next version, acknowledged by staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement import steps
from holdfast.governance.agreement.models import TAKE_PART
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import raise_notice, settle_notice
from holdfast.governance.policy.acknowledging import readers
from holdfast.governance.policy.models import ACKNOWLEDGE, EDIT, FOLLOW, Acknowledgement, Policy
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Group, Post
from holdfast.organization.structure.saving import create

REMINDER = declare_kind("policy.acknowledge", _("Read and acknowledge"))
MOST_REMINDED = 1000


class PolicyFields(DescribedFields, total=False):
    title: str
    unit: Unit | None
    scope: str
    purpose: str
    objectives: list[str]
    activities: list[str]


@act("policy.create", EDIT, label=_("write a policy"))
def create_policy(by: Actor, *, key: str, **fields: Unpack[PolicyFields]) -> Policy:
    """The first draft of a policy. Raises ValidationError."""
    return steps.draft(by, Policy(key=key, **fields))


@act("policy.edit", EDIT, label=_("change a draft of a policy"), on="policy")
def edit_policy(by: Actor, policy: Policy, *, version: int, **changes: Unpack[PolicyFields]) -> Policy:
    return steps.change_draft(by, policy, changes, PolicyFields.__annotations__)


@act("policy.version", EDIT, label=_("draft a new version of a policy"), on="policy")
def draft_policy_version(by: Actor, policy: Policy, *, key: str = "", version: int | None = None) -> Policy:
    """The next version, to begin with as this one is. Raises ValidationError where it is no decided one."""
    line, number = policy.agreement.line, policy.agreement.number + 1
    return steps.new_version(by, policy, key=key or f"{line}-{number}")


@act("policy.submit", EDIT, label=_("submit a policy for adoption"), on="policy")
def submit_policy(
    by: Actor,
    policy: Policy,
    *,
    version: int,
    body: Group | None = None,
    approver: User | None = None,
    post: Post | None = None,
    reviewers: Sequence[User] = (),
    due: date | None = None,
    comment: str = "",
) -> Policy:
    """Raises ValidationError where a part of the statement is missing, or nobody is named who adopts it."""
    if missing := policy.missing_parts:
        said = gettext("A policy statement is not complete without this.")
        raise ValidationError(dict.fromkeys(missing, said))
    named = [one for one in (body, post, approver) if one is not None]
    if len(named) != 1:
        raise ValidationError({"body": gettext("Name the body, the post or the person who adopts it: one of them.")})
    steps.submit(by, policy, approver=named[0], reviewers=reviewers, due=due, comment=comment)
    return policy


@act("policy.adopt", TAKE_PART, label=_("adopt a policy"), on="policy")
def adopt_policy(
    by: Actor, policy: Policy, *, version: int, on: date, reason: str, in_force_from: date | None = None
) -> Policy:
    """The decision of the body named: `on` is the day of the decision. As `steps.decide`."""
    steps.decide(by, policy, on=on, reason=reason, in_force_from=in_force_from)
    return policy


@act("policy.withdraw", EDIT, label=_("withdraw a policy"), on="policy")
def withdraw_policy(by: Actor, policy: Policy, *, version: int, on: date, reason: str) -> Policy:
    """It ends without a version that follows: `on` is the first day without it."""
    steps.supersede(by, policy, on=on, reason=reason)
    return policy


@act("policy.discard", EDIT, label=_("discard a draft of a policy"), on="policy")
def discard_policy(by: Actor, policy: Policy, *, version: int) -> Policy:
    steps.discard(by, policy)
    return policy


@act("policy.acknowledge", ACKNOWLEDGE, label=_("acknowledge a policy"), on="policy")
def acknowledge_policy(by: Actor, policy: Policy, *, version: int | None = None) -> Policy:
    """Says that one has read it; once said, saying it again changes nothing. Raises ValidationError for what is not in
    force, and for a system, which reads nothing."""
    if not isinstance(by, User):
        raise ValidationError(gettext("Only a person acknowledges a policy."))
    if not policy.agreement.in_force_on(clock.today()):
        raise ValidationError(gettext("“%(policy)s” is not in force today.") % {"policy": policy})
    if not Acknowledgement.objects.filter(policy=policy, user=by).exists():
        create(Acknowledgement(policy=policy, user=by, at=clock.now()), by)
    settle_notice(by, reminder_of(policy), user=by)
    return policy


@act("policy.remind", FOLLOW, label=_("remind those who have not acknowledged the policy"))
def remind_readers(by: Actor, *, policy: Policy) -> int:
    """A notice to each account that one may follow and that has not acknowledged it, due by the days that the scales in
    force give; how many. Raises ValidationError for what is not in force, or where everybody has acknowledged."""
    today = clock.today()
    if not policy.agreement.in_force_on(today):
        raise ValidationError(gettext("“%(policy)s” is not in force today.") % {"policy": policy})
    left = [reader for reader in readers(today, by) if policy in reader.left][:MOST_REMINDED]
    if not left:
        raise ValidationError(gettext("Everybody whom you may remind has acknowledged it."))
    due = today + timedelta(days=in_force(today).acknowledge_within)
    for reader in left:
        raise_notice(
            by,
            REMINDER,
            source=reminder_of(policy),
            title=policy.title,
            address=policy.agreement.address,
            user=reader.user,
            due=due,
        )
    note(policy=policy.key, reminded=len(left))
    return len(left)


def reminder_of(policy: Policy) -> str:
    """What the notices of a policy are raised by."""
    return f"policy:{policy.key}"
