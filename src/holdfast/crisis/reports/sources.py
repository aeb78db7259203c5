"""The parts of a situation report, from the domains to the left: the incident itself, the picture, who meets, what was
decided, the plans under way with their tasks, and the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from holdfast.crisis.decisions.models import Activation, Decision
from holdfast.crisis.incidents.models import Certainty, Incident, IncidentState
from holdfast.crisis.picture.questions import newest_picture
from holdfast.crisis.tasks.models import ActiveTask, TaskState
from holdfast.crisis.teams.models import Meeting
from holdfast.readiness.plans.models import Phase

from .parts import BETTER, NEW, OVER, PARTS, SAME, WORSE, Line, Part, stamp_of, when

MOST = 12
"""So many things of a kind are written out; the rest is counted."""


# --- the incident itself


def gather_incident(incident: Incident, since: datetime | None) -> dict[str, Any]:
    return {
        "key": incident.key,
        "title": incident.title,
        "details": incident.details,
        "place": str(incident.site) if incident.site is not None else "",
        "certainty": incident.certainty,
        "state": incident.state,
        "phase": incident.phase,
        "threat": str(incident.threat) if incident.threat is not None else "",
        "lead": str(incident.lead) if incident.lead is not None else "",
        "began": stamp_of(incident.began),
        "reported": stamp_of(incident.reported_at),
        "declared": stamp_of(incident.declared_at),
        "closed": stamp_of(incident.closed_at),
    }


def lines_of_incident(data: Any, before: Any) -> list[Line]:
    if data is None:
        return []
    old = before or {}

    def changed(name: str) -> str:
        return NEW if before is not None and old.get(name) != data[name] else SAME

    sure = Certainty(data["certainty"]).label
    lines = [
        Line(
            _("%(title)s, %(place)s (%(sure)s)") % {"title": data["title"], "place": data["place"], "sure": sure}
            if data["place"]
            else _("%(title)s (%(sure)s)") % {"title": data["title"], "sure": sure},
            max(changed("title"), changed("certainty"), changed("place")),
            9,
        ),
        Line(_("Phase: %(phase)s") % {"phase": Phase(data["phase"]).label}, changed("phase"), 8),
        Line(_("Began: %(when)s") % {"when": when(data["began"], data["zone"])}, changed("began"), 6),
    ]
    if data["lead"]:
        lines.append(Line(_("Led by %(name)s") % {"name": data["lead"]}, changed("lead"), 5))
    if data["threat"]:
        lines.append(Line(_("Threat: %(threat)s") % {"threat": data["threat"]}, changed("threat"), 4))
    if data["details"]:
        lines.append(Line(data["details"], changed("details"), 3))
    if data["state"] != IncidentState.OPEN:
        lines.append(Line(str(IncidentState(data["state"]).label), changed("state"), 9))
    return lines


# --- the picture


def gather_picture(incident: Incident, since: datetime | None) -> dict[str, Any] | None:
    picture = newest_picture(incident)
    if picture is None:
        return None
    answer = picture.answer if isinstance(picture.answer, dict) else {}
    return {
        "number": picture.number,
        "at": stamp_of(picture.at),
        "processes": [_process(one) for one in answer.get("processes", ())],
        "restore_first": [one.get("name") or one.get("node") for one in answer.get("restore_first", ())],
        "contentions": len(answer.get("contentions", ())),
        "cost": answer.get("cost", {}),
    }


_OF_PROCESS = (
    "key", "name", "function", "site", "down_now", "back_at", "breach_at", "breach_low", "breach_high", "breached",
    "rto_missed",
)  # fmt: skip


def _process(one: dict[str, Any]) -> dict[str, Any]:
    return {name: one.get(name) for name in _OF_PROCESS}


def lines_of_picture(data: Any, before: Any) -> list[Line]:
    if data is None:
        return []
    zone = data["zone"]
    old = {one["key"]: one for one in (before or {}).get("processes", ())}
    now = {one["key"]: one for one in data["processes"]}
    hit = [one for one in data["processes"] if grade_of(one)]
    lines = [_finding(hit, data, zone)]
    ordered = sorted(hit, key=lambda one: (-grade_of(one), not one["function"], one["breach_at"] or "~", one["key"]))
    for one in ordered[:MOST]:
        lines.append(_of_process(one, old.get(one["key"]), before is not None, zone))
    if (more := len(ordered) - MOST) > 0:
        lines.append(Line(ngettext("%(n)s process more", "%(n)s processes more", more) % {"n": more}, SAME, 2))
    for key, one in old.items():
        if grade_of(one) and not grade_of(now.get(key)):
            lines.append(Line(_("%(name)s: works again") % {"name": one["name"]}, BETTER, 6))
    if data["restore_first"]:
        lines.append(Line(_("Restore first: %(what)s") % {"what": ", ".join(data["restore_first"][:3])}, SAME, 6))
    for category, cost in sorted(data["cost"].items()):
        if isinstance(cost, dict):
            lines.append(_of_cost(category, cost, (before or {}).get("cost", {}).get(category)))
    return lines


def grade_of(one: dict[str, Any] | None) -> int:
    """3: beyond its limit; 2: will be; 1: down, or its objective missed; 0: neither."""
    if one is None:
        return 0
    if one.get("breached"):
        return 3
    if one.get("breach_at"):
        return 2
    return 1 if one.get("down_now") or one.get("rto_missed") else 0


def _finding(hit: list[dict[str, Any]], data: dict[str, Any], zone: str) -> Line:
    grades = [grade_of(one) for one in hit]
    said = {"beyond": grades.count(3), "coming": grades.count(2), "down": grades.count(1)}
    text = _(
        "Processes: %(beyond)d beyond their limit, %(coming)d will be, %(down)d down within theirs "
        "(picture %(n)s, %(when)s)"
    )
    return Line(text % {**said, "n": data["number"], "when": when(data["at"], zone)}, SAME, 9)


def _of_process(one: dict[str, Any], old: dict[str, Any] | None, compared: bool, zone: str) -> Line:
    grade, was = grade_of(one), grade_of(old)
    name = one["name"] or one["key"]
    if grade == 3:
        text = _("%(name)s: beyond its limit since %(when)s") % {"name": name, "when": when(one["breach_at"], zone)}
    elif grade == 2:
        text = _("%(name)s: will be beyond its limit at %(when)s") % {
            "name": name,
            "when": when(one["breach_at"], zone),
        }
    elif one["back_at"]:
        text = _("%(name)s: down, back at %(when)s") % {"name": name, "when": when(one["back_at"], zone)}
    else:
        text = _("%(name)s: down") % {"name": name}
    change = SAME
    if compared:
        earlier = old is not None and grade == was == 2 and (one["breach_at"] or "") < (old["breach_at"] or "")
        later = old is not None and grade == was == 2 and (one["breach_at"] or "") > (old["breach_at"] or "")
        change = (
            NEW if not was else WORSE if grade > was or earlier else BETTER if grade < was or later else SAME
        )  # fmt: skip
    return Line(text, change, 5 + grade if one["function"] else 4 + grade)


def _of_cost(category: str, cost: dict[str, Any], old: Any) -> Line:
    unit = str(cost.get("unit") or "")
    text = _("Cost, %(category)s: %(so_far)s %(unit)s so far, %(expected)s %(unit)s on the present course") % {
        "category": category, "so_far": _rounded(cost.get("so_far")), "expected": _rounded(cost.get("expected")),
        "unit": unit,
    }  # fmt: skip
    new, was = cost.get("expected"), old.get("expected") if isinstance(old, dict) else None
    change = SAME
    if isinstance(new, int | float) and isinstance(was, int | float) and new != was:
        change = WORSE if new > was else BETTER
    return Line(text, change, 3)


def _rounded(value: Any) -> str:
    return f"{value:,.0f}".replace(",", " ") if isinstance(value, int | float) else "?"


# --- who meets


def gather_meetings(incident: Incident, since: datetime | None) -> list[dict[str, Any]] | None:
    found = []
    for meeting in Meeting.objects.filter(incident=incident).select_related("group", "venue"):
        if meeting.state == "closed" and since is not None and meeting.closed_at and meeting.closed_at <= since:
            continue
        here = [one for one in meeting.attendances.select_related("seat", "person", "post") if one.is_here()]
        seats = len({one.seat_id for one in here if one.seat_id is not None})
        found.append(
            {
                "number": meeting.number,
                "group": meeting.group.key,
                "name": meeting.group.acronym or str(meeting.group),
                "state": meeting.state,
                "called": stamp_of(meeting.called_at),
                "closed": stamp_of(meeting.closed_at),
                "venue": str(meeting.venue) if meeting.venue is not None else "",
                "quorum": meeting.quorum,
                "seats": seats,
                "here": sorted({one.name for one in here}),
            }
        )
    return found or None


def lines_of_meetings(data: Any, before: Any) -> list[Line]:
    old = {one["number"]: one for one in before or ()}
    lines = []
    for one in data or ():
        was = old.get(one["number"])
        said = {"name": one["name"], "n": one["number"], "venue": one["venue"] or _("no venue"), "seats": one["seats"],
                "quorum": one["quorum"]}  # fmt: skip
        quorate = one["seats"] >= one["quorum"]
        if one["state"] == "closed":
            text, weight = _("%(name)s (meeting %(n)s): closed") % said, 3
        elif one["state"] == "open":
            text = _("%(name)s (meeting %(n)s): meets, %(venue)s; %(seats)s seats present, quorum %(quorum)s") % said
            if not quorate:
                text += ", " + _("NOT QUORATE")
            weight = 6 if quorate else 8
        else:
            text = _("%(name)s (meeting %(n)s): called, %(venue)s; %(seats)s seats present, quorum %(quorum)s") % said
            weight = 5
        change = SAME
        if before is not None and was is None:
            change = NEW
        elif was is not None:
            was_quorate = was["seats"] >= was["quorum"]
            if one["state"] == "closed" and was["state"] != "closed":
                change = OVER
            elif quorate != was_quorate:
                change = BETTER if quorate else WORSE
        lines.append(Line(text, change, weight))
        if one["here"] and one["state"] != "closed":
            lines.append(Line(_("There: %(names)s") % {"names": ", ".join(one["here"][:20])}, SAME, 2))
    return lines


# --- what was decided, and what is active


def gather_decisions(incident: Incident, since: datetime | None) -> list[dict[str, Any]] | None:
    found = []
    for one in Decision.objects.filter(incident=incident).select_related("group").order_by("number"):
        waits = one.state in ("proposed", "put") or one.awaits_receipt
        if not waits and since is not None and one.decided_at is not None and one.decided_at <= since:
            continue
        found.append(
            {
                "number": one.number,
                "group": one.group.acronym or str(one.group),
                "title": one.title,
                "state": one.state,
                "says": str(one.get_state_display()),
                "decided": stamp_of(one.decided_at),
                "awaits_receipt": one.awaits_receipt,
            }
        )
    return found or None


def lines_of_decisions(data: Any, before: Any) -> list[Line]:
    old = {one["number"]: one for one in before or ()}
    lines = []
    for one in data or ():
        text = _("%(group)s decision %(n)s, %(state)s: %(title)s") % {
            "group": one["group"], "n": one["number"], "state": one["says"], "title": one["title"],
        }  # fmt: skip
        if one["awaits_receipt"]:
            text += " (" + _("receipt not confirmed yet") + ")"
        was = old.get(one["number"])
        new = before is not None and (was is None or was["state"] != one["state"])
        lines.append(Line(text, NEW if new else SAME, 8 if one["state"] == "adopted" else 5))
    return lines


def gather_activations(incident: Incident, since: datetime | None) -> list[dict[str, Any]] | None:
    found = []
    for one in Activation.objects.filter(incident=incident).order_by("pk"):
        found.append({"id": one.pk, "kind": str(one.get_kind_display()), "state": one.state,
                      "says": str(one.get_state_display())})  # fmt: skip
    return found or None


def lines_of_activations(data: Any, before: Any) -> list[Line]:
    old = {one["id"]: one for one in before or ()}
    lines = []
    for one in data or ():
        was = old.get(one["id"])
        change = SAME
        if before is not None and (was is None or was["state"] != one["state"]):
            change = OVER if one["state"] == "stood_down" else NEW
        text = _("%(kind)s: %(state)s") % {"kind": one["kind"][:1].upper() + one["kind"][1:], "state": one["says"]}
        lines.append(Line(text, change, 8 if one["state"] == "active" else 5))
    return lines


# --- the tasks of the plans under way


def gather_tasks(incident: Incident, since: datetime | None) -> dict[str, Any] | None:
    rows = list(ActiveTask.objects.filter(incident=incident).order_by("due", "pk"))
    if not rows:
        return None
    now = incident.moment()
    open_ = [one for one in rows if one.is_open]
    return {
        "total": len(rows),
        "done": sum(1 for one in rows if one.state == TaskState.DONE),
        "late": [_task(one) for one in open_ if one.is_late(now)],
        "blocked": [_task(one) for one in open_ if one.state == TaskState.BLOCKED],
    }


def _task(one: ActiveTask) -> dict[str, Any]:
    return {"key": one.key, "title": str(one), "due": stamp_of(one.due), "why": one.why}


def lines_of_tasks(data: Any, before: Any) -> list[Line]:
    if data is None:
        return []
    said = {"done": data["done"], "total": data["total"], "late": len(data["late"]), "blocked": len(data["blocked"])}
    change = SAME
    if before is not None:
        troubles, were = said["late"] + said["blocked"], len(before["late"]) + len(before["blocked"])
        change = WORSE if troubles > were else BETTER if troubles < were or data["done"] > before["done"] else SAME
    lines = [Line(_("Tasks: %(done)d of %(total)d done, %(late)d late, %(blocked)d blocked") % said, change, 7)]
    for name, text, weight in (
        ("blocked", _("Blocked: %(title)s%(why)s"), 7),
        ("late", _("Late: %(title)s, due %(due)s"), 6),
    ):
        known = {one["key"] for one in (before or {}).get(name, ())}
        for one in data[name][:MOST]:
            why = f" ({one['why']})" if one["why"] else ""
            due = when(one["due"], data["zone"])
            new = before is not None and one["key"] not in known
            lines.append(Line(text % {"title": one["title"], "why": why, "due": due}, WORSE if new else SAME, weight))
    return lines


# --- the log


def gather_log(incident: Incident, since: datetime | None) -> dict[str, Any]:
    rows = incident.log.entries.exclude(kind__startswith="report.")
    if since is not None:
        rows = rows.filter(moment__gt=since)
    newest = list(rows.order_by("-number")[:MOST])
    return {
        "length": incident.log.length,
        "head": incident.log.head,
        "since": stamp_of(since),
        "new": rows.count(),
        "entries": [
            {"number": one.number, "moment": stamp_of(one.moment), "author": one.author, "text": one.text}
            for one in reversed(newest)
        ],
    }


def lines_of_log(data: Any, before: Any) -> list[Line]:
    if data is None:
        return []
    lines = [
        Line(f"{one['number']}. {when(one['moment'], data['zone'])} {one['text']} — {one['author']}", SAME, 1)
        for one in data["entries"]
    ]
    if (more := data["new"] - len(data["entries"])) > 0:
        said = ngettext("%(n)s entry before these", "%(n)s entries before these", more) % {"n": more}
        lines.insert(0, Line(said, SAME, 0))
    return lines


def register(parts: Iterable[Part] = ()) -> None:
    """Puts the parts of this module into the registry, each once."""
    known = {part.name for part in PARTS}
    own = (
        Part("incident", gettext_lazy("The incident"), gather_incident, lines_of_incident),
        Part("picture", gettext_lazy("The picture"), gather_picture, lines_of_picture),
        Part("meetings", gettext_lazy("Who meets"), gather_meetings, lines_of_meetings),
        Part("activations", gettext_lazy("Plans"), gather_activations, lines_of_activations),
        Part("decisions", gettext_lazy("Decisions"), gather_decisions, lines_of_decisions),
        Part("tasks", gettext_lazy("Tasks"), gather_tasks, lines_of_tasks),
        Part("log", gettext_lazy("The log since the last report"), gather_log, lines_of_log),
    )
    PARTS.extend(part for part in (*own, *parts) if part.name not in known)


register()
