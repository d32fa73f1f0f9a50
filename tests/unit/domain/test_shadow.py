"""The shadow price: at an even pace the price of history, dearer when less is left."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.shadow import MOST_RATIO, ShadowPrice, price_ppm

PRICE = ShadowPrice(at_pace_ppm=350_000, sharpness=2)
limits = st.integers(1, 10**9)


def test_at_an_even_pace_it_is_the_price_of_history() -> None:
    """As much of the budget is left as of the period: 0.35 for each unit."""
    assert 350_000 == price_ppm(PRICE, limit=50_000, used=0, passed=0, whole=720)
    assert 350_000 == price_ppm(PRICE, limit=50_000, used=12_500, passed=180, whole=720)


def test_it_rises_with_use_that_runs_ahead() -> None:
    """Three quarters of the time left and half of the budget: 1.5 squared times the price."""
    assert 787_500 == price_ppm(PRICE, limit=50_000, used=25_000, passed=180, whole=720)


def test_it_falls_with_use_that_lags() -> None:
    """Half of the time left and three quarters of the budget: two thirds squared of the price."""
    assert 155_555 == price_ppm(PRICE, limit=40_000, used=10_000, passed=360, whole=720)


def test_it_has_bounds() -> None:
    """A spent budget, and a period that is over, have the last price and not none."""
    assert 350_000 * MOST_RATIO**2 == price_ppm(PRICE, limit=1, used=1, passed=0, whole=24)
    assert 350_000 // MOST_RATIO**2 == price_ppm(PRICE, limit=1, used=0, passed=24, whole=24)


@given(limit=limits, used=limits, more=limits, passed=st.integers(0, 720), power=st.integers(1, 12))
def test_more_use_is_never_cheaper(
    limit: int, used: int, more: int, passed: int, power: int
) -> None:
    """At any hour the price does not fall when more is used."""
    shadow = ShadowPrice(350_000, power)
    before = price_ppm(shadow, limit, used, passed, 720)

    assert before <= price_ppm(shadow, limit, used + more, passed, 720)


@given(limit=limits, used=limits, passed=st.integers(0, 719), power=st.integers(1, 12))
def test_the_same_use_later_is_never_dearer(limit: int, used: int, passed: int, power: int) -> None:
    """With the same use an hour later, no less of the budget is left for the time."""
    shadow = ShadowPrice(350_000, power)
    before = price_ppm(shadow, limit, used, passed, 720)

    assert before >= price_ppm(shadow, limit, used, passed + 1, 720)
