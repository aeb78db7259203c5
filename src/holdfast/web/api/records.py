"""Vital records with their copies; what becomes of them where a place is lost or a scenario comes true; the order in
which systems move."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.scenarios.models import Scenario
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.models import Node
from holdfast.readiness.records import actions
from holdfast.readiness.records.losing import Records
from holdfast.readiness.records.models import RecordCopy, VitalRecord
from holdfast.readiness.records.order import moving_order
from holdfast.readiness.records.reach import Found, as_json
from holdfast.readiness.records.rights import EDIT, VIEW
from holdfast.readiness.records.serving import Chains
from holdfast.web.api.places import Ending
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, names_of
from holdfast.web.api.tables import Table, offer, offer_act
from holdfast.web.permissions import needs

_RECORD = names_of(actions.VitalRecordFields)
_COPY = names_of(actions.RecordCopyFields)


class Copying(Schema):
    """When the copy was made."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    at: datetime


class FateOut(Schema):
    """What becomes of one record: `taken` is the copy that one would take, `reached_after` and `age` in hours."""

    record: str
    name: str
    found: Literal[tuple(found.value for found in Found)]  # type: ignore[valid-type]
    left: int
    copies: int
    taken: str | None
    reached_after: float | None
    age: float | None
    rpo: float | None
    mtpd: float | None


class LossOut(Schema):
    """A site lost with all in it."""

    site: str
    name: str
    records: list[FateOut]


class LossesOut(Schema):
    as_of: date
    losses: list[LossOut]


class FareOut(Schema):
    """A process that needs a record, in the scenario as a whole. Hours."""

    process: str
    first_down: float | None
    mtpd_breached: bool
    breach_at: float | None


class StruckOut(FateOut):
    processes: list[FareOut]


class PlayedOut(Schema):
    """A saved scenario; `wrong` says why it could not be asked."""

    scenario: str
    name: str
    records: list[StruckOut]
    wrong: str


class PlayedListOut(Schema):
    as_of: date
    scenarios: list[PlayedOut]


class PlaceOut(Schema):
    """A system in the order of moving; equals share a rank."""

    rank: int
    system: str
    name: str
    records: list[str]
    functions: list[str]
    processes: list[str]
    shortest_mtpd: float | None


class OrderOut(Schema):
    as_of: date
    systems: list[PlaceOut]


def _with_copies(rows: QuerySet[Any], user: Any, as_of: Any) -> QuerySet[Any]:
    copies = RecordCopy.objects.as_of(as_of or clock.today()).order_by("-original", "key")
    return rows.prefetch_related(Prefetch("copies", copies, to_attr="all_copies"))


VITAL_RECORDS = Table(
    name="vital-records",
    one="vital-record",
    model=VitalRecord,
    fields=("node", *_RECORD),
    permission=EDIT,
    create=actions.create_vital_record,
    create_fields=("node", *_RECORD),
    change=actions.edit_vital_record,
    change_fields=_RECORD,
    filters=("medium", "classification", "system", "owner"),
    sorts=("medium",),
    order=("key",),
    search=("node__name", "key"),
    prepare=_with_copies,
    more=lambda row: {"copies": [copy.key for copy in row.all_copies]},
    extra={"copies": (list[str], ...)},
)
RECORD_COPIES = Table(
    name="record-copies",
    one="record-copy",
    model=RecordCopy,
    fields=("record", *_COPY),
    permission=EDIT,
    create=actions.add_copy,
    create_fields=("record", *_COPY),
    change=actions.edit_copy,
    change_fields=_COPY,
    filters=("record", "site", "medium", "original"),
    sorts=("last_copied", "every"),
    order=("key",),
    search=("record__node__name", "key", "place"),
)


def routes() -> Routes:
    made = Routes(tags=["Vital records"])
    record = offer(made, VITAL_RECORDS)
    offer_act(made, VITAL_RECORDS, record, "end", Ending, actions.end_vital_record, "End a vital record")
    copy = offer(made, RECORD_COPIES)
    offer_act(made, RECORD_COPIES, copy, "copied", Copying, actions.record_copying, "Record that a copy was made")
    offer_act(made, RECORD_COPIES, copy, "end", Ending, actions.end_copy, "End a copy of a vital record")
    for path, view, shape, summary in (
        ("/records-lost", records_lost, LossesOut, "What becomes of vital records if a place is lost"),
        ("/records-in-scenarios", records_in_scenarios, PlayedListOut, "Which scenarios take which vital records"),
        ("/systems-to-move", systems_to_move, OrderOut, "The order in which record systems move"),
    ):
        made.add_api_operation(path, ["GET"], view, response=shape, summary=summary, operation_id=view.__name__)
    return made


def _seen(user: Any) -> list[VitalRecord]:
    today = clock.today()
    rows = visible(VitalRecord.objects.as_of(today), user).with_copies(today)  # type: ignore[attr-defined]
    return list(rows.order_by("key"))


@needs(VIEW)
def records_lost(request: HttpRequest) -> Any:
    """Each site whose loss touches a record that you may see, with all in it and for good."""
    check_address(request, set())
    losses = Records(_seen(request.user), clock.today(), clock.now()).losses()
    told = [
        {"site": loss.site.key, "name": loss.site.name, "records": [as_json(one) for one in loss.fates]}
        for loss in losses
    ]
    return {"as_of": clock.today(), "losses": told}


@needs(VIEW)
def records_in_scenarios(request: HttpRequest) -> Any:
    """Each saved scenario with the records that it touches, and the processes that need them, of those that you may
    see."""
    check_address(request, set())
    today = clock.today()
    rows = visible(Scenario.objects.as_of(today), request.user)  # type: ignore[type-var]
    played = Records(_seen(request.user), today, clock.now()).played(rows.with_hits().order_by("key"))  # type: ignore[attr-defined]
    ids = {node.pk for one in played for struck in one.struck for node, _answer in struck.processes}
    seen = set(visible(Node.objects.filter(pk__in=ids), request.user).values_list("pk", flat=True))  # type: ignore[type-var]
    told = [
        {
            "scenario": one.scenario.key,
            "name": one.scenario.name,
            "records": [
                {
                    **as_json(struck.fate),
                    "processes": [_fare(node, answer) for node, answer in struck.processes if node.pk in seen],
                }
                for struck in one.struck
            ],
            "wrong": one.wrong,
        }
        for one in played
    ]
    return {"as_of": today, "scenarios": told}


def _fare(node: Any, answer: Any) -> dict[str, Any]:
    said = answer.as_json() if answer is not None else {}
    names = ("first_down", "breach_at")
    return {
        "process": node.key,
        **{name: said.get(name) for name in names},
        "mtpd_breached": said.get("mtpd_breached", False),
    }


@needs(VIEW)
def systems_to_move(request: HttpRequest) -> Any:
    """By the critical functions that they serve, then the shortest MTPD, then how many processes and records."""
    check_address(request, set())
    today = clock.today()
    places = moving_order(_seen(request.user), Chains(today))
    ids = {node.pk for place in places for node in (place.system, *place.served.processes)}
    seen = set(visible(Node.objects.filter(pk__in=ids), request.user).values_list("pk", flat=True))  # type: ignore[type-var]
    told = [
        {
            "rank": place.rank,
            "system": place.system.key,
            "name": place.system.name,
            "records": [row.key for row in place.records],
            "functions": [node.key for node in place.served.functions],
            "processes": [node.key for node in place.served.processes if node.pk in seen],
            "shortest_mtpd": place.served.mtpd.value if place.served.mtpd is not None else None,
        }
        for place in places
    ]
    return {"as_of": today, "systems": told}
