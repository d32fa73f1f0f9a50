"""Prior prices: worked out from the record of list prices, where the shop keeps one."""

from __future__ import annotations

from dataclasses import replace

from sconto.app.ports import Store
from sconto.domain.context import DecisionContext, Line
from sconto.domain.prior_price import LOWEST_PRICE, WINDOW_US
from sconto.domain.ruleset import Ruleset


def with_prior_prices(context: DecisionContext, ruleset: Ruleset, store: Store) -> DecisionContext:
    """*context* with each line's lowest price of the last 30 days, as the store's record has it.

    What the checkout sent of it is not believed; of a product without a record it is not known.
    Nothing is read when the ruleset keeps no such record, or no rule asks for the price. Raises
    StoreUnavailable when the record can't be read.
    """
    if not ruleset.price_history or LOWEST_PRICE not in ruleset.facts:
        return context
    until_us = context.moment.as_of_us
    lowest = store.lowest_prices(
        sorted({line.product_id for line in context.lines}),
        context.jurisdiction,
        context.channel,
        until_us - WINDOW_US,
        until_us,
        ruleset.other_currency,
    )

    def known(line: Line) -> Line:
        facts = {name: value for name, value in line.facts.items() if name != LOWEST_PRICE}
        price = lowest.get(line.product_id)
        return replace(line, facts=facts if price is None else {**facts, LOWEST_PRICE: price})

    return replace(context, lines=tuple(map(known, context.lines)))
