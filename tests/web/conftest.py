"""A small organisation of its own, so that these promises do not hang on the example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings

from holdfast.exchange.example import is_unfounded, scenarios_of
from holdfast.exchange.importing import apply, preview
from holdfast.organization.accounts.actions import found_installation
from holdfast.web.pages.whatif.example import Example, load
from holdfast.web.templatetags import assets
from tests.rows import TEST, take_in

SMALL_TWIN = Path(__file__).parent / "small_twin.json"
HALL_LOST = {
    "name": "Machine hall lost",
    "description": "A burst pipe.",
    "cause": "premises",
    "paragraphs": ["12"],
    "hits": [{"node": "hall", "loss": 1, "start": 1, "duration": 72}],
    "horizon": 720,
}


@pytest.fixture
def small(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The small organisation as the example of this installation, with one saved scenario; the folder given back is
    its own, and the island counts as built."""
    take_in(json.loads(SMALL_TWIN.read_bytes()))
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "hall-lost.json").write_text(json.dumps(HALL_LOST))
    apply(TEST, preview(TEST, scenarios_of(tmp_path / "scenarios")))
    if is_unfounded():
        found_installation(TEST, example=True)
    built = tmp_path / "built"
    built.mkdir()
    (built / "manifest.json").write_text(json.dumps({"src/holdfast/web/islands/timeline.ts": {"file": "timeline.js"}}))
    monkeypatch.setattr(assets, "BUILT", built)
    with override_settings(EXAMPLE_DIR=tmp_path, ALLOWED_HOSTS=["testserver"]):
        yield tmp_path


@pytest.fixture
def example(small: Path) -> Example:
    loaded = load(TEST)
    assert loaded is not None
    return loaded


@pytest.fixture
def page(small: Path) -> Client:
    return Client()
