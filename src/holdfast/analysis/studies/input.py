"""What a study is answered from: the organisation of a day, read once, and the hash that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.strategy.models import READY, FallbackState
from holdfast.organization.places.models import STANDING

if TYPE_CHECKING:
    from holdfast.engine.hazards import Hazard
    from holdfast.engine.twin import Twin

SOURCE = "the organisation"
Json = dict[str, Any]


@dataclass(frozen=True)
class Input:
    """`hash` is the SHA-256 of the twin, the scenarios and the question as JSON with sorted names."""

    as_of: date
    twin: Twin
    hazards: tuple[Hazard, ...]
    hash: str
    scenarios: dict[str, Json] = field(default_factory=dict)
    """Those that the question names, or all that can be asked on that day, by key."""


def read_input(as_of: date, question: Mapping[str, Any], *, hazards: bool, scenarios: bool = False) -> Input:
    """With what a question asks for: `planned` counts fallbacks that are chosen and not yet in place. Raises InputError
    where the rows of that day make no model, or a scenario that is named is none of it."""
    from holdfast.engine.hazards import read_hazards
    from holdfast.engine.twin import read_twin

    states = READY | {FallbackState.CHOSEN} if question.get("planned") else READY
    built = build_twin(as_of, STANDING, states, hazards=hazards)
    twin = read_twin(built, SOURCE)
    asked = _scenarios(as_of, question, twin) if scenarios else {}
    said = json.dumps([built, asked, dict(question)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return Input(
        as_of,
        twin,
        read_hazards(built, twin, SOURCE) if hazards else (),
        hashlib.sha256(said.encode()).hexdigest(),
        asked,
    )


def _scenarios(as_of: date, question: Mapping[str, Any], twin: Twin) -> dict[str, Json]:
    from holdfast.engine.errors import InputError
    from holdfast.engine.scenario import read_scenario

    named = list(question.get("scenarios") or filter(None, [question.get("scenario")]))
    rows = Scenario.objects.as_of(as_of).with_hits().order_by("key")
    found: dict[str, Json] = {}
    for row in rows.filter(key__in=named) if named else rows:
        record = row.as_scenario()
        try:
            read_scenario(record, twin, row.name)
        except InputError:
            # Of all scenarios, those of things that are not there that day are left out; one that was named is missed.
            if named:
                raise
        else:
            found[row.key] = {"hits": record["hits"], "horizon": record["horizon"]}
    if missing := [key for key in named if key not in found]:
        raise InputError("scenarios", f"there is no scenario {', '.join(missing)} on that day", SOURCE)
    return found
