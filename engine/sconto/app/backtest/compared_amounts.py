"""Amounts that note what they were compared with: how far they could differ and change nothing.

A decision looks at what a budget has used only by comparing it. Whoever knows between which values
every comparison comes out the same knows for which other budget views the decision is the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import total_ordering
from typing import Final, cast

from sconto.domain.budget import BudgetView

ANY: Final = 1 << 62
"""More than any budget holds: no bound."""


@dataclass(slots=True)
class Bound:
    """From which value to which, both included, an amount would have been judged the same."""

    low: int = -ANY
    high: int = ANY


Bounds = tuple[tuple[str, int, int], ...]
"""(ledger key, least, most): a decision is the same for every view within all of them."""


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class _Recorded:
    """`root + added`, where only the root may differ.

    Knows nothing but sums, comparisons and what is left of a limit, so that whatever else is done
    with it fails instead of going unnoticed.
    """

    root: int
    bound: Bound
    added: int = 0

    def __add__(self, other: int) -> _Recorded:
        return _Recorded(self.root, self.bound, self.added + other)

    __radd__ = __add__

    def __rsub__(self, other: int) -> int:
        # A shadow price reckons with what is left: then only this very amount gives the same.
        self.bound.low = self.bound.high = self.root
        return other - self.root - self.added

    def __gt__(self, other: int) -> bool:
        limit, bound = other - self.added, self.bound
        if self.root > limit:
            bound.low = max(bound.low, limit + 1)
            return True
        bound.high = min(bound.high, limit)
        return False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, int):
            return NotImplemented
        return not self > other and self > other - 1

    def __bool__(self) -> bool:
        return self != 0

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Recorder:
    """A budget view that notes how it was looked at."""

    bounds: dict[str, Bound] = field(default_factory=dict)

    def view(self, used: BudgetView) -> BudgetView:
        """*used*, watched; every key that is looked at must be in it."""
        watched = {}
        for key, amount in used.items():
            self.bounds[key] = bound = Bound()
            watched[key] = cast("int", _Recorded(amount, bound))
        return watched

    def noted(self) -> Bounds:
        """For which views everything done so far comes out the same."""
        return tuple(
            (key, bound.low, bound.high)
            for key, bound in self.bounds.items()
            if bound.low > -ANY or bound.high < ANY
        )


def within(bounds: Bounds, view: BudgetView) -> bool:
    """Whether a decision with *bounds* is the same for *view*."""
    return all(low <= view.get(key, 0) <= high for key, low, high in bounds)
