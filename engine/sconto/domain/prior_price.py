"""The prior price: what a reduction is measured by (Directive 98/6/EC, article 6a)."""

from __future__ import annotations

from typing import Final, NamedTuple

LOWEST_PRICE: Final = "line.lowest_price_30d"
"""The fact that holds it: the lowest price of one piece in the last 30 days, minor units."""

WINDOW_US: Final = 30 * 24 * 3_600 * 1_000_000
"""Over which prices it is taken: those in force at any time of the 30 days before."""


class ListPrice(NamedTuple):
    """From *at_us* on one piece costs *price*, minor units, there; an empty place is everywhere.

    A shop sells for a price of its own in each currency: a converted one was never asked.
    """

    product_id: str
    jurisdiction: str
    channel: str
    at_us: int
    price: int
    currency: str = ""
    """Empty for the shop's own."""

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """What there is one price of."""
        return (*self[:4], self.currency)
