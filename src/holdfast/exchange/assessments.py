"""Risk assessments of an import: new ones are drafts, drafts may be changed, what is in review or approved stays.

The acts ask the same of one row (`analysis.risk.actions.assessments`). An assessment is one with its agreement, which
is made along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.analysis.risk.checks import check_levels
from holdfast.analysis.risk.models import Assessment, Consultation, Rating
from holdfast.exchange.preview import Item, Preview, Watched
from holdfast.exchange.records.types import RecordType
from holdfast.governance.agreement.models import Agreement
from holdfast.governance.settings.questions import in_force, numbered
from holdfast.organization import clock
from holdfast.organization.accounts.models import User

Trouble = Callable[[Item, str, str], None]

AGREEMENTS = RecordType("agreements", Agreement, "risk.edit")
"""Not a table of files: its rows come along with the things agreed."""


def attach_agreements(preview: Preview, items: Iterable[Item], trouble: Trouble) -> None:
    """Gives each new assessment its agreement, and refuses changes of what is no draft any more."""
    items = [item for item in items if not item.broken and isinstance(item.row, Assessment | Rating | Consultation)]
    if not items:
        return
    new = {id(item.row) for item in items if item.new and isinstance(item.row, Assessment)}
    known = {_assessment(item).agreement_id for item in items if id(_assessment(item)) not in new}
    agreements = Agreement.objects.in_bulk([pk for pk in known if pk is not None])
    if agreements:
        seen = frozenset((pk, one.version) for pk, one in agreements.items())
        preview.watched.append(Watched(Agreement, "pk", frozenset(agreements), seen))
    scales = in_force(clock.today()).version
    for item in items:
        assessment = _assessment(item)
        if id(assessment) in new:
            if item.row is assessment:
                assessment.scales = scales
                assessment.agreement = _drafted(assessment, preview.by)
                preview.along.append(Item(AGREEMENTS, 0, 0, {}, row=assessment.agreement, new=True))
            continue
        assessment.agreement = agreements[assessment.agreement_id]
        try:
            assessment.refuse_unless_draft()
        except ValidationError as error:
            trouble(item, item.kind.identity[0], " ".join(error.messages))
            continue
        if item.row is assessment:
            _keep_up(preview, assessment)


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


def _assessment(item: Item) -> Assessment:
    return item.row if isinstance(item.row, Assessment) else item.row.assessment  # type: ignore[no-any-return]


def _drafted(assessment: Assessment, by: Any) -> Agreement:
    return Agreement(
        kind=assessment.KIND,
        key=assessment.key,
        line=assessment.key,
        title=assessment.agreement_title()[:300],
        address=assessment.agreement_address()[:300],
        unit=assessment.unit,
        site=assessment.site,
        author=by if isinstance(by, User) else None,
    )


def _keep_up(preview: Preview, assessment: Assessment) -> None:
    """The title and the place of the agreement are those of the assessment."""
    agreement = assessment.agreement
    seen = agreement.version
    now = {"title": assessment.agreement_title()[:300], "unit_id": assessment.unit_id, "site_id": assessment.site_id}
    if any(getattr(agreement, name) != value for name, value in now.items()):
        for name, value in now.items():
            setattr(agreement, name, value)
        preview.along.append(Item(AGREEMENTS, 0, 0, {}, row=agreement, seen=seen))
