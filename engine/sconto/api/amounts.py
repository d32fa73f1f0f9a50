"""google.type.Money to integer minor units and back, exactly."""

from __future__ import annotations

from typing import Any, Final

from google.type.money_pb2 import Money

from sconto.api.validation import Refused, Violations, shown
from sconto.domain.money import MAX_MINOR, MINOR_DIGITS

NANO_DIGITS: Final = 9
NANOS: Final = 10**NANO_DIGITS

_SCALES: Final = {
    currency: (10**digits, 10 ** (NANO_DIGITS - digits))
    for currency, digits in MINOR_DIGITS.items()
}
"""Minor units of a whole one and nanos of a minor one, by currency."""
_FINEST: Final = (NANOS, 1)
"""A currency that is not supported is refused by name, whatever its amounts turn out to be."""


def to_minor(money: Money, currency: str, field: str) -> int:
    """*money*, which stands in *field*, in minor units of *currency*; or raises Refused.

    Refuses another currency, more decimal places than the currency has, units and nanos of
    different sign, and magnitudes above MAX_MINOR.
    """
    if money.currency_code != currency:
        code = shown(money.currency_code)
        description = f"is {code}, but every amount of this request must be in {shown(currency)}"
        raise Refused(f"{field}.currency_code", description, "MIXED_CURRENCIES")
    units, nanos = money.units, money.nanos
    scale, nanos_of_one = _SCALES.get(currency, _FINEST)
    minor: int = units * scale
    if nanos:
        if abs(nanos) >= NANOS or units * nanos < 0:
            description = f"must be below a whole unit and have the sign of units: `{nanos}`"
            raise Refused(f"{field}.nanos", description, "NANOS_OUT_OF_RANGE")
        cents, rest = divmod(nanos, nanos_of_one)
        if rest:
            raise _too_fine(currency, nanos, field)
        minor += cents
    if abs(minor) > MAX_MINOR:
        description = f"is more than can be decided on: `{units}`"
        raise Refused(f"{field}.units", description, "AMOUNT_OUT_OF_RANGE")
    return minor


def _too_fine(currency: str, nanos: int, field: str) -> Refused:
    digits = MINOR_DIGITS.get(currency, NANO_DIGITS)
    description = f"{shown(currency)} has `{digits}` decimal places: `{nanos}` nanos needs more"
    return Refused(f"{field}.nanos", description, "TOO_MANY_DECIMAL_PLACES")


def to_price(money: Money, currency: str, found: Violations, path: str, name: str) -> int | None:
    """*money* in minor units of *currency*, not negative; None, with the reason in *found*, if not.

    `<path>.<name>` is where it stands.
    """
    try:
        minor = to_minor(money, currency, name)
    except Refused as refused:
        found.add_refused(refused, path)
        return None
    if minor >= 0:
        return minor
    found.add(f"{path}.{name}", "must not be negative", "AMOUNT_OUT_OF_RANGE")
    return None


def to_money(minor: int, currency: str) -> Money:
    """*minor* units of *currency* as google.type.Money."""
    return Money(**money_fields(minor, currency))


def money_fields(minor: int, currency: str) -> dict[str, Any]:
    """What `to_money` says, for a message to be made with: a message made apart is copied."""
    scale, nanos_of_one = _SCALES[currency]
    units, rest = divmod(minor, scale) if minor >= 0 else (-(-minor // scale), -(-minor % scale))
    return {"currency_code": currency, "units": units, "nanos": rest * nanos_of_one}
