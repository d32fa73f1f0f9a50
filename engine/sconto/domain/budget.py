"""Budgets: which ledger keys a candidate would draw on, how much, and whether they can cover it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sconto.domain.candidate import Candidate
from sconto.domain.codes import valid_codes
from sconto.domain.context import DecisionContext, Moment, SentCode
from sconto.domain.offer import Offer
from sconto.domain.pace import paced_limit, period_hours
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Period, Ruleset
from sconto.domain.shadow import ShadowPrice, price_ppm

BudgetView = Mapping[str, Any]
"""What each ledger key has used so far (reserved + redeemed); a key not in it has used nothing.

Integers, or in a backtest what stands for one: compiled code takes nothing else for an `int`.
"""


class Draw(NamedTuple):
    """What a reservation takes from one ledger key; never more than *limit* in all.

    Amounts of money are minor units of the shop's currency, whatever that of the decision.
    """

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


def ledger_key(budget: Budget, context: DecisionContext, code_ref: str = "") -> str:
    """The ledger key of *budget* for the context's holder and period: `id/holder/period`.

    Of a budget that each code has its own of, `id/all/code_ref`.
    """
    if budget.holder is BudgetHolder.CODE:
        return f"{budget.id}/all/{code_ref}"
    return f"{budget.id}/{_holder(budget, context)}/{_period(budget, context.moment)}"


def shared_key(budget: Budget, jurisdiction: str, moment: Moment) -> str | None:
    """The ledger key of *budget* that all shoppers in *jurisdiction* share at *moment*.

    None for a budget that each shopper or code has its own of.
    """
    match budget.holder:
        case BudgetHolder.CAMPAIGN:
            return f"{budget.id}/all/{_period(budget, moment)}"
        case BudgetHolder.REGION:
            return f"{budget.id}/{jurisdiction}/{_period(budget, moment)}"
        case BudgetHolder.SHOPPER | BudgetHolder.CODE:
            return None


def _holder(budget: Budget, context: DecisionContext) -> str:
    match budget.holder:
        case BudgetHolder.CAMPAIGN | BudgetHolder.CODE:
            return "all"
        case BudgetHolder.SHOPPER:
            return context.user_ref
        case BudgetHolder.REGION:
            return context.jurisdiction


def civil_hour(budget: Budget, moment: Moment) -> tuple[date, int]:
    """The civil date and hour by whose calendar *budget*'s periods run."""
    return moment.elsewhere[budget.zone] if budget.zone else (moment.local_date, moment.hour)


def _period(budget: Budget, moment: Moment) -> str:
    day, _ = civil_hour(budget, moment)
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
    keys = [ledger_key(b, context) for b in ruleset.budgets_of_offers]
    for code in set(context.codes):
        keys += [key for _, key in _limits(code, context, ruleset)]
    return tuple(sorted(set(keys)))


def _limits(code: SentCode, context: DecisionContext, ruleset: Ruleset) -> list[tuple[Budget, str]]:
    """The budgets that a use of *code* draws on, each with its ledger key."""
    known = ruleset.code_sets.get(code.set_id)
    budgets = [ruleset.budgets[limit] for limit in known.limits] if known else []
    return [(budget, ledger_key(budget, context, code.ref)) for budget in budgets]


def spent_limit(
    code: SentCode, context: DecisionContext, ruleset: Ruleset, view: BudgetView
) -> Budget | None:
    """The first limit of *code* that *view* leaves no use of; None when it can be used."""
    for budget, key in _limits(code, context, ruleset):
        if view.get(key, 0) + 1 > budget.limit:
            return budget
    return None


def codes_in_use(
    context: DecisionContext, ruleset: Ruleset, view: BudgetView
) -> Mapping[str, SentCode]:
    """By which code each offer is given that needs one: the first that can be used, if any can."""
    usable: dict[str, SentCode] = {}
    spent: dict[str, SentCode] = {}
    for set_id, codes in valid_codes(context, ruleset.code_sets).items():
        left = [c for c in codes if spent_limit(c, context, ruleset, view) is None]
        for offer_id in ruleset.code_sets[set_id].offers:
            if left:
                usable.setdefault(offer_id, left[0])
            spent.setdefault(offer_id, codes[0])
    return {**spent, **usable}


class _Source(NamedTuple):
    """A budget that candidates draw on; *draw* takes one discount from it."""

    draw: Draw
    counted: bool
    """Whether discounts are all that it counts."""
    usable: int
    """What may be used by now."""

    def taken(self, amount: int) -> Draw:
        """What a discount takes that is *amount* in the shop's currency."""
        return self.draw if self.counted else self.draw._replace(amount=amount)


class Draws:
    """What candidates of one context draw on budgets; keys and paces are worked out once.

    *view* is what is used before the decision: it says which of several codes is used.
    """

    def __init__(self, context: DecisionContext, ruleset: Ruleset, view: BudgetView) -> None:
        self._context = context
        self._budgets = ruleset.budgets
        # `Exchange.drawn`, without a call for each candidate.
        self._shop, self._own = ruleset.exchange.denominator, ruleset.exchange.numerator
        self._known: dict[tuple[str, ...], list[_Source]] = {}
        self._refs: dict[str, str] = {}
        """The code by which each limit of a set is drawn on."""
        self._opened: dict[str, tuple[str, ...]] = {}
        """The budgets of each offer that is given by a code."""
        if context.codes:
            self._use_codes(ruleset, view)

    def _use_codes(self, ruleset: Ruleset, view: BudgetView) -> None:
        offers = {offer.id: offer for offer in ruleset.offers}
        for offer_id, code in codes_in_use(self._context, ruleset, view).items():
            limits = ruleset.code_sets[code.set_id].limits
            self._refs.update(dict.fromkeys(limits, code.ref))
            self._opened[offer_id] = (*offers[offer_id].budgets, *limits)

    def budgets_of(self, offer: Offer) -> tuple[str, ...]:
        """The budgets that *offer* draws on, with the limits of the code that it is given by."""
        return self._opened.get(offer.id, offer.budgets)

    def together(self, candidates: Iterable[Candidate]) -> tuple[Draw, ...]:
        """What giving *candidates* takes, one draw for each key; a code is used once for all."""
        taken = [draw for candidate in candidates for draw in self.of(candidate)]
        uses = {draw.key: draw for draw in taken if draw.budget_id in self._refs}
        return merged([*(d for d in taken if d.key not in uses), *uses.values()])

    def before(self, candidates: Iterable[Candidate]) -> list[Draw]:
        """What *candidates* take from the budgets of further ones; no use of a code among it."""
        taken = [draw for candidate in candidates for draw in self.of(candidate)]
        return [draw for draw in taken if draw.budget_id not in self._refs]

    def of(self, candidate: Candidate) -> tuple[Draw, ...]:
        """What giving *candidate* takes, ordered by key; nothing for no discount."""
        amount = -(-candidate.discount * self._shop // self._own)
        if not amount:
            return ()
        return tuple([s.taken(amount) for s in self._sources(self.budgets_of(candidate.offer))])

    def refused(self, candidate: Candidate, view: BudgetView) -> Draw | None:
        """The first draw of *candidate* that *view* can't cover; None when all can be made."""
        amount, budgets = -(-candidate.discount * self._shop // self._own), candidate.offer.budgets
        if self._opened:
            budgets = self.budgets_of(candidate.offer)
        if amount and budgets:
            for source in self._known.get(budgets) or self._sources(budgets):
                more = 1 if source.counted else amount
                if view.get(source.draw.key, 0) + more > source.usable:
                    return source.taken(amount)
        return None

    def _sources(self, budgets: tuple[str, ...]) -> list[_Source]:
        known = self._known.get(budgets)
        if known is None:
            sources = [self._source(self._budgets[b]) for b in budgets]
            known = self._known[budgets] = sorted(sources, key=lambda s: s.draw.key)
        return known

    def _source(self, budget: Budget) -> _Source:
        key = ledger_key(budget, self._context, self._refs.get(budget.id, ""))
        limit, pace = budget.limit, _pace(budget, self._context)
        counted = budget.measure is not BudgetMeasure.AMOUNT
        draw = Draw(budget.id, key, 1, limit, pace)
        return _Source(draw, counted, draw.usable)


def _pace(budget: Budget, context: DecisionContext) -> int | None:
    return paced_limit(budget, *civil_hour(budget, context.moment))


def charge(
    taken: Iterable[Draw], view: BudgetView, context: DecisionContext, ruleset: Ruleset
) -> int:
    """What *taken* must bring to be worth its budgets now, in millionths of a minor unit.

    Of the decision's currency, rounded up. That is every draw times the shadow price of its
    budget, as *view* and the clock make it; 0 where no budget has a price.
    """
    whole = 0
    for draw in taken:
        budget = ruleset.budgets[draw.budget_id]
        if budget.shadow is not None:
            whole += draw.amount * _price(budget, budget.shadow, draw, view, context)
    exchange = ruleset.exchange
    return -(-whole * exchange.numerator // exchange.denominator)


def _price(
    budget: Budget, shadow: ShadowPrice, draw: Draw, view: BudgetView, context: DecisionContext
) -> int:
    passed, whole = period_hours(budget, *civil_hour(budget, context.moment))
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


def freed_draws(before: Iterable[Draw], after: Iterable[Draw]) -> tuple[Draw, ...]:
    """What goes back to budgets on which *before* was drawn, and *after* still is."""
    left = {draw.key: draw.amount for draw in after}
    gone = (draw._replace(amount=draw.amount - left.get(draw.key, 0)) for draw in before)
    return tuple(draw for draw in gone if draw.amount)


def refusal(draw: Draw, view: BudgetView, ruleset: Ruleset) -> ReasonCode:
    """The reason code for a candidate whose *draw* can't be covered."""
    if view.get(draw.key, 0) + draw.amount <= draw.limit:
        return ReasonCode.BUDGET_AHEAD_OF_PACE
    if ruleset.budgets[draw.budget_id].holder is BudgetHolder.SHOPPER:
        return ReasonCode.SHOPPER_CAP_REACHED
    return ReasonCode.BUDGET_SPENT
