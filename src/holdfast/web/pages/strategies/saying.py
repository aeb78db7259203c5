"""What the pages of strategies say alike: the state of a choice, whether a limit is met, money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.web.pages.organization.values import Chip
from holdfast.web.pages.whatif.wording import number

TONES = {"draft": "is-idea", "in_review": "is-chosen", "approved": "is-tested", "superseded": "is-closed"}


def state_of_selection(selection: Any) -> Chip:
    agreement = selection.agreement
    return Chip(agreement.get_state_display(), TONES[agreement.state])


def fits_chip(fits: bool | None) -> Chip:
    """Whether the MTPD is met, as a word."""
    if fits is None:
        return Chip(_("not known"), "is-idea")
    return Chip(_("met"), "is-met") if fits else Chip(_("not met"), "is-lacking")


def money(value: float | None) -> str:
    return "" if value is None else f"{number(value)}\u00a0USD"


def losses_in_words(losses: Mapping[str, float]) -> list[str]:
    """What the worst outage costs in each category where it costs anything, in the words of the scales in force."""
    said = {one.key: one for one in in_force(clock.today()).categories}
    found = []
    for key, value in sorted(losses.items()):
        if round(value):
            category = said.get(key)
            points = ngettext("point", "points", round(value))
            unit = category.unit if category is not None and category.unit else points
            name = str(category.name) if category is not None else key.replace("_", " ")
            found.append(f"{name}: {number(value)}\u00a0{unit}")
    return found
