"""Tests, attestations and copies of a plan."""

from __future__ import annotations

from datetime import date
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.models import held_posts
from holdfast.governance.settings.scales import add_months
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.models import Post
from holdfast.organization.structure.saving import change, create, remove_all
from holdfast.readiness.plans.models import Attestation, CopyForm, Plan, PlanCopy, PlanTest
from holdfast.readiness.plans.rights import ATTEST, EDIT
from holdfast.readiness.plans.telling import tell_copy, tell_plan

COUNTS_MONTHS = 12
"""How long a test counts where nothing else is said."""


class TestFields(TypedDict, total=False):
    kind: str
    held: bool
    what: str
    found: str
    until: date


@act("plan.test", EDIT, label=_("record a test of a plan"), under="plan")
def record_test(by: Actor, *, plan: Plan, on: date, **fields: Unpack[TestFields]) -> PlanTest:
    """It counts for twelve months where `until` is not said. Raises ValidationError for a plan that is only a draft:
    what is tried out is what was approved."""
    if plan.agreement.is_draft or plan.agreement.in_review:
        raise ValidationError(
            gettext("“%(plan)s” is not approved yet: only an approved plan is tested.") % {"plan": plan}
        )
    fields.setdefault("until", add_months(on, COUNTS_MONTHS))
    return create(PlanTest(plan=plan, on=on, **fields), by)


@act("plan.attest", ATTEST, label=_("attest a plan"), under="plan")
def attest_plan(by: Actor, *, plan: Plan, said: str, post: Post | None = None) -> Attestation:
    """Whoever holds the owner's post says that the plan is true as it stands; where it has no owner, whoever may write
    it. Raises NotAllowed for another, ValidationError for what does not count."""
    on = clock.today()
    if not plan.agreement.in_force_on(on):
        raise ValidationError(gettext("“%(plan)s” does not count: only a plan in force is attested.") % {"plan": plan})
    if (
        isinstance(by, User)
        and plan.owner_id is not None
        and not held_posts(by, on).filter(post=plan.owner_id).exists()
    ):
        raise NotAllowed(gettext("“%(plan)s” is attested by %(owner)s.") % {"plan": plan, "owner": plan.owner})
    if not said.strip():
        raise ValidationError({"said": gettext("Say what was looked at.")})
    row = Attestation(plan=plan, on=on, user=by if isinstance(by, User) else None, post=post or plan.owner, said=said)
    create(row, by)
    tell_plan(by, plan, on)
    return row


@act("plan.copy.give", EDIT, label=_("give out a plan"), under="plan")
def give_copy(by: Actor, *, plan: Plan, post: Post, form: str = CopyForm.PAGE) -> PlanCopy:
    """Whoever holds the post may read this version from now on, and is asked to say that it came. Raises
    ValidationError for a draft, and where the post has it already in this form."""
    if not plan.agreement.is_decided:
        raise ValidationError(gettext("“%(plan)s” is not approved yet: drafts are not given out.") % {"plan": plan})
    if PlanCopy.objects.filter(plan=plan, post=post, form=form).exists():
        raise ValidationError({"post": gettext("This post has it already in this form.")})
    copy = create(PlanCopy(plan=plan, post=post, form=form, given_on=clock.today()), by)
    tell_copy(by, copy, clock.today())
    return copy


@act("plan.copy.receive", "directory.view", label=_("confirm that a plan came"), on="copy")
def receive_copy(by: Actor, copy: PlanCopy, *, version: int) -> PlanCopy:
    """By one who holds the post. Raises NotAllowed for another."""
    on = clock.today()
    if isinstance(by, User) and not held_posts(by, on).filter(post=copy.post_id).exists():
        raise NotAllowed(gettext("The copy went to %(post)s.") % {"post": copy.post})
    changes = {"received_on": on, "received_by": by if isinstance(by, User) else None}
    change(copy, changes, changes, by)
    tell_copy(by, copy, on)
    return copy


@act("plan.copy.end", EDIT, label=_("take back a copy of a plan"), on="copy")
def take_back_copy(by: Actor, copy: PlanCopy, *, version: int) -> PlanCopy:
    note(plan=copy.plan.key, post=copy.post.key)
    copy.received_on = clock.today()
    tell_copy(by, copy, clock.today())
    remove_all([copy], by)
    return copy
