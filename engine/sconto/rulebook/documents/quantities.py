"""Money, percentages and decimals as rule files write them: quoted text, turned into integers."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from sconto.domain.measured import MeasuredQuantity, Unit, thousandths_of

_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?\Z")
_RATE: Final = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,9})?\Z")
_WINDOW: Final = re.compile(r"([1-9][0-9]{0,5}) (minute|hour|day)s?\Z")
MINUTE_US: Final = 60_000_000
LONGEST_WINDOW_US: Final = 400 * 24 * 60 * MINUTE_US
_UNIT_US: Final = {"minute": MINUTE_US, "hour": 60 * MINUTE_US, "day": 24 * 60 * MINUTE_US}
_PERCENT: Final = re.compile(r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})? ?%\Z")


def is_decimal(text: str) -> bool:
    """Whether *text* is a decimal number such as `12.50`: at most 12 digits before the point."""
    return _DECIMAL.match(text) is not None


def is_rate(text: str) -> bool:
    """Whether *text* is an exchange rate such as `0.8612`: above 0."""
    return _RATE.match(text) is not None and text.strip("0.") != ""


def scaled(text: str, places: int) -> int | None:
    """The decimal *text* as an integer of *places* decimal places; None when it is finer."""
    value = Decimal(text).scaleb(places)
    whole = int(value)
    return whole if value == whole else None


def basis_points(text: str) -> int | None:
    """The percentage *text*, such as `15 %` or `2.5%`, in basis points; None when it is none."""
    if not _PERCENT.match(text):
        return None
    return scaled(text.rstrip("% "), 2)


def window_us(text: str) -> int | None:
    """The span *text*, such as `48 hours`, in microseconds; None when it is none."""
    match = _WINDOW.match(text)
    return int(match[1]) * _UNIT_US[match[2]] if match else None


def measured(text: str) -> MeasuredQuantity | None:
    """*text* like `0.482 kg` as a measured quantity; None when it is none."""
    amount, _, symbol = text.partition(" ")
    unit = next((unit for unit in Unit if unit.value == symbol), None)
    thousandths = thousandths_of(amount)
    return None if unit is None or thousandths is None else MeasuredQuantity(thousandths, unit)
