"""google.type.Money to integer minor units and back, exactly."""

from __future__ import annotations

from typing import Final

from google.type.money_pb2 import Money

from sconto.api.validation import Violations, shown
from sconto.domain.money import MAX_MINOR, MINOR_DIGITS

NANO_DIGITS: Final = 9
NANOS: Final = 10**NANO_DIGITS


def to_minor(money: Money, currency: str, found: Violations, path: str, name: str) -> int | None:
    """*money* in minor units of *currency*; None, with the reason in *found*, if it can't be.

    Refuses another currency, more decimal places than the currency has, units and nanos of
    different sign, and magnitudes above MAX_MINOR. `<path>.<name>` is where it stands.
    """
    if money.currency_code != currency:
        said = shown(money.currency_code)
        description = f"is {said}, but every amount of this request must be in {shown(currency)}"
        found.add(f"{path}.{name}.currency_code", description, "MIXED_CURRENCIES")
        return None
    units, nanos = money.units, money.nanos
    if abs(nanos) >= NANOS or units * nanos < 0:
        description = f"must be below a whole unit and have the sign of units: `{nanos}`"
        found.add(f"{path}.{name}.nanos", description, "NANOS_OUT_OF_RANGE")
        return None
    # A currency that is not supported is refused by name, whatever its amounts turn out to be.
    digits = MINOR_DIGITS.get(currency, NANO_DIGITS)
    cents, rest = divmod(nanos, 10 ** (NANO_DIGITS - digits))
    if rest:
        description = f"{shown(currency)} has `{digits}` decimal places: `{nanos}` nanos needs more"
        found.add(f"{path}.{name}.nanos", description, "TOO_MANY_DECIMAL_PLACES")
        return None
    minor: int = units * 10**digits + cents
    if abs(minor) > MAX_MINOR:
        description = f"is more than can be decided on: `{units}`"
        found.add(f"{path}.{name}.units", description, "AMOUNT_OUT_OF_RANGE")
        return None
    return minor


def to_price(money: Money, currency: str, found: Violations, path: str, name: str) -> int | None:
    """Like `to_minor`, for what must not be negative."""
    minor = to_minor(money, currency, found, path, name)
    if minor is None or minor >= 0:
        return minor
    found.add(f"{path}.{name}", "must not be negative", "AMOUNT_OUT_OF_RANGE")
    return None


def to_money(minor: int, currency: str) -> Money:
    """*minor* units of *currency*, at or above zero, as google.type.Money."""
    scale = 10 ** MINOR_DIGITS[currency]
    units, rest = divmod(minor, scale)
    return Money(currency_code=currency, units=units, nanos=rest * (NANOS // scale))
