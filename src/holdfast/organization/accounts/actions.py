"""What is done to accounts: made, given roles, closed; tokens; the founding of an installation."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import (
    ApiToken,
    Grant,
    Installation,
    System,
    User,
    token_digest,
)
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Row

TOKEN_PREFIX = "hf_"  # noqa: S105 - what a secret begins with


class AccountFields(TypedDict, total=False):
    """What an account's own person may change."""

    name: str
    email: str
    language: str


@act("account.create", "account.manage", label=_("make an account"))
def create_account(by: Actor, *, username: str, password: str | None = None, **more: Unpack[AccountFields]) -> User:
    """A new account; without a password it can only be entered in other ways. Raises ValidationError."""
    user = User(username=username, joined_at=clock.now(), **more)
    _set_password(user, password)
    _check_account(user)
    user.save()
    return user


@act("account.edit", "account.own", label=_("change an account"), on="user")
def edit_account(by: Actor, user: User, *, version: int, **changes: Unpack[AccountFields]) -> User:
    for name in set(changes) - set(AccountFields.__annotations__):
        raise ValidationError({name: gettext("This cannot be changed here.")})
    for name, value in changes.items():
        setattr(user, name, value)
    _check_account(user)
    _save(user)
    return user


@act("account.set_password", "account.own", label=_("set one's password"), on="user")
def set_password(by: Actor, user: User, *, password: str) -> User:
    _set_password(user, password)
    _save(user)
    return user


@act("account.reset_password", "account.manage", label=_("set another's password"), on="user")
def reset_password(by: Actor, user: User, *, password: str) -> User:
    _set_password(user, password)
    _save(user)
    return user


@act("account.close", "account.manage", label=_("close an account"), on="user")
def close_account(by: Actor, user: User, *, version: int) -> User:
    """The person can no longer enter; the tokens end. What the person did stays on record."""
    _keep_an_administrator(Grant.objects.filter(user=user))
    user.is_active = False
    _save(user)
    for token in ApiToken.objects.filter(user=user, revoked_at=None):
        token.revoked_at = clock.now()
        _save(token)
    return user


@act("account.reopen", "account.manage", label=_("open an account again"), on="user")
def reopen_account(by: Actor, user: User, *, version: int) -> User:
    user.is_active = True
    _save(user)
    return user


@act("grant.give", "account.manage", label=_("grant a role"))
def give_role(by: Actor, user: User, role: str, *, unit: Unit | None = None, site: Site | None = None) -> Grant:
    """The role in the whole organisation, or on a unit or a site and all below it. Raises ValidationError."""
    grant = Grant(user=user, role=role, unit=unit, site=site)
    grant.check_row()
    if Grant.objects.filter(user=user, role=role, unit=unit, site=site).exists():
        raise ValidationError({"role": gettext("%(user)s has this role there already.") % {"user": user}})
    grant.save()
    return grant


@act("grant.withdraw", "account.manage", label=_("withdraw a role"), on="grant")
def withdraw_role(by: Actor, grant: Grant) -> Grant:
    _keep_an_administrator(Grant.objects.filter(pk=grant.pk))
    grant.delete()
    return grant


@act("token.create", "token.own", label=_("make a token"))
def create_token(by: Actor, user: User, *, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A token and its secret, which is shown this once."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    if expires_at is not None and expires_at <= clock.now():
        raise ValidationError({"expires_at": gettext("This time has passed.")})
    token = ApiToken(user=user, name=name, digest=token_digest(secret), created_at=clock.now(), expires_at=expires_at)
    token.check_row()
    token.save()
    return token, secret


@act("token.revoke", "token.own", label=_("revoke one's token"), on="token")
def revoke_token(by: Actor, token: ApiToken) -> ApiToken:
    return _revoked(token)


@act("token.revoke_other", "account.manage", label=_("revoke another's token"), on="token")
def revoke_others_token(by: Actor, token: ApiToken) -> ApiToken:
    return _revoked(token)


@act("installation.found", "installation.manage", label=_("set up the installation"), whole=True)
def found_installation(by: Actor, *, example: bool) -> Installation:
    """Marks the installation as set up, once: with the example, or as an organisation's own. Raises ValidationError."""
    installation, _made = Installation.objects.select_for_update().get_or_create(pk=1)
    if installation.founded_at is not None:
        raise ValidationError(gettext("This installation has been set up already."))
    installation.example, installation.founded_at = example, clock.now()
    installation.save()
    note(example=example)
    return installation


def found_with_administrator(*, username: str, password: str, **more: Unpack[AccountFields]) -> User:
    """The first page of an own installation: founds it and makes its administrator. Raises ValidationError where
    somebody has been there before, so that the page may be open to all until then."""
    first = System("set-up")
    return _found(first, username=username, password=password, **more)


@act("installation.found_own", "installation.manage", label=_("set up with an administrator"), whole=True)
def _found(by: Actor, *, username: str, password: str, **more: Unpack[AccountFields]) -> User:
    found_installation(by, example=False)
    user = create_account(by, username=username, password=password, **more)
    give_role(by, user, Role.ADMINISTRATOR)
    return user


def holds_example() -> bool:
    """Whether this installation holds the example."""
    return Installation.objects.filter(pk=1, example=True).exists()


def example_account(username: str) -> User:
    """The account of the example to sign in to with one click. Raises NotAllowed in an organisation's own installation,
    and for an account that has a password."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or user.has_usable_password() or not holds_example():
        raise NotAllowed(gettext("One-click sign-in is open in the example only."))
    return user


def _save(row: Row) -> None:
    row.version += 1
    row.save()


def _revoked(token: ApiToken) -> ApiToken:
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        _save(token)
    return token


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    user.set_password(password)


def _check_account(user: User) -> None:
    user.check_row()
    others = User.objects.exclude(pk=user.pk)
    if others.filter(Q(username__iexact=user.username) | Q(email__iexact=user.username)).exists():
        raise ValidationError({"username": gettext("This name is taken.")})
    if user.email and others.filter(Q(username__iexact=user.email) | Q(email__iexact=user.email)).exists():
        raise ValidationError({"email": gettext("This address is another account's.")})


def _keep_an_administrator(leaving: object) -> None:
    """Raises ValidationError where nobody would be left who may grant roles."""
    whole = Grant.objects.filter(role=Role.ADMINISTRATOR, unit=None, site=None, user__is_active=True)
    gone = set(leaving.values_list("pk", flat=True))  # type: ignore[attr-defined]
    left = set(whole.values_list("pk", flat=True))
    if left & gone and not left - gone:
        raise ValidationError(gettext("This is the last administrator of the whole organisation."))
