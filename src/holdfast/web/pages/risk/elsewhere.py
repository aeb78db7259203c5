"""Assessments made elsewhere (security, ICT), in their own words, never overwritten."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.risk.actions.treatments import link_finding, take_in_finding, take_in_outside
from holdfast.analysis.risk.models import Finding, Outside, Risk
from holdfast.organization.accounts.scope import visible
from holdfast.web.pages.organization.editing import MadeForm, form_of
from holdfast.web.pages.organization.fields import RowField, rows_of
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, site_filter, unit_filter
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE

FINDING = ("number", "title", "text", "likelihood_said", "impact_said", "level", "threat", "risk")


def tell(outside: Outside, user: Any, on: date) -> dict[str, Any]:
    found = visible(Finding.objects.filter(outside=outside), user).select_related("threat", "risk")
    return {"findings": list(found.order_by("number"))}


def _finding(row: Any, part: Any, user: Any) -> MadeForm:
    last = Finding.objects.filter(outside=row).order_by("-number").values_list("number", flat=True).first()
    fields, values = form_of(Finding, FINDING, user)
    return fields, values | {"number": (last or 0) + 1}


def _link(row: Any, part: Any, user: Any) -> MadeForm:
    risks = rows_of(Risk, user, **({"site": row.site} if row.site is not None else {}))
    field = RowField(risks, current=part.risk, label=_now("Our risk"), required=False)
    return {"risk": field}, {"risk": part.risk}


OUTSIDE = Noun(
    slug="elsewhere",
    name="outside",
    room="risk",
    model=Outside,
    rows=Outside.objects.all,
    one=_("assessment made elsewhere"),
    many=_("Made elsewhere"),
    lead=_("What security, ICT and others have assessed, with its source. It stays as it was taken in."),
    view="risk.view",
    edit="risk.edit",
    listing=Listing(
        columns=(
            Column("title", _("Assessment"), lambda row: row, ("title",)),
            Column("made_by", _("Made by"), lambda row: row.made_by, ("made_by",)),
            Column("document", _("Document"), lambda row: row.document, ("document",)),
            Column("as_of", _("As of"), lambda row: row.as_of, ("as_of",)),
            Column("site", _("Site"), lambda row: row.site, ("site__name",)),
        ),
        filters=(site_filter(), unit_filter(), TAG, OWN),
        search=("title", "key", "made_by", "document"),
        order=("-as_of", "title"),
        prepare=lambda rows, user, on: rows.select_related("site", "unit"),
    ),
    tell=tell,
    related=("site", "unit"),
    making=Making(
        ("title", "made_by", "document", "as_of", "site", "unit", "scale", *EVIDENCE), take_in_outside, None
    ),
    steps=(
        Step(
            "add-finding", _("Take in a finding"), _("Take it in"), "risk.edit", _finding,
            lambda by, row, part, version, cleaned: take_in_finding(by, outside=row, **cleaned),
            says=_("In their words and on their scale. It cannot be changed later."), back="findings",
        ),
        Step(
            "link", _("Say which risk it was taken into"), _("Save"), "risk.edit", _link,
            lambda by, row, part, version, cleaned: link_finding(by, part, version=version, risk=cleaned["risk"]),
            on=Finding, within="outside", back="findings",
        ),
    ),
    parts=((Finding, "outside"),),
    empty=_("Nothing was taken in yet that you may see. Take in the first one, or a workbook."),
)  # fmt: skip
