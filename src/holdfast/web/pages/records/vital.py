"""Vital records: the list, the page of one with its copies, and what can be done with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from holdfast.organization import clock
from holdfast.organization.accounts.scope import require
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.models.nodes import NodeKind
from holdfast.readiness.records.actions import (
    add_copy,
    create_vital_record,
    edit_copy,
    edit_vital_record,
    end_copy,
    end_vital_record,
    record_copying,
)
from holdfast.readiness.records.losing import Records
from holdfast.readiness.records.models import REACHED_THROUGH, Classification, Medium, RecordCopy, VitalRecord
from holdfast.readiness.records.reach import Found
from holdfast.readiness.records.rights import EDIT, VIEW
from holdfast.web.pages.organization import fields as own
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form, form_of, free_key, until_form
from holdfast.web.pages.organization.forms import RowForm, signed
from holdfast.web.pages.organization.links import Reach, address
from holdfast.web.pages.organization.listing import OWN, TAG, Column, Listing, choice_filter, site_filter, unit_filter
from holdfast.web.pages.organization.nouns import MadeForm, Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE
from holdfast.web.pages.organization.values import Figure
from holdfast.web.pages.whatif.wording import hours
from holdfast.web.permissions import needs, visible_or_404

from .told import told

RECORD = ("owner", "system", "medium", "classification", "retention", "rpo", "valid_from", "valid_until", *EVIDENCE)
COPY = (
    "original", "medium", "site", "place", "reached_within", "how", "through", "every", "last_copied", "valid_from",
    "valid_until", *EVIDENCE,
)  # fmt: skip


def _record_form(user: Any, row: VitalRecord | None) -> MadeForm:
    fields, values = form_of(VitalRecord, RECORD, user, row)
    given = dict(fields)
    systems = own.rows_of(Node, user, kind=NodeKind.APPLICATION)
    current = row.system if row is not None else None
    given["system"] = own.RowField(systems, current=current, label=gettext("Kept by the system"), required=False)
    if row is None:
        records = own.rows_of(Node, user, kind=NodeKind.RECORD, vital_record=None)
        about = gettext("A record of the model that is not written down here yet.")
        given = {"node": own.RowField(records, label=gettext("Record"), help_text=about), **given}
    return given, values


def _copy_form(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(RecordCopy, COPY, user, part)
    ways = own.rows_of(Node, user, kind__in=REACHED_THROUGH)
    current = part.through if part is not None else None
    label, about = gettext("Reached through"), RecordCopy._meta.get_field("through").help_text
    given = dict(fields)
    given["through"] = own.RowField(ways, current=current, label=label, help_text=about, required=False)
    return given, values


def _copying_form(row: Any, part: Any, user: Any) -> MadeForm:
    return {"at": own.MomentField(label=gettext("Copied at (UTC)"))}, {"at": clock.now().replace(microsecond=0)}


@needs(EDIT)
@require_http_methods(KINDS_OF_REQUEST)
def make(request: HttpRequest) -> HttpResponse:
    def run(form: RowForm) -> Any:
        given = signed(form.cleaned_data, request.user)
        return create_vital_record(request.user, key=free_key(VitalRecord, given["node"].key), **given)  # type: ignore[arg-type]

    fields, values = _record_form(request.user, None)
    about = {"noun": VITAL, "title": gettext("Write down a vital record"), "button": gettext("Save")}
    return ask_form(request, fields, values, None, run, about, reverse("vital-records"))


@needs(EDIT, on=VitalRecord)
@require_http_methods(KINDS_OF_REQUEST)
def change(request: HttpRequest, key: str) -> HttpResponse:
    row = visible_or_404(VitalRecord.objects.all(), request, key=key)
    require(request.user, EDIT, row)  # type: ignore[arg-type]

    def run(form: RowForm) -> Any:
        changes = form.changed(row)
        if not changes and form.seen_version == row.version:
            return row
        given = signed(changes, request.user, row)
        return edit_vital_record(request.user, row, version=form.seen_version, **given)  # type: ignore[arg-type]

    fields, values = _record_form(request.user, row)
    title = gettext("Change “%(row)s”") % {"row": row}
    about = {"noun": VITAL, "row": row, "title": title, "button": gettext("Save")}
    return ask_form(request, fields, values, row, run, about, address(row))


def tell(row: VitalRecord, user: Any, on: date) -> dict[str, Any]:
    record = VitalRecord.objects.with_copies(on).get(pk=row.pk)
    records = Records([record], on, clock.now())
    served = records.served(record)
    losses = records.losses()
    reach = Reach(user, [*served.processes, *served.functions, record.node, record.system])
    calm = [loss for loss in losses if loss.fates[0].found is Found.HAD]
    now = clock.now()
    wanted = record.rpo or served.rpo
    return {
        "record": record,
        "copies": [_copy(copy, now, wanted) for copy in record.all_copies],  # type: ignore[attr-defined]
        "losses": [{"site": loss.site, **told(loss.fates[0])} for loss in losses],
        "bad": [loss.site for loss in losses if loss.fates[0].is_bad],
        "calm": len(calm),
        "served": served,
        "processes": [node for node in served.processes if reach.opens(node)],
        "functions": [node for node in served.functions if reach.opens(node)],
        "reach": reach,
        "wanted": wanted,
        "figures": [("rpo", gettext("RPO"), record.rpo)] if record.rpo is not None else [],
    }


def _copy(copy: RecordCopy, now: Any, wanted: Any) -> dict[str, Any]:
    age = copy.age(now)
    limit = wanted.value if wanted is not None else None
    return {
        "copy": copy,
        "age": _age(copy, age),
        "old": age is not None and limit is not None and age > limit,
    }


def _age(copy: RecordCopy, age: float | None) -> str:
    if copy.original:
        return gettext("the original")
    if age is None:
        return ""
    return gettext("at most %(time)s, copied as planned") % {"time": hours(age)} if copy.is_planned else hours(age)


def _prepare(rows: Any, user: Any, on: date) -> Any:
    copies = RecordCopy.objects.as_of(on).filter(record=OuterRef("pk")).order_by().values("record")

    def counted(**only: Any) -> Any:
        return Coalesce(Subquery(copies.annotate(n=Count("pk", filter=Q(**only))).values("n")), 0)

    places = copies.annotate(n=Count("site", distinct=True)).values("n")
    rows = rows.annotate(copy_count=counted(original=False), site_count=Coalesce(Subquery(places), 0))
    return rows.select_related("node__unit", "node__site", "owner", "system")


def _rpo(row: VitalRecord) -> Figure | None:
    return Figure(row.rpo, address(row), "rpo") if row.rpo is not None else None


VITAL = Noun(
    slug="vital-records",
    name="vital",
    room="records",
    model=VitalRecord,
    rows=VitalRecord.objects.all,
    one=_("vital record"),
    many=_("Vital records"),
    lead=_("Records without which critical processes stop: who owns them, where they lie, and how old a copy may be."),
    view=VIEW,
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("name", _("Record"), lambda row: row, ("node__name",)),
            Column("unit", _("Unit"), lambda row: row.node.unit, ("node__unit__name",)),
            Column("owner", _("Owner"), lambda row: row.owner, ("owner__title",)),
            Column("medium", _("Medium"), lambda row: row.get_medium_display(), ("medium",)),
            Column("system", _("Kept by"), lambda row: row.system, ("system__name",)),
            Column("rpo", _("RPO"), _rpo, ("rpo__value",), number=True),
            Column("copies", _("Copies"), lambda row: row.copy_count, ("copy_count",), number=True),
            Column("sites", _("Sites"), lambda row: row.site_count, ("site_count",), number=True),
            Column("classification", _("Classification"), lambda row: row.get_classification_display()),
        ),
        filters=(
            choice_filter("medium", _("Medium"), Medium),
            choice_filter("classification", _("Classification"), Classification),
            unit_filter("node__unit"),
            site_filter("node__site"),
            TAG,
            OWN,
        ),
        search=("node__name", "key", "system__name"),
        order=("node__name",),
        prepare=_prepare,
    ),
    tell=tell,
    related=("node__unit", "node__site", "owner", "system"),
    making=Making(RECORD, create_vital_record, edit_vital_record, make_page=make, change_page=change),
    steps=(
        Step(
            "add-copy",
            _("Add a copy"),
            _("Add it"),
            EDIT,
            lambda row, part, user: _copy_form(row, None, user),
            lambda by, row, part, version, cleaned: add_copy(
                by, key=free_key(RecordCopy, f"{row.key}-copy"), record=row, **cleaned
            ),
            says=_("Where the record or a copy of it lies, how old it is, and how one gets at it."),
            back="copies",
        ),
        Step(
            "end",
            _("This record is vital no more"),
            _("End it"),
            EDIT,
            until_form(_("First day on which it is not")),
            lambda by, row, part, version, cleaned: end_vital_record(by, row, version=version, on=cleaned["on"]),
            says=_("Its copies and its history stay."),
            ends=True,
        ),
        Step(
            "edit",
            _("Change this copy"),
            _("Save"),
            EDIT,
            _copy_form,
            lambda by, row, part, version, cleaned: edit_copy(by, part, version=version, **cleaned),
            on=RecordCopy,
            within="record",
            back="copies",
        ),
        Step(
            "copied",
            _("It was copied"),
            _("Save"),
            EDIT,
            _copying_form,
            lambda by, row, part, version, cleaned: record_copying(by, part, version=version, at=cleaned["at"]),
            on=RecordCopy,
            within="record",
            back="copies",
            says=_("From then on the copy is as new as the record was at that moment."),
        ),
        Step(
            "end",
            _("There is no such copy any more"),
            _("End it"),
            EDIT,
            until_form(_("First day without it")),
            lambda by, row, part, version, cleaned: end_copy(by, part, version=version, on=cleaned["on"]),
            on=RecordCopy,
            within="record",
            back="copies",
            ends=True,
        ),
    ),
    parts=((RecordCopy, "record"),),
    empty=_("There is no vital record yet that you may see. Write down the first one, or take in a workbook."),
)
