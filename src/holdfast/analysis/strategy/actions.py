"""Fallbacks: made, changed, retired."""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack

from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.models import READY, Fallback, FallbackState
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Node, Pool, Requirement
from holdfast.organization.structure.saving import change, create


class FallbackFields(DescribedFields, total=False):
    name: str
    provider: Node
    position: int
    kind: str
    weight: Fact
    activation: Fact | None
    endurance: Fact | None
    pool: Pool | None
    state: str
    valid_from: date | None
    valid_until: date | None


@act("fallback.create", "strategy.edit", label=_("make a fallback"), under="requirement")
def create_fallback(by: Actor, *, key: str, requirement: Requirement, **fields: Unpack[FallbackFields]) -> Fallback:
    return create(Fallback(key=key, requirement=requirement, **fields), by)


@act("fallback.edit", "strategy.edit", label=_("change a fallback"), on="fallback")
def edit_fallback(by: Actor, fallback: Fallback, *, version: int, **changes: Unpack[FallbackFields]) -> Fallback:
    return change(fallback, changes, FallbackFields.__annotations__, by)


@act("fallback.retire", "strategy.edit", label=_("retire a fallback"), on="fallback")
def retire_fallback(by: Actor, fallback: Fallback, *, version: int, on: date) -> Fallback:
    """It serves no more from this date. One that never was ready did not serve before either, and gets no date."""
    changes: dict[str, Any] = {"state": FallbackState.RETIRED}
    if fallback.state in READY:
        changes["valid_until"] = on
    return change(fallback, changes, {"state", "valid_until"}, by)
