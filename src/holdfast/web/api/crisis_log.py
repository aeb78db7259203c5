"""Logs of incidents: their entries in order, a note or a correction written, the whole log taken out, public keys."""

from datetime import datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from holdfast.crisis.incidents.actions import write_note
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.log.actions import keys_folder
from holdfast.crisis.log.exporting import exported
from holdfast.crisis.log.keys import as_text, public_keys
from holdfast.crisis.log.models import LogEntry
from holdfast.crisis.rights import LOG, VIEW
from holdfast.organization.attachments.models import Attachment
from holdfast.web.api.errors import Invalid
from holdfast.web.api.incidents import INCIDENTS
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Text, named
from holdfast.web.permissions import needs

MOST_ROWS, MOST_FILES = 500, 20


class FileOut(Schema):
    key: str
    name: str
    sha256: str
    size: int
    media_type: str


class EntryOut(Schema):
    """`at` is the server's time, `device_at` the device's, `moment` that of the incident's clock. The order is that of
    `number`."""

    log: str
    number: int
    at: str
    device_at: str | None
    moment: str
    account: str
    author: str
    kind: str
    text: str
    body: dict[str, Any]
    files: list[FileOut]
    corrects: int | None
    previous: str
    hash: str
    signature: str


class EntriesOut(Schema):
    """`length` and `head` of the whole log: keep them elsewhere."""

    items: list[EntryOut]
    count: int
    length: int
    head: str


class LogOut(Schema):
    """What `holdfast verify-log --file` takes."""

    format: str
    key: str
    title: str
    real: bool
    length: int
    head: str
    exported_at: str
    public_keys: dict[str, str]
    entries: list[dict[str, Any]]


class KeysOut(Schema):
    """Public keys by their id, as PEM."""

    public_keys: dict[str, str]


class EntriesQuery(Schema):
    kind: Annotated[str, Field(max_length=60)] | None = None
    author: Annotated[str, Field(max_length=300)] | None = None
    q: Annotated[str, Field(max_length=200)] | None = Field(default=None, description="Words of the text.")
    after: Annotated[int, Field(ge=0, le=MOST_INTEGER)] = Field(
        default=0, description="Only entries after this number."
    )
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100


class EntryNew(Schema):
    """`corrects` is the number of the entry that is put right; `files` are keys of evidence files."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Text, Field(min_length=1)]
    device_at: datetime | None = None
    corrects: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    files: Annotated[list[Key], Field(max_length=MOST_FILES)] = Field(default_factory=list)


@needs(VIEW, on=Incident)
def entries(request: HttpRequest, key: Key, query: Query[EntriesQuery]) -> Any:
    """The entries in the order of their numbers."""
    check_address(request, set(EntriesQuery.model_fields))
    incident = INCIDENTS.row(request.user, key)  # type: ignore[arg-type]
    rows = incident.log.entries.select_related("log", "corrects").filter(number__gt=query.after)
    if query.kind:
        rows = rows.filter(kind=query.kind)
    if query.author:
        rows = rows.filter(author=query.author)
    for word in (query.q or "").split():
        rows = rows.filter(Q(text__icontains=word))
    found = [entry.record for entry in rows.order_by("number")[: query.limit]]
    return {"items": found, "count": rows.count(), "length": incident.log.length, "head": incident.log.head}


@needs(LOG, on=Incident)
def write(request: HttpRequest, key: Key, data: EntryNew) -> Any:
    """A note, or a new entry that corrects one. Entries are never changed."""
    check_address(request, set())
    user: Any = request.user
    incident = INCIDENTS.row(user, key)
    if data.device_at is not None and data.device_at.tzinfo is None:
        raise Invalid(("device_at", _("Wanted a time with its zone.")))
    corrects = None
    if data.corrects is not None:
        corrects = incident.log.entries.filter(number=data.corrects).first()
        if corrects is None:
            raise Invalid(("corrects", _("There is no entry %(n)s.") % {"n": data.corrects}))
    files = []
    for number, name in enumerate(data.files):
        try:
            files.append(named(Attachment, name, user))
        except ValidationError as error:
            raise Invalid((f"files.{number}", " ".join(error.messages))) from None
    write_note(user, incident=incident, text=data.text, device_at=data.device_at, corrects=corrects, files=files)
    entry = LogEntry.objects.select_related("log", "corrects").filter(log=incident.log_id).order_by("-number")[0]
    return entry.record


@needs(VIEW, on=Incident)
def export(request: HttpRequest, key: Key) -> Any:
    """The whole log with the public keys that signed it."""
    check_address(request, set())
    return exported(INCIDENTS.row(request.user, key).log)  # type: ignore[arg-type]


@needs(VIEW)
def keys(request: HttpRequest) -> Any:
    """The public keys that logs of this installation were signed with."""
    check_address(request, set())
    return {"public_keys": {name: as_text(key) for name, key in public_keys(keys_folder()).items()}}


def routes() -> Routes:
    made = Routes(tags=["Logs"])
    for method, path, view, answer, summary, operation in (
        ("GET", "/incidents/{key}/log", entries, EntriesOut, "List the log of an incident", "list_log_entries"),
        ("POST", "/incidents/{key}/log", write, EntryOut, "Write into a log", "create_log_entry"),
        ("GET", "/incidents/{key}/log/export", export, LogOut, "Take out a log", "export_log"),
        ("GET", "/log-keys", keys, KeysOut, "Read the public keys of logs", "read_log_keys"),
    ):
        made.add_api_operation(path, [method], view, response=answer, summary=summary, operation_id=operation)
    return made
