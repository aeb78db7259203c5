"""Notices: what waits for the caller, and what waits for whom."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from holdfast.governance.notices.actions import put_away_notice, read_notice
from holdfast.governance.notices.models import OWN, Notice
from holdfast.organization import clock
from holdfast.web.api.jobs import Nothing
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.tables import Table, offer, offer_act
from holdfast.web.permissions import needs

NOTICES = Table(
    name="notices",
    one="notice",
    model=Notice,
    fields=(
        "kind",
        "title",
        "address",
        "words",
        "source",
        "user",
        "permission",
        "unit",
        "site",
        "due",
        "shown_from",
        "state",
        "raised_at",
        "settled_at",
    ),
    permission=OWN,
    filters=("state", "kind", "source", "unit", "site"),
    sorts=("due", "raised_at"),
    order=("-pk",),
    search=("title", "words"),
)


class WaitingOut(Schema):
    """`wanted` says in words what is asked for; `informs`: it asks for nothing and may be put away."""

    id: int
    kind: str
    wanted: str
    title: str
    address: str
    words: str
    unit: str | None
    site: str | None
    due: date | None
    late: bool
    read: bool
    informs: bool
    raised_at: datetime


class InboxOut(Schema):
    as_of: date
    count: int
    late: int
    items: list[WaitingOut]


def routes() -> Routes:
    made = Routes(tags=["Notices"])
    made.add_api_operation(
        "/inbox", ["GET"], inbox, response=InboxOut, summary="What waits for you", operation_id="inbox"
    )
    out: Any = offer(made, NOTICES)
    offer_act(made, NOTICES, out, "mark-read", Nothing, read_notice, "Mark a notice as read", permission=OWN)
    offer_act(made, NOTICES, out, "put-away", Nothing, put_away_notice, "Put a notice away", permission=OWN)
    return made


@needs(OWN)
def inbox(request: HttpRequest) -> Any:
    """What is addressed to you or to a right that you have, the most urgent first; at most 500."""
    check_address(request, set())
    today = clock.today()
    found: list[Any] = list(
        Notice.objects.inbox(request.user, today).select_related("unit", "site")[:500]  # type: ignore[arg-type]
    )
    return {
        "as_of": today,
        "count": len(found),
        "late": sum(1 for notice in found if notice.is_late(today)),
        "items": [
            {
                "id": notice.pk,
                "kind": notice.kind,
                "wanted": notice.label,
                "title": notice.title,
                "address": notice.address,
                "words": notice.words,
                "unit": notice.unit.key if notice.unit else None,
                "site": notice.site.key if notice.site else None,
                "due": notice.due,
                "late": notice.is_late(today),
                "read": notice.is_read,
                "informs": notice.informs,
                "raised_at": notice.raised_at,
            }
            for notice in found
        ],
    }
