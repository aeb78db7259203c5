"""What is agreed on, of an import: new things are drafts, drafts may be changed, what is in review or approved stays.

The acts ask the same of one row (`governance.agreement.steps`, `analysis.risk.actions.assessments`). A thing is one
with its agreement, which is made along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.analysis.risk.checks import check_levels
from holdfast.analysis.risk.models import Assessment, Consultation, Rating
from holdfast.analysis.selection.models import Selected
from holdfast.exchange.preview import Item, Preview, Watched
from holdfast.exchange.records.types import RecordType
from holdfast.governance.agreement.approvable import Approvable
from holdfast.governance.agreement.models import Agreement
from holdfast.governance.settings.questions import in_force, numbered
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.readiness.plans.models import PlanProcess, PlanRole, PlanSection, PlanTask, TaskAfter, TaskClaim

Trouble = Callable[[Item, str, str], None]

PARTS: dict[type[Any], str] = {
    Rating: "assessment",
    Consultation: "assessment",
    Selected: "selection",
    PlanSection: "plan",
    PlanProcess: "plan",
    PlanRole: "plan",
    PlanTask: "plan",
    TaskAfter: "task.plan",
    TaskClaim: "task.plan",
}
"""Parts that are agreed on along with the thing at the end of the way."""
AGREEMENTS = RecordType("agreements", Agreement, "risk.edit")
"""Not a table of files: its rows come along with the things agreed."""


def attach_agreements(preview: Preview, items: Iterable[Item], trouble: Trouble) -> None:
    """Gives each new thing its agreement, and refuses changes of what is no draft any more."""
    items = [item for item in items if not item.broken and isinstance(item.row, (Approvable, *PARTS))]
    if not items:
        return
    new = {id(item.row) for item in items if item.new and isinstance(item.row, Approvable)}
    known = {_thing(item).agreement_id for item in items if id(_thing(item)) not in new}
    agreements = Agreement.objects.in_bulk([pk for pk in known if pk is not None])
    if agreements:
        seen = frozenset((pk, one.version) for pk, one in agreements.items())
        preview.watched.append(Watched(Agreement, "pk", frozenset(agreements), seen))
    scales = in_force(clock.today()).version
    for item in items:
        thing = _thing(item)
        if id(thing) in new:
            if item.row is thing:
                if isinstance(thing, Assessment):
                    thing.scales = scales
                thing.agreement = _drafted(thing, preview.by)
                preview.along.append(Item(AGREEMENTS, 0, 0, {}, row=thing.agreement, new=True))
            continue
        thing.agreement = agreements[thing.agreement_id]
        try:
            thing.refuse_unless_draft()
        except ValidationError as error:
            trouble(item, item.kind.identity[0], " ".join(error.messages))
            continue
        if item.row is thing:
            _keep_up(preview, thing)


def check_ratings(items: Iterable[Item], trouble: Trouble) -> None:
    """Refuses a level that the scales of the assessment do not have, a target worse than what is, and a risk of another
    site."""
    found: dict[int, Any] = {}
    for item in items:
        if item.broken or not isinstance(item.row, Rating):
            continue
        rating = item.row
        version = rating.assessment.scales
        if version not in found:
            found[version] = numbered(version)
        if rating.risk.site_id != rating.assessment.site_id:
            said = gettext("“%(risk)s” is a risk of %(site)s.")
            trouble(item, "risk", said % {"risk": rating.risk, "site": rating.risk.site})
            continue
        try:
            check_levels(rating, found[version])
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                trouble(item, name, " ".join(messages))


def _thing(item: Item) -> Any:
    """What is agreed on: the row, or what it is a part of."""
    if isinstance(item.row, Approvable):
        return item.row
    row = item.row
    for name in PARTS[type(row)].split("."):
        row = getattr(row, name)
    return row


def _drafted(thing: Approvable, by: Any) -> Agreement:
    unit, site = thing.agreement_place()
    return Agreement(
        kind=thing.KIND,
        key=thing.key,
        line=thing.key,
        title=thing.agreement_title()[:300],
        address=thing.agreement_address()[:300],
        unit=unit,
        site=site,
        author=by if isinstance(by, User) else None,
    )


def _keep_up(preview: Preview, thing: Approvable) -> None:
    """The title and the place of the agreement are those of the thing."""
    agreement = thing.agreement
    seen = agreement.version
    unit, site = thing.agreement_place()
    now = {"title": thing.agreement_title()[:300], "unit": unit, "site": site}
    if any(getattr(agreement, name) != value for name, value in now.items()):
        for name, value in now.items():
            setattr(agreement, name, value)
        preview.along.append(Item(AGREEMENTS, 0, 0, {}, row=agreement, seen=seen))
