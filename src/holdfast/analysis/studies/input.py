"""What a study is answered from: the organisation of a day, read once, and the hash that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from holdfast.analysis.model.twin import build_twin

if TYPE_CHECKING:
    from holdfast.engine.hazards import Hazard
    from holdfast.engine.twin import Twin

SOURCE = "the organisation"


@dataclass(frozen=True)
class Input:
    """`hash` is the SHA-256 of the twin and the question as JSON with sorted names."""

    twin: Twin
    hazards: tuple[Hazard, ...]
    hash: str


def read_input(as_of: date, question: Mapping[str, Any], *, hazards: bool) -> Input:
    """Raises InputError where the rows of that day make no model."""
    from holdfast.engine.hazards import read_hazards
    from holdfast.engine.twin import read_twin

    built = build_twin(as_of, hazards=hazards)
    twin = read_twin(built, SOURCE)
    said = json.dumps([built, dict(question)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return Input(
        twin,
        read_hazards(built, twin, SOURCE) if hazards else (),
        hashlib.sha256(said.encode()).hexdigest(),
    )
