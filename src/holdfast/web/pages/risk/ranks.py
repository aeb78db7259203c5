"""Ranks and levels in words, as pages show them: a word always, a severity step beside it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from holdfast.analysis.risk.standing import Standing, rank_of
from holdfast.governance.settings.questions import in_force
from holdfast.governance.settings.scales import Rank, Scales
from holdfast.organization import clock
from holdfast.web.pages.organization.values import Chip

STATES = ("inherent", "current", "target")


def scales_today() -> Scales:
    return in_force(clock.today())


def state_name(state: str) -> str:
    return {"inherent": _("without any measure"), "current": _("now"), "target": _("wanted")}[state]


def chip(rank: Rank | None) -> Chip:
    """The word of a rank on its severity step."""
    return Chip(_("off the scale")) if rank is None else Chip(rank.label, f"rank-{rank.colour}")


def chip_of(scales: Scales, likelihood: int | None, impact: int | None) -> Chip | None:
    if likelihood is None or impact is None:
        return None
    return chip(rank_of(scales, (likelihood, impact)))


def level_words(scales: Scales, likelihood: int, impact: int) -> str:
    """“Likely, major”: the names of the two levels."""
    one = next((step.label for step in scales.likelihood if step.level == likelihood), str(likelihood))
    other = next((step.label for step in scales.impact if step.level == impact), str(impact))
    return f"{one}, {other[:1].lower()}{other[1:]}"


def change_words(change: int | None) -> str:
    """What has changed since the assessment before, in words with an arrow."""
    if change is None:
        return _("new")
    if change > 0:
        return _("↑ worse by %(ranks)s") % {"ranks": change}
    if change < 0:
        return _("↓ better by %(ranks)s") % {"ranks": -change}
    return _("= as before")


def told(one: Standing) -> dict[str, Any]:
    """A standing risk for a template."""
    return {
        "standing": one,
        "risk": one.risk,
        "rating": one.rating,
        "ranks": [(state_name(state), chip(one.rank(state)), level_words(one.scales, *one.rating.level(state)))
                  for state in STATES],
        "chip": chip(one.rank()),
        "change": change_words(one.change),
    }  # fmt: skip


def level_field(scales: Scales, kind: str, label: str) -> forms.TypedChoiceField:
    """The levels of `likelihood` or `impact` to choose from, each with what it means."""
    steps = [
        (str(step.level), f"{step.level} · {step.label}" + (f": {step.text}" if step.text else ""))
        for step in getattr(scales, kind)
    ]
    return forms.TypedChoiceField(label=label, choices=[("", "—"), *steps], coerce=int, empty_value=None)
