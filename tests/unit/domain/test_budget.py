"""Budgets: whose ledger key, for which span, how much, and who is told what when it is spent."""

from __future__ import annotations

from datetime import date

import pytest

from sconto.domain.budget import Draw, Draws, ledger_key, ledger_keys, refusal
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import BudgetHolder, BudgetMeasure, Period
from support import builders

SHOPPER = BudgetHolder.SHOPPER


@pytest.mark.parametrize(
    ("period", "day", "span"),
    [
        (Period.TOTAL, date(2026, 11, 23), "total"),
        (Period.DAY, date(2026, 11, 3), "2026-11-03"),
        (Period.MONTH, date(2026, 2, 28), "2026-02"),
        (Period.WEEK, date(2026, 11, 23), "2026-W48"),
        (Period.WEEK, date(2027, 1, 3), "2026-W53"),
        (Period.WEEK, date(2024, 12, 30), "2025-W01"),
    ],
)
def test_a_period_is_civil(period: Period, day: date, span: str) -> None:
    """Days and months of the calendar, weeks of ISO 8601, also around New Year."""
    context = builders.context(day=day)

    assert f"b/all/{span}" == ledger_key(builders.budget("b", period=period), context)
    assert f"b/u1/{span}" == ledger_key(
        builders.budget("b", period=period, holder=SHOPPER), context
    )


def test_a_discount_draws_its_amount_or_counts_as_one() -> None:
    """Ordered by ledger key, for the offer's own budgets only."""
    budgets = [
        builders.budget("a", 500),
        builders.budget("z", 3, measure=BudgetMeasure.COUNT, holder=SHOPPER),
        builders.budget("other", 7),
    ]
    ruleset = builders.ruleset(builders.offer("o", 1000, budgets=("z", "a")), budgets=budgets)
    context = builders.context()
    (candidate,) = candidates_for(context, ruleset)

    assert (Draw("a", "a/all/total", 100, 500), Draw("z", "z/u1/total", 1, 3)) == Draws(
        context, ruleset, {}
    ).of(candidate)
    assert ("a/all/total", "other/all/total", "z/u1/total") == ledger_keys(context, ruleset)


def test_no_discount_draws_nothing() -> None:
    """Only what is applied consumes."""
    offer = builders.offer("o", minimum_spend=5000, budgets=("b",))
    ruleset = builders.ruleset(offer, budgets=[builders.budget("b")])
    (candidate,) = candidates_for(builders.context(), ruleset)

    assert () == Draws(builders.context(), ruleset, {}).of(candidate)


@pytest.mark.parametrize(("used", "covered"), [(0, True), (60, True), (61, False), (200, False)])
def test_a_limit_can_be_reached_but_not_passed(used: int, *, covered: bool) -> None:
    """The last minor unit can be given, and the first draw that fails is named."""
    budgets = [builders.budget("a", 900), builders.budget("b", 160)]
    ruleset = builders.ruleset(builders.offer("o", 1000, budgets=("a", "b")), budgets=budgets)
    context = builders.context()
    (candidate,) = candidates_for(context, ruleset)
    draws = Draws(context, ruleset, {})
    first, second = draws.of(candidate)

    assert (None if covered else second) == draws.refused(candidate, {second.key: used})
    assert first == draws.refused(candidate, {first.key: 801, second.key: used})


def test_a_shoppers_own_cap_has_its_own_reason() -> None:
    """So that nobody is told that the campaign is over when it is not."""
    ruleset = builders.ruleset(
        budgets=[builders.budget("all"), builders.budget("own", holder=SHOPPER)]
    )

    assert ReasonCode.BUDGET_SPENT is refusal(Draw("all", "k", 2, 1), {}, ruleset)
    assert ReasonCode.SHOPPER_CAP_REACHED is refusal(Draw("own", "k", 1, 1), {"k": 1}, ruleset)
