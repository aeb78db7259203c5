"""The notices of actions: what is to be done, what is to be verified, what is late and goes up.

An act tells at once; every night all actions that are not over are told anew, so that a post that changed hands, an
action taken in from a file and one that has become late are followed too.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from holdfast.governance.improvement.models import DO, TO_DO, VERIFY, ActionState, CorrectiveAction
from holdfast.governance.improvement.owners import doer_of, doers_of, heads_of, managers_of
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.saving import save_all

TO_BE_DONE = declare_kind("action.do", _("Put right"))
TO_BE_VERIFIED = declare_kind("action.verify", _("Verify"))
LATE_FOR_HEAD = declare_kind("action.late", _("Late in your unit"))
LATE_FOR_MANAGER = declare_kind("action.very_late", _("Late for long"))

BATCH = 100


def escalation() -> tuple[int, int]:
    """After how many days of lateness the head of the unit is told, and after how many the programme manager."""
    return settings.ACTION_LATE_DAYS_HEAD, settings.ACTION_LATE_DAYS_MANAGER


def tell(by: Actor, action: CorrectiveAction, on: date) -> None:
    """Brings the notices of one action in line with its state and its owner of today."""
    _tell(by, action, doer_of(action, on), on)


@job("improvement.follow", label=_("reminders of corrective actions"), at="05:00", takes_context=True)
def follow(by: Actor, context: Running) -> dict[str, int]:
    """All actions that are not over, in batches; each batch is whole or not at all."""
    on = clock.today()
    keys = list(CorrectiveAction.objects.under_way().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        context.progress(start, len(keys))
        with transaction.atomic():
            rows = CorrectiveAction.objects.select_for_update().filter(pk__in=keys[start : start + BATCH])
            actions = list(rows.order_by("pk"))
            _with_owners(actions)
            doers = doers_of(actions, on)
            for action in actions:
                _tell(by, action, doers[action.pk], on)
    return {"actions": len(keys), "late": CorrectiveAction.objects.late(on).count()}


def _with_owners(actions: list[CorrectiveAction]) -> None:
    """Reads along what is not locked."""
    prefetch_related_objects(actions, "owner_person__user", "owner_post", "unit", "site__unit", "doer")


def _tell(by: Actor, action: CorrectiveAction, doer: User | None, on: date) -> None:
    if action.doer != doer:
        action.doer = doer
        save_all([action], by, fields=["doer"])
    keep_notices(
        by,
        source=action.source,
        wanted=_wanted(action, doer, on),
        title=action.title,
        address=action.address,
        unit=action.unit,
        site=action.site,
        due=action.due if action.state in TO_DO else None,
    )


def _wanted(action: CorrectiveAction, doer: User | None, on: date) -> list[Wanted]:
    """The notices that should stand open."""
    if action.state == ActionState.DONE:
        return [Wanted(TO_BE_VERIFIED, permission=VERIFY, words=action.proof)]
    if action.state not in TO_DO:
        return []
    found = [Wanted(TO_BE_DONE, user=doer, permission="" if doer is not None else DO, words=action.finding)]
    late = action.days_late(on)
    for_head, for_manager = escalation()
    unit = action.unit or (action.site.unit if action.site is not None else None)
    up = [(LATE_FOR_HEAD, head) for head in (heads_of(unit) if late >= for_head else ())]
    up += [(LATE_FOR_MANAGER, manager) for manager in (managers_of(unit, action.site) if late >= for_manager else ())]
    told = {doer}
    for kind, user in up:
        # Nobody is told of one thing twice; without an account of the owner all who may do it have it already.
        if user not in told and (doer is not None or not may(user, DO, action)):
            found.append(Wanted(kind, user=user, words=str(action.owner or "")))
        told.add(user)
    return found
