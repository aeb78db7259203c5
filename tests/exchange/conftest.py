from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from holdfast.exchange.example import load_example
from tests import cast as made


@pytest.fixture
def cast(db: None) -> made.Cast:
    """The Secretariat in small."""
    return made.secretariat()


@pytest.fixture
def places(db: None) -> made.Cast:
    """Its units and sites alone."""
    return made.places_only()


@pytest.fixture(scope="module")
def secretariat(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The example, loaded once for the tests of a module, which read it; at the end it is taken back."""
    here = transaction.atomic()
    # Acts want the outermost transaction; the one of a test does not count.
    here._from_testcase = True  # type: ignore[attr-defined]
    with django_db_blocker.unblock(), here:
        load_example(Path(settings.EXAMPLE_DIR))
        yield
        transaction.set_rollback(True)
