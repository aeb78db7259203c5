"""How a route says who may use it: one declaration, for pages and API alike.

    @needs("structure.view")                         somebody signed in who has the permission anywhere
    @needs("structure.edit", on=Unit)                the same, and on the unit that the address names
    @needs("structure.view", whole=True)             who has it on the whole organisation
    @needs("structure.view", open_in_example="…")    and everybody, while the installation shows the example
    @public("why nobody has to sign in")

The declaration stands on the view as `view.access`. `AccessMiddleware` asks it for pages and `api.routes.Gate` for the
API; a route without one is refused, and fails tests/web/test_routes.py. Rows are then asked with `visible`, and acts
check for themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from holdfast.organization.accounts.models import Installation, User
from holdfast.organization.accounts.roles import PERMISSIONS
from holdfast.organization.accounts.scope import NotAllowed, may_somewhere, require, visible

View = TypeVar("View", bound=Callable[..., Any])
M = TypeVar("M", bound=models.Model)


class SignInNeeded(Exception):
    """Nobody is signed in, and this is not for everybody."""


@dataclass(frozen=True)
class Access:
    """What using a route takes.

    `permission` is None for a public one, whose reason is `why`. `on` is the table of the row that the address names:
    the row has to be visible (else 404), and the permission has to hold on it (else 403). `example` is the reason why
    all may use it while the installation shows the example, or empty.
    """

    permission: str | None
    why: str = ""
    on: type[models.Model] | None = None
    whole: bool = False
    example: str = ""

    def check(self, request: HttpRequest) -> None:
        """Raises SignInNeeded or NotAllowed."""
        if self.permission is None:
            return
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            if self.example and shows_example():
                return
            raise SignInNeeded
        if may_somewhere(user, self.permission) or not (self.example and shows_example()):
            if self.whole:
                require(user, self.permission)
            elif not may_somewhere(user, self.permission):
                label = str(PERMISSIONS[self.permission].label)
                raise NotAllowed(_("You may not do this: %(what)s.") % {"what": label[:1].lower() + label[1:]})


def needs(
    permission: str, *, on: type[models.Model] | None = None, whole: bool = False, open_in_example: str = ""
) -> Callable[[View], View]:
    """Declares the permission of a route. Raises ValueError for one that does not exist."""
    if permission not in PERMISSIONS:
        raise ValueError(f"There is no permission {permission}.")
    return _declare(Access(permission, on=on, whole=whole, example=open_in_example))


def public(why: str) -> Callable[[View], View]:
    """Declares a route that everybody may use, and why."""
    if not why.strip():
        raise ValueError("A public route says why it is public.")
    return _declare(Access(None, why))


def access_of(view: Any) -> Access | None:
    """What a view declares."""
    return getattr(view, "access", None)


def shows_example() -> bool:
    """Whether what can be seen here is the example, which is public: it was loaded, or nothing was set up yet and the
    start did not ask for an organisation of one's own."""
    installation = Installation.objects.filter(pk=1).first()
    if installation is None or installation.founded_at is None:
        return not settings.EMPTY_START
    return installation.example


def awaits_first_start() -> bool:
    """Whether nothing was set up yet and no account exists: the first page is open to all until then."""
    return not Installation.objects.filter(founded_at__isnull=False).exists() and not User.objects.exists()


def visible_or_404(queryset: models.QuerySet[M], request: HttpRequest, **lookup: Any) -> M:
    """The one row that the reader may see. Raises Http404 alike where there is none and where it is not for him."""
    found = visible(queryset, request.user, None).filter(**lookup).first()
    if found is None:
        raise Http404(_("There is nothing here by this name."))
    return found


def _declare(access: Access) -> Callable[[View], View]:
    def declare(view: View) -> View:
        if access_of(view) is not None:
            raise ValueError(f"{view} declares its permission twice.")
        view.access = access  # type: ignore[attr-defined]
        return view

    return declare
