"""What the domains of the day ask: the rules in force on a day, and those of a version that something was done by."""

from __future__ import annotations

from datetime import date

from holdfast.crisis.rules.content import Rules
from holdfast.crisis.rules.models import RulesVersion
from holdfast.organization.structure.models import Group


def in_force(on: date) -> Rules:
    """The rules of this day: those of the approved version, else those that Holdfast begins with (`number` 0)."""
    version = RulesVersion.objects.in_force(on)
    return version.rules if version is not None else Rules()


def numbered(number: int) -> Rules:
    """The rules of the version of this number, 0 for those that Holdfast begins with. Raises DoesNotExist."""
    return RulesVersion.objects.get(number=number).rules if number else Rules()


def quorum_of(rules: Rules, group: Group, seats: int) -> int:
    """How many of the `seats` of this body make a quorum: as the rules say, else as the body's own terms do, else more
    than half of them. At least one, so that nobody decides in an empty room."""
    return max(1, rules.quorum.get(group.key) or group.quorum or seats // 2 + 1)
