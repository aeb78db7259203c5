"""What step 1 wants of a unit: a policy in force for it, acknowledged by those who work there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.gates.gates import Lack, Lacks, gate
from holdfast.governance.gates.models import Step
from holdfast.governance.policy.acknowledging import counts, holding_for, readers
from holdfast.governance.policy.acknowledging import in_force as policies_in_force
from holdfast.governance.settings.questions import in_force as scales_in_force
from holdfast.organization.places.models import Unit

PAGE = "/governance/policies/"
READERS = "/governance/acknowledgements/"


@gate("policy.in_force", Step.POLICY, _("A policy is in force"))
def _in_force(units: Sequence[Unit], on: date) -> Lacks:
    policies = policies_in_force(on)
    lack = Lack(gettext("No policy is in force."), PAGE)
    return {unit.pk: (lack,) for unit in units if not holding_for(unit, policies)}


@gate("policy.acknowledged", Step.POLICY, _("The policy is acknowledged"))
def _acknowledged(units: Sequence[Unit], on: date) -> Lacks:
    """By the share that the scales want of the accounts of the unit and all under it; a unit without accounts has
    nobody to ask."""
    policies = policies_in_force(on)
    wanted = scales_in_force(on).acknowledged_share
    found: dict[int, tuple[Lack, ...]] = {}
    for count in counts(units, readers(on)):
        if holding_for(count.unit, policies) and count.share < wanted:
            said = gettext("%(done)s of %(all)s accounts have acknowledged the policy; %(share)g %% are wanted.")
            about = {"done": count.done, "all": count.accounts, "share": 100 * wanted}
            found[count.unit.pk] = (Lack(said % about, f"{READERS}?unit={count.unit.key}"),)
    return found
