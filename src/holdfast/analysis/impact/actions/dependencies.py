"""Dependencies that the side that is drawn on names: claimed, taken over by the process, or declined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.models import Claim, ClaimState
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import raise_notice, settle_notice
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.structure.actions.requirements import Draw, confirm_supply, create_requirement
from holdfast.organization.structure.models import Node, Requirement, Supply
from holdfast.organization.structure.saving import change, create

ANSWER = declare_kind("impact.claim", _("Take over or decline a dependency"))


@act("claim.create", "process.edit", label=_("name a process that depends on one"), under="provider")
def claim_dependency(by: Actor, *, key: str, provider: Node, process: Node, said: str, needs: float = 1.0) -> Claim:
    """The side of `provider` says that `process` draws on it. Who looks after the process is told. Raises
    ValidationError where the process says so already, or was told already."""
    if not said.strip():
        raise ValidationError({"said": gettext("Say what it is used for.")})
    if Supply.objects.filter(requirement__node=process, provider=provider).exists():
        raise ValidationError({"process": gettext("“%(process)s” names this itself.") % {"process": process}})
    if Claim.objects.filter(provider=provider, process=process, state=ClaimState.OPEN).exists():
        raise ValidationError({"process": gettext("It was told already and has not answered yet.")})
    claim = create(Claim(key=key, provider=provider, process=process, said=said.strip(), needs=needs), by)
    raise_notice(
        by,
        ANSWER,
        source=f"claim:{claim.key}",
        title=str(claim),
        address=f"/impact/dependencies/?node={process.key}",
        permission="process.edit",
        unit=process.unit,
        site=process.site,
        words=claim.said,
    )
    return claim


@act("claim.take", "process.edit", label=_("take over a dependency"), on="claim", checked_on=lambda c: c.process)
def take_claim(by: Actor, claim: Claim, *, version: int, requirement: str = "") -> Claim:
    """The process needs it: it becomes a requirement of its own, confirmed by the side that named it. `requirement` is
    its key. Raises ValidationError where it was answered."""
    _refuse_answered(claim)
    process, provider = claim.process, claim.provider
    position = Requirement.objects.filter(node=process).count()
    made = create_requirement(
        by,
        key=requirement or f"{process.key}.{provider.key}"[:120],
        node=process,
        name=provider.name,
        needs=claim.needs,
        position=position,
        reason=claim.said,
        supply=[Draw(provider, claim.needs)],
    )
    supply = Supply.objects.get(requirement=made, provider=provider)
    change(supply, {"confirmed_on": clock.today()}, {"confirmed_on"}, by)
    note(requirement=made.key)
    return _answered(by, claim, ClaimState.TAKEN, "")


@act("claim.decline", "process.edit", label=_("decline a dependency"), on="claim", checked_on=lambda c: c.process)
def decline_claim(by: Actor, claim: Claim, *, version: int, answer: str) -> Claim:
    """The process does without it. Raises ValidationError without a reason, or where it was answered."""
    _refuse_answered(claim)
    if not answer.strip():
        raise ValidationError({"answer": gettext("Say why.")})
    return _answered(by, claim, ClaimState.DECLINED, answer.strip())


@act("dependency.confirm", "process.edit", label=_("confirm dependencies"))
def confirm_all(by: Actor, *, supplies: Sequence[Supply]) -> None:
    """All of them, or none where one is not the caller's to confirm."""
    for supply in supplies:
        confirm_supply(by, supply, version=supply.version)
    note(confirmed=[supply.pk for supply in supplies])


def _refuse_answered(claim: Claim) -> None:
    if claim.state != ClaimState.OPEN:
        said = gettext("It was answered on %(day)s: %(state)s.")
        raise ValidationError(said % {"day": claim.answered_on, "state": claim.get_state_display()})


def _answered(by: Actor, claim: Claim, state: ClaimState, answer: str) -> Claim:
    changes: dict[str, Any] = {"state": state, "answer": answer, "answered_on": clock.today()}
    change(claim, changes, changes, by)
    settle_notice(by, f"claim:{claim.key}")
    return claim
