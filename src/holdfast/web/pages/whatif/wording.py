"""Hours, shares and amounts in words, in the reader's language; nothing here is without its unit."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from holdfast.analysis.risk.models import Cause

NO_BREAK = "\u00a0"

KINDS = {
    "process": gettext_lazy("Process"),
    "people": gettext_lazy("People"),
    "facility": gettext_lazy("Premises"),
    "application": gettext_lazy("Application"),
    "infrastructure": gettext_lazy("Infrastructure"),
    "equipment": gettext_lazy("Equipment"),
    "record": gettext_lazy("Vital record"),
    "supplier": gettext_lazy("Supplier"),
}

STRATEGIES = {
    "alternate_means": gettext_lazy("alternate means"),
    "transfer": gettext_lazy("transfer to another office"),
    "telework": gettext_lazy("telework"),
    "alternate_site": gettext_lazy("alternate site"),
}

CAUSES = dict(Cause.choices)


def kind_name(kind: object) -> str:
    return str(KINDS.get(str(kind), kind))


def strategy_name(strategy: object) -> str:
    return str(STRATEGIES.get(str(strategy), strategy))


def cause_name(cause: object) -> str:
    return str(CAUSES.get(str(cause), cause or ""))


def number(value: float, digits: int = 0) -> str:
    """A number with the language's separators, grouped from five digits on."""
    rounded = round(value, digits)
    if float(rounded).is_integer() and abs(rounded) < 10_000:
        return str(int(rounded))
    text = number_format(rounded, decimal_pos=digits, use_l10n=True, force_grouping=abs(rounded) >= 10_000)
    if digits and text:
        point = number_format(0.5, decimal_pos=1, use_l10n=True)[1]
        if point in text:
            text = text.rstrip("0").rstrip(point)
    return text


def percent(share: float) -> str:
    """A share of 1 as a percentage; never 0 % or 100 % by rounding alone."""
    value = share * 100
    digits = 0 if value == round(value) else 1 if 0.1 <= value <= 99.9 else 4
    return pgettext("a percentage", "%(number)s %%").replace(" ", NO_BREAK) % {"number": number(value, digits)}


def hours(value: float) -> str:
    """A length of time in the two largest units that say it: 20 min, 3 h 20 min, 72 h as 3 d, 100 h as 4 d 4 h.

    ``value`` is in hours; whole seconds are kept below a minute, whole minutes below two days.
    """
    seconds = round(value * 3600)
    if seconds < 60:
        # Translators: seconds
        return _unit(seconds, pgettext("time", "%s s")) if seconds else _unit(0, pgettext("time", "%s h"))
    minutes = round(seconds / 60)
    if minutes < 48 * 60:
        whole, rest = divmod(minutes, 60)
        parts = [_unit(whole, pgettext("time", "%s h"))] if whole else []
        parts += [_unit(rest, pgettext("time", "%s min"))] if rest else []
        return NO_BREAK.join(parts)
    days, rest = divmod(round(minutes / 60), 24)
    parts = [_unit(days, pgettext("time", "%s d"))]
    parts += [_unit(rest, pgettext("time", "%s h"))] if rest else []
    return NO_BREAK.join(parts)


def _unit(value: int, pattern: str) -> str:
    return (pattern % number(value)).replace(" ", NO_BREAK)


def moment(value: float) -> str:
    """A time of the scenario, which has no calendar: counted from its start."""
    if value <= 0:
        return _("at the start")
    return _("%(time)s after the start") % {"time": hours(value)}


def since(value: float) -> str:
    """From which time of the scenario on."""
    return _("from the start") if value <= 0 else _("from %(time)s on") % {"time": hours(value)}


def listing(names: Iterable[str], most: int = 3) -> str:
    """Names in a row, at most ``most`` of them and then how many more."""
    items = list(names)
    if len(items) > most:
        shown = ", ".join(items[:most])
        return _("%(names)s and %(count)s more") % {"names": shown, "count": number(len(items) - most)}
    if len(items) > 1:
        return _("%(names)s and %(last)s") % {"names": ", ".join(items[:-1]), "last": items[-1]}
    return items[0] if items else ""
