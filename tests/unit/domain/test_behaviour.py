"""Signals: exact counts and sums over a window that ends at the decision's instant."""

from __future__ import annotations

import pytest

from sconto.domain.behaviour import (
    BehaviourEvent,
    Measure,
    Signal,
    longest_window,
    signal_values,
)

HOUR_US = 3_600_000_000
NOW_US = 1_000 * HOUR_US


def signal(
    signal_id: str, *kinds: str, measure: Measure = Measure.COUNT, hours: int = 48
) -> Signal:
    """A signal over the last *hours*."""
    return Signal(signal_id, frozenset(kinds), measure, hours * HOUR_US)


def test_a_signal_counts_its_own_kinds_of_events() -> None:
    """Each signal looks at its own kinds and measure; without events it is zero, and not absent."""
    signals = (
        signal("left", "basket_abandoned"),
        signal("tries", "coupon_tried", "coupon_refused"),
        signal("spend", "purchase", measure=Measure.SUM),
        signal("none", "page_seen"),
    )
    events = [
        BehaviourEvent("purchase", NOW_US - 3, 1_250),
        BehaviourEvent("coupon_tried", NOW_US - 2),
        BehaviourEvent("coupon_refused", NOW_US - 1),
        BehaviourEvent("purchase", NOW_US, 99),
        BehaviourEvent("basket_abandoned", NOW_US),
    ]

    assert signal_values(signals, events, NOW_US) == {
        "signal.left": 1,
        "signal.tries": 2,
        "signal.spend": 1_349,
        "signal.none": 0,
    }


@pytest.mark.parametrize(
    ("at_us", "counts"),
    [
        (NOW_US - 2 * HOUR_US, 0),
        (NOW_US - 2 * HOUR_US + 1, 1),
        (NOW_US, 1),
        (NOW_US + 1, 0),
    ],
)
def test_a_window_has_its_end_and_not_its_beginning(at_us: int, counts: int) -> None:
    """To the microsecond, so that windows that follow each other count an event once."""
    events = [BehaviourEvent("coupon_tried", at_us)]
    values = signal_values([signal("tries", "coupon_tried", hours=2)], events, NOW_US)

    assert values == {"signal.tries": counts}


def test_the_longest_window_is_what_has_to_be_read() -> None:
    """One read serves all signals; without signals there is nothing to read."""
    signals = (signal("a", hours=2), signal("b", hours=90), signal("c", hours=24))

    assert longest_window(signals) == 90 * HOUR_US
    assert longest_window(()) == 0
