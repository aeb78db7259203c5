"""The picture as it was when a body decided, frozen with the decision.

`FREEZE` holds what makes a picture now and keeps it: a function of who asks and the incident that gives something with
`number`, `at`, `input_hash` and `answer` (JSON, times in ISO 8601). What is kept beside the decision names that picture
and says how long each critical function is expected to be interrupted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from holdfast.crisis.incidents.models import Incident
from holdfast.organization.accounts.acts import Actor

FREEZE: list[Callable[[Actor, Incident], Any]] = []


def frozen(by: Actor, incident: Incident) -> dict[str, Any] | None:
    """{"picture", "at", "hash", "functions": [{"key", "name", "from", "back", "hours"}], "hours", "beyond"}, or None
    where there is no picture. `hours`: the longest expected interruption of a critical function, 0 where none is
    interrupted, None where it ends beyond what was computed (`beyond`). Inside an act."""
    for make in FREEZE:
        picture = make(by, incident)
        if picture is not None:
            return digest(picture)
    return None


def digest(picture: Any) -> dict[str, Any]:
    functions = [_function(one) for one in picture.answer.get("processes", []) if one.get("function")]
    down = [one for one in functions if one["from"] is not None]
    beyond = any(one["hours"] is None for one in down)
    return {
        "picture": picture.number,
        "at": picture.at.isoformat(),
        "hash": picture.input_hash,
        "functions": functions,
        "hours": None if beyond else max((one["hours"] for one in down), default=0.0),
        "beyond": beyond,
    }


def _function(one: dict[str, Any]) -> dict[str, Any]:
    start, end = one.get("first_down"), one.get("back_at")
    hours = None
    if start is not None and end is not None:
        hours = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 3600
    return {"key": one["key"], "name": one["name"], "from": start, "back": end, "hours": hours}
