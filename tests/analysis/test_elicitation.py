"""What experts say becomes rates and distributions by the formulas named, and what cannot be is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from holdfast.analysis.risk.elicitation import (
    BadJudgement,
    Fixed,
    Lognormal,
    Triangular,
    at_least_one,
    chance_within,
    counted,
    once_in,
    spread_of,
    three_points,
    usual_and_long,
)


def test_once_in_475_years_is_a_chance_of_ten_percent_in_fifty() -> None:
    """The worked number of docs/methods/hazards.md."""
    assert once_in(475).rate == pytest.approx(0.002105, abs=1e-6)
    assert at_least_one(once_in(475).rate, 50) == pytest.approx(0.0999, abs=1e-4)
    assert 1 / chance_within(0.1, 50).rate == pytest.approx(474.56, abs=0.01)


def test_what_was_counted_has_the_range_that_the_count_leaves() -> None:
    """Garwood's limits as tables have them: of 3 events 0.818 to 7.754, of none up to 2.996, with 90 %."""
    three = counted(3, 10)
    assert three.rate == pytest.approx(0.3)
    assert (three.low, three.high) == (pytest.approx(0.0818, abs=1e-4), pytest.approx(0.7754, abs=1e-4))
    none = counted(0, 20)
    assert none.rate == pytest.approx(0.025)
    assert (none.low, none.high) == (0.0, pytest.approx(2.9957 / 20, abs=1e-4))


def test_low_likely_and_high_are_the_ends_or_leave_one_case_in_ten_outside() -> None:
    assert three_points(2, 4, 12) == Triangular(2, 4, 12)
    wide = three_points(20, 24, 36, outside=True)
    assert isinstance(wide, Triangular)
    assert wide.low < 20 < 36 < wide.high
    assert wide.exceeded(20) == pytest.approx(0.9, abs=1e-6)
    assert wide.exceeded(36) == pytest.approx(0.1, abs=1e-6)
    assert three_points(2, 4, 12, outside=True).quantile(0) == 0, "no outage is shorter than nothing"
    assert three_points(4, 4, 4) == Fixed(4)


def test_a_widened_loss_stays_between_nothing_and_all() -> None:
    wide = three_points(0.01, 0.5, 0.99, most=1, outside=True)
    assert isinstance(wide, Triangular)
    assert 0 <= wide.low <= 0.5 <= wide.high <= 1


def test_half_the_time_and_nine_in_ten_are_a_long_tail() -> None:
    long = usual_and_long(8, 72)
    assert isinstance(long, Lognormal)
    assert long.exceeded(8) == pytest.approx(0.5)
    assert long.exceeded(72) == pytest.approx(0.1)
    assert long.sigma == pytest.approx(1.7145, abs=1e-4)
    assert long.mean == pytest.approx(34.79, abs=0.02)


@pytest.mark.parametrize(
    ("judgement", "part"),
    [
        (lambda: once_in(0), "years"),
        (lambda: once_in(math.nan), "years"),
        (lambda: counted(-1, 10), "times"),
        (lambda: counted(1.5, 10), "times"),
        (lambda: counted(1, 0), "years"),
        (lambda: chance_within(1, 10), "chance"),
        (lambda: chance_within(-0.1, 10), "chance"),
        (lambda: three_points(5, 4, 12), "likely"),
        (lambda: three_points(1, 13, 12), "likely"),
        (lambda: three_points(0, 0, 12), "likely"),
        (lambda: three_points(-1, 1, 2), "low"),
        (lambda: three_points(0.1, 0.5, 1.2, most=1), "high"),
        (lambda: usual_and_long(0, 12), "likely"),
        (lambda: usual_and_long(13, 12), "p90"),
    ],
)
def test_what_cannot_be_is_refused_and_says_which_part(judgement: Callable[[], Any], part: str) -> None:
    with pytest.raises(BadJudgement) as refused:
        judgement()
    assert refused.value.part == part
    assert str(refused.value).startswith(("Wanted", "Likely", "Nine"))


NUMBERS = st.floats(0.01, 5000)


@st.composite
def spreads(draw: st.DrawFn) -> Triangular | Lognormal:
    one, two, three = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    assume(three > one * 1.01)
    return draw(st.sampled_from([Triangular(one, two, three), Lognormal(one, three)]))


@given(spreads(), st.floats(0.02, 0.98))
def test_a_quantile_is_exceeded_with_what_is_left(spread: Triangular | Lognormal, share: float) -> None:
    assert spread.exceeded(spread.quantile(share)) == pytest.approx(1 - share, abs=1e-6)


@settings(deadline=None)
@given(spreads())
def test_the_density_adds_up_to_what_is_exceeded_and_the_mean_is_its_mean(spread: Triangular | Lognormal) -> None:
    shares = [(n + 0.5) / 1000 for n in range(1000)]
    middle = sum(spread.quantile(share) for share in shares) / len(shares)
    if isinstance(spread, Triangular) or spread.sigma < 1:
        assert middle == pytest.approx(spread.mean, rel=0.02)
    low, high = spread.quantile(0.2), spread.quantile(0.7)
    assume(low * (1 + 1e-6) < high < low * 30)
    step = (high - low) / 500
    area = sum(spread.density(low + (n + 0.5) * step) for n in range(500)) * step
    assert area == pytest.approx(0.5, abs=0.02)


def test_a_figure_of_the_engine_is_the_distribution_that_it_draws_from() -> None:
    assert spread_of(8) == Fixed(8)
    assert spread_of({"low": 1, "mode": 2, "high": 3}) == Triangular(1, 2, 3)
    assert spread_of({"median": 1, "p90": 2}) == Lognormal(1, 2)
    assert spread_of({"low": 2, "mode": 2, "high": 2}) == Fixed(2)
