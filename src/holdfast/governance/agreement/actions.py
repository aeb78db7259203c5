"""What is done to an agreement whatever the thing is: commented on, reviewed, returned, taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.models import (
    RECORD,
    TAKE_PART,
    VIEW,
    Agreement,
    Remark,
    RemarkKind,
    Review,
    State,
    Verdict,
)
from holdfast.governance.agreement.steps import DecidedAlready, refuse_author_as_approver, refuse_unless_named, say
from holdfast.governance.agreement.telling import tell
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed, require
from holdfast.organization.structure.models import Group, Post
from holdfast.organization.structure.saving import change


@act("agreement.comment", TAKE_PART, label=_("comment on what is being agreed"), on="agreement")
def comment(by: Actor, agreement: Agreement, *, text: str, version: int | None = None) -> Agreement:
    """Raises NotAllowed for one who does not see it, ValidationError where nothing is said."""
    require(by, VIEW, agreement)
    _wanted(text)
    _note(say(by, agreement, RemarkKind.COMMENT, text))
    return agreement


@act("agreement.review", TAKE_PART, label=_("answer a review"), on="agreement")
def answer_review(
    by: Actor, agreement: Agreement, *, verdict: str, text: str = "", version: int | None = None
) -> Agreement:
    """The answer of one who was asked. Raises NotAllowed for one who was not; who wants changes says which."""
    review = Review.objects.filter(agreement=agreement, reviewer=by if isinstance(by, User) else None).first()
    if review is None:
        raise NotAllowed(gettext("No review of “%(title)s” was asked of you.") % {"title": agreement})
    if not agreement.in_review:
        raise DecidedAlready(agreement)
    if verdict not in Verdict.values:
        raise ValidationError({"verdict": gettext("There is no answer “%(given)s”.") % {"given": verdict[:40]}})
    if verdict == Verdict.WANTS_CHANGES:
        _wanted(text, gettext("Say what has to change."))
    fields: dict[str, Any] = {"verdict": verdict, "answered_at": clock.now()}
    change(review, fields, fields, by)
    tell(by, agreement)
    _note(say(by, agreement, RemarkKind.REVIEWED, f"{review.get_verdict_display()}. {text}".strip()))
    return agreement


@act("agreement.return", TAKE_PART, label=_("return to draft"), on="agreement")
def return_to_draft(by: Actor, agreement: Agreement, *, text: str, version: int | None = None) -> Agreement:
    """Back to its author, who is told why. Raises NotAllowed for one whose decision it is not."""
    refuse_unless_named(by, agreement)
    return _returned(by, agreement, text)


@act("agreement.take_back", TAKE_PART, label=_("take back from review"), on="agreement")
def take_back(by: Actor, agreement: Agreement, *, text: str, version: int | None = None) -> Agreement:
    """The author goes on writing. Raises NotAllowed for anybody else."""
    if isinstance(by, User) and by.pk not in (agreement.author_id, agreement.submitted_by_id):
        raise NotAllowed(gettext("Only its author takes “%(title)s” back.") % {"title": agreement})
    return _returned(by, agreement, text)


@act("agreement.readdress", RECORD, label=_("name another approver"), on="agreement")
def readdress(
    by: Actor,
    agreement: Agreement,
    *,
    body: Group | None = None,
    post: Post | None = None,
    approver: User | None = None,
    due: date | None = None,
    version: int | None = None,
) -> Agreement:
    """Another decides, where the one who was named cannot. Raises ValidationError where none or several are named."""
    if not agreement.in_review:
        raise DecidedAlready(agreement)
    if len([one for one in (body, post, approver) if one is not None]) != 1:
        raise ValidationError({"body": gettext("Name the body, the post or the person who decides: one of them.")})
    refuse_author_as_approver(agreement, approver)
    if due is not None and due < clock.today():
        raise ValidationError({"due": gettext("This day has passed.")})
    before = str(agreement.approves)
    fields: dict[str, Any] = {
        "approver": approver,
        "approver_post": post,
        "approver_body": body,
        "due": due or agreement.due,
    }
    change(agreement, fields, fields, by)
    tell(by, agreement)
    said = gettext("Decided by %(now)s instead of %(before)s.") % {"now": agreement.approves, "before": before}
    _note(say(by, agreement, RemarkKind.SUBMITTED, said))
    return agreement


def _returned(by: Actor, agreement: Agreement, text: str) -> Agreement:
    if not agreement.in_review:
        raise DecidedAlready(agreement)
    _wanted(text, gettext("Say what has to change."))
    fields: dict[str, Any] = {"state": State.DRAFT, "returned_at": clock.now()}
    change(agreement, fields, fields, by)
    tell(by, agreement)
    _note(say(by, agreement, RemarkKind.RETURNED, text))
    return agreement


def _wanted(text: str, said: str = "") -> None:
    if not text.strip():
        raise ValidationError({"text": said or gettext("Nothing is said.")})


def _note(remark: Remark) -> None:
    note(said=remark.text)
