"""Budgets: which ledger keys a candidate would draw on, how much, and whether they can cover it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Period, Ruleset

BudgetView = Mapping[str, int]
"""What each ledger key has used so far (reserved + redeemed); a key not in it has used nothing."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What a reservation takes from one ledger key; never more than *limit* in all."""

    budget_id: str
    key: str
    amount: int
    limit: int


def ledger_key(budget: Budget, context: DecisionContext) -> str:
    """The ledger key of *budget* for the context's shopper and period: `id/holder/period`."""
    holder = context.user_ref if budget.holder is BudgetHolder.SHOPPER else "all"
    return f"{budget.id}/{holder}/{_period(budget.period, context)}"


def _period(period: Period, context: DecisionContext) -> str:
    day = context.moment.local_date
    match period:
        case Period.TOTAL:
            return "total"
        case Period.DAY:
            return day.isoformat()
        case Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        case Period.MONTH:
            return day.isoformat()[:7]


def ledger_keys(context: DecisionContext, ruleset: Ruleset) -> tuple[str, ...]:
    """Every ledger key that a candidate for *context* could draw on, sorted."""
    return tuple(sorted(ledger_key(b, context) for b in ruleset.budgets.values()))


def draws(candidate: Candidate, context: DecisionContext, ruleset: Ruleset) -> tuple[Draw, ...]:
    """What giving *candidate* takes from its budgets, ordered by key; nothing for no discount."""
    budgets = [ruleset.budgets[b] for b in candidate.offer.budgets]
    taken = [
        Draw(b.id, ledger_key(b, context), _measure(b, candidate), b.limit)
        for b in budgets
        if candidate.discount
    ]
    return tuple(sorted(taken, key=lambda d: d.key))


def _measure(budget: Budget, candidate: Candidate) -> int:
    return 1 if budget.measure is BudgetMeasure.COUNT else candidate.discount


def counted_budgets(ruleset: Ruleset) -> frozenset[str]:
    """The budgets of *ruleset* that count discounts instead of adding up money."""
    measured = ruleset.budgets.values()
    return frozenset(b.id for b in measured if b.measure is BudgetMeasure.COUNT)


def uncovered(taken: tuple[Draw, ...], view: BudgetView) -> Draw | None:
    """The first draw that *view* can't cover, or None when all can be made."""
    return next((d for d in taken if view.get(d.key, 0) + d.amount > d.limit), None)


def refusal(draw: Draw, ruleset: Ruleset) -> ReasonCode:
    """The reason code for a candidate whose *draw* can't be covered."""
    if ruleset.budgets[draw.budget_id].holder is BudgetHolder.SHOPPER:
        return ReasonCode.SHOPPER_CAP_REACHED
    return ReasonCode.BUDGET_SPENT
