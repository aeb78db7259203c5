"""What is out: reported, corrected, ended; what was seen; and the pictures taken of it. Every act that changes what is
known takes a new picture in its own transaction, so that the two are never apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast import __version__
from holdfast.analysis.scenarios.models import Scenario
from holdfast.crisis.incidents.actions import CLOSING, refuse_ended, tell
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.models import Certain, Observation, Outage, Picture
from holdfast.crisis.picture.questions import GOODS, forecast_of, nodes_at, running, seed_of, still_out
from holdfast.crisis.rights import LOG
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.saving import change, save_all

MOST_AT_ONCE = 2000
AHEAD = timedelta(minutes=5)
"""How far ahead of ours somebody else's clock may be."""


class OutageFields(TypedDict, total=False):
    loss: float
    certainty: str
    since: datetime
    until_low: datetime | None
    until_likely: datetime | None
    until_high: datetime | None
    basis: str
    source: str


@act("outage.report", LOG, label=_("report what is out"), under="incident")
def report_outage(
    by: Actor,
    *,
    incident: Incident,
    nodes: Sequence[Node] = (),
    site: Site | None = None,
    kinds: Sequence[str] = GOODS,
    device_at: datetime | None = None,
    **fields: Unpack[OutageFields],
) -> Picture:
    """Things that are out alike, and a whole site: what of these `kinds` stands there and is not reported out as a
    whole already. Times are the incident's own. Raises ValidationError."""
    refuse_ended(incident)
    wanted = {node.pk: node for node in nodes}
    if site is not None:
        known = Outage.objects.true().standing().filter(incident=incident, loss=1.0).values("node")
        there = visible(nodes_at(site, kinds).exclude(pk__in=known), by)
        wanted |= {node.pk: node for node in there.order_by("kind", "key")}
        if not wanted:
            said = gettext("Nothing that stands at %(site)s is left to report.")
            raise ValidationError({"site": said % {"site": site}})
    if not wanted:
        raise ValidationError({"nodes": gettext("Say what is out.")})
    if len(wanted) > MOST_AT_ONCE:
        said = gettext("Wanted at most %(most)d at once, got %(got)d: report them in parts.")
        raise ValidationError({"nodes": said % {"most": MOST_AT_ONCE, "got": len(wanted)}})
    rows = _reported(by, incident, [(list(wanted.values()), fields)])
    said = _out(rows)
    picture = _taken(by, incident, said)
    tell(by, incident, "outage.reported", said, body=_body(rows, site=site, picture=picture), device_at=device_at)
    note(outages=[row.stable_key for row in rows], picture=picture.number)
    return picture


@act("outage.report_scenario", LOG, label=_("report what a saved scenario names"), under="incident")
def report_scenario(by: Actor, *, incident: Incident, scenario: Scenario, certainty: str = Certain.LIKELY) -> Picture:
    """The things that a saved scenario hits, as a starting point: its losses and durations, from the beginning of the
    incident on. What is reported out already is left as it is. Raises ValidationError."""
    refuse_ended(incident)
    known = set(Outage.objects.true().standing().filter(incident=incident).values_list("node", flat=True))
    alike: dict[tuple[float, float, float | None], list[Node]] = {}
    for hit in scenario.hits.select_related("node").order_by("position", "pk"):
        if hit.node_id not in known:
            alike.setdefault((hit.loss, hit.start, hit.duration), []).append(hit.node)
    if not alike:
        raise ValidationError(gettext("All that this scenario names is reported out already."))
    parts: list[tuple[list[Node], OutageFields]] = []
    for (loss, start, duration), nodes in alike.items():
        since = incident.began + timedelta(hours=start)
        parts.append((nodes, {
            "loss": loss, "certainty": certainty, "since": since, "basis": "assumed",
            "until_likely": None if duration is None else since + timedelta(hours=duration),
            "source": gettext("the saved scenario “%(scenario)s”") % {"scenario": scenario},
        }))  # fmt: skip
    rows = _reported(by, incident, parts)
    said = gettext("Out as in “%(scenario)s”: %(names)s") % {
        "scenario": scenario, "names": _names([str(row) for row in rows]),
    }  # fmt: skip
    picture = _taken(by, incident, said)
    tell(by, incident, "outage.reported", said,
         body={**_body(rows, site=None, picture=picture), "scenario": scenario.key})  # fmt: skip
    note(outages=[row.stable_key for row in rows], picture=picture.number)
    return picture


def _reported(by: Actor, incident: Incident, parts: Sequence[tuple[Sequence[Node], OutageFields]]) -> list[Outage]:
    """New outages, those of a part reported together."""
    # Held, so that two reports at once get numbers of their own.
    Incident.objects.select_for_update().get(pk=incident.pk)
    last = Outage.objects.filter(incident=incident).order_by("-number").values_list("number", "report").first()
    number, report = last or (0, 0)
    rows: list[Outage] = []
    for nodes, fields in parts:
        report += 1
        given = {"since": min(incident.began, incident.moment()), **_complete(fields)}
        rows += [
            Outage(incident=incident, number=number + len(rows) + k, report=report, node=node, **given)
            for k, node in enumerate(nodes, 1)
        ]
    save_all(rows, by)
    return rows


@act("outage.change", LOG, label=_("change what is known of an outage"), on="outage")
def change_outage(by: Actor, outage: Outage, *, version: int, **changes: Unpack[OutageFields]) -> Outage:
    """Another estimate, another loss, surer or less so. Raises ValidationError, Conflict."""
    incident = running(outage.incident)
    refuse_ended(incident)
    _refuse_over(outage)
    before = outage.as_record(set(changes))
    change(outage, _complete({**_estimate(outage), **changes}, only=set(changes)), OutageFields.__annotations__, by)
    after = outage.as_record(set(before))
    new = {name: value for name, value in after.items() if value != before[name]}
    if new:
        said = gettext("Known of %(what)s: %(loss)s, %(until)s") % {
            "what": outage, "loss": _loss(outage.loss), "until": _until(outage),
        }  # fmt: skip
        picture = _taken(by, incident, said)
        tell(by, incident, "outage.changed", said, body={
            "outage": outage.stable_key, "before": {name: before[name] for name in new}, "after": new,
            "picture": picture.number,
        })  # fmt: skip
    return outage


@act("outage.end", LOG, label=_("say that something works again"), on="outage")
def end_outage(
    by: Actor, outage: Outage, *, version: int, at: datetime | None = None, source: str = "", mistaken: bool = False
) -> Outage:
    """It works again since `at` (now); `mistaken`: it was never out, and no picture counts it. Raises
    ValidationError, Conflict."""
    incident = running(outage.incident)
    refuse_ended(incident)
    _end([outage], incident, at, by, source, mistaken)
    return outage


@act("outage.end_many", LOG, label=_("say that things work again"), under="incident")
def end_outages(
    by: Actor, *, incident: Incident, outages: Sequence[Outage], at: datetime | None = None, source: str = ""
) -> Picture:
    """Several at once, with one picture. Raises ValidationError for one that is another incident's."""
    refuse_ended(incident)
    rows = list(Outage.objects.select_for_update().filter(pk__in=[one.pk for one in outages]).select_related("node"))
    if not rows or any(running(row.incident).pk != incident.pk for row in rows):
        raise ValidationError({"outages": gettext("Choose outages of this incident.")})
    return _end(rows, incident, at, by, source, False)


def _end(
    rows: list[Outage], incident: Incident, at: datetime | None, by: Actor, source: str, mistaken: bool
) -> Picture:
    moment = at or incident.moment()
    if moment > incident.moment() + AHEAD:
        raise ValidationError({"at": gettext("This time lies ahead: change until when it is expected to last.")})
    for row in rows:
        _refuse_over(row)
        if not mistaken and moment < row.since:
            raise ValidationError({"at": gettext("%(what)s would end before it began.") % {"what": row}})
        row.ended_at, row.mistaken = (None, True) if mistaken else (moment, False)
    save_all(rows, by, fields={"ended_at", "mistaken"})
    names = _names([str(row) for row in rows])
    said = gettext("Was never out: %(names)s") if mistaken else gettext("Works again: %(names)s")
    said = said % {"names": names}
    picture = _taken(by, incident, said)
    kind = "outage.mistaken" if mistaken else "outage.ended"
    tell(by, incident, kind, said, body={
        "outages": [row.stable_key for row in rows], "at": moment.isoformat(), "source": source.strip(),
        "picture": picture.number,
    })  # fmt: skip
    return picture


@act("observation.record", LOG, label=_("record what was seen to work"), under="incident")
def observe(
    by: Actor,
    *,
    incident: Incident,
    node: Node,
    level: float,
    at: datetime | None = None,
    source: str = "",
    device_at: datetime | None = None,
) -> Picture:
    """A node was seen to work at a share of its level. What works wholly is out no more: its outages in this incident
    are ended at that moment. Raises ValidationError."""
    refuse_ended(incident)
    moment = at or incident.moment()
    if moment > incident.moment() + AHEAD:
        raise ValidationError({"at": gettext("This time lies ahead: what was seen lies behind us.")})
    row = Observation(incident=incident, node=node, level=level, at=moment, source=source.strip())
    save_all([row], by)
    ended: list[Outage] = []
    if level >= 1:
        ended = [one for one in Outage.objects.true().standing().filter(incident=incident, node=node)
                 if one.since <= moment]  # fmt: skip
        for one in ended:
            one.ended_at = moment
        save_all(ended, by, fields={"ended_at"})
    said = gettext("Seen: %(what)s works at %(share)d %%") % {"what": node, "share": round(level * 100)}
    picture = _taken(by, incident, said)
    tell(by, incident, "observation.recorded", said, device_at=device_at, body={
        **row.as_record(("node", "level", "at", "source")), "ended": [one.stable_key for one in ended],
        "picture": picture.number,
    })  # fmt: skip
    return picture


@act("observation.withdraw", LOG, label=_("take back what was seen"), on="observation")
def withdraw_observation(by: Actor, observation: Observation, *, version: int) -> Observation:
    """It was wrong; no picture counts it any more. Raises ValidationError, Conflict."""
    incident = running(observation.incident)
    refuse_ended(incident)
    change(observation, {"mistaken": True}, {"mistaken"}, by)
    said = gettext("Was wrong: that %(what)s works at %(share)d %%") % {
        "what": observation, "share": round(observation.level * 100),
    }  # fmt: skip
    picture = _taken(by, incident, said)
    tell(by, incident, "observation.withdrawn", said,
         body={"observation": observation.stable_key, "picture": picture.number})  # fmt: skip
    return observation


@act("picture.take", LOG, label=_("take a picture"), under="incident")
def take_picture(by: Actor, incident: Incident, *, because: str = "") -> Picture:
    """Computes what breaches when from what is known now, and keeps the answer. Raises ValidationError where the
    incident is over."""
    refuse_ended(incident)
    picture = _taken(by, incident, because)
    tell(by, incident, "picture.taken", gettext("Picture %(number)d taken") % {"number": picture.number},
         body={"picture": picture.number, "input": picture.input_hash, "because": because})  # fmt: skip
    return picture


def _taken(by: Actor, incident: Incident, because: str) -> Picture:
    # The incident is held, so that two pictures at once get two numbers and the later one knows what the other knew.
    Incident.objects.select_for_update().get(pk=incident.pk)
    moment = incident.moment().replace(microsecond=0)
    found = forecast_of(incident, moment)
    last = Picture.objects.filter(incident=incident).order_by("-number").values_list("number", flat=True).first()
    picture = Picture(
        incident=incident,
        number=(last or 0) + 1,
        at=moment,
        taken_at=clock.now(),
        taken_by=by if isinstance(by, User) else None,
        because=because[:300],
        hits=found.hits,
        answer=found.answer,
        input_hash=found.input_hash,
        engine=__version__,
        seed=str(seed_of(incident)),
    )
    picture.check_row()
    picture.save(force_insert=True)
    return picture


def _estimate(outage: Outage) -> dict[str, Any]:
    return {name: getattr(outage, name) for name in ("until_low", "until_likely", "until_high")}


def _complete(fields: Any, only: set[str] | None = None) -> dict[str, Any]:
    """The fields, with the ends of an estimate that were left out at the likeliest one."""
    found = dict(fields)
    if found.get("until_likely") is not None:
        for name in ("until_low", "until_high"):
            if found.get(name) is None:
                found[name] = found["until_likely"]
    wanted = set(found) if only is None else only | {"until_low", "until_likely", "until_high"}
    return {name: value for name, value in found.items() if name in wanted}


def _refuse_over(outage: Outage) -> None:
    if not outage.stands:
        raise ValidationError(gettext("The outage of %(what)s is over already.") % {"what": outage})


MOST_NAMES = 3


def _names(names: list[str]) -> str:
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    shown = ", ".join(names[:MOST_NAMES])
    return gettext("%(names)s and %(count)d more") % {"names": shown, "count": len(names) - MOST_NAMES}


def _out(rows: list[Outage]) -> str:
    said = gettext("Out: %(names)s; %(loss)s, %(until)s")
    return said % {"names": _names([str(row) for row in rows]), "loss": _loss(rows[0].loss), "until": _until(rows[0])}


def _loss(loss: float) -> str:
    return gettext("lost wholly") if loss >= 1 else gettext("%(share)g %% lost") % {"share": round(loss * 100, 4)}


def _until(row: Outage) -> str:
    if row.until_likely is None:
        if row.until_low is None:
            return gettext("nobody can say until when")
        return gettext("not before %(at)s") % {"at": _at(row, row.until_low)}
    return gettext("until about %(at)s") % {"at": _at(row, row.until_likely)}


def _at(row: Outage, moment: datetime) -> str:
    """In the zone of the incident, which is named, since the log is read elsewhere too."""
    return f"{moment.astimezone(row.incident.zone):%Y-%m-%d %H:%M %Z}"


def _body(rows: list[Outage], *, site: Site | None, picture: Picture) -> dict[str, Any]:
    first = rows[0].as_record(OutageFields.__annotations__)
    return {
        "outages": [{"outage": row.stable_key, "node": row.node.key, "name": row.node.name} for row in rows],
        "site": site.key if site is not None else None,
        "picture": picture.number,
        **first,
    }


CLOSING.append(still_out)

__all__ = [
    "change_outage", "end_outage", "end_outages", "observe", "report_outage", "report_scenario", "take_picture",
    "withdraw_observation",
]  # fmt: skip
