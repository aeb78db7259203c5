"""Incidents: declared, corrected, led, split, merged, closed; and the phases they go through. Every act writes into the
log of the incident, in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Threat
from holdfast.crisis.incidents.models import EXERCISE, ORDER, REAL, Incident, IncidentState, PhaseEntry
from holdfast.crisis.log.actions import append
from holdfast.crisis.log.models import Log, LogEntry
from holdfast.crisis.rights import DECLARE, LOG, RUN
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import require
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.models import Post
from holdfast.organization.structure.saving import change, create, save_all, unused_key
from holdfast.readiness.plans.models import Phase


class IncidentFields(TypedDict, total=False):
    title: str
    details: str
    threat: Threat | None
    causes: list[str]
    site: Site | None
    unit: Unit | None
    certainty: str
    started_at: datetime | None
    discovered_at: datetime | None
    reported_at: datetime


CLOSING: list[Callable[[Incident], list[str]]] = []
"""What the domains to the right say still stands open when an incident is to be closed: texts for people."""
OPENING: list[Callable[[Actor, Incident], None]] = []
"""What the domains to the right do when an incident is declared, in the same transaction."""


@act("incident.declare", DECLARE, label=_("declare an incident"))
def declare_incident(by: Actor, *, device_at: datetime | None = None, **fields: Unpack[IncidentFields]) -> Incident:
    """A real incident, open at once in its first phase. Raises ValidationError; NotAllowed where its place or unit is
    not the declarer's."""
    return opened(by, real=True, device_at=device_at, **fields)


def opened(by: Actor, *, real: bool, device_at: datetime | None = None, extra: Any = None, **fields: Any) -> Incident:
    """What declaring and starting an exercise share: the log, the incident, its first phase. `extra` are columns that
    only an exercise has. Called inside an act."""
    now = clock.now()
    lies_in = fields.get("unit"), fields.get("site")
    for place in lies_in:
        if place is not None:
            require(by, DECLARE, place)
            break
    if not str(fields.get("title", "")).strip():
        raise ValidationError({"title": gettext("Say what happened.")})
    stem = f"{REAL if real else EXERCISE}{now:%Y-%m-%d}"
    key = unused_key(Incident, stem)
    log = Log(key=key, title=fields["title"], real=real, unit=lies_in[0], site=lies_in[1])
    log.check_row()
    log.save(force_insert=True)
    fields.setdefault("reported_at", now)
    incident = Incident(
        key=key,
        log=log,
        real=real,
        declared_at=now,
        declared_by=by if isinstance(by, User) else None,
        lead=by if isinstance(by, User) else None,
        **fields,
        **(extra or {}),
    )
    create(incident, by)
    save_all([PhaseEntry(incident=incident, phase=Phase.INCIDENT, at=incident.moment(now), user=incident.lead)], by)
    tell(by, incident, "incident.declared", gettext("Declared: %(title)s") % {"title": incident.title},
         body=incident.as_record(SAID), device_at=device_at)  # fmt: skip
    for begin in OPENING:
        begin(by, incident)
    return incident


SAID = (
    "title", "details", "threat", "causes", "site", "unit", "certainty", "started_at", "discovered_at", "reported_at",
)  # fmt: skip


def tell(
    by: Actor,
    incident: Incident,
    kind: str,
    text: str,
    *,
    body: dict[str, Any] | None = None,
    device_at: datetime | None = None,
    corrects: LogEntry | None = None,
) -> LogEntry:
    """An entry in the log of the incident, at the time of its own clock. For the acts of every domain of the room."""
    return append(
        by, incident.log, kind, text, body=body, moment=incident.moment(), device_at=device_at, corrects=corrects
    )


@act("incident.edit", RUN, label=_("correct what is known of an incident"), on="incident")
def edit_incident(by: Actor, incident: Incident, *, version: int, **changes: Unpack[IncidentFields]) -> Incident:
    """What is known changes; the log keeps what was known before. Raises ValidationError for one that is not open."""
    refuse_ended(incident)
    before = incident.as_record(set(changes))
    change(incident, changes, IncidentFields.__annotations__, by)
    after = incident.as_record(set(changes))
    new = {name: value for name, value in after.items() if value != before[name]}
    if new:
        said = ", ".join(str(Incident._meta.get_field(name).verbose_name) for name in sorted(new))  # type: ignore[union-attr]
        tell(by, incident, "incident.corrected", gettext("Corrected: %(fields)s") % {"fields": said},
             body={"before": {name: before[name] for name in new}, "after": new})  # fmt: skip
    return incident


@act("incident.note", LOG, label=_("write into the log"), under="incident")
def write_note(
    by: Actor,
    *,
    incident: Incident,
    text: str,
    device_at: datetime | None = None,
    corrects: LogEntry | None = None,
    files: Sequence[Attachment] = (),
) -> Incident:
    """An entry in somebody's own words; with `corrects`, about an entry before, which stays as it is. `files` are
    hashed into it. Raises ValidationError. A closed incident still takes entries: what is found out later belongs to
    it."""
    if not text.strip():
        raise ValidationError({"text": gettext("Write what happened.")})
    if corrects is not None and corrects.log_id != incident.log_id:
        raise ValidationError({"corrects": gettext("This entry is another incident's.")})
    kind = "log.correction" if corrects is not None else "log.note"
    append(
        by, incident.log, kind, text.strip(), moment=incident.moment(), device_at=device_at, corrects=corrects,
        files=files,
    )  # fmt: skip
    return incident


@act("incident.phase", RUN, label=_("enter a phase"), on="incident")
def enter_phase(by: Actor, incident: Incident, *, version: int, phase: str, reason: str = "") -> Incident:
    """The next phase in the report's order; any other needs a reason. Raises ValidationError."""
    refuse_ended(incident)
    wanted, now = Phase(phase), Phase(incident.phase)
    if wanted == now:
        raise ValidationError({"phase": gettext("It is in this phase.")})
    in_order = ORDER.index(wanted) == ORDER.index(now) + 1
    if not in_order and not reason.strip():
        raise ValidationError({"reason": gettext("This phase is not the next in order: say why.")})
    change(incident, {"phase": wanted}, {"phase"}, by)
    entry = PhaseEntry(
        incident=incident,
        phase=wanted,
        at=incident.moment(),
        user=by if isinstance(by, User) else None,
        reason=reason.strip(),
        out_of_order=not in_order,
    )
    save_all([entry], by)
    said = {"from": now.value, "to": wanted.value, "reason": entry.reason, "out_of_order": not in_order}
    tell(by, incident, "phase.entered", gettext("Phase: %(phase)s") % {"phase": wanted.label}, body=said)
    return incident


@act("incident.hand_over", RUN, label=_("hand over the lead"), on="incident")
def hand_over(
    by: Actor, incident: Incident, *, version: int, to: User, post: Post | None = None, said: str = ""
) -> Incident:
    """Another leads from now on. Raises ValidationError where that one may not run the incident."""
    refuse_ended(incident)
    from holdfast.organization.accounts.scope import may

    if not may(to, RUN, incident):
        raise ValidationError({"to": gettext("%(name)s may not run this incident.") % {"name": to}})
    before = str(incident.lead or "")
    change(incident, {"lead": to, "lead_post": post}, {"lead", "lead_post"}, by)
    tell(by, incident, "incident.handed_over", gettext("Led by %(name)s from now on") % {"name": to},
         body={"from": before, "to": to.username, "post": post and post.key, "said": said.strip()})  # fmt: skip
    return incident


@act("incident.split", RUN, label=_("split off an incident"), under="incident")
def split_incident(by: Actor, *, incident: Incident, **fields: Unpack[IncidentFields]) -> Incident:
    """A part that turns out to be an incident of its own, as real or not as the one it comes from."""
    refuse_ended(incident)
    start: dict[str, Any] = {
        name: getattr(incident, name)
        for name in ("threat", "causes", "site", "unit", "certainty", "started_at", "discovered_at", "reported_at")
    }
    columns = ("clock_from", "clock_shows", "pace", "exercise")
    extra = {name: getattr(incident, name) for name in columns} | {"split_from": incident}
    found = opened(by, real=incident.real, extra=extra, **(start | dict(fields)))
    tell(by, incident, "incident.split", gettext("Split off: %(title)s") % {"title": found.title},
         body={"to": found.key})  # fmt: skip
    return found


@act("incident.merge", RUN, label=_("merge an incident into another"), on="incident")
def merge_incident(by: Actor, incident: Incident, *, version: int, into: Incident, reason: str) -> Incident:
    """It goes on as a part of `into`; its log stays and ends with the merger. Raises ValidationError: an exercise is
    never merged with a real incident."""
    refuse_ended(incident)
    into = Incident.objects.select_for_update().get(pk=into.pk)
    refuse_ended(into)
    require(by, RUN, into)
    if into.pk == incident.pk:
        raise ValidationError({"into": gettext("It is the same incident.")})
    if into.real != incident.real:
        raise ValidationError({"into": gettext("An exercise and a real incident are never merged.")})
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why the two are one.")})
    changes = {"state": IncidentState.MERGED, "merged_into": into, "closed_at": incident.moment()}
    change(incident, changes, changes, by)
    said = {"reason": reason.strip()}
    tell(by, incident, "incident.merged", gettext("Merged into: %(title)s") % {"title": into.title},
         body={"into": into.key, **said})  # fmt: skip
    tell(by, into, "incident.took_in", gettext("Took in: %(title)s") % {"title": incident.title},
         body={"from": incident.key, "head": incident.log.head, **said})  # fmt: skip
    return incident


@act("incident.close", RUN, label=_("close an incident"), on="incident")
def close_incident(by: Actor, incident: Incident, *, version: int, reason: str, anyway: bool = False) -> Incident:
    """It is over. Raises ValidationError without a reason, and where something still stands open unless it is to be
    closed `anyway`; what stood open is written into the log."""
    refuse_ended(incident)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why it is over.")})
    still = standing_open(incident)
    if still and not anyway:
        raise ValidationError({"anyway": [gettext("Still open: %(what)s") % {"what": one} for one in still]})
    changes = {"state": IncidentState.CLOSED, "closed_at": incident.moment(), "closed_because": reason.strip()}
    change(incident, changes, changes, by)
    tell(by, incident, "incident.closed", gettext("Closed: %(reason)s") % {"reason": reason.strip()},
         body={"still_open": still})  # fmt: skip
    note(still_open=len(still))
    return incident


def standing_open(incident: Incident) -> list[str]:
    """What has to be settled before the incident is closed."""
    return [said for ask in CLOSING for said in ask(incident)]


def refuse_ended(incident: Incident) -> None:
    """Raises ValidationError for an incident that is closed or merged."""
    if not incident.is_open:
        said = gettext("“%(title)s” is %(state)s.")
        raise ValidationError(said % {"title": incident, "state": incident.get_state_display()})
