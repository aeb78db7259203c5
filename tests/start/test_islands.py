"""``{% island "name" %}``: a page gets the bundles of the build that is there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.template import engines
from django.test import Client

from holdfast.web.templatetags import assets
from tests.start.checkout import ROOT

MANIFEST = {
    "_axis-AAAAAAAA.js": {"file": "axis-AAAAAAAA.js", "css": ["axis-BBBBBBBB.css"], "imports": ["_scale.js"]},
    "_scale.js": {"file": "scale-CCCCCCCC.js", "imports": ["_axis-AAAAAAAA.js"]},
    "src/holdfast/web/islands/clock.ts": {
        "file": "clock-DDDDDDDD.js",
        "isEntry": True,
        "css": ["clock-EEEEEEEE.css"],
        "imports": ["_axis-AAAAAAAA.js"],
    },
}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    return tmp_path


def shown(name: str) -> str:
    return engines["django"].from_string('{% load assets %}{% island "' + name + '" %}').render({})


def test_a_page_gets_the_script_and_all_styles_each_once(built: Path) -> None:
    assert shown("clock") == (
        '<link rel="stylesheet" href="/static/built/axis-BBBBBBBB.css">'
        '<link rel="stylesheet" href="/static/built/clock-EEEEEEEE.css">'
        '<script type="module" src="/static/built/clock-DDDDDDDD.js"></script>'
    )


def test_a_new_build_is_seen_without_a_restart(built: Path) -> None:
    assert "clock-DDDDDDDD.js" in shown("clock")
    path = built / "manifest.json"
    path.write_text(json.dumps(MANIFEST).replace("DDDDDDDD", "FFFFFFFF"))
    os.utime(path, ns=(1, 1))
    assert "clock-FFFFFFFF.js" in shown("clock")


def test_a_page_goes_without_an_island_that_was_not_built_and_the_log_says_what_to_do(
    built: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert shown("dial") == ""
    assert "no island dial" in caplog.text
    assert "./run" in caplog.text
    (built / "manifest.json").unlink()
    assert shown("clock") == ""


def test_every_island_of_this_checkout_is_built_and_may_be_kept_for_ever(client: Client) -> None:
    islands = sorted(path.stem for path in (ROOT / assets.SOURCES).glob("*.ts") if "." not in path.stem)
    assert islands
    for name in islands:
        script, styles = assets.files_of(name)
        for file in (script, *styles):
            answer = client.get(f"/static/built/{file}")
            assert answer.status_code == 200
            assert "immutable" in answer["Cache-Control"]
