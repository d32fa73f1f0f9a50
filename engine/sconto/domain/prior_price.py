"""The prior price: what a reduction is measured by (Directive 98/6/EC, article 6a)."""

from __future__ import annotations

from typing import Final

LOWEST_PRICE: Final = "line.lowest_price_30d"
"""The fact that holds it: the lowest price of one piece in the last 30 days, minor units."""

WINDOW_US: Final = 30 * 24 * 3_600 * 1_000_000
"""Over which prices it is taken: those in force at any time of the 30 days before."""
