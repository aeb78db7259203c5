"""Situation reports: drafted, written, issued; as data with their lines, as a short text and as EDXL-SitRep. And who is
sent the heads of logs."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from holdfast.crisis.reports import actions as acts
from holdfast.crisis.reports.forms import edxl, lines_of, short_text
from holdfast.crisis.reports.models import HeadReader, SituationReport
from holdfast.crisis.rights import RUN, VIEW
from holdfast.organization.accounts.models import User
from holdfast.web.api.people import Seen
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Number, names_of
from holdfast.web.api.tables import Table, address_of, offer, offer_act, offer_removal
from holdfast.web.permissions import needs

_WORDS = names_of(acts.ReportFields)


def _around(rows: QuerySet[Any], user: User, as_of: Any) -> QuerySet[Any]:
    return rows.select_related("incident__log", "incident__site__parent__parent")


class LineOut(Schema):
    """A sentence of a part. `change` to the last issued report: new, worse, better, over, or empty; `weight` 0 to 9."""

    part: str
    text: str
    change: str
    weight: int


class LinesOut(Schema):
    lines: list[LineOut]


def _data(report: SituationReport) -> dict[str, Any]:
    return {"data": report.data}


@needs(VIEW, on=SituationReport)
def read_lines(request: HttpRequest, number: Number) -> Any:
    """What the data of a report say, in the language that is asked for."""
    check_address(request, set())
    found = lines_of(SITUATION_REPORTS.row(request.user, number))  # type: ignore[arg-type]
    return {
        "lines": [
            {"part": part.name, "text": line.text, "change": line.change, "weight": line.weight}
            for part, own in found
            for line in own
        ]
    }


SITUATION_REPORTS = Table(
    name="situation-reports",
    one="situation-report",
    model=SituationReport,
    fields=(
        "incident",
        "number",
        "state",
        "moment",
        "made_at",
        "made_by",
        "picture",
        *_WORDS,
        "issued_at",
        "issued_by",
        "log_length",
        "log_head",
        "digest",
    ),
    permission=RUN,
    create=acts.draft_report,
    create_fields=("incident", *_WORDS),
    change=acts.edit_report,
    change_fields=_WORDS,
    filters=("incident", "state"),
    sorts=("number", "moment"),
    order=("incident__key", "number"),
    prepare=_around,
    more=_data,
    extra={"data": (dict[str, Any], ...)},
)
HEAD_READERS = Table(
    name="log-head-readers",
    one="log-head-reader",
    model=HeadReader,
    fields=("post", "address", "note"),
    permission=RUN,
    filters=("post",),
)


def _form(write: Any, kind: str) -> Any:
    @needs(VIEW, on=SituationReport)
    def form(request: HttpRequest, number: Number) -> Any:
        check_address(request, set())
        answer = HttpResponse(write(SITUATION_REPORTS.row(request.user, number)), content_type=kind)  # type: ignore[arg-type]
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    return form


def routes() -> Routes:
    made = Routes(tags=["Situation reports"])
    out = offer(made, SITUATION_REPORTS)
    offer_act(made, SITUATION_REPORTS, out, "refresh", Seen, acts.refresh_report, "Gather the data of a report anew")
    offer_act(made, SITUATION_REPORTS, out, "issue", Seen, acts.issue_report, "Issue a situation report")
    offer_removal(made, SITUATION_REPORTS, acts.discard_report, "Discard a draft of a situation report")
    made.add_api_operation(
        address_of(SITUATION_REPORTS, "lines"),
        ["GET"],
        read_lines,
        response=LinesOut,
        summary="Read what a situation report says",
        operation_id="read_situation_report_lines",
    )
    for ending, write, kind, summary in (
        ("text", short_text, "text/plain; charset=utf-8", "Read a situation report in at most 2 KB"),
        ("edxl", edxl, "application/xml", "Read a situation report as EDXL-SitRep"),
    ):
        made.add_api_operation(
            address_of(SITUATION_REPORTS, ending),
            ["GET"],
            _form(write, kind),
            response={200: None},
            openapi_extra={"responses": {200: {"content": {kind.split(";")[0]: {"schema": {"type": "string"}}}}}},
            summary=summary,
            operation_id=f"read_situation_report_{ending}",
        )
    offer(made, HEAD_READERS)
    return made
