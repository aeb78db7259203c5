"""What nodes need, and who supplies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.structure.models import Node, Requirement, Supply
from holdfast.organization.structure.saving import change, create, remove_all, save_all

UNANSWERED: dict[str, Any] = {
    "confirmed_on": None,
    "contested_on": None,
    "contested_weight": None,
    "contested_reason": "",
}
"""The answer of a provider that has given none yet."""


class RequirementFields(TypedDict, total=False):
    position: int
    name: str
    needs: float
    quorum: float
    tolerance: Fact | None
    basis: str
    reason: str


@dataclass(frozen=True)
class Draw:
    """A node to draw on, with how much of the requirement's unit it gives."""

    provider: Node
    weight: float
    basis: str = ""
    reason: str = ""


@act("requirement.create", "process.edit", label=_("make a requirement"), under="node")
def create_requirement(
    by: Actor, *, key: str, node: Node, supply: Sequence[Draw], **fields: Unpack[RequirementFields]
) -> Requirement:
    """A need of `node` with what supplies it. Raises ValidationError, NotAllowed."""
    requirement = Requirement(key=key, node=node, **fields)
    create(requirement, by)
    _supply(requirement, supply, by)
    return requirement


@act("requirement.edit", "process.edit", label=_("change a requirement"), on="requirement")
def edit_requirement(
    by: Actor,
    requirement: Requirement,
    *,
    version: int,
    supply: Sequence[Draw] | None = None,
    **changes: Unpack[RequirementFields],
) -> Requirement:
    """With `supply`, what it draws on is replaced as a whole. Raises ValidationError, Conflict, NotAllowed."""
    change(requirement, changes, RequirementFields.__annotations__, by)
    if supply is None:
        supply = [Draw(s.provider, s.weight, s.basis, s.reason) for s in Supply.objects.filter(requirement=requirement)]
    _supply(requirement, supply, by)
    return requirement


@act("requirement.remove", "process.edit", label=_("remove a requirement"), on="requirement")
def remove_requirement(by: Actor, requirement: Requirement, *, version: int) -> Requirement:
    """Refused while a fallback is kept for it."""
    supply = list(Supply.objects.filter(requirement=requirement).select_related("provider", "requirement__node"))
    note(supply=[{"provider": s.provider.key, "weight": s.weight} for s in supply])
    remove_all(supply, by)
    remove_all([requirement], by)
    return requirement


@act("supply.confirm", "process.edit", label=_("confirm a dependency"), on="supply", checked_on=lambda s: s.provider)
def confirm_supply(by: Actor, supply: Supply, *, version: int) -> Supply:
    """The side that is drawn on says that it knows and can serve. Needs the right on the provider."""
    return _answer(by, supply, confirmed_on=clock.today())


@act("supply.contest", "process.edit", label=_("contest a dependency"), on="supply", checked_on=lambda s: s.provider)
def contest_supply(by: Actor, supply: Supply, *, version: int, reason: str, weight: float | None = None) -> Supply:
    """The side that is drawn on says that it cannot serve as asked: with `weight`, what it can give instead. Needs the
    right on the provider. Raises ValidationError without a reason."""
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why.")})
    if weight is not None and weight >= supply.weight:
        said = gettext("This is not less than the %(weight)g that are asked for: confirm it.")
        raise ValidationError({"weight": said % {"weight": supply.weight}})
    return _answer(by, supply, contested_on=clock.today(), contested_weight=weight, contested_reason=reason.strip())


def _answer(by: Actor, supply: Supply, **said: Any) -> Supply:
    return change(supply, {**UNANSWERED, **said}, UNANSWERED, by)


def check_supply(requirement: Requirement, supply: Sequence[Draw]) -> None:
    """Raises ValidationError where the weights cannot meet the needs, or a node is named twice."""
    providers = [draw.provider.key for draw in supply]
    if twice := sorted({key for key in providers if providers.count(key) > 1}):
        raise ValidationError({"supply": gettext("%(keys)s is named twice.") % {"keys": ", ".join(twice)}})
    # As the engine adds them: in whole thousandths.
    total = sum(_thousandths(draw.weight) for draw in supply)
    if total < _thousandths(requirement.needs):
        raise ValidationError(
            {
                "supply": gettext("Wanted weights that add up to %(needs)g or more, got %(total)g.")
                % {"needs": requirement.needs, "total": total / 1000}
            }
        )


def _supply(requirement: Requirement, supply: Sequence[Draw], by: Actor) -> None:
    check_supply(requirement, supply)
    known = {s.provider_id: s for s in Supply.objects.filter(requirement=requirement)}
    before = {
        s.provider.key: s.weight for s in Supply.objects.filter(requirement=requirement).select_related("provider")
    }
    changed: list[Supply] = []
    for position, draw in enumerate(supply):
        row = known.pop(draw.provider.pk, None)
        values: dict[str, Any] = {
            "position": position,
            "weight": draw.weight,
            "basis": draw.basis,
            "reason": draw.reason,
        }
        if row is None:
            row = Supply(requirement=requirement, provider=draw.provider)
        elif all(getattr(row, name) == value for name, value in values.items()):
            row.requirement, row.provider = requirement, draw.provider
            row.check_row()
            continue
        elif row.weight != draw.weight:
            values |= UNANSWERED
        row.requirement, row.provider = requirement, draw.provider
        for name, value in values.items():
            setattr(row, name, value)
        changed.append(row)
    remove_all(list(known.values()), by)
    save_all(changed, by)
    after = {draw.provider.key: draw.weight for draw in supply}
    if before != after:
        note(supply=after, **({"supply_before": before} if before else {}))


def _thousandths(weight: float) -> int:
    return round(Decimal(repr(float(weight))) * 1000)
