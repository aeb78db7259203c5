"""The scope filter for rows that are not in the database yet: what `accounts.scope` asks the database, asked of rows at
hand. tests/exchange/test_import_rights.py holds the two together."""

from __future__ import annotations

from typing import Any

from holdfast.analysis.risk.models import Assessment
from holdfast.analysis.scenarios.models import Hit, Scenario
from holdfast.analysis.selection.models import Selection
from holdfast.governance.policy.models import Policy
from holdfast.organization.accounts.models import System, User
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import Asker
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Row
from holdfast.organization.structure.models import ContactPoint
from holdfast.readiness.plans.models import Plan

NARROWED: frozenset[type[Row]] = frozenset({Assessment, ContactPoint, Hit, Plan, Policy, Scenario, Selection})
"""The tables with a rule of their own that stands here too, or that is about seeing alone."""


class Rights:
    """What one actor may do to rows. The rows they refer to are linked, so that nothing is asked of the database."""

    def __init__(self, by: Asker) -> None:
        self.by = by
        self.all = isinstance(by, System)
        self.none = not self.all and not (isinstance(by, User) and by.is_active)

    def permits(self, row: Any, permission: str) -> bool:
        """Whether `by` has the permission on this row as it stands in memory."""
        if self.all or self.none or not isinstance(self.by, User):
            return self.all
        owner = self._owns(row)
        if isinstance(row, ContactPoint) and (owner or row.private):
            # Wardens and duty officers read private ones; that is asked of the database, and nothing is written by it.
            return owner
        if isinstance(row, Scenario | Hit) and row.is_open_to(self.by, permission):
            return True
        held = PERMISSIONS[permission]
        if held.everyone or (held.owner and owner):
            return True
        for grant in self.by.granted:
            if grant.role in held.roles and (
                (grant.unit is None and grant.site is None)
                or (grant.unit is not None and _lies(row, row.SCOPE.unit, Unit, grant.unit))
                or (grant.site is not None and _lies(row, row.SCOPE.site, Site, grant.site))
            ):
                return True
        return False

    def _owns(self, row: Any) -> bool:
        if row.SCOPE.owner is None:
            return False
        *way, last = row.SCOPE.owner.split("__")
        for name in way:
            row = getattr(row, name)
            if row is None:
                return False
        return bool(getattr(row, last if last == "pk" else f"{last}_id") == self.by.pk)  # type: ignore[union-attr]


def _lies(row: Any, lookups: tuple[str, ...], tree: type[Any], path: str) -> bool:
    for lookup in lookups:
        place = row
        for name in lookup.split("__") if lookup else ():
            place = getattr(place, name)
            if place is None:
                break
        if isinstance(place, tree) and place.path.startswith(path):
            return True
    return False
