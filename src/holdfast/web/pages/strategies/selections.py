"""Choices of strategies: which serve which process, why, approved."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.selection.actions import (
    approve_selection,
    choose,
    create_selection,
    discard_selection,
    draft_selection_version,
    edit_selection,
    leave,
    submit_selection,
    withdraw_selection,
)
from holdfast.analysis.selection.gates import waits_for
from holdfast.analysis.selection.judging import judged
from holdfast.analysis.selection.lateness import lateness_of
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.strategy.actions import EDIT
from holdfast.analysis.strategy.models import Strategy
from holdfast.governance.agreement import steps
from holdfast.governance.agreement.actions import return_to_draft
from holdfast.governance.agreement.models import TAKE_PART, State
from holdfast.organization import clock
from holdfast.organization.structure.models import Process
from holdfast.web.pages.governance.agreeing import approving_form, submitting_form, withdrawing_form
from holdfast.web.pages.organization.editing import MadeForm, no_form
from holdfast.web.pages.organization.fields import RowField, rows_of
from holdfast.web.pages.organization.links import Reach
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, choice_filter, unit_filter
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE

from .saying import fits_chip, losses_in_words, state_of_selection

COLUMNS = ("title", "unit", "why", "why_late", *EVIDENCE)


def tell(selection: Selection, user: Any, on: date) -> dict[str, Any]:
    agreement = selection.agreement
    rows = list(selection.selected.select_related("process", "strategy").order_by("process__name", "pk"))
    late = [one for row in rows if (one := lateness_of(row, on)) is not None]
    exceeding = [one for one in late if one.exceeds]
    gaps = []
    if agreement.is_draft:
        gaps += [] if rows else [_now("Nothing is chosen yet.")]
        gaps += [] if selection.why.strip() else [_now("Say why these are chosen.")]
        gaps += [str(one) for one in late if one.is_unknown]
        gaps += [] if selection.why_late.strip() else [str(one) for one in exceeding]
    versions = Selection.objects.filter(agreement__kind=agreement.kind, agreement__line=agreement.line)
    return {
        "above": [],
        "agreement": agreement,
        "state": state_of_selection(selection),
        "rows": [_line(row, on) for row in rows],
        "processes": len({row.process_id for row in rows}),
        "exceeding": exceeding,
        "gaps": gaps,
        "waits_for": waits_for(selection, on) if agreement.is_draft else [],
        "changes": steps.changes_since(selection) if agreement.previous_id else [],
        "remarks": list(agreement.remarks.select_related("by").order_by("pk")),
        "reviews": list(agreement.reviews.select_related("reviewer").order_by("pk")),
        "may_decide": agreement.in_review and steps.may_decide(user, agreement),
        "is_last": not type(agreement).objects.filter(previous=agreement).exists(),
        "versions": versions.select_related("agreement").order_by("-agreement__number"),
        "reach": Reach(user, [part for row in rows for part in (row.process, row.strategy)]),
    }


def _line(row: Selected, on: date) -> dict[str, Any]:
    """A chosen strategy as the page shows it, with what was known of it when it was submitted."""
    late = lateness_of(row, on)
    outcomes = row.known.get("judged", {}).get("outcomes", [])
    losses: dict[str, float] = {}
    for one in outcomes:
        for category, amount in one["cost"].items():
            losses[category] = max(losses.get(category, 0.0), amount)
    return {
        "row": row,
        "late": late,
        "fits": fits_chip(False) if late is not None and late.exceeds else None,
        "longest": max((one["longest"] for one in outcomes), default=None),
        "breached": any(one["mtpd_breached"] for one in outcomes),
        "losses": losses_in_words(losses),
    }


def _choose(row: Any, part: Any, user: Any) -> MadeForm:
    strategies = rows_of(Strategy, user).exclude(state="retired")
    fields: dict[str, forms.Field] = {
        "process": RowField(rows_of(Process, user), label=_now("Process")),
        "strategy": RowField(strategies, label=_now("Strategy"), required=False),
        "why": forms.CharField(
            label=_now("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_now("Without a strategy: why the process does without."),
        ),
    }  # fmt: skip
    return fields, {}


def _chosen(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    choose(by, selection=row, **cleaned)
    return row


def _submit(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    rows = row.selected.select_related("process", "strategy", "selection")
    return submit_selection(by, row, version=version, judged=judged(rows, clock.today()), **cleaned)


def _text(label: Any) -> Any:
    def made(row: Any, part: Any, user: Any) -> MadeForm:
        return {"text": forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 2}))}, {}

    return made


def _returned(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return_to_draft(by, row.agreement, text=cleaned["text"])
    return row


SELECTIONS = Noun(
    slug="selections",
    name="selection",
    room="strategies",
    model=Selection,
    rows=Selection.objects.all,
    one=_("choice of strategies"),
    many=_("Choices"),
    lead=_("Which strategies serve which processes, and why. Only approved choices count."),
    view="structure.view",
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("title", _("Choice"), lambda row: row, ("title",)),
            Column("unit", _("Unit"), lambda row: row.unit, ("unit__name",)),
            Column("version", _("Version"), lambda row: row.agreement.number, ("agreement__number",), number=True),
            Column("state", _("State"), state_of_selection, ("agreement__state",)),
            Column("decided", _("Decided on"), lambda row: row.agreement.decided_on, ("agreement__decided_on",)),
            Column("by", _("Approved by"), lambda row: str(row.agreement.approves or "")),
        ),
        filters=(unit_filter(), choice_filter("state", _("State"), State, "agreement__state"), TAG, OWN),
        search=("title", "key"),
        order=("title",),
        prepare=lambda rows, user, on: rows.select_related(
            "unit", "agreement__approver", "agreement__approver_post", "agreement__approver_body"
        ),
    ),
    tell=tell,
    related=("unit", "agreement__previous", "agreement__approver", "agreement__approver_post",
             "agreement__approver_body", "agreement__decided_by", "agreement__author"),
    making=Making(COLUMNS, create_selection, edit_selection),
    steps=(
        Step("choose", _("Choose a strategy for a process"), _("Choose"), EDIT, _choose, _chosen, back="chosen"),
        Step(
            "leave", _("Take this out of the choice"), _("Take it out"), EDIT, no_form,
            lambda by, row, part, version, cleaned: leave(by, part, version=version),
            on=Selected, within="selection", back="chosen", ends=True,
        ),
        Step(
            "submit", _("Submit it for approval"), _("Submit"), EDIT,
            lambda row, part, user: submitting_form(row.agreement, user), _submit, back="agreement",
            says=_("It stays as it is until it is decided or returned, with what is known of each strategy today."),
        ),
        Step(
            "approve", _("Approve it"), _("Approve"), TAKE_PART, approving_form,
            lambda by, row, part, version, cleaned: approve_selection(by, row, version=version, **cleaned),
            back="agreement",
            says=_("It counts from then on, in place of the version before; the ideas in it are chosen."),
        ),
        Step("return", _("Return it to its author"), _("Return"), TAKE_PART, _text(_("What has to change")), _returned,
             back="agreement"),
        Step(
            "next", _("Begin the next version"), _("Begin"), EDIT, no_form,
            lambda by, row, part, version, cleaned: draft_selection_version(by, row, version=version),
            says=_("It begins with what this one chooses."),
        ),
        Step(
            "withdraw", _("Withdraw it"), _("Withdraw"), EDIT, withdrawing_form,
            lambda by, row, part, version, cleaned: withdraw_selection(by, row, version=version, **cleaned),
            ends=True, says=_("It counts no more from this day, and nothing stands in its place."),
        ),
        Step(
            "discard", _("Discard this draft"), _("Discard it"), EDIT, no_form,
            lambda by, row, part, version, cleaned: discard_selection(by, row, version=version), ends=True,
        ),
    ),
    parts=((Selected, "selection"),),
    empty=_("There is no choice yet that you may see. Compare the strategies of a process, and choose among them."),
)  # fmt: skip
