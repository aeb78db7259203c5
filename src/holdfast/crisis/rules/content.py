"""What a version of the rules says: pure values, made from JSON and checked as one.

The report gives no quorum, does not say who grants the activation of the continuity plans, and gives no length of the
interruption that calls for it (A/63/359, 29-30): where an organisation has approved nothing, these are assumed.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization.evidence.fact import Basis

LABELS = {
    "quorum": _("Quorum of each body"),
    "crisis_activated_by": _("Activates the crisis management plan"),
    "continuity_asked_by": _("Asks for the continuity plans"),
    "continuity_consulted": _("Is consulted before"),
    "continuity_granted_by": _("Grants the activation"),
    "continuity_after_hours": _("Interruption of a critical function that calls for it (hours)"),
}
BODIES = ("crisis_activated_by", "continuity_asked_by", "continuity_consulted", "continuity_granted_by")
MOST_HOURS = 8760.0


class BadRules(ValueError):
    """Rules that cannot be: `path` is the part in question."""

    def __init__(self, path: str, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(f"{path}: {message}" if path else message)


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How we know that a rule is so."""

    basis: Basis = Basis.ASSUMED
    source: str = ""


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`quorum`: seats by the key of the body; more than half of the seats where a body is not named. Bodies are named
    by key, hours are those that a critical function is expected to be interrupted. `known` says of each rule how we
    know it, assumed where nothing is said. `number` 0: no version is approved."""

    quorum: dict[str, int] = {}
    crisis_activated_by: str = "cog"
    continuity_asked_by: str = "cog"
    continuity_consulted: str = "sept"
    continuity_granted_by: str = "sept"
    continuity_after_hours: float = 24.0
    known: dict[str, Known] = {}
    number: int = 0

    @classmethod
    def read(cls, content: Any) -> Rules:
        """Raises BadRules."""
        try:
            found = msgspec.convert(content, type=cls, strict=True)
        except msgspec.ValidationError as error:
            said, _sep, where = str(error).partition(" - at `$.")
            raise BadRules(where.strip("`").split("[")[0], said) from None
        for body, seats in found.quorum.items():
            if not 1 <= seats <= 1000:
                raise BadRules("quorum", gettext("%(body)s: wanted at least one seat.") % {"body": body})
        for name in BODIES:
            if not getattr(found, name).strip():
                raise BadRules(name, gettext("Wanted the key of a body."))
        hours = found.continuity_after_hours
        if not math.isfinite(hours) or not 0 <= hours <= MOST_HOURS:
            raise BadRules("continuity_after_hours", gettext("Wanted hours, up to a year."))
        if unknown := set(found.known) - set(LABELS):
            raise BadRules("known", gettext("There is no rule “%(name)s”.") % {"name": sorted(unknown)[0]})
        return found

    def as_json(self) -> dict[str, Any]:
        """As it is kept: the number is the version's own."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        del found["number"]
        return found

    def how_known(self, name: str) -> Known:
        return self.known.get(name, Known())

    def groups(self) -> set[str]:
        """The keys of the bodies that it names."""
        return {*self.quorum, *(getattr(self, name) for name in BODIES)}
