"""Pacing: how much of a budget may be used by the end of an hour, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sconto.domain.budget import Draw, Draws, refusal
from sconto.domain.pace import paced_limit
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Period
from sconto.domain.validity import Validity
from support import builders

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("period", "day", "hour", "limit", "expected"),
    [
        (Period.DAY, MONDAY, 0, 2400, 100),
        (Period.DAY, MONDAY, 11, 2400, 1200),
        (Period.DAY, MONDAY, 23, 2400, 2400),
        (Period.WEEK, MONDAY, 0, 168, 1),
        (Period.WEEK, date(2026, 11, 29), 23, 168, 168),
        (Period.WEEK, date(2026, 11, 26), 11, 168, 84),
        (Period.MONTH, date(2026, 11, 1), 0, 720, 1),
        (Period.MONTH, date(2026, 11, 15), 23, 720, 360),
        (Period.MONTH, date(2027, 2, 28), 23, 672, 672),
        (Period.MONTH, date(2028, 2, 28), 23, 696, 672),
        (Period.DAY, MONDAY, 0, 99, 4),
    ],
)
def test_an_even_pace_counts_the_hours_of_the_calendar(
    period: Period, day: date, hour: int, limit: int, expected: int
) -> None:
    """The hour that runs counts as passed; months have their own length; fractions are cut off."""
    budget = replace(builders.budget("b", limit, period=period), ahead_bp=0)

    assert expected == paced_limit(budget, day, hour)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 11, 22), 23, 25),
        (MONDAY, 0, 1),
        (MONDAY, 23, 25),
        (date(2026, 11, 26), 23, 100),
        (date(2026, 12, 31), 23, 100),
    ],
)
def test_a_total_budget_is_paced_over_its_own_dates(day: date, hour: int, expected: int) -> None:
    """Four days of 25 each; what is outside them counts as the first day or the last."""
    dates = Validity(MONDAY, date(2026, 11, 27))
    budget = replace(builders.budget("b", 100), ahead_bp=0, validity=dates)

    assert expected == paced_limit(budget, day, hour)


@pytest.mark.parametrize(
    ("ahead_bp", "expected"), [(None, None), (0, 100), (1000, 340), (10_000, 2400)]
)
def test_use_may_run_ahead_by_a_share_of_the_limit(
    ahead_bp: int | None, expected: int | None
) -> None:
    """Never above the limit itself; without a target nothing is paced."""
    budget = replace(builders.budget("b", 2400, period=Period.DAY), ahead_bp=ahead_bp)

    assert expected == paced_limit(budget, MONDAY, 0)


def test_the_calendar_of_the_budgets_own_zone_counts() -> None:
    """Noon of Monday in Chicago is three in the morning of Tuesday in Tokyo: 4 of 24 hours."""
    tokyo = "Asia/Tokyo"
    budget = replace(builders.budget("b", 2400, period=Period.DAY), ahead_bp=0, zone=tokyo)
    ruleset = builders.ruleset(builders.offer(budgets=("b",)), budgets=[budget])
    plain = builders.context()
    there = {tokyo: (date(2026, 11, 24), 3)}
    context = replace(plain, moment=replace(plain.moment, elsewhere=there))
    (candidate,) = candidates_for(context, ruleset)

    draws = Draws(context, ruleset, {})
    draw = Draw("b", "b/all/2026-11-24", 100, 2400, 400)
    assert (draw,) == draws.of(candidate)
    assert draws.refused(candidate, {draw.key: 300}) is None
    assert draw == draws.refused(candidate, {draw.key: 301})


def test_what_waits_for_its_hour_is_not_called_spent() -> None:
    """Ahead of pace is refused under its own reason, at the limit it is spent."""
    ruleset = builders.ruleset(budgets=[builders.budget("b", 2400)])
    draw = Draw("b", "k", 100, 2400, 400)

    assert ReasonCode.BUDGET_AHEAD_OF_PACE is refusal(draw, {"k": 2300}, ruleset)
    assert ReasonCode.BUDGET_SPENT is refusal(draw, {"k": 2301}, ruleset)
