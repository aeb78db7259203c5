"""How the example is steered: its scales, its rules of the day, its policy and how that was agreed, by the acts that
people use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct, json

from holdfast.crisis.rules.actions import approve_rules, draft_rules
from holdfast.governance.policy import actions as policies
from holdfast.governance.policy.models import Policy
from holdfast.governance.settings.actions import approve_scales, draft_scales
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Group


class Scales(Struct, forbid_unknown_fields=True):
    """A version of the scales or of the rules of the day, approved by a body from a day on."""

    key: str
    title: str
    content: dict[str, Any]
    valid_from: date
    reason: str
    body: str
    note: str = ""


class Adopted(Struct, forbid_unknown_fields=True):
    body: str
    on: date
    reason: str


class Submitted(Struct, forbid_unknown_fields=True):
    """To a body, for which accounts to review."""

    body: str
    reviewers: list[str] = []
    comment: str = ""


class Statement(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A policy, or the version that `follows` another, with the fields that differ; then how far it has come."""

    key: str
    follows: str = ""
    title: str | None = None
    scope: str | None = None
    purpose: str | None = None
    objectives: list[str] | None = None
    activities: list[str] | None = None
    basis: str | None = None
    reason: str | None = None
    paragraphs: list[str] | None = None
    adopted: Adopted | None = None
    submitted: Submitted | None = None
    acknowledged_by: list[str] = []

    def fields(self) -> dict[str, Any]:
        names = ("title", "scope", "purpose", "objectives", "activities", "basis", "reason", "paragraphs")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class _Scales(Struct, forbid_unknown_fields=True):
    scales: list[Scales]


class _Policies(Struct, forbid_unknown_fields=True):
    policies: list[Statement]


class _Rules(Struct, forbid_unknown_fields=True):
    rules: list[Scales]


class Programme(Struct, frozen=True):
    """What stands in the folder."""

    scales: list[Scales] = []
    policies: list[Statement] = []
    rules: list[Scales] = []


def read_programme(folder: Path) -> Programme:
    """Reads `scales.json`, `policies.json` and `rules.json`, as far as they are there. Raises msgspec's errors."""
    scales, statements, rules = (folder / f"{name}.json" for name in ("scales", "policies", "rules"))
    return Programme(
        json.decode(scales.read_bytes(), type=_Scales).scales if scales.exists() else [],
        json.decode(statements.read_bytes(), type=_Policies).policies if statements.exists() else [],
        json.decode(rules.read_bytes(), type=_Rules).rules if rules.exists() else [],
    )


def take_in(by: Actor, programme: Programme, accounts: Mapping[str, User]) -> None:
    """Makes all of it, inside the act that calls this; accounts by user name."""
    settings: tuple[tuple[list[Scales], Any, Any], ...] = (
        (programme.scales, draft_scales, approve_scales),
        (programme.rules, draft_rules, approve_rules),
    )
    for versions, begin, approve in settings:
        for version in versions:
            draft = begin(by, key=version.key, title=version.title, content=version.content, note=version.note)
            approve(
                by,
                draft,
                version=draft.version,
                valid_from=version.valid_from,
                reason=version.reason,
                body=_body(version.body),
            )
    made: dict[str, Policy] = {}
    for statement in programme.policies:
        made[statement.key] = policy = _written(by, statement, made)
        _agreed(by, statement, policy, accounts)


def _written(by: Actor, statement: Statement, made: Mapping[str, Policy]) -> Policy:
    if not statement.follows:
        return policies.create_policy(by, key=statement.key, **statement.fields())
    draft = policies.draft_policy_version(by, made[statement.follows], key=statement.key)
    return policies.edit_policy(by, draft, version=draft.version, **statement.fields())


def _agreed(by: Actor, statement: Statement, policy: Policy, accounts: Mapping[str, User]) -> None:
    if statement.adopted is not None:
        decision = statement.adopted
        policies.submit_policy(by, policy, version=policy.version, body=_body(decision.body))
        policies.adopt_policy(by, policy, version=policy.version, on=decision.on, reason=decision.reason)
    if statement.submitted is not None:
        to = statement.submitted
        policies.submit_policy(
            by,
            policy,
            version=policy.version,
            body=_body(to.body),
            reviewers=[accounts[name] for name in to.reviewers],
            comment=to.comment,
        )
    for name in statement.acknowledged_by:
        policies.acknowledge_policy(accounts[name], policy)


def _body(key: str) -> Group:
    return Group.objects.get(key=key)
