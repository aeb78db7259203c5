"""Decisions are proposed, put, voted on, sealed; passed on and received; taken alone in urgency and confirmed later.
Every act writes into the log of the incident, in its own transaction."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.decisions.forecast import frozen
from holdfast.crisis.decisions.models import (
    OF_ACTIVATION,
    Decision,
    DecisionKind,
    DecisionState,
    Stand,
    Voice,
)
from holdfast.crisis.incidents.actions import refuse_ended, tell
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN, SIT
from holdfast.crisis.rules.questions import in_force
from holdfast.crisis.teams.models import Attendance, Meeting, MeetingState
from holdfast.crisis.teams.rights import (
    chairs,
    counts_in,
    is_in_the_chair,
    require_chair_or_run,
    require_seat_or_run,
    runs,
    sits_in,
)
from holdfast.crisis.teams.seating import acting, attendances, open_meeting
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import raise_notice, settle_notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Group, Relation, Seat
from holdfast.organization.structure.models.relations import RelationKind
from holdfast.organization.structure.saving import change, create, save_all

RECEIVE = declare_kind("decision.receive", _("Confirm that the decision was received"))


class DecisionFields(TypedDict, total=False):
    kind: str
    example: str
    title: str
    text: str
    advice: str
    office: Unit | None


@act("decision.propose", SIT, label=_("propose a decision"), under="incident")
def propose_decision(
    by: Actor, *, incident: Incident, group: Group, replaces: Decision | None = None, **fields: Unpack[DecisionFields]
) -> Decision:
    """By whoever sits in the body, or runs the incident. With `replaces`, in place of one that is sealed. Raises
    ValidationError."""
    incident = _held(incident)
    require_seat_or_run(by, incident, group)
    if fields.get("kind") in OF_ACTIVATION:
        raise ValidationError({"kind": gettext("This comes with an activation: ask for the plans instead.")})
    if replaces is not None:
        _refuse_replacing(replaces, incident, group)
    decision = Decision(incident=incident, group=group, replaces=replaces, **_begun(by, incident), **fields)
    if not str(decision.title).strip():
        raise ValidationError({"title": gettext("Say what is to be decided.")})
    create(decision, by)
    body = decision.as_record({"number", "group", "kind", "example", "title", "text", "advice", "office"})
    if replaces is not None:
        body["replaces"] = replaces.number
    _tell(by, decision, "decision.proposed", gettext("Proposed: %(title)s"), **body)
    return decision


@act("decision.edit", SIT, label=_("change a proposed decision"), on="decision")
def edit_decision(by: Actor, decision: Decision, *, version: int, **changes: Unpack[DecisionFields]) -> Decision:
    """Its wording, until it is put to a meeting. Raises ValidationError, for a sealed one too: it stays as it is."""
    refuse_sealed(decision)
    refuse_ended(decision.incident)
    require_seat_or_run(by, decision.incident, decision.group)
    if decision.state != DecisionState.PROPOSED:
        raise ValidationError(gettext("It was put to the meeting: withdraw it and propose another."))
    if decision.kind in OF_ACTIVATION or changes.get("kind") in OF_ACTIVATION:
        raise ValidationError({"kind": gettext("This comes with an activation: ask for the plans instead.")})
    before = decision.as_record(set(changes))
    change(decision, changes, DecisionFields.__annotations__, by)
    _tell(by, decision, "decision.changed", gettext("Wording changed: %(title)s"), before=before,
          after=decision.as_record(set(changes)))  # fmt: skip
    return decision


@act("decision.put", SIT, label=_("put a decision to the meeting"), on="decision")
def put_decision(by: Actor, decision: Decision, *, version: int | None = None) -> Decision:
    """To the open meeting of its body, by the chair, or who runs the incident. Raises ValidationError."""
    refuse_sealed(decision)
    meeting = _meets(decision)
    require_chair_or_run(by, meeting)
    if decision.state == DecisionState.PUT:
        raise ValidationError(gettext("It was put to the meeting."))
    changes = {"state": DecisionState.PUT, "put_at": decision.incident.moment(), "meeting": meeting}
    change(decision, changes, changes, by)
    _tell(by, decision, "decision.put", gettext("Put to the meeting: %(title)s"), meeting=meeting.number)
    return decision


@act("decision.speak", SIT, label=_("speak for or against a decision"), on="decision")
def speak(
    by: Actor, decision: Decision, *, stand: str, seat: Seat | None = None, version: int | None = None
) -> Decision:
    """The voice of a seat: of the one for which the account counts, or, entered by the chair or who runs the incident,
    of another `seat` that is filled. A seat has one voice: the last, of whoever counts for it now. Raises
    ValidationError, so also for an alternate whose member is here."""
    refuse_sealed(decision)
    if decision.state != DecisionState.PUT or decision.meeting is None:
        raise ValidationError(gettext("It is not before the meeting: it has to be put first."))
    meeting = Meeting.objects.select_for_update().get(pk=decision.meeting.pk)
    row = _speaks(by, meeting, seat)
    assert row.seat is not None
    said = {"attendance": row, "stand": Stand(stand), "at": decision.incident.moment(),
            "user": by if isinstance(by, User) else None}  # fmt: skip
    voice = Voice.objects.filter(decision=decision, seat=row.seat).first()
    if voice is None:
        save_all([Voice(decision=decision, seat=row.seat, **said)], by)
    else:
        change(voice, said, said, by)
    _tell(by, decision, "decision.voice", gettext("%(name)s (%(seat)s): %(stand)s") % {
        "name": row, "seat": row.seat.title, "stand": Stand(stand).label},
        seat=row.seat.key, by=row.name, stand=stand, before=voice is not None)  # fmt: skip
    return decision


@act("decision.adopt", SIT, label=_("adopt a decision"), on="decision")
def adopt_decision(by: Actor, decision: Decision, *, outcome: str = "", version: int | None = None) -> Decision:
    """The meeting adopts it: quorate, and with more voices for than against where voices were taken. Sealed from then
    on, with the picture of that moment. By the chair, or who runs the incident. Raises ValidationError."""
    meeting = _deciding(by, decision)
    stands = [voice.stand for voice in decision.voices.all()]
    if stands and stands.count(Stand.FOR) <= stands.count(Stand.AGAINST):
        said = gettext("%(for)d for and %(against)d against: that adopts nothing.")
        raise ValidationError(said % {"for": stands.count(Stand.FOR), "against": stands.count(Stand.AGAINST)})
    return _seal(by, decision, DecisionState.ADOPTED, outcome, meeting)


@act("decision.reject", SIT, label=_("reject a decision"), on="decision")
def reject_decision(by: Actor, decision: Decision, *, outcome: str, version: int | None = None) -> Decision:
    """The meeting does not want it. Raises ValidationError."""
    meeting = _deciding(by, decision)
    if not outcome.strip():
        raise ValidationError({"outcome": gettext("Say why it was rejected.")})
    return _seal(by, decision, DecisionState.REJECTED, outcome, meeting)


@act("decision.withdraw", SIT, label=_("withdraw a decision"), on="decision")
def withdraw_decision(by: Actor, decision: Decision, *, outcome: str, version: int | None = None) -> Decision:
    """By whoever proposed it, the chair, or who runs the incident. Raises ValidationError."""
    refuse_sealed(decision)
    refuse_ended(decision.incident)
    own = isinstance(by, User) and decision.proposed_by_id == by.pk
    chairing = decision.meeting is not None and is_in_the_chair(by, decision.meeting)
    if not (own or chairing or runs(by, decision.incident)):
        raise NotAllowed(gettext("Only who proposed it, the chair or who runs the incident does this."))
    if not outcome.strip():
        raise ValidationError({"outcome": gettext("Say why it is withdrawn.")})
    return _seal(by, decision, DecisionState.WITHDRAWN, outcome, decision.meeting)


@act("decision.alone", SIT, label=_("decide alone in urgency"), on="decision")
def decide_alone(by: Actor, decision: Decision, *, because: str, version: int | None = None) -> Decision:
    """The chair decides in urgency, without a quorate meeting; the body confirms later (annex I, 5). By who holds the
    chair or the alternate chair, or runs the incident and enters what the chair said. Raises ValidationError."""
    refuse_sealed(decision)
    refuse_ended(decision.incident)
    may_alone(by, decision.incident, decision.group)
    if not because.strip():
        raise ValidationError({"because": gettext("Say why this could not wait for a quorate meeting.")})
    change(decision, {"alone_because": because.strip()}, {"alone_because"}, by)
    return _seal(by, decision, DecisionState.ADOPTED, "", open_meeting(decision.incident, decision.group))


@act("decision.confirm", SIT, label=_("confirm an urgent decision"), on="decision")
def confirm_decision(by: Actor, decision: Decision, *, version: int | None = None) -> Decision:
    """The body, quorate, stands behind what its chair decided alone. What it does not want, it replaces by another
    decision. Raises ValidationError."""
    refuse_ended(decision.incident)
    if not decision.awaits_confirmation:
        raise ValidationError(gettext("There is nothing to confirm."))
    meeting = _meets(decision)
    require_chair_or_run(by, meeting)
    refuse_not_quorate(meeting)
    changes = {"confirmed_at": decision.incident.moment(), "confirmed_in": meeting}
    change(decision, changes, changes, by)
    _tell(by, decision, "decision.confirmed", gettext("Confirmed by the body: %(title)s"), meeting=meeting.number)
    return decision


@act("decision.receive", SIT, label=_("confirm receipt of a decision"), on="decision")
def receive_decision(by: Actor, decision: Decision, *, version: int | None = None) -> Decision:
    """The body that it was passed to has it: said by somebody who sits there. Raises ValidationError."""
    refuse_ended(decision.incident)
    if not decision.awaits_receipt or decision.passed_to is None:
        raise ValidationError(gettext("It waits for no receipt."))
    if isinstance(by, User) and not sits_in(by, decision.incident, decision.passed_to):
        said = gettext("Only somebody who sits in %(group)s confirms this.")
        raise NotAllowed(said % {"group": decision.passed_to.acronym or decision.passed_to})
    changes = {"received_at": decision.incident.moment(), "received_by": by if isinstance(by, User) else None}
    change(decision, changes, changes, by)
    settle_notice(by, source_of(decision))
    _tell(by, decision, "decision.received", gettext("Received by %(group)s: %(title)s") % {
        "group": decision.passed_to.acronym or decision.passed_to, "title": decision})  # fmt: skip
    return decision


def may_alone(by: Actor, incident: Incident, group: Group) -> None:
    """Raises NotAllowed for somebody who neither holds the chair of the body nor runs the incident."""
    if not (chairs(by, group) or runs(by, incident)):
        raise NotAllowed(gettext("Only the chair decides alone."))


def refuse_sealed(decision: Decision) -> None:
    """Raises ValidationError for one that is decided."""
    if decision.is_sealed:
        said = gettext("Decision %(number)d is %(state)s and sealed: propose a new one that replaces it.")
        raise ValidationError(said % {"number": decision.number, "state": decision.get_state_display()})


def refuse_not_quorate(meeting: Meeting) -> int:
    """Gives how many seats are here. Raises ValidationError where they are too few, or the meeting is not open."""
    if meeting.state != MeetingState.OPEN:
        raise ValidationError(gettext("%(meeting)s is not open.") % {"meeting": meeting})
    here = len(acting(meeting))
    if here < meeting.quorum:
        said = gettext("%(meeting)s is not quorate: %(here)d of %(quorum)d seats are here.")
        raise ValidationError(said % {"meeting": meeting, "here": here, "quorum": meeting.quorum})
    return here


def body_decides(
    by: Actor, incident: Incident, group: Group, *, kind: str, title: str, text: str, alone_because: str = ""
) -> Decision:
    """A decision of the body at once, adopted: by its quorate meeting, else by the chair alone with a reason. For what
    follows from a decision, as an activation does. The incident is held. Raises ValidationError and NotAllowed."""
    meeting = open_meeting(incident, group)
    quorate = meeting is not None and meeting.state == MeetingState.OPEN and len(acting(meeting)) >= meeting.quorum
    alone = alone_because.strip()
    if quorate and meeting is not None:
        require_chair_or_run(by, meeting)
        alone = ""
    else:
        may_alone(by, incident, group)
        if not alone:
            said = gettext("%(group)s does not meet with a quorum: convene it, or say why its chair decides alone.")
            raise ValidationError({"alone_because": said % {"group": group.acronym or group}})
    decision = Decision(
        incident=incident, group=group, kind=kind, title=title, text=text, meeting=meeting, alone_because=alone,
        **_begun(by, incident),
    )  # fmt: skip
    create(decision, by)
    return _seal(by, decision, DecisionState.ADOPTED, "", meeting)


def next_number(kind: Any, incident: Incident) -> int:
    return (kind.objects.filter(incident=incident).aggregate(last=Max("number"))["last"] or 0) + 1


def source_of(decision: Decision) -> str:
    return f"decision:{decision.incident.key}:{decision.number}"


def _begun(by: Actor, incident: Incident) -> dict[str, Any]:
    return {
        "number": next_number(Decision, incident),
        "proposed_at": incident.moment(),
        "proposed_by": by if isinstance(by, User) else None,
    }


def _held(incident: Incident) -> Incident:
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    refuse_ended(incident)
    return incident


def _meets(decision: Decision) -> Meeting:
    refuse_ended(decision.incident)
    meeting = open_meeting(decision.incident, decision.group)
    if meeting is None or meeting.state != MeetingState.OPEN:
        said = gettext("%(group)s has no open meeting.")
        raise ValidationError(said % {"group": decision.group.acronym or decision.group})
    return meeting


def _deciding(by: Actor, decision: Decision) -> Meeting:
    refuse_sealed(decision)
    if decision.state != DecisionState.PUT:
        raise ValidationError(gettext("It is not before the meeting: it has to be put first."))
    meeting = Meeting.objects.select_for_update().get(pk=_meets(decision).pk)
    require_chair_or_run(by, meeting)
    refuse_not_quorate(meeting)
    return meeting


def _speaks(by: Actor, meeting: Meeting, seat: Seat | None) -> Attendance:
    if meeting.state != MeetingState.OPEN:
        raise ValidationError(gettext("%(meeting)s is not open.") % {"meeting": meeting})
    counting = acting(meeting)
    own = counts_in(by, meeting)
    if seat is None or (own is not None and own.seat_id == seat.pk):
        if own is not None:
            return own
        here = [row for row in attendances(meeting) if row.is_here()]
        if isinstance(by, User) and any(row.person is not None and row.person.user_id == by.pk for row in here):
            raise ValidationError(gettext("You watch: the member of your seat is here, or you were invited."))
        raise NotAllowed(gettext("Only who is here and counts for a seat speaks."))
    if not (is_in_the_chair(by, meeting) or runs(by, meeting.incident)):
        raise NotAllowed(gettext("Only the chair or who runs the incident enters the voice of another seat."))
    if seat.pk not in counting:
        raise ValidationError({"seat": gettext("Nobody is here for “%(seat)s”.") % {"seat": seat.title}})
    return counting[seat.pk]


def _refuse_replacing(replaced: Decision, incident: Incident, group: Group) -> None:
    if replaced.incident_id != incident.pk or replaced.group_id != group.pk:
        raise ValidationError({"replaces": gettext("It is another incident's, or another body's.")})
    if not replaced.is_sealed:
        raise ValidationError({"replaces": gettext("It is not decided yet: change its wording instead.")})
    if Decision.objects.filter(replaces=replaced).exists():
        raise ValidationError({"replaces": gettext("Another decision replaces it already.")})


def _seal(by: Actor, decision: Decision, state: str, outcome: str, meeting: Meeting | None) -> Decision:
    """Decided, with the picture of that moment; sent on where it is to be."""
    incident = decision.incident
    now = incident.moment()
    changes: dict[str, Any] = {
        "state": state,
        "decided_at": now,
        "decided_by": by if isinstance(by, User) else None,
        "outcome": outcome.strip(),
        "meeting": meeting,
        "seats_present": len(acting(meeting)) if meeting is not None else None,
    }
    if state != DecisionState.WITHDRAWN:
        changes["forecast"] = frozen(by, incident)
    if state == DecisionState.ADOPTED and decision.kind == DecisionKind.PASSED:
        changes |= {"passed_to": passed_to(decision.group), "passed_at": now}
    change(decision, changes, changes, by)
    words = {
        DecisionState.ADOPTED: gettext("Adopted: %(title)s"),
        DecisionState.REJECTED: gettext("Rejected: %(title)s"),
        DecisionState.WITHDRAWN: gettext("Withdrawn: %(title)s"),
    }[DecisionState(state)]
    if decision.alone_because and state == DecisionState.ADOPTED:
        words = gettext("Decided by the chair alone: %(title)s")
    voices = {voice.seat.key: voice.stand for voice in decision.voices.select_related("seat")}
    _tell(by, decision, f"decision.{state}", words,
          **decision.as_record({"kind", "group", "title", "text", "advice", "office", "outcome", "alone_because"}),
          meeting=meeting and meeting.number, seats_present=changes["seats_present"], voices=voices,
          forecast=decision.forecast)  # fmt: skip
    if decision.passed_to is not None:
        _pass_on(by, decision, decision.passed_to)
    return decision


def passed_to(group: Group) -> Group:
    """The body that this one passes its decisions to: as the structure relates them, else the one that the rules let
    ask for the continuity plans. Raises ValidationError."""
    today = clock.today()
    related = Relation.objects.as_of(today).filter(from_group=group, kind=RelationKind.PASSES_DECISIONS)
    found = related.exclude(to_group=None).select_related("to_group").order_by("pk").first()
    if found is not None:
        to: Group | None = found.to_group
        if to is not None:
            return to
    return body_named(in_force(today).continuity_asked_by)


def body_named(key: str) -> Group:
    """Raises ValidationError where the rules name a body that there is not."""
    found: Group | None = Group.objects.filter(key=key).first()
    if found is None:
        raise ValidationError(gettext("The rules name the body “%(key)s”, which there is not.") % {"key": key})
    return found


def _pass_on(by: Actor, decision: Decision, to: Group) -> None:
    incident = decision.incident
    about: dict[str, Any] = {"source": source_of(decision), "title": str(decision), "address": decision.address}
    rows = Attendance.objects.filter(meeting__incident=incident, meeting__group=to, seat__isnull=False)
    rows = rows.exclude(meeting__state=MeetingState.CLOSED).select_related("person__user")
    for row in rows:
        if row.person is not None and row.person.user is not None and row.person.user.is_active:
            raise_notice(by, RECEIVE, user=row.person.user, words=decision.text, **about)
    raise_notice(by, RECEIVE, permission=RUN, unit=incident.unit, site=incident.site, words=decision.text, **about)
    _tell(by, decision, "decision.passed", gettext("Passed to %(group)s: %(title)s") % {
        "group": to.acronym or to, "title": decision}, to=to.key)  # fmt: skip


def _tell(by: Actor, decision: Decision, what: str, words: str, /, **body: Any) -> None:
    said = words % {"title": decision} if "%(title)s" in words else words
    tell(by, decision.incident, what, said, body={"number": decision.number, **body})
