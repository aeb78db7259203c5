"""Candidates for the best buy: what could be bought, what it costs and what it changes in the model."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.choice.actions import (
    EDIT,
    decide_candidate,
    edit_candidate,
    propose_candidate,
    retire_candidate,
)
from holdfast.analysis.choice.models import Candidate, CandidateState
from holdfast.web.pages.organization.editing import until_form
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, choice_filter, unit_filter
from holdfast.web.pages.organization.nouns import MadeForm, Making, Noun, Step
from holdfast.web.pages.organization.states import state_chip
from holdfast.web.pages.organization.units import EVIDENCE
from holdfast.web.pages.organization.values import Figure
from holdfast.web.pages.risk.threats import causes_in_words

from .telling import in_sentences, in_short


def tell(candidate: Candidate, user: Any, on: date) -> dict[str, Any]:
    return {
        "figures": [
            (name, str(candidate._meta.get_field(name).verbose_name).capitalize(), getattr(candidate, name))
            for name in ("cost", "yearly")
            if getattr(candidate, name) is not None
        ],
        "changes": in_sentences(candidate, user),
        "causes": causes_in_words(candidate.causes),
        "chip": state_chip(candidate),
    }


def _money(name: str) -> Any:
    def value(row: Any) -> Figure | None:
        fact = getattr(row, name)
        return Figure(fact, address(row), name) if fact is not None else None

    return value


def _decision(row: Any, part: Any, user: Any) -> MadeForm:
    fields: dict[str, forms.Field] = {
        "state": forms.ChoiceField(label=gettext("State"), choices=CandidateState.choices),
        "why": forms.CharField(
            label=gettext("Why it was decided so"),
            required=False,
            max_length=20_000,
            help_text=gettext("What is chosen or rejected needs a reason."),
            widget=forms.Textarea(attrs={"rows": 3}),
        ),
    }
    return fields, {"state": row.state, "why": row.why}


CANDIDATES = Noun(
    slug="candidates",
    name="candidate",
    room="choice",
    model=Candidate,
    rows=Candidate.objects.all,
    one=_("candidate"),
    many=_("Candidates"),
    lead=_("What could be bought: strategies and measures, with what they cost and what they change in the model."),
    view="structure.view",
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("name", _("Candidate"), lambda row: row, ("name",)),
            Column("causes", _("Helps against"), lambda row: causes_in_words(row.causes)),
            Column("cost", _("Cost"), _money("cost"), ("cost__value",), number=True),
            Column("yearly", _("Cost a year"), _money("yearly"), ("yearly__value",), number=True),
            Column("changes", _("What it changes"), lambda row: in_short(row.effects)),
            Column("unit", _("Unit"), lambda row: row.unit, ("unit__name",)),
            Column("state", _("State"), state_chip, ("state",)),
        ),
        filters=(choice_filter("state", _("State"), CandidateState), unit_filter(), TAG, OWN),
        search=("name", "key", "does"),
        order=("name",),
        prepare=lambda rows, user, on: rows.select_related("unit"),
    ),
    tell=tell,
    related=("unit",),
    making=Making(
        ("name", "does", "causes", "cost", "yearly", "effects", "unit", "valid_from", "valid_until", *EVIDENCE),
        propose_candidate,
        edit_candidate,
    ),
    steps=(
        Step(
            "decide",
            _("Decide on this candidate"),
            _("Save"),
            EDIT,
            _decision,
            lambda by, row, part, version, cleaned: decide_candidate(by, row, version=version, **cleaned),
        ),
        Step(
            "retire",
            _("Retire this candidate"),
            _("Retire it"),
            EDIT,
            until_form(_("First day without it")),
            lambda by, row, part, version, cleaned: retire_candidate(by, row, version=version, on=cleaned["on"]),
            says=_("It is offered no more from this day. Its history stays."),
            ends=True,
        ),
    ),
    empty=_("There is no candidate yet that you may see. Propose the first one: what it costs and what it changes."),
)
