"""A meeting of a body in an incident, who is called to it and is there, and which of the body's tasks are done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.models import SEES, Incident, PartOfIncident
from holdfast.crisis.rights import VIEW
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site
from holdfast.organization.rows import Scope, recorded
from holdfast.organization.structure.models import Group, GroupTask, Holding, Person, Post, Seat, SeatHolding

MOST_TEXT = 4000


class MeetingState(models.TextChoices):
    CALLED = "called", _("called")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Meeting(PartOfIncident):
    """A body meets about an incident. Quorum, seats and rules are those of the moment it was convened at. All times are
    by the clock of the incident."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="meetings", verbose_name=_("incident"))
    group = models.ForeignKey(Group, models.PROTECT, related_name="meetings", verbose_name=_("body"))
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=MeetingState, default=MeetingState.CALLED)
    because = models.TextField(_("why"), blank=True, default="", max_length=MOST_TEXT)
    called_at = models.DateTimeField(_("called at"))
    called_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("called by")
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True, default="", max_length=20_000)
    venue = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("venue"))
    instead_of = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("in place of the main venue")
    )
    venue_because = models.TextField(_("why there"), blank=True, default="", max_length=MOST_TEXT)
    clash_because = models.TextField(
        _("why although another meeting is there"), blank=True, default="", max_length=MOST_TEXT
    )
    quorum = models.PositiveIntegerField(_("quorum"))
    seats = models.PositiveIntegerField(_("seats"))
    rules = models.PositiveIntegerField(_("by the rules of version"), default=0)
    chair = models.ForeignKey(
        "crisis.Attendance", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("in the chair")
    )
    chair_because = models.TextField(_("why in the chair"), blank=True, default="", max_length=MOST_TEXT)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering: ClassVar[list[str]] = ["incident", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=MeetingState.values), name="crisis_meeting_state"),
            models.UniqueConstraint(fields=["incident", "number"], name="crisis_meeting_number_once"),
            models.UniqueConstraint(
                fields=["incident", "group"],
                condition=~Q(state=MeetingState.CLOSED),
                name="crisis_meeting_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group.acronym or self.group} {self.number}"

    @property
    def stable_key(self) -> str:
        return f"{self.incident.key} {self.number}"

    @property
    def address(self) -> str:
        return f"{self.incident.address}meetings/{self.number}/"

    @property
    def is_over(self) -> bool:
        return self.state == MeetingState.CLOSED


class As(models.TextChoices):
    HOLDER = "holder", _("member")
    ALTERNATE = "alternate", _("alternate")
    INVITED = "invited", _("invited")


class Answer(models.TextChoices):
    COMING = "coming", _("coming")
    REMOTE = "remote", _("joins remotely")
    CANNOT = "cannot", _("cannot")


class PartOfMeeting(PartOfIncident):
    """Something of a meeting, seen as its incident is."""

    SCOPE: ClassVar[Scope] = Scope(VIEW, unit=("meeting__incident__unit",), site=("meeting__incident__site",))
    VIA: ClassVar[str] = "meeting__incident"

    class Meta:
        abstract = True


class Attendance(PartOfMeeting):
    """Somebody called to a meeting: on a seat as its member or alternate, or invited, then without one. Where nobody is
    known to hold a post, the post itself is called and attends. `stays` are the times in the room before the last, as
    pairs of ISO 8601."""

    SCOPE: ClassVar[Scope] = Scope(
        VIEW, unit=("meeting__incident__unit",), site=("meeting__incident__site",), owner="person__user"
    )

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances", verbose_name=_("meeting"))
    seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, blank=True, related_name="attendances", verbose_name=_("seat")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="attendances", verbose_name=_("person")
    )
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post"))
    role = models.CharField(_("as"), max_length=10, choices=As)
    called_at = models.DateTimeField(_("called at"))
    called_because = models.CharField(_("why called"), max_length=300, blank=True, default="")
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True, default="")
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    expected_at = models.DateTimeField(_("expected at"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    remote = models.BooleanField(_("joined remotely"), default=False)
    stays = models.JSONField(_("here before"), default=list, blank=True)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        ordering: ClassVar[list[str]] = ["meeting", "seat__number", "-role", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(role__in=As.values), name="crisis_attendance_role"),
            models.CheckConstraint(condition=Q(answer__in=["", *Answer.values]), name="crisis_attendance_answer"),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(post__isnull=False), name="crisis_attendance_somebody"
            ),
            models.CheckConstraint(
                condition=Q(role=As.INVITED, seat=None) | (~Q(role=As.INVITED) & Q(seat__isnull=False)),
                name="crisis_attendance_seat_or_invited",
            ),
            models.UniqueConstraint(
                fields=["meeting", "seat", "person"],
                condition=Q(person__isnull=False, seat__isnull=False),
                name="crisis_attendance_person_once",
            ),
            models.UniqueConstraint(
                fields=["meeting", "seat", "post"],
                condition=Q(person=None, seat__isnull=False),
                name="crisis_attendance_post_once",
            ),
            models.UniqueConstraint(
                fields=["meeting", "person"],
                condition=Q(person__isnull=False, seat=None),
                name="crisis_attendance_guest_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Who: the person, by the post where that says more."""
        return str(self.person or self.post)

    @property
    def who(self) -> tuple[str, int]:
        """Names one human being, as far as is known: the person, else the post."""
        if self.person_id is not None:
            return "person", self.person_id
        assert self.post_id is not None
        return "post", self.post_id

    @property
    def stable_key(self) -> str:
        return f"{self.meeting.stable_key} {self.pk}"

    def is_here(self, at: datetime | None = None) -> bool:
        """In the room, or connected to it: now, or at a time by the clock of the incident."""
        if at is None:
            return self.arrived_at is not None and self.left_at is None
        spans: list[tuple[datetime, datetime | None]] = [
            (datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in self.stays
        ]
        if self.arrived_at is not None:
            spans.append((self.arrived_at, self.left_at))
        return any(start <= at and (end is None or at < end) for start, end in spans)

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        if self.person is None and self.post is None:
            problems["person"] = gettext("Wanted a person or a post.")
        if (self.role == As.INVITED) != (self.seat is None):
            problems["seat"] = gettext("Members and alternates have a seat, those invited have none.")
        if self.seat is not None and self.seat.group_id != self.meeting.group_id:
            problems["seat"] = gettext("This seat is another body's.")
        if problems:
            raise ValidationError(problems)


class GroupTaskState(PartOfIncident):
    """A task of a body's terms of reference is done in an incident, or is not after all."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="group_tasks", verbose_name=_("incident"))
    task = models.ForeignKey(GroupTask, models.PROTECT, related_name="+", verbose_name=_("task"))
    done = models.BooleanField(_("done"), default=True)
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    note = models.TextField(_("note"), blank=True, default="", max_length=MOST_TEXT)

    history = recorded()
    objects = models.Manager()

    class Meta:
        verbose_name = _("task of a body in an incident")
        verbose_name_plural = _("tasks of bodies in incidents")
        ordering: ClassVar[list[str]] = ["incident", "task__letter", "task__position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["incident", "task"], name="crisis_grouptaskstate_once")
        ]

    def __str__(self) -> str:
        return f"{self.incident}: {self.task}"

    @property
    def stable_key(self) -> str:
        return f"{self.incident.key} {self.task.key}"


def _called(user: User) -> Q:
    """The incidents to whose meetings somebody was called, and those that a body meets about in which she has a seat,
    as its member or alternate."""
    today = clock.today()
    posts = Holding.objects.as_of(today).filter(person__user=user.pk).values("post")
    seats = SeatHolding.objects.as_of(today).filter(Q(person__user=user.pk) | Q(post__in=posts))
    bodies = Meeting.objects.filter(group__in=seats.values("seat__group"))
    called = Meeting.objects.filter(attendances__person__user=user.pk)
    return Q(pk__in=called.values("incident")) | Q(pk__in=bodies.values("incident"))


SEES.append(_called)

__all__ = ["Answer", "As", "Attendance", "GroupTaskState", "Meeting", "MeetingState", "PartOfMeeting"]
