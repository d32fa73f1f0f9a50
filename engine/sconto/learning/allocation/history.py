"""The shadow price that a budget would have had, period by period, from the decision log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from sconto.domain.budget import ledger_key
from sconto.domain.money import PPM_ONE
from sconto.domain.record_reading import context_of
from sconto.domain.ruleset import BudgetMeasure, Ruleset
from sconto.learning.allocation.dual import allocate

Option = tuple[float, float]
"""What a candidate is expected to gain, budgets apart, and to draw on the budget; minor units."""


@dataclass(frozen=True, slots=True)
class PeriodPrice:
    """One period of one holder of a budget.

    Attributes:
        key: The ledger key.
        decisions: Decisions in which the budget had something to give.
        shadow_price: Margin per unit of budget below which the limit was better spent elsewhere.
        used: Share of the limit that the best allocation uses.
    """

    key: str
    decisions: int
    shadow_price: float
    used: float


def price_history(
    records: Iterable[Mapping[str, Any]],
    ruleset_of: Callable[[str], Ruleset | None],
    budget_id: str,
) -> list[PeriodPrice]:
    """The price of *budget_id* in each of its periods, by what *records* say was possible.

    A candidate draws on the budget when its cost falls due, with the probability on record.
    Only decisions made with a model count: the others say nothing of what a discount brings. Their
    rulesets come from *ruleset_of*, by digest.
    """
    ruleset_of = cache(ruleset_of)
    options: dict[str, list[list[Option]]] = {}
    limits: dict[str, int] = {}
    for record in records:
        ruleset = ruleset_of(record["ruleset"]) if record["model"] else None
        budget = None if ruleset is None else ruleset.budgets.get(budget_id)
        if ruleset is None or budget is None or budget.measure is not BudgetMeasure.AMOUNT:
            continue
        drawing = {offer.id for offer in ruleset.offers if budget_id in offer.budgets}
        possible = _possible(record, drawing)
        if possible:
            key = ledger_key(budget, context_of(record))
            limits[key] = budget.limit
            options.setdefault(key, []).append(possible)
    return [_priced(key, options[key], limits[key]) for key in sorted(options)]


def _possible(record: Mapping[str, Any], drawing: set[str]) -> list[Option]:
    found = []
    for candidate in record["candidates"]:
        value = candidate.get("value")
        if value is None or candidate["offer_id"] not in drawing:
            continue
        # The record's gain is less what budgets were worth on that day.
        gain, surely = (value[name] + value["charge"] for name in ("gain", "least_gain"))
        if surely > 0:
            drawn = value["due_ppm"] * candidate["discount"] / PPM_ONE
            found.append((gain / PPM_ONE, drawn))
    return found


def _priced(key: str, options: list[list[Option]], limit: int) -> PeriodPrice:
    most = max(map(len, options))
    # Padding that nobody chooses: it brings nothing.
    table = np.array([row + [(-1.0, 1.0)] * (most - len(row)) for row in options])
    found = allocate(
        np.ascontiguousarray(table[:, :, 0]), np.ascontiguousarray(table[:, :, 1]), float(limit)
    )
    return PeriodPrice(key, len(options), found.shadow_price, found.cost / limit)
