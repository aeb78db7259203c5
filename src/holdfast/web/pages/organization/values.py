"""A value as a page shows it and as a spreadsheet takes it: a row is a link, a figure has the mark of its basis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils import formats
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from holdfast.organization.evidence.fact import Fact
from holdfast.web.pages.whatif.basis import Basis
from holdfast.web.pages.whatif.wording import hours, number, percent

from .links import has_page, link

BARE = ("rank", "unit")
"""Units of measure that say nothing beside a number."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Figure:
    """A fact in a list: `page` is where its evidence is shown, at `anchor`."""

    fact: Fact
    page: str
    anchor: str


@dataclass(frozen=True)
class Chip:
    """A word of state: `tone` is a class of the style sheet."""

    word: str | Promise
    tone: str = ""


def figure_text(fact: Fact) -> str:
    """The figure alone: hours in words, shares as percentages, else the number and its unit."""
    if fact.value is None:
        return _("not known")
    text = _measure(fact.value, fact.unit)
    if fact.low is not None and fact.high is not None:
        return _("%(value)s (%(low)s to %(high)s)") % {
            "value": text,
            "low": _measure(fact.low, fact.unit),
            "high": _measure(fact.high, fact.unit),
        }
    if fact.p90 is not None:
        return _("%(value)s (nine in ten: at most %(p90)s)") % {"value": text, "p90": _measure(fact.p90, fact.unit)}
    return text


def _measure(value: float, unit: str) -> str:
    if unit == "h":
        return hours(value)
    if unit == "share":
        return percent(value)
    if unit == "1/year":
        return _("%(number)s a year") % {"number": f"{value:.3g}" if 0 < value < 0.1 else number(value, 3)}
    return number(value, 3) if unit in BARE else f"{number(value, 3)}\u00a0{unit}"


def basis_of(fact: Fact, anchor: str = "") -> Basis:
    return Basis(fact.basis.value, fact.source, anchor)


def shown(value: Any) -> SafeString | str:
    """A value as HTML."""
    if value is None or value == "":
        return ""
    if isinstance(value, Figure):
        basis = basis_of(value.fact)
        return format_html(
            '{}&#8239;<a class="basis" href="{}#{}" title="{}" aria-label="{}">{}</a>',
            figure_text(value.fact), value.page, value.anchor, basis.title, basis.word, basis.mark,
        )  # fmt: skip
    if isinstance(value, Fact):
        basis = basis_of(value)
        return format_html(
            '{}&#8239;<span class="basis" title="{}">{}</span>', figure_text(value), basis.title, basis.mark
        )
    if isinstance(value, Chip):
        return format_html('<span class="chip {}">{}</span>', value.tone, value.word)
    if isinstance(value, Model):
        return link(value) if has_page(value) else str(value)
    if isinstance(value, date):
        return format_html('<span class="nowrap">{}</span>', text(value))
    if isinstance(value, list | tuple):
        return format_html_join(", ", "{}", ((shown(item),) for item in value))
    if isinstance(value, dict):
        return format_html_join("; ", "{}: {}", ((key, shown(item)) for key, item in value.items()))
    return conditional_escape(text(value))


def text(value: Any) -> str:
    """A value as words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Figure):
        return figure_text(value.fact)
    if isinstance(value, Fact):
        return value.text()
    if isinstance(value, Chip):
        return str(value.word)
    if isinstance(value, datetime):
        return f"{formats.date_format(value, 'j F Y, H:i')} UTC"
    if isinstance(value, date):
        return formats.date_format(value, "j F Y")
    if isinstance(value, int | float):
        return number(value, 3)
    if isinstance(value, list | tuple):
        return ", ".join(text(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {text(item)}" for key, item in value.items())
    return str(value)


def cell(value: Any) -> str | int | float:
    """A value for a spreadsheet: numbers bare, dates in ISO 8601, no text that would run as a formula."""
    if isinstance(value, Figure):
        value = value.fact
    if isinstance(value, Fact):
        value = value.value
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    said = value.isoformat() if isinstance(value, date) else text(value)
    return f"'{said}" if said.startswith(FORMULA) else said
