"""Where bodies and decisions join in the picture: what is frozen with a decision, and which venues are out."""

from __future__ import annotations

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.crisis.decisions.forecast import FREEZE
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.actions import take_picture
from holdfast.crisis.picture.models import Certain, Outage, Picture
from holdfast.crisis.rights import LOG
from holdfast.crisis.teams.venues import SITES_OUT
from holdfast.engine.errors import InputError
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor
from holdfast.organization.accounts.models import System
from holdfast.organization.accounts.scope import may
from holdfast.organization.structure.models import Node
from holdfast.organization.structure.models.nodes import NodeKind


def freeze(by: Actor, incident: Incident) -> Picture | None:
    """The picture of this moment. Whoever decides need not have the right to write into the log, and a model that
    cannot be computed keeps nobody from deciding."""
    asker = by if may(by, LOG, incident) else System("decision")
    try:
        return take_picture(asker, incident, because=gettext("For a decision"))
    except (InputError, ValidationError):
        return None


def sites_out(incident: Incident) -> dict[str, str]:
    """The sites that are lost wholly, by key, and why: the premises that bear the site's own key are out, or all that
    stand there are."""
    rows = Outage.objects.true().standing().filter(
        incident=incident, loss__gte=1, certainty__in=[Certain.SURE, Certain.LIKELY], node__kind=NodeKind.FACILITY,
        node__site__isnull=False,
    )  # fmt: skip
    out = {row.node_id: row for row in rows.select_related("node__site").order_by("number")}
    standing: dict[str, set[int]] = defaultdict(set)
    there = Node.objects.standing(clock.today()).filter(
        kind=NodeKind.FACILITY, site__in={row.node.site_id for row in out.values()}
    )
    for pk, site in there.values_list("pk", "site__key"):
        standing[site].add(pk)
    said = gettext("%(what)s is out (%(sure)s)")
    found: dict[str, str] = {}
    for row in out.values():
        key = row.node.site.key if row.node.site is not None else ""
        if row.node.key == key or standing[key] <= set(out):
            found[key] = said % {"what": row.node, "sure": row.get_certainty_display()}
    return found


FREEZE.append(freeze)
SITES_OUT.append(sites_out)
