"""What is being agreed, whatever it is: read, commented on, reviewed, returned, taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.governance.agreement import actions
from holdfast.governance.agreement.models import RECORD, TAKE_PART, VIEW, Agreement, Remark, Review, Verdict
from holdfast.governance.agreement.questions import waiting_for
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.structure.models import Group, Post
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Text, named
from holdfast.web.api.tables import Table, offer, offer_act
from holdfast.web.permissions import needs


class ReviewOut(Schema):
    reviewer: str
    asked_at: datetime
    answered_at: datetime | None
    verdict: str


class RemarkOut(Schema):
    """Who said what; `by` is empty where the system did."""

    kind: str
    by: str | None
    system: str
    at: datetime
    text: str


class Said(Schema):
    """Words, and the version of the agreement that was seen."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    text: Text


class Answer(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    verdict: Literal[tuple(Verdict.values)]  # type: ignore[valid-type]
    text: Text = ""


class Readdressing(Schema):
    """Who decides instead: `body`, `post` or `approver`, one of them, by key."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    body: Key | None = None
    post: Key | None = None
    approver: Key | None = None
    due: date | None = None


class WaitingOut(Schema):
    """`address` is the page of the thing, where the next step is taken."""

    id: int
    kind: str
    key: str
    number: int
    title: str
    address: str
    unit: str | None
    site: str | None
    state: str
    due: date | None


class WaitingList(Schema):
    count: int
    items: list[WaitingOut]


def _with_all(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    reviews = Review.objects.select_related("reviewer").order_by("pk")
    remarks = Remark.objects.select_related("by").order_by("pk")
    return rows.prefetch_related(
        Prefetch("reviews", reviews, to_attr="all_reviews"), Prefetch("remarks", remarks, to_attr="all_remarks")
    )


def _more(agreement: Any) -> dict[str, Any]:
    return {
        "reviews": [
            {
                "reviewer": review.reviewer.username,
                "asked_at": review.asked_at,
                "answered_at": review.answered_at,
                "verdict": review.verdict,
            }
            for review in agreement.all_reviews
        ],
        "remarks": [
            {
                "kind": remark.kind,
                "by": remark.by.username if remark.by else None,
                "system": remark.system,
                "at": remark.at,
                "text": remark.text,
            }
            for remark in agreement.all_remarks
        ],
    }


AGREEMENTS = Table(
    name="agreements",
    one="agreement",
    model=Agreement,
    fields=(
        "kind", "key", "line", "number", "title", "address", "unit", "site", "state", "author", "submitted_by",
        "submitted_at", "due", "approver", "approver_post", "approver_body", "returned_at", "decided_on", "decided_by",
        "decided_at", "in_force_from", "in_force_until", "reason", "digest",
    ),
    permission=TAKE_PART,
    filters=("kind", "state", "line", "unit", "site"),
    sorts=("title", "due", "submitted_at", "decided_on", "number"),
    order=("kind", "line", "number"),
    search=("title", "key"),
    prepare=_with_all,
    more=_more,
    extra={"reviews": (list[ReviewOut], ...), "remarks": (list[RemarkOut], ...)},
)  # fmt: skip


def approver_named(by: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The body, post or user that the keys name. Raises ValidationError for one that is not there."""
    found = dict(given)
    for name, model in (("body", Group), ("post", Post)):
        if found.get(name) is not None:
            found[name] = named(model, found[name], by)
    if found.get("approver") is not None:
        found["approver"] = account(found["approver"], "approver")
    return found


def account(name: str, field: str) -> User:
    """The active account of this user name: who names one need not see accounts. Raises ValidationError."""
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise ValidationError({field: _("There is no account “%(name)s”.") % {"name": name[:130]}})
    return found


def _readdress(by: User, agreement: Agreement, *, version: int, **given: Any) -> Agreement:
    return actions.readdress(by, agreement, version=version, **approver_named(by, given))


def routes() -> Routes:
    made = Routes(tags=["Agreement"])
    made.add_api_operation(
        "/waiting",
        ["GET"],
        read_waiting,
        response=WaitingList,
        summary="What waits for you to review, decide or mend",
        operation_id="waiting",
    )
    out = offer(made, AGREEMENTS)
    offer_act(made, AGREEMENTS, out, "comment", Said, actions.comment, "Comment on what is being agreed")
    offer_act(made, AGREEMENTS, out, "review", Answer, actions.answer_review, "Answer a review")
    offer_act(made, AGREEMENTS, out, "return", Said, actions.return_to_draft, "Return to draft with a comment")
    offer_act(made, AGREEMENTS, out, "take-back", Said, actions.take_back, "Take back from review")
    offer_act(made, AGREEMENTS, out, "readdress", Readdressing, _readdress, "Name another approver", permission=RECORD)
    return made


@needs(VIEW)
def read_waiting(request: HttpRequest) -> Any:
    """The soonest due first."""
    check_address(request, set())
    rows = list(waiting_for(request.user, clock.today()).select_related("unit", "site"))
    names = ("kind", "key", "number", "title", "address", "unit", "site", "state", "due")
    return {"count": len(rows), "items": [{"id": row.pk, **row.as_record(names)} for row in rows]}
