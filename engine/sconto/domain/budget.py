"""Budgets: which ledger keys a candidate would draw on, how much, and whether they can cover it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.pace import paced_limit, period_hours
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Period, Ruleset
from sconto.domain.shadow import ShadowPrice, price_ppm

BudgetView = Mapping[str, Any]
"""What each ledger key has used so far (reserved + redeemed); a key not in it has used nothing.

Integers, or in a backtest what stands for one: compiled code takes nothing else for an `int`.
"""


class Draw(NamedTuple):
    """What a reservation takes from one ledger key; never more than *limit* in all."""

    budget_id: str
    key: str
    amount: int
    limit: int
    pace: int | None = None
    """What may be used by now to stay within the budget's pacing target; None paces nothing."""

    @property
    def usable(self) -> int:
        """What may be used by now."""
        return self.limit if self.pace is None else min(self.limit, self.pace)


def ledger_key(budget: Budget, context: DecisionContext) -> str:
    """The ledger key of *budget* for the context's holder and period: `id/holder/period`."""
    return f"{budget.id}/{_holder(budget, context)}/{_period(budget, context)}"


def _holder(budget: Budget, context: DecisionContext) -> str:
    match budget.holder:
        case BudgetHolder.CAMPAIGN:
            return "all"
        case BudgetHolder.SHOPPER:
            return context.user_ref
        case BudgetHolder.REGION:
            return context.jurisdiction


def civil_hour(budget: Budget, context: DecisionContext) -> tuple[date, int]:
    """The civil date and hour by whose calendar *budget*'s periods run."""
    moment = context.moment
    return moment.elsewhere[budget.zone] if budget.zone else (moment.local_date, moment.hour)


def _period(budget: Budget, context: DecisionContext) -> str:
    day, _ = civil_hour(budget, context)
    match budget.period:
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


class _Source(NamedTuple):
    """A budget that candidates draw on; *draw* takes one discount from it."""

    draw: Draw
    counted: bool
    """Whether discounts are all that it counts."""
    usable: int
    """What may be used by now."""

    def taken(self, discount: int) -> Draw:
        """What a *discount* takes."""
        return self.draw if self.counted else self.draw._replace(amount=discount)


class Draws:
    """What candidates of one context draw on budgets; keys and paces are worked out once."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset) -> None:
        self._context = context
        self._budgets = ruleset.budgets
        self._known: dict[tuple[str, ...], list[_Source]] = {}

    def of(self, candidate: Candidate) -> tuple[Draw, ...]:
        """What giving *candidate* takes, ordered by key; nothing for no discount."""
        discount = candidate.discount
        if not discount:
            return ()
        return tuple([s.taken(discount) for s in self._sources(candidate.offer.budgets)])

    def refused(self, candidate: Candidate, view: BudgetView) -> Draw | None:
        """The first draw of *candidate* that *view* can't cover; None when all can be made."""
        discount, budgets = candidate.discount, candidate.offer.budgets
        if discount and budgets:
            for source in self._known.get(budgets) or self._sources(budgets):
                amount = 1 if source.counted else discount
                if view.get(source.draw.key, 0) + amount > source.usable:
                    return source.taken(discount)
        return None

    def _sources(self, budgets: tuple[str, ...]) -> list[_Source]:
        known = self._known.get(budgets)
        if known is None:
            sources = [self._source(self._budgets[b]) for b in budgets]
            known = self._known[budgets] = sorted(sources, key=lambda s: s.draw.key)
        return known

    def _source(self, budget: Budget) -> _Source:
        key, pace = ledger_key(budget, self._context), _pace(budget, self._context)
        limit = budget.limit
        counted = budget.measure is BudgetMeasure.COUNT
        draw = Draw(budget.id, key, 1, limit, pace)
        return _Source(draw, counted, draw.usable)


def _pace(budget: Budget, context: DecisionContext) -> int | None:
    return paced_limit(budget, *civil_hour(budget, context))


def charge(
    taken: Iterable[Draw], view: BudgetView, context: DecisionContext, ruleset: Ruleset
) -> int:
    """What *taken* must bring to be worth its budgets now, in millionths of a minor unit.

    That is every draw times the shadow price of its budget, as *view* and the clock make it; 0
    where no budget has a price.
    """
    whole = 0
    for draw in taken:
        budget = ruleset.budgets[draw.budget_id]
        if budget.shadow is not None:
            whole += draw.amount * _price(budget, budget.shadow, draw, view, context)
    return whole


def _price(
    budget: Budget, shadow: ShadowPrice, draw: Draw, view: BudgetView, context: DecisionContext
) -> int:
    passed, whole = period_hours(budget, *civil_hour(budget, context))
    used = view.get(draw.key, 0)
    # The hour that runs is still ahead.
    return price_ppm(shadow, draw.limit, used, passed - 1, whole)


def counted_budgets(ruleset: Ruleset) -> frozenset[str]:
    """The budgets of *ruleset* that count discounts instead of adding up money."""
    measured = ruleset.budgets.values()
    return frozenset(b.id for b in measured if b.measure is BudgetMeasure.COUNT)


def merged(taken: Iterable[Draw]) -> tuple[Draw, ...]:
    """*taken* with one draw for each ledger key, ordered by key."""
    by_key: dict[str, Draw] = {}
    for draw in taken:
        earlier = by_key.get(draw.key)
        amount = draw.amount + (earlier.amount if earlier else 0)
        by_key[draw.key] = draw._replace(amount=amount)
    return tuple(by_key[key] for key in sorted(by_key))


def after(view: BudgetView, taken: Iterable[Draw]) -> BudgetView:
    """What is used once *taken* is reserved too."""
    used = dict(view)
    for draw in taken:
        used[draw.key] = used.get(draw.key, 0) + draw.amount
    return used


def without(view: BudgetView, freed: Iterable[Draw]) -> BudgetView:
    """What is used once *freed* is given back; keys that *view* does not have stay away."""
    used = dict(view)
    for draw in freed:
        if draw.key in used:
            used[draw.key] -= draw.amount
    return {key: amount for key, amount in used.items() if amount}


def refusal(draw: Draw, view: BudgetView, ruleset: Ruleset) -> ReasonCode:
    """The reason code for a candidate whose *draw* can't be covered."""
    if view.get(draw.key, 0) + draw.amount <= draw.limit:
        return ReasonCode.BUDGET_AHEAD_OF_PACE
    if ruleset.budgets[draw.budget_id].holder is BudgetHolder.SHOPPER:
        return ReasonCode.SHOPPER_CAP_REACHED
    return ReasonCode.BUDGET_SPENT
