"""Reviews written and agreed, findings and what is put right from them, measurements proposed and decided on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.incidents.actions import tell
from holdfast.crisis.incidents.models import Incident, IncidentState
from holdfast.crisis.reviews.measuring import propose_measured
from holdfast.crisis.reviews.models import (
    HotReview,
    IncidentFinding,
    IncidentReview,
    Measurement,
    MeasurementState,
    ReviewState,
)
from holdfast.crisis.reviews.rights import ACCEPT, AGREE, WRITE
from holdfast.crisis.reviews.telling import tell_reviews
from holdfast.governance.improvement.actions import raise_action
from holdfast.governance.improvement.models import EDIT as RAISE
from holdfast.governance.improvement.models import CorrectiveAction, OriginKind
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.evidence.fact import measured
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.models import Group, Node, Post
from holdfast.organization.structure.saving import change, create, remove_all, unused_key
from holdfast.readiness.plans.models import Plan

PUT_RIGHT_WITHIN = timedelta(days=90)
"""Until when a finding without a day is to be put right. Assumed: the report gives no number."""


class HotFields(TypedDict, total=False):
    present: str
    went_well: str
    went_badly: str


class ReviewFields(TypedDict, total=False):
    participants: str
    summary: str
    response: str
    plans: str
    communication: str
    root_causes: str
    lessons: str


class FindingFields(TypedDict, total=False):
    text: str
    cause: str
    severity: str
    about: str
    plan: Plan | None
    node: Node | None
    group: Group | None
    site: Site | None
    owner: Post | None
    due: date | None


@act("review.hot.write", WRITE, label=_("write a hot review"), under="incident")
def write_hot_review(by: Actor, *, incident: Incident, **fields: Unpack[HotFields]) -> HotReview:
    """Also while the incident is open, at the end of a shift. Raises ValidationError."""
    row = HotReview(incident=incident, at=clock.now(), user=by if isinstance(by, User) else None, **fields)
    create(row, by)
    tell(by, incident, "review.hot", gettext("Hot review written"), body={"present": row.present})
    tell_reviews(by, incident)
    return row


@act("review.hot.edit", WRITE, label=_("change a hot review"), on="hot")
def edit_hot_review(by: Actor, hot: HotReview, *, version: int, **changes: Unpack[HotFields]) -> HotReview:
    _refuse_agreed(hot.incident)
    return change(hot, changes, HotFields.__annotations__, by)


@act("review.begin", WRITE, label=_("begin the review of an incident"), under="incident")
def begin_review(by: Actor, *, incident: Incident, **fields: Unpack[ReviewFields]) -> IncidentReview:
    """Once the incident has ended. Raises ValidationError before, and where there is one already."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)  # of two who begin at once, one does
    if incident.state != IncidentState.CLOSED:
        said = gettext("“%(incident)s” is %(state)s: it is reviewed once it is closed.")
        raise ValidationError(said % {"incident": incident, "state": incident.get_state_display()})
    if IncidentReview.objects.filter(incident=incident).exists():
        raise ValidationError(gettext("Its review is begun already."))
    review = create(IncidentReview(incident=incident, **fields), by)
    propose_measured(by, incident)
    tell(by, incident, "review.begun", gettext("Review begun"))
    return review


@act("review.edit", WRITE, label=_("change the review of an incident"), on="review")
def edit_review(by: Actor, review: IncidentReview, *, version: int, **changes: Unpack[ReviewFields]) -> IncidentReview:
    """Raises ValidationError once it is agreed."""
    _refuse_agreed(review.incident)
    return change(review, changes, ReviewFields.__annotations__, by)


@act("review.agree", AGREE, label=_("agree to the review of an incident"), on="review")
def agree_review(by: Actor, review: IncidentReview, *, version: int) -> IncidentReview:
    """It stays as it is from now on. Raises ValidationError without a summary and the root causes."""
    _refuse_agreed(review.incident)
    names = ("participants", "summary", "root_causes")
    if missing := {name: gettext("Write this first.") for name in names if not getattr(review, name).strip()}:
        raise ValidationError(missing)
    changes = {
        "state": ReviewState.AGREED,
        "agreed_at": clock.now(),
        "agreed_by": by if isinstance(by, User) else None,
    }
    change(review, changes, changes, by)
    tell(by, review.incident, "review.agreed", gettext("Review agreed"), body=review.as_record(("summary",)))
    tell_reviews(by, review.incident)
    return review


@act("review.finding.create", WRITE, label=_("write down a finding"), under="incident")
def add_finding(by: Actor, *, incident: Incident, **fields: Unpack[FindingFields]) -> IncidentFinding:
    """Raises ValidationError once the review is agreed."""
    _refuse_agreed(incident)
    Incident.objects.select_for_update().get(pk=incident.pk)  # numbers follow each other
    number = 1 + max(incident.findings.values_list("number", flat=True), default=0)
    finding = create(IncidentFinding(incident=incident, number=number, **fields), by)
    about = {"number": finding.number, "text": finding.text}
    tell(by, incident, "review.finding", gettext("Finding %(number)d: %(text)s") % about,
         body=finding.as_record())  # fmt: skip
    return finding


@act("review.finding.edit", WRITE, label=_("change a finding"), on="finding")
def edit_finding(
    by: Actor, finding: IncidentFinding, *, version: int, **changes: Unpack[FindingFields]
) -> IncidentFinding:
    """Raises ValidationError once something is raised from it, or the review is agreed."""
    _refuse_agreed(finding.incident)
    _refuse_raised(finding)
    return change(finding, changes, FindingFields.__annotations__, by)


@act("review.finding.remove", WRITE, label=_("remove a finding"), on="finding")
def remove_finding(by: Actor, finding: IncidentFinding, *, version: int) -> IncidentFinding:
    _refuse_agreed(finding.incident)
    _refuse_raised(finding)
    said = gettext("Finding %(number)d removed: %(text)s") % {"number": finding.number, "text": finding.text}
    tell(by, finding.incident, "review.finding_removed", said)
    remove_all([finding], by)
    return finding


@act("review.finding.raise", RAISE, label=_("raise a corrective action from a finding"), on="finding")
def raise_from_finding(by: Actor, finding: IncidentFinding, *, version: int, title: str = "") -> IncidentFinding:
    """A corrective action of the programme, which knows where it was found; once. Also from a review that is agreed.
    Raises ValidationError without an owner or a place."""
    _refuse_raised(finding)
    if finding.owner is None:
        raise ValidationError({"owner": gettext("Say who puts it right.")})
    incident = finding.incident
    unit, site = _place_of(finding)
    action = raise_action(
        by,
        key=unused_key(CorrectiveAction, f"{incident.key}-{finding.number}"),
        title=(title.strip() or finding.text)[:300],
        finding=finding.text,
        cause=finding.cause,
        grade=finding.severity,
        owner_post=finding.owner,
        unit=unit,
        site=site,
        found_on=clock.today(),
        due=max(finding.due or clock.today() + PUT_RIGHT_WITHIN, clock.today()),
        origin_kind=OriginKind.INCIDENT if incident.real else OriginKind.EXERCISE,
        origin_title=incident.title,
        origin_address=f"{incident.address}afterwards/",
    )
    change(finding, {"action": action}, {"action"}, by)
    about = {"number": finding.number, "key": action.key}
    tell(by, incident, "review.action", gettext("Finding %(number)d is put right by action %(key)s") % about)
    return finding


def _place_of(finding: IncidentFinding) -> tuple[Unit | None, Site | None]:
    """Where it is to be put right: where the thing belongs that it is about, else the incident. Raises
    ValidationError."""
    thing: Any = finding.thing
    unit = getattr(thing, "unit", None) or finding.incident.unit or finding.owner.unit  # type: ignore[union-attr]
    site = thing if isinstance(thing, Site) else getattr(thing, "site", None) or finding.incident.site
    if unit is None and site is None:
        raise ValidationError({"owner": gettext("Nobody knows where: name a thing or an owner that has a unit.")})
    return unit, site


@act("measurement.propose", WRITE, label=_("propose a measurement to the model"), under="incident")
def propose_measurement(by: Actor, *, incident: Incident, node: Node, hours: float, said: str) -> Measurement:
    """What somebody has measured: how many hours after it went down it was back. One that waits is brought up to date.
    Raises ValidationError for one that was decided on."""
    row = Measurement.objects.select_for_update().filter(incident=incident, node=node, origin="person").first()
    if row is None:
        new = Measurement(incident=incident, node=node, hours=hours, said=said.strip(), proposed_at=clock.now())
        return create(new, by)
    _refuse_decided(row)
    return change(row, {"hours": hours, "said": said.strip()}, {"hours", "said"}, by)


@act("measurement.gather", WRITE, label=_("propose what was measured to the model"), under="incident")
def gather_measurements(by: Actor, *, incident: Incident) -> Incident:
    """What the other parts of the room have measured, as it now is."""
    propose_measured(by, incident)
    return incident


@act("measurement.accept", ACCEPT, label=_("accept a measurement for the model"), on="measurement",
     checked_on=lambda row: getattr(row, "node", row))  # fmt: skip
def accept_measurement(
    by: Actor, measurement: Measurement, *, version: int, hours: float | None = None, reason: str = ""
) -> Measurement:
    """The model reckons with it from today on; `hours` where whoever accepts knows better, with the reason. What was
    measured before is kept in the row and in the history of the node. Raises ValidationError."""
    _refuse_decided(measurement)
    if hours is not None and hours != measurement.hours and not reason.strip():
        raise ValidationError({"reason": gettext("Say why it is not the figure that was proposed.")})
    figure = measurement.hours if hours is None else hours
    node, incident = Node.objects.get(pk=measurement.node_id), measurement.incident
    kind = gettext("Incident") if incident.real else gettext("EXERCISE")
    source = f"{kind} “{incident.title}” ({incident.key}): {measurement.said}"
    who = by.username if isinstance(by, User) else by.name
    fact = measured(figure, "h", source, clock.today(), entered_by=who)
    before = node.restart_measured
    edit_node(by, node, version=node.version, restart_measured=fact)
    changes = _decided(by, MeasurementState.ACCEPTED, reason) | {
        "hours": figure,
        "before": before.as_json() if before is not None else None,
    }
    change(measurement, changes, changes, by)
    about = {"node": node.name, "hours": f"{figure:g}"}
    tell(by, incident, "measurement.accepted", gettext("Measured for the model: %(node)s, %(hours)s h") % about,
         body={"node": node.key, "hours": figure, "before": changes["before"]})  # fmt: skip
    return measurement


@act("measurement.refuse", ACCEPT, label=_("refuse a measurement"), on="measurement",
     checked_on=lambda row: getattr(row, "node", row))  # fmt: skip
def refuse_measurement(by: Actor, measurement: Measurement, *, version: int, reason: str) -> Measurement:
    """The model stays as it is. Raises ValidationError without the reason."""
    _refuse_decided(measurement)
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why it is not taken.")})
    changes = _decided(by, MeasurementState.REFUSED, reason)
    change(measurement, changes, changes, by)
    return measurement


def _decided(by: Actor, state: str, reason: str) -> dict[str, Any]:
    return {
        "state": state,
        "decided_at": clock.now(),
        "decided_by": by if isinstance(by, User) else None,
        "reason": reason.strip(),
    }


def _refuse_decided(measurement: Measurement) -> None:
    if not measurement.is_proposed:
        said = gettext("“%(measurement)s” is %(state)s already.")
        raise ValidationError(said % {"measurement": measurement, "state": measurement.get_state_display()})


def _refuse_agreed(incident: Incident) -> None:
    if IncidentReview.objects.filter(incident=incident, state=ReviewState.AGREED).exists():
        raise ValidationError(gettext("The review is agreed: it stays as it is."))


def _refuse_raised(finding: IncidentFinding) -> None:
    if finding.action_id is not None:
        raise ValidationError(
            gettext("Finding %(number)d is put right by an action already.") % {"number": finding.number}
        )


__all__ = [
    "accept_measurement",
    "add_finding",
    "agree_review",
    "begin_review",
    "edit_finding",
    "edit_hot_review",
    "edit_review",
    "gather_measurements",
    "propose_measurement",
    "raise_from_finding",
    "refuse_measurement",
    "remove_finding",
    "write_hot_review",
]
