"""The page on access says what the table of permissions says."""

from __future__ import annotations

from pathlib import Path

from holdfast.organization.accounts.roles import PERMISSIONS, Permission, Role

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "access.md"


def test_the_page_shows_each_permission_with_its_roles() -> None:
    shown = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 12 and cells[0].startswith("`"):
            marks = [cell == "x" for cell in cells[2:]]
            roles = frozenset(role for role, mark in zip(Role, marks, strict=False) if mark)
            name = cells[0].strip("`")
            shown[name] = Permission(name, cells[1], roles, everyone=marks[8], owner=marks[9])
    assert len(shown) >= 16
    for name, permission in shown.items():
        held = PERMISSIONS[name]
        assert permission == Permission(name, str(held.label), held.roles, held.everyone, held.owner)
    rooms = {name.split(".")[0] for name in shown}
    assert {name for name in PERMISSIONS if name.split(".")[0] in rooms} == set(shown)
