"""Files that prove figures and actions: brought in, found by what they hold, handed out as they came."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from holdfast.organization.attachments.actions import ATTACH, bring_in
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.attachments.store import Damaged, read
from holdfast.web.api.errors import Invalid
from holdfast.web.api.reading import check_address, check_text, tag_of
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key, given
from holdfast.web.api.tables import Table, address_of, offer
from holdfast.web.permissions import needs

EVIDENCE_FILES = Table(
    name="evidence-files",
    one="evidence-file",
    model=Attachment,
    fields=("name", "about", "sha256", "size", "media_type", "unit", "site", "entered_by", "entered_at"),
    permission=ATTACH,
    filters=("unit", "site", "sha256"),
    sorts=("name", "size", "entered_at"),
    order=("-pk",),
    search=("name", "about"),
)


class EvidenceFileNew(Schema):
    """What it proves, in words, and where it belongs: who may see the unit or the site may read the file."""

    model_config = ConfigDict(extra="forbid")

    about: Annotated[str, Field(max_length=400)] = ""
    unit: Key | None = None
    site: Key | None = None


def routes() -> Routes:
    made = Routes(tags=["Evidence files"])
    out = offer(made, EVIDENCE_FILES)
    made.add_api_operation(
        "/evidence-files",
        ["POST"],
        bring_in_file,
        response={201: out},
        summary="Bring in an evidence file",
        operation_id="create_evidence_file",
    )
    made.add_api_operation(
        address_of(EVIDENCE_FILES, "content"),
        ["GET"],
        read_content,
        response={200: None},
        openapi_extra={
            "responses": {200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}},
        },
        summary="Read an evidence file as it came",
        operation_id="read_evidence_file_content",
    )
    return made


@needs(ATTACH)
def bring_in_file(
    request: HttpRequest, response: HttpResponse, file: File[UploadedFile], data: Form[EvidenceFileNew]
) -> Any:
    """One file of any kind, up to 50 MB, as multipart/form-data. The answer has its SHA-256; its key goes into `files`
    of a figure or `proof_files` of an action."""
    check_address(request, set())
    check_text([file.name or "", data.about])
    # A form brings its fields by name: what is not asked for is refused here, as in JSON.
    if unknown := sorted({*request.POST, *request.FILES} - {"file", *EvidenceFileNew.model_fields}):
        raise Invalid(*((name[:80], _("There is no such field.")) for name in unknown))
    user: Any = request.user
    row = bring_in(user, name=file.name or "", pieces=file.chunks(), **given(data, Attachment, user))
    response.headers["ETag"] = tag_of(row)
    return Status(201, EVIDENCE_FILES.record(row))


@needs("structure.view", on=Attachment)
def read_content(request: HttpRequest, response: HttpResponse, key: Key) -> Any:
    """The bytes, compared with their SHA-256 before they are handed over."""
    check_address(request, set())
    row = EVIDENCE_FILES.row(request.user, key)  # type: ignore[arg-type]
    try:
        data = read(row.sha256)
    except Damaged as error:
        raise Http404(_("The file is not in the store as it was put there.")) from error
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
