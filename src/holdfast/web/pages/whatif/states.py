"""The five states of a process in an answer: their order, words, marks and meaning."""

from __future__ import annotations

from enum import IntEnum

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy


class State(IntEnum):
    """From well to worst; the number is the step of severity that the page draws."""

    HOLDS = 0
    REDUCED = 1
    STOPS = 2
    RTO_MISSED = 3
    MTPD_BREACHED = 4

    @property
    def word(self) -> str:
        return str(_WORDS[self])

    @property
    def chip(self) -> SafeString:
        """Its shape, which `icons.html` holds, and its word."""
        return format_html(
            '<span class="state s{0}"><svg width="16" height="16" aria-hidden="true" focusable="false">'
            '<use href="#i{0}"/></svg>{1}</span>',
            self.value,
            self.word,
        )

    @property
    def meaning(self) -> str:
        return str(_MEANINGS[self])


_WORDS = {
    State.HOLDS: gettext_lazy("Holds"),
    State.REDUCED: gettext_lazy("Reduced"),
    State.STOPS: gettext_lazy("Stops"),
    State.RTO_MISSED: gettext_lazy("RTO missed"),
    State.MTPD_BREACHED: gettext_lazy("MTPD breached"),
}
_MEANINGS = {
    State.HOLDS: gettext_lazy("untouched, at its full level throughout"),
    State.REDUCED: gettext_lazy("below its full level, never below its agreed minimum"),
    State.STOPS: gettext_lazy("below its agreed minimum, back within its RTO"),
    State.RTO_MISSED: gettext_lazy("down for longer than its recovery time objective (RTO)"),
    State.MTPD_BREACHED: gettext_lazy("down for longer than its maximum tolerable period of disruption (MTPD)"),
}


def state_of(read_off: dict[str, object]) -> State:
    """The state of a process from what the engine read off for it."""
    if read_off["mtpd_breached"]:
        return State.MTPD_BREACHED
    if read_off["rto_missed"]:
        return State.RTO_MISSED
    if read_off["outages"]:
        return State.STOPS
    levels: list[list[float]] = read_off["level"]  # type: ignore[assignment]
    return State.REDUCED if any(level < 1 for _time, level in levels) else State.HOLDS
