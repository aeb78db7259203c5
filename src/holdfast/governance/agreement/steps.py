"""The steps of agreeing, for the acts of the things that are agreed (docs/guides/agreement.md).

Each is called inside an act of the thing, which has checked the permission and locked the thing; here the agreement is
locked and asked whether the step fits its state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.governance.agreement.approvable import Approvable
from holdfast.governance.agreement.models import (
    DECIDED,
    Agreement,
    Remark,
    RemarkKind,
    Review,
    State,
)
from holdfast.governance.agreement.telling import tell
from holdfast.governance.agreement.turns import is_barred, is_named, writers_of
from holdfast.governance.differences import Change, differences
from holdfast.governance.notices.raising import settle_notice
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, note
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.models import Group, Post
from holdfast.organization.structure.saving import change, create, remove_all

T = TypeVar("T", bound=Approvable)


class DecidedAlready(Conflict):
    """Somebody else has decided, or returned it, in the meantime."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        super().__init__(agreement, agreement.version, agreement.version, [], str(agreement.decided_by or ""))

    @property
    def message(self) -> str:
        agreement = self.agreement
        about = {
            "title": agreement,
            "state": agreement.get_state_display(),
            "by": agreement.decided_by or gettext("another"),
            "at": agreement.decided_at.strftime("%Y-%m-%d %H:%M UTC") if agreement.decided_at else "",
        }
        if agreement.state in DECIDED:
            return gettext("“%(title)s” was decided by %(by)s in the meantime, at %(at)s.") % about
        return gettext("“%(title)s” is not in review any more: it is %(state)s.") % about


def draft(by: Actor, thing: T) -> T:
    """Saves a new thing as the first draft of a line. Raises ValidationError."""
    return _drafted(by, thing, None)


def new_version(by: Actor, thing: T, *, key: str, **changed: Any) -> T:
    """A draft of the next version, with the fields of this one where `changed` gives no others. Parts in other tables
    are copied by the act that calls this. Raises ValidationError where one is being worked on already."""
    last = held(thing)
    if last.state not in DECIDED:
        raise ValidationError(gettext("“%(thing)s” is not decided yet: change it itself.") % {"thing": thing})
    others = Agreement.objects.in_line(last).exclude(pk=last.pk)
    if other := others.exclude(state__in=DECIDED).first():
        raise ValidationError(gettext("“%(other)s” is being worked on already.") % {"other": other})
    if others.filter(number__gt=last.number).exists():
        raise ValidationError(gettext("“%(thing)s” is not the last version.") % {"thing": thing})
    left_out = {"id", "key", "version", "agreement"}
    fields = {
        field.name: getattr(thing, field.name) for field in thing._meta.concrete_fields if field.name not in left_out
    }
    return _drafted(by, type(thing)(key=key, **{**fields, **changed}), last)


def change_draft(by: Actor, thing: T, changes: Mapping[str, Any], allowed: Collection[str]) -> T:
    """Changes fields of a draft. Raises ValidationError for what is in review or approved."""
    agreement = held(thing)
    thing.refuse_unless_draft()
    change(thing, changes, allowed, by)
    _keep_up(by, thing, agreement)
    return thing


def touch(by: Actor, thing: Approvable) -> None:
    """Before a part of it is changed, which lies in another table: raises ValidationError for what is in review or
    approved, and holds the agreement so that nobody submits it meanwhile."""
    held(thing)
    thing.refuse_unless_draft()


def submit(
    by: Actor,
    thing: Approvable,
    *,
    approver: User | Post | Group,
    reviewers: Iterable[User] = (),
    due: date | None = None,
    comment: str = "",
) -> Agreement:
    """In review from now on, frozen as it is. Raises ValidationError for what is no draft, or due in the past."""
    agreement = held(thing)
    thing.refuse_unless_draft()
    if due is not None and due < clock.today():
        raise ValidationError({"due": gettext("This day has passed.")})
    record = thing.agreed_record()
    asked = list(dict.fromkeys(reviewers))
    wrote = thing.writers() | ({by.pk} if isinstance(by, User) else set())
    refuse_author_as_approver(agreement, approver, wrote)
    fields: dict[str, Any] = {
        "state": State.IN_REVIEW,
        "approver": approver if isinstance(approver, User) else None,
        "approver_post": approver if isinstance(approver, Post) else None,
        "approver_body": approver if isinstance(approver, Group) else None,
        "submitted_by": by if isinstance(by, User) else None,
        "submitted_at": clock.now(),
        "returned_at": None,
        "due": due,
        "record": record,
        "digest": digest_of(record),
        "writers": sorted(writers_of(agreement, wrote)),
    }
    change(agreement, fields, fields, by)
    _ask_for_reviews(by, agreement, asked)
    say(by, agreement, RemarkKind.SUBMITTED, comment)
    tell(by, agreement)
    note(submitted_to=str(approver), reviewers=[reviewer.username for reviewer in asked])
    return agreement


def one_approver(approver: User | None, post: Post | None, body: Group | None) -> User | Post | Group:
    """The one of the three that is named. Raises ValidationError where none is, or several are."""
    named = [one for one in (approver, post, body) if one is not None]
    if len(named) != 1:
        said = gettext("Name the person, the post or the body that decides: one of them.")
        raise ValidationError({"approver": said})
    return named[0]


def decide(by: Actor, thing: Approvable, *, on: date, reason: str, in_force_from: date | None = None) -> Agreement:
    """Approves what is in review; the version that was in force ends. `on` is the day of the decision.

    Raises NotAllowed for one whose decision it is not, and for its author unless the scales in force allow that;
    DecidedAlready where another was first; ValidationError for days in the wrong order.
    """
    agreement = held(thing)
    if not agreement.in_review:
        raise DecidedAlready(agreement)
    refuse_unless_named(by, agreement)
    _refuse_author(by, thing, agreement)
    start = in_force_from or on
    _check_days(agreement, on, start)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why, or by which decision.")})
    record = thing.agreed_record()
    if digest_of(record) != agreement.digest:
        raise ValidationError(gettext("“%(thing)s” is not what was submitted: return it.") % {"thing": thing})
    fields: dict[str, Any] = {
        "state": State.APPROVED,
        "decided_on": on,
        "decided_by": by if isinstance(by, User) else None,
        "decided_at": clock.now(),
        "in_force_from": start,
        "reason": reason.strip(),
    }
    before = Agreement.objects.in_line(agreement).filter(state=State.APPROVED).first()
    if before is not None:
        _superseded(by, _locked(before), start, gettext("Followed by version %(n)s.") % {"n": agreement.number})
    change(agreement, fields, fields, by)
    say(by, agreement, RemarkKind.DECIDED, reason)
    tell(by, agreement)
    note(approved=agreement.stable_key, digest=agreement.digest)
    return agreement


def supersede(by: Actor, thing: Approvable, *, on: date, reason: str) -> Agreement:
    """Ends what is in force without a version that follows: `on` is the first day without it."""
    agreement = held(thing)
    if agreement.state != State.APPROVED:
        raise ValidationError(gettext("“%(thing)s” is not in force.") % {"thing": thing})
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why.")})
    return _superseded(by, agreement, on, reason.strip())


def discard(by: Actor, thing: Approvable) -> None:
    """Removes a draft, with what was said about it. Raises ValidationError for what is in review or approved."""
    agreement = held(thing)
    thing.refuse_unless_draft()
    settle_notice(by, f"agreement:{agreement.stable_key}")
    remove_all([thing], by)
    remove_all([*agreement.remarks.all(), *agreement.reviews.all(), agreement], by)


def changes_since(thing: Approvable, before: Agreement | None = None) -> list[Change]:
    """What differs from `before`, or from the version before this one, in words. A draft is compared as it is now, all
    else as it was submitted."""
    earlier = before if before is not None else thing.agreement.previous
    now = thing.agreed_record() if thing.agreement.is_draft else thing.agreement.record or {}
    then = (earlier.record or {}) if earlier is not None else {}
    return differences(thing.agreed_lines(then), thing.agreed_lines(now))


def is_as_approved(thing: Approvable) -> bool:
    """Whether the thing in the database still is what was approved."""
    return not thing.agreement.is_decided or digest_of(thing.agreed_record()) == thing.agreement.digest


def held(thing: Approvable) -> Agreement:
    """The agreement of a thing as it is now, held until the end of the transaction, and put on the thing."""
    thing.agreement = _locked(thing.agreement)
    return thing.agreement


def may_decide(by: Actor, agreement: Agreement) -> bool:
    """Whether the decision is theirs, and they have not written it."""
    today = clock.today()
    return is_named(by, agreement, today) and not is_barred(by, agreement, today)


def refuse_unless_named(by: Actor, agreement: Agreement) -> None:
    """Raises NotAllowed for one whose decision it is not."""
    if not is_named(by, agreement, clock.today()):
        raise NotAllowed(
            gettext("“%(title)s” is decided by %(approver)s.") % {"title": agreement, "approver": agreement.approves}
        )


def refuse_author_as_approver(agreement: Agreement, approver: Any, wrote: Collection[int] | None = None) -> None:
    """Raises ValidationError where the approver is one of those who wrote it, unless the scales in force allow that."""
    if isinstance(approver, User) and approver.pk in writers_of(agreement, wrote):
        if in_force(clock.today()).author_may_approve:
            return
        said = gettext("%(approver)s has written it: name another person.")
        raise ValidationError({"approver": said % {"approver": approver}})


def say(by: Actor, agreement: Agreement, kind: RemarkKind, text: str) -> Remark:
    """Adds a remark."""
    user = by if isinstance(by, User) else None
    system = "" if isinstance(by, User) else by.name
    return create(Remark(agreement=agreement, kind=kind, by=user, system=system, at=clock.now(), text=text.strip()), by)


def digest_of(record: Mapping[str, Any]) -> str:
    """The SHA-256 of a record, the same whatever the order of its names."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _drafted(by: Actor, thing: T, previous: Agreement | None) -> T:
    unit, site = thing.agreement_place()
    agreement = Agreement(
        kind=thing.KIND,
        key=thing.key,
        line=previous.line if previous is not None else thing.key,
        number=previous.number + 1 if previous is not None else 1,
        previous=previous,
        title=thing.agreement_title()[:300],
        address=thing.agreement_address()[:300],
        unit=unit,
        site=site,
        author=by if isinstance(by, User) else None,
    )
    create(agreement, by)
    thing.agreement = agreement
    return create(thing, by)


def _keep_up(by: Actor, thing: Approvable, agreement: Agreement) -> None:
    """The title and the place of the agreement are those of the thing."""
    unit, site = thing.agreement_place()
    now = {"title": thing.agreement_title()[:300], "unit": unit, "site": site}
    changes = {name: value for name, value in now.items() if getattr(agreement, name) != value}
    if changes:
        change(agreement, changes, changes, by)


def _locked(agreement: Agreement) -> Agreement:
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def _ask_for_reviews(by: Actor, agreement: Agreement, reviewers: list[User]) -> None:
    """Asks these users; an earlier answer of theirs was to another text."""
    known = {review.reviewer_id: review for review in agreement.reviews.all()}
    for reviewer in reviewers:
        review = known.pop(reviewer.pk, None)
        if review is None:
            create(Review(agreement=agreement, reviewer=reviewer, asked_at=clock.now()), by)
        else:
            again: dict[str, Any] = {"asked_at": clock.now(), "answered_at": None, "verdict": ""}
            change(review, again, again, by)
    remove_all([review for review in known.values() if review.answered_at is None], by)


def _refuse_author(by: Actor, thing: Approvable, agreement: Agreement) -> None:
    if is_barred(by, agreement, clock.today()):
        said = gettext("You have written “%(thing)s” yourself: another person decides on it.")
        raise NotAllowed(said % {"thing": thing})


def _check_days(agreement: Agreement, on: date, start: date) -> None:
    if on > clock.today():
        raise ValidationError({"on": gettext("A decision that lies ahead cannot be entered.")})
    if start < on:
        raise ValidationError({"in_force_from": gettext("It cannot be in force before it is decided.")})
    before = Agreement.objects.in_line(agreement).filter(state__in=DECIDED).exclude(pk=agreement.pk).first()
    if before is None or before.decided_on is None or before.in_force_from is None:
        return
    if on < before.decided_on:
        said = gettext("Version %(n)s was decided on %(day)s: this one can only be decided later.")
        raise ValidationError({"on": said % {"n": before.number, "day": before.decided_on}})
    if start <= before.in_force_from:
        said = gettext("Version %(n)s is in force from %(day)s on: this one can only follow later.")
        raise ValidationError({"in_force_from": said % {"n": before.number, "day": before.in_force_from}})


def _superseded(by: Actor, agreement: Agreement, on: date, reason: str) -> Agreement:
    if agreement.in_force_from is not None and on < agreement.in_force_from:
        raise ValidationError({"on": gettext("It ends before it begins.")})
    fields: dict[str, Any] = {"state": State.SUPERSEDED, "in_force_until": on}
    change(agreement, fields, fields, by)
    say(by, agreement, RemarkKind.SUPERSEDED, reason)
    return agreement
