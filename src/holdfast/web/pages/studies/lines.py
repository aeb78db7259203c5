"""What a question asks for as a list, typed a line a part: waves of absence, crews, repairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.web.pages.organization.fields import LinesField

Json = dict[str, Any]
SEPARATOR = ";"


def _read(names: tuple[str, ...], line: str) -> list[str]:
    parts = [part.strip() for part in line.split(SEPARATOR)]
    if not len(names) - 1 <= len(parts) <= len(names):
        said = _("Wanted %(names)s with “;” between, got “%(line)s”.")
        raise ValidationError(said % {"names": ", ".join(names), "line": line[:80]})
    return [*parts, *[""] * (len(names) - len(parts))]


def _figure(text: str, line: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        said = _("“%(text)s” is no number, in “%(line)s”.")
        raise ValidationError(said % {"text": text[:40], "line": line[:80]}) from None


def _count(text: str, line: str) -> int:
    found = _figure(text, line)
    if found != int(found):
        raise ValidationError(_("Wanted a whole number in “%(line)s”.") % {"line": line[:80]})
    return int(found)


def _waves(lines: list[str]) -> list[Json]:
    names = (
        _("start week"),
        _("weeks up"),
        _("percent at the peak"),
        _("weeks at the peak"),
        _("weeks down"),
        _("sites"),
    )
    found = []
    for line in lines:
        start, ramp, peak, plateau, decline, sites = _read(names, line)
        found.append(
            {
                "start": _figure(start, line),
                "ramp": _figure(ramp, line),
                "peak": _figure(peak.rstrip("% "), line) / 100,
                "plateau": _figure(plateau, line),
                "decline": _figure(decline, line),
                "sites": [site.strip() for site in sites.split(",") if site.strip()] or None,
            }
        )
    return found


def _write_waves(waves: Any) -> list[str]:
    return [
        f"{w['start']:g}; {w['ramp']:g}; {w['peak'] * 100:g}; {w['plateau']:g}; {w['decline']:g}; "
        f"{', '.join(w['sites'] or ())}".rstrip("; ")
        for w in waves
    ]


def _crews(lines: list[str]) -> list[Json]:
    found = []
    for line in lines:
        name, kind, number, site = _read((_("name"), _("kind"), _("how many"), _("site")), line)
        found.append({"id": name, "kind": kind, "number": _count(number, line), "site": site or None})
    return found


def _repairs(lines: list[str]) -> list[Json]:
    found = []
    for line in lines:
        node, kind, length, site = _read((_("key of what is out"), _("kind"), _("crew-hours"), _("site")), line)
        found.append({"node": node, "kind": kind, "hours": _figure(length, line), "site": site or None})
    return found


def _write(*names: str) -> Callable[[Any], list[str]]:
    def write(parts: Any) -> list[str]:
        return ["; ".join(str(part[name]) for name in names if part[name] is not None) for part in parts]

    return write


FORMS: dict[str, tuple[Any, Any, Any]] = {
    "waves": (
        _waves,
        _write_waves,
        gettext_lazy(
            "One wave a line: start week; weeks up; percent absent at the peak; weeks at the peak; weeks down; keys of "
            "sites with commas, or nothing for everywhere."
        ),
    ),
    "crews": (
        _crews,
        _write("id", "kind", "number", "site"),
        gettext_lazy("One crew a line: name; kind of repair; how many teams; key of their site, or nothing for any."),
    ),
    "repairs": (
        _repairs,
        _write("node", "kind", "hours", "site"),
        gettext_lazy("One repair a line: key of what is out; kind of repair; hours of one team."),
    ),
}


def lines_field(form: str, **about: Any) -> LinesField:
    """The field of one of `kinds.LISTS`."""
    read, write, hint = FORMS[form]
    return LinesField(read, write, **{**about, "help_text": hint})
