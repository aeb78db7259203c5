"""What can be done on the page of a process or resource: it closes; its requirements, supplies and fallbacks change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.actions import create_fallback
from holdfast.analysis.strategy.models import Fallback
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.actions.nodes import close_node
from holdfast.organization.structure.actions.requirements import (
    Draw,
    confirm_supply,
    contest_supply,
    create_requirement,
    edit_requirement,
    remove_requirement,
)
from holdfast.organization.structure.models import Node, Requirement, Supply

from .editing import form_of, free_key, no_form, until_form
from .fields import LinesField, NumberField
from .nouns import MadeForm, Step
from .units import EVIDENCE

FALLBACK = (
    "name",
    "provider",
    "kind",
    "weight",
    "activation",
    "endurance",
    "pool",
    "state",
    "valid_from",
    "valid_until",
    *EVIDENCE,
)


def _read_draws(lines: list[str]) -> list[tuple[str, float]]:
    draws = []
    for line in lines:
        key, _space, weight = line.rpartition(" ")
        try:
            draws.append((key.strip(), float(weight.replace(",", "."))))
        except ValueError:
            key = ""
        if not key.strip():
            said = gettext("Wanted “key weight” on each line, such as “ny-power 1”, got “%(line)s”.")
            raise ValidationError(said % {"line": line[:80]})
    return draws


def _write_draws(supply: Any) -> list[str]:
    return [f"{draw.provider.key} {draw.weight:g}" for draw in supply]


REQUIREMENT = ("name", "needs", "quorum", "tolerance", "position", "basis", "reason")


def _requirement(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(Requirement, REQUIREMENT, user, part)
    supply = LinesField(
        _read_draws,
        _write_draws,
        label=_("Draws on"),
        help_text=_("Key and weight of each process or resource, one a line; the weights add up to the needs or more."),
    )
    drawn = list(Supply.objects.filter(requirement=part).select_related("provider")) if part is not None else []
    names = list(fields)
    ordered = (
        {name: fields[name] for name in names[:2]} | {"supply": supply} | {name: fields[name] for name in names[2:]}
    )
    return ordered, {**values, "supply": drawn, **({} if part else {"needs": 1.0, "quorum": 0.0})}


def _draws(by: Any, cleaned: dict[str, Any], part: Any) -> dict[str, Any]:
    """The supply as the act takes it; what is said of a supply that stays is kept. Raises ValidationError."""
    asked = cleaned.pop("supply")
    known = {row.key: row for row in visible(Node.objects.filter(key__in=[key for key, _w in asked]), by)}
    kept = {}
    if part is not None:
        for supply in Supply.objects.filter(requirement=part).select_related("provider"):
            kept[supply.provider.key] = supply
            known.setdefault(supply.provider.key, supply.provider)
    if missing := [key for key, _weight in asked if key not in known]:
        raise ValidationError({"supply": gettext("Nothing here has the key %(keys)s.") % {"keys": ", ".join(missing)}})
    cleaned["quorum"] = cleaned.get("quorum") or 0.0
    cleaned["supply"] = [
        Draw(known[key], weight, *((kept[key].basis, kept[key].reason) if key in kept else ("", "")))
        for key, weight in asked
    ]
    return cleaned


def _add_requirement(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    key = free_key(Requirement, f"{row.key}-{cleaned['name']}")
    create_requirement(by, key=key, node=row, **_draws(by, cleaned, None))


def _contest(row: Any, part: Any, user: Any) -> MadeForm:
    fields: dict[str, forms.Field] = {
        "weight": NumberField(
            label=gettext("What it can give instead"), required=False, help_text=gettext("Empty: nothing.")
        ),
        "reason": forms.CharField(label=gettext("Why"), widget=forms.Textarea(attrs={"rows": 2})),
    }
    return fields, {}


def _fallback(row: Any, part: Any, user: Any) -> MadeForm:
    fields, values = form_of(Fallback, FALLBACK, user)
    return fields, values


def _add_fallback(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    name = cleaned["name"] or (cleaned["provider"].key if cleaned["provider"] else "")
    return create_fallback(by, key=free_key(Fallback, f"{row.key}-{name}"), requirement=part, **cleaned)


NODE_STEPS = (
    Step(
        "close", _("Close it"), _("Close it"), "process.edit", until_form(_("First day without it")),
        lambda by, row, part, version, cleaned: close_node(by, row, version=version, on=cleaned["on"]),
        says=_("It serves no more from this day. What needs it is listed as a hole."), ends=True,
    ),
    Step(
        "add-requirement", _("Add something that it needs"), _("Add"), "process.edit", _requirement,
        _add_requirement, back="needs",
    ),
    Step(
        "change-requirement", _("Change this requirement"), _("Save"), "process.edit", _requirement,
        lambda by, row, part, version, cleaned: edit_requirement(
            by, part, version=version, **_draws(by, cleaned, part)
        ),
        on=Requirement, within="node", back="needs",
    ),
    Step(
        "remove-requirement", _("Remove this requirement"), _("Remove it"), "process.edit", no_form,
        lambda by, row, part, version, cleaned: remove_requirement(by, part, version=version),
        on=Requirement, within="node", back="needs", ends=True,
    ),
    Step(
        "confirm-supply", _("Confirm that this one may draw on it"), _("Confirm"), "process.edit", no_form,
        lambda by, row, part, version, cleaned: confirm_supply(by, part, version=version),
        on=Supply, within="provider", back="needed",
        says=_("The side that is drawn on says that it knows of this and can serve it."),
    ),
    Step(
        "contest-supply", _("Say that it cannot serve as asked"), _("Send it"), "process.edit", _contest,
        lambda by, row, part, version, cleaned: contest_supply(by, part, version=version, **cleaned),
        on=Supply, within="provider", back="needed",
        says=_("Whoever looks after what draws on it is shown this, and asks for less, or looks elsewhere."),
    ),
    Step(
        "add-fallback", _("Add what serves instead"), _("Add"), "strategy.edit", _fallback, _add_fallback,
        on=Requirement, within="node", back="needs",
        says=_("A fallback is taken up when what this requirement draws on is short."),
    ),
)  # fmt: skip
