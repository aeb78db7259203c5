"""The lock files: exact versions with hashes, and no address of any place to fetch them from."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from tests.start.checkout import ROOT

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt", "requirements-zig.txt")
ASKED = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", [*REQUIREMENTS, "package-lock.json", "package.json", ".npmrc", "run", ".ci/run"])
def test_no_lock_file_or_install_script_names_an_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert '"resolved"' not in text
    assert not re.search(r"--(index-url|extra-index-url|find-links|registry)", text)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_python_package_is_pinned_with_its_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==[^\s;]+", entry), entry
        assert "--hash=sha256:" in entry


def test_every_page_package_is_pinned_with_its_hash() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(entry["integrity"].startswith("sha512-") for path, entry in locked.items() if path)


def test_every_platform_of_a_page_package_is_locked() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    missing = [
        (path, name)
        for path, entry in locked.items()
        for name in entry.get("optionalDependencies", {})
        if f"node_modules/{name}" not in locked
    ]
    assert missing == [], "npm ci refuses a lock file that leaves out the builds for other machines"


@pytest.mark.parametrize(
    ("lock", "asked"),
    [
        ("requirements.txt", ASKED["project"]["dependencies"]),
        *((f"requirements-{group}.txt", names) for group, names in ASKED["dependency-groups"].items()),
    ],
)
def test_what_is_asked_for_is_locked(lock: str, asked: list[str]) -> None:
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
    names = {re.split(r"[\[<>=; ]", each)[0].lower().replace("_", "-") for each in asked}
    assert names - locked == set()


def test_the_developers_packages_agree_with_the_ones_in_use() -> None:
    def pins(name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for package, version in re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE):
            found.setdefault(package, set()).add(version)
        return found

    in_use, developers = pins("requirements.txt"), pins("requirements-dev.txt")
    shared = in_use.keys() & developers.keys()
    assert "django" in shared
    assert {name: developers[name] for name in shared} == {name: in_use[name] for name in shared}
