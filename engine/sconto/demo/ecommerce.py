"""Real browse sessions of a web shop, with assumed carts, as the requests of its checkout.

The sessions say which pages were seen and for how long, and whether the visitor was new; that is
what the model sees. They name no product, so a cart is dealt out of an assumed assortment: the more
pages, the more goods. Place, channel, consent and earlier sessions are assumed too.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sconto.demo.assortment import ASSORTMENT, BOOKS, EVERYDAY, Product
from sconto.demo.requests import (
    NO_CONSENT_EVERY,
    Facts,
    Goods,
    Row,
    Visit,
    facts_of,
    money,
    pick,
    request_of,
    rows_from,
    share_of,
    yes_no,
)

CURRENCY: Final = "EUR"
JURISDICTIONS: Final = ("DE", "FR", "IT", "DE", "FR", "DE", "IT", "FR", "DE", "IE")
CHANNELS: Final = ("website", "website", "app")

PAGES_PER_GOODS: Final = 20
MOST_GOODS: Final = 6
STRIDE: Final = 7
"""Goods of a cart stand so far apart in the assortment; it shares no divisor with its length."""
TWO_PIECES_BELOW: Final = 15_00
"""Cheaper goods go into one cart in three twice."""
LOYALTY_CREDIT_EVERY: Final = 5
LOYALTY_CREDIT: Final = 50
SHIPPING: Final = 4_90
SHIPPING_COST_PERCENT: Final = 90

FACTS: Final[Facts] = {
    "account_pages": int,
    "account_seconds": Decimal,
    "info_pages": int,
    "info_seconds": Decimal,
    "product_pages": int,
    "product_seconds": Decimal,
    "bounce_rate": Decimal,
    "exit_rate": Decimal,
    "special_day": Decimal,
    "weekend": yes_no,
    "new_visitor": yes_no,
    "visit_month": str,
    "traffic": str,
}


def baskets(source: Path, skip: int, count: int) -> list[Any]:
    """*count* DecideRequests for the sessions after the first *skip* of the sample *source*."""
    return [request_of(_visit(row), _cart(row)) for row in rows_from(source, skip, count)]


def _visit(row: Row) -> Visit:
    number = int(row["row"])
    new = yes_no(row["new_visitor"])
    declined = None if new else False
    return Visit(
        shopper_id=f"visitor-{number}",
        channel=pick(number, CHANNELS),
        jurisdiction=pick(number, JURISDICTIONS),
        currency=CURRENCY,
        agreed=declined if number % NO_CONSENT_EVERY == 0 else True,
        facts={
            "sessions_30d": 1 if new else 2 + int(row["account_pages"]),
            **facts_of(row, FACTS),
        },
    )


def _cart(row: Row) -> list[Goods]:
    number = int(row["row"])
    wanted = min(MOST_GOODS, 1 + int(row["product_pages"]) // PAGES_PER_GOODS)
    goods = [
        _goods(ASSORTMENT[(number + i * STRIDE) % len(ASSORTMENT)], number) for i in range(wanted)
    ]
    return [*goods, _shipping(goods)]


def _goods(product: Product, number: int) -> Goods:
    price = product.price
    twice = price < TWO_PIECES_BELOW and number % 3 == 0
    return Goods(
        product_id=product.id,
        category=product.category,
        department=product.department,
        quantity=2 if twice else 1,
        list_price=price,
        unit_cost=share_of(price, product.cost_percent),
        brand=product.brand,
        facts=_facts(product, number),
    )


def _facts(product: Product, number: int) -> dict[str, Any]:
    # Nothing here is a clearance; an exception of the law must never be taken for granted.
    facts = {"clearance_evidence": False, **product.facts}
    if product.lowest_percent is not None:
        lowest = share_of(product.price, product.lowest_percent)
        facts["lowest_price_30d"] = money(lowest, CURRENCY)
    if product.category in BOOKS:
        facts["publisher_price"] = money(product.price, CURRENCY)
    if product.category in EVERYDAY:
        credit = LOYALTY_CREDIT if number % LOYALTY_CREDIT_EVERY == 0 else 0
        facts["reference_price"] = money(product.price, CURRENCY)
        facts["loyalty_credit"] = money(credit, CURRENCY)
    return facts


def _shipping(goods: list[Goods]) -> Goods:
    books = sum(g.list_price * g.quantity for g in goods if g.category in BOOKS)
    return Goods(
        product_id="parcel",
        category="SHIPPING",
        department="DELIVERY",
        quantity=1,
        list_price=SHIPPING,
        unit_cost=share_of(SHIPPING, SHIPPING_COST_PERCENT),
        facts={"ships_books": books > 0, "book_order_total": money(books, CURRENCY)},
    )
