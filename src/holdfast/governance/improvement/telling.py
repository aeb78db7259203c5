"""The notices of actions: what is to be done, what is to be verified, what is late and goes up.

An act tells at once; every night all actions that are not over are told anew, so that a post that changed hands, an
action taken in from a file and one that has become late are followed too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from holdfast.governance.improvement.models import DO, TO_DO, VERIFY, ActionState, CorrectiveAction
from holdfast.governance.improvement.owners import doer_of, doers_of, heads_of, managers_of
from holdfast.governance.notices.kinds import declare_kind
from holdfast.governance.notices.raising import Wanted, keep_notices
from holdfast.governance.settings.questions import in_force
from holdfast.governance.settings.scales import Scales
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.structure.saving import save_all

TO_BE_DONE = declare_kind("action.do", _("Put right"))
TO_BE_VERIFIED = declare_kind("action.verify", _("Verify"))
LATE_FOR_HEAD = declare_kind("action.late", _("Late in your unit"))
LATE_FOR_MANAGER = declare_kind("action.very_late", _("Late for long"))

BATCH = 100


def tell(by: Actor, action: CorrectiveAction, on: date) -> None:
    """Brings the notices of one action in line with its state and its owner of today."""
    _tell(by, action, doer_of(action, on), on, in_force(on))


@job("improvement.follow", label=_("reminders of corrective actions"), at="05:00", takes_context=True)
def follow(by: Actor, context: Running) -> dict[str, int]:
    """All actions that are not over, in batches; each batch is whole or not at all."""
    on = clock.today()
    scales = in_force(on)
    keys = list(CorrectiveAction.objects.under_way().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        context.progress(start, len(keys))
        with transaction.atomic():
            rows = CorrectiveAction.objects.select_for_update().filter(pk__in=keys[start : start + BATCH])
            actions = list(rows.order_by("pk"))
            _with_owners(actions)
            doers = doers_of(actions, on)
            for action in actions:
                _tell(by, action, doers[action.pk], on, scales)
    return {"actions": len(keys), "late": CorrectiveAction.objects.late(on).count()}


def _with_owners(actions: list[CorrectiveAction]) -> None:
    """Reads along what is not locked."""
    prefetch_related_objects(actions, "owner_person__user", "owner_post", "unit", "site__unit", "doer")


def _tell(by: Actor, action: CorrectiveAction, doer: User | None, on: date, scales: Scales) -> None:
    if action.doer != doer:
        action.doer = doer
        save_all([action], by, fields=["doer"])
    keep_notices(
        by,
        source=action.source,
        wanted=_wanted(action, doer, on, scales),
        title=action.title,
        address=action.address,
        unit=action.unit,
        site=action.site,
        due=action.due if action.state in TO_DO else None,
    )


def _wanted(action: CorrectiveAction, doer: User | None, on: date, scales: Scales) -> list[Wanted]:
    """The notices that should stand open; the scales say from which day on what is late goes up."""
    if action.state == ActionState.DONE:
        return [Wanted(TO_BE_VERIFIED, permission=VERIFY, words=action.proof)]
    if action.state not in TO_DO:
        return []
    found = [Wanted(TO_BE_DONE, user=doer, permission="" if doer is not None else DO, words=action.finding)]
    late = action.days_late(on)
    # Without an account of the owner all who may do it have it already.
    told = (lambda user: user == doer) if doer is not None else (lambda user: may(user, DO, action))
    return found + going_up(action.unit, action.site, late, scales, told=told, words=str(action.owner or ""))


def going_up(
    unit: Unit | None,
    site: Site | None,
    late: int,
    scales: Scales,
    *,
    told: Callable[[User], bool],
    words: str = "",
) -> list[Wanted]:
    """The notices of something that is so many days late to those above its owner, by the days of the scales: the heads
    of the unit, else of that of the site, then the programme managers. `told` says who has it already; nobody is told
    of one thing twice."""
    of = unit or (site.unit if site is not None else None)
    up = [(LATE_FOR_HEAD, head) for head in (heads_of(of) if late >= scales.late_for_head else ())]
    up += [(LATE_FOR_MANAGER, one) for one in (managers_of(of, site) if late >= scales.late_for_manager else ())]
    found: dict[int, Wanted] = {}
    for kind, user in up:
        if not told(user):
            found.setdefault(user.pk, Wanted(kind, user=user, words=words))
    return list(found.values())
