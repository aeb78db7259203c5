"""The one scope filter: every question put to the database on behalf of a person goes through `visible`.

A row is visible for a permission when a role that has it was granted on the whole organisation, on the row's unit or a
unit above it, or on the row's site or a site around it. Units and sites carry their path from the root, so that this is
one condition on two small tables, whatever the size of the table asked (docs/decisions/0022).
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from holdfast.organization.accounts.models import System, User
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Scope

Asker = User | AnonymousUser | System
M = TypeVar("M", bound=models.Model)

EVERY = ~Q(pk__in=())
NONE = Q(pk__in=())


class NotAllowed(PermissionDenied):
    """The person has no right to do this, or to see it."""


class Narrowing(Protocol):
    """A table that adds a rule of its own to its scope."""

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q: ...


def visible(queryset: models.QuerySet[M], by: Asker, permission: str | None = None) -> models.QuerySet[M]:
    """The rows of `queryset` that `by` has `permission` for; without one: that `by` may see."""
    condition = within(queryset.model, by, permission)
    return queryset if condition is EVERY else queryset.filter(condition)


def within(model: type[models.Model], by: Asker, permission: str | None = None) -> Q:
    """The condition of `visible`, EVERY or NONE where it is the same for all rows."""
    if isinstance(by, System):
        return EVERY
    if not isinstance(by, User) or not by.is_active:
        return NONE
    scope: Scope = model.SCOPE  # type: ignore[attr-defined]
    name = permission or scope.view
    condition = _granted(model, scope, by, name)
    narrowed = getattr(model, "narrowed", None)
    return condition if narrowed is None else narrowed(by, name, condition)


def may(by: Asker, permission: str, row: models.Model | None = None) -> bool:
    """Whether `by` has the permission on this row; without a row: on the whole organisation."""
    if row is None:
        return isinstance(by, System) or (isinstance(by, User) and by.is_active and _everywhere(by, permission))
    condition = within(type(row), by, permission)
    if condition is EVERY or condition is NONE:
        return condition is EVERY
    return type(row)._default_manager.filter(condition, pk=row.pk).exists()


def may_somewhere(by: Asker, permission: str) -> bool:
    """Whether `by` has the permission anywhere: for menus, and before a form is shown."""
    if isinstance(by, System):
        return True
    if not isinstance(by, User) or not by.is_active:
        return False
    held = PERMISSIONS[permission]
    return held.everyone or held.owner or any(grant.role in held.roles for grant in by.granted)


def require(by: Asker, permission: str, row: models.Model | None = None) -> None:
    """Raises NotAllowed where `may` says no."""
    if not may(by, permission, row):
        raise NotAllowed(
            gettext("You may not do this: %(what)s.") % {"what": str(PERMISSIONS[permission].label).lower()}
        )


def _everywhere(user: User, permission: str) -> bool:
    held = PERMISSIONS[permission]
    return held.everyone or any(
        grant.role in held.roles and grant.unit is None and grant.site is None for grant in user.granted
    )


def _granted(model: type[models.Model], scope: Scope, user: User, permission: str) -> Q:
    if _everywhere(user, permission):
        return EVERY
    held = PERMISSIONS[permission]
    grants = [grant for grant in user.granted if grant.role in held.roles]
    condition = NONE
    for tree, lookups, paths in (
        (Unit, scope.unit, sorted({grant.unit for grant in grants if grant.unit})),
        (Site, scope.site, sorted({grant.site for grant in grants if grant.site})),
    ):
        for lookup in lookups if paths else ():
            condition = _or(condition, _under(tree, lookup, paths))
    if held.owner and scope.owner:
        condition = _or(condition, Q(**{scope.owner: user.pk}))
    return condition


def _under(tree: type[Any], lookup: str, paths: list[str]) -> Q:
    if not lookup:
        condition = NONE
        for path in paths:
            condition = _or(condition, Q(path__startswith=path))
        return condition
    return Q(**{f"{lookup}__in": tree.objects.within(*paths).values("pk")})


def _or(one: Q, other: Q) -> Q:
    return other if one is NONE else one | other
