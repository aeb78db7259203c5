"""The first start of an organisation's own installation: administrator, organisation and languages, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from holdfast.organization.accounts.actions import found_with_administrator
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import System, User
from holdfast.organization.structure.actions.places import create_unit


@dataclass(frozen=True)
class Founding:
    """What the first page asks. `languages` are codes, the working language first."""

    organization: str
    key: str
    languages: tuple[str, ...]
    username: str
    name: str
    email: str
    password: str


def found(founding: Founding) -> User:
    """Raises ValidationError, with `organization` and `key` for the unit; also where somebody was there before."""
    return _start(System("set-up"), founding)


@act("installation.start", "installation.manage", label=_("start one's own organisation"), whole=True)
def _start(by: Actor, founding: Founding) -> User:
    user = found_with_administrator(
        username=founding.username,
        password=founding.password,
        name=founding.name,
        email=founding.email,
        language=founding.languages[0],
    )
    create_unit(
        by,
        key=founding.key,
        name=founding.organization,
        kind="organization",
        fields={"languages": list(founding.languages)},
    )
    return user
