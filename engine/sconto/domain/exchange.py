"""Exchange: what an amount of the shop's currency is in another one, in exact arithmetic.

Amounts of a decision are in the currency of the request. What lives longer than a decision is in
the shop's currency: budgets, what behaviour events add up, what a model was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Exchange:
    """One minor unit of *shop_currency* is `numerator / denominator` minor units of another one.

    Both are above zero. An empty *shop_currency* stands for the currency of the ruleset itself.
    """

    shop_currency: str
    numerator: int
    denominator: int

    def of_shop(self, minor: int) -> int:
        """*minor* units (>= 0) of the shop's currency in the other one, rounded half up."""
        return (2 * minor * self.numerator + self.denominator) // (2 * self.denominator)

    def to_shop(self, minor: int) -> int:
        """*minor* units (>= 0) of the other currency in the shop's, rounded half up."""
        return (2 * minor * self.denominator + self.numerator) // (2 * self.numerator)

    def drawn(self, minor: int) -> int:
        """What a discount of *minor* units takes of a budget in the shop's currency: rounded up.

        So a budget is never overspent, and a discount never counts as nothing.
        """
        return -(-minor * self.denominator // self.numerator)


SAME: Final = Exchange("", 1, 1)
"""Of the shop's own currency."""
