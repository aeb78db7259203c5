"""Who is called to a meeting: the holder of each seat, and the alternate where the holder cannot be reached or cannot
come; how they are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.teams.models import Answer, As, Attendance, Meeting
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import raise_notice, settle_notice
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.places.models import Site
from holdfast.organization.structure.holders import persons_holding
from holdfast.organization.structure.models import ContactPoint, Duty, Group, Person, Post, Seat, SeatHolding
from holdfast.organization.structure.models.groups import HoldingRole
from holdfast.organization.structure.models.people import DutyKind
from holdfast.organization.structure.saving import save_all

CALLED = declare_kind("meeting.called", _("Come to the meeting, or say that you cannot"))


@dataclass
class Candidate:
    """A holder or alternate of a seat: the person, or the post that nobody is known to hold. `reached_by` says how they
    can be told: "account", "contact", or "" where they cannot."""

    role: str
    person: Person | None = None
    post: Post | None = None
    reached_by: str = ""

    def __str__(self) -> str:
        return str(self.person or self.post)

    @property
    def who(self) -> tuple[str, int]:
        return ("person", self.person.pk) if self.person is not None else ("post", self.post.pk if self.post else 0)


@dataclass
class Place:
    """A seat with those who may sit on it."""

    seat: Seat
    holders: list[Candidate] = field(default_factory=list)
    alternates: list[Candidate] = field(default_factory=list)


def places_of(group: Group, on: date) -> list[Place]:
    """The seats of a body on a day, in order, with who holds them and stands in. Four queries."""
    seats = {seat.pk: Place(seat) for seat in Seat.objects.as_of(on).filter(group=group).select_related("unit")}
    holdings = list(
        SeatHolding.objects.as_of(on)
        .filter(seat__in=seats)
        .select_related("person__user", "post")
        .order_by("seat__number", "pk")
    )
    by_post = persons_holding((holding.post_id for holding in holdings), on)
    for holding in holdings:
        place = seats[holding.seat_id]
        into = place.holders if holding.role == HoldingRole.HOLDER else place.alternates
        role = As.HOLDER if holding.role == HoldingRole.HOLDER else As.ALTERNATE
        into.extend(_candidates(role, holding.person, holding.post, by_post, on))
    _reach([one for place in seats.values() for one in (*place.holders, *place.alternates)])
    return sorted(seats.values(), key=lambda place: (place.seat.number, place.seat.pk))


def guests_of(people: Iterable[Person | Post], on: date) -> list[Candidate]:
    """Those invited: posts by who holds them."""
    wanted = list(people)
    by_post = persons_holding((one.pk for one in wanted if isinstance(one, Post)), on)
    found: list[Candidate] = []
    for one in wanted:
        person, post = (one, None) if isinstance(one, Person) else (None, one)
        found.extend(_candidates(As.INVITED, person, post, by_post, on))
    _reach(found)
    return found


def _candidates(
    role: str, person: Person | None, post: Post | None, by_post: dict[int, list[Person]], on: date
) -> list[Candidate]:
    if person is not None:
        return [Candidate(role, person)] if person.is_valid_on(on) else []
    if post is None:
        return []
    held = by_post.get(post.pk, [])
    return [Candidate(role, one, post) for one in held] or [Candidate(role, None, post)]


def _reach(found: list[Candidate]) -> None:
    persons = {one.person.pk: one.person for one in found if one.person is not None}
    points = set(ContactPoint.objects.filter(person__in=persons).values_list("person", flat=True))
    from holdfast.organization.accounts.models import User

    users = User.objects.in_bulk([person.user_id for person in persons.values() if person.user_id is not None])
    for one in found:
        if one.person is None:
            continue
        user = users.get(one.person.user_id) if one.person.user_id is not None else None
        if user is not None and user.is_active:
            one.reached_by = "account"
        elif one.person.pk in points:
            one.reached_by = "contact"


def wanted_for(place: Place, absent: Collection[tuple[str, int]]) -> list[tuple[Candidate, str]]:
    """Whom to call for a seat and why: the holder; and the alternate where no holder can be expected."""
    calls = [(one, "") for one in place.holders if one.who not in absent]
    if any(one.reached_by for one, _why in calls):
        return calls
    if not place.holders:
        why = gettext("nobody holds the seat")
    elif not calls:
        why = gettext("the member is absent")
    else:
        why = gettext("the member cannot be reached")
    return calls + [(one, why) for one in place.alternates if one.who not in absent]


def call(by: Actor, meeting: Meeting, calls: Iterable[tuple[Candidate, Seat | None, str]]) -> list[Attendance]:
    """A place in the meeting for each who is not called yet, and a notice for each account. Inside an act."""
    called = list(Attendance.objects.filter(meeting=meeting))
    known = {(row.seat_id, row.who) for row in called}
    new: list[Attendance] = []
    for one, seat, why in calls:
        place = (seat.pk if seat is not None else None, one.who)
        if place in known:
            continue
        known.add(place)
        new.append(
            Attendance(
                meeting=meeting,
                seat=seat,
                person=one.person,
                post=one.post,
                role=one.role,
                called_at=meeting.incident.moment(),
                called_because=why,
            )
        )
    save_all(new, by)
    for row in new:
        tell_called(by, row)
    return new


def tell_called(by: Actor, row: Attendance) -> None:
    """The notice of somebody with an account: what meets about what, where, and what is wanted."""
    user = row.person.user if row.person is not None else None
    if user is None or not user.is_active:
        return
    meeting = row.meeting
    where = str(meeting.venue) if meeting.venue is not None else gettext("remotely")
    raise_notice(
        by,
        CALLED,
        source=source_of(meeting),
        title=gettext("%(meeting)s meets: %(incident)s") % {"meeting": meeting, "incident": meeting.incident},
        address=f"{meeting.address}answer/",
        user=user,
        words="\n".join(part for part in (where, meeting.venue_because, meeting.because) if part),
    )


def answered(by: Actor, row: Attendance) -> None:
    """Nobody has to ask this person any more."""
    user = row.person.user if row.person is not None else None
    if user is not None:
        settle_notice(by, source_of(row.meeting), kind=CALLED, user=user)


def source_of(meeting: Meeting) -> str:
    return f"meeting:{meeting.incident.key}:{meeting.number}"


def alternates_for(seat: Seat, on: date, rows: Iterable[Attendance]) -> list[Candidate]:
    """The alternates of a seat who were not called yet."""
    called = {row.who for row in rows if row.seat_id == seat.pk}
    place = next((one for one in places_of(seat.group, on) if one.seat.pk == seat.pk), None)
    return [] if place is None else [one for one in place.alternates if one.who not in called]


def may_sit(seat: Seat, person: Person | None, post: Post | None, on: date) -> str:
    """As what somebody sits on a seat: HOLDER, ALTERNATE, or "" where they are neither."""
    place = next((one for one in places_of(seat.group, on) if one.seat.pk == seat.pk), None)
    if place is None:
        return ""
    for one in (*place.holders, *place.alternates):
        if (person is not None and one.person == person) or (post is not None and one.post == post):
            return one.role
    return ""


def officials(site: Site | None, on: date) -> list[Duty]:
    """The duty officers of a place or of one around it: in the field they act first (A/63/359, 30)."""
    if site is None:
        return []
    around = [key for key in site.path.split("/") if key]
    rows = Duty.objects.as_of(on).filter(kind=DutyKind.DUTY_OFFICER, site__key__in=around)
    return list(rows.select_related("person__user", "site").order_by("site__path", "person__name"))


__all__ = ["CALLED", "Answer", "Candidate", "Place", "call", "places_of"]
