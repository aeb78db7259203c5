"""What changed from one picture to the next. Pure: of two answers, as they were kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Json = dict[str, Any]

LEAST = 60.0
"""Seconds by which a breach has to move to be told."""


def difference(before: Json | None, after: Json) -> Json:
    """Of two answers, in the order of the one after: `{newly_breaching, no_longer, earlier, later, restored,
    newly_down, out, back, contentions, contentions_gone, cost, anything}`.

    `newly_breaching` and `no_longer`: `[{key, name, function, at}]`, `at` of the picture that has the breach. `earlier`
    and `later` have `was`, `at` and `hours` (above 0). `restored` and `newly_down`: processes that were down and work,
    or the reverse. `out` and `back`: outages that are new, or have ended. `cost` per category: what the present course
    costs more than was expected. Without a picture before, all is new.
    """
    old = {one["key"]: one for one in (before or {}).get("processes", [])}
    new = {one["key"]: one for one in after["processes"]}
    found: Json = {name: [] for name in ("newly_breaching", "no_longer", "earlier", "later", "restored", "newly_down")}
    for key, one in new.items():
        was = old.get(key, {})
        _breaches(found, one, was.get("breach_at"), one["breach_at"])
        if one["down_now"] and not was.get("down_now"):
            found["newly_down"].append(_said(one))
        if was.get("down_now") and not one["down_now"]:
            found["restored"].append(_said(one))
    for key, was in old.items():
        # What nothing happens to any more is no part of the picture.
        if key not in new:
            if was["breach_at"]:
                found["no_longer"].append({**_said(was), "at": was["breach_at"]})
            if was["down_now"]:
                found["restored"].append(_said(was))
    outs = {one["key"]: one for one in (before or {}).get("out", [])}
    found["out"] = [_thing(one) for one in after["out"] if one["key"] not in outs and not one["ended_at"]]
    found["back"] = [
        {**_thing(one), "at": one["ended_at"]}
        for one in after["out"]
        if one["ended_at"] and not outs.get(one["key"], {}).get("ended_at")
    ]
    found["back"] += [
        {**_thing(one), "at": None}
        for key, one in outs.items()
        if not one["ended_at"] and key not in {each["key"] for each in after["out"]}
    ]
    pools = {one["pool"]: one for one in (before or {}).get("contentions", [])}
    found["contentions"] = [_pool(one) for one in after["contentions"] if one["pool"] not in pools]
    still = {one["pool"] for one in after["contentions"]}
    found["contentions_gone"] = [_pool(one) for pool, one in pools.items() if pool not in still]
    costs = (before or {}).get("cost", {})
    found["cost"] = {
        name: more
        for name, one in after["cost"].items()
        if (more := one["expected"] - costs.get(name, {}).get("expected", 0.0))
    }
    found["anything"] = any(found[name] for name in found if name != "cost")
    return found


def _breaches(found: Json, one: Json, was: str | None, now: str | None) -> None:
    if now and not was:
        found["newly_breaching"].append({**_said(one), "at": now})
    elif was and not now:
        found["no_longer"].append({**_said(one), "at": was})
    elif was and now:
        moved = (datetime.fromisoformat(now) - datetime.fromisoformat(was)).total_seconds()
        if abs(moved) >= LEAST:
            name = "later" if moved > 0 else "earlier"
            found[name].append({**_said(one), "was": was, "at": now, "hours": abs(moved) / 3600})


def _said(one: Json) -> Json:
    return {"key": one["key"], "name": one["name"], "function": one["function"]}


def _thing(one: Json) -> Json:
    return {"node": one["node"], "name": one["name"]}


def _pool(one: Json) -> Json:
    return {"pool": one["pool"], "name": one["name"], "short_by": one["short_by"]}


__all__ = ["difference"]
