"""Guessing of codes, slowed down: who sent too many that nobody knows has to wait."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from sconto.errors import TooManyUnknownCodes

WINDOW_US: Final = 600_000_000
BY_SHOPPER: Final = 10
"""Unknown codes of a shopper in a window; a person who mistypes needs a few tries."""
BY_CALLER: Final = 1_000
"""Unknown codes that one address sends in a window; behind it may be all tills of a shop."""
MOST_KNOWN: Final = 20_000
"""Of how many it is known; who was heard of longest ago is forgotten first."""


class _Meter:
    """Who may send how many in a window: all of them at once, or one now and then (GCRA).

    The algorithm is that of ITU-T I.371, annex A: one instant for each is all that is kept.
    """

    def __init__(self, most: int) -> None:
        self._apart_us = WINDOW_US // most
        self._free_at_us: OrderedDict[str, int] = OrderedDict()

    def wait_us(self, who: str, now_us: int) -> int:
        """How long *who* has to wait before the next one, microseconds; 0 for not at all."""
        return max(self._free_at_us.get(who, 0) + self._apart_us - WINDOW_US - now_us, 0)

    def add(self, who: str, count: int, now_us: int) -> None:
        """Count *count* more of *who*."""
        begun = max(self._free_at_us.pop(who, 0), now_us)
        self._free_at_us[who] = begun + count * self._apart_us
        if len(self._free_at_us) > MOST_KNOWN:
            self._free_at_us.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Guesses:
    """Counts the unknown codes of each shopper and each caller, in this process."""

    _shoppers: _Meter = field(default_factory=lambda: _Meter(BY_SHOPPER))
    _callers: _Meter = field(default_factory=lambda: _Meter(BY_CALLER))

    def check(self, user_ref: str, caller: str, now_us: int) -> None:
        """Raise TooManyUnknownCodes while either of the two has to wait."""
        waits = self._shoppers.wait_us(user_ref, now_us), self._callers.wait_us(caller, now_us)
        if any(waits):
            raise TooManyUnknownCodes(max(waits))

    def add(self, user_ref: str, caller: str, unknown: int, now_us: int) -> None:
        """Count *unknown* codes more."""
        if unknown:
            self._shoppers.add(user_ref, unknown, now_us)
            self._callers.add(caller, unknown, now_us)
