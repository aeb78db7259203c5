"""Plans: their sections, roles and tasks, how they are agreed, tested and given out, and what there is to mend."""

from datetime import date
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Node, Pool
from holdfast.readiness.plans import actions as acts
from holdfast.readiness.plans.actions.plans import PlanFields
from holdfast.readiness.plans.actions.tasks import RoleFields, TaskFields
from holdfast.readiness.plans.actions.upkeep import TestFields
from holdfast.readiness.plans.checks import check_plan
from holdfast.readiness.plans.coverage import covered_functions
from holdfast.readiness.plans.models import (
    Attestation,
    Plan,
    PlanCopy,
    PlanProcess,
    PlanRole,
    PlanSection,
    PlanTask,
    PlanTest,
    key_in,
)
from holdfast.readiness.plans.rights import ATTEST, EDIT, VIEW
from holdfast.web.api.assessments import AGREEMENT, TAKE_PART, Decision, Submission, agreement_of, submission_of
from holdfast.web.api.errors import Invalid
from holdfast.web.api.impact import Withdrawn
from holdfast.web.api.people import Seen
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key, named, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal
from holdfast.web.permissions import needs

MOST_PARTS = 500


class ClaimIn(Schema):
    """What a task takes while it goes on: places of a `pool`, or so much of a `node`."""

    model_config = ConfigDict(extra="forbid")

    pool: Key | None = None
    node: Key | None = None
    amount: Annotated[float, Field(ge=0.001, le=1e12, allow_inf_nan=False)] = 1.0


class ClaimOut(Schema):
    pool: str | None
    node: str | None
    amount: float


class NextPlan(Schema):
    model_config = ConfigDict(extra="forbid")

    version: int | None = None
    key: Key = ""


class FindingOut(Schema):
    """`weight`: stops (a draft is not submitted with it), mend, or look. `about`: the code of a role or task, or a
    key."""

    check: str
    weight: str
    says: str
    part: str
    about: str


class SlotOut(Schema):
    """Hours from activation, at the most likely durations."""

    start: float
    finish: float
    slack: float
    critical: bool


class ReturnOut(Schema):
    """When the tasks bring a process back, in hours from activation; p10 to p90 hold eight cases of ten."""

    process: str
    likely: float | None
    p10: float | None
    p90: float | None
    rto: float | None
    mtpd: float | None


class CheckOut(Schema):
    plan: str
    as_of: date
    approved: bool
    tested: bool
    current: bool
    held: bool
    review_due: date | None
    stale: list[str]
    findings: list[FindingOut]
    tasks: dict[str, SlotOut]
    processes: list[ReturnOut]


class FunctionOut(Schema):
    id: str
    name: str
    processes: list[str]
    plans: list[str]
    tested: bool
    covered: bool


class FunctionsOut(Schema):
    as_of: date
    functions: list[FunctionOut]


class DayQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")


Codes = Annotated[list[Key], Field(max_length=MOST_PARTS)]
Claims = Annotated[list[ClaimIn], Field(max_length=MOST_PARTS)]
_PLAN = names_of(PlanFields)
_ROLE = names_of(RoleFields)
_TASK = names_of(TaskFields)
_TEST = names_of(TestFields)


def _with_agreement(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    return rows.select_related("agreement")


def _with_order(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    return rows.prefetch_related("afters__after", "claims__pool", "claims__node")


def _order(task: Any) -> dict[str, Any]:
    return {
        "after": sorted(link.after.key for link in task.afters.all()),
        "claims": [
            {
                "pool": claim.pool.key if claim.pool else None,
                "node": claim.node.key if claim.node else None,
                "amount": claim.amount,
            }
            for claim in task.claims.all()
        ],
    }


def _code(plan: Plan, key: str) -> str:
    """The code of a part by its key. Raises Invalid."""
    start = key_in(plan, "")
    if not key.startswith(start) or len(key) == len(start):
        raise Invalid(("key", f"Wanted “{start}” and a code."))
    return key.removeprefix(start)


def _create_role(by: User, *, key: str, plan: Plan, **fields: Any) -> PlanRole:
    return acts.create_role(by, plan=plan, code=_code(plan, key), **fields)


def _create_task(by: User, *, key: str, plan: Plan, **fields: Any) -> PlanTask:
    return acts.create_task(by, plan=plan, code=_code(plan, key), **_rows(by, plan, fields))


def _change_task(by: User, task: PlanTask, *, version: int, **fields: Any) -> PlanTask:
    return acts.edit_task(by, task, version=version, **_rows(by, task.plan, fields))


def _rows(by: User, plan: Plan, fields: dict[str, Any]) -> dict[str, Any]:
    """`after` and `claims` as the acts take them: rows in place of keys. Raises Invalid."""
    found = dict(fields)
    if fields.get("after") is not None:
        tasks = {task.key: task for task in plan.tasks.all()}
        if unknown := [key for key in fields["after"] if key not in tasks]:
            raise Invalid(("after", f"The plan has no task “{unknown[0]}”."))
        found["after"] = [tasks[key] for key in fields["after"]]
    else:
        found.pop("after", None)
    if fields.get("claims") is not None:
        found["claims"] = [_claim(by, number, claim) for number, claim in enumerate(fields["claims"])]
    else:
        found.pop("claims", None)
    return found


def _claim(by: User, number: int, claim: ClaimIn) -> tuple[Any, float]:
    if (claim.pool is None) == (claim.node is None):
        raise Invalid((f"claims.{number}", "Wanted a pool or a node, one of the two."))
    name, model = ("pool", Pool) if claim.pool is not None else ("node", Node)
    try:
        return named(model, str(getattr(claim, name)), by), claim.amount
    except ValidationError as error:
        raise Invalid((f"claims.{number}.{name}", " ".join(error.messages))) from None


def _write(by: User, *, plan: Plan, section: str, language: str, text: str = "") -> PlanSection:
    return acts.write_section(by, plan=plan, section=section, language=language, text=text, version=0)


def _rewrite(by: User, row: PlanSection, *, version: int, text: str) -> PlanSection:
    return acts.write_section(by, plan=row.plan, section=row.section, language=row.language, text=text, version=version)


def _record_test(by: User, *, plan: Plan, on: date, until: date | None = None, **fields: Any) -> PlanTest:
    said = {} if until is None else {"until": until}
    return acts.record_test(by, plan=plan, on=on, **fields, **said)


def _submit(by: User, plan: Plan, *, version: int, **said: Any) -> Any:
    return acts.submit_plan(by, plan, version=version, **submission_of(by, said))


PLANS = Table(
    name="plans",
    one="plan",
    model=Plan,
    fields=("kind", "unit", *_PLAN),
    permission=EDIT,
    create=acts.create_plan,
    create_fields=("kind", "unit", *_PLAN),
    change=acts.edit_plan,
    change_fields=_PLAN,
    filters=("kind", "unit", "site", "owner", "part_of"),
    sorts=("title", "kind"),
    order=("key",),
    search=("title", "key"),
    prepare=_with_agreement,
    more=agreement_of,
    extra=AGREEMENT,
)
SECTIONS = Table(
    name="plan-sections",
    one="plan-section",
    model=PlanSection,
    fields=("plan", "section", "language", "text"),
    permission=EDIT,
    create=_write,
    create_fields=("plan", "section", "language", "text"),
    change=_rewrite,
    change_fields=("text",),
    filters=("plan", "language"),
    order=("plan__key", "section", "language"),
)
PROCESSES = Table(
    name="plan-processes",
    one="plan-process",
    model=PlanProcess,
    fields=("plan", "node", "position"),
    permission=EDIT,
    create=acts.add_process,
    create_fields=("plan", "node"),
    filters=("plan", "node"),
    order=("plan__key", "position", "node__key"),
)
ROLES = Table(
    name="plan-roles",
    one="plan-role",
    model=PlanRole,
    fields=("plan", "code", *_ROLE),
    permission=EDIT,
    create=_create_role,
    create_fields=("plan", *_ROLE),
    change=acts.edit_role,
    change_fields=_ROLE,
    filters=("plan", "post", "alternate"),
    order=("plan__key", "position", "code"),
)
TASKS = Table(
    name="plan-tasks",
    one="plan-task",
    model=PlanTask,
    fields=("plan", "code", *_TASK),
    permission=EDIT,
    create=_create_task,
    create_fields=("plan", *_TASK),
    create_extra={"after": (Codes, None), "claims": (Claims, None)},
    change=_change_task,
    change_fields=_TASK,
    change_extra={"after": (Codes, None), "claims": (Claims, None)},
    filters=("plan", "role", "phase", "process"),
    order=("plan__key", "position", "code"),
    prepare=_with_order,
    more=_order,
    extra={"after": (list[str], ...), "claims": (list[ClaimOut], ...)},
)
TESTS = Table(
    name="plan-tests",
    one="plan-test",
    model=PlanTest,
    fields=("plan", "on", *_TEST),
    permission=EDIT,
    create=_record_test,
    create_fields=("plan", "on", *(name for name in _TEST if name != "until")),
    create_extra={"until": (date | None, Field(default=None, description="A year later, where it is not given."))},
    filters=("plan", "kind"),
    sorts=("on",),
    order=("plan__key", "on"),
)
ATTESTATIONS = Table(
    name="plan-attestations",
    one="plan-attestation",
    model=Attestation,
    fields=("plan", "on", "post", "said"),
    permission=ATTEST,
    create=acts.attest_plan,
    create_fields=("plan", "said"),
    filters=("plan",),
    sorts=("on",),
    order=("plan__key", "on"),
)
COPIES = Table(
    name="plan-copies",
    one="plan-copy",
    model=PlanCopy,
    fields=("plan", "post", "form", "given_on", "received_on"),
    permission=EDIT,
    create=acts.give_copy,
    create_fields=("plan", "post", "form"),
    filters=("plan", "post"),
    order=("plan__key", "post__key"),
)


@needs(VIEW, on=Plan)
def check(request: HttpRequest, key: str) -> Any:
    """What there is to mend in a plan today, its tasks in time, and how it stands."""
    check_address(request, set())
    plan = PLANS.row(request.user, key)
    on = clock.today()
    checked = check_plan(plan, on)
    stands = checked.stands
    return {
        "plan": plan.key,
        "as_of": on,
        **{name: getattr(stands, name) for name in ("approved", "tested", "current", "held", "review_due")},
        "stale": [one.says for one in stands.stale],
        "findings": [
            {name: getattr(one, name) for name in ("check", "weight", "says", "part", "about")}
            for one in checked.findings
        ],
        "tasks": {
            code: {name: getattr(slot, name) for name in ("start", "finish", "slack", "critical")}
            for code, slot in checked.slots.items()
        },
        "processes": [
            {
                "process": one.process.key,
                **{name: getattr(one.when, name, None) for name in ("likely", "p10", "p90")},
                "rto": one.rto,
                "mtpd": one.mtpd,
            }
            for one in checked.returns
        ],
    }


@needs(VIEW)
def functions(request: HttpRequest, query: Query[DayQuery]) -> Any:
    """The critical functions in their order, with their processes and plans, and whether they are covered."""
    check_address(request, {"as_of"})
    on = query.as_of or clock.today()
    return {"as_of": on, "functions": covered_functions(on)}


def routes() -> Routes:
    made = Routes(tags=["Plans"])
    plan = offer(made, PLANS)
    offer_act(made, PLANS, plan, "submit", Submission, _submit, "Submit a plan for approval")
    offer_act(made, PLANS, plan, "approve", Decision, acts.approve_plan, "Approve a plan", permission=TAKE_PART)
    offer_act(made, PLANS, plan, "next", NextPlan, acts.draft_plan_version, "Draft the next version of a plan")
    offer_act(made, PLANS, plan, "withdraw", Withdrawn, acts.withdraw_plan, "Withdraw a plan")
    offer_removal(made, PLANS, acts.discard_plan, "Discard a draft of a plan")
    made.add_api_operation(
        "/plans/{key}/check", ["GET"], check, response=CheckOut, summary="Check a plan", operation_id="check_plan"
    )
    made.add_api_operation(
        "/covered-functions",
        ["GET"],
        functions,
        response=FunctionsOut,
        summary="Read which critical functions are covered",
        operation_id="read_covered_functions",
    )
    offer(made, SECTIONS)
    offer(made, PROCESSES)
    offer_removal(made, PROCESSES, acts.remove_process, "Take a process out of a plan")
    offer(made, ROLES)
    offer_removal(made, ROLES, acts.remove_role, "Remove a role from a plan")
    offer(made, TASKS)
    offer_removal(made, TASKS, acts.remove_task, "Remove a task from a plan")
    offer(made, TESTS)
    offer(made, ATTESTATIONS)
    copy = offer(made, COPIES)
    offer_act(
        made, COPIES, copy, "receive", Seen, acts.receive_copy, "Confirm that a plan came",
        permission="directory.view",
    )  # fmt: skip
    offer_removal(made, COPIES, acts.take_back_copy, "Take back a copy of a plan")
    return made
