"""Plans as a noun: the list, the forms, the steps on the page of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.actions import return_to_draft
from holdfast.governance.agreement.models import State
from holdfast.organization import clock
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.plans.actions import (
    add_process,
    approve_plan,
    attest_plan,
    create_plan,
    create_role,
    create_task,
    discard_plan,
    draft_plan_version,
    edit_plan,
    edit_role,
    edit_task,
    give_copy,
    receive_copy,
    record_test,
    remove_process,
    remove_role,
    remove_task,
    submit_plan,
    take_back_copy,
    withdraw_plan,
)
from holdfast.readiness.plans.actions.plans import RECOVERED
from holdfast.readiness.plans.models import Plan, PlanCopy, PlanKind, PlanProcess, PlanRole, PlanTask, PlanTest
from holdfast.readiness.plans.rights import ATTEST, EDIT, VIEW
from holdfast.web.pages.governance.agreeing import approving_form, submitting_form, withdrawing_form
from holdfast.web.pages.organization.editing import MadeForm, form_of, no_form
from holdfast.web.pages.organization.fields import RowField, rows_of
from holdfast.web.pages.organization.listing import (
    OWN,
    TAG,
    Column,
    Listing,
    choice_filter,
    site_filter,
    unit_filter,
)
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE

from .fields import copy_form, role_form, task_form
from .telling import state_of, tell

TAKE_PART = "agreement.take_part"
COLUMNS = (
    "title", "site", "part_of", "crisis", "threat", "owner", "language", "review_months", "status", *EVIDENCE,
)  # fmt: skip
COLUMNS = tuple(name for name in COLUMNS if name != "names")


def _process_form(row: Plan, part: Any, user: Any) -> MadeForm:
    there = row.processes.values("node")
    if row.kind == PlanKind.CONTINUITY:
        rows = rows_of(Node, user, kind=NodeKind.PROCESS, is_function=False).exclude(pk__in=there)
        label = _now("Process")
    else:
        rows = rows_of(Node, user, kind__in=RECOVERED).exclude(pk__in=there)
        label = _now("Application, infrastructure or record system")
    return {"node": RowField(rows, label=label, required=True)}, {}


def _test_form(row: Plan, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(PlanTest, ("on", "kind", "held", "what", "found"), user)
    return fields, {**values, "on": clock.today()}


def _text(name: str, label: Any) -> Any:
    def made(row: Any, part: Any, user: Any) -> MadeForm:
        return {name: forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)}, {}

    return made


def _returned(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return_to_draft(by, row.agreement, text=cleaned["text"])
    return row


PLANS = Noun(
    slug="plans",
    name="plan",
    room="plans",
    model=Plan,
    rows=Plan.objects.all,
    one=_("plan"),
    many=_("Plans"),
    lead=_(
        "Crisis management plans serve life and property, one for each kind of crisis; continuity plans keep critical "
        "processes going whatever happens; recovery plans bring applications back."
    ),
    view=VIEW,
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("title", _("Plan"), lambda row: row, ("title",)),
            Column("kind", _("Kind"), lambda row: row.get_kind_display(), ("kind",)),
            Column("unit", _("Unit"), lambda row: row.unit, ("unit__name",)),
            Column("site", _("Site"), lambda row: row.site, ("site__name",)),
            Column("version", _("Version"), lambda row: row.agreement.number, ("agreement__number",), number=True),
            Column("state", _("State"), state_of, ("agreement__state",)),
            Column("decided", _("Decided on"), lambda row: row.agreement.decided_on, ("agreement__decided_on",)),
            Column("owner", _("Owner"), lambda row: row.owner, ("owner__title",)),
            Column("status", _("As the source has it"), lambda row: row.status, ("status",)),
        ),
        filters=(
            choice_filter("kind", _("Kind"), PlanKind),
            choice_filter("state", _("State"), State, "agreement__state"),
            unit_filter(),
            site_filter(),
            TAG,
            OWN,
        ),
        search=("title", "key", "unit__name", "site__name"),
        order=("kind", "title", "-agreement__number"),
        prepare=lambda rows, user, on: rows.select_related("unit", "site", "owner", "agreement").defer(
            "frozen", "agreement__record"
        ),
    ),
    tell=tell,
    related=("unit", "site", "part_of", "owner", "threat", "agreement__previous", "agreement__approver",
             "agreement__approver_post", "agreement__approver_body", "agreement__decided_by", "agreement__author"),
    making=Making(COLUMNS, create_plan, edit_plan, fixed=("kind", "unit")),
    steps=(
        Step(
            "add-process", _("Add what it is for"), _("Add"), EDIT, _process_form,
            lambda by, row, part, version, cleaned: add_process(by, plan=row, **cleaned), back="processes",
        ),
        Step(
            "remove", _("Take it out of the plan"), _("Take it out"), EDIT, no_form,
            lambda by, row, part, version, cleaned: remove_process(by, part, version=version),
            on=PlanProcess, within="plan", back="processes", ends=True,
        ),
        Step(
            "add-role", _("Add a role"), _("Save"), EDIT, role_form,
            lambda by, row, part, version, cleaned: create_role(by, plan=row, **cleaned), back="roles",
        ),
        Step(
            "change", _("Change a role"), _("Save"), EDIT, role_form,
            lambda by, row, part, version, cleaned: edit_role(by, part, version=version, **cleaned),
            on=PlanRole, within="plan", back="roles",
        ),
        Step(
            "remove", _("Remove this role"), _("Remove it"), EDIT, no_form,
            lambda by, row, part, version, cleaned: remove_role(by, part, version=version),
            on=PlanRole, within="plan", back="roles", ends=True,
        ),
        Step(
            "add-task", _("Add a task"), _("Save"), EDIT, task_form,
            lambda by, row, part, version, cleaned: create_task(by, plan=row, **cleaned), back="tasks",
        ),
        Step(
            "change", _("Change a task"), _("Save"), EDIT, task_form,
            lambda by, row, part, version, cleaned: edit_task(by, part, version=version, **cleaned),
            on=PlanTask, within="plan", back="tasks",
        ),
        Step(
            "remove", _("Remove this task"), _("Remove it"), EDIT, no_form,
            lambda by, row, part, version, cleaned: remove_task(by, part, version=version),
            on=PlanTask, within="plan", back="tasks", ends=True,
            says=_("What came after it comes after what it came after itself."),
        ),
        Step(
            "submit", _("Submit it for approval"), _("Submit"), EDIT,
            lambda row, part, user: submitting_form(row.agreement, user),
            lambda by, row, part, version, cleaned: submit_plan(by, row, version=version, **cleaned),
            back="agreement",
            says=_("It stays as it is, with the data of today, until it is decided or returned."),
        ),
        Step(
            "approve", _("Approve it"), _("Approve"), TAKE_PART, approving_form,
            lambda by, row, part, version, cleaned: approve_plan(by, row, version=version, **cleaned),
            back="agreement",
            says=_("It counts from then on, in place of the version before, and is never changed again."),
        ),
        Step("return", _("Return it to its author"), _("Return"), TAKE_PART, _text("text", _("What has to change")),
             _returned, back="agreement"),
        Step(
            "next", _("Begin the next version"), _("Begin"), EDIT, no_form,
            lambda by, row, part, version, cleaned: draft_plan_version(by, row, version=version),
            says=_("It begins with all that is written in this one; the data is read anew."),
        ),
        Step(
            "withdraw", _("Withdraw it"), _("Withdraw"), EDIT, withdrawing_form,
            lambda by, row, part, version, cleaned: withdraw_plan(by, row, version=version, **cleaned),
            ends=True, says=_("It counts no more from this day, and nothing stands in its place."),
        ),
        Step(
            "discard", _("Discard this draft"), _("Discard it"), EDIT, no_form,
            lambda by, row, part, version, cleaned: discard_plan(by, row, version=version), ends=True,
            says=_("With its text, its roles and its tasks."),
        ),
        Step(
            "record-test", _("Record a test"), _("Record"), EDIT, _test_form,
            lambda by, row, part, version, cleaned: record_test(by, plan=row, **cleaned), back="tests",
            says=_("What has not been tested cannot be regarded as reliable (A/63/359, 26). A test counts for a year."),
        ),
        Step(
            "attest", _("Attest it"), _("Attest"), ATTEST, _text("said", _("What was looked at")),
            lambda by, row, part, version, cleaned: attest_plan(by, plan=row, **cleaned), back="upkeep",
            says=_("You say that the plan is true as it stands. Its next review is counted from today."),
        ),
        Step(
            "give", _("Give it out"), _("Give"), EDIT, copy_form,
            lambda by, row, part, version, cleaned: give_copy(by, plan=row, **cleaned), back="copies",
            says=_("Whoever holds the post may read this version, and is asked to confirm that it came."),
        ),
        Step(
            "receive", _("Confirm that it came"), _("Confirm"), "directory.view", no_form,
            lambda by, row, part, version, cleaned: receive_copy(by, part, version=version),
            on=PlanCopy, within="plan", back="copies",
        ),
        Step(
            "remove", _("Take back this copy"), _("Take it back"), EDIT, no_form,
            lambda by, row, part, version, cleaned: take_back_copy(by, part, version=version),
            on=PlanCopy, within="plan", back="copies", ends=True,
        ),
    ),
    parts=((PlanRole, "plan"), (PlanTask, "plan"), (PlanProcess, "plan"), (PlanTest, "plan"), (PlanCopy, "plan")),
    empty=_("There is no plan yet that you may see. Begin the first one."),
)  # fmt: skip
