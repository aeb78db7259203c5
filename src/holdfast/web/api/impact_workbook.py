"""The analysis of a unit by spreadsheet, for programs: the workbook out, what it would do, and in."""

import json
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from holdfast.analysis.impact.models import Analysis
from holdfast.analysis.impact.rights import EDIT, VIEW
from holdfast.exchange.impact.applying import take_in
from holdfast.exchange.impact.comparing import preview
from holdfast.exchange.impact.exporting import impact_workbook
from holdfast.exchange.impact.found import DATABASE, FILE, Found
from holdfast.exchange.importing import BadFile, Refused
from holdfast.exchange.writing import Overtaken
from holdfast.formats.workbook_reading import MOST_BYTES
from holdfast.organization.accounts.scope import require
from holdfast.web.api.errors import BadRequest, Invalid, refusal
from holdfast.web.api.impact import ANALYSES
from holdfast.web.api.reading import check_address, check_text
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key
from holdfast.web.api.tables import address_of
from holdfast.web.permissions import needs

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_000
"""So many rows of a sheet are told one by one; all are counted."""


class Brought(Schema):
    """What stays wherever the workbook and somebody else have changed the same: `keep` for all, or `choices`, a JSON
    object that has "file" or "database" by the id of a clash; what it does not name goes by `keep`."""

    model_config = ConfigDict(extra="forbid")

    keep: Annotated[str, Field(pattern=f"^({FILE}|{DATABASE})$")] | None = None
    choices: Annotated[str, Field(max_length=1_000_000)] = ""


class Agreed(Brought):
    """`fingerprint`: that of the preview, which is what is taken in, or nothing is."""

    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ChangeOut(Schema):
    field: str
    before: Any
    after: Any


class RowOut(Schema):
    row: int
    key: str
    process: str
    title: str
    what: str
    changes: list[ChangeOut]


class SheetOut(Schema):
    """How many rows are new, changed, taken out, as they were; how many fields clash; the first 1,000
    that do something."""

    new: int
    changed: int
    removed: int
    unchanged: int
    clashes: int
    rows: list[RowOut]


class ClashOut(Schema):
    """A field that two have changed, and not alike: what it was, what the file says, what stands here. `field` is empty
    where one side has taken the whole row out; `chosen` until somebody has chosen."""

    id: str
    sheet: str
    row: int
    key: str
    process: str
    field: str
    label: str
    was: Any
    file: Any
    database: Any
    chosen: str


class ProblemOut(Schema):
    """What is wrong, with its sheet, row and column."""

    table: str
    row: int | None
    column: str
    message: str
    place: str


class FoundOut(Schema):
    """What the workbook would do, or has done: `applied`."""

    file: str
    analysis: str
    written: str
    sheets: dict[str, SheetOut]
    clashes: list[ClashOut]
    problems: list[ProblemOut]
    more_problems: int
    fingerprint: str
    applied: bool


@needs(VIEW, on=Analysis)
def read_workbook(request: HttpRequest, key: Key) -> Any:
    """The workbook as the page hands it out, in the language that the account reads."""
    check_address(request, set())
    analysis = ANALYSES.row(request.user, key)  # type: ignore[arg-type]
    answer = HttpResponse(impact_workbook(request.user, analysis), content_type=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{analysis.key}.xlsx"'
    return answer


@needs(EDIT, on=Analysis)
def preview_workbook(request: HttpRequest, key: Key, file: File[UploadedFile], data: Form[Brought]) -> Any:
    """What the workbook would change and all that is wrong in it; nothing is written. As multipart/form-data."""
    return _told(_found(request, key, file, data, Brought), applied=False)


@needs(EDIT, on=Analysis)
def take_in_workbook(request: HttpRequest, key: Key, file: File[UploadedFile], data: Form[Agreed]) -> Any:
    """All that the preview showed, or nothing: 409 where the analysis or the file has changed since, 422 with each
    problem, and with each field that two have changed and nobody has decided."""
    found = _found(request, key, file, data, Agreed)
    if found.problems:
        raise Invalid(*((problem.place, problem.message) for problem in found.problems))
    if found.fingerprint != data.fingerprint:
        return refusal(409, _("This is not what was shown: the analysis, or the file, has changed since."))
    if found.undecided:
        said = _("Two have changed it: choose the file or the database.")
        raise Invalid(*((f"choices.{clash.id}", said) for _item, clash in found.clashes if not clash.chosen))
    by: Any = request.user
    try:
        take_in(by, found)
    except Overtaken as error:
        return refusal(409, str(error))
    except Refused as error:
        raise Invalid(("file", str(error))) from error
    return _told(found, applied=True)


def _found(request: HttpRequest, key: str, file: UploadedFile, data: Any, shape: type[Brought]) -> Found:
    check_address(request, set())
    check_text([file.name or "", data.choices])
    # A form brings its fields by name: what is not asked for is refused here, as in JSON.
    if unknown := sorted({*request.POST, *request.FILES} - {"file", *shape.model_fields}):
        raise Invalid(*((name[:80], _("There is no such field.")) for name in unknown))
    by: Any = request.user
    analysis = ANALYSES.row(by, key)
    require(by, EDIT, analysis)
    if (file.size or 0) > MOST_BYTES:
        raise Invalid(("file", _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES >> 20}))
    name = (file.name or "workbook.xlsx")[:100]
    try:
        return preview(by, analysis, file.read(), name, choices=_choices(data.choices), keep=data.keep or "")
    except BadFile as error:
        raise Invalid(("file", str(error))) from error


def _choices(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(_("The body is no JSON: %(why)s") % {"why": str(error)[:200]}) from None
    if not isinstance(said, dict) or not all(side in (FILE, DATABASE) for side in said.values()):
        raise Invalid(("choices", _('Wanted an object with "file" or "database" by the id of a clash.')))
    return said


def _told(found: Found, *, applied: bool) -> dict[str, Any]:
    return {**found.as_json(MOST_ROWS), "applied": applied}


def routes() -> Routes:
    made = Routes(tags=["Impact analysis"])
    made.add_api_operation(
        address_of(ANALYSES, "workbook"),
        ["GET"],
        read_workbook,
        response={200: None},
        openapi_extra={"responses": {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}}},
        summary="Download the workbook of an impact analysis",
        operation_id="read_analysis_workbook",
    )
    made.add_api_operation(
        address_of(ANALYSES, "workbook/preview"),
        ["POST"],
        preview_workbook,
        response=FoundOut,
        summary="See what a workbook would change",
        operation_id="preview_analysis_workbook",
    )
    made.add_api_operation(
        address_of(ANALYSES, "workbook/take-in"),
        ["POST"],
        take_in_workbook,
        response=FoundOut,
        summary="Take a workbook in",
        operation_id="take_in_analysis_workbook",
    )
    return made
