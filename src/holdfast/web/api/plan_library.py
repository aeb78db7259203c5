"""Existing plans brought in, for programs: the file is kept, what it would bring into a draft is told."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Schema
from ninja.files import UploadedFile

from holdfast.exchange.plan_library.actions import keep_plan, proposal_of
from holdfast.exchange.plan_library.proposing import Placed
from holdfast.formats.plan_reading import MOST_BYTES
from holdfast.formats.tables import Unreadable
from holdfast.readiness.plans.models import Plan
from holdfast.readiness.plans.rights import EDIT
from holdfast.web.api.errors import Invalid
from holdfast.web.api.plans import PLANS
from holdfast.web.api.reading import check_address, check_text
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import Key
from holdfast.web.permissions import needs


class RoleProposed(Schema):
    """A role as the file has it; `post` and `alternate` are keys of posts of the same title."""

    id: str
    name: str
    does: str
    post: str | None
    alternate: str | None
    there: bool


class TaskProposed(Schema):
    """A task as the file has it: hours, null where it gives none; `after` names steps of the file."""

    id: str
    step: str
    title: str
    details: str
    role: str
    low: float | None
    high: float | None
    after: list[str]
    there: bool


class PartProposed(Schema):
    """A part of the file. `text` in Markdown goes into `section`; `rows` are those of a table. `there`: it stands in
    the draft already."""

    id: str
    kind: str
    section: str
    recognised: bool
    heading: str
    text: str
    rows: list[list[str]]
    roles: list[RoleProposed]
    tasks: list[TaskProposed]
    there: bool


class ProposalOut(Schema):
    """`file` is the key of the evidence file that was kept; the parts are in the order of the file."""

    plan: str
    file: str
    sha256: str
    form: str
    parts: list[PartProposed]


@needs(EDIT, on=Plan)
def bring_in_plan(request: HttpRequest, key: Key, file: File[UploadedFile]) -> Any:
    """Keeps a Word document or a workbook as evidence, and says what it would bring into the draft. As
    multipart/form-data."""
    check_address(request, set())
    check_text([file.name or ""])
    if unknown := sorted({*request.POST, *request.FILES} - {"file"}):
        raise Invalid(*((name[:80], _("There is no such field.")) for name in unknown))
    by: Any = request.user
    plan = PLANS.row(by, key)
    if (file.size or 0) > MOST_BYTES:
        raise Invalid(("file", _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES >> 20}))
    try:
        kept = keep_plan(by, plan, (file.name or "plan.docx")[:200], file.read())
        found = proposal_of(by, plan, kept)
    except Unreadable as error:
        raise Invalid(("file", error.said.text(_))) from None
    except ValidationError as error:
        raise Invalid(("file", " ".join(error.messages))) from None
    told = {"plan": plan.key, "file": kept.key, "sha256": kept.sha256, "form": found.form}
    return {**told, "parts": [_part(one) for one in found.placed]}


def _part(one: Placed) -> dict[str, Any]:
    return {
        "id": one.part.id,
        "kind": one.part.kind,
        "section": one.section,
        "recognised": one.part.known,
        "heading": one.part.heading,
        "text": one.part.text,
        "rows": [list(row) for row in one.part.rows],
        "roles": [
            {
                "id": row.id,
                "name": row.name,
                "does": row.does,
                "post": row.post.key if row.post else None,
                "alternate": row.alternate.key if row.alternate else None,
                "there": row.there,
            }
            for row in one.roles
        ],
        "tasks": [{name: getattr(row, name) for name in TaskProposed.model_fields} for row in one.tasks],
        "there": one.there,
    }


def routes() -> Routes:
    made = Routes(tags=["Plans"])
    made.add_api_operation(
        "/plans/{key}/library",
        ["POST"],
        bring_in_plan,
        response=ProposalOut,
        summary="Bring in an existing plan",
        operation_id="bring_in_plan",
    )
    return made
