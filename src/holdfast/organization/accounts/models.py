"""Users, the roles they were granted and where, their tokens, and the record of every act."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.roles import Role
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Row, Scope


@dataclass(frozen=True)
class System:
    """One who acts without an account: a command at the machine, a job, the loading of the example. May do all."""

    name: str


@dataclass(frozen=True)
class Granted:
    """A role and where it holds; both paths None: in the whole organisation."""

    role: str
    unit: str | None
    site: str | None


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """The user of this user name or e-mail address, whatever its case. Raises DoesNotExist."""
        name = (username or "").strip()
        found = self.filter(username__iexact=name).first()
        return found if found is not None else self.exclude(email="").get(email__iexact=name)


class User(AbstractBaseUser, Row):
    """An account. What it may do is said by its grants alone."""

    SCOPE: ClassVar[Scope] = Scope("account.view", owner="pk")
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"password", "last_login"})
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[RegexValidator(r"\A[\w.@+-]+\Z", _("Letters, digits and . @ + - _ only."))],
    )
    email = models.EmailField(_("e-mail address"), blank=True, default="")
    name = models.CharField(_("name shown"), max_length=200, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("since"))

    objects = UserManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                Lower("username"), name="organization_user_username", violation_error_message=_("This name is taken.")
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="organization_user_email",
                violation_error_message=_("This address is another account's."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def stable_key(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """Django's own administration is not used."""
        return False

    @cached_property
    def granted(self) -> tuple[Granted, ...]:
        """The user's roles, asked once per request. Reload the user to see new ones."""
        rows = Grant.objects.filter(user=self).values_list("role", "unit__path", "site__path")
        return tuple(Granted(*row) for row in rows)

    def clean(self) -> None:
        self.username = (self.username or "").strip()
        self.email = (self.email or "").strip()


class Grant(Row):
    """A role given to a user: in the whole organisation, on a unit and all under it, or on a site and all in it."""

    SCOPE: ClassVar[Scope] = Scope("account.view", unit=("unit",), site=("site",), owner="user")

    user = models.ForeignKey(User, models.PROTECT, related_name="grants", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=30, choices=Role)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site"))

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="organization_grant_role"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(site__isnull=True), name="organization_grant_one_place"
            ),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(unit=None, site=None), name="organization_grant_whole_once"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "unit"], condition=Q(unit__isnull=False), name="organization_grant_unit_once"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "site"], condition=Q(site__isnull=False), name="organization_grant_site_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"

    def clean(self) -> None:
        super().clean()
        if self.unit_id and self.site_id:
            raise ValidationError({"site": _("A role is granted on a unit or on a site, not on both.")})


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, secret: str, at: Any) -> ApiToken | None:
        """The token of this secret, if it still holds and its user is active."""
        return (
            self.select_related("user")
            .filter(digest=token_digest(secret), revoked_at=None, user__is_active=True)
            .filter(Q(expires_at=None) | Q(expires_at__gt=at))
            .first()
        )


class ApiToken(Row):
    """A token of a user for programs. Only the digest of its secret is kept."""

    SCOPE: ClassVar[Scope] = Scope("account.view", owner="user")
    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"digest"})

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens", verbose_name=_("account"))
    name = models.CharField(_("used by"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return self.name


def token_digest(secret: str) -> str:
    """A token's secret is 256 random bits, so that a plain hash keeps it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Installation(models.Model):
    """The one row about this installation."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    example = models.BooleanField(_("holds the example"), default=False)
    founded_at = models.DateTimeField(_("set up"), null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(id=1), name="organization_installation_one")
        ]

    def __str__(self) -> str:
        return "Holdfast"


class EventsAreKept(TypeError):
    """An event is neither changed nor deleted."""


class EventQuerySet(models.QuerySet["Event"]):
    def after(self, cursor: int, most: int = 1000) -> Self:
        """The next events after the one with this id, in the order in which they were committed."""
        return self.filter(pk__gt=cursor).order_by("pk")[:most]

    def about(self, row: Row) -> Self:
        """What was done to this row, last first."""
        return self.filter(kind=kind_of(row), key=row.stable_key).order_by("-pk")

    def update(self, **kwargs: Any) -> int:
        raise EventsAreKept

    def delete(self) -> tuple[int, dict[str, int]]:
        raise EventsAreKept


class Event(models.Model):
    """One business act: who did what to what, when, before and after. Ids grow in the order of the commits."""

    SCOPE: ClassVar[Scope] = Scope("event.view", unit=("unit",), site=("site",))

    at = models.DateTimeField(_("at"), db_index=True)
    act = models.CharField(_("act"), max_length=80, db_index=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    system = models.CharField(_("by the system"), max_length=100, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=60, blank=True, default="")
    key = models.CharField(_("key"), max_length=200, blank=True, default="")
    title = models.CharField(_("title"), max_length=300, blank=True, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+")
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    request = models.CharField(_("request"), max_length=64, blank=True, default="", db_index=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["kind", "key"], name="organization_event_about")]

    def __str__(self) -> str:
        return f"{self.act} {self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise EventsAreKept
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise EventsAreKept


def kind_of(row: models.Model | type[models.Model]) -> str:
    """The kind of a row in the event record: its table, so that a process is a "node"."""
    return row._meta.concrete_model._meta.model_name or ""  # type: ignore[union-attr]


__all__ = ["ApiToken", "Event", "Grant", "Installation", "User"]
