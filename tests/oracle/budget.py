"""Budgets: which ledger keys a candidate would draw on, how much, and whether they can cover it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from oracle.candidate import Candidate
from oracle.codes import code_of, limits_of
from sconto.domain.context import DecisionContext
from sconto.domain.pace import paced_limit, period_hours
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Period, Ruleset
from sconto.domain.shadow import ShadowPrice, price_ppm

BudgetView = Mapping[str, int]
"""What each ledger key has used so far (reserved + redeemed); a key not in it has used nothing."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What a reservation takes from one ledger key; never more than *limit* in all."""

    budget_id: str
    key: str
    amount: int
    limit: int
    pace: int | None = None
    """What may be used by now to stay within the budget's pacing target; None paces nothing."""


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


class Draws:
    """What candidates of one context draw on budgets; keys and paces are worked out once."""

    def __init__(
        self, context: DecisionContext, ruleset: Ruleset, view: BudgetView | None = None
    ) -> None:
        self._context = context
        self._ruleset = ruleset
        self._view = view or {}
        self._budgets = ruleset.budgets
        self._known: dict[str, tuple[str, int | None]] = {}

    def of(self, candidate: Candidate) -> tuple[Draw, ...]:
        """What giving *candidate* takes, ordered by key; nothing for no discount."""
        if not candidate.discount:
            return ()
        taken = [self._draw(self._budgets[b], candidate) for b in candidate.offer.budgets]
        return tuple(sorted([*taken, *self.uses(candidate)], key=lambda d: d.key))

    def uses(self, candidate: Candidate) -> list[Draw]:
        """The use of the code that *candidate* is given by, from each limit of its set."""
        found = code_of(candidate.offer.id, self._context, self._ruleset, self._view)
        if found is None or not candidate.discount:
            return []
        limits = limits_of(*found, self._context, self._ruleset)
        return [Draw(budget.id, key, 1, budget.limit) for budget, key in limits]

    def together(self, candidates: Iterable[Candidate]) -> tuple[Draw, ...]:
        """What giving *candidates* takes: a code is used once for all that it opens."""
        uses = {draw.key: draw for c in candidates for draw in self.uses(c)}
        others = [d for c in candidates for d in self.of(c) if d.key not in uses]
        return merged([*others, *uses.values()])

    def before(self, candidates: Iterable[Candidate]) -> list[Draw]:
        """What *candidates* take that further ones find gone: all but uses of codes."""
        every = [(c, draw) for c in candidates for draw in self.of(c)]
        return [draw for c, draw in every if draw not in self.uses(c)]

    def _draw(self, budget: Budget, candidate: Candidate) -> Draw:
        known = self._known.get(budget.id)
        if known is None:
            context = self._context
            known = self._known[budget.id] = ledger_key(budget, context), _pace(budget, context)
        key, pace = known
        return Draw(budget.id, key, _measure(budget, candidate), budget.limit, pace)


def _pace(budget: Budget, context: DecisionContext) -> int | None:
    return paced_limit(budget, *civil_hour(budget, context))


def _measure(budget: Budget, candidate: Candidate) -> int:
    return 1 if budget.measure is BudgetMeasure.COUNT else candidate.discount


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
    """The budgets of *ruleset* that count discounts, or uses, instead of adding up money."""
    measured = ruleset.budgets.values()
    return frozenset(b.id for b in measured if b.measure is not BudgetMeasure.AMOUNT)


def merged(taken: Iterable[Draw]) -> tuple[Draw, ...]:
    """*taken* with one draw for each ledger key, ordered by key."""
    by_key: dict[str, Draw] = {}
    for draw in taken:
        earlier = by_key.get(draw.key)
        amount = draw.amount + (earlier.amount if earlier else 0)
        by_key[draw.key] = replace(draw, amount=amount)
    return tuple(by_key[key] for key in sorted(by_key))


def after(view: BudgetView, taken: Iterable[Draw]) -> BudgetView:
    """What is used once *taken* is reserved too."""
    used = dict(view)
    for draw in taken:
        used[draw.key] = used.get(draw.key, 0) + draw.amount
    return used


def uncovered(taken: tuple[Draw, ...], view: BudgetView) -> Draw | None:
    """The first draw that *view* can't cover, or None when all can be made."""
    return next((d for d in taken if _after(d, view) > _allowed(d)), None)


def refusal(draw: Draw, view: BudgetView, ruleset: Ruleset) -> ReasonCode:
    """The reason code for a candidate whose *draw* can't be covered."""
    if _after(draw, view) <= draw.limit:
        return ReasonCode.BUDGET_AHEAD_OF_PACE
    if ruleset.budgets[draw.budget_id].holder is BudgetHolder.SHOPPER:
        return ReasonCode.SHOPPER_CAP_REACHED
    return ReasonCode.BUDGET_SPENT


def _after(draw: Draw, view: BudgetView) -> int:
    return view.get(draw.key, 0) + draw.amount


def _allowed(draw: Draw) -> int:
    return draw.limit if draw.pace is None else min(draw.limit, draw.pace)
