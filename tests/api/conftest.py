"""A small organisation, and those who ask it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from holdfast.organization.accounts.actions import create_token
from holdfast.organization.accounts.models import User
from tests.cast import Cast, secretariat, user
from tests.query_counts import query_count

__all__ = ["query_count"]


class Program:
    """A program with a token: `get`, `post`, `patch` and `delete` under /api/v1."""

    def __init__(self, account: User) -> None:
        self.account = account
        secret = create_token(account, account, name="test")[1]
        self.client = Client(headers={"authorization": f"Bearer {secret}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: Any) -> Any:
        return self._send("POST", path, body, {})

    def patch(self, path: str, body: Any, seen: int | None = None) -> Any:
        return self._send("PATCH", path, body, {} if seen is None else {"if-match": f'"{seen}"'})

    def delete(self, path: str, seen: int | None = None) -> Any:
        return self._send("DELETE", path, None, {} if seen is None else {"if-match": f'"{seen}"'})

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(method, f"/api/v1{path}", content, content_type="application/json", headers=headers)


@pytest.fixture
def cast(db: None) -> Cast:
    return secretariat()


@pytest.fixture
def program(cast: Cast) -> Callable[..., Program]:
    """A program of an account with this role: `program("focal_point", unit=cast.units["unog"])`."""

    def of(role: str, **where: Any) -> Program:
        return Program(user(f"{role}-{len(where)}", role, **where))

    return of


@pytest.fixture
def manager(program: Callable[..., Program]) -> Program:
    """The programme manager's, on the whole organisation."""
    return program("programme_manager")


def paths_of(response: Any) -> list[str]:
    """The paths of what a refusal names."""
    return [field["path"] for field in response.json()["error"]["fields"]]
