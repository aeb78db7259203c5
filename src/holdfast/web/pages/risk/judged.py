"""The form fields in which people say how often, how much and how long, and the figures that come of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.analysis.risk import elicitation
from holdfast.analysis.risk.elicitation import BadJudgement, Fixed, Lognormal, Rate, Spread, Triangular
from holdfast.analysis.risk.models.hazards import HOURS, PER_YEAR, SHARE
from holdfast.organization.evidence.fact import BASIS_NAMES, BadFact, Fact
from holdfast.web.pages.organization.fields import DayField, NumberField
from holdfast.web.pages.whatif.wording import number, percent

from . import curves

Fields = dict[str, forms.Field]
Cleaned = Mapping[str, Any]

UNITS = {"h": (1.0, gettext_lazy("hours")), "d": (24.0, gettext_lazy("days")), "w": (168.0, gettext_lazy("weeks"))}
OFTEN = [
    ("once", gettext_lazy("once in so many years")),
    ("counted", gettext_lazy("so many times in so many years")),
    ("chance", gettext_lazy("with this chance within so many years")),
    ("rate", gettext_lazy("so many times a year")),
]
LENGTHS = [
    ("long", gettext_lazy("likely, and nine in ten at most (a long tail)")),
    ("three", gettext_lazy("low, likely and high")),
    ("fixed", gettext_lazy("always the same")),
]


def evidence_fields(prefix: str = "") -> Fields:
    return {
        f"{prefix}basis": forms.ChoiceField(
            label=_("Basis"), choices=[(value, str(name)) for value, name in BASIS_NAMES.items()]
        ),
        f"{prefix}source": forms.CharField(label=_("Source or reason"), required=False, max_length=2000),
        f"{prefix}as_of": DayField(label=_("As of"), required=False),
    }


def rate_fields() -> Fields:
    return {
        "often": forms.ChoiceField(label=_("How often"), choices=OFTEN),
        "times": NumberField(
            label=_("Times"), required=False, help_text=_("Only where it was counted, or times a year.")
        ),
        "chance_within": NumberField(label=_("Chance in %"), required=False, help_text=_("Only with a chance.")),
        "years": NumberField(label=_("Years"), required=False),
        **evidence_fields(),
    }


def effect_fields() -> Fields:
    return {
        "chance": NumberField(label=_("Chance to be hit, in %")),
        "loss_low": NumberField(label=_("Lost at least, in %"), required=False),
        "loss_likely": NumberField(label=_("Lost most likely, in %")),
        "loss_high": NumberField(label=_("Lost at most, in %"), required=False),
        "length": forms.ChoiceField(label=_("How long, given as"), choices=LENGTHS),
        "measure": forms.ChoiceField(label=_("In"), choices=[(key, str(name)) for key, (_h, name) in UNITS.items()]),
        "low": NumberField(label=_("Low"), required=False, help_text=_("Only with low, likely and high.")),
        "likely": NumberField(label=_("Likely")),
        "high": NumberField(label=_("High, or nine in ten at most"), required=False),
        "outside": forms.BooleanField(
            label=_("One case in ten lies below low, and one above high"),
            required=False,
            help_text=_("Left empty, low and high are the least and the most that can be."),
        ),
        "shared": forms.BooleanField(
            label=_("One draw for all"),
            required=False,
            help_text=_("All that is hit loses the same for the same time; else each by itself."),
        ),
        **evidence_fields(),
    }


def rate_of(said: Cleaned) -> Rate:
    """Raises ValidationError at the field."""
    often = said.get("often")
    if often == "once":
        return _judged({"years": "years"}, lambda: elicitation.once_in(_given(said, "years")))
    if often == "counted":
        return _judged(
            {"years": "years", "times": "times"},
            lambda: elicitation.counted(_given(said, "times"), _given(said, "years")),
        )
    if often == "chance":
        return _judged(
            {"years": "years", "chance": "chance_within"},
            lambda: elicitation.chance_within(_given(said, "chance_within") / 100, _given(said, "years")),
        )
    times = _given(said, "times")
    if not 0 <= times <= 1000:
        raise ValidationError({"times": _("Wanted between 0 and %(most)g.") % {"most": 1000}})
    return Rate(times)


def rate_fact(said: Cleaned, user: Any) -> Fact:
    """The rate with its evidence; what was said stands before the source. Raises ValidationError."""
    rate = rate_of(said)
    more = {} if rate.low is None else {"low": _tidy(rate.low), "high": _tidy(rate.high)}
    return _fact(said, _tidy(rate.rate), PER_YEAR, user, rate_words(said), **more)


def rate_words(said: Cleaned) -> str:
    """What was said of how often, as the evidence keeps it."""
    years = number(said["years"], 3) if said.get("years") is not None else ""
    match said.get("often"):
        case "once":
            return _("Once in %(years)s years.") % {"years": years}
        case "counted":
            return _("%(times)s times in %(years)s years.") % {"times": number(said["times"]), "years": years}
        case "chance":
            chance = percent(said["chance_within"] / 100)
            return _("A chance of %(chance)s within %(years)s years.") % {"chance": chance, "years": years}
    return ""


def loss_of(said: Cleaned) -> Spread:
    """Raises ValidationError at the field."""
    likely = _given(said, "loss_likely") / 100
    low, high = (said.get(name) for name in ("loss_low", "loss_high"))
    low, high = (likely if each is None else each / 100 for each in (low, high))
    return _judged(
        {"low": "loss_low", "likely": "loss_likely", "high": "loss_high"},
        lambda: elicitation.three_points(low, likely, high, most=1),
    )


def duration_of(said: Cleaned) -> Spread:
    """In hours. Raises ValidationError at the field."""
    hours = UNITS[said.get("measure") or "h"][0]
    likely = _given(said, "likely") * hours
    if said.get("length") == "three":
        low, high = _given(said, "low") * hours, _given(said, "high") * hours
        return _judged(
            {"low": "low", "likely": "likely", "high": "high"},
            lambda: elicitation.three_points(low, likely, high, outside=bool(said.get("outside"))),
        )
    if said.get("length") == "long":
        high = _given(said, "high") * hours
        return _judged({"likely": "likely", "p90": "high"}, lambda: elicitation.usual_and_long(likely, high))
    return _judged({"likely": "likely"}, lambda: elicitation.three_points(likely, likely, likely))


def effect_facts(said: Cleaned, user: Any) -> dict[str, Any]:
    """Chance, loss and duration as a footprint takes them. Raises ValidationError with all that is wrong."""
    problems: dict[str, Any] = {}
    found: dict[str, Any] = {}
    chance = said.get("chance")
    if chance is None or not 0 < chance <= 100:
        problems["chance"] = _("Wanted more than 0 %, and at most 100 %.")
    for name, unit, read in (("loss", SHARE, loss_of), ("duration", HOURS, duration_of)):
        try:
            found[name] = spread_fact(said, read(said), unit, user)
        except ValidationError as error:
            problems.update(error.message_dict)
    if problems:
        raise ValidationError(problems)
    return found | {"chance": _fact(said, (chance or 0) / 100, SHARE, user), "shared": bool(said.get("shared"))}


def spread_fact(said: Cleaned, spread: Spread, unit: str, user: Any) -> Fact:
    match spread:
        case Triangular(low, mode, high):
            return _fact(said, mode, unit, user, low=_tidy(low), high=_tidy(high))
        case Lognormal(median, p90):
            return _fact(said, median, unit, user, p90=p90)
        case Fixed(value):
            return _fact(said, value, unit, user)


def said_of_rate(fact: Fact) -> dict[str, Any]:
    """A rate as the form shows it: once in n years where it is rare."""
    rate = fact.value or 0
    rare = 0 < rate < 1
    said = {
        "often": "once" if rare else "rate",
        "years": _tidy(float(f"{1 / rate:.4g}")) if rare else None,
        "times": None if rare else rate,
    }
    evidence = _evidence(fact)
    # Saving puts these words before the source again.
    return said | evidence | {"source": evidence["source"].removeprefix(rate_words(said)).strip()}


def said_of_effect(footprint: Any) -> dict[str, Any]:
    """A footprint's figures as the form shows them."""
    loss, duration = footprint.loss, footprint.duration
    length = "long" if duration.p90 is not None else "three" if duration.low is not None else "fixed"
    measure, hours = next(
        ((key, hours) for key, (hours, _n) in reversed(UNITS.items()) if (duration.value / hours).is_integer()),
        ("h", 1.0),
    )
    high = duration.p90 if length == "long" else duration.high
    return {
        "chance": _tidy(footprint.chance.value * 100),
        "loss_low": None if loss.low is None else _tidy(loss.low * 100),
        "loss_likely": _tidy(loss.value * 100),
        "loss_high": None if loss.high is None else _tidy(loss.high * 100),
        "length": length,
        "measure": measure,
        "low": None if duration.low is None else duration.low / hours,
        "likely": duration.value / hours,
        "high": None if high is None else high / hours,
        "shared": footprint.shared,
        **_evidence(duration),
    }


def drawn(said: Cleaned) -> list[curves.Picture]:
    """The pictures of what has been said so far; what cannot be yet is left out."""
    found: list[curves.Picture] = []
    readers: tuple[tuple[str, Callable[[], list[curves.Picture]]], ...] = (
        ("often", lambda: [curves.years_picture(rate_of(said).rate)]),
        ("likely", lambda: curves.duration_pictures(duration_of(said))),
        ("loss_likely", lambda: _loss_pictures(loss_of(said))),
    )
    for name, pictures in readers:
        if said.get(name) in (None, ""):
            continue
        try:
            found += pictures()
        except ValidationError:
            continue
    return found


def _loss_pictures(spread: Spread) -> list[curves.Picture]:
    """What is always the same needs no picture."""
    return [] if isinstance(spread, Fixed) else curves.loss_pictures(spread)


def _judged(names: Mapping[str, str], judgement: Callable[[], Any]) -> Any:
    """The answer, or what is wrong at the field of the part that is."""
    try:
        return judgement()
    except BadJudgement as error:
        raise ValidationError({names.get(error.part, next(iter(names.values()))): str(error)}) from None


def _given(said: Cleaned, name: str) -> float:
    value = said.get(name)
    if value is None:
        raise ValidationError({name: _("This is needed here.")})
    return float(value)


def _fact(said: Cleaned, value: float, unit: str, user: Any, words: str = "", **more: Any) -> Fact:
    source = (said.get("source") or "").strip()
    if words and not source.startswith(words):
        source = f"{words} {source}".strip()
    day = said.get("as_of")
    parts = {"value": value, "unit": unit, "basis": said.get("basis") or "assumed", "source": source}
    parts |= {"as_of": day.isoformat()} if day else {}
    try:
        return Fact.read({**parts, **more, "entered_by": getattr(user, "username", None)})
    except BadFact as error:
        raise ValidationError({"source": str(error)}) from None


def _evidence(fact: Fact) -> dict[str, Any]:
    return {"basis": fact.basis.value, "source": fact.source, "as_of": fact.as_of}


def _tidy(value: float | None) -> Any:
    """Six digits that count: what a judgement bears is less."""
    return None if value is None else float(f"{value:.6g}")
