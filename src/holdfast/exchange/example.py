"""The example: its rows taken in by the importer, its accounts, and the mark that this installation holds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from msgspec import Struct, json

from holdfast.analysis.choice.effects import PARTS
from holdfast.analysis.risk.actions.assessments import approve_assessment, submit_assessment
from holdfast.analysis.risk.models import Assessment, Threat
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.selection.actions import approve_selection, submit_selection
from holdfast.analysis.selection.judging import judged
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.studies.actions import ask_study
from holdfast.exchange.campaigns import CampaignSaid, read_campaigns, take_in_campaigns
from holdfast.exchange.importing import apply, preview, read, together
from holdfast.exchange.programme import Programme, read_programme, take_in
from holdfast.formats.tables import Document, Record
from holdfast.governance.agreement.models import State
from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_account, found_installation, give_role
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import Installation, System, User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions.people import link_account
from holdfast.organization.structure.models import Group, Person, Post
from holdfast.readiness.exercises.actions import add_inject, add_objective, create_exercise, invite, try_plan
from holdfast.readiness.plans.actions import approve_plan, submit_plan
from holdfast.readiness.plans.models import Plan

ROOMS = ("organization", "improvement", "plans")
"""The folders whose files are records."""


class Account(Struct, forbid_unknown_fields=True):
    """An account of the example, entered by one click: its role in a unit (None: everywhere), its person by key."""

    username: str
    name: str
    role: str
    unit: str | None = None
    person: str | None = None


class _Accounts(Struct, forbid_unknown_fields=True):
    accounts: list[Account]


class Approval(Struct, forbid_unknown_fields=True):
    """The decision on a risk assessment: by which post, on which day, and why."""

    assessment: str
    post: str
    on: date
    reason: str


class ApprovedChoice(Struct, forbid_unknown_fields=True):
    """The decision on a choice of strategies."""

    selection: str
    post: str
    on: date
    reason: str


class _Approvals(Struct, forbid_unknown_fields=True):
    approvals: list[Approval]
    choices: list[ApprovedChoice] = []


class PlanApproval(Struct, forbid_unknown_fields=True):
    """The decision on a plan: by which post, on which day, and why."""

    plan: str
    post: str
    on: date
    reason: str


class _PlanApprovals(Struct, forbid_unknown_fields=True):
    approvals: list[PlanApproval]


class TakingPart(Struct, forbid_unknown_fields=True):
    """A post or a group by key, and as what it takes part."""

    role: str
    post: str | None = None
    group: str | None = None


class Planned(Struct, forbid_unknown_fields=True):
    """An exercise that is planned, with all that is in it; other rows by key."""

    key: str
    title: str
    kind: str
    unit: str
    story: str
    site: str | None = None
    owner: str | None = None
    scenario: str | None = None
    threat: str | None = None
    hours: float = 3.0
    pace: float = 1.0
    story_starts: datetime | None = None
    safety: str = ""
    basis: str = ""
    reason: str = ""
    paragraphs: list[str] = []
    plans: list[str] = []
    participants: list[TakingPart] = []
    objectives: list[dict[str, str]] = []
    injects: list[dict[str, Any]] = []


class Asked(Struct, forbid_unknown_fields=True):
    """A question to the model that is asked as soon as there is one."""

    key: str
    kind: str
    title: str = ""
    question: dict[str, Any] = {}


class _Exercises(Struct, forbid_unknown_fields=True):
    exercises: list[Planned]


class _Studies(Struct, forbid_unknown_fields=True):
    studies: list[Asked]


class BadExample(Exception):
    """The files of the example do not make an organisation; the message names the first problems."""


def is_unfounded() -> bool:
    """Whether nobody has set this installation up, neither with the example nor as his own."""
    return not Installation.objects.filter(founded_at__isnull=False).exists()


def load_example(folder: Path, progress: Callable[[str], None] = lambda said: None) -> None:
    """Takes in ``organization/*.json``, ``improvement/*.json``, ``plans/*.json``, ``scenarios/*.json``,
    ``options.json``, ``accounts.json``, ``governance/*.json``, ``impact/*.json``, ``studies.json``,
    ``exercises.json`` and what was approved of a folder. Raises BadExample.

    Killed half-way, it is called again at the next start and goes on: what has been taken in is found unchanged, and
    the accounts and what was agreed come in one transaction with the mark that ends it.
    """
    by = System("example")
    accounts = json.decode((folder / "accounts.json").read_bytes(), type=_Accounts).accounts
    programme = read_programme(folder / "governance")
    progress("reading the example")
    rooms = [
        file for room in ("organization", "improvement", "plans") for file in sorted(folder.glob(f"{room}/*.json"))
    ]
    files = [read(file.read_bytes(), file.name) for file in rooms]
    found = preview(by, together([*files, scenarios_of(folder / "scenarios"), candidates_of(folder / "options.json")]))
    if not found.can_be_applied:
        raise BadExample("; ".join(str(problem) for problem in list(found.problems)[:5]))
    progress("taking in the example")
    apply(by, found)
    approvals = json.decode((folder / "approvals.json").read_bytes(), type=_Approvals)
    plans = json.decode((folder / "plan_approvals.json").read_bytes(), type=_PlanApprovals).approvals
    campaigns = read_campaigns(folder / "impact")
    studies = json.decode((folder / "studies.json").read_bytes(), type=_Studies).studies
    planned = json.decode((folder / "exercises.json").read_bytes(), type=_Exercises).exercises
    _found_with(
        by,
        accounts=accounts,
        programme=programme,
        approvals=approvals,
        plans=plans,
        campaigns=campaigns,
        studies=studies,
        exercises=planned,
    )


def scenarios_of(folder: Path) -> Document:
    """The scenarios of a folder, one file each as the engine takes it, as records: the file's name is the key."""
    scenarios: list[Record] = []
    hits: list[Record] = []
    for file in sorted(folder.glob("*.json")):
        said = json.decode(file.read_bytes(), type=dict[str, Any])
        hits += [{"scenario": file.stem, "position": n, **hit} for n, hit in enumerate(said.pop("hits", []))]
        scenarios.append({"key": file.stem, **said})
    return read(json.encode({"scenarios": scenarios, "hits": hits}), "scenarios")


def candidates_of(file: Path) -> Document:
    """The options of a file as the engine takes it, as records: its reason is the source of every cost."""
    said = json.decode(file.read_bytes(), type=dict[str, Any])
    candidates: list[Record] = []
    for option in said["options"]:
        figure = {"unit": said["currency"], "basis": option["basis"], "source": said["reason"]}
        candidates.append(
            {
                "key": option["id"],
                **{name: option[name] for name in ("name", "does", "causes")},
                **{name: {"value": option[name], **figure} for name in ("cost", "yearly")},
                "effects": {part: option[part] for part in PARTS if part in option},
                "basis": option["basis"],
                "reason": said["reason"],
            }
        )
    return read(json.encode({"candidates": candidates}), file.name)


@act("example.found", "installation.manage", label=_("set up with the example"), whole=True)
def _found_with(
    by: Actor,
    *,
    accounts: list[Account],
    programme: Programme,
    approvals: _Approvals,
    plans: list[PlanApproval],
    campaigns: list[CampaignSaid],
    studies: list[Asked],
    exercises: list[Planned],
) -> None:
    found_installation(by, example=True)
    units = {unit.key: unit for unit in Unit.objects.filter(key__in=[account.unit for account in accounts])}
    persons = {person.key: person for person in Person.objects.filter(key__in=[account.person for account in accounts])}
    users: dict[str, User] = {}
    for account in accounts:
        users[account.username] = user = create_account(by, username=account.username, name=account.name)
        give_role(by, user, account.role, unit=units[account.unit] if account.unit else None)
        if account.person is not None:
            person = persons[account.person]
            link_account(by, person, version=person.version, user=user)
    take_in(by, programme, users)
    # After the policy: step 2 follows once step 1 is passed.
    approved = _approve_assessments(by, approvals.approvals)
    take_in_campaigns(by, campaigns=campaigns)
    # After the impact analyses, by which step 3 is passed.
    approved += _approve_choices(by, approvals.choices)
    approved += _approve_plans(by, plans)
    for planned in exercises:
        _plan_exercise(by, planned)
    for asked in studies:
        ask_study(by, key=asked.key, kind=asked.kind, title=asked.title, question=asked.question)
    note(accounts=[account.username for account in accounts], approved=approved)


def _approve_assessments(by: Actor, approvals: list[Approval]) -> list[str]:
    """Gives the keys of those approved."""
    drafts = {
        one.key: one
        for one in Assessment.objects.filter(agreement__state=State.DRAFT).select_related("agreement", "site", "unit")
    }
    posts = {post.key: post for post in Post.objects.filter(key__in=[one.post for one in approvals])}
    for approval in approvals:
        assessment = drafts[approval.assessment]
        submit_assessment(by, assessment, version=assessment.version, post=posts[approval.post])
        approve_assessment(by, assessment, version=assessment.version, on=approval.on, reason=approval.reason)
    return [approval.assessment for approval in approvals]


def _approve_choices(by: Actor, approvals: list[ApprovedChoice]) -> list[str]:
    """Each with what the engine says of it. Gives the keys of those approved."""
    keys = [one.selection for one in approvals]
    drafts = {one.key: one for one in Selection.objects.filter(key__in=keys).select_related("agreement", "unit")}
    posts = {post.key: post for post in Post.objects.filter(key__in=[one.post for one in approvals])}
    rows = Selected.objects.filter(selection__in=drafts.values()).select_related("selection", "process", "strategy")
    found = judged(rows, clock.today())
    for approval in approvals:
        selection = drafts[approval.selection]
        submit_selection(by, selection, version=selection.version, post=posts[approval.post], judged=found)
        approve_selection(by, selection, version=selection.version, on=approval.on, reason=approval.reason)
    return keys


def _approve_plans(by: Actor, approvals: list[PlanApproval]) -> list[str]:
    """Gives the keys of those approved. Crisis management plans wait for no step."""
    drafts = {one.key: one for one in Plan.objects.filter(key__in=[one.plan for one in approvals])}
    posts = {post.key: post for post in Post.objects.filter(key__in=[one.post for one in approvals])}
    for approval in approvals:
        plan = submit_plan(by, drafts[approval.plan], version=drafts[approval.plan].version, post=posts[approval.post])
        approve_plan(by, plan, version=plan.version, on=approval.on, reason=approval.reason)
    return [approval.plan for approval in approvals]


def _plan_exercise(by: Actor, said: Planned) -> None:
    def named(model: Any, key: str | None) -> Any:
        return model.objects.get(key=key) if key is not None else None

    plain = ("title", "kind", "story", "hours", "pace", "story_starts", "safety", "basis", "reason", "paragraphs")
    exercise = create_exercise(
        by,
        key=said.key,
        unit=named(Unit, said.unit),
        site=named(Site, said.site),
        owner=named(Post, said.owner),
        scenario=named(Scenario, said.scenario),
        threat=named(Threat, said.threat),
        **{name: getattr(said, name) for name in plain},
    )
    for plan in said.plans:
        try_plan(by, exercise=exercise, plan=named(Plan, plan))
    for part in said.participants:
        invite(by, exercise=exercise, post=named(Post, part.post), group=named(Group, part.group), role=part.role)
    for objective in said.objectives:
        add_objective(by, exercise=exercise, **objective)  # type: ignore[arg-type]
    for inject in said.injects:
        add_inject(by, exercise=exercise, **inject)
