"""The cycle of a crisis as its acts take it through: declare → convene → decide → activate → close, one step at a time.

Each step looks first at what is there, as a person does who comes back after the program was away: what was done is not
done again. `looked_at` says what is wrong with what was left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from holdfast.crisis.decisions.activation import activate_crisis, ask_continuity, consult, grant_activation, stand_down
from holdfast.crisis.decisions.models import Activation, Decision
from holdfast.crisis.incidents.actions import close_incident, declare_incident, enter_phase
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log.actions import hash_of
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.crisis.teams.actions import arrive, begin_meeting, close_meeting, convene
from holdfast.crisis.teams.models import Attendance, Meeting
from holdfast.organization.accounts.models import Event
from holdfast.organization.structure.models import Group
from tests.cast import TEST

FIRE = "Fire in the Headquarters complex"


def steps() -> Iterator[tuple[str, Callable[[], None]]]:
    """Name and call of each step, in order."""
    yield "declare", _declare
    yield "response", lambda: _phase("response")
    for body in ("cog", "sept"):
        yield f"convene-{body}", lambda body=body: _convene(body)  # type: ignore[misc]
        for seat in _SEATS[body]:
            yield f"arrive-{seat}", lambda seat=seat: _arrive(seat)  # type: ignore[misc]
        yield f"open-{body}", lambda body=body: _open(body)  # type: ignore[misc]
        if body == "cog":
            yield "activate-crisis", _activate_crisis
            yield "ask-continuity", _ask
    yield "consult", _consult
    yield "grant", _grant
    yield "instructions", lambda: _phase("instructions")
    yield "stand-down-crisis", lambda: _stand_down("crisis")
    yield "stand-down-continuity", lambda: _stand_down("continuity")
    for body in ("cog", "sept"):
        yield f"close-{body}", lambda body=body: _close_meeting(body)  # type: ignore[misc]
    yield "close", _close


_SEATS = {"cog": ("cog-1", "cog-7"), "sept": ("sept-1", "sept-2")}


def _fire() -> Incident:
    found: Incident = Incident.objects.get(title=FIRE)
    return found


def _declare() -> None:
    if not Incident.objects.filter(title=FIRE).exists():
        declare_incident(TEST, title=FIRE)


def _phase(phase: str) -> None:
    fire = _fire()
    if not fire.phases.filter(phase=phase).exists():
        enter_phase(TEST, fire, version=fire.version, phase=phase)


def _meeting(body: str) -> Meeting:
    return Meeting.objects.get(incident=_fire(), group__key=body)


def _convene(body: str) -> None:
    if not Meeting.objects.filter(group__key=body).exists():
        convene(TEST, incident=_fire(), group=Group.objects.get(key=body), because="It burns.")


def _arrive(seat: str) -> None:
    row = Attendance.objects.get(seat__key=seat)
    if row.arrived_at is None:
        arrive(TEST, row)


def _open(body: str) -> None:
    meeting = _meeting(body)
    if meeting.state == "called":
        begin_meeting(TEST, meeting)


def _activation(kind: str) -> Activation | None:
    return Activation.objects.filter(incident=_fire(), kind=kind).first()


def _activate_crisis() -> None:
    if _activation("crisis") is None:
        activate_crisis(TEST, incident=_fire(), reason="Lives are at risk.", alone_because=_alone("cog"))


def _ask() -> None:
    if _activation("continuity") is None:
        ask_continuity(TEST, incident=_fire(), reason="The building is lost.", expected_hours=72)


def _consult() -> None:
    found = _activation("continuity")
    assert found is not None
    if found.consulted_at is None:
        consult(TEST, found, who="Chef de Cabinet", said="Yes.")


def _grant() -> None:
    found = _activation("continuity")
    assert found is not None
    if found.state == "requested":
        grant_activation(TEST, found, alone_because=_alone("sept"))


def _alone(body: str) -> str:
    """Why the chair decides alone, where so few of the seats are filled that no quorum is possible."""
    meeting = _meeting(body)
    here = Attendance.objects.filter(meeting=meeting, arrived_at__isnull=False, seat__isnull=False).count()
    return "" if here >= meeting.quorum else "The others cannot be reached."


def _stand_down(kind: str) -> None:
    found = _activation(kind)
    assert found is not None
    if found.state == "active":
        stand_down(TEST, found, reason="It is over.")


def _close_meeting(body: str) -> None:
    meeting = _meeting(body)
    if meeting.state == "open":
        close_meeting(TEST, meeting, summary="All is said.")


def _close() -> None:
    fire = _fire()
    if fire.is_open:
        close_incident(TEST, fire, version=fire.version, reason="The fire is out.", anyway=True)


def end_of() -> dict[str, Any]:
    """What there is in the end: how many of each kind of row, and what the log tells, in order."""
    return {
        "rows": {model.__name__: model._default_manager.count() for model in _ROWS},
        "log": list(LogEntry.objects.order_by("number").values_list("kind", flat=True)),
    }


_ROWS = (Incident, Log, Meeting, Attendance, Decision, Activation)
_LEFT: dict[str, Callable[[], bool]] = {
    "declare": lambda: _fire().log.length >= 1,
    "response": lambda: _fire().phases.filter(phase="response").exists(),
    "instructions": lambda: _fire().phases.filter(phase="instructions").exists(),
    **{f"convene-{body}": lambda body=body: _meeting(body) is not None for body in _SEATS},  # type: ignore[misc]
    **{f"open-{body}": lambda body=body: _meeting(body).state != "called" for body in _SEATS},  # type: ignore[misc]
    **{f"close-{body}": lambda body=body: _meeting(body).state == "closed" for body in _SEATS},  # type: ignore[misc]
    **{
        f"arrive-{seat}": lambda seat=seat: Attendance.objects.get(seat__key=seat).arrived_at is not None  # type: ignore[misc]
        for seats in _SEATS.values()
        for seat in seats
    },
    "activate-crisis": lambda: _activation("crisis") is not None,
    "ask-continuity": lambda: _activation("continuity") is not None,
    "consult": lambda: getattr(_activation("continuity"), "consulted_at", None) is not None,
    "grant": lambda: getattr(_activation("continuity"), "granted_at", None) is not None,
    "stand-down-crisis": lambda: getattr(_activation("crisis"), "state", "") == "stood_down",
    "stand-down-continuity": lambda: getattr(_activation("continuity"), "state", "") == "stood_down",
    "close": lambda: not _fire().is_open,
}
"""Of each step that was answered, whether it is there."""


def looked_at(answered: list[str]) -> list[str]:
    """What is wrong: an answered step that is not there, half of one, a log that does not hang together, an act without
    its entry or without its event."""
    wrong = [f"{step} was answered and is lost" for step in answered if not _LEFT[step]()]
    for log in Log.objects.all():
        before, number = "", 0
        for entry in log.entries.select_related("log", "user", "corrects").order_by("number"):
            number += 1
            if (entry.number, entry.previous) != (number, before) or hash_of(entry) != entry.hash:
                wrong.append(f"entry {entry.number} does not follow")
            before = entry.hash
        if (log.length, log.head) != (number, before):
            wrong.append("the log does not end with its newest entry")
        if not Incident.objects.filter(log=log).exists():
            wrong.append("a log without its incident")
    kinds = list(LogEntry.objects.values_list("kind", flat=True))
    for kind, rows in (
        ("incident.declared", Incident.objects.count()),
        ("meeting.convened", Meeting.objects.count()),
        ("meeting.arrived", Attendance.objects.filter(arrived_at__isnull=False).count()),
        ("activation.active", Activation.objects.filter(granted_at__isnull=False).count()),
        ("activation.stood_down", Activation.objects.filter(state="stood_down").count()),
    ):
        if kinds.count(kind) != rows:
            wrong.append(f"{rows} rows and {kinds.count(kind)} entries {kind}")
    told = Event.objects.filter(act__startswith=("incident.declare")).count()
    if told != Incident.objects.count():
        wrong.append(f"{told} events and {Incident.objects.count()} incidents")
    return wrong
