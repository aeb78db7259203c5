"""Who asks, what is missing, and who did what."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from holdfast.organization import clock
from holdfast.organization.accounts.models import Event, Grant, User, kind_of
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import may, may_somewhere, visible
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.holes import HoleKind, holes
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key
from holdfast.web.permissions import needs


class GrantOut(Schema):
    """A role and where it holds; neither unit nor site: in the whole organisation."""

    role: str
    unit: str | None
    site: str | None


class MeOut(Schema):
    """`permissions`: name to "all" for the whole organisation, "some" for a part of it or one's own rows."""

    username: str
    name: str
    email: str
    language: str
    roles: list[GrantOut]
    permissions: dict[str, str]


class HoleOut(Schema):
    kind: str
    message: str
    on: str
    key: str
    unit: str | None
    site: str | None


class HolesOut(Schema):
    as_of: date
    count: int
    kinds: dict[str, int]
    items: list[HoleOut]


class HolesQuery(Schema):
    as_of: date | None = Field(default=None, description="Today, where it is not given.")
    kind: HoleKind | None = None


class EventOut(Schema):
    id: int
    at: datetime
    act: str
    user: str | None
    system: str
    kind: str
    key: str
    title: str
    unit: str | None
    site: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request: str


class EventsOut(Schema):
    """`next`: the `after` of the next request; None where there is nothing more."""

    items: list[EventOut]
    next: int | None


class EventsQuery(Schema):
    after: Annotated[int, Field(ge=0, le=2**62)] = Field(default=0, description="Only events later than this id.")
    act: str | None = None
    kind: Annotated[str, Field(max_length=60)] | None = None
    key: Annotated[str, Field(max_length=200)] | None = None
    user: Key | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


def routes() -> Routes:
    made = Routes(tags=["Record"])
    for path, view, out, summary in (
        ("/me", me, MeOut, "Who asks, and what they may"),
        ("/holes", list_holes, HolesOut, "What is missing as of a date"),
        ("/events", list_events, EventsOut, "Who did what, oldest first"),
    ):
        made.add_api_operation(path, ["GET"], view, response=out, summary=summary, operation_id=view.__name__)
    return made


@needs("account.own")
def me(request: HttpRequest) -> Any:
    """The account of the token or the session."""
    check_address(request, set())
    user: User = request.user  # type: ignore[assignment]
    grants = Grant.objects.filter(user=user).select_related("unit", "site").order_by("pk")
    return {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "language": user.language,
        "roles": [
            {
                "role": grant.role,
                "unit": grant.unit.key if grant.unit else None,
                "site": grant.site.key if grant.site else None,
            }
            for grant in grants
        ],
        "permissions": {
            name: "all" if may(user, name) else "some" for name in PERMISSIONS if may_somewhere(user, name)
        },
    }


@needs("structure.view")
def list_holes(request: HttpRequest, query: Query[HolesQuery]) -> Any:
    """Holes that you may know of, by kind."""
    check_address(request, {"as_of", "kind"})
    on = query.as_of or clock.today()
    found = holes(on, request.user, None if query.kind is None else frozenset({query.kind}))
    units = dict(Unit.objects.filter(pk__in={hole.unit for hole in found if hole.unit}).values_list("pk", "key"))
    sites = dict(Site.objects.filter(pk__in={hole.site for hole in found if hole.site}).values_list("pk", "key"))
    kinds: dict[str, int] = {}
    for hole in found:
        kinds[hole.kind.value] = kinds.get(hole.kind.value, 0) + 1
    return {
        "as_of": on,
        "count": len(found),
        "kinds": kinds,
        "items": [
            {
                "kind": hole.kind.value,
                "message": hole.message,
                "on": kind_of(hole.row),
                "key": hole.row.stable_key,
                "unit": units.get(hole.unit),
                "site": sites.get(hole.site),
            }
            for hole in found
        ],
    }


@needs("event.view")
def list_events(request: HttpRequest, query: Query[EventsQuery]) -> Any:
    """Events in the order in which they were committed; read on with `after`."""
    check_address(request, set(EventsQuery.model_fields))
    rows = visible(Event.objects.select_related("user", "unit", "site"), request.user).filter(pk__gt=query.after)
    asked = {
        "act": query.act,
        "kind": query.kind,
        "key": query.key,
        "user__username": query.user,
        "at__gte": _aware(query.since),
        "at__lt": _aware(query.until),
    }
    rows = rows.filter(**{name: value for name, value in asked.items() if value is not None})
    found = list(rows.order_by("pk")[: query.limit + 1])
    items = found[: query.limit]
    return {
        "items": [_event(event) for event in items],
        "next": items[-1].pk if len(found) > query.limit else None,
    }


def _aware(at: datetime | None) -> datetime | None:
    """A time without a zone is UTC."""
    return at.replace(tzinfo=clock.now().tzinfo) if at is not None and at.tzinfo is None else at


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.pk,
        "at": event.at,
        "act": event.act,
        "user": event.user.username if event.user else None,
        "system": event.system,
        "kind": event.kind,
        "key": event.key,
        "title": event.title,
        "unit": event.unit.key if event.unit else None,
        "site": event.site.key if event.site else None,
        "before": event.before,
        "after": event.after,
        "request": event.request,
    }
