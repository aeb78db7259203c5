"""Times, shares and bars as a person reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

from holdfast.web.pages.whatif.chain import Outage
from holdfast.web.pages.whatif.timeline import Axis
from holdfast.web.pages.whatif.wording import hours, listing, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 h"),
        (0.01, "36 s"),
        (1 / 3, "20 min"),
        (3 + 1 / 3, "3 h 20 min"),
        (47, "47 h"),
        (72, "3 d"),
        (100, "4 d 4 h"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(value: float, text: str) -> None:
    assert hours(value).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("share", "text"), [(1, "100 %"), (0.4, "40 %"), (0.857142, "85.7 %"), (0.999999, "99.9999 %")]
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert percent(share).replace("\u00a0", " ") == text


def test_a_long_list_says_how_many_more() -> None:
    assert listing(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert listing(["a", "b"], 2) == "a and b"


def test_the_axis_is_logarithmic_where_hours_meet_weeks() -> None:
    axis = Axis(2160)
    assert [axis.label(tick).replace("\u00a0", " ") for tick in axis.ticks] == [
        "1 h",
        "4 h",
        "1 d",
        "3 d",
        "1 w",
        "4 w",
        "90 d",
    ]
    places = [axis.x(tick) for tick in axis.ticks]
    assert places == sorted(places) and axis.x(0) == 0 and axis.x(2160) == 100
    assert min(b - a for a, b in pairwise(places)) > 7


def test_a_short_horizon_has_an_even_axis() -> None:
    axis = Axis(24)
    assert axis.x(12) == 50 and axis.ticks == [4, 8, 12, 16, 20, 24]


def test_a_bar_stands_where_the_outage_is_and_its_limits_from_its_start() -> None:
    axis = Axis(40)
    drawing = str(axis.row([Outage(10, 30, False, "", [])], [[0, 1], [10, 0], [30, 1]], 4, 16, 4, "words & more"))
    assert 'class="out s4" x="25.0%" width="50.0%"' in drawing
    assert 'href="#rto" class="passed" x="35.0%"' in drawing and 'href="#mtpd" class="passed" x="65.0%"' in drawing
    assert 'aria-label="words &amp; more"' in drawing


def test_a_thousand_pulses_are_drawn_as_what_can_be_told_apart() -> None:
    levels = [[float(i) / 10, float(i % 2)] for i in range(2000)]
    outages = [Outage(i / 10, (i + 1) / 10, False, "", []) for i in range(0, 2000, 2)]
    assert len(str(Axis(2160).row(outages, levels, 1, 1, 2, ""))) < 20_000


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext's tools are not installed")
def test_the_words_of_the_page_can_be_collected_for_translation(tmp_path: Path) -> None:
    shutil.copytree(Path(settings.PACKAGE) / "web" / "pages", tmp_path / "pages")
    shutil.copytree(Path(settings.PACKAGE) / "web" / "templates", tmp_path / "templates")
    (tmp_path / "locale").mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "fr", "--verbosity", "0"], cwd=tmp_path, check=True
    )
    collected = (tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po").read_text()
    for words in (
        "Show what fails",
        "MTPD breached",
        "Skip to the content",
        "Begin with a scenario",
        "the two largest",
    ):
        assert (words in collected) == (words != "the two largest")


NAMES = {"Holdfast", "RTO", "MTPD", "RPO", "MBCO", "SHA", "UTC", "PDF", "EDXL", "SitRep"}


def test_no_words_stand_in_a_template_unmarked() -> None:
    """What is left of a template without tags, variables, commands and marked words holds no word but names of
    formats."""
    unmarked = {}
    for path in (Path(settings.PACKAGE) / "web" / "templates").rglob("*.html"):
        text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", path.read_text(), flags=re.S)
        text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.S)
        text = re.sub(r"<code>.*?</code>", "", text, flags=re.S)
        text = re.sub(r"<!doctype html>|&[a-z0-9#]+;", "", re.sub(r"<[^<>]*>", " ", text))
        words = set(re.findall(r"[^\W\d_]{2,}", text)) - NAMES
        if words:
            unmarked[path.name] = words
    assert unmarked == {}
