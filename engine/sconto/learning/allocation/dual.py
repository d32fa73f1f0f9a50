"""Which level for whom under one budget, by a search for its shadow price.

The problem is a multiple-choice knapsack: one level for each shopper, `none` always among them.
With a price for each unit of budget it falls apart into one small choice for each shopper, and the
dearer the budget, the less is spent; so the price at which the budget is just used is found by
halving an interval. Sinha and Zoltners, The multiple-choice knapsack problem, Operations Research
27(3), 1979, give the relaxation; what it leaves over goes to the most efficient upgrades.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Amounts = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int64]

NONE: Final = -1
"""The level of a shopper who is given nothing."""

_ROWS: Final = 1 << 12
"""Shoppers looked at together: what they need fits a processor's cache."""
_SAMPLE: Final = 1 << 14
"""Shoppers by whom the search is narrowed before it looks at all of them."""
_SAMPLE_HALVINGS: Final = 16
_HALVINGS: Final = 60
_MARGIN: Final = 0.02
"""How far around the sample's price the true one is looked for first, as a share of it."""
_SMALLEST: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Allocation:
    """A level for every shopper.

    Attributes:
        levels: int64 [n]; the column that was chosen, or `NONE`.
        value: What the chosen levels bring together, in the unit of the values.
        cost: What they cost together; never more than the budget.
        shadow_price: Value that a unit of budget must bring to be spent; 0 where the budget is
            not used up.
        bound: No allocation within the budget brings more than this (the dual's value).
    """

    levels: Levels
    value: float
    cost: float
    shadow_price: float
    bound: float


def allocate(value: Amounts, cost: Amounts, budget: float) -> Allocation:
    """The allocation of *budget* by its shadow price, and then by efficiency.

    *value* and *cost* are float64 [n, k]: what each of k levels brings beyond giving nothing, and
    what it costs. Exact but for the last upgrade: it misses the optimum by less than one shopper's
    value, and it never costs more than *budget*.

    Raises:
        ValueError: Shapes differ or have no level, a number is not finite, the budget is negative,
            or a cost is negative or too close to 0 to divide by.
    """
    _check(value, cost, budget)
    cheap, dear = _bracket(value, cost, budget)
    rows, cheap, dear, left = _narrowed(value, cost, budget, cheap, dear)
    levels = dear.levels
    # At the dearer price, before anybody is upgraded: what the dual promises at most.
    bound = _total(value, levels) - dear.price * dear.spent + dear.price * budget
    levels = _filled(value, cost, rows, cheap.levels, levels, left)
    return Allocation(levels, _total(value, levels), _total(cost, levels), dear.price, bound)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The level that is worth most to each shopper at *price*, and what they cost together."""

    price: float
    levels: Levels
    spent: float


def _check(value: Amounts, cost: Amounts, budget: float) -> None:
    if value.ndim != 2 or value.shape != cost.shape or not value.shape[1]:  # noqa: PLR2004
        raise ValueError(f"values {value.shape} and costs {cost.shape} must be [n, k] alike")
    if not (np.isfinite(value).all() and np.isfinite(cost).all()):
        raise ValueError("values and costs must be finite")
    if budget < 0 or ((cost != 0) & (cost < _SMALLEST)).any():
        raise ValueError(f"the budget is at least 0, and a cost is 0 or at least {_SMALLEST}")


def _choose(value: Amounts, cost: Amounts, price: float) -> _Chosen:
    """What is chosen at *price*; NONE where no level is worth more than nothing."""
    levels = np.empty(len(value), dtype=np.int64)
    spent = 0.0
    for start in range(0, len(value), _ROWS):
        rows = slice(start, start + _ROWS)
        own = cost[rows]
        worth = value[rows] - price * own
        level = worth.argmax(axis=1)
        at = level + np.arange(0, worth.size, worth.shape[1])
        given = worth.ravel().take(at) > 0
        spent += float(own.ravel().take(at) @ given)
        level[~given] = NONE
        levels[rows] = level
    return _Chosen(price, levels, spent)


def _taken(amounts: Amounts, levels: Levels) -> Amounts:
    """The amount of each shopper's level, 0 for NONE."""
    at = np.maximum(levels, 0) + np.arange(0, amounts.size, amounts.shape[1])
    taken: Amounts = amounts.ravel().take(at) * (levels != NONE)
    return taken


def _total(amounts: Amounts, levels: Levels) -> float:
    return float(_taken(amounts, levels).sum())


def _bracket(value: Amounts, cost: Amounts, budget: float) -> tuple[_Chosen, _Chosen]:
    """What is chosen at a price too low for *budget*, and at one that keeps within it.

    A sample of the shoppers tells about where the price is, so that few looks at all of them are
    needed. Both are the same at a price of 0 where the budget is not used up.
    """
    guess, margin = _sampled_price(value, cost, budget), _MARGIN
    dear = cheap = _choose(value, cost, guess * (1 + margin))
    while dear.spent > budget:
        cheap, dear = dear, _choose(value, cost, dear.price * (1 + margin) + _SMALLEST)
        margin *= 4
    while cheap.spent <= budget and cheap.price > 0:
        lower = cheap.price * (1 - 2 * margin) if margin < 1 / 2 else 0.0
        dear, cheap = cheap, _choose(value, cost, lower)
        margin *= 4
    return (cheap, cheap) if cheap.spent <= budget else (cheap, dear)


def _sampled_price(value: Amounts, cost: Amounts, budget: float) -> float:
    """The price at which a sample of the shoppers about uses its share of *budget*."""
    step = max(1, len(value) // _SAMPLE)
    some_value = np.ascontiguousarray(value[::step])
    some_cost = np.ascontiguousarray(cost[::step])
    share = budget * len(some_value) / max(1, len(value))
    if _choose(some_value, some_cost, 0.0).spent <= share:
        return 0.0
    ratios = np.divide(some_value, some_cost, out=np.zeros_like(some_value), where=some_cost > 0)
    low, high = 0.0, float(ratios.max())
    for _ in range(_SAMPLE_HALVINGS):
        middle = (low + high) / 2
        if _choose(some_value, some_cost, middle).spent > share:
            low = middle
        else:
            high = middle
    return high


def _narrowed(
    value: Amounts, cost: Amounts, budget: float, cheap: _Chosen, dear: _Chosen
) -> tuple[npt.NDArray[np.intp], _Chosen, _Chosen, float]:
    """The interval halved until its ends are equal.

    Returns the shoppers who still choose differently at its ends, all choices at each end, and
    what is left of *budget* at the dearer one. Who chooses the same at both ends does so in
    between, because spending never rises with the price; so ever fewer have to be asked.
    """
    rows = np.flatnonzero(dear.levels != cheap.levels)
    low, high, levels, lower = cheap.price, dear.price, dear.levels, cheap.levels
    spent = dear.spent
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not (low < middle < high and len(rows)):
            break
        own_cost = cost[rows]
        found = _choose(value[rows], own_cost, middle)
        total = spent - _total(own_cost, levels[rows]) + found.spent
        if total > budget:
            low = middle
            lower[rows] = found.levels
        else:
            high, spent = middle, total
            levels[rows] = found.levels
        rows = rows[levels[rows] != lower[rows]]
    return rows, _Chosen(low, lower, cheap.spent), _Chosen(high, levels, spent), budget - spent


def _filled(
    value: Amounts,
    cost: Amounts,
    rows: npt.NDArray[np.intp],
    cheap: Levels,
    dear: Levels,
    left: float,
) -> Levels:
    """*dear*, and the upgrades of *rows* that fit in what is *left*, the most efficient first."""
    more_value = _taken(value[rows], cheap[rows]) - _taken(value[rows], dear[rows])
    more_cost = _taken(cost[rows], cheap[rows]) - _taken(cost[rows], dear[rows])
    wanted = np.flatnonzero((more_cost > 0) & (more_value > 0))
    order = wanted[np.argsort(-more_value[wanted] / more_cost[wanted], kind="stable")]
    levels = dear.copy()
    for i in order:
        if more_cost[i] <= left:
            levels[rows[i]] = cheap[rows[i]]
            left -= more_cost[i]
    return levels
