"""Who has acknowledged the policies that hold for them, and who has not.

Those who count are active accounts linked with a person of a unit: somebody who cannot sign in cannot acknowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from holdfast.governance.policy.models import FOLLOW, Acknowledgement, Policy
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Person


@dataclass(frozen=True)
class Reader:
    """An account, the unit of its person, and the policies that it has not acknowledged."""

    user: User
    unit: Unit | None
    left: tuple[Policy, ...]

    @property
    def done(self) -> bool:
        return not self.left


@dataclass(frozen=True)
class Count:
    """Of the accounts of a unit and all under it, how many have acknowledged all that holds for them."""

    unit: Unit
    accounts: int
    done: int

    @property
    def share(self) -> float:
        return self.done / self.accounts if self.accounts else 1.0


def holding_for(unit: Unit | None, policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """Those of `policies` that hold for a unit: of the whole organisation, of the unit and of those above it."""
    path = unit.path if unit is not None else ""
    return tuple(policy for policy in policies if policy.unit is None or path.startswith(policy.unit.path))


def in_force(on: date) -> list[Policy]:
    return list(Policy.objects.in_force(on).select_related("unit", "agreement"))


def readers(on: date, by: Asker | None = None) -> list[Reader]:
    """Every account that counts; with `by`, those whom that user may follow."""
    policies = in_force(on)
    rows = Person.objects.as_of(on).filter(user__is_active=True).select_related("user", "unit")
    persons = rows if by is None else visible(rows, by, FOLLOW)
    said = set(Acknowledgement.objects.filter(policy__in=policies).values_list("user", "policy"))
    return [
        Reader(
            person.user,
            person.unit,
            tuple(one for one in holding_for(person.unit, policies) if (person.user_id, one.pk) not in said),
        )
        for person in persons.order_by("name", "pk")
    ]


def counts(units: Sequence[Unit], found: Sequence[Reader]) -> list[Count]:
    """For each unit, with all under it."""
    paths = [(reader.unit.path, reader.done) for reader in found if reader.unit is not None]
    return [
        Count(
            unit,
            sum(1 for path, _done in paths if path.startswith(unit.path)),
            sum(1 for path, done in paths if done and path.startswith(unit.path)),
        )
        for unit in units
    ]


def to_acknowledge(user: Any, on: date) -> list[Policy]:
    """What holds for this user and was not acknowledged. Who has no person is held by what holds for all."""
    if not isinstance(user, User):
        return []
    policies = in_force(on)
    if not policies:
        return []
    person = Person.objects.filter(user=user).select_related("unit").first()
    holding = holding_for(person.unit if person is not None else None, policies)
    said = set(Acknowledgement.objects.filter(user=user, policy__in=holding).values_list("policy", flat=True))
    return [policy for policy in holding if policy.pk not in said]
