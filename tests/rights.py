"""Every route × role × scope: the organisation to ask, the questions, and the answer that the declarations promise.

A new route of the API needs a body in NEW or CHANGE where it takes one. A new page needs nothing, unless its address
names something that is no row of a table of the API (ARGUMENTS). What is expected comes from the declarations and the
table of roles alone.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import docx
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from holdfast.analysis.choice.actions import propose_candidate
from holdfast.analysis.impact.actions import analyses, campaigns, dependencies, processes, suppliers
from holdfast.analysis.impact.models import Analysis
from holdfast.analysis.risk.actions import assessments, hazards, treatments
from holdfast.analysis.risk.models import Hazard, Threat
from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.analysis.selection import actions as selections
from holdfast.analysis.strategy import actions as strategies
from holdfast.analysis.strategy.actions import create_fallback
from holdfast.analysis.studies.actions import ask_study
from holdfast.analysis.studies.models import Study
from holdfast.crisis.decisions import actions as decisions
from holdfast.crisis.decisions import activation as activations
from holdfast.crisis.drills.actions import end_exercise, pause_exercise, start_exercise
from holdfast.crisis.drills.injects import deliver_inject
from holdfast.crisis.incidents.actions import close_incident, declare_incident, write_note
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log.models import LogEntry
from holdfast.crisis.picture.actions import observe, report_outage
from holdfast.crisis.picture.models import Observation, Outage
from holdfast.crisis.reports.actions import add_head_reader, draft_report
from holdfast.crisis.reviews import actions as reviews
from holdfast.crisis.rules import actions as rules
from holdfast.crisis.rules.content import Rules
from holdfast.crisis.tasks import actions as crisis_tasks
from holdfast.crisis.tasks.models import ActiveTask
from holdfast.crisis.teams import actions as teams
from holdfast.crisis.teams.models import Meeting
from holdfast.exchange.impact.comparing import preview
from holdfast.exchange.impact.exporting import impact_workbook
from holdfast.governance.gates.actions import let_pass
from holdfast.governance.improvement.actions import raise_action
from holdfast.governance.notices.kinds import KINDS, Kind, declare_kind
from holdfast.governance.notices.raising import raise_notice
from holdfast.governance.policy import actions as policies
from holdfast.governance.policy.models import Acknowledgement
from holdfast.governance.settings.actions import draft_scales
from holdfast.governance.settings.default import default_scales
from holdfast.organization import clock
from holdfast.organization.accounts.actions import create_token, found_installation
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import PERMISSIONS, Role
from holdfast.organization.attachments.actions import attach
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import keep
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.actions import groups, nodes, people, places, relations, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.organization.structure.models import (
    Group,
    GroupTask,
    Node,
    Person,
    Pool,
    Post,
    Seat,
    SeatHolding,
    Supply,
)
from holdfast.readiness.exercises import actions as exercises
from holdfast.readiness.exercises.models import Exercise
from holdfast.readiness.plans import actions as plans
from holdfast.readiness.plans.documents.printing import keep_print
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.records import actions as vital_records
from holdfast.web.api import actions as action_tables
from holdfast.web.api import agreements as agreement_tables
from holdfast.web.api import assessments as assessment_tables
from holdfast.web.api import candidates as candidate_tables
from holdfast.web.api import crisis_decisions as decision_tables
from holdfast.web.api import crisis_picture as picture_tables
from holdfast.web.api import crisis_reports as report_tables
from holdfast.web.api import crisis_reviews as review_tables
from holdfast.web.api import crisis_rules as rules_tables
from holdfast.web.api import crisis_tasks as crisis_task_tables
from holdfast.web.api import crisis_teams as team_tables
from holdfast.web.api import evidence as evidence_tables
from holdfast.web.api import exercises as exercise_tables
from holdfast.web.api import gates as gate_tables
from holdfast.web.api import groups as group_tables
from holdfast.web.api import impact as impact_tables
from holdfast.web.api import incidents as incident_tables
from holdfast.web.api import jobs as job_tables
from holdfast.web.api import nodes as node_tables
from holdfast.web.api import notices as notice_tables
from holdfast.web.api import people as people_tables
from holdfast.web.api import places as place_tables
from holdfast.web.api import plans as plan_tables
from holdfast.web.api import policies as policy_tables
from holdfast.web.api import records as record_tables
from holdfast.web.api import relations as relation_tables
from holdfast.web.api import requirements as requirement_tables
from holdfast.web.api import risk as risk_tables
from holdfast.web.api import scales as scale_tables
from holdfast.web.api import scenarios as scenario_tables
from holdfast.web.api import strategies as strategy_tables
from holdfast.web.api import studies as study_tables
from holdfast.web.api.document import operations
from holdfast.web.api.tables import Table
from holdfast.web.api.urls import api
from holdfast.web.middleware import API_NAMESPACE
from holdfast.web.pages.plans.views import feed_token
from holdfast.web.permissions import Access, access_of
from tests.cast import TEST, user

MINE, OTHER = "mine", "other"
SCOPES = ("own unit", "other unit", "own site", "whole organisation")
TABLES: dict[str, Table] = {
    value.name: value
    for module in (
        place_tables,
        people_tables,
        group_tables,
        node_tables,
        requirement_tables,
        relation_tables,
        risk_tables,
        assessment_tables,
        scenario_tables,
        candidate_tables,
        strategy_tables,
        study_tables,
        job_tables,
        notice_tables,
        action_tables,
        scale_tables,
        agreement_tables,
        policy_tables,
        gate_tables,
        evidence_tables,
        impact_tables,
        plan_tables,
        record_tables,
        incident_tables,
        report_tables,
        picture_tables,
        exercise_tables,
        review_tables,
        crisis_task_tables,
        rules_tables,
        team_tables,
        decision_tables,
    )
    for value in vars(module).values()
    if isinstance(value, Table)
}
END = {"on": "2030-01-01", "version": 1}
DUE = {"due": "2040-01-01", "reason": "Because.", "version": 1}
ACTS: dict[str, dict[str, Any]] = {
    "/actions/{key}/postpone": DUE,
    "/actions/{key}/prove": {"proof_files": [], "version": 1},
    "/actions/{key}/report": {"proof": "Seen.", "version": 1},
    "/actions/{key}/cancel": {"cancel_reason": "Because.", "version": 1},
    "/actions/{key}/verify": {"effect": "Seen.", "version": 1},
    "/actions/{key}/send-back": {"reason": "Because.", "version": 1},
    "/actions/{key}/reopen": DUE,
    "/plans/{key}/approve": {"version": 2, "on": "2026-01-01", "reason": "Agreed."},
    "/plans/{key}/next": {"version": 2},
    "/plans/{key}/withdraw": {"version": 2, "on": "2030-01-01", "reason": "Not needed."},
    "/plan-copies/{number}/receive": {"version": 1},
}
MERGED = {"version": 1, "into": "", "reason": "It is one."}
LED = {"version": 1, "to": ""}
ACTS |= {
    "/incidents/{key}/phase": {"version": 1, "phase": "response"},
    "/incidents/{key}/hand-over": LED,
    "/incidents/{key}/split": {"version": 1, "title": "Water"},
    "/incidents/{key}/merge": MERGED,
    "/incidents/{key}/close": {"version": 1, "reason": "It is over.", "anyway": True},
    "/incidents/{key}/note": {"version": 1, "text": "Seen."},
}
REVIEWED: dict[str, Any] = {"incident": "", "participants": "All."}
ACTS |= {
    "/incidents/{key}/take-picture": {},
    "/incidents/{key}/log": {"text": "Seen."},
    "/situation-reports/{number}/refresh": {"version": 1},
    "/situation-reports/{number}/issue": {"version": 1},
    "/incidents/{key}/outages": {"nodes": ["resource"], "loss": 0.5},
    "/incidents/{key}/observations": {"node": "resource", "level": 0.5},
    "/outages/{number}/end": {"version": 1},
    "/observations/{number}/withdraw": {"version": 1},
    "/exercises/{key}/start": {"version": 1},
    "/exercises/{key}/pause": {"version": 2},
    "/exercises/{key}/resume": {"version": 3},
    "/exercises/{key}/pace": {"version": 2, "pace": 2},
    "/exercises/{key}/stop": {"version": 2, "reason": "Smoke."},
    "/exercises/{key}/end": {"version": 2, "reason": "All is played."},
    "/exercises/{key}/cancel": {"version": 1, "reason": "It rains."},
    "/exercises/{key}/repeat": {"version": 1},
    "/exercises/{key}/observe": {"version": 2, "text": "They met."},
    "/exercise-objectives/{number}/judge": {"version": 1, "met": "met", "evidence": "Seen."},
    "/injects/{number}/deliver": {"version": 1},
    "/injects/{number}/skip": {"version": 1, "reason": "Known."},
    "/injects/{number}/respond": {"version": 2, "response": "They ran."},
    "/incident-reviews/{number}/agree": {"version": 1},
    "/incident-findings/{number}/raise": {"version": 1},
    "/measurements/{number}/accept": {"version": 1},
    "/measurements/{number}/refuse": {"version": 1, "reason": "The clock was wrong."},
}
ACTS |= {
    "/plans-under-way/{key}/stand-down": {"version": 1, "reason": "Over."},
    **{
        f"/active-tasks/{{key}}/{verb}": {"version": 1}
        for verb in ("accept", "start", "finish", "unblock", "take-over")
    },
    "/active-tasks/{key}/fail": {"version": 1, "found": "Smoke."},
    "/active-tasks/{key}/block": {"version": 1, "why": "No key."},
    "/active-tasks/{key}/hand-on": {"version": 1, "why": "Ill."},
    "/active-tasks/{key}/let-begin": {"version": 1, "instead": "Nobody is there."},
    "/active-tasks/{key}/not-needed": {"version": 1, "reason": "Done before."},
    "/active-tasks/{key}/assign": {"version": 1, "to": "person"},
    "/active-tasks/{key}/move": {"version": 1, "due": "2040-01-01T00:00:00Z", "why": "Late."},
    "/given-places/{number}/give-back": {"version": 1},
}
CHAIRED: dict[str, Any] = {"version": 1, "attendance": 0, "because": "He knows it."}
ACTS |= {
    "/rules-versions/{key}/approve": {"version": 1, "valid_from": "2035-01-01", "reason": "Agreed."},
    "/meetings/{number}/open": {"version": 1},
    "/meetings/{number}/invite": {"version": 1, "posts": ["vacant"]},
    "/meetings/{number}/seat": {"version": 1, "seat": "seat", "person": "person"},
    "/meetings/{number}/chair": CHAIRED,
    "/meetings/{number}/move": {"version": 1, "because": "No way in."},
    "/meetings/{number}/close": {"version": 1, "summary": "Done."},
    "/attendances/{number}/answer": {"version": 1, "answer": "coming", "minutes": 5},
    "/attendances/{number}/arrive": {"version": 1},
    "/attendances/{number}/leave": {"version": 1},
    "/attendances/{number}/call-alternate": {"version": 1, "because": "No answer."},
    "/decisions/{number}/put": {"version": 1},
    "/decisions/{number}/speak": {"version": 1, "stand": "for", "seat": "seat"},
    "/decisions/{number}/adopt": {"version": 1},
    "/decisions/{number}/reject": {"version": 1, "outcome": "No."},
    "/decisions/{number}/withdraw": {"version": 1, "outcome": "No."},
    "/decisions/{number}/decide-alone": {"version": 1, "because": "It burns."},
    "/decisions/{number}/confirm": {"version": 1},
    "/decisions/{number}/receive": {"version": 1},
    "/activations/{number}/consult": {"version": 1, "who": "The chair", "said": "Yes."},
    "/activations/{number}/grant": {"version": 1, "alone_because": "It burns."},
    "/activations/{number}/refuse": {"version": 1, "reason": "It can wait."},
    "/activations/{number}/withdraw": {"version": 1, "reason": "It can wait."},
    "/activations/{number}/stand-down": {"version": 1, "reason": "Over."},
    "/incidents/{key}/activate-crisis-plans": {
        "reason": "Fire.", "plans": ["plan-decided"], "alone_because": "It burns."
    },
    "/incidents/{key}/ask-continuity-plans": {"reason": "Closed.", "expected_hours": 48},
}  # fmt: skip
OUT_OF_TURN = (
    "/actions/{key}/verify",
    "/actions/{key}/send-back",
    "/actions/{key}/reopen",
    "/active-tasks/{key}/take-over",
)
"""Acts that do not follow from the state of the row: who may is told so."""


class Row(str):
    """In a body: the number of the row of this table."""


# Acts that are given the version alone; the others end something.
BARE_ACTS = ("begin", "verify", "confirm", "cancel", "retry", "mark-read", "put-away")
LEVELS = {f"{state}_{what}": 2 for state in ("inherent", "current", "target") for what in ("likelihood", "impact")}
NEW: dict[str, dict[str, Any]] = {
    "units": {"key": "new", "name": "New", "kind": "unit", "parent": "mine", "site": "mine-site"},
    "sites": {"key": "new", "name": "New", "kind": "building", "parent": "mine-site", "unit": "mine"},
    "persons": {"key": "new", "name": "Chief of section", "unit": "mine", "site": "mine-site"},
    "contact-points": {"person": "person", "channel": "telephone", "address": "+1 212 555 0101"},
    "posts": {"key": "new", "title": "Chief of section", "unit": "mine", "site": "mine-site"},
    "holdings": {"person": "person", "post": "vacant", "valid_from": "2029-01-01"},
    "duties": {"person": "person", "kind": "warden", "site": "mine-site", "floor": "38"},
    "groups": {"key": "new", "name": "New group", "kind": "working", "unit": "mine", "site": "mine-site"},
    "seats": {"key": "new", "group": "group", "number": 9, "title": "Ninth", "unit": "mine"},
    "seat-holdings": {"seat": "empty", "post": "post"},
    "tasks": {"key": "new", "group": "group", "letter": "z", "text": "Take notes", "unit": "mine"},
    "focal-points": {"unit": "mine", "post": "vacant", "role": "alternate"},
    "processes": {"key": "new", "name": "New process", "unit": "mine", "site": "mine-site"},
    "resources": {"key": "new", "kind": "record", "name": "New record", "unit": "mine", "site": "mine-site"},
    "pools": {
        "key": "new",
        "name": "New pool",
        "capacity": {"value": 5, "unit": "seats", "basis": "assumed"},
        "unit": "mine",
        "site": "mine-site",
    },
    "requirements": {
        "key": "new",
        "node": "process",
        "name": "new",
        "needs": 1,
        "supply": [{"provider": "resource", "weight": 1}],
    },
    "fallbacks": {
        "key": "new",
        "requirement": "kept",
        "provider": "resource",
        "kind": "telework",
        "weight": {"value": 1, "unit": "people", "basis": "assumed"},
    },
    "threats": {"key": "new", "name": "New threat", "environment": "social", "origin": "accidental"},
    "hazards": {
        "key": "new",
        "name": "New hazard",
        "threat": "threat",
        "rate": {"value": 0.1, "unit": "1/year", "basis": "assumed"},
        "unit": "mine",
        "site": "mine-site",
    },
    "footprints": {
        "hazard": "hazard",
        "nodes": ["resource"],
        "chance": {"value": 1, "unit": "share", "basis": "assumed"},
        "loss": {"value": 1, "unit": "share", "basis": "assumed"},
        "duration": {"value": 8, "unit": "h", "basis": "assumed"},
    },
    "risks": {"key": "new", "title": "New risk", "site": "mine-site", "threat": "threat", "unit": "mine"},
    "assessments": {
        "key": "new",
        "title": "New assessment",
        "site": "mine-site",
        "kind": "extra",
        "unit": "mine",
        "as_of": "2026-01-01",
    },
    "ratings": {"assessment": "assessment", "risk": "unrated", **LEVELS, "rationale": "A guess."},
    "consultations": {"assessment": "assessment", "who": "Guards", "on": "2026-01-01", "said": "Yes."},
    "risks-in-numbers": {"risk": "unrated", "hazard": "hazard"},
    "treatments": {
        "key": "new",
        "title": "New treatment",
        "risk": "risk",
        "cost": {"value": 5, "unit": "USD", "basis": "assumed"},
        "protects": ["staff"],
    },
    "elsewhere": {
        "key": "new",
        "title": "New",
        "made_by": "Security",
        "document": "A file",
        "as_of": "2026-01-01",
        "unit": "mine",
        "site": "mine-site",
    },
    "findings": {"outside": "outside", "number": 2, "title": "New finding"},
    "relations": {"from_unit": "mine", "to_unit": "other", "kind": "guides"},
    "site-alternates": {"site": "mine-site", "alternate": "other-site", "unit": "mine", "purpose": "new"},
    "actions": {
        "key": "new",
        "title": "Put it right",
        "due": "2040-01-01",
        "owner_post": "post",
        "unit": "mine",
        "site": "mine-site",
    },
    "venue-uses": {"venue": "mine-site", "unit": "mine", "purpose": "alternate"},
    "scenarios": {"key": "new", "name": "New", "unit": "mine", "hits": [{"node": "resource", "duration": 24}]},
    "candidates": {
        "key": "new",
        "name": "New",
        "unit": "mine",
        "cost": {"value": 5, "unit": "USD", "basis": "assumed"},
    },
    "strategies": {"key": "new", "name": "New", "kind": "telework", "unit": "mine"},
    "strategy-processes": {"strategy": "strategy", "process": "process"},
    "selections": {"key": "new", "title": "New choice", "unit": "mine"},
    "selected": {"selection": "selection", "process": "process", "why": "The risk is taken."},
    "studies": {"key": "new", "kind": "feasibility"},
    "vital-records": {"key": "new", "node": "unkept"},
    "record-copies": {"key": "new", "record": "vital"},
    "evidence-files": {"about": "The exercise.", "unit": "mine", "site": "mine-site"},
    "opened-gates": {"unit": "mine", "step": 5, "reason": "It is known."},
    "policies": {"key": "new", "title": "New policy", "unit": "mine"},
    "campaigns": {"key": "new", "title": "New round", "due": "2040-01-01", "as_of": "2026-01-01", "unit": "mine"},
    "process-impacts": {"analysis": "analysis", "process": "unlisted"},
    "peaks": {
        "of": Row("process-impacts"),
        "name": "Pay day",
        "kind": "month_end",
        "when": "3",
        "mtpd": 4,
        "reason": "Pay.",
    },
    "claims": {"key": "new", "provider": "resource", "process": "unlisted", "said": "Help."},
    "supplier-records": {"supplier": "second-supplier", "contract": "One"},
    "plans": {"key": "fresh-plan", "title": "New plan", "kind": "continuity", "unit": "mine", "site": "mine-site"},
    "plan-sections": {"plan": "plan", "section": "annexes", "language": "en", "text": "A map."},
    "plan-processes": {"plan": "plan", "node": "unlisted"},
    "plan-roles": {"key": "plan.R9", "plan": "plan", "name": "New role", "post": "post"},
    "plan-tasks": {"key": "plan.T9", "plan": "plan", "title": "New task", "low": 1, "likely": 1, "high": 2},
    "plan-tests": {"plan": "plan-decided", "on": "2026-01-01", "what": "All.", "held": True},
    "plan-attestations": {"plan": "plan-decided", "said": "Read."},
    "plan-copies": {"plan": "plan-decided", "post": "vacant"},
    "scale-versions": {"key": "new", "title": "New scales", "content": default_scales().as_json()},
    "situation-reports": {"situation": "It smokes."},
    "incidents": {"title": "Smoke", "unit": "mine", "site": "mine-site"},
    "rules-versions": {"key": "new", "title": "New rules", "content": Rules().as_json()},
    "meetings": {"incident": "", "group": "group", "because": "Fire."},
    "group-task-states": {"incident": "", "task": "task", "done": True},
    "decisions": {"incident": "", "group": "group", "title": "Close the building"},
    "plans-under-way": {"incident": "", "plan": "plan-decided"},
    "active-tasks": {"incident": "", "title": "Fetch the keys", "due": "2040-01-01T00:00:00Z"},
    "given-places": {"incident": "", "pool": "pool", "amount": 1, "process": "process"},
    "exercises": {"key": "new-drill", "title": "New drill", "unit": "mine", "site": "mine-site"},
    "exercise-participants": {"exercise": "exercise", "group": "group"},
    "exercise-plans": {"exercise": "exercise", "plan": "plan-decided"},
    "exercise-objectives": {"exercise": "exercise", "text": "They meet."},
    "injects": {"exercise": "exercise", "at_hours": 1, "text": "It burns."},
    "hot-reviews": {"incident": "", "present": "All.", "went_well": "Much."},
    "incident-reviews": REVIEWED,
    "incident-findings": {"incident": "", "text": "No key."},
    "measurements": {"incident": "", "node": "process", "hours": 4, "said": "By the clock."},
}
CHANGE: dict[str, dict[str, Any]] = {
    "incidents": {"details": "changed"},
    "decisions": {"title": "changed"},
    "situation-reports": {"needs": "changed"},
    "outages": {"loss": 0.7},
    "exercise-objectives": {"measure": "changed"},
    "injects": {"expected": "changed"},
    "hot-reviews": {"went_badly": "changed"},
    "incident-reviews": {"lessons": "changed"},
    "incident-findings": {"cause": "changed"},
    "process-impacts": {"why": "changed"},
    "peaks": {"name": "changed"},
    "supplier-records": {"contract": "changed"},
    "ratings": {"evidence": "changed"},
    "contact-points": {"label": "desk"},
    "requirements": {"reason": "changed"},
    "relations": {"note": "changed"},
    "studies": {"title": "changed"},
    "plan-sections": {"text": "changed"},
    "plan-roles": {"does": "changed"},
    "plan-tasks": {"details": "changed"},
}
# Acts on a row, by the end of their address; the others end something.
STEPS: dict[str, dict[str, Any]] = {
    "/copied": {"version": 1, "at": "2020-01-01T12:00:00Z"},
    "/verify": {"version": 1},
    "/ask": {"version": 1, "units": ["leaf"]},
    "/send": {"version": 1},
    "/remind": {"version": 2},
    "/archive": {"version": 1, "reason": "Over."},
    "/claims/{key}/take": {"version": 1},
    "/questionnaires/{key}/take": {"version": 2},
    "/decline": {"version": 1, "answer": "No."},
    "/questionnaires/{key}/withdraw": {"version": 1},
    "/analyses/{key}/approve": {"version": 1, "on": "2026-01-01", "reason": "Agreed."},
    "/confirm": {"version": 1},
    "/comment": {"version": 2, "text": "A word."},
    "/review": {"version": 2, "verdict": "agrees"},
    "/return": {"version": 2, "text": "Not yet."},
    "/take-back": {"version": 2, "text": "Not yet."},
    "/readdress": {"version": 2, "body": "group"},
    "/submit": {"version": 1, "body": "group"},
    "/adopt": {"version": 1, "on": "2008-01-31", "reason": "Agreed."},
    "/new-version": {"version": 1},
    "/link": {"version": 1},
    "/next": {"version": 1},
    "/assessments/{key}/approve": {"version": 1, "on": "2026-01-01", "reason": "Agreed."},
    "/candidates/{key}/decide": {"version": 1, "state": "chosen", "why": "It costs least."},
    "/withdraw": {"version": 1, "on": "2030-01-01", "reason": "Not needed."},
    "/acknowledge": {"version": 1},
    "/selections/{key}/approve": {"version": 1, "on": "2026-01-01", "reason": "Agreed."},
    "/strategies/{key}/move": {"version": 1, "state": "chosen", "why": "It costs least."},
    "/scale-versions/{key}/approve": {"version": 1, "valid_from": "2030-01-01", "reason": "Agreed."},
}
# What only those do who are named in the row itself, whatever their roles: nobody who asks here is.
NAMED = {
    "review_agreement",
    "return_agreement",
    "take_back_agreement",
    "adopt_policy",
    "approve_assessment",
    "approve_analysis",
    "approve_choice_of_strategies",
    "approve_plan",
    "create_plan_attestation",
    "receive_plan_copy",
    "receive_decision",
}
SCENARIO = {"hits": [{"node": "resource", "duration": 24}]}
# Pages whose address names something else than the key of a row.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "node": {"node": "process"},
    "api-nowhere": {"rest": "nowhere"},
    "study-new": {"kind": "year"},
    "claim": {"key": "resource"},
    "supplier": {"key": "supplier"},
    "supplier-record": {"key": "supplier"},
    "supplier-ask": {"key": "supplier"},
    "questionnaire": {"secret": "asked"},
    **{f"analysis-process{page}": {"key": "analysis", "process": "process"} for page in ("", "-save", "-now")},
    "plan-write": {"key": "plan", "section": "purpose"},
    "library-file": {"key": "plan", "file": "file-plan"},
    "evidence-attach": {"slug": "pools", "key": "pool", "figure": "capacity"},
}
# Pages of which the row that the address names asks a right of its own, beyond the one declared.
ASKS_MORE = frozenset({"evidence-attach", "library-file", "incident-my-tasks", "drill-my-tasks"})


@dataclass(frozen=True)
class Route:
    """One method of one address: `name` for people, `table` where it is a table's in the API."""

    method: str
    path: str
    access: Access
    is_api: bool
    table: Table | None = None
    name: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Asker:
    """Who asks: nobody, an account without a role (role None), or one with a role on a scope."""

    role: Role | None
    scope: str
    signed_in: bool = True

    def __str__(self) -> str:
        return f"{self.role or ('no role' if self.signed_in else 'nobody')}, {self.scope}"

    def holds(self, permission: str, model: type[models.Model] | None = None) -> bool:
        """Whether the permission holds on the row of the table, which is of the unit and the site `mine`; without a
        table: on the whole organisation."""
        held = PERMISSIONS[permission]
        if held.everyone:
            return True
        if model is Study and permission == Study.SCOPE.view:
            return self.holds_somewhere(permission)
        if self.role is None or self.role not in held.roles:
            return False
        if model is None or self.scope == "whole organisation":
            return self.scope == "whole organisation"
        return bool((self.scope == "own unit" and model.SCOPE.unit) or (self.scope == "own site" and model.SCOPE.site))

    def holds_somewhere(self, permission: str) -> bool:
        held = PERMISSIONS[permission]
        return held.everyone or held.owner or self.role in held.roles

    def sees(self, model: type[models.Model]) -> bool:
        return self.holds(model.SCOPE.view, model)


NOBODY = Asker(None, "", signed_in=False)
WITHOUT_ROLE = Asker(None, "no scope")


def askers(role: Role | None) -> list[Asker]:
    if role is None:
        return [NOBODY, WITHOUT_ROLE]
    return [Asker(role, scope) for scope in SCOPES]


def routes_of_pages() -> list[tuple[str, str, Any]]:
    """Every page that the URL resolver knows, those of the API apart: name, pattern, view."""
    return [found for found in _walk(get_resolver(), "") if not found[1].startswith(f"{API_NAMESPACE}:")]


def routes() -> list[Route]:
    """Every route that declares something: tests/web/test_routes.py says that every one does."""
    found: list[Route] = []
    for name, pattern, view in routes_of_pages():
        if (access := access_of(view)) is not None:
            found.append(Route("GET", pattern, access, is_api=False, name=name))
    for method, path, operation in operations(api):
        access = access_of(operation.view_func)
        if access is not None:
            found.append(Route(method, path, access, True, TABLES.get(path.split("/")[1]), operation.operation_id))
    return found


def _walk(resolver: URLResolver, prefix: str, space: str = "") -> Iterator[tuple[str, str, Any]]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path, f"{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            if space == f"{API_NAMESPACE}:":
                continue
            yield f"{space}{pattern.name or ''}", path, pattern.callback


def organization(*, example: bool = False) -> dict[str, Any]:
    """Two units, two sites, and one row of every table that belongs to the unit and the site `mine`. Gives the number
    or the key of each table's row, by the table's name."""
    found_installation(TEST, example=example)
    made: dict[str, Any] = {}
    for key in (MINE, OTHER):
        site = places.create_site(TEST, key=f"{key}-site", name=f"{key} site", kind="duty_station")
        made[key] = places.create_unit(TEST, key=key, name=key, kind="department", site=site)
        places.edit_site(TEST, site, version=1, unit=made[key])
    unit, site = made[MINE], Site.objects.get(key="mine-site")
    here = {"unit": unit, "site": site}
    places.create_unit(TEST, key="leaf", name="Leaf", kind="unit", parent=unit, site=site)
    places.create_site(TEST, key="building", name="Building", kind="building", parent=site, unit=unit)
    person = people.create_person(TEST, key="person", name="Chief", **here)
    contact = people.add_contact(TEST, person, channel="email", address="chief@example.org")
    post = people.create_post(TEST, key="post", title="Chief", **here)
    people.create_post(TEST, key="vacant", title="Deputy", **here)
    holding = people.hold_post(TEST, person, post)
    duty = people.begin_duty(TEST, person, "warden", site=site)
    group = groups.create_group(TEST, key="group", name="Group", kind="working", **here)
    seat = groups.create_seat(TEST, key="seat", group=group, number=1, title="First", unit=unit)
    groups.create_seat(TEST, key="empty", group=group, number=2, title="Second", unit=unit)
    sitting = groups.hold_seat(TEST, seat, post=post)
    task = groups.create_task(TEST, key="task", group=group, letter="a", text="Meet", unit=unit)
    groups.join_task(TEST, task, made[OTHER])
    focal = groups.name_focal_point(TEST, unit, post=post)
    nodes.create_node(TEST, key="function", kind="process", name="Function", is_function=True, **here)
    process = nodes.create_node(TEST, key="process", kind="process", name="Process", **here)
    resource = nodes.create_node(TEST, key="resource", kind="people", name="People", **here)
    nodes.create_pool(TEST, key="pool", name="Pool", capacity=assumed(5, "seats"), **here)
    need = {"node": process, "needs": 1.0, "supply": [Draw(resource, 1.0)]}
    requirements.create_requirement(TEST, key="requirement", name="staff", **need)
    kept = requirements.create_requirement(TEST, key="kept", name="more staff", **need)
    create_fallback(
        TEST, key="fallback", requirement=kept, provider=resource, kind="telework", weight=assumed(1, "people")
    )
    threat = hazards.create_threat(TEST, key="threat", name="Fire", environment="technological", origin="accidental")
    hazard = hazards.create_hazard(
        TEST, key="hazard", name="Fire here", threat=threat, rate=assumed(0.1, "1/year"), **here
    )
    footprint = hazards.add_footprint(
        TEST,
        hazard=hazard,
        nodes=["resource"],
        chance=assumed(1, "share"),
        loss=assumed(1, "share"),
        duration=assumed(8, "h"),
    )
    relation = relations.relate(TEST, unit, "works_with", made[OTHER])
    alternate = relations.name_alternate(TEST, site, Site.objects.get(key="other-site"), unit=unit)
    use = relations.use_venue(TEST, site, unit=unit)
    scenario = save_scenario(TEST, key="scenario", name="People away", unit=unit, hits=[Strike(resource)])
    propose_candidate(
        TEST,
        key="candidate",
        name="Candidate",
        unit=unit,
        cost=assumed(5, "USD"),
        effects={"restart": {"resource": 1}},
    )
    account = user("somebody", Role.STAFF, unit=unit)
    raise_action(TEST, key="action", title="Put it right", due=clock.today(), owner_post=post, **here)
    said = {"source": "test:1", "title": "Notice", "address": "/inbox/", "user": account}
    notice = raise_notice(TEST, kind_of_notice(), **said, **here)
    create_token(account, account, name="of somebody")
    file = attach(TEST, name="a.txt", kept=keep([b"proof"], 9), media_type="text/plain", **here)
    return {
        "users": account.username,
        "grant": account.grants.get().pk,
        "units": "leaf",
        "sites": "building",
        "persons": "person",
        "contact-points": contact.pk,
        "posts": "post",
        "holdings": holding.pk,
        "duties": duty.pk,
        "groups": "group",
        "seats": "seat",
        "seat-holdings": sitting.pk,
        "tasks": "task",
        "focal-points": focal.pk,
        "functions": "function",
        "processes": "process",
        "resources": "resource",
        "pools": "pool",
        "requirements": "requirement",
        "supplies": Supply.objects.get(requirement__key="requirement").pk,
        "fallbacks": "fallback",
        "threats": "threat",
        "hazards": "hazard",
        "footprints": footprint.pk,
        "files": file.key,
        "evidence-files": file.key,
        "relations": relation.pk,
        "site-alternates": alternate.pk,
        "venue-uses": use.pk,
        "scenarios": scenario.key,
        "candidates": "candidate",
        "studies": ask_study(TEST, key="study", kind="feasibility", question={}).key,
        "scale-versions": draft_scales(TEST, key="scales").key,
        "notices": notice.pk,
        "actions": "action",
        "jobs": enqueue("jobs.sweep", by=TEST).pk,
        **_kept(made[MINE]),
        **_agreed(made[MINE], account),
        **_assessed(made[MINE], account),
        **_analysed(made[MINE], account),
        **_chosen(made[MINE], account),
        **_planned(made[MINE], account),
        **_struck(made[MINE]),
        **_logged(),
        **_pictured(),
        **_exercised(made[MINE]),
        **_reviewed(made[MINE]),
        **_under_way(made[MINE]),
        **_decided(made[MINE]),
    }


def _kept(unit: Unit) -> dict[str, Any]:
    """A vital record with a copy, and a record that is not written down."""
    here = {"unit": unit, "site": unit.site}
    kept, _unkept = (
        nodes.create_node(TEST, key=key, kind="record", name=key.capitalize(), **here)
        for key in ("kept-record", "unkept")
    )
    record = vital_records.create_vital_record(TEST, key="vital", node=kept)
    copy = vital_records.add_copy(TEST, key="copy", record=record, medium="paper", site=unit.site)
    return {"vital-records": record.key, "record-copies": copy.key}


def _agreed(unit: Unit, approver: User) -> dict[str, Any]:
    """A policy as a draft, one in review and one adopted: steps are taken on the one that they fit."""
    reader = people.create_person(TEST, key="reader", name="Reader", unit=unit, site=unit.site)
    people.link_account(TEST, reader, version=1, user=approver)
    about: dict[str, Any] = {"unit": unit, "scope": "all", "purpose": "to go on", "objectives": ["go on"]}
    made = {
        key: policies.create_policy(TEST, key=key, title=key.capitalize(), activities=["plan"], **about)
        for key in ("draft", "reviewed", "adopted")
    }
    for key in ("reviewed", "adopted"):
        policies.submit_policy(TEST, made[key], version=1, approver=approver)
    policies.adopt_policy(TEST, made["adopted"], version=1, on=date(2008, 1, 31), reason="Agreed.")
    policies.acknowledge_policy(approver, made["adopted"])
    return {
        "policies": "draft",
        "opened-gates": let_pass(TEST, unit, step=1, reason="It is known.").pk,
        "agreements": made["reviewed"].agreement_id,
        "acknowledgements": Acknowledgement.objects.get().pk,
        "/policies/{key}/adopt": "reviewed",
        **{f"/policies/{{key}}/{verb}": "adopted" for verb in ("new-version", "withdraw", "acknowledge")},
    }


def kind_of_notice() -> Kind:
    """A kind for tests."""
    return KINDS.get("test.look") or declare_kind("test.look", "Look at it")


def _assessed(unit: Unit, approver: User) -> dict[str, Any]:
    """A risk assessment as a draft, one in review and one approved, with what belongs to them."""
    here = {"unit": unit, "site": unit.site}
    threat, hazard = Threat.objects.get(), Hazard.objects.get()
    risk, _other = (
        assessments.create_risk(TEST, key=key, title=key.capitalize(), threat=threat, **here)
        for key in ("risk", "unrated")
    )
    made, rated, asked = {}, {}, {}
    for key in ("assessment", "in-review", "decided"):
        made[key] = assessments.create_assessment(
            TEST, key=key, title=key.capitalize(), kind="extra", as_of=date(2008, 1, 1), **here
        )
        rated[key] = assessments.rate_risk(TEST, assessment=made[key], risk=risk, rationale="A guess.", **LEVELS)
        asked[key] = assessments.record_consultation(
            TEST, assessment=made[key], who="Staff", on=date(2008, 1, 1), said="Yes."
        )
    for key in ("in-review", "decided"):
        assessments.submit_assessment(TEST, made[key], version=1, approver=approver)
    assessments.approve_assessment(TEST, made["decided"], version=1, on=date(2008, 1, 31), reason="Agreed.")
    outside = treatments.take_in_outside(
        TEST, key="outside", title="Outside", made_by="Security", document="A file", as_of=date(2008, 1, 1), **here
    )
    return {
        "risks": "risk",
        "assessments": "assessment",
        "ratings": rated["assessment"].pk,
        "consultations": asked["assessment"].pk,
        "risks-in-numbers": assessments.quantify_risk(TEST, risk=risk, hazard=hazard).pk,
        "treatments": treatments.create_treatment(
            TEST, key="treatment", risk=risk, title="Treatment", cost=assumed(5, "USD"), protects=["staff"]
        ).key,
        "elsewhere": outside.key,
        "findings": treatments.take_in_finding(TEST, outside=outside, number=1, title="Finding").pk,
        "/assessments/{key}/approve": "in-review",
        "/assessments/{key}/next": "decided",
    }


def _analysed(unit: Unit, approver: User) -> dict[str, Any]:
    """An impact analysis as a draft, one in review and one approved, with what belongs to them; campaigns that are
    planned, and one under way."""
    here = {"unit": unit, "site": unit.site}
    process = Node.objects.get(key="process")
    units = {
        key: places.create_unit(TEST, key=key, name=key.capitalize(), kind="unit", parent=unit, site=unit.site)
        for key in ("fresh", "slow", "reviewed-unit", "decided-unit")
    }
    supplier, _second = (
        nodes.create_node(TEST, key=key, kind="supplier", name=key, **here) for key in ("supplier", "second-supplier")
    )
    for key in ("reviewed-unit", "decided-unit", "fresh"):
        nodes.create_node(TEST, key=f"of-{key}", kind="process", name=key, unit=units[key], site=unit.site)
    about = {"due": date(2040, 1, 1), "as_of": date(2026, 1, 1), "unit": unit}
    rounds = {
        key: campaigns.create_campaign(TEST, key=key, title=key.capitalize(), **about)
        for key in ("campaign", "planned", "running")
    }
    made = {
        key: analyses.begin_analysis(TEST, key=key, campaign=rounds[campaign], unit=whole)
        for key, campaign, whole in (
            ("analysis", "campaign", unit),
            ("of-planned", "planned", units["fresh"]),
            ("of-running", "running", units["slow"]),
            ("analysis-reviewed", "running", units["reviewed-unit"]),
            ("analysis-decided", "running", units["decided-unit"]),
        )
    }
    campaigns.send_campaign(TEST, rounds["running"], version=1)
    let_pass(TEST, unit, step=2, reason="It is known.")
    for row in made["analysis"].processes.exclude(process=process):
        analyses.remove_process(TEST, row, version=1)
    nodes.create_node(TEST, key="unlisted", kind="process", name="Unlisted", **here)
    row = made["analysis"].processes.get()
    peak = processes.add_peak(
        TEST, of=row, name="Peak", kind="weekdays", when="mon", mtpd=4.0, reason="Much is asked for on Mondays."
    )
    for key in ("of-planned", "analysis-reviewed", "analysis-decided"):
        for answered in made[key].processes.all():
            processes.edit_answers(TEST, answered, version=1, critical=False, why="It can wait.")
    for key in ("analysis-reviewed", "analysis-decided"):
        analyses.submit_analysis(TEST, made[key], version=1, approver=approver)
    analyses.approve_analysis(TEST, made["analysis-decided"], version=1, on=date(2026, 1, 1), reason="Agreed.")
    claim = dependencies.claim_dependency(TEST, key="claim", provider=supplier, process=process, said="Help.")
    asked, answered_one = (
        suppliers.send_questionnaire(TEST, key=key, supplier=supplier, secret=key) for key in ("asked", "answered")
    )
    suppliers.answer_questionnaire(suppliers.SUPPLIER, answered_one, who="Supplier", recovery=4.0)
    return {
        "campaigns": "campaign",
        "analyses": "analysis",
        "process-impacts": row.pk,
        "peaks": peak.pk,
        "claims": claim.key,
        "supplier-records": suppliers.record_supplier(TEST, supplier, contract="One").pk,
        "questionnaires": asked.key,
        "/campaigns/{key}/send": "planned",
        "/campaigns/{key}/remind": "running",
        "/analyses/{key}/submit": "of-planned",
        "/analyses/{key}/approve": "analysis-reviewed",
        "/analyses/{key}/withdraw": "analysis-decided",
        "/questionnaires/{key}/take": answered_one.key,
    }


def _chosen(unit: Unit, approver: User) -> dict[str, Any]:
    """A strategy with a process; a choice as a draft, one that can be submitted, one in review and one approved."""
    let_pass(TEST, unit, step=3, reason="It is known.")
    process = Node.objects.get(key="unlisted")
    strategy = strategies.create_strategy(
        TEST, key="strategy", unit=unit, name="Strategy", kind="telework", activation=assumed(1, "h"),
        processes=[strategies.Covering(process)],
    )  # fmt: skip
    made, rows = {}, {}
    for key in ("selection", "selection-full", "selection-reviewed", "selection-decided"):
        made[key] = selections.create_selection(TEST, key=key, unit=unit, title=key.capitalize(), why="It is cheap.")
        rows[key] = selections.choose(TEST, selection=made[key], process=process, strategy=strategy)
    for key in ("selection-reviewed", "selection-decided"):
        selections.submit_selection(TEST, made[key], version=1, approver=approver)
    selections.approve_selection(TEST, made["selection-decided"], version=1, on=date(2026, 1, 1), reason="Agreed.")
    fresh = strategies.create_strategy(TEST, key="fresh", unit=unit, name="Fresh", kind="telework")
    return {
        "strategies": fresh.key,
        "strategy-processes": strategy.covers.get().pk,
        "selections": "selection",
        "selected": rows["selection"].pk,
        "/selections/{key}/submit": "selection-full",
        "/selections/{key}/approve": "selection-reviewed",
        "/selections/{key}/withdraw": "selection-decided",
        "/selections/{key}/next": "selection-decided",
    }


def _planned(unit: Unit, approver: User) -> dict[str, Any]:
    """A plan as a draft with its parts; crisis plans, which wait for no step, ready, in review and approved."""
    here = {"unit": unit, "site": unit.site, "owner": Post.objects.get(key="post")}
    draft = plans.create_plan(TEST, key="plan", title="Plan", kind="continuity", **here)
    section = plans.write_section(TEST, plan=draft, section="purpose", language="en", text="To go on.")
    process = plans.add_process(TEST, plan=draft, node=Node.objects.get(key="process"))
    plans.create_role(TEST, plan=draft, code="R1", name="Head", post=here["owner"])
    plans.create_task(TEST, plan=draft, code="T1", title="Call", low=1.0, likely=1.0, high=1.0)
    made = {}
    for key in ("plan-ready", "plan-reviewed", "plan-decided", "plan-ended"):
        plan = made[key] = plans.create_plan(TEST, key=key, title=key, kind="crisis", crisis="fire", **here)
        for name in ("purpose", "scope", "life", "activation", "communication"):
            plans.write_section(TEST, plan=plan, section=name, language="en", text="Said.")
        role = plans.create_role(TEST, plan=plan, name="Head", post=here["owner"])
        plans.create_task(TEST, plan=plan, title="Call", role=role, low=1.0, likely=1.0, high=1.0)
    for key in ("plan-reviewed", "plan-decided", "plan-ended"):
        made[key] = plans.submit_plan(TEST, made[key], version=1, approver=approver)
    decided = plans.approve_plan(TEST, made["plan-decided"], version=2, on=date(2026, 1, 1), reason="Agreed.")
    plans.approve_plan(TEST, made["plan-ended"], version=2, on=date(2026, 1, 1), reason="Agreed.")
    keep_print(TEST, key="print-1", unit=unit, language="en", on=date(2026, 1, 2), plans=1, size=1)
    reader = user("reader-of-plans", Role.AUDITOR)
    ARGUMENTS["reviews-feed"] = {"token": feed_token(reader)}
    return {
        "plans": draft.key,
        "plan-sections": section.pk,
        "plan-processes": process.pk,
        "plan-roles": "plan.R1",
        "plan-tasks": "plan.T1",
        "plan-tests": plans.record_test(TEST, plan=decided, on=date(2026, 1, 2), what="All.", held=True).pk,
        "plan-attestations": plans.attest_plan(TEST, plan=decided, said="Read.").pk,
        "plan-copies": plans.give_copy(TEST, plan=decided, post=here["owner"]).pk,
        "/plans/{key}/submit": "plan-ready",
        "/plans/{key}/approve": "plan-reviewed",
        "/plans/{key}/next": "plan-decided",
        "/plans/{key}/withdraw": "plan-decided",
    }


def _struck(unit: Unit) -> dict[str, Any]:
    """An open incident, another that it can be merged into, and an exercise."""
    here = {"unit": unit, "site": unit.site}
    fire = declare_incident(TEST, title="Fire", **here)
    flood = declare_incident(TEST, title="Flood", **here)
    MERGED["into"] = flood.key
    LED["to"] = user("leader", Role.CRISIS_TEAM).username
    drill = exercise_of(here)
    return {"incidents": fire.key, "crisis": fire.key, "drill": drill.key, "incident-phases": fire.phases.get().pk}


def _decided(unit: Unit) -> dict[str, Any]:
    """Rules that let the one body do all; an incident in which it is called, one in which it meets and decides, one in
    which plans are asked for, and one in which they are active."""
    here = {"unit": unit, "site": unit.site}
    group = Group.objects.get(key="group")
    bodies = ("crisis_activated_by", "continuity_asked_by", "continuity_consulted", "continuity_granted_by")
    first = rules.draft_rules(TEST, content=Rules().as_json() | dict.fromkeys(bodies, "group") | {"quorum": {}})
    rules.approve_rules(TEST, first, version=1, valid_from=date(2020, 1, 1), reason="Agreed.")
    seat = Seat.objects.get(key="seat")
    groups.hold_seat(
        TEST, seat, person=people.create_person(TEST, key="deputy", name="Deputy", **here), role="alternate"
    )
    policy = groups.create_group(TEST, key="policy-team", name="Policy team", kind="policy", **here)
    relations.relate(TEST, policy, "passes_decisions_to", group)
    gale, rain, hail, snow = (declare_incident(TEST, title=title, **here) for title in ("Gale", "Rain", "Hail", "Snow"))
    for table in ("meetings", "decisions", "group-task-states"):
        NEW[table]["incident"] = snow.key
    called = teams.convene(TEST, incident=gale, group=group)
    open_one = teams.convene(TEST, incident=rain, group=group)
    here_now = teams.arrive(TEST, open_one.attendances.filter(seat=seat).order_by("pk")[0])
    other = teams.stand_in(TEST, open_one, seat=Seat.objects.get(key="empty"), post=_sits_on_the_empty_seat())
    teams.begin_meeting(TEST, open_one)
    CHAIRED["attendance"] = other.pk
    about: dict[str, Any] = {"incident": rain, "group": group, "title": "Close the building"}
    proposed, put, voiced, urgent = (decisions.propose_decision(TEST, **about) for _one in range(4))
    decisions.put_decision(TEST, put)
    decisions.speak(TEST, decisions.put_decision(TEST, voiced), stand="for", seat=seat)
    decisions.decide_alone(TEST, urgent, because="It burns.")
    passed = decisions.propose_decision(TEST, incident=rain, group=policy, kind="passed", title="No meetings")
    decisions.decide_alone(TEST, passed, because="It burns.")
    asked = {
        incident: activations.ask_continuity(TEST, incident=incident, reason="Closed.", expected_hours=48.0)
        for incident in (rain, hail, gale)
    }
    for incident in (hail, gale):
        activations.consult(TEST, asked[incident], who="The chair", said="Yes.")
    active = activations.grant_activation(TEST, asked[gale], alone_because="It burns.")
    drill = Incident.objects.get(exercise__key="fire-drill")
    for space, incident in (("incident", rain), ("drill", drill)):
        _pages_of_bodies(space, incident, open_one if incident == rain else teams.convene(
            TEST, incident=drill, group=group, clash_because="It is an exercise."), group)  # fmt: skip
    return {
        "rules-versions": rules.draft_rules(TEST).key,
        "meetings": open_one.pk,
        "attendances": here_now.pk,
        "group-task-states": teams.tick_task(TEST, incident=rain, task=GroupTask.objects.get(key="task")).pk,
        "decisions": proposed.pk,
        "voices": voiced.voices.get().pk,
        "activations": asked[rain].pk,
        "plan-activations": activations.activate_crisis(
            TEST, incident=hail, reason="Fire.", plans=[Plan.objects.get(key="plan-decided")], alone_because="It burns."
        ).plans.get().pk,
        "/meetings/{number}/open": called.pk,
        "/meetings/{number}/seat": called.pk,
        "/attendances/{number}/answer": called.attendances.all()[0].pk,
        "/attendances/{number}/arrive": called.attendances.all()[0].pk,
        "/attendances/{number}/call-alternate": called.attendances.filter(role="holder")[0].pk,
        **{f"/decisions/{{number}}/{verb}": put.pk for verb in ("speak", "adopt", "reject", "withdraw")},
        "/decisions/{number}/confirm": urgent.pk,
        "/decisions/{number}/receive": passed.pk,
        **{f"/activations/{{number}}/{verb}": asked[hail].pk for verb in ("grant", "refuse", "withdraw")},
        "/activations/{number}/stand-down": active.pk,
    }  # fmt: skip


def _sits_on_the_empty_seat() -> Post:
    """Somebody for the second seat, as long as the meeting of this test is on."""
    post = Post.objects.get(key="vacant")
    if not SeatHolding.objects.filter(seat__key="empty", post=post).exists():
        groups.hold_seat(TEST, Seat.objects.get(key="empty"), post=post, role="alternate")
    return post


def _pages_of_bodies(space: str, incident: Incident, meeting: Meeting, group: Group) -> None:
    """What the addresses of the pages of meetings and decisions name."""
    if space == "drill":
        decisions.propose_decision(TEST, incident=incident, group=group, title="Close the building")
        activations.ask_continuity(TEST, incident=incident, reason="Closed.", expected_hours=48.0)
    of = {"key": incident.key}
    ARGUMENTS[f"{space}-convene"] = ARGUMENTS[f"{space}-decision-propose"] = {**of, "group": group.key}
    numbered = {**of, "number": meeting.number}
    for page in ("", "-answer", "-open", "-seat", "-invite", "-chair", "-move", "-close"):
        ARGUMENTS[f"{space}-meeting{page}"] = numbered
    ARGUMENTS[f"{space}-meeting-tick"] = {**numbered, "task": "task"}
    called = {**numbered, "attendance": meeting.attendances.all()[0].pk}
    ARGUMENTS[f"{space}-meeting-alternate"] = called
    ARGUMENTS[f"{space}-meeting-attend"] = {**called, "what": "arrive"}
    for page in ("", "-edit", "-reject", "-withdraw", "-alone"):
        ARGUMENTS[f"{space}-decision{page}"] = {**of, "number": 1}
    ARGUMENTS[f"{space}-decision-step"] = {**of, "number": 1, "what": "put"}
    for page in ("", "-consult"):
        ARGUMENTS[f"{space}-activation{page}"] = {**of, "number": 1}
    ARGUMENTS[f"{space}-activation-decide"] = {**of, "number": 1, "what": "grant"}


def _pictured() -> dict[str, Any]:
    """Something that is out in the incident, something that was seen, and the picture of both."""
    fire, node = Incident.objects.get(title="Fire"), Node.objects.get(key="resource")
    drill = Incident.objects.get(exercise__key="fire-drill")
    for space, incident in (("drill", drill), ("incident", fire)):
        report_outage(TEST, incident=incident, nodes=[node])
        picture = observe(TEST, incident=incident, node=node, level=0.5)
        out, seen = Outage.objects.get(incident=incident).pk, Observation.objects.get(incident=incident).pk
        ARGUMENTS[f"{space}-outage-change"] = ARGUMENTS[f"{space}-outage-end"] = {"key": incident.key, "number": out}
        ARGUMENTS[f"{space}-observation-withdraw"] = {"key": incident.key, "number": seen}
    return {"outages": out, "observations": seen, "pictures": picture.pk}


def exercise_of(here: dict[str, Any], key: str = "fire-drill") -> Incident:
    """An exercise under way, with an objective and two injects of which one is delivered."""
    exercise = exercises.create_exercise(TEST, key=key, title="Fire drill", **here)
    exercises.add_objective(TEST, exercise=exercise, text="They meet.")
    for text in ("Smoke.", "Fire."):
        exercises.add_inject(TEST, exercise=exercise, at_hours=900.0, text=text)
    drill = start_exercise(TEST, exercise)
    deliver_inject(TEST, exercise.injects.get(number=1))
    return drill


def _exercised(unit: Unit) -> dict[str, Any]:
    """An exercise that is planned, one under way (the drill), and one that stands still."""
    here = {"unit": unit, "site": unit.site}
    exercise = exercises.create_exercise(TEST, key="exercise", title="Exercise", **here)
    part = exercises.invite(TEST, exercise=exercise, post=Post.objects.get(key="post"))
    tried = exercises.try_plan(TEST, exercise=exercise, plan=Plan.objects.get(key="plan-ended"))
    objective = exercises.add_objective(TEST, exercise=exercise, text="They come.")
    inject = exercises.add_inject(TEST, exercise=exercise, at_hours=1.0, text="A call.")
    running = Exercise.objects.get(key="fire-drill")
    first, second = running.injects.order_by("number")
    drill = running.incidents.get()
    note = exercises.observe(TEST, exercise=running, at=drill.moment(), text="They ran.", kind="observation")
    exercise_of(here, "still")
    still = Exercise.objects.get(key="still")
    pause_exercise(TEST, still)
    for name, row in (("deliver", second), ("skip", second), ("response", first)):
        ARGUMENTS[f"drill-inject-{name}"] = {"key": drill.key, "part": row.pk}
    ARGUMENTS["drill-objective"] = {"key": drill.key, "part": running.objectives.get().pk}
    return {
        "exercises": "exercise",
        "exercise-participants": part.pk,
        "exercise-plans": tried.pk,
        "exercise-objectives": objective.pk,
        "injects": inject.pk,
        "exercise-notes": note.pk,
        **{f"/exercises/{{key}}/{act}": "fire-drill" for act in ("pause", "pace", "stop", "end", "observe")},
        "/exercises/{key}/resume": "still",
        "/exercise-objectives/{number}/judge": running.objectives.get().pk,
        "/injects/{number}/deliver": second.pk,
        "/injects/{number}/skip": second.pk,
        "/injects/{number}/respond": first.pk,
    }


def _reviewed(unit: Unit) -> dict[str, Any]:
    """Incidents that are over, with all that is written afterwards: a real one and an exercise; and one that waits for
    its review."""
    here = {"unit": unit, "site": unit.site}
    real = declare_incident(TEST, title="Over", **here)
    real = close_incident(TEST, real, version=1, reason="It is out.")
    exercise_of(here, "ended")
    ended = end_exercise(TEST, Exercise.objects.get(key="ended"), reason="All is played.")
    waits = declare_incident(TEST, title="Waits", **here)
    waits = close_incident(TEST, waits, version=1, reason="It is out.")
    for table in ("hot-reviews", "incident-reviews", "incident-findings", "measurements"):
        NEW[table]["incident"] = waits.key
    found: dict[str, Any] = {}
    for space, incident in (("drill", ended.incidents.get()), ("incident", real)):
        written = {"participants": "All.", "summary": "It burnt.", "root_causes": "Heat."}
        found = {
            "incident-reviews": reviews.begin_review(TEST, incident=incident, **written).pk,
            "hot-reviews": reviews.write_hot_review(TEST, incident=incident, present="All.", went_well="Much.").pk,
            "incident-findings": reviews.add_finding(
                TEST, incident=incident, text="No key.", owner=Post.objects.get(key="post")
            ).pk,
            "measurements": reviews.propose_measurement(
                TEST, incident=incident, node=Node.objects.get(key="process"), hours=3.0, said="By the clock."
            ).pk,
        }
        ARGUMENTS[f"{space}-review-agree"] = {"key": incident.key}
        ARGUMENTS[f"{space}-hot-edit"] = {"key": incident.key, "part": found["hot-reviews"]}
        for page in ("edit", "raise", "remove"):
            ARGUMENTS[f"{space}-finding-{page}"] = {"key": incident.key, "part": found["incident-findings"]}
        for page in ("accept", "refuse"):
            ARGUMENTS[f"{space}-measurement-{page}"] = {"key": incident.key, "part": found["measurements"]}
    return found


def _under_way(unit: Unit) -> dict[str, Any]:
    """A plan under way in a real incident and another in an exercise, each with a task that somebody has, and a place
    given out."""
    fire, drill = Incident.objects.get(title="Flood"), Incident.objects.filter(real=False, state="open").first()
    found: dict[str, Any] = {}
    for space, incident, key in (("drill", drill, "plan-ended"), ("incident", fire, "plan-decided")):
        run = crisis_tasks.start_plan(TEST, incident, Plan.objects.get(key=key))
        row = run.tasks.get()
        given = crisis_tasks.give_out(TEST, incident=incident, pool=Pool.objects.get(key="pool"), amount=0.5, unit=unit)
        step = crisis_tasks.add_task(TEST, incident=incident, title="Step", due=clock.now())
        ActiveTask.objects.update(owner=Person.objects.get(key="person"), state="assigned")
        ActiveTask.objects.filter(pk=step.pk).update(approver="Head")
        place = {"key": incident.key}
        for name in ("accept", "begin", "done", "blocked", "goes-on", "failed", "cannot", "take-over", "approve"):
            ARGUMENTS[f"{space}-task-{name}"] = {**place, "task": row.key}
        for name in ("task", "task-assign", "task-due", "task-not-needed"):
            ARGUMENTS[f"{space}-{name}"] = {**place, "task": row.key}
        ARGUMENTS[f"{space}-plan-run"] = ARGUMENTS[f"{space}-plan-run-end"] = {**place, "run": run.key}
        ARGUMENTS[f"{space}-places-back"] = {**place, "number": given.pk}
        found = {
            "plans-under-way": run.key,
            "active-tasks": row.key,
            "given-places": given.pk,
            "/active-tasks/{key}/let-begin": step.key,
        }
    for table in ("plans-under-way", "active-tasks", "given-places"):
        NEW[table]["incident"] = Incident.objects.get(title="Fire").key
    return found


def _logged() -> dict[str, Any]:
    """An entry with a file and a draft of a report, in the incident and in the exercise."""
    made: dict[str, Any] = {}
    file = Attachment.objects.get(name="a.txt")
    drill = Incident.objects.get(exercise__key="fire-drill")
    for incident, start in ((drill, "drill"), (Incident.objects.get(title="Fire"), "incident")):
        write_note(TEST, incident=incident, text="Seen.", files=[file])
        # The newest entry is the one with the file.
        number = LogEntry.objects.filter(log=incident.log).order_by("-number").values_list("number", flat=True)[0]
        entry = {"key": incident.key, "number": number}
        ARGUMENTS[f"{start}-log-entry"] = ARGUMENTS[f"{start}-log-correct"] = entry
        ARGUMENTS[f"{start}-log-file"] = {**entry, "position": 0}
        report = draft_report(TEST, incident=incident, situation="It burns.")
        for page in ("", "-write", "-refresh", "-issue", "-discard", "-pdf", "-text", "-edxl"):
            ARGUMENTS[f"{start}-report{page}"] = {"key": incident.key, "number": report.number}
        made["situation-reports"] = report.pk
    NEW["situation-reports"]["incident"] = Incident.objects.get(title="Flood").key
    reader = add_head_reader(TEST, address="auditor@example.org")
    ARGUMENTS["log-heads-remove"] = {"number": reader.pk}
    return {**made, "log-head-readers": reader.pk}


def account_of(asker: Asker) -> User:
    """An account as the asker is."""
    unit = {"own unit": MINE, "other unit": OTHER}.get(asker.scope)
    return user(
        f"{asker.role or 'nobody'}-{asker.scope}".replace(" ", "-"),
        asker.role,
        unit=Unit.objects.get(key=unit) if unit else None,
        site=Site.objects.get(key="mine-site") if asker.scope == "own site" else None,
    )


def client_of(account: User | None, *, by_token: bool) -> Client:
    """A client with a token, as programs have, or with a session, as browsers have."""
    if account is None:
        return Client(raise_request_exception=False)
    if by_token:
        secret = create_token(account, account, name="test")[1]
        return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)
    client = Client(raise_request_exception=False)
    client.force_login(account)
    return client


def ask(client: Client, route: Route, rows: dict[str, Any]) -> Any:
    """The answer of the route; what it has changed is taken back."""
    here = transaction.atomic()
    # Acts want the outermost transaction; the one of a test does not count.
    here._from_testcase = True  # type: ignore[attr-defined]
    with here:
        response = _ask(client, route, rows)
        transaction.set_rollback(True)
    return response


def _ask(client: Client, route: Route, rows: dict[str, Any]) -> Any:
    if not route.is_api:
        return client.get(address_of_page(route, rows))
    row = rows.get(route.path, rows.get(route.table.name)) if route.table is not None else None
    path = "/api/v1" + route.path.replace("{key}", str(row)).replace("{number}", str(row))
    if route.method in ("GET", "DELETE"):
        return client.generic(route.method, path, headers={"if-match": '"1"'} if route.method == "DELETE" else {})
    if route.path == "/evidence-files":
        return client.post(path, {**body_of(route), "file": SimpleUploadedFile("new.txt", b"proof")})
    if route.path == "/plans/{key}/library":
        return client.post(path, {"file": SimpleUploadedFile("plan.docx", _existing_plan())})
    if route.path.startswith("/analyses/{key}/workbook/"):
        return client.post(path, workbook_of(row, agreed=route.path.endswith("/take-in")))
    body = {name: rows[value] if isinstance(value, Row) else value for name, value in body_of(route).items()}
    return client.generic(route.method, path, json.dumps(body), content_type="application/json")


@cache
def _existing_plan() -> bytes:
    """A Word document with one section."""
    document, out = docx.Document(), io.BytesIO()
    document.add_heading("Purpose", 1)
    document.add_paragraph("To go on.")
    document.save(out)
    return out.getvalue()


def workbook_of(key: Any, *, agreed: bool) -> dict[str, Any]:
    """The workbook of an analysis as it goes out, to be brought back; `agreed`: with what it was seen to do."""
    analysis = Analysis.objects.select_related("unit", "campaign__unit", "agreement").get(key=key)
    data = impact_workbook(TEST, analysis)
    seen = {"fingerprint": preview(TEST, analysis, data).fingerprint} if agreed else {}
    return {**seen, "file": SimpleUploadedFile("workbook.xlsx", data)}


def body_of(route: Route) -> dict[str, Any]:
    if route.path == "/cascade":
        return SCENARIO
    assert route.table is not None
    if route.method == "PATCH":
        return {"version": 1, **CHANGE.get(route.table.name, {"note": "changed"})}
    if route.path == f"/{route.table.name}":
        return NEW[route.table.name]
    if route.path in ACTS:
        return ACTS[route.path]
    steps = next((body for end, body in STEPS.items() if route.path.endswith(end)), None)
    if steps is not None:
        return steps
    return {"version": 1} if route.path.endswith(BARE_ACTS) else END


def address_of_page(route: Route, rows: dict[str, Any]) -> str:
    """The address of a page about the row of its table: the key is of the table that the address begins with, a number
    of the table that the permission counts on."""
    if route.name in ARGUMENTS:
        return reverse(route.name, kwargs=ARGUMENTS[route.name])
    names = [part.split(">")[0].split(":")[-1] for part in route.path.split("<")[1:]]
    if not names:
        return "/" + route.path
    found: dict[str, Any] = {}
    for name in names:
        place = rows.get(slug_of(route)) if name == "key" else number_of(route.access.on, rows)
        if f"<str:{name}>" in route.path and isinstance(place, int):
            place = getattr(route.access.on._default_manager.get(pk=place), "key", place)
        assert place is not None, f"{route.path}: say in ARGUMENTS what its address names"
        found[name] = place
    return reverse(route.name, kwargs=found)


def slug_of(route: Route) -> str:
    """The part of the address before the key: the name of a table."""
    return route.path.split("<")[0].rstrip("/").rsplit("/", 1)[-1]


def names_a_part(route: Route) -> bool:
    """Whether the address of a page names a part of a row, which need not be a part of the one that is asked here: who
    may not use it is refused all the same, and for who may it may not be there."""
    if route.name in ASKS_MORE:
        return True
    return not route.is_api and "<" in route.path and "<str:key>" not in route.path and route.name not in ARGUMENTS


def number_of(model: Any, rows: dict[str, Any]) -> Any:
    """The number of the row of a table."""
    if model is User:
        return rows["grant"]
    names = {table.model: name for name, table in TABLES.items() if name not in ("processes", "resources")}
    row = rows.get(names.get(model, ""))
    if isinstance(row, str):
        return model._default_manager.get(key=row).pk
    return row if row is not None else model._default_manager.values_list("pk", flat=True).first()


def expected(route: Route, asker: Asker) -> frozenset[int]:
    """The statuses that the declaration promises. For pages, 302 is the way to the sign-in."""
    access = route.access
    if access.permission is None:
        return frozenset({200, 404}) if route.is_api else frozenset()
    if not asker.signed_in:
        return frozenset({401 if route.is_api else 302})
    if not asker.holds_somewhere(access.permission):
        return frozenset({403})
    if access.whole and not asker.holds(access.permission):
        return frozenset({403})
    if access.on is not None and _owned(access) and route.is_api:
        return frozenset({200, 403, 404, 422})
    if access.on is not None and not _owned(access):
        if not asker.sees(access.on) or not _sees_the_page_around(route, asker):
            return frozenset({404})
        if not asker.holds(access.permission, access.on):
            return frozenset({403})
    if not route.is_api:
        return frozenset()
    making = route.method == "POST" and access.on is None and route.table is not None
    if making and not all(asker.sees(model) for model in _named(route)):
        return frozenset({422})
    if route.name in NAMED:
        return frozenset({403})
    # A question is one's own, wherever one may ask.
    elsewhere = making and route.table.model is not Study  # type: ignore[union-attr]
    if elsewhere and not asker.holds(access.permission, route.table.model):  # type: ignore[union-attr]
        return frozenset({403})
    if route.path in OUT_OF_TURN:
        return frozenset({422})
    return frozenset({201 if making else 204 if route.method == "DELETE" else 200})


def _sees_the_page_around(route: Route, asker: Asker) -> bool:
    """A page about a part of a row names the row too."""
    around = None if route.is_api else TABLES.get(slug_of(route))
    return around is None or asker.sees(around.model)


def _owned(access: Access) -> bool:
    """Of one's own rows only the address is asked here: another's row, and a wrong method, are tests of their own."""
    return PERMISSIONS[str(access.permission)].owner and not PERMISSIONS[str(access.permission)].roles


def _named(route: Route) -> list[Any]:
    """The tables of the rows that the body names."""
    assert route.table is not None
    fields = {field.name: field for field in route.table.model._meta.concrete_fields}
    body = NEW[route.table.name]
    found = [fields[name].related_model for name in body if name in fields and fields[name].is_relation]
    return [*found, *([Node] if {"supply", "hits"} & set(body) else [])]


def is_refused(response: Any) -> bool:
    """Whether a page was refused, or not shown to one who is not signed in."""
    to_sign_in = response.status_code == 302 and response.headers["Location"].startswith("/sign-in/")
    return to_sign_in or response.status_code in (401, 403, 404)
