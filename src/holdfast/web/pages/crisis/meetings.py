"""The bodies of an incident: convened, who comes, who is there, the chair, the quorum, and the tasks of the body."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.decisions.models import Decision
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN, SIT, VIEW
from holdfast.crisis.teams import actions as acts
from holdfast.crisis.teams.calling import officials, places_of
from holdfast.crisis.teams.models import As, Attendance, GroupTaskState, Meeting
from holdfast.crisis.teams.rights import is_in_the_chair, is_own, sits_in
from holdfast.crisis.teams.seating import acting, attendance_of, attendances, by_right_in_the_chair, seated_elsewhere
from holdfast.crisis.teams.venues import clash_said, meetings_at, venues_of
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import ContactPoint, Group, GroupTask, Person, Post, Seat
from holdfast.organization.structure.models.groups import GroupKind
from holdfast.organization.structure.models.people import Channel
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.fields import RowField, rows_of
from holdfast.web.permissions import access_of, needs

from .shell import around, both, form_page, incident_of, place, show

FIRST = (GroupKind.OPERATIONS, GroupKind.POLICY)
MINUTES = (0, 10, 20, 30, 60, 120)


def asked(request: HttpRequest, key: str, real: bool) -> Incident:
    """The incident of the address, where the page's own permission holds on it. Raises Http404 and NotAllowed."""
    incident = incident_of(request, key, real)
    access = access_of(request.resolver_match.func) if request.resolver_match is not None else None
    assert access is not None and access.permission is not None
    require(request.user, access.permission, incident)
    return incident


def text(label: Any, *, required: bool = True, rows: int = 2, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


@needs(VIEW, on=Incident)
@require_safe
def meetings(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    """The meetings, and the bodies that can be convened with their seats and who can be reached."""
    incident = asked(request, key, real)
    today = clock.today()
    held = list(
        Meeting.objects.filter(incident=incident).select_related("group", "venue", "chair__person", "chair__post")
    )
    under_way = {one.group_id for one in held if not one.is_over}
    bodies = []
    groups = sorted(
        Group.objects.as_of(today).filter(seats__isnull=False).distinct(),
        key=lambda one: (one.kind not in FIRST, one.site_id != incident.site_id, one.name),
    )
    for group in groups:
        seats = places_of(group, today)
        bodies.append({
            "group": group,
            "seats": seats,
            "reached": sum(1 for one in seats if any(who.reached_by for who in (*one.holders, *one.alternates))),
            "under_way": group.pk in under_way,
            "venues": venues_of(group, incident),
        })  # fmt: skip
    context = {
        "rows": [_told(one) for one in reversed(held)],
        "bodies": bodies,
        "officials": officials(incident.site, today),
    }
    return show(request, incident, "crisis/meetings.html", context, tab="meetings")


def _told(meeting: Meeting) -> dict[str, Any]:
    here = len(acting(meeting))
    return {
        "meeting": meeting,
        "here": here,
        "quorate": here >= meeting.quorum,
        "dots": [("here" if n < here else "", n + 1 == meeting.quorum) for n in range(meeting.seats)],
    }


def _numbers(user: Any, persons: Iterable[int | None]) -> dict[int, list[ContactPoint]]:
    """The telephones of those who are called, in the order in which they are tried, as far as the reader may see
    them."""
    found: dict[int, list[ContactPoint]] = defaultdict(list)
    spoken = (Channel.MOBILE, Channel.TELEPHONE, Channel.SATELLITE)
    points = ContactPoint.objects.filter(person__in=[pk for pk in persons if pk is not None], channel__in=spoken)
    for point in visible(points, user).order_by("position", "pk"):
        found[point.person_id].append(point)
    return found


@needs(VIEW, on=Incident)
@require_safe
def meeting(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    """Who is here, for which seat; chair, quorum, venue; what was passed to the body, and its tasks."""
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    called = attendances(row)
    counting = {one.pk for one in acting(row, rows=called).values()}
    runs = incident.is_open and may(user, RUN, incident)
    chairs = is_in_the_chair(user, row)
    mine = attendance_of(user, row)
    elsewhere = seated_elsewhere(row) if not row.is_over else {}
    done = {one.task_id: one for one in GroupTaskState.objects.filter(incident=incident).select_related("user")}
    numbers = _numbers(user, [one.person_id for one in called])
    lines: list[dict[str, Any]] = [
        {
            "row": one,
            "counts": one.pk in counting,
            "mine": is_own(user, one),
            "may": not row.is_over and incident.is_open and (runs or chairs or is_own(user, one)),
            "elsewhere": elsewhere.get(one.person_id, []) if one.person_id is not None else [],
            "numbers": numbers.get(one.person_id or 0, []) if not one.is_here() and not row.is_over else [],
        }
        for one in called
    ]
    seats = {one.seat_id for one in called}
    today = clock.today()
    context = {
        **_told(row),
        "lines": [line for line in lines if line["row"].role != As.INVITED],
        "guests": [line for line in lines if line["row"].role == As.INVITED],
        "empty": [one for one in Seat.objects.as_of(today).filter(group=row.group) if one.pk not in seats],
        "mine": mine,
        "chairs": chairs or runs,
        "sits": runs or sits_in(user, incident, row.group),
        "needs_chair": not row.is_over and by_right_in_the_chair(acting(row, rows=called)) is None and bool(counting),
        "clashes": [] if row.venue is None or row.is_over else meetings_at(row.venue, row),
        "decisions": list(row.decisions.order_by("number")),
        "passed": list(Decision.objects.filter(incident=incident, passed_to=row.group).order_by("number")),
        "tasks": [
            (task, done.get(task.pk))
            for task in GroupTask.objects.as_of(today).filter(group=row.group).select_related("unit", "seat")
        ],
    }
    return show(request, incident, "crisis/meeting.html", context, tab="meetings")


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def convene(request: HttpRequest, key: str, real: bool, group: str) -> HttpResponse:
    """One form: why, where, who is known to be absent, who else is invited."""
    incident = asked(request, key, real)
    user: Any = request.user
    body = visible(Group.objects.as_of(clock.today()), user).filter(key=group).first()
    if body is None:
        raise Http404(_("There is no body by this name."))
    known = venues_of(body, incident)
    seats = places_of(body, clock.today())
    sitting = {f"{kind}-{pk}": str(one) for seat in seats for one in seat.holders for kind, pk in [one.who]}
    venues = visible(Site.objects.filter(kind="venue") | Site.objects.filter(
        pk__in=[site.pk for site in (*known.main, *known.alternate)]), user)  # fmt: skip
    taken = [clash_said(site, meetings_at(site)) for site in known.usable if meetings_at(site)]
    fields: dict[str, Any] = {
        "because": text(_("Why it meets")),
        "venue": RowField(venues, label=_("Where"), required=False, help_text=_(
            "Left empty: the main venue, or the alternate where the main is known to be out.")),
        "venue_because": text(_("Why there"), required=False, help_text=_("Wanted for any other than a main venue.")),
        "absent": forms.MultipleChoiceField(
            label=_("Known to be absent: their alternates are called at once"), choices=list(sitting.items()),
            required=False, widget=forms.CheckboxSelectMultiple),
        "invited": forms.ModelMultipleChoiceField(
            rows_of(Post, user).order_by("title"), label=_("Invited as well; they do not count"), required=False),
    }  # fmt: skip
    if taken:
        fields["clash_because"] = text(
            _("Why in a venue that is taken"),
            required=False,
            help_text=" ".join([*taken, _("Only the chair accepts this.")]),
        )

    def run(form: Any) -> str:
        given = dict(form.cleaned_data)
        given["absent"] = [_somebody(one) for one in given["absent"]]
        return acts.convene(user, incident=incident, group=body, **given).address

    return form_page(
        request, incident, fields, {"venue": known.first}, run, back=place(incident, "meetings"),
        title=_("Convene %(group)s") % {"group": body.acronym or body}, button=_("Call them"),
        says=" · ".join(f"{key}: {why}" for key, why in known.out.items()),
    )  # fmt: skip


def _somebody(said: str) -> Person | Post:
    kind, _dash, pk = said.partition("-")
    found: Person | Post = Person.objects.get(pk=pk) if kind == "person" else Post.objects.get(pk=pk)
    return found


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def answer(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    """The one page of somebody who is called: coming, remotely, or not."""
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    mine = attendance_of(user, row)
    if mine is None:
        return HttpResponseRedirect(row.address)
    problem = ""
    if request.method == "POST":
        said, minutes = request.POST.get("answer", ""), request.POST.get("minutes", "0")
        try:
            if said == "here":
                acts.arrive(user, mine, remote=request.POST.get("remote") == "1")
            elif said in ("coming", "remote", "cannot") and minutes.isdecimal() and len(minutes) < 6:
                acts.answer_call(user, mine, answer=said, minutes=int(minutes) if said == "coming" else None)
            else:
                raise ValidationError(_("Say whether you come."))
            return HttpResponseRedirect(row.address)
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {"meeting": row, "mine": mine, "minutes": MINUTES, "problem": problem}
    return show(request, incident, "crisis/answer.html", context, tab="meetings", status=422 if problem else 200)


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def attend(request: HttpRequest, key: str, real: bool, number: int, attendance: int, what: str) -> HttpResponse:
    """A button beside somebody: arrived, joined, left, coming, cannot."""
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    one: Any = Attendance.objects.filter(meeting=row, pk=attendance).first()
    done: dict[str, Any] = {
        "arrive": lambda: acts.arrive(user, one),
        "join": lambda: acts.arrive(user, one, remote=True),
        "leave": lambda: acts.leave(user, one),
        "cannot": lambda: acts.answer_call(user, one, answer="cannot"),
    }
    if one is None or what not in done:
        raise Http404(_("There is nothing here by this name."))
    return _press(request, incident, row, done[what])


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def begin(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    return _press(request, incident, row, lambda: acts.begin_meeting(user, row))


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def tick(request: HttpRequest, key: str, real: bool, number: int, task: str) -> HttpResponse:
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    found = GroupTask.objects.filter(group=row.group, key=task).first()
    if found is None:
        raise Http404(_("There is nothing here by this name."))
    done = request.POST.get("done") == "1"
    return _press(request, incident, row, lambda: acts.tick_task(user, incident=incident, task=found, done=done))


def _press(request: HttpRequest, incident: Incident, row: Meeting, do: Any) -> HttpResponse:
    """A button without a form of its own: what is refused is said on a page of its own. Who follows its address, from
    the history of a browser, is led back."""
    if request.method != "POST":
        return HttpResponseRedirect(row.address)
    try:
        do()
    except ValidationError as error:
        context = {**around(request, incident), "problems": error.messages, "back": row.address}
        return show(request, incident, "crisis/problem.html", context, tab="meetings", status=422)
    return HttpResponseRedirect(row.address)


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def seat(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    """Somebody who was not called takes a seat: its member or a designated alternate."""
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    choices: dict[str, str] = {}
    for place_ in places_of(row.group, clock.today()):
        for one in (*place_.holders, *place_.alternates):
            kind, pk = one.who
            choices[f"{place_.seat.key} {kind}-{pk}"] = f"{place_.seat.title}: {one}"
    fields: dict[str, Any] = {"who": forms.ChoiceField(label=_("Who takes which seat"), choices=list(choices.items()))}

    def run(form: Any) -> None:
        seat_key, _space, who = form.cleaned_data["who"].partition(" ")
        somebody = _somebody(who)
        kind = "person" if isinstance(somebody, Person) else "post"
        acts.stand_in(user, row, seat=Seat.objects.get(key=seat_key), **{kind: somebody})  # type: ignore[arg-type]

    return form_page(
        request, incident, fields, {}, run, back=row.address, title=_("Somebody takes a seat"), button=_("Take it"),
        says=_("Members and designated alternates only. Others are invited, and do not count."),
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def invite(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    fields: dict[str, Any] = {
        "people": forms.ModelMultipleChoiceField(rows_of(Post, user).order_by("title"), label=_("Posts"))
    }

    def run(form: Any) -> None:
        acts.invite(user, row, people=list(form.cleaned_data["people"]))

    return form_page(
        request, incident, fields, {}, run, back=row.address, title=_("Invite others"), button=_("Invite them"),
        says=_("They take part as the case requires, and never count for the quorum."),
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def chair(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    here = {str(one.pk): f"{one} ({one.seat.title if one.seat else ''})" for one in acting(row).values()}
    fields: dict[str, Any] = {
        "attendance": forms.ChoiceField(label=_("Who presides"), choices=list(here.items())),
        "because": text(_("Why this one")),
    }

    def run(form: Any) -> None:
        chosen = Attendance.objects.get(meeting=row, pk=int(form.cleaned_data["attendance"]))
        acts.choose_chair(user, row, attendance=chosen, because=form.cleaned_data["because"])

    return form_page(
        request, incident, fields, {}, run, back=row.address, title=_("Choose who is in the chair"),
        button=_("Choose"), says=_("Where neither the chair nor the alternate chair is filled."),
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def move(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident, row = _meeting(request, key, real, number)
    user: Any = request.user
    fields: dict[str, Any] = {
        "venue": RowField(rows_of(Site, user), label=_("Where"), required=False, help_text=_("Left empty: remotely.")),
        "because": text(_("Why")),
        "clash_because": text(
            _("Why although another meeting is there"), required=False, help_text=_("Only the chair accepts this.")
        ),
    }

    def run(form: Any) -> None:
        acts.move_meeting(user, row, **form.cleaned_data)

    return form_page(
        request, incident, fields, {}, run, back=row.address, title=_("Move the meeting"), button=_("Move it"),
        says=_("Those who have not answered are told."),
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def alternate(request: HttpRequest, key: str, real: bool, number: int, attendance: int) -> HttpResponse:
    incident, row = _meeting(request, key, real, number)
    one = Attendance.objects.filter(meeting=row, pk=attendance).first()
    if one is None:
        raise Http404(_("There is nothing here by this name."))

    def run(form: Any) -> None:
        acts.call_alternate(request.user, one, because=form.cleaned_data["because"])  # type: ignore[arg-type]

    return form_page(
        request, incident, {"because": text(_("Why"))}, {}, run, back=row.address,
        title=_("Call the alternate of %(name)s") % {"name": one}, button=_("Call"),
    )  # fmt: skip


@needs(SIT, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def close(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident, row = _meeting(request, key, real, number)

    def run(form: Any) -> None:
        acts.close_meeting(request.user, row, summary=form.cleaned_data["summary"])  # type: ignore[arg-type]

    fields: dict[str, Any] = {"summary": text(_("What came of it"), rows=5)}
    return form_page(
        request, incident, fields, {}, run, back=row.address, ends=True, title=_("Close the meeting"),
        button=_("Close it"),
    )  # fmt: skip


def _meeting(request: HttpRequest, key: str, real: bool, number: int) -> tuple[Incident, Meeting]:
    """Raises Http404."""
    incident = asked(request, key, real)
    rows = Meeting.objects.filter(incident=incident, number=number)
    found = rows.select_related("incident__site__parent__parent", "group", "venue", "instead_of", "chair__person",
                                "chair__post").first()  # fmt: skip
    if found is None:
        raise Http404(_("There is no meeting of this number."))
    return incident, found


urlpatterns = [
    *both("meetings/", meetings, "meetings"),
    *both("meetings/convene/<str:group>/", convene, "convene"),
    *both("meetings/<int:number>/", meeting, "meeting"),
    *both("meetings/<int:number>/answer/", answer, "meeting-answer"),
    *both("meetings/<int:number>/open/", begin, "meeting-open"),
    *both("meetings/<int:number>/seat/", seat, "meeting-seat"),
    *both("meetings/<int:number>/invite/", invite, "meeting-invite"),
    *both("meetings/<int:number>/chair/", chair, "meeting-chair"),
    *both("meetings/<int:number>/move/", move, "meeting-move"),
    *both("meetings/<int:number>/close/", close, "meeting-close"),
    *both("meetings/<int:number>/tasks/<str:task>/", tick, "meeting-tick"),
    *both("meetings/<int:number>/called/<int:attendance>/alternate/", alternate, "meeting-alternate"),
    *both("meetings/<int:number>/called/<int:attendance>/<str:what>/", attend, "meeting-attend"),
]
