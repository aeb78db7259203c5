"""Who may do what: the one table of permissions and roles. Where a role holds is said by its grant (`Grant`)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("administrator")
    PROGRAMME_MANAGER = "programme_manager", _("programme manager")
    FOCAL_POINT = "focal_point", _("focal point")
    PROCESS_OWNER = "process_owner", _("process owner")
    UNIT_HEAD = "unit_head", _("head of unit")
    CRISIS_TEAM = "crisis_team", _("crisis team member")
    STAFF = "staff", _("staff")
    AUDITOR = "auditor", _("auditor")


@dataclass(frozen=True)
class Permission:
    """What a permission lets one do, and who has it: roles on their scope, everyone signed in, the row's own person."""

    name: str
    label: str | Promise
    roles: frozenset[Role]
    everyone: bool = False
    owner: bool = False


_LETTERS = {
    "A": Role.ADMINISTRATOR,
    "M": Role.PROGRAMME_MANAGER,
    "F": Role.FOCAL_POINT,
    "P": Role.PROCESS_OWNER,
    "H": Role.UNIT_HEAD,
    "C": Role.CRISIS_TEAM,
    "S": Role.STAFF,
    "U": Role.AUDITOR,
}

# Columns: Administrator, programme Manager, Focal point, Process owner, Head of unit, Crisis team, Staff, aUditor;
# then "all" (everyone signed in, on every row) and "own" (the person whose own row it is).
_TABLE: list[tuple[str, str | Promise, str]] = [
    ("directory.view", _("See the names of units, sites, groups and functions"), "AMFPHCSU all"),
    ("structure.view", _("See processes, resources, requirements and holes"), "AMFPHC.U"),
    ("structure.edit", _("Change units, sites, groups, posts and relations"), "AMF....."),
    ("process.edit", _("Change processes, resources, requirements and pools"), "AMFP...."),
    ("strategy.edit", _("Change fallbacks"), "AMFP...."),
    ("person.view", _("See persons and their open contact points"), "AMF.HC.U own"),
    ("person.edit", _("Change persons, holdings and duties"), "AMF....."),
    ("contact.edit", _("Change contact points"), "AMF..... own"),
    ("event.view", _("See who did what"), "AMF.H..U"),
    ("account.view", _("See accounts and their roles"), "AM.....U own"),
    ("account.manage", _("Make accounts, grant roles, revoke tokens"), "A......."),
    ("account.own", _("Change one's own name, language and password"), "........ own"),
    ("token.own", _("Make and revoke one's own tokens"), "........ own"),
    ("installation.manage", _("Change the settings of the installation"), "A......."),
    ("job.view", _("See what is done in the background"), "A......U own"),
    ("job.manage", _("Cancel jobs, let them start again"), "A....... own"),
    ("data.import", _("Take in files"), "AM......"),
    ("data.export", _("Take out files"), "AMF.H..U"),
]


def _permission(name: str, label: str | Promise, holders: str) -> Permission:
    letters, *words = holders.split()
    if len(letters) != len(_LETTERS) or any(got not in (letter, ".") for got, letter in zip(letters, _LETTERS)):  # noqa: B905
        raise ValueError(f"{name}: wanted a letter or a dot for each of {''.join(_LETTERS)}, got {letters}")
    roles = frozenset(_LETTERS[letter] for letter in letters if letter != ".")
    return Permission(name, label, roles, everyone="all" in words, owner="own" in words)


PERMISSIONS: dict[str, Permission] = {row[0]: _permission(*row) for row in _TABLE}


def declare(name: str, label: str | Promise, holders: str) -> Permission:
    """A permission of a higher room, in the letters of the table above. Raises ValueError where the name is taken."""
    if name in PERMISSIONS:
        raise ValueError(f"There is a permission {name} already.")
    PERMISSIONS[name] = _permission(name, label, holders)
    return PERMISSIONS[name]
