"""How report and card write figures."""

from __future__ import annotations

from typing import Final

from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.judge.figures import Spread


def spread_cell(spread: Spread) -> str:
    """A figure with its deviation."""
    return f"{number(spread.mean)} ± {number(spread.deviation)}"


def spread_text(spread: Spread) -> str:
    """A figure with its interval, where it has one."""
    if spread.low is None or spread.high is None:
        return number(spread.mean)
    return interval_text(Interval(spread.mean, spread.low, spread.high))


def interval_text(interval: Interval) -> str:
    """A figure with its interval."""
    ends = (interval.mean, interval.low, interval.high)
    mean, low, high = (number(end) for end in ends)
    return f"{mean} [{low}, {high}]"


_LARGE: Final = 10
_SMALL: Final = 0.005
_NOTHING: Final = 5e-7


def number(value: float) -> str:
    """Four decimals; one where that is finer than anything that matters, five for small slopes."""
    if abs(value) >= _LARGE:
        return f"{value:.1f}"
    return f"{value:.5f}" if _NOTHING < abs(value) < _SMALL else f"{round(value, 4) + 0.0:.4f}"
