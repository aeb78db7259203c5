from __future__ import annotations

from pathlib import Path

import pytest
from django.test import override_settings

from holdfast.crisis.incidents.actions import declare_incident
from holdfast.crisis.incidents.models import Incident
from tests import cast as made
from tests.cast import TEST
from tests.crisis.bodies import Bodies, seated


@pytest.fixture(autouse=True)
def folder(tmp_path: Path):
    """Keys and files lie in a folder of the test."""
    with override_settings(ALLOWED_HOSTS=["testserver"], DATA_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def cast(db: None) -> made.Cast:
    """The Secretariat in small."""
    return made.secretariat()


@pytest.fixture
def fire(cast: made.Cast) -> Incident:
    """A fire in the Headquarters buildings, declared."""
    return declare_incident(TEST, title="Fire in the Headquarters complex", site=cast.sites["unhq"])


@pytest.fixture
def bodies(cast: made.Cast) -> Bodies:
    """SEPT and COG with people in their seats."""
    return seated(cast)
