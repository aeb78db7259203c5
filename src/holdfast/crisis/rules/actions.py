"""The rules of the day: a draft is made from those in force, changed, and approved from a day on."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.crisis.rules.content import Rules
from holdfast.crisis.rules.models import RULES_EDIT, RulesVersion
from holdfast.crisis.rules.questions import in_force
from holdfast.governance.settings import versions
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.structure.models import Group, Seat
from holdfast.organization.structure.saving import change


class RulesFields(TypedDict, total=False):
    title: str
    content: dict[str, Any]
    note: str


@act("rules.draft", RULES_EDIT, label=_("draft new rules of the day"), whole=True)
def draft_rules(by: Actor, *, key: str = "", **fields: Unpack[RulesFields]) -> RulesVersion:
    """A new draft, from the rules in force where `content` is not given. Raises ValidationError."""
    fields["content"] = fields.get("content") or in_force(clock.today()).as_json()
    title = gettext("Rules of the day, version %(number)s")
    return versions.drafted(by, RulesVersion, stem="rules", key=key, title_of=title, **fields)


@act("rules.edit", RULES_EDIT, label=_("change a draft of the rules of the day"), on="rules")
def edit_rules(by: Actor, rules: RulesVersion, *, version: int, **changes: Unpack[RulesFields]) -> RulesVersion:
    versions.refuse_approved(rules)
    return change(rules, changes, RulesFields.__annotations__, by)


@act("rules.approve", RULES_EDIT, label=_("approve rules of the day"), on="rules")
def approve_rules(
    by: Actor, rules: RulesVersion, *, version: int, valid_from: date, reason: str, body: Group | None = None
) -> RulesVersion:
    """In force from this day on; the version before ends there. Raises ValidationError, also where a body is named
    that there is not, or a quorum that its seats cannot make."""
    _refuse_unknown(rules.rules, valid_from)
    return versions.approved(by, rules, valid_from=valid_from, reason=reason, body=body)


@act("rules.discard", RULES_EDIT, label=_("discard a draft of the rules of the day"), on="rules")
def discard_rules(by: Actor, rules: RulesVersion, *, version: int) -> RulesVersion:
    return versions.discarded(by, rules)


def _refuse_unknown(rules: Rules, on: date) -> None:
    named = rules.groups()
    there = set(Group.objects.filter(key__in=named).values_list("key", flat=True))
    if named - there:
        raise ValidationError(gettext("There is no body “%(key)s”.") % {"key": ", ".join(sorted(named - there))})
    for key, wanted in rules.quorum.items():
        seats = Seat.objects.as_of(on).filter(group__key=key).count()
        if wanted > seats:
            said = gettext("“%(key)s” has %(seats)d seats: %(wanted)d never make a quorum.")
            raise ValidationError(said % {"key": key, "seats": seats, "wanted": wanted})
