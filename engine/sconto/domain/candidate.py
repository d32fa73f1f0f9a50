"""Candidates: every offer at every depth, priced for one context and allocated to basket lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

from sconto.domain.context import DecisionContext
from sconto.domain.money import BP_ONE
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.reasons import ReasonCode


class Candidate(NamedTuple):
    """An offer at one depth; of *lines*, in their order, it takes *parts* off, minor units."""

    offer: Offer
    depth: int
    """In the unit of the offer's kind; see `OfferKind`."""
    scope_total: int
    """What the lines it takes money off cost at the prices it sees, minor units."""
    scope_margin: int | None
    """Their margin at the prices that earlier lanes left; None when a unit cost is not known."""
    discount: int
    lines: tuple[int, ...]
    """By their index in the basket. Those that it is about, even where it takes nothing off."""
    parts: tuple[int, ...]
    unpriced: ReasonCode | None = None
    """Why it could not be priced; then the discount is 0 and nothing is allocated."""

    @property
    def id(self) -> str:
        """`<offer id>:<depth>`, unique in a ruleset."""
        return f"{self.offer.id}:{self.depth}"

    @property
    def allocation(self) -> tuple[tuple[int, int], ...]:
        """Each line with what is taken off it."""
        return tuple(zip(self.lines, self.parts, strict=True))

    @property
    def depth_bp(self) -> int:
        """How deep, in basis points: as declared by a percentage, else its share, rounded up."""
        if self.offer.kind is OfferKind.PERCENT:
            return self.depth
        return -(-self.discount * BP_ONE // self.scope_total)

    @property
    def supplier_pays(self) -> int:
        """What the supplier pays back of the discount, minor units, rounded down."""
        return self.discount - self.cost

    @property
    def cost(self) -> int:
        """What giving it costs the shop, minor units."""
        share = self.offer.supplier_share_bp
        return self.discount - self.discount * share // BP_ONE if share else self.discount


made: Final[Callable[[tuple[Any, ...]], Candidate]] = partial(tuple.__new__, Candidate)
"""A candidate of all its fields; several times as fast as naming the class."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Candidates given together, in the order of their lanes; empty means no discount."""

    candidates: tuple[Candidate, ...] = ()
    off: Mapping[int, int] = field(init=False, repr=False, compare=False)
    """What they take off each line, minor units; lines they don't touch are absent."""
    supplier: Mapping[int, int] = field(init=False, repr=False, compare=False)
    """What suppliers pay back of it on each line, rounded down line by line."""

    def __post_init__(self) -> None:
        """Add up what each line loses."""
        off: dict[int, int] = {}
        supplier: dict[int, int] = {}
        for candidate in self.candidates:
            share = candidate.offer.supplier_share_bp
            for i, part in zip(candidate.lines, candidate.parts, strict=True):
                off[i] = off.get(i, 0) + part
                supplier[i] = supplier.get(i, 0) + part * share // BP_ONE
        object.__setattr__(self, "off", off)
        object.__setattr__(self, "supplier", supplier)

    @property
    def discount(self) -> int:
        """What they take off in all, minor units."""
        return sum(candidate.discount for candidate in self.candidates)

    @property
    def cost(self) -> int:
        """What they cost the shop in all, minor units."""
        return sum(candidate.cost for candidate in self.candidates)

    def with_next(self, candidate: Candidate) -> Stack:
        """The stack with *candidate*, priced on top of it, given too."""
        return Stack((*self.candidates, candidate))

    def net_total(self, line: int, context: DecisionContext) -> int:
        """What line number *line* costs after them, minor units."""
        return context.lines[line].list_total - self.off.get(line, 0)


NOTHING_GIVEN = Stack()
