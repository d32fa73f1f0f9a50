"""Money is integer minor units plus an ISO 4217 currency; rates are basis points."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, Inexact
from typing import Final

MINOR_DIGITS: Final[dict[str, int]] = {
    "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2,
    "HKD": 2, "HUF": 2, "INR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2,
    "PLN": 2, "RON": 2, "SEK": 2, "SGD": 2, "TND": 3, "TRY": 2, "USD": 2, "ZAR": 2,
}  # fmt: skip
"""Decimal digits of the minor unit of each supported currency (ISO 4217)."""

BP_ONE: Final = 10_000
"""Basis points in one whole: 10000 bp = 100 %."""

PPM_ONE: Final = 1_000_000
PPM_PLACES: Final = 6
"""Parts per million in one whole; probabilities are recorded in ppm."""

MAX_MINOR: Final = 2_000_000_000
"""Largest basket total accepted, minor units: expected margins in ppm stay below 2**53."""

EXACT: Final = Context(prec=60, traps=[Inexact])
"""Decimal context of every formula: a result that would need rounding raises instead."""


def to_minor(major: Decimal, currency: str, *, up: bool) -> int:
    """*major* units of *currency* as minor units, rounded *up* as floors are, or down."""
    minor = major.scaleb(MINOR_DIGITS[currency], EXACT)
    return int(minor.to_integral_value(rounding=ROUND_CEILING if up else ROUND_FLOOR))


def to_major(minor: int, currency: str) -> Decimal:
    """*minor* units of *currency* as an exact decimal number of major units."""
    return Decimal(minor).scaleb(-MINOR_DIGITS[currency], EXACT)


def format_minor(minor: int, currency: str) -> str:
    """*minor* for people, e.g. `12.34 USD`."""
    return f"{to_major(minor, currency)} {currency}"


def format_millionths(value: int, currency: str) -> str:
    """Millionths of a minor unit for people, in hundredths of it, rounded down: `0.0174 USD`.

    An expected gain is never shown as more than it is.
    """
    return f"{to_major(value // 10_000, currency).scaleb(-2):f} {currency}"


def allocate(total: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """Split *total* over *weights* so that the parts add up to it exactly, by largest remainder.

    Each part is the weight's exact share rounded down, then the minor units left over go one by
    one to the largest remainders; equal remainders go to the earlier position, so the caller
    orders the weights by something that does not depend on the request's order.

    Args:
        total: minor units, 0 <= total <= sum(weights).
        weights: minor units, each >= 0, with a positive sum.
    """
    whole = sum(weights)
    parts: list[int] = []
    over: list[int] = []
    left = total
    for weight in weights:
        part, rest = divmod(total * weight, whole)
        parts.append(part)
        over.append(-rest)
        left -= part
    if left == 1:
        parts[over.index(min(over))] += 1
    elif left:
        # The largest remainders; sorting keeps the order of equals.
        for i in sorted(range(len(parts)), key=over.__getitem__)[:left]:
            parts[i] += 1
    return tuple(parts)
