"""Corrective actions: the register with what is late first, the page of one, and the steps from found to verified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import F, Prefetch, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from holdfast.governance.improvement import actions as acts
from holdfast.governance.improvement.models import (
    DO,
    EDIT,
    TO_DO,
    VERIFY,
    VIEW,
    ActionState,
    CorrectiveAction,
    Grade,
    OriginKind,
)
from holdfast.governance.improvement.telling import LATE_FOR_HEAD, LATE_FOR_MANAGER
from holdfast.governance.notices.models import Notice
from holdfast.organization import clock
from holdfast.organization.accounts.scope import visible
from holdfast.organization.attachments.actions import bring_in
from holdfast.organization.attachments.models import Attachment
from holdfast.organization.structure.models import Person
from holdfast.web.pages.organization.fields import DayField
from holdfast.web.pages.organization.links import Reach
from holdfast.web.pages.organization.listing import (
    OWN,
    TAG,
    Column,
    Filter,
    Listing,
    choice_filter,
    site_filter,
    unit_filter,
)
from holdfast.web.pages.organization.nouns import MadeForm, Making, Noun, Step
from holdfast.web.pages.organization.values import Chip

EVIDENCE = ("basis", "reason", "paragraphs", "note", "tags", "fields")
WHAT = ("title", "finding", "cause", "grade", "unit", "site", "owner_post", "owner_person", "found_on")
MOST_OFFERED = 50
ORIGIN = ("origin_kind", "origin_title", "origin_address")


def state_chip(action: Any) -> Chip:
    """The state; what is late says by how many days instead."""
    late = action.days_late(clock.today())
    if late:
        return Chip(ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}, "is-lacking")
    tone = "done" if action.state == ActionState.CLOSED else action.state.replace("_", "-")
    return Chip(action.get_state_display(), f"is-{tone}")


def _owner(action: Any) -> Any:
    return action.owner_post or action.owner_person


def _prepare(rows: Any, user: Any, on: date) -> Any:
    owners = Prefetch("owner_person", visible(Person.objects.all(), user))
    return rows.select_related("unit", "site", "owner_post").prefetch_related(owners)


def _whens(rows: Any, user: Any) -> Sequence[tuple[str, str]]:
    return [
        ("late", _now("late")),
        ("to-do", _now("to be done")),
        ("verify", _now("to be verified")),
        ("under-way", _now("not over")),
        ("mine", _now("mine to do")),
    ]


def _when(rows: Any, value: str, user: Any) -> Any:
    narrowed = {
        "late": lambda: rows.late(clock.today()),
        "to-do": rows.to_do,
        "verify": lambda: rows.filter(state=ActionState.DONE),
        "under-way": rows.under_way,
        "mine": lambda: rows.to_do().filter(doer=user.pk),
    }
    return narrowed[value]()


def tell(action: CorrectiveAction, user: Any, on: date) -> dict[str, Any]:
    """The page of an action: what, why, by whom, until when; how it was proved; whether it goes up."""
    today = clock.today()
    up = Notice.objects.open().of_source(action.source).filter(kind__in=[LATE_FOR_HEAD.name, LATE_FOR_MANAGER.name])
    return {
        "chip": state_chip(action),
        "late": action.days_late(today),
        "gone_up": [str(notice.user) for notice in up.select_related("user").order_by("pk")],
        "to_do": action.state in TO_DO,
        "reach": Reach(user, [action.owner_person, action.owner_post]),
        "owner": action.owner,
        "next": {
            ActionState.OPEN.value: ["begin", "report"],
            ActionState.IN_PROGRESS.value: ["report"],
            ActionState.DONE.value: ["verify", "send_back"],
        }.get(action.state, []),
    }


def _text(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=20_000, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3})
    )


def _postpone_form(action: Any, part: Any, user: Any) -> MadeForm:
    return {"due": DayField(label=_("New day")), "reason": _text(_("Why"))}, {"due": action.due}


def _file_fields(action: Any, user: Any) -> dict[str, forms.Field]:
    """Files that are in the evidence already, to be ticked, and a new one. Those of its unit and its site and one's own
    are offered, the last first."""
    near = Q(unit=action.unit_id) if action.unit_id else Q(pk__in=())
    near |= (Q(site=action.site_id) if action.site_id else Q(pk__in=())) | Q(entered_by=user.pk)
    rows = visible(Attachment.objects.all(), user)
    proving = rows.filter(key__in=action.proof_files).order_by("pk")
    others = rows.filter(near).exclude(key__in=action.proof_files).order_by("-pk")[:MOST_OFFERED]
    options = [(one.key, _offered(one)) for one in (*proving, *others)]
    fields: dict[str, forms.Field] = {
        "file": forms.FileField(
            label=_("A new file"),
            required=False,
            help_text=_("Of any kind, up to 50 MB. Kept with its SHA-256."),
            widget=forms.FileInput,
        )
    }
    if options:
        fields["known"] = forms.MultipleChoiceField(
            label=_("Files that prove it"), choices=options, required=False, widget=forms.CheckboxSelectMultiple
        )
    return fields


def _offered(file: Attachment) -> str:
    return " · ".join(part for part in (file.name, file.about, date_format(file.entered_at, "j F Y")) if part)


def _files_form(action: Any, part: Any, user: Any) -> MadeForm:
    return _file_fields(action, user), {"known": action.proof_files}


def _with_files(act: Any) -> Any:
    """A step whose form holds `_file_fields`: what its act takes as `proof_files`."""

    def run(by: Any, action: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
        file = cleaned.pop("file", None)
        known = set(cleaned.pop("known", ()))
        seen = set(visible(Attachment.objects.filter(key__in=action.proof_files), by).values_list("key", flat=True))
        # What proves it and is not for this reader to see stays.
        keys = [key for key in action.proof_files if key in known or key not in seen]
        keys += sorted(known - set(keys))
        if file is not None:
            here = {"unit": action.unit, "site": action.site}
            keys.append(bring_in(by, name=file.name, pieces=file.chunks(), about=str(action), **here).key)
        return act(by, action, version=version, proof_files=keys, **cleaned)

    return run


def _report_form(action: Any, part: Any, user: Any) -> MadeForm:
    fields = {
        "proof": _text(
            _("Proof that it is done"), _("What shows it: a record, a test, a decision, and where it is kept.")
        ),
        **_file_fields(action, user),
        "done_on": DayField(label=_("Done on"), required=False),
    }
    return fields, {"proof": action.proof, "done_on": clock.today(), "known": action.proof_files}


def _verify_form(action: Any, part: Any, user: Any) -> MadeForm:
    return {"effect": _text(_("How it was verified"), _("What was looked at, and that the cause is gone."))}, {}


def _reopen_form(action: Any, part: Any, user: Any) -> MadeForm:
    return {"due": DayField(label=_("Due")), "reason": _text(_("Why"))}, {}


def _reason_form(label: Any, name: str = "reason") -> Any:
    def made(action: Any, part: Any, user: Any) -> MadeForm:
        return {name: _text(label)}, {}

    return made


def _no_form(action: Any, part: Any, user: Any) -> MadeForm:
    return {}, {}


def _call(act: Any) -> Any:
    """A step whose form holds what its act takes."""

    def run(by: Any, action: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
        return act(by, action, version=version, **cleaned)

    return run


STEPS = (
    Step("begin", _("Begin this action"), _("Begin"), DO, _no_form, _call(acts.begin_action)),
    Step(
        "report", _("Report it done"), _("Report it done"), DO, _report_form, _with_files(acts.report_action),
        says=_("It stays under way until somebody else has verified it."),
    ),
    Step(
        "files", _("Files that prove it"), _("Save"), DO, _files_form, _with_files(acts.prove_action), back="proof",
        says=_("Who verifies it reads them here. Whoever may see the unit or the site may read them."),
    ),
    Step("verify", _("Verify and close"), _("Close it"), VERIFY, _verify_form, _call(acts.verify_action)),
    Step(
        "send-back", _("Send it back"), _("Send it back"), VERIFY, _reason_form(_("What is still missing")),
        _call(acts.send_back_action),
    ),
    Step("postpone", _("Move the day"), _("Move it"), EDIT, _postpone_form, _call(acts.postpone_action)),
    Step(
        "cancel", _("Cancel this action"), _("Cancel it"), VERIFY, _reason_form(_("Why"), "cancel_reason"),
        _call(acts.cancel_action), ends=True, says=_("It stays in the register, with the reason."),
    ),
    Step(
        "reopen", _("Open it again"), _("Open it again"), VERIFY, _reopen_form, _call(acts.reopen_action),
        says=_("What was proved before stays in the history."),
    ),
)  # fmt: skip

ACTIONS = Noun(
    slug="actions",
    name="action",
    room="governance",
    model=CorrectiveAction,
    rows=lambda: CorrectiveAction.objects.late_first(clock.today()),
    one=_("corrective action"),
    many=_("Corrective actions"),
    lead=_("What is to be put right, whatever found it: by whom, until when, and what proves that it is done."),
    view=VIEW,
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("title", _("What is to be done"), lambda action: action, ("title",)),
            Column("state", _("State"), state_chip, ("rank", "due")),
            Column("due", _("Due"), lambda action: action.due, ("due",)),
            Column("owner", _("Owner"), _owner, ("owner_post__title",)),
            Column("unit", _("Unit"), lambda action: action.unit, ("unit__name",)),
            Column("site", _("Site"), lambda action: action.site, ("site__name",)),
            Column("grade", _("Grade"), lambda action: action.get_grade_display(), ("grade",)),
            Column("origin", _("Found by"), lambda action: _origin(action), ("origin_kind", "origin_title")),
        ),
        filters=(
            Filter("when", _("What counts"), _whens, _when),
            choice_filter("state", _("State"), ActionState),
            choice_filter("grade", _("Grade"), Grade),
            choice_filter("origin_kind", _("Found by"), OriginKind),
            unit_filter(),
            site_filter(),
            TAG,
            OWN,
        ),
        search=("title", "key", "finding", "origin_title"),
        order=(F("rank").asc(), "due"),
        prepare=_prepare,
    ),
    tell=tell,
    related=("unit", "site", "owner_post", "owner_person", "done_by", "closed_by"),
    making=Making(
        (*WHAT[:-1], "due", WHAT[-1], *ORIGIN, *EVIDENCE),
        acts.raise_action,
        acts.edit_action,
        once=("due",),
    ),
    steps=STEPS,
    empty=_("There is no corrective action that you may see. Exercises, audits and incidents raise them, or you do."),
)


def _origin(action: Any) -> str:
    kind = str(action.get_origin_kind_display())
    return f"{kind}: {action.origin_title}" if action.origin_title else kind
