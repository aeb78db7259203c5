"""The noun of exercises: how they are listed, shown and written."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Count
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.drills.actions import record_result, start_exercise
from holdfast.crisis.incidents.models import Incident
from holdfast.organization.accounts.scope import may, visible
from holdfast.readiness.exercises import actions as acts
from holdfast.readiness.exercises.breadth import lacking
from holdfast.readiness.exercises.models import (
    Exercise,
    ExercisePlan,
    ExerciseState,
    Inject,
    InjectState,
    Objective,
    TakesPart,
)
from holdfast.readiness.exercises.rights import EDIT, OBSERVE, VIEW
from holdfast.readiness.plans.models import Plan, TestKind
from holdfast.readiness.plans.rights import EDIT as EDIT_PLAN
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
from holdfast.web.pages.organization.values import Chip

COLUMNS = (
    "title", "kind", "site", "owner", "scenario", "threat", "story", "planned_start", "hours", "pace", "story_starts",
    "stop_words", "safety", *(name for name in EVIDENCE if name != "names"),
)  # fmt: skip
OBJECTIVE = ("text", "measure", "number")
INJECT = ("at_hours", "channel", "to", "text", "expected", "number")
TONES = {"planned": "is-idea", "under_way": "is-chosen", "done": "is-tested", "cancelled": "is-closed"}


def state_of(exercise: Exercise) -> Chip:
    return Chip(exercise.get_state_display(), TONES[exercise.state])


def _form(model: Any, names: tuple[str, ...]) -> Any:
    def made(row: Any, part: Any, user: Any) -> MadeForm:
        fields, values = form_of(model, names, user, part)
        number = fields.get("number")
        if number is not None and part is None:
            number.required = False
            number.help_text = _now("Left empty, the next one.")
            values = {**values, "number": None}
        return fields, values

    return made


def _participant_form(row: Exercise, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(TakesPart, ("post", "group", "role"), user)
    return fields, values


def _plan_form(row: Exercise, part: Any, user: Any) -> MadeForm:
    plans = rows_of(Plan, user).exclude(pk__in=row.plans.values("plan"))
    return {"plan": RowField(plans, label=_now("Plan"), required=True)}, {}


def _reason_form(label: Any) -> Any:
    def made(row: Any, part: Any, user: Any) -> MadeForm:
        return {"reason": forms.CharField(label=label, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))}, {}

    return made


def _result_form(row: Exercise, part: ExercisePlan, user: Any) -> MadeForm:
    fields: dict[str, forms.Field] = {
        "held": forms.BooleanField(label=_now("The plan held"), required=False),
        "found": forms.CharField(
            label=_now("What was found"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
        ),
    }
    return fields, {"held": part.held, "found": part.found}


def _add(act: Any) -> Any:
    def call(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
        act(by, exercise=row, **{name: value for name, value in cleaned.items() if value is not None})
        return None

    return call


def _start(by: Any, row: Exercise, part: Any, version: int, cleaned: dict[str, Any]) -> Incident:
    return start_exercise(by, row, version=version)


def tell(row: Exercise, user: Any, on: date) -> dict[str, Any]:
    controls = may(user, EDIT, row)
    incidents = visible(Incident.objects.filter(exercise=row).order_by("pk"), user)
    injects = list(visible(row.injects.all(), user))
    observes = may(user, OBSERVE, row)
    return {
        "state": state_of(row),
        "incidents": list(incidents),
        "objectives": list(row.objectives.all()),
        "injects": injects,
        "hidden": 0 if controls else row.injects.filter(state=InjectState.WAITING).count(),
        "participants": list(row.participants.select_related("post", "group")),
        "plans": list(row.plans.select_related("plan", "test")),
        "notes": list(row.notes.select_related("user", "objective", "inject", "task"))
        if observes and (row.is_over or controls)
        else [],
        "controls": controls,
        "lacking": lacking(row, on) if controls and not row.is_over else [],
        "observes": observes,
    }


EXERCISES = Noun(
    slug="exercises",
    name="exercise",
    room="exercises",
    model=Exercise,
    rows=Exercise.objects.all,
    one=_("exercise"),
    many=_("Exercises"),
    lead=_("A plan that has not been tested cannot be regarded as reliable. Tests seek gaps and weaknesses (26)."),
    view=VIEW,
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("title", _("Exercise"), lambda row: row, ("title",)),
            Column("kind", _("Type"), lambda row: row.get_kind_display(), ("kind",)),
            Column("unit", _("Unit"), lambda row: row.unit, ("unit__name",)),
            Column("site", _("Place"), lambda row: row.site, ("site__name",)),
            Column("planned", _("Planned for"), lambda row: row.planned_start, ("planned_start",)),
            Column("state", _("State"), state_of, ("state",)),
            Column("plans", _("Plans tried"), lambda row: row.plan_count, ("plan_count",), number=True),
            Column("owner", _("Owner"), lambda row: row.owner, ("owner__title",)),
        ),
        filters=(
            choice_filter("kind", _("Type"), TestKind),
            choice_filter("state", _("State"), ExerciseState),
            unit_filter(),
            site_filter(),
            TAG,
            OWN,
        ),
        search=("title", "key", "story"),
        order=("-planned_start", "title"),
        prepare=lambda rows, user, on: rows.select_related("unit", "site", "owner").annotate(
            plan_count=Count("plans", distinct=True)
        ),
    ),
    tell=tell,
    related=("unit", "site", "owner", "scenario", "threat"),
    making=Making(COLUMNS, acts.create_exercise, acts.edit_exercise, fixed=("unit",)),
    steps=(
        Step("add-objective", _("Add an objective"), _("Save"), EDIT, _form(Objective, OBJECTIVE),
             _add(acts.add_objective), back="objectives"),
        Step("change", _("Change an objective"), _("Save"), EDIT, _form(Objective, OBJECTIVE),
             lambda by, row, part, version, cleaned: acts.edit_objective(by, part, version=version, **cleaned),
             on=Objective, within="exercise", back="objectives"),
        Step("remove", _("Remove this objective"), _("Remove it"), EDIT, no_form,
             lambda by, row, part, version, cleaned: acts.remove_objective(by, part, version=version),
             on=Objective, within="exercise", back="objectives", ends=True),
        Step("add-inject", _("Add an inject"), _("Save"), EDIT, _form(Inject, INJECT),
             _add(acts.add_inject), back="injects",
             says=_("Only those who make exercises read it before it is delivered.")),
        Step("change", _("Change an inject"), _("Save"), EDIT, _form(Inject, INJECT),
             lambda by, row, part, version, cleaned: acts.edit_inject(by, part, version=version, **cleaned),
             on=Inject, within="exercise", back="injects"),
        Step("remove", _("Remove this inject"), _("Remove it"), EDIT, no_form,
             lambda by, row, part, version, cleaned: acts.remove_inject(by, part, version=version),
             on=Inject, within="exercise", back="injects", ends=True),
        Step("invite", _("Say who takes part"), _("Save"), EDIT, _participant_form, _add(acts.invite),
             back="participants", says=_("A post or a group, one of the two.")),
        Step("remove", _("Take this participant out"), _("Take out"), EDIT, no_form,
             lambda by, row, part, version, cleaned: acts.uninvite(by, part, version=version),
             on=TakesPart, within="exercise", back="participants", ends=True),
        Step("try-plan", _("Try a plan"), _("Save"), EDIT, _plan_form, _add(acts.try_plan), back="plans",
             says=_("What the exercise shows is recorded among the tests of the plan.")),
        Step("remove", _("Take this plan out"), _("Take out"), EDIT, no_form,
             lambda by, row, part, version, cleaned: acts.leave_plan(by, part, version=version),
             on=ExercisePlan, within="exercise", back="plans", ends=True),
        Step("record", _("Record what it showed of the plan"), _("Record"), EDIT_PLAN, _result_form,
             lambda by, row, part, version, cleaned: record_result(by, part, version=version, **cleaned),
             on=ExercisePlan, within="exercise", back="plans"),
        Step("start", _("Start the exercise"), _("Start it"), EDIT, no_form, _start,
             says=_("Its clock begins to run, and all who take part are told. It never turns into a real incident.")),
        Step("cancel", _("Cancel the exercise"), _("Cancel it"), EDIT, _reason_form(_("Why it is not held")),
             lambda by, row, part, version, cleaned: acts.cancel_exercise(by, row, version=version, **cleaned),
             ends=True),
        Step("repeat", _("Plan it again"), _("Plan it"), EDIT, no_form,
             lambda by, row, part, version, cleaned: acts.repeat_exercise(by, row, version=version),
             says=_("A new one with the same objectives, injects, plans and participants.")),
    ),
    parts=((Objective, "exercise"), (Inject, "exercise"), (TakesPart, "exercise"), (ExercisePlan, "exercise")),
    empty=_("There is no exercise yet that you may see. Plan the first one."),
)  # fmt: skip
