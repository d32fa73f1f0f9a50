"""Pacing: how much of a budget may be used by now, so that it lasts its period."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from sconto.domain.money import BP_ONE
from sconto.domain.ruleset import Budget, Period

HOURS = 24
WEEK_HOURS = 7 * HOURS


def paced_limit(budget: Budget, day: date, hour: int) -> int | None:
    """What may be used by the end of *hour* of *day*, in the unit of the limit, rounded down.

    That is an even share of the limit for the hours of the period that have passed, this one
    included, plus the budget's allowance to run ahead. None when the budget is not paced.
    """
    if budget.ahead_bp is None:
        return None
    passed, whole = period_hours(budget, day, hour)
    return min(
        budget.limit, budget.limit * passed // whole + budget.limit * budget.ahead_bp // BP_ONE
    )


def period_hours(budget: Budget, day: date, hour: int) -> tuple[int, int]:
    """Hours of *budget*'s period passed at the end of *hour*, and in all."""
    match budget.period:
        case Period.DAY:
            return hour + 1, HOURS
        case Period.WEEK:
            return day.weekday() * HOURS + hour + 1, WEEK_HOURS
        case Period.MONTH:
            days = calendar.monthrange(day.year, day.month)[1]
            return (day.day - 1) * HOURS + hour + 1, days * HOURS
        case Period.TOTAL:
            return _of_total(budget, day, hour)


def _of_total(budget: Budget, day: date, hour: int) -> tuple[int, int]:
    if budget.validity is None:
        return 1, 1
    start, end = budget.validity.valid_from, budget.validity.valid_to
    inside = min(max(day, start), end - timedelta(days=1))
    return (inside - start).days * HOURS + hour + 1, (end - start).days * HOURS
