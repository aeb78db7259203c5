"""Strategies: what each does, for which processes, what it costs, how far it has come."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Prefetch
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.selection.models import Selected
from holdfast.analysis.strategy.actions import (
    EDIT,
    cover_process,
    create_strategy,
    edit_strategy,
    move_strategy,
    put_in_model,
    uncover_process,
)
from holdfast.analysis.strategy.models import Covers, Fallback, FallbackKind, FallbackState, Strategy
from holdfast.analysis.strategy.models.strategies import FIGURES
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.models import Node, Process, Requirement
from holdfast.readiness.plans.models import Plan
from holdfast.web.pages.organization.editing import MadeForm, form_of, free_key, no_form
from holdfast.web.pages.organization.fields import DayField, RowField, rows_of
from holdfast.web.pages.organization.links import Reach, address
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, choice_filter, unit_filter
from holdfast.web.pages.organization.nouns import Making, Noun, Step
from holdfast.web.pages.organization.states import state_chip
from holdfast.web.pages.organization.units import EVIDENCE
from holdfast.web.pages.organization.values import Figure
from holdfast.web.pages.risk.threats import causes_in_words

from .saying import state_of_selection

COLUMNS = (
    "name", "kind", "unit", "owner", "causes", "does", "activation", "endurance", "share", "capacity", "pool", "cost",
    "yearly", "receiving_site", "receiver", "valid_from", "valid_until", *EVIDENCE,
)  # fmt: skip


def tell(strategy: Strategy, user: Any, on: date) -> dict[str, Any]:
    covers = list(
        visible(Covers.objects.filter(strategy=strategy), user)
        .select_related("process__unit", "receiving_process")
        .order_by("process__name")
    )
    fallbacks = list(
        visible(Fallback.objects.filter(strategy=strategy), user)
        .select_related("requirement__node", "provider", "pool")
        .order_by("requirement__node__name", "position")
    )
    known = {fallback.requirement.node_id for fallback in fallbacks if fallback.state != FallbackState.RETIRED}
    resources = any(f.requirement.node.kind != "process" for f in fallbacks if f.state != FallbackState.RETIRED)
    selected = visible(Selected.objects.filter(strategy=strategy), user).select_related(
        "selection__agreement", "process"
    )
    people = [row.process for row in covers] + [row.receiving_process for row in covers]
    people += [part for f in fallbacks for part in (f.requirement.node, f.provider)]
    return {
        "figures": [
            (name, str(strategy._meta.get_field(name).verbose_name).capitalize(), fact)
            for name in FIGURES
            if (fact := getattr(strategy, name)) is not None
        ],
        "causes": causes_in_words(strategy.causes),
        "chip": state_chip(strategy),
        "covers": [(row, row.process_id in known or resources) for row in covers],
        "fallbacks": fallbacks,
        "unknown": [row.process for row in covers if row.process_id not in known and not resources],
        "selections": [(row, state_of_selection(row.selection)) for row in selected.order_by("-selection__pk")],
        "plans": list(
            visible(Plan.objects.newest().filter(processes__node__in=[row.process_id for row in covers]), user)
            .select_related("unit")
            .distinct()
            .order_by("title")
        ),
        "reach": Reach(user, people),
        "above": [],
    }


def _money(name: str) -> Any:
    def value(row: Any) -> Figure | None:
        fact = getattr(row, name)
        return Figure(fact, address(row), name) if fact is not None else None

    return value


def _processes(row: Any) -> list[Any]:
    return [one.process for one in row.all_covers]


def _move(row: Any, part: Any, user: Any) -> MadeForm:
    fields: dict[str, forms.Field] = {
        "state": forms.ChoiceField(label=gettext("State"), choices=FallbackState.choices),
        "why": forms.CharField(
            label=gettext("Why it was decided so"),
            required=False,
            max_length=20_000,
            help_text=gettext("What is chosen or retired needs a reason."),
            widget=forms.Textarea(attrs={"rows": 3}),
        ),
        "on": DayField(label=gettext("If retired: first day without it"), required=False),
    }
    return fields, {"state": row.state, "why": row.why, "on": clock.today()}


def _cover(row: Any, part: Any, user: Any) -> MadeForm:
    there = Covers.objects.filter(strategy=row).values("process")
    fields: dict[str, forms.Field] = {
        "process": RowField(rows_of(Process, user).exclude(pk__in=there), label=gettext("Process")),
    }
    if row.is_transfer:
        fields |= {
            "receiving_process": RowField(
                rows_of(Process, user),
                label=gettext("The process that takes over"),
                required=False,
                help_text=gettext("Of the same sort, at the site that takes over."),
            ),
            "reason": forms.CharField(
                label=gettext("Why it can, if it is of another sort"),
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            ),
        }
    return fields, {}


def _fallback(row: Any, part: Any, user: Any) -> MadeForm:
    needs = Requirement.objects.filter(node__strategies__strategy=row).select_related("node")
    options = [
        (need.key, f"{need.node}: {need.name or need.key}")
        for need in needs.order_by("node__name", "position").distinct()
    ]
    asked, start = form_of(Fallback, ("weight",), user)
    fields: dict[str, forms.Field] = {
        "requirement": forms.ChoiceField(
            label=gettext("Serves in place of"), choices=options, help_text=gettext("What the process needs.")
        ),
        "provider": RowField(rows_of(Node, user), label=gettext("Draws on")),
        **asked,
    }
    return fields, start


def _put(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    requirement = Requirement.objects.select_related("node").get(key=cleaned["requirement"])
    key = free_key(Fallback, f"{row.key}-{requirement.node.key}")
    position = requirement.fallbacks.count()
    put_in_model(
        by, strategy=row, key=key, requirement=requirement, provider=cleaned["provider"], weight=cleaned["weight"],
        position=position,
    )  # fmt: skip
    return row


def _taken(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    cover_process(by, strategy=row, **cleaned)
    return row


STRATEGIES = Noun(
    slug="strategies",
    name="strategy",
    room="strategies",
    model=Strategy,
    rows=Strategy.objects.all,
    one=_("strategy"),
    many=_("All strategies"),
    lead=_("How processes go on when something is lost: by other means, another office, telework, or another site."),
    view="structure.view",
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("name", _("Strategy"), lambda row: row, ("name",)),
            Column("kind", _("Kind"), lambda row: row.get_kind_display(), ("kind",)),
            Column("causes", _("Helps against"), lambda row: causes_in_words(row.causes)),
            Column("processes", _("For"), _processes),
            Column("activation", _("Activation"), _money("activation"), ("activation__value",), number=True),
            Column("cost", _("Cost"), _money("cost"), ("cost__value",), number=True),
            Column("yearly", _("Cost a year"), _money("yearly"), ("yearly__value",), number=True),
            Column("state", _("State"), state_chip, ("state",)),
        ),
        filters=(
            choice_filter("kind", _("Kind"), FallbackKind),
            choice_filter("state", _("State"), FallbackState),
            unit_filter(),
            TAG,
            OWN,
        ),
        search=("name", "key", "does"),
        order=("name",),
        prepare=lambda rows, user, on: _prepared(rows, user),
    ),
    tell=tell,
    related=("unit", "owner", "pool", "receiving_site"),
    making=Making(COLUMNS, create_strategy, edit_strategy),
    steps=(
        Step("move", _("Say how far it has come"), _("Save"), EDIT, _move,
             lambda by, row, part, version, cleaned: move_strategy(by, row, version=version, **cleaned),
             says=_("What it does in the model goes along: from “in place” on, every answer reckons with it.")),
        Step("cover", _("Add a process that it is for"), _("Add"), EDIT, _cover, _taken, back="processes"),
        Step("put-in-model", _("Say what it does in the model"), _("Save"), EDIT, _fallback, _put, back="model",
             says=_("Its kind, times, pool and state come from the strategy. The weight is counted as the needs are.")),
        Step("uncover", _("Take this process out"), _("Take it out"), EDIT, no_form,
             lambda by, row, part, version, cleaned: uncover_process(by, part, version=version),
             on=Covers, within="strategy", back="processes", ends=True),
    ),
    parts=((Covers, "strategy"), (Fallback, "strategy")),
    empty=_("There is no strategy yet that you may see. Make the first one: what it does, and for which processes."),
)  # fmt: skip


def _prepared(rows: Any, user: Any) -> Any:
    covers = visible(Covers.objects.all(), user).select_related("process").order_by("process__name")
    return rows.select_related("unit").prefetch_related(Prefetch("covers", covers, to_attr="all_covers"))
