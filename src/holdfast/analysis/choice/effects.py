"""What a candidate changes, exactly as an option of the engine says it (`engine.options.Option`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.organization.rows import check_key

if TYPE_CHECKING:
    from holdfast.engine.options import Option

Effects = dict[str, Any]
PARTS: dict[str, type] = {"fallbacks": list, "pools": dict, "restart": dict, "tolerance": list, "rates": dict}
"""The parts of an option that change the model, in the order in which they are told, and what each holds."""


def read_effects(effects: Any) -> Option:
    """The effects as the engine reads them. Raises ValidationError that names the place and what is wanted there."""
    # Only who checks a candidate needs the engine: models are loaded for every command.
    from holdfast.engine.errors import InputError
    from holdfast.engine.options import Option
    from holdfast.engine.reading import decode

    if not isinstance(effects, dict):
        raise _refused(gettext("Wanted an object with: %(known)s.") % {"known": ", ".join(PARTS)})
    if unknown := [str(name) for name in effects if name not in PARTS]:
        said = gettext("There is no “%(name)s”. Wanted: %(known)s.")
        raise _refused(said % {"name": unknown[0][:40], "known": ", ".join(PARTS)})
    try:
        option = decode({"id": "candidate", "cost": 0, **effects}, Option, "effects")
        _check_figures(option)
    except InputError as error:
        raise _refused(f"{error.path}: {error.message}") from None
    for k, added in enumerate(option.fallbacks):
        try:
            check_key(added.fallback.id)
        except ValidationError as error:
            raise _refused(f"fallbacks[{k}].fallback.id: {error.messages[0]}") from None
    return option


def named_nodes(option: Option) -> set[str]:
    """The keys of the processes and resources that it speaks of, those that serve instead with them."""
    places = {part.node for part in (*option.fallbacks, *option.tolerance)}
    return places | set(option.restart) | {added.fallback.node for added in option.fallbacks}


def named_pools(option: Option) -> set[str]:
    return set(option.pools) | {added.fallback.pool for added in option.fallbacks if added.fallback.pool is not None}


def check_named(
    option: Option, requirements: Mapping[str, int], pools: Collection[str], hazards: Collection[str]
) -> None:
    """Raises ValidationError where the organisation does not have what the option names. `requirements`: how many each
    process or resource has, by its key."""
    wrong = [gettext("There is no process or resource “%(key)s”.") % {"key": key}
             for key in sorted(named_nodes(option) - set(requirements))]  # fmt: skip
    wrong += [gettext("There is no pool “%(key)s”.") % {"key": key} for key in sorted(named_pools(option) - set(pools))]
    wrong += [gettext("There is no hazard “%(key)s”.") % {"key": key} for key in sorted(set(option.rates) - {*hazards})]
    for part in (*option.fallbacks, *option.tolerance):
        there = requirements.get(part.node)
        if there is None or 0 <= part.requirement < there:
            continue
        if there:
            said = gettext("“%(key)s” has no requirement %(number)d: wanted a number from 0 to %(last)d.")
            wrong.append(said % {"key": part.node, "number": part.requirement, "last": there - 1})
        else:
            wrong.append(gettext("“%(key)s” needs nothing, so that nothing can serve instead.") % {"key": part.node})
    if wrong:
        raise ValidationError({"effects": wrong})


def with_ids(effects: Any, key: str) -> Any:
    """The effects with an id, made from the candidate's key, for each fallback that has none."""
    added = effects.get("fallbacks") if isinstance(effects, dict) else None
    if not isinstance(added, list):
        return effects
    bodies = [part.get("fallback") if isinstance(part, dict) else None for part in added]
    taken = {body.get("id") for body in bodies if isinstance(body, dict)}
    free = (name for n in range(1, len(added) + len(taken) + 1) if (name := f"{key}:{n}") not in taken)
    return {
        **effects,
        "fallbacks": [
            {**part, "fallback": {"id": next(free), **body}} if isinstance(body, dict) and "id" not in body else part
            for part, body in zip(added, bodies, strict=True)
        ],
    }


def _check_figures(option: Option) -> None:
    """The bounds that hold in every model. Raises InputError."""
    from holdfast.engine import grid
    from holdfast.engine.hazards import MOST_RATE
    from holdfast.engine.reading import number
    from holdfast.engine.twin import check_fallback

    seen: set[str] = set()
    for k, added in enumerate(option.fallbacks):
        body = added.fallback
        pools = {body.pool} if body.pool is not None else set()
        check_fallback(body, f"fallbacks[{k}].fallback", "effects", {body.node: 0}, pools, seen)
        number(added.requirement, f"fallbacks[{k}].requirement", "effects", least=0)
    for name, values, most in (
        ("pools", option.pools, grid.MOST_WEIGHT),
        ("restart", option.restart, None),
        ("rates", option.rates, MOST_RATE),
    ):
        for key, value in values.items():
            number(value, f"{name}.{key}", "effects", least=0, most=most)
    for k, given in enumerate(option.tolerance):
        number(given.requirement, f"tolerance[{k}].requirement", "effects", least=0)
        number(given.hours, f"tolerance[{k}].hours", "effects", least=0)


def _refused(said: str) -> ValidationError:
    return ValidationError({"effects": said})
