"""Treatments, and what is taken over from assessments made elsewhere."""

from __future__ import annotations

from datetime import date
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.models import Finding, Outside, Risk, Threat, Treatment
from holdfast.analysis.risk.telling import tell_treatment
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Post
from holdfast.organization.structure.saving import change, create


class TreatmentFields(DescribedFields, total=False):
    title: str
    description: str
    cost: Fact
    given: Fact | None
    begins: date | None
    due: date | None
    done_on: date | None
    owner: Post | None
    unit: Unit | None
    protects: list[str]
    mandate: str
    state: str


class OutsideFields(DescribedFields, total=False):
    title: str
    made_by: str
    document: str
    as_of: date
    site: Site | None
    unit: Unit | None
    scale: str


class FindingFields(TypedDict, total=False):
    number: int
    title: str
    text: str
    likelihood_said: str
    impact_said: str
    level: str
    threat: Threat | None
    risk: Risk | None


@act("treatment.create", "risk.edit", label=_("plan a treatment"), under="risk")
def create_treatment(by: Actor, *, key: str, risk: Risk, **fields: Unpack[TreatmentFields]) -> Treatment:
    """Raises ValidationError, NotAllowed."""
    treatment = create(Treatment(key=key, risk=risk, **fields), by)
    tell_treatment(by, treatment, clock.today())
    return treatment


@act("treatment.edit", "risk.edit", label=_("change a treatment"), on="treatment")
def edit_treatment(by: Actor, treatment: Treatment, *, version: int, **changes: Unpack[TreatmentFields]) -> Treatment:
    """Raises ValidationError, Conflict, NotAllowed."""
    treatment = change(treatment, changes, TreatmentFields.__annotations__, by)
    tell_treatment(by, treatment, clock.today())
    return treatment


@act("outside.take_in", "risk.edit", label=_("take in an assessment made elsewhere"))
def take_in_outside(by: Actor, *, key: str, **fields: Unpack[OutsideFields]) -> Outside:
    """It stays as it is taken in: there is no act that changes it."""
    return create(Outside(key=key, **fields), by)


@act("finding.take_in", "risk.edit", label=_("take in a finding made elsewhere"), under="outside")
def take_in_finding(by: Actor, *, outside: Outside, **fields: Unpack[FindingFields]) -> Finding:
    """Raises ValidationError for a number that is there: what others found is never overwritten."""
    if Finding.objects.filter(outside=outside, number=fields.get("number")).exists():
        said = gettext("This number is taken, and what was taken in is never overwritten.")
        raise ValidationError({"number": said})
    return create(Finding(outside=outside, **fields), by)


@act("finding.link", "risk.edit", label=_("take a finding into a risk"), on="finding")
def link_finding(by: Actor, finding: Finding, *, version: int, risk: Risk | None) -> Finding:
    """Says which risk of ours it was taken into; its own words stay."""
    return change(finding, {"risk": risk}, {"risk"}, by)
