"""Facts that are shares, told by the end of their names: in which unit, and between what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit of shares; a number of it that is not zero lies between *least* and *most*."""

    unit: str
    least: int
    most: int


_SCALES: Final = {
    "_bp": Scale("basis points, of which 100 are 1 %", 100, 10_000),
    "_percent": Scale("per cent", 0, 100),
    "_pct": Scale("per cent", 0, 100),
    "_ppm": Scale("parts per million, of which 10000 are 1 %", 1_000, 1_000_000),
}


def scale_of(fact: str) -> Scale | None:
    """The unit of *fact*, if its name says that it is a share."""
    return next((scale for end, scale in _SCALES.items() if fact.endswith(end)), None)
