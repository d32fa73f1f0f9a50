"""Real baskets of Complete Journey's held-back period, as the requests a checkout would send.

The facts of each request are the features that the model's recipe makes of that checkout. What the
source does not say is assumed here, in the open: shoppers with an even household number buy in
Tennessee and the others in Wisconsin, one in ten has not agreed to personalised offers, and what a
piece costs the shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from sconto.demo.requests import (
    CENTS,
    NO_CONSENT_EVERY,
    Goods,
    Visit,
    money,
    pick,
    request_of,
    share_of,
)
from sconto.learning.data.prepare import Prepared, prepare

CURRENCY: Final = "USD"
JURISDICTIONS: Final = ("US-TN", "US-WI")

COST_PERCENT: Final = {
    "COSMETICS": 60, "DELI": 60, "DRUG GM": 66, "FLORAL": 55, "FROZEN GROCERY": 70,
    "GARDEN CENTER": 60, "GROCERY": 72, "MEAT": 74, "MEAT-PCKGD": 72, "NUTRITION": 68,
    "PASTRY": 55, "PRODUCE": 64, "RESTAURANT": 50, "SALAD BAR": 50, "SEAFOOD": 70,
    "SEAFOOD-PCKGD": 70, "SPIRITS": 75, "TOYS": 65,
}  # fmt: skip
"""What a piece costs the shop, per cent of its shelf price, by department: ASSUMED, not data."""
COST_PERCENT_OF_CATEGORY: Final = {
    "BEERS/ALES": 82, "CIGARETTES": 86, "CIGARS": 80, "DOMESTIC WINE": 76, "IMPORTED WINE": 76,
    "LIQUOR": 80, "MISC WINE": 76, "TOBACCO OTHER": 84,
}  # fmt: skip
"""Tobacco and alcohol earn far less than the departments they stand in."""
COST_PERCENT_ELSEWHERE: Final = 70

MONEY: Final = ("spend_56d", "basket_total")
"""Facts that are amounts; all others are whole numbers."""


def baskets(source: Path, skip: int, count: int) -> list[Any]:
    """*count* DecideRequests for the checkouts after the first *skip* of the held-back period.

    *source* is the model's recipe. Checkouts come in the order of time and start again from the
    first after the last.
    """
    prepared = prepare(source)
    checkouts = _checkouts(prepared)
    start = skip % checkouts.height
    chosen = pl.concat([checkouts[start:], checkouts[:start]])[:count]
    lines = prepared.tables.frames["lines"].join(chosen, on="basket_id", how="semi")
    by_basket = lines.partition_by("basket_id", as_dict=True)
    return [
        request_of(_visit(row), [_goods(line) for line in by_basket[row["basket_id"],].to_dicts()])
        for row in chosen.to_dicts()
    ]


def cost_percent(department: str, category: str) -> int:
    """What a piece is assumed to cost the shop, per cent of its shelf price."""
    of_department = COST_PERCENT.get(department, COST_PERCENT_ELSEWHERE)
    return COST_PERCENT_OF_CATEGORY.get(category, of_department)


def _checkouts(prepared: Prepared) -> pl.DataFrame:
    """One row for each checkout: basket_id, household, and the model's features."""
    rows = prepared.examples["test"]
    return prepared.audit["test"].with_columns(
        pl.Series("household", rows.unit),
        *(pl.Series(name, rows.numeric[:, i]) for i, name in enumerate(rows.columns.numeric)),
    )


def _visit(row: Mapping[str, Any]) -> Visit:
    household = row["household"]
    return Visit(
        shopper_id=f"household-{household}",
        channel="store",
        jurisdiction=pick(household, JURISDICTIONS),
        currency=CURRENCY,
        agreed=household % NO_CONSENT_EVERY != 0,
        facts={
            name: _fact(name, value)
            for name, value in row.items()
            if name not in {"basket_id", "household"}
        },
    )


def _fact(name: str, value: float) -> Any:
    return money(_cents(value), CURRENCY) if name in MONEY else int(value)


def _goods(line: Mapping[str, Any]) -> Goods:
    total = _cents(line["shelf"])
    # A line whose value is no whole number of cents a piece is sent as one lot.
    pieces = line["quantity"] if total % line["quantity"] == 0 else 1
    price = total // pieces
    return Goods(
        product_id=str(line["product_id"]),
        category=line["category"],
        department=line["department"],
        quantity=pieces,
        list_price=price,
        unit_cost=share_of(price, cost_percent(line["department"], line["category"])),
        brand=line["brand"],
    )


def _cents(amount: float) -> int:
    return round(amount * CENTS)
