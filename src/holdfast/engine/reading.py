"""JSON to typed records, with an error that says where and what is wanted."""

from __future__ import annotations

import math
import re
from typing import Any, TypeVar

import msgspec

from holdfast.engine.errors import InputError

T = TypeVar("T")

_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text",
    "array": "a list",
    "object": "an object",
    "bool": "true or false",
    "null": "null",
}
_EXPECTED = re.compile(r"Expected `(?P<want>[^`]*)`, got `(?P<got>[^`]*)`")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_PLACE = re.compile(r" - at `\$?\.?(?P<path>.*)`$", re.DOTALL)
_KEY = " - at key in "


def decode(data: bytes | str | dict[str, Any], kind: type[T], source: str) -> T:
    """``data`` (JSON text, or what ``json.loads`` made of it) as a ``kind``. Raises InputError."""
    try:
        if isinstance(data, dict):
            return msgspec.convert(data, kind)
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise _explained(str(error), source) from None
    except msgspec.DecodeError as error:
        raise InputError("", f"is not JSON: {error}", source) from None
    except (UnicodeError, RecursionError, TypeError, OverflowError) as error:
        raise InputError("", f"cannot be read as JSON: {error}", source) from None


def _explained(text: str, source: str) -> InputError:
    place = _PLACE.search(text)
    path = place["path"] if place else ""
    said = text[: place.start()] if place else text
    if _KEY in said:
        said = said.split(_KEY)[0]
    if expected := _EXPECTED.search(said):
        want, got = (_kinds(expected[key]) for key in ("want", "got"))
        return InputError(path, f"wanted {want}, got {got}", source)
    if missing := _MISSING.search(said):
        field = missing["field"]
        return InputError(f"{path}.{field}" if path else field, "is missing", source)
    return InputError(path, said, source)


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name.strip(), name.strip()) for name in names.split("|"))


def number(
    value: float,
    path: str,
    source: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> float:
    """``value`` if it is finite and within the bounds (``above`` excluded, ``least`` and ``most`` included)."""
    bounds = []
    if above is not None:
        bounds.append(f"above {above:g}")
    if least is not None:
        bounds.append(f"of {least:g} or more")
    if most is not None:
        bounds.append(f"at most {most:g}")
    fits = (
        math.isfinite(value)
        and (above is None or value > above)
        and (least is None or value >= least)
        and (most is None or value <= most)
    )
    if not fits:
        raise InputError(path, f"wanted a number {' and '.join(bounds) or 'that is finite'}, got {value:g}", source)
    return value
