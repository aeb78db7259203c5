from __future__ import annotations

from tests.web.organization.conftest import Reader, administrator, cast, folder, manager, query_count, reader

__all__ = ["Reader", "administrator", "cast", "folder", "manager", "query_count", "reader"]
