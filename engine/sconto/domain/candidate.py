"""Candidates: every offer at every depth, priced for one context and allocated to basket lines."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.domain.context import DecisionContext, Line
from sconto.domain.money import BP_ONE, allocate, share_half_up
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Offer, OfferKind, Ruleset


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer at one depth. *allocation* holds (line index, minor units off), by line index."""

    offer: Offer
    depth: int
    """Basis points for a PERCENT offer, minor units for an AMOUNT offer."""
    scope_total: int
    """List price of the lines in scope, minor units."""
    discount: int
    allocation: tuple[tuple[int, int], ...]
    unpriced: ReasonCode | None = None
    """Why it could not be priced; then the discount is 0 and nothing is allocated."""

    @property
    def id(self) -> str:
        """`<offer id>:<depth>`, unique in a ruleset."""
        return f"{self.offer.id}:{self.depth}"

    @property
    def depth_bp(self) -> int:
        """How deep, in basis points: as declared, or the amount over its scope, rounded up."""
        if self.offer.kind is OfferKind.PERCENT:
            return self.depth
        return -(-self.discount * BP_ONE // self.scope_total)

    @property
    def supplier_pays(self) -> int:
        """What the supplier pays back of the discount, minor units, rounded down."""
        return self.discount * self.offer.supplier_share_bp // BP_ONE


def candidates_for(context: DecisionContext, ruleset: Ruleset) -> tuple[Candidate, ...]:
    """Every candidate the ruleset has for *context*, ordered by (offer id, depth).

    Candidates that can't be priced are kept with the reason, so that each one is accounted for.
    """
    wanted = set(context.offer_ids)
    offers = [o for o in ruleset.offers if not wanted or o.id in wanted]
    return tuple(c for offer in offers for c in _ladder(offer, context))


def _ladder(offer: Offer, context: DecisionContext) -> list[Candidate]:
    covered = [(i, line) for i, line in enumerate(context.lines) if offer.scope.covers(line)]
    total = sum(line.list_total for _, line in covered)
    refusal = _refusal(offer, context, total, bool(covered))
    return [_price(offer, depth, covered, total, refusal) for depth in offer.ladder]


def _refusal(
    offer: Offer, context: DecisionContext, total: int, any_covered: bool
) -> ReasonCode | None:
    if not offer.validity.covers(context.moment.local_date):
        return ReasonCode.NOT_VALID_TODAY
    if not any_covered:
        return ReasonCode.NO_LINE_IN_SCOPE
    if total < offer.minimum_spend:
        return ReasonCode.BELOW_MINIMUM_SPEND
    return None


def _price(
    offer: Offer,
    depth: int,
    covered: list[tuple[int, Line]],
    total: int,
    refusal: ReasonCode | None,
) -> Candidate:
    discount = share_half_up(total, depth) if offer.kind is OfferKind.PERCENT else depth
    if refusal is None and not 0 < discount <= total:
        refusal = ReasonCode.NOTHING_TO_DISCOUNT
    if refusal is not None:
        return Candidate(offer, depth, total, 0, (), refusal)
    parts = allocate(discount, tuple(line.list_total for _, line in covered))
    allocation = tuple((i, part) for (i, _), part in zip(covered, parts, strict=True))
    return Candidate(offer, depth, total, discount, allocation)
