"""What a candidate changes, typed a line at a time, and written so again: nothing of it is lost on the way.

    restart KEY hours
    pool KEY capacity
    rate KEY factor
    tolerance KEY requirement hours
    fallback KEY requirement PROVIDER weight activation endurance strategy POOL [id]

Requirements are counted from 0. `--` stands for none. An activation may be low/mode/high, or median/nine-in-ten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.analysis.choice.effects import Effects
from holdfast.analysis.strategy.models import FallbackKind

NONE = "--"
HELP = gettext_lazy(
    "One change a line: “restart KEY hours”, “pool KEY capacity”, “rate HAZARD factor”, “tolerance KEY requirement "
    "hours”, “fallback KEY requirement PROVIDER weight activation endurance strategy POOL”. Requirements are counted "
    "from 0; “--” stands for no end, no strategy or no pool; an activation may be “low/mode/high” hours."
)


def read_lines(lines: list[str]) -> Effects:
    """Raises ValidationError with a message for each line that cannot be, which names it and what is wanted."""
    found: Effects = {}
    wrong: list[str] = []
    for line in lines:
        word, *parts = line.split()
        form = _FORMS.get(word.lower())
        try:
            if form is None:
                known = ", ".join(_FORMS)
                raise _Wanted(_("a line that begins with one of: %(known)s") % {"known": known})
            wanted, least, most, take = form
            if not least <= len(parts) <= most:
                raise _Wanted(_("“%(form)s”") % {"form": wanted})
            take(found, parts)
        except _Wanted as error:
            wrong.append(_("“%(line)s”: wanted %(wanted)s.") % {"line": line[:120], "wanted": error})
    if wrong:
        raise ValidationError(wrong)
    return found


def write_lines(effects: Effects) -> list[str]:
    lines = []
    for added in effects.get("fallbacks", ()):
        body = added["fallback"]
        tail = [NONE if body.get(name) is None else body[name] for name in ("endurance", "strategy", "pool")]
        parts = [added["node"], added["requirement"], body["node"], body["weight"], body.get("activation", 0), *tail]
        lines.append(["fallback", *parts, *([body["id"]] if "id" in body else [])])
    lines += [["pool", key, value] for key, value in effects.get("pools", {}).items()]
    lines += [["restart", key, value] for key, value in effects.get("restart", {}).items()]
    lines += [["tolerance", part["node"], part["requirement"], part["hours"]] for part in effects.get("tolerance", ())]
    lines += [["rate", key, value] for key, value in effects.get("rates", {}).items()]
    return [" ".join(map(_written, line)) for line in lines]


class _Wanted(ValueError):
    """A line that cannot be; the message says what is wanted instead."""


def _taking_figure(part: str) -> Callable[[Effects, list[str]], None]:
    def take(found: Effects, parts: list[str]) -> None:
        key, value = parts
        given = found.setdefault(part, {})
        if key in given:
            raise _Wanted(_("“%(key)s” once") % {"key": key})
        given[key] = _number(value)

    return take


def _take_tolerance(found: Effects, parts: list[str]) -> None:
    node, place, hours = parts
    found.setdefault("tolerance", []).append(
        {"node": node, "requirement": _place(place), "hours": _number(hours)}
    )  # fmt: skip


def _take_fallback(found: Effects, parts: list[str]) -> None:
    node, place, provider, weight, activation, endurance, strategy, pool, *named = parts
    if strategy != NONE and strategy not in FallbackKind.values:
        known = ", ".join([*FallbackKind.values, NONE])
        raise _Wanted(_("a strategy of %(known)s, got “%(got)s”") % {"known": known, "got": strategy})
    body = {
        **({"id": named[0]} if named else {}),
        "node": provider,
        "weight": _number(weight),
        "activation": _duration(activation),
        "endurance": None if endurance == NONE else _number(endurance),
        "strategy": None if strategy == NONE else strategy,
        "pool": None if pool == NONE else pool,
    }
    found.setdefault("fallbacks", []).append({"node": node, "requirement": _place(place), "fallback": body})


_FORMS: dict[str, tuple[str, int, int, Callable[[Effects, list[str]], None]]] = {
    "restart": ("restart KEY hours", 2, 2, _taking_figure("restart")),
    "pool": ("pool KEY capacity", 2, 2, _taking_figure("pools")),
    "rate": ("rate HAZARD factor", 2, 2, _taking_figure("rates")),
    "tolerance": ("tolerance KEY requirement hours", 3, 3, _take_tolerance),
    "fallback": (
        "fallback KEY requirement PROVIDER weight activation endurance strategy POOL",
        8,
        9,
        _take_fallback,
    ),
}


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise _Wanted(_("a number, got “%(got)s”") % {"got": text[:40]}) from None


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _Wanted(_("the number of a requirement, counted from 0, got “%(got)s”") % {"got": text[:40]})
    return int(text)


def _duration(text: str) -> Any:
    parts = [_number(part) for part in text.split("/")]
    if len(parts) == 1:
        return parts[0]
    if len(parts) > 3:
        raise _Wanted(_("hours, “low/mode/high” or “median/nine-in-ten”, got “%(got)s”") % {"got": text[:40]})
    return dict(zip(("low", "mode", "high") if len(parts) == 3 else ("median", "p90"), parts, strict=True))


def _written(value: Any) -> str:
    if isinstance(value, dict):
        names = ("low", "mode", "high") if "mode" in value else ("median", "p90")
        return "/".join(_written(value[name]) for name in names)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
