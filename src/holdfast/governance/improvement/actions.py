"""What is done with corrective actions: raised, changed, postponed, begun, reported done, verified, sent back,
cancelled, reopened."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.improvement.models import DO, EDIT, TO_DO, VERIFY, ActionState, CorrectiveAction
from holdfast.governance.improvement.owners import doer_of
from holdfast.governance.improvement.telling import tell
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.evidence.fact import MOST_FILES
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Person, Post
from holdfast.organization.structure.saving import change, create


class ActionFields(DescribedFields, total=False):
    title: str
    finding: str
    cause: str
    grade: str
    unit: Unit | None
    site: Site | None
    owner_person: Person | None
    owner_post: Post | None
    found_on: date


class OriginFields(TypedDict, total=False):
    """What found it, as text: whatever it is keeps the key of the action."""

    origin_kind: str
    origin_title: str
    origin_address: str


class NewFields(ActionFields, OriginFields, total=False):
    due: date


class ChangedFields(ActionFields, OriginFields, total=False):
    """Everything but the day, which is postponed with a reason, and the state."""


@act("action.raise", EDIT, label=_("raise a corrective action"))
def raise_action(by: Actor, *, key: str, **fields: Unpack[NewFields]) -> CorrectiveAction:
    """A new one. Acts of higher rooms call this for what they have found, and keep the row. Raises ValidationError."""
    if (fields.get("found_on") or clock.today()) > clock.today():
        raise ValidationError({"found_on": gettext("This day is still to come.")})
    action = CorrectiveAction(key=key, **fields)
    action.doer = doer_of(action, clock.today())
    create(action, by)
    tell(by, action, clock.today())
    return action


@act("action.edit", EDIT, label=_("change a corrective action"), on="action")
def edit_action(
    by: Actor, action: CorrectiveAction, *, version: int, **changes: Unpack[ChangedFields]
) -> CorrectiveAction:
    _wants(action, TO_DO, gettext("change"))
    said: dict[str, Any] = {**changes}
    for name in ("owner_person", "owner_post"):
        setattr(action, name, said.get(name, getattr(action, name)))
    said["doer"] = doer_of(action, clock.today())
    found = change(action, said, {*ChangedFields.__annotations__, "doer"}, by)
    tell(by, found, clock.today())
    return found


@act("action.postpone", EDIT, label=_("postpone a corrective action"), on="action")
def postpone_action(by: Actor, action: CorrectiveAction, *, version: int, due: date, reason: str) -> CorrectiveAction:
    """Another day, later or earlier, with the reason; the first one is kept. Raises ValidationError."""
    _wants(action, TO_DO, gettext("postpone"))
    _said(reason, "reason", gettext("Say why it is moved."))
    if due == action.due:
        raise ValidationError({"due": gettext("It is due on that day already.")})
    if due < clock.today():
        raise ValidationError({"due": gettext("This day has passed.")})
    changes = {"due": due, "first_due": action.first_due or action.due}
    note(why=reason.strip())
    found = change(action, changes, changes, by, reason=reason.strip())
    tell(by, found, clock.today())
    return found


@act("action.begin", DO, label=_("begin a corrective action"), on="action")
def begin_action(by: Actor, action: CorrectiveAction, *, version: int) -> CorrectiveAction:
    _wants(action, {ActionState.OPEN}, gettext("begin"))
    return _moved(by, action, state=ActionState.IN_PROGRESS)


@act("action.prove", DO, label=_("say which files prove a corrective action"), on="action")
def prove_action(by: Actor, action: CorrectiveAction, *, version: int, proof_files: list[str]) -> CorrectiveAction:
    """The keys of the evidence files that prove it, in place of those before. Raises ValidationError."""
    _wants(action, TO_DO, gettext("prove"))
    _known(by, action, proof_files)
    return _moved(by, action, proof_files=proof_files)


@act("action.report", DO, label=_("report a corrective action done"), on="action")
def report_action(
    by: Actor,
    action: CorrectiveAction,
    *,
    version: int,
    proof: str,
    done_on: date | None = None,
    proof_files: list[str] | None = None,
) -> CorrectiveAction:
    """It is done, and this proves it; it stays under way until somebody else verifies it. Raises ValidationError."""
    _wants(action, TO_DO, gettext("report done"))
    _said(proof, "proof", gettext("Say what proves that it is done."))
    if proof_files is not None:
        _known(by, action, proof_files)
    day = done_on or clock.today()
    if day > clock.today():
        raise ValidationError({"done_on": gettext("This day is still to come.")})
    return _moved(
        by,
        action,
        state=ActionState.DONE,
        proof=proof.strip(),
        proof_files=action.proof_files if proof_files is None else proof_files,
        done_on=day,
        done_by=by if isinstance(by, User) else None,
    )


@act("action.verify", VERIFY, label=_("verify a corrective action"), on="action")
def verify_action(by: Actor, action: CorrectiveAction, *, version: int, effect: str) -> CorrectiveAction:
    """It has worked: closed. Not by who reported it done. Raises ValidationError."""
    _wants(action, {ActionState.DONE}, gettext("verify"))
    _said(effect, "effect", gettext("Say how it was verified."))
    if isinstance(by, User) and by.pk in (action.done_by_id, action.doer_id):
        raise ValidationError(gettext("Who has done it does not verify it: somebody else has to."))
    return _moved(
        by,
        action,
        state=ActionState.CLOSED,
        effect=effect.strip(),
        closed_on=clock.today(),
        closed_by=by if isinstance(by, User) else None,
    )


@act("action.send_back", VERIFY, label=_("send a corrective action back"), on="action")
def send_back_action(by: Actor, action: CorrectiveAction, *, version: int, reason: str) -> CorrectiveAction:
    """It has not worked, or is not proved: in progress again. Raises ValidationError."""
    _wants(action, {ActionState.DONE}, gettext("send back"))
    _said(reason, "reason", gettext("Say what is still missing."))
    return _moved(by, action, reason=reason.strip(), state=ActionState.IN_PROGRESS, done_on=None, done_by=None)


@act("action.cancel", VERIFY, label=_("cancel a corrective action"), on="action")
def cancel_action(by: Actor, action: CorrectiveAction, *, version: int, cancel_reason: str) -> CorrectiveAction:
    """It is no longer wanted. Raises ValidationError."""
    _wants(action, TO_DO, gettext("cancel"))
    _said(cancel_reason, "cancel_reason", gettext("Say why it is cancelled."))
    return _moved(by, action, state=ActionState.CANCELLED, cancel_reason=cancel_reason.strip())


@act("action.reopen", VERIFY, label=_("reopen a corrective action"), on="action")
def reopen_action(by: Actor, action: CorrectiveAction, *, version: int, due: date, reason: str) -> CorrectiveAction:
    """It came back, or is wanted after all: open again, due on a new day; what was proved stays in the history.
    Raises ValidationError."""
    _wants(action, {ActionState.CLOSED, ActionState.CANCELLED}, gettext("reopen"))
    _said(reason, "reason", gettext("Say why it is opened again."))
    if due < clock.today():
        raise ValidationError({"due": gettext("This day has passed.")})
    return _moved(
        by,
        action,
        reason=reason.strip(),
        state=ActionState.OPEN,
        due=due,
        first_due=action.first_due or action.due,
        proof="",
        proof_files=[],
        done_on=None,
        done_by=None,
        effect="",
        closed_on=None,
        closed_by=None,
        cancel_reason="",
    )


def _moved(by: Actor, action: CorrectiveAction, *, reason: str = "", **changes: Any) -> CorrectiveAction:
    if reason:
        note(why=reason)
    found = change(action, changes, changes, by, reason=reason)
    tell(by, found, clock.today())
    return found


def _known(by: Actor, action: CorrectiveAction, keys: list[str]) -> None:
    """Raises ValidationError for a file that is not there for this user; one that proves it already may stay."""
    if len(keys) > MOST_FILES:
        raise ValidationError({"proof_files": gettext("Wanted at most %(most)d files.") % {"most": MOST_FILES}})
    new = [key for key in keys if key not in action.proof_files]
    named = [key for key in new if isinstance(key, str)]
    there = set(visible(Attachment.objects.filter(key__in=named), by).values_list("key", flat=True))
    if missing := [str(key) for key in new if key not in there]:
        said = gettext("There is no evidence file %(keys)s that you may see.")
        raise ValidationError({"proof_files": said % {"keys": ", ".join(missing)[:300]}})


def _wants(action: CorrectiveAction, states: Any, what: str) -> None:
    """Raises ValidationError where this step does not follow from the state."""
    if action.state not in states:
        said = gettext("“%(action)s” is %(state)s: this step does not follow (%(what)s).")
        raise ValidationError(said % {"action": action, "state": action.get_state_display(), "what": what})


def _said(text: str, field: str, wanted: str) -> None:
    if not text.strip():
        raise ValidationError({field: wanted})
