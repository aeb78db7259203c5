"""Strategies with the processes that they are for, side by side, and the choices among them."""

from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.selection import actions as selections
from holdfast.analysis.selection.judging import TERM, Outcome, Trial, Verdict, judged, strategies_of
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.strategy import actions
from holdfast.analysis.strategy.models import Covers, FallbackState, Strategy
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.models import Node
from holdfast.web.api.assessments import (
    AGREEMENT,
    TAKE_PART,
    Decision,
    Submission,
    Version,
    agreement_of,
    submission_of,
)
from holdfast.web.api.errors import Invalid
from holdfast.web.api.nodes import PROCESSES
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key, Text, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal
from holdfast.web.permissions import needs


class Move(Schema):
    """Choosing and retiring take a reason, `why`; what is retired serves no more from the day `on`."""

    model_config = ConfigDict(extra="forbid")

    version: Version = None
    state: Literal[tuple(FallbackState.values)]  # type: ignore[valid-type]
    why: Text = ""
    on: date | None = None


class Withdrawal(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Version = None
    on: date
    reason: Annotated[str, Field(min_length=1, max_length=20_000)]


class Next(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Version = None
    key: Key = ""


class OutcomeOut(Schema):
    """Hours. `cost` by category of impact."""

    loss: str
    lost: list[str]
    longest_outage: float
    rto_missed: bool
    mtpd_breached: bool
    cost: dict[str, float]


class VerdictOut(Schema):
    """A strategy tried alone. `fits`: null where it is not known. `cost` is that of `term` years."""

    strategy: str | None
    name: str
    fits: bool | None
    in_model: bool
    activation_and_restart: float | None
    cost: float | None
    outcomes: list[OutcomeOut]


class ComparisonOut(Schema):
    process: str
    as_of: date
    rto: float | None
    mtpd: float | None
    term: float
    none: VerdictOut
    strategies: list[VerdictOut]


class ComparisonQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")
    scenario: str | None = Field(default=None, description="A saved scenario, in place of losses by cause.")


_STRATEGY = names_of(actions.StrategyFields)
_SELECTION = names_of(selections.SelectionFields)


def _with_processes(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    covers = visible(Covers.objects.all(), user).select_related("process").order_by("process__key")
    return rows.prefetch_related(Prefetch("covers", covers, to_attr="all_covers"))


def _processes(strategy: Any) -> dict[str, Any]:
    return {"processes": [row.process.key for row in strategy.all_covers]}


def _with_agreement(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    return rows.select_related("agreement")


def _submit(by: User, selection: Selection, *, version: int, **said: Any) -> Any:
    rows = selection.selected.select_related("process", "strategy", "selection")
    found = judged(rows, clock.today())
    return selections.submit_selection(by, selection, version=version, judged=found, **submission_of(by, said))


def _next(by: User, selection: Selection, *, version: int, **said: Any) -> Any:
    return selections.draft_selection_version(by, selection, version=version, **said)


STRATEGIES = Table(
    name="strategies",
    one="strategy",
    model=Strategy,
    fields=(*_STRATEGY, "state", "why"),
    permission=actions.EDIT,
    create=actions.create_strategy,
    create_fields=_STRATEGY,
    change=actions.edit_strategy,
    change_fields=_STRATEGY,
    filters=("state", "kind", "unit", "pool", "receiving_site", "owner"),
    sorts=("name", "state", "kind"),
    order=("key",),
    search=("name", "key", "does"),
    prepare=_with_processes,
    more=_processes,
    extra={"processes": (list[str], ...)},
)
COVERS = Table(
    name="strategy-processes",
    one="process-of-a-strategy",
    model=Covers,
    fields=("strategy", "process", "receiving_process", "reason"),
    permission=actions.EDIT,
    create=actions.cover_process,
    create_fields=("strategy", "process", "receiving_process", "reason"),
    filters=("strategy", "process"),
    order=("strategy__key", "process__key"),
)
SELECTIONS = Table(
    name="selections",
    one="choice-of-strategies",
    model=Selection,
    fields=_SELECTION,
    permission=actions.EDIT,
    create=selections.create_selection,
    create_fields=_SELECTION,
    change=selections.edit_selection,
    change_fields=_SELECTION,
    filters=("unit",),
    sorts=("title",),
    order=("key",),
    search=("title", "key"),
    prepare=_with_agreement,
    more=agreement_of,
    extra=AGREEMENT,
)
SELECTED = Table(
    name="selected",
    one="chosen-strategy",
    model=Selected,
    fields=("selection", "process", "strategy", "why", "known"),
    permission=actions.EDIT,
    create=selections.choose,
    create_fields=("selection", "process", "strategy", "why"),
    filters=("selection", "process", "strategy"),
    order=("selection__key", "process__key", "pk"),
)


@needs("structure.view", on=Node)
def side_by_side(request: HttpRequest, key: Key, query: Query[ComparisonQuery]) -> Any:
    """The strategies of a process that you may see, each tried alone by the engine; the cheapest of those that keep it
    within its MTPD first."""
    check_address(request, {"as_of", "scenario"})
    process = PROCESSES.row(request.user, key)  # type: ignore[arg-type]
    on = query.as_of or clock.today()
    scenario = None
    if query.scenario:
        rows = visible(Scenario.objects.as_of(on).with_hits(), request.user)
        if (scenario := rows.filter(key=query.scenario).first()) is None:
            raise Invalid(("scenario", "Unknown."))
    mine = visible(Strategy.objects.filter(pk__in=[one.pk for one in strategies_of(process, on)]), request.user)
    found = Trial(on).compare(process, mine, scenario)
    hit = {hit["node"] for loss in found.losses for hit in loss.hits}
    seen = set(visible(Node.objects.filter(key__in=hit), request.user).values_list("key", flat=True))
    return {
        "process": process.key,
        "as_of": on,
        "rto": process.rto.value if process.rto else None,
        "mtpd": process.mtpd.value if process.mtpd else None,
        "term": TERM,
        "none": _verdict(found.none, seen),
        "strategies": [_verdict(one, seen) for one in found.verdicts],
    }


def _verdict(one: Verdict, seen: set[str]) -> dict[str, Any]:
    return {
        "strategy": one.strategy.key if one.strategy else None,
        "name": str(one.strategy or ""),
        "fits": one.fits,
        "in_model": one.in_model,
        "activation_and_restart": one.lateness.total if one.lateness else None,
        "cost": one.cost,
        "outcomes": [_outcome(each, seen) for each in one.outcomes],
    }


def _outcome(one: Outcome, seen: set[str]) -> dict[str, Any]:
    return {
        "loss": one.loss.name,
        "lost": [hit["node"] for hit in one.loss.hits if hit["node"] in seen],
        "longest_outage": one.longest,
        "rto_missed": one.rto_missed,
        "mtpd_breached": one.mtpd_breached,
        "cost": dict(one.cost),
    }


def routes() -> Routes:
    made = Routes(tags=["Strategies"])
    strategy = offer(made, STRATEGIES)
    offer_act(made, STRATEGIES, strategy, "move", Move, actions.move_strategy, "Say how far a strategy has come")
    offer(made, COVERS)
    offer_removal(made, COVERS, actions.uncover_process, "Take a process out of a strategy")
    selection = offer(made, SELECTIONS)
    offer_act(made, SELECTIONS, selection, "submit", Submission, _submit, "Submit a choice of strategies for approval")
    offer_act(
        made, SELECTIONS, selection, "approve", Decision, selections.approve_selection,
        "Approve a choice of strategies", permission=TAKE_PART,
    )  # fmt: skip
    offer_act(made, SELECTIONS, selection, "next", Next, _next, "Draft the next version of a choice of strategies")
    offer_act(
        made, SELECTIONS, selection, "withdraw", Withdrawal, selections.withdraw_selection,
        "Withdraw a choice of strategies",
    )  # fmt: skip
    offer_removal(made, SELECTIONS, selections.discard_selection, "Discard a draft of a choice of strategies")
    offer(made, SELECTED)
    offer_removal(made, SELECTED, selections.leave, "Take a strategy out of a choice")
    made.add_api_operation(
        "/processes/{key}/strategies",
        ["GET"],
        side_by_side,
        response=ComparisonOut,
        summary="Try the strategies of a process side by side",
        operation_id="compare_strategies",
    )
    return made
