"""Gates opened with a reason, and closed again."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.gates.models import OVERRIDE, Override, Step
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.saving import create, end


@act("gate.let_pass", OVERRIDE, label=_("let a unit pass a gate"), under="unit")
def let_pass(by: Actor, unit: Unit, *, step: int, reason: str, until: date | None = None) -> Override:
    """From today the unit and all under it count as past the step; until a day, or for good. Raises ValidationError
    where the reason is missing, the day has passed, or it is let pass already."""
    today = clock.today()
    if step not in Step.values:
        raise ValidationError({"step": gettext("There are five steps, 1 to 5.")})
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why.")})
    if until is not None and until <= today:
        raise ValidationError({"until": gettext("This day has passed.")})
    list(Unit.objects.select_for_update().filter(pk=unit.pk))
    if Override.objects.as_of(today).filter(unit=unit, step=step).exists():
        raise ValidationError({"step": gettext("It has been let pass here already.")})
    given = by if isinstance(by, User) else None
    row = Override(unit=unit, step=step, reason=reason.strip(), by=given, valid_from=today, valid_until=until)
    return create(row, by)


@act("gate.close", OVERRIDE, label=_("close an opened gate"), on="override")
def close_gate(by: Actor, override: Override, *, version: int | None = None, on: date | None = None) -> Override:
    """What is missing counts again from `on`, today if not given; what was opened today counts until tonight. Raises
    ValidationError for a day after it ends anyway."""
    opened: date = override.valid_from or clock.today()
    return end(override, max(on or clock.today(), opened + timedelta(days=1)), by)
