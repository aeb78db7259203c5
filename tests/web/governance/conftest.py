"""The Secretariat in small, with a reader for each role."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client, override_settings

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from tests import cast as made
from tests.query_counts import query_count

__all__ = ["query_count"]
Reader = Callable[..., Client]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path):
    """Uploaded files wait in a folder of the test."""
    with override_settings(ALLOWED_HOSTS=["testserver"], DATA_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def cast(transactional_db: None) -> made.Cast:
    return made.secretariat()


@pytest.fixture
def reader(cast: made.Cast) -> Reader:
    """`reader("focal_point", unit="fcsd")`: a browser signed in as one with this role there; without: everywhere."""

    def signed_in(role: Role | str | None, *, unit: str = "", site: str = "", name: str = "") -> Client:
        name = name or f"{role}-{unit or site or 'all'}"
        account = User.objects.filter(username=name).first() or made.user(
            name, role, unit=cast.units.get(unit), site=cast.sites.get(site)
        )
        client = Client()
        client.force_login(account)
        return client

    return signed_in


@pytest.fixture
def manager(reader: Reader) -> Client:
    """The programme manager, who may change all but accounts."""
    return reader("programme_manager")


@pytest.fixture
def administrator(reader: Reader) -> Client:
    return reader("administrator")
