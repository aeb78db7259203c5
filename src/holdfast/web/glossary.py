"""The field's terms as this product uses them: explained on the page of words, and on hover where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Word:
    short: str
    full: str | Promise
    meaning: str | Promise


WORDS: tuple[Word, ...] = (
    Word("process", gettext_lazy("Process"), gettext_lazy("What a unit does for others and has to keep doing.")),
    Word(
        "function",
        gettext_lazy("Critical function"),
        gettext_lazy(
            "What the organisation as a whole keeps up at all times; it requires every process that serves it."
        ),
    ),
    Word(
        "resource",
        gettext_lazy("Resource"),
        gettext_lazy(
            "People, premises, applications, infrastructure, equipment, records or a supplier that are drawn on."
        ),
    ),
    Word(
        "requirement",
        gettext_lazy("Requirement"),
        gettext_lazy("What a process or a resource needs from others, and how much of it."),
    ),
    Word(
        "MTPD",
        gettext_lazy("Maximum tolerable period of disruption"),
        gettext_lazy("After this time without it, the harm can no longer be borne."),
    ),
    Word(
        "RTO",
        gettext_lazy("Recovery time objective"),
        gettext_lazy("How soon after a disruption it is to be back; shorter than the MTPD."),
    ),
    Word(
        "RPO",
        gettext_lazy("Recovery point objective"),
        gettext_lazy("How old the restored data may be at most."),
    ),
    Word(
        "MBCO",
        gettext_lazy("Minimum business continuity objective"),
        gettext_lazy("The least level at which a process still counts as running; below it, it is down."),
    ),
    Word(
        "tolerance",
        gettext_lazy("Tolerance"),
        gettext_lazy("How long something works on with what it had after what it needs has failed."),
    ),
    Word(
        "restart",
        gettext_lazy("Restart"),
        gettext_lazy("How long all that it needs must be there without a break before it is back."),
    ),
    Word(
        "fallback",
        gettext_lazy("Fallback"),
        gettext_lazy(
            "What serves instead while a requirement is short: an alternate means, a transfer, telework or an "
            "alternate site. It takes its activation to begin and lasts for its endurance."
        ),
    ),
    Word(
        "pool",
        gettext_lazy("Pool"),
        gettext_lazy("Places that several fallbacks share: seats, licences, a recovery team."),
    ),
    Word(
        "contention",
        gettext_lazy("Contention"),
        gettext_lazy("Several fallbacks claim the same pool at once, and one gets less than it wanted."),
    ),
    Word(
        "deadlock",
        gettext_lazy("Deadlock"),
        gettext_lazy("Things that wait for each other in a circle and so never come back by themselves."),
    ),
    Word(
        "binding cause",
        gettext_lazy("Binding cause"),
        gettext_lazy("The chain from an outage back to what was hit: mend it first."),
    ),
    Word(
        "gate",
        gettext_lazy("Gate between the five steps"),
        gettext_lazy(
            "What a step is about is submitted once the unit is past the steps before, or was let pass with a reason; "
            "it may be written at any time."
        ),
    ),
)
"""The field's terms as this product uses them; the standards are ISO 22301 and ISO/TS 22317."""

BY_SHORT: dict[str, Word] = {word.short: word for word in WORDS}
