from __future__ import annotations

import pytest

from tests import cast as made


@pytest.fixture
def cast(db: None) -> made.Cast:
    """The Secretariat in small."""
    return made.secretariat()


@pytest.fixture
def places(db: None) -> made.Cast:
    """Its units and sites alone."""
    return made.places_only()
