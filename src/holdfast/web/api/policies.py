"""The policy: its versions, their way to adoption, and who has acknowledged them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.governance.agreement.models import TAKE_PART
from holdfast.governance.agreement.steps import changes_since
from holdfast.governance.policy import actions
from holdfast.governance.policy.models import ACKNOWLEDGE, EDIT, VIEW, Acknowledgement, Policy
from holdfast.organization.accounts.models import User
from holdfast.web.api.agreements import account, approver_named
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Text, names_of
from holdfast.web.api.tables import Table, address_of, offer, offer_act, offer_removal
from holdfast.web.permissions import needs

_POLICY = names_of(actions.PolicyFields)
_VERSION = Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None


class Nothing(Schema):
    """The version that was seen."""

    model_config = ConfigDict(extra="forbid")

    version: _VERSION = None


class Submitting(Schema):
    """Who adopts it: `body`, `post` or `approver`, one of them; users and rows by key."""

    model_config = ConfigDict(extra="forbid")

    version: _VERSION = None
    body: Key | None = None
    post: Key | None = None
    approver: Key | None = None
    reviewers: Annotated[list[Key], Field(max_length=50)] = Field(default_factory=list)
    due: date | None = None
    comment: Text = ""


class Adopting(Schema):
    """The day and the reason of the decision, and from when on it holds (the same day if not given)."""

    model_config = ConfigDict(extra="forbid")

    version: _VERSION = None
    on: date
    reason: Text
    in_force_from: date | None = None


class Withdrawing(Schema):
    """The first day without it, and why."""

    model_config = ConfigDict(extra="forbid")

    version: _VERSION = None
    on: date
    reason: Text


class NewVersion(Schema):
    """The key of the new version; made from the line and the number if not given."""

    model_config = ConfigDict(extra="forbid")

    version: _VERSION = None
    key: Key = ""


class ChangeOut(Schema):
    """A part that says something else: in words, empty where it was not there, or is there no more."""

    part: str
    before: str
    after: str


class ChangesOut(Schema):
    """What differs from the version before."""

    policy: str
    before: str | None
    changes: list[ChangeOut]


def _with_agreement(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    related = ("agreement__author", "agreement__approver", "agreement__approver_post", "agreement__approver_body")
    counted: QuerySet[Any] = rows.select_related("agreement__previous", *related).annotate(
        acknowledged=Count("acknowledgements", distinct=True)
    )
    return counted


_AGREED = (
    "number", "line", "state", "author", "approver", "approver_post", "approver_body", "due", "submitted_at",
    "decided_on", "in_force_from", "in_force_until", "reason", "digest",
)  # fmt: skip


class AgreedOut(Schema):
    id: int
    number: int
    line: str
    state: str
    author: str | None
    approver: str | None
    approver_post: str | None
    approver_body: str | None
    due: date | None
    submitted_at: str | None
    decided_on: date | None
    in_force_from: date | None
    in_force_until: date | None
    reason: str
    digest: str


def _more(policy: Any) -> dict[str, Any]:
    agreement = policy.agreement
    return {
        "agreement": {"id": agreement.pk, **agreement.as_record(_AGREED)},
        "acknowledged": policy.acknowledged,
    }


POLICIES = Table(
    name="policies",
    one="policy",
    model=Policy,
    fields=_POLICY,
    permission=EDIT,
    create=actions.create_policy,
    create_fields=_POLICY,
    change=actions.edit_policy,
    change_fields=_POLICY,
    filters=("unit",),
    sorts=("title",),
    order=("agreement__line", "agreement__number"),
    search=("title", "key"),
    prepare=_with_agreement,
    more=_more,
    extra={"agreement": (AgreedOut, ...), "acknowledged": (int, ...)},
)

ACKNOWLEDGEMENTS = Table(
    name="acknowledgements",
    one="acknowledgement",
    model=Acknowledgement,
    fields=("policy", "user", "at"),
    permission=ACKNOWLEDGE,
    filters=("policy",),
    sorts=("at",),
    order=("policy__key", "at"),
)


def _submit(by: User, policy: Policy, *, version: int, **given: Any) -> Policy:
    """With the rows that the keys name. Raises ValidationError for one that is not there."""
    given = approver_named(by, given)
    given["reviewers"] = [account(name, "reviewers") for name in given.get("reviewers", ())]
    return actions.submit_policy(by, policy, version=version, **given)


def routes() -> Routes:
    made = Routes(tags=["Policy"])
    out = offer(made, POLICIES)
    made.add_api_operation(
        address_of(POLICIES, "changes"),
        ["GET"],
        read_changes,
        response=ChangesOut,
        summary="What differs from the version before",
        operation_id="policy_changes",
    )
    offer_act(made, POLICIES, out, "submit", Submitting, _submit, "Submit a policy for adoption")
    offer_act(made, POLICIES, out, "adopt", Adopting, actions.adopt_policy, "Adopt a policy", permission=TAKE_PART)
    offer_act(made, POLICIES, out, "new-version", NewVersion, actions.draft_policy_version, "Draft the next version")
    offer_act(made, POLICIES, out, "withdraw", Withdrawing, actions.withdraw_policy, "Withdraw a policy")
    offer_act(
        made, POLICIES, out, "acknowledge", Nothing, actions.acknowledge_policy, "Acknowledge", permission=ACKNOWLEDGE
    )
    offer(made, ACKNOWLEDGEMENTS)
    offer_removal(made, POLICIES, actions.discard_policy, "Discard a draft of a policy")
    return made


@needs(VIEW, on=Policy)
def read_changes(request: HttpRequest, response: HttpResponse, key: Key) -> Any:
    """In the words of the caller's language."""
    check_address(request, set())
    user: Any = request.user
    policy = POLICIES.row(user, key)
    before = policy.agreement.previous
    changes = [{"part": one.label, "before": one.before, "after": one.after} for one in changes_since(policy)]
    return {"policy": policy.key, "before": before.key if before else None, "changes": changes}
