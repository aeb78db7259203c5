"""The Secretariat in small with a hazard, and a reader for each role."""

from __future__ import annotations

import pytest

from holdfast.analysis.risk.actions.hazards import add_footprint, create_hazard, create_threat
from holdfast.analysis.risk.models import Hazard
from holdfast.organization.evidence.fact import assumed
from tests.cast import TEST, Cast
from tests.web.organization.conftest import Reader, administrator, cast, folder, manager, query_count, reader

__all__ = ["Reader", "administrator", "cast", "folder", "manager", "query_count", "reader"]


@pytest.fixture
def fire(cast: Cast) -> Hazard:
    threat = create_threat(TEST, key="fire", name="Fire", environment="technological", origin="accidental")
    rate = assumed(0.02, "1/year", "Once in 50 years. A guess.")
    here = {"site": cast.sites["new-york"], "unit": cast.units["fcsd"]}
    hazard = create_hazard(TEST, key="fire-ny", name="Fire, New York", threat=threat, rate=rate, **here)
    add_footprint(
        TEST,
        hazard=hazard,
        kind="facility",
        site=cast.sites["new-york"],
        chance=assumed(0.5, "share"),
        loss=assumed(0.3, "share", low=0.1, high=1),
        duration=assumed(72, "h", "A guess.", p90=240),
    )
    return hazard
