"""Meetings of bodies in incidents, who is called to them, and the tasks of the bodies."""

from collections.abc import Callable
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.rights import RUN, SIT
from holdfast.crisis.teams import actions as acts
from holdfast.crisis.teams.models import Answer, Attendance, GroupTaskState, Meeting
from holdfast.crisis.teams.seating import acting
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import require
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Person, Post, Seat
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Text, named
from holdfast.web.api.tables import Table, offer, offer_act

_CALLING = ("incident", "group", "venue", "because", "venue_because", "clash_because")


def _counted(meeting: Meeting) -> dict[str, Any]:
    here = len(acting(meeting))
    return {"seats_present": here, "quorate": here >= meeting.quorum}


MEETINGS = Table(
    name="meetings",
    one="meeting",
    model=Meeting,
    fields=(
        *_CALLING, "number", "state", "called_at", "called_by", "opened_at", "closed_at", "summary", "instead_of",
        "quorum", "seats", "rules", "chair", "chair_because",
    ),
    permission=SIT,
    create=acts.convene,
    create_fields=_CALLING,
    create_permission=RUN,
    filters=("incident", "group", "state"),
    sorts=("called_at",),
    order=("-called_at",),
    more=_counted,
    extra={"seats_present": (int, ...), "quorate": (bool, ...)},
)  # fmt: skip
ATTENDANCES = Table(
    name="attendances",
    one="attendance",
    model=Attendance,
    fields=(
        "meeting", "seat", "person", "post", "role", "called_at", "called_because", "answer", "answered_at",
        "expected_at", "arrived_at", "left_at", "remote",
    ),
    permission=SIT,
    filters=("meeting", "seat", "person", "role", "answer"),
    sorts=("called_at",),
    order=("meeting", "seat__number"),
)  # fmt: skip
GROUP_TASKS = Table(
    name="group-task-states",
    one="group-task-state",
    model=GroupTaskState,
    fields=("incident", "task", "done", "at", "user", "note"),
    permission=SIT,
    create=acts.tick_task,
    create_fields=("incident", "task", "done", "note"),
    filters=("incident", "task", "done"),
    sorts=("at",),
    order=("incident", "task"),
)


class _Step(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class Inviting(_Step):
    """Posts and persons by key."""

    posts: Annotated[list[Key], Field(max_length=200)] = Field(default=[])
    persons: Annotated[list[Key], Field(max_length=200)] = Field(default=[])


class Seating(_Step):
    """A member or designated alternate takes a seat: a person, or a post that nobody is known to hold."""

    seat: Key
    person: Key | None = None
    post: Key | None = None


class Choosing(_Step):
    """`attendance` presides, by the number of the attendance."""

    attendance: Annotated[int, Field(ge=1, le=MOST_INTEGER)]
    because: Text


class Moving(_Step):
    """Without a venue it goes on remotely."""

    venue: Key | None = None
    because: Text
    clash_because: Text = ""


class ClosingMeeting(_Step):
    summary: Text


class Answering(_Step):
    answer: Key
    minutes: Annotated[int, Field(ge=0, le=acts.MOST_MINUTES)] | None = None


class Arriving(_Step):
    remote: bool = False


class Leaving(_Step):
    because: Text = ""


class Replacing(_Step):
    because: Text


def _invite(by: User, meeting: Meeting, *, posts: Any = (), persons: Any = ()) -> Meeting:
    require(by, SIT, meeting)
    people: list[Person | Post] = [named(Post, key, by) for key in posts]
    people += [named(Person, key, by) for key in persons]
    return acts.invite(by, meeting, people=people)


def _seat(by: User, meeting: Meeting, *, seat: str, person: str | None = None, post: str | None = None) -> Meeting:
    # Before what is named is looked up: whoever may not do this is told so, not what there is.
    require(by, SIT, meeting)
    who: Any = {"person": named(Person, person, by)} if person else {"post": named(Post, post, by)} if post else {}
    if not who:
        raise ValidationError({"person": _("Wanted a person or a post.")})
    acts.stand_in(by, meeting, seat=named(Seat, seat, by), **who)
    return meeting


def _choose(by: User, meeting: Meeting, *, attendance: int, because: str) -> Meeting:
    row = Attendance.objects.filter(meeting=meeting, pk=attendance).first()
    if row is None:
        raise ValidationError({"attendance": _("Nobody of this meeting has this number.")})
    return acts.choose_chair(by, meeting, attendance=row, because=because)


def _move(by: User, meeting: Meeting, *, because: str, venue: str | None = None, **more: str) -> Meeting:
    require(by, SIT, meeting)
    site = named(Site, venue, by) if venue else None
    return acts.move_meeting(by, meeting, venue=site, because=because, **more)


def _answer(by: User, attendance: Attendance, *, answer: str, minutes: int | None = None) -> Attendance:
    if answer not in Answer.values:
        raise ValidationError({"answer": _("Wanted coming, remote or cannot.")})
    return acts.answer_call(by, attendance, answer=answer, minutes=minutes)


def _as_it_is(act: Callable[..., Any]) -> Callable[..., Any]:
    """An act that holds of the row as it is, whichever version was seen: what does not hold any more is said in the
    act's own words, such as since when the plans are active, and by whom."""
    return lambda by, row, *, version, **more: act(by, row, **more)


def routes() -> Routes:
    made = Routes(tags=["Meetings"])
    meeting = offer(made, MEETINGS)
    of_meetings: tuple[tuple[str, Any, Callable[..., Any], str], ...] = (
        ("open", _Step, acts.begin_meeting, "Open a meeting"),
        ("invite", Inviting, _invite, "Invite others to a meeting"),
        ("seat", Seating, _seat, "Take a seat in a meeting"),
        ("chair", Choosing, _choose, "Choose who is in the chair"),
        ("move", Moving, _move, "Move a meeting"),
        ("close", ClosingMeeting, acts.close_meeting, "Close a meeting"),
    )
    for verb, body, act, summary in of_meetings:
        offer_act(made, MEETINGS, meeting, verb, body, _as_it_is(act), summary)
    attendance = offer(made, ATTENDANCES)
    of_attendances: tuple[tuple[str, Any, Callable[..., Any], str], ...] = (
        ("answer", Answering, _answer, "Answer a call to a meeting"),
        ("arrive", Arriving, acts.arrive, "Arrive in a meeting"),
        ("leave", Leaving, acts.leave, "Leave a meeting"),
        ("call-alternate", Replacing, acts.call_alternate, "Call the alternate of a member"),
    )
    for verb, body, act, summary in of_attendances:
        offer_act(made, ATTENDANCES, attendance, verb, body, _as_it_is(act), summary)
    offer(made, GROUP_TASKS)
    return made
