"""Files taken in: `read`, `preview`, `apply`.

    document = read(data, "organisation.xlsx")
    found = preview(by, document)
    if found.can_be_applied:
        apply(by, found)

All is read and checked outside any transaction; what is written is written in one short one, all or nothing. Rows that
the file does not mention stay as they are; nothing is deleted.
"""

from __future__ import annotations

from django.db import IntegrityError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.exchange.checking import IMPORT, Checker
from holdfast.exchange.preview import Preview, Progress
from holdfast.exchange.records.types import sheets
from holdfast.exchange.writing import Overtaken, Plan
from holdfast.formats.records_json import document_of, read_json
from holdfast.formats.tables import Document, Records, Unreadable
from holdfast.formats.workbook_reading import read_workbook
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import System
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import NotAllowed, may_somewhere
from holdfast.organization.jobs.actions import enqueue


class BadFile(Exception):
    """The file as a whole cannot be used; the message, in the active language, says why."""


class Refused(Exception):
    """The preview has problems, was applied already, or is another person's."""


def read(data: bytes, name: str) -> Document:
    """The records of a file, JSON or workbook by what it holds. Raises BadFile."""
    try:
        if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0" or name.lower().endswith((".xlsx", ".xlsm")):
            return read_workbook(data, sheets(), name)
        return read_json(data, sheets(), name)
    except Unreadable as error:
        raise BadFile(error.said.text(gettext)) from None


def together(documents: list[Document]) -> Document:
    """Several JSON files as one. Raises BadFile where two hold the same table, or one is a workbook."""
    if len(documents) == 1:
        return documents[0]
    whole = Document(", ".join(document.name for document in documents), "json", {}, {})
    for document in documents:
        if document.form != "json":
            raise BadFile(gettext("A workbook is taken in by itself."))
        for table, records in document.records.items():
            if table in whole.records:
                raise BadFile(gettext("Two files hold the table “%(table)s”.") % {"table": table})
            whole.records[table], whole.rows[table] = records, document.rows[table]
        whole.problems += document.problems
    return whole


def preview(by: Actor, given: Document | Records, progress: Progress | None = None) -> Preview:
    """What taking the records in would do, and all that is wrong with them. Raises NotAllowed, BadFile."""
    if not may_somewhere(by, IMPORT):
        raise NotAllowed(gettext("You may not do this: %(what)s.") % {"what": str(PERMISSIONS[IMPORT].label).lower()})
    if not isinstance(given, Document):
        try:
            given = document_of(given, sheets())
        except Unreadable as error:
            raise BadFile(error.said.text(gettext)) from None
    found = Preview(by, given)
    found.take_problems(given.problems)
    Checker(found, progress).check()
    return found


def apply(by: Actor, found: Preview, progress: Progress | None = None) -> None:
    """Does what the preview shows, in one short transaction, with history and one event. Raises Refused where it has
    problems; Overtaken, with nothing written, where the database has changed meanwhile in what it rests on."""
    if not found.can_be_applied or found.by != by:
        raise Refused(gettext("This cannot be taken in as it is."))
    found.applied = True
    if found.nothing_to_do:
        return
    plan = Plan(found, progress)
    plan.prepare()
    try:
        plan.stage()
        _take_in(by, plan=plan)
    except IntegrityError as error:
        raise Overtaken(
            gettext("The rows do not fit what the database holds by now: %(why)s") % {"why": str(error).strip()[:200]}
        ) from error
    finally:
        plan.clear()


@act("records.import", IMPORT, label=_("take in a file"))
def _take_in(by: Actor, *, plan: Plan) -> None:
    plan.check_unchanged()
    plan.write()
    tallies = plan.preview.tallies
    # Owners are told in the background: that is no part of taking them in.
    for name, follow in (("actions", "improvement.follow"), ("treatments", "risk.follow")):
        if (tally := tallies.get(name)) is not None and (tally.new or tally.changed):
            enqueue(follow, by=System("import"))
    note(
        file=plan.preview.document.name,
        new={name: len(tally.new) for name, tally in tallies.items() if tally.new},
        changed={name: len(tally.changed) for name, tally in tallies.items() if tally.changed},
    )
