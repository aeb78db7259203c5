"""Suppliers: what is known of them, and what they are asked by a link that needs no account."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.models import Questionnaire, SupplierRecord
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import raise_notice, settle_notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import System, User
from holdfast.organization.evidence.fact import Basis, Fact
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.saving import change, create

ANSWERED = declare_kind("impact.questionnaire", _("Take over what a supplier has answered"))
SUPPLIER = System("supplier")
"""Who answers by a link."""
MOST_DAYS = 120
MOST_TEXT = 5000


class SupplierFields(TypedDict, total=False):
    contract: str
    contract_until: date | None
    promise: str
    has_plan: bool | None
    tested_on: date | None
    tested: Fact | None
    substitutes: str


class Answers(TypedDict, total=False):
    """What a supplier answers: hours, yes or no, a day, words."""

    recovery: float | None
    has_plan: bool | None
    tested_on: date | None
    tested: float | None
    single_site: bool | None
    remarks: str


@act("supplier.record", "process.edit", label=_("record what is known of a supplier"), on="supplier")
def record_supplier(
    by: Actor, supplier: Node, *, version: int | None = None, **fields: Unpack[SupplierFields]
) -> SupplierRecord:
    """Makes or changes the record. Raises ValidationError for a node that is no supplier, Conflict."""
    record = SupplierRecord.objects.select_for_update().filter(supplier=supplier).first()
    if record is None:
        return create(SupplierRecord(supplier=supplier, **fields), by)
    return change(record, fields, SupplierFields.__annotations__, by)


@act("supplier_record.edit", "process.edit", label=_("change what is known of a supplier"), on="record")
def edit_record(
    by: Actor, record: SupplierRecord, *, version: int, **changes: Unpack[SupplierFields]
) -> SupplierRecord:
    return change(record, changes, SupplierFields.__annotations__, by)


@act("questionnaire.send", "process.edit", label=_("ask a supplier by a link"), under="supplier")
def send_questionnaire(by: Actor, *, key: str, supplier: Node, secret: str, days: int = 30) -> Questionnaire:
    """Questions that whoever holds the link may answer once within so many days. `secret` is that of the link
    (`new_secret`), which is kept nowhere. Raises ValidationError."""
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": gettext("Wanted 1 to %(most)d days.") % {"most": MOST_DAYS}})
    today = clock.today()
    return create(
        Questionnaire(
            key=key,
            supplier=supplier,
            digest=digest_of(secret),
            sent_by=by if isinstance(by, User) else None,
            sent_on=today,
            expires=today + timedelta(days=days),
        ),
        by,
    )


@act("questionnaire.withdraw", "process.edit", label=_("withdraw the link to a supplier"), on="questionnaire")
def withdraw_questionnaire(by: Actor, questionnaire: Questionnaire, *, version: int) -> Questionnaire:
    if questionnaire.answered_at is not None:
        raise ValidationError(gettext("It was answered already."))
    return change(questionnaire, {"withdrawn_on": clock.today()}, {"withdrawn_on"}, by)


@act("questionnaire.answer", "process.edit", label=_("answer as a supplier"), on="questionnaire")
def answer_questionnaire(
    by: Actor, questionnaire: Questionnaire, *, who: str, **answers: Unpack[Answers]
) -> Questionnaire:
    """What the supplier says, once. Whoever looks after the supplier is told. Raises ValidationError for a link that is
    over, and for answers that cannot be."""
    if (said := over(questionnaire)) is not None:
        raise ValidationError(said)
    kept = _checked(who, answers)
    changes: dict[str, Any] = {"answered_at": clock.now(), "answered_by": who.strip()[:300], "answers": kept}
    change(questionnaire, changes, changes, by)
    raise_notice(
        by,
        ANSWERED,
        source=f"questionnaire:{questionnaire.key}",
        title=str(questionnaire.supplier),
        address=f"/impact/suppliers/{questionnaire.supplier.key}/",
        permission="process.edit",
        unit=questionnaire.supplier.unit,
        site=questionnaire.supplier.site,
    )
    return questionnaire


@act("questionnaire.take", "process.edit", label=_("take over the answers of a supplier"), on="questionnaire")
def take_over_answers(by: Actor, questionnaire: Questionnaire, *, version: int) -> Questionnaire:
    """The answers become the record of the supplier, and its promise the recovery it is reckoned with, as stated."""
    if questionnaire.answered_at is None or questionnaire.taken_over_on is not None:
        raise ValidationError(gettext("There is nothing to take over."))
    supplier, answers = questionnaire.supplier, questionnaire.answers
    day = questionnaire.answered_at.date()
    source = gettext("%(who)s of the supplier, by questionnaire, %(day)s.") % {
        "who": questionnaire.answered_by,
        "day": day,
    }
    if (hours := answers.get("recovery")) is not None:
        node = Node.objects.select_for_update().get(pk=supplier.pk)
        fact = Fact(hours, "h", Basis.STATED, source, day)
        change(node, {"restart_promised": fact}, {"restart_promised"}, by)
    fields: SupplierFields = {}
    if answers.get("has_plan") is not None:
        fields["has_plan"] = answers["has_plan"]
    if answers.get("tested_on"):
        fields["tested_on"] = date.fromisoformat(answers["tested_on"])
    if answers.get("tested") is not None:
        tested_on = date.fromisoformat(answers["tested_on"]) if answers.get("tested_on") else day
        fields["tested"] = Fact(answers["tested"], "h", Basis.STATED, source, tested_on)
    record_supplier(by, supplier, **fields)
    settle_notice(by, f"questionnaire:{questionnaire.key}")
    note(answers=answers)
    return change(questionnaire, {"taken_over_on": clock.today()}, {"taken_over_on"}, by)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def by_secret(secret: str) -> Questionnaire | None:
    """The questionnaire of a link; None where there is none of this secret."""
    digest = digest_of(secret)
    found = Questionnaire.objects.filter(digest=digest).select_related("supplier", "supplier__unit").first()
    return found if found is not None and hmac.compare_digest(found.digest, digest) else None


def over(questionnaire: Questionnaire) -> str | None:
    """Why it can be answered no more; None where it can."""
    if questionnaire.answered_at is not None:
        return gettext("It was answered on %(day)s.") % {"day": questionnaire.answered_at.date()}
    if questionnaire.withdrawn_on is not None:
        return gettext("It was withdrawn on %(day)s.") % {"day": questionnaire.withdrawn_on}
    if clock.today() > questionnaire.expires:
        return gettext("It could be answered until %(day)s.") % {"day": questionnaire.expires}
    return None


def _checked(who: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    problems: dict[str, str] = {}
    if not who.strip():
        problems["who"] = gettext("Say who answers: a post or a name.")
    kept: dict[str, Any] = {}
    for name in ("recovery", "tested"):
        hours = answers.get(name)
        if hours is not None and not (math.isfinite(hours) and 0 <= hours <= 87_600):
            problems[name] = gettext("Wanted hours from 0 to 87,600.")
        elif hours is not None:
            kept[name] = float(hours)
    for name in ("has_plan", "single_site"):
        if answers.get(name) is not None:
            kept[name] = bool(answers[name])
    tested_on = answers.get("tested_on")
    if tested_on is not None:
        if tested_on > clock.today():
            problems["tested_on"] = gettext("This day lies ahead.")
        if answers.get("has_plan") is False:
            problems["has_plan"] = gettext("What has been tested is there.")
        kept["tested_on"] = tested_on.isoformat()
    if remarks := str(answers.get("remarks") or "").strip():
        kept["remarks"] = remarks[:MOST_TEXT]
    if problems:
        raise ValidationError(problems)
    return kept
