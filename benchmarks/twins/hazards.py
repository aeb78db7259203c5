"""The hazards of a generated organisation: what may hit its sites, regions and suppliers within a year."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


def hazards_of(sites: Iterable[str], regions: Iterable[str], nodes: list[Json]) -> list[Json]:
    """Hazards in the shape of a twin's ``hazards``; annual rates are chosen so that a year of the medium twin touches
    about 4,900 of its 10,000 nodes, most of them through a site's power, building or network."""
    return [
        *(hazard for site in sites for hazard in _of_site(site)),
        *(hazard for region in regions for hazard in _of_region(region)),
        _hazard(
            "pandemic",
            0.02,
            _footprint({"select": {"kind": "people"}}, 0.6, _spread(0.1, 0.25, 0.4), _tail(500, 1_000)),
        ),
        _hazard(
            "supplier-fails",
            len(nodes) / 2_500,
            _footprint({"select": {"kind": "supplier"}}, 0.01, 1.0, _tail(72, 336)),
        ),
    ]


def _of_site(site: str) -> list[Json]:
    return [
        _hazard(f"{site}-power-cut", 0.185, _footprint({"nodes": [f"{site}-power"]}, 1.0, 1.0, _tail(5, 20))),
        _hazard(
            f"{site}-building-closed",
            0.08,
            _footprint({"nodes": [f"{site}-building"]}, 1.0, 1.0, _tail(36, 168)),
            _footprint({"select": {"kind": "equipment", "site": site}}, 0.2, 1.0, _tail(72, 240)),
        ),
        _hazard(f"{site}-network-fails", 0.11, _footprint({"nodes": [f"{site}-lan"]}, 1.0, 1.0, _spread(1, 3, 12))),
        _hazard(
            f"{site}-systems-fail",
            0.45,
            _footprint({"select": {"kind": "application", "site": site}}, 0.06, 1.0, _tail(4, 24), shared=False),
        ),
        _hazard(
            f"{site}-staff-absent",
            0.35,
            _footprint(
                {"select": {"kind": "people", "site": site}}, 0.1, _spread(0.1, 0.3, 0.8), _spread(24, 72, 240), False
            ),
        ),
    ]


def _of_region(region: str) -> list[Json]:
    return [
        _hazard(
            f"{region}-grid-fails", 0.05, _footprint({"nodes": [f"{region}-electricity"]}, 1.0, 1.0, _tail(12, 60))
        ),
        _hazard(f"{region}-carrier-fails", 0.3, _footprint({"nodes": [f"{region}-carrier-a"]}, 1.0, 1.0, _tail(6, 24))),
        _hazard(
            f"{region}-servers-fail",
            0.1,
            _footprint({"nodes": [f"{region}-server-{number}" for number in range(6)]}, 0.5, 1.0, _tail(4, 12)),
        ),
    ]


def _hazard(name: str, rate: float, *footprints: Json) -> Json:
    return {"id": name, "rate": rate, "footprints": list(footprints)}


def _footprint(which: Json, chance: float, loss: float | Json, duration: Json, shared: bool = True) -> Json:
    return {**which, "chance": chance, "loss": loss, "duration": duration, "shared": shared}


def _spread(low: float, mode: float, high: float) -> Json:
    return {"low": low, "mode": mode, "high": high}


def _tail(median: float, p90: float) -> Json:
    return {"median": median, "p90": p90}
