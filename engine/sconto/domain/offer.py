"""Offers: what the business may give, how deep, on which lines, and how the money is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sconto.domain.objective import CostWhen, Outcome
from sconto.domain.scope import Scope
from sconto.domain.validity import Validity


class OfferKind(Enum):
    """How an offer takes money off, and what a step of its depth ladder means."""

    PERCENT = "percent"
    """Basis points off the covered lines."""
    AMOUNT = "amount"
    """Minor units off the covered lines together."""
    BUY_X_GET_Y = "buy_x_get_y"
    """Basis points off the pieces that are given away."""
    BUNDLE = "bundle"
    """Price of one bundle, minor units; deeper is lower."""
    FREE_SHIPPING = "free_shipping"
    """Basis points off the shipping lines."""
    SPEND_TIERS = "spend_tiers"
    """The spend at list price that reaches the tier, minor units."""


IN_BASIS_POINTS: Final = frozenset(
    {OfferKind.PERCENT, OfferKind.BUY_X_GET_Y, OfferKind.FREE_SHIPPING}
)
"""Kinds whose depth is in basis points; the depth of the others is in minor units."""


class RoundingMode(Enum):
    """Where a discount goes that is not a whole number of steps."""

    DOWN = "down"
    HALF_UP = "half_up"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Discounts become a multiple of *step* minor units."""

    mode: RoundingMode = RoundingMode.HALF_UP
    step: int = 1

    def apply(self, numerator: int, denominator: int) -> int:
        """`numerator / denominator` minor units (both >= 0, the latter > 0) as a whole discount."""
        return self.shares(numerator, (1,), denominator)[0]

    def shares(self, whole: int, times: Iterable[int], denominator: int) -> list[int]:
        """`whole * n / denominator` minor units for each n of *times*, each a whole discount."""
        step = self.step
        unit = denominator * step
        match self.mode:
            case RoundingMode.DOWN:
                return [whole * n // unit * step for n in times]
            case RoundingMode.HALF_UP:
                return [(2 * whole * n + unit) // (2 * unit) * step for n in times]
            case RoundingMode.UP:
                return [-(-whole * n // unit) * step for n in times]


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Of every *buy* + *get* pieces in scope the cheapest *get* are the ones given away.

    With a *reward* scope the *buy* pieces come from the offer's scope and the *get* pieces from
    *reward*. A piece that both cover is one or the other: as many sets are made as the pieces can
    be parted into, and what only *reward* covers is given first, the cheapest of each first.
    """

    buy: int
    get: int
    reward: Scope | None = None
    at_most_sets: int | None = None
    """The most sets of which pieces are given; None sets no limit."""


@dataclass(frozen=True, slots=True)
class BundleItem:
    """*pieces* pieces from *scope*, of which a piece can fit several items of a bundle."""

    scope: Scope
    pieces: int


@dataclass(frozen=True, slots=True)
class Off:
    """What a spend tier takes off the covered lines: basis points or minor units, one of them."""

    bp: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount the business defined; each step of its *ladder* makes one candidate."""

    id: str
    name: str
    kind: OfferKind
    ladder: tuple[int, ...]
    """From the shallowest step to the deepest, in the unit of the kind."""
    scope: Scope
    """The lines it is about: it takes money off them, except FREE_SHIPPING and BUY_X_GET_Y with a
    reward, where they are what must be bought."""
    minimum_spend: int
    """Minor units that the lines in scope must reach at list price; 0 asks nothing."""
    supplier_share_bp: int
    """Share of the discount that the supplier pays back, basis points."""
    budgets: tuple[str, ...]
    validity: Validity
    lane: str = "main"
    exclusive: bool = False
    """Whether it is given alone or not at all."""
    rounding: Rounding = Rounding()
    buy_get: BuyGet | None = None
    bundle: tuple[BundleItem, ...] = ()
    shipping: Scope | None = None
    """The shipping lines that FREE_SHIPPING takes money off."""
    tiers: Mapping[int, Off] = field(default_factory=dict)
    """What each tier takes off, by the spend that reaches it."""
    cost_when: CostWhen = CostWhen.SOLD
    cost_of_offering: int = 0
    """What offering it costs whatever comes of it, minor units."""
    aim: Outcome = Outcome.SALE
    """What it is for."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What shoppers know it by, by language (BCP 47)."""
    at_most_pieces: int | None = None
    """The most pieces that get cheaper, of those it may take money off the dearest; BUY_X_GET_Y
    and BUNDLE make no more whole sets than that. None sets no limit."""

    @property
    def counted(self) -> tuple[Scope, ...]:
        """The goods of which it counts the pieces."""
        if self.buy_get is not None:
            return self.scope, self.buy_get.reward or self.scope
        return tuple(item.scope for item in self.bundle)

    @property
    def cheaper_in_a_set(self) -> int:
        """How many pieces get cheaper together; 0 where it is not given by sets."""
        if self.buy_get is not None:
            return self.buy_get.get
        return sum([item.pieces for item in self.bundle])
