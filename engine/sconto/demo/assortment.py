"""The assumed assortment of the demonstration's web shop; real sessions name no products.

Brands are invented. Prices, costs and facts are of a usual size for such goods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

BINDING_DAYS: Final = 546
"""After about 18 months a publisher may end the fixed price of a book; none here has."""
CAMPAIGN_DAYS: Final = 14
"""How long the shop keeps a cut price of drinks."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the shop; amounts in euro cents for one piece."""

    id: str
    category: str
    department: str
    brand: str
    price: int
    cost_percent: int
    lowest_percent: int | None = 100
    """Lowest price of the last 30 days, per cent of today's; None when it was not sold so long."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Further facts of the line, by name without `line.`; one whose value is None is not sent."""


def _book(name: str, price: int, days: int, category: str = "BOOKS") -> Product:
    facts = {
        "days_since_publication": days,
        "days_since_last_supply": 10,
        "collected_in_shop": False,
        "book_sale_basis": "ordinary" if category == "BOOKS" else None,
        "price_binding_ended": False if days > BINDING_DAYS else None,
    }
    return Product(name, category, "MEDIA", "Halm Verlag", price, 70, facts=facts)


def _drink(name: str, category: str, price: int, abv: str, volume_ml: int) -> Product:
    facts = {
        "abv_percent": Decimal(abv),
        "volume_ml": volume_ml,
        "price_cut_days": CAMPAIGN_DAYS,
    }
    return Product(name, category, "DRINKS", "Cantina Ora", price, 72, facts=facts)


ASSORTMENT: Final = (
    _book("novel", 24_00, 60),
    Product("headphones", "HEADPHONES", "ELECTRONICS", "Orrin", 89_00, 82),
    Product("day-cream", "SKIN CARE", "BEAUTY", "Lumea", 27_50, 55, 90),
    _drink("red-wine", "WINE", 8_90, "13.00", 750),
    Product("building-blocks", "TOYS", "TOYS", "Klik", 34_90, 62),
    Product(
        "coffee-beans",
        "COFFEE",
        "FOOD",
        "Mattina",
        13_90,
        80,
        facts={"fruit_or_vegetable": False, "spoils_soon_unadvertised": False},
    ),
    Product("phone-case", "PHONE ACCESSORIES", "ELECTRONICS", "Orrin", 19_90, 50, 90),
    _book("travel-guide", 19_95, 500),
    Product("perfume", "FRAGRANCE", "BEAUTY", "Lumea", 64_00, 55),
    Product("first-milk", "INFANT FORMULA", "BABY", "Nidola", 22_50, 80),
    Product("tablet", "TABLETS", "ELECTRONICS", "Orrin", 249_00, 88, None),
    Product("detergent", "DETERGENT", "HOUSEHOLD", "Blanc", 11_50, 75),
    _drink("gin", "SPIRITS", 21_90, "37.50", 700),
    _book("old-textbook", 39_00, 1_400),
    Product("board-game", "TOYS", "TOYS", "Klik", 29_90, 62, 90),
    Product("nappies", "NAPPIES", "BABY", "Nidola", 16_90, 80),
    Product("sun-lotion", "SKIN CARE", "BEAUTY", "Lumea", 15_90, 55),
    _book("crime-e-book", 9_99, 200, "E-BOOKS"),
    Product("charger", "PHONE ACCESSORIES", "ELECTRONICS", "Orrin", 24_90, 55),
)

BOOKS: Final = frozenset({"BOOKS", "E-BOOKS"})
EVERYDAY: Final = frozenset({"COFFEE", "DETERGENT", "NAPPIES"})
"""Fast-moving consumer goods, whose advantages some laws add up."""
