"""Limits on metrics: how they are read, and when they are passed."""

from __future__ import annotations

import pytest

from sconto.app.backtest.metrics import METRICS, read_threshold

VALUES = {
    **dict.fromkeys(METRICS, (0, 0)),
    "decisions": (200, 200),
    "changed": (0, 20),
    "discount_cost": (100_00, 106_00),
    "margin": (-50_00, -60_00),
}


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("discount_cost > +5 %", True),
        ("discount_cost > +6%", False),
        ("discount_cost >= +6 %", True),
        ("discount_cost>+5.99", True),
        ("discount_cost > 106.00", False),
        ("discount_cost >= 106", True),
        ("margin < -9.99", True),
        ("margin < -20 %", False),
        ("margin <= -20 %", True),
        ("changed > 10 %", False),
        ("changed >= 10 %", True),
        ("changed > 19", True),
        ("budgets_run_out > 0", False),
        ("budgets_run_out > +5 %", False),
    ],
)
def test_a_limit_is_passed_or_held(text: str, *, broken: bool) -> None:
    """Signed values are about the change, others about the new side; exact at the border."""
    assert broken is read_threshold(text).broken(VALUES, "USD")


def test_money_is_in_units_of_its_currency() -> None:
    """A currency without a minor unit, and one with three digits."""
    limit = read_threshold("discount_cost > 100")

    assert limit.broken(VALUES, "JPY")
    assert not limit.broken(VALUES, "KWD")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("discount_cost", "METRIC OP VALUE"),
        ("discount_cost == 5", "METRIC OP VALUE"),
        ("discount_cost > 5e3", "METRIC OP VALUE"),
        ("profit > 5", "`profit` is no metric"),
        ("margin > 5 %", "say `+` or `-`"),
    ],
)
def test_what_says_nothing_is_refused_with_the_reason(text: str, said: str) -> None:
    """In words that tell how it is written."""
    with pytest.raises(ValueError, match="`") as refused:
        read_threshold(text)

    assert said in str(refused.value)
