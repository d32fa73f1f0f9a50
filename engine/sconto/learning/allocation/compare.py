"""Three ways to price a budget, over the same arrivals, and the figures of each."""

from __future__ import annotations

import numpy as np

from sconto.learning.allocation.simulate import (
    Run,
    Traffic,
    controlled,
    fixed,
    hindsight,
    play,
)

HISTORY_MONTH = 1
"""The month that the price at an even pace is taken from; what comes later is judged."""


def policies(arrivals: Traffic, limit: float, sharpness: int) -> tuple[Run, ...]:
    """First come, first served; one price for ever; and a price that follows what is left."""
    price, _ = hindsight(arrivals, HISTORY_MONTH, limit)
    return (
        play("first come, first served", arrivals, limit, fixed(0.0)),
        play("price of history", arrivals, limit, fixed(price)),
        play("price that follows", arrivals, limit, controlled(price, sharpness)),
    )


def summary(run: Run, arrivals: Traffic, limit: float, months: int) -> dict[str, str | float | int]:
    """What *run* did with the budget in the months after the one that gave the price."""
    judged = range(HISTORY_MONTH + 1, months)
    ends = [run.used[np.flatnonzero(arrivals.month == month)[-1]] for month in judged]
    best = sum(_best(arrivals, month, limit) for month in judged)
    dry = [int(run.dry_hours[month]) for month in judged]
    return {
        "policy": run.name,
        "used_least": float(min(ends)),
        "used_most": float(max(ends)),
        "dry_hours": sum(dry),
        "dry_hours_worst_month": max(dry),
        "earned_of_best": float(sum(run.value[month] for month in judged) / best),
    }


def _best(arrivals: Traffic, month: int, limit: float) -> float:
    return hindsight(arrivals, month, limit)[1]
