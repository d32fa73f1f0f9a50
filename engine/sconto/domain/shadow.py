"""The shadow price of a budget: what each unit of it must bring to be spent now.

The price at an even pace comes from history, where it was the multiplier of the budget in the best
allocation. From there it follows what is left: when a smaller share of the budget is left than of
the period, the budget gets dearer, and cheaper when more is left. It depends on nothing but the
limit, the use and the clock, so that every decision can be replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

MOST_RATIO: Final = 4
"""The price never counts the budget as more than so many times too scarce, or too plentiful."""


@dataclass(frozen=True, slots=True)
class ShadowPrice:
    """A budget's price: *at_pace_ppm* millionths of a unit of margin for each unit of budget.

    *sharpness* is the power by which it answers when the use leaves the even pace: with 4, a budget
    of which a tenth less is left than should be costs half as much again.
    """

    at_pace_ppm: int
    sharpness: int = 4


def price_ppm(shadow: ShadowPrice, limit: int, used: Any, passed: int, whole: int) -> int:
    """The price now, in ppm, rounded down.

    *used* of *limit* is used (the same unit, limit > 0) when *passed* of the *whole* period is over
    (hours, 0 <= passed <= whole). It is `at_pace * (time left / budget left) ** sharpness`, both as
    shares, and the ratio between 1 / MOST_RATIO and MOST_RATIO.
    """
    scarce, plenty = (whole - passed) * limit, whole * max(0, limit - used)
    if scarce >= MOST_RATIO * plenty:
        scarce, plenty = MOST_RATIO, 1
    elif plenty >= MOST_RATIO * scarce:
        scarce, plenty = 1, MOST_RATIO
    price: int = shadow.at_pace_ppm * scarce**shadow.sharpness // plenty**shadow.sharpness
    return price
