"""Candidates: every offer at every depth, priced for one context and allocated to basket lines."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.domain.context import DecisionContext, Line
from sconto.domain.money import BP_ONE, allocate, share_half_up
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Candidate:
    """An offer at one depth. *allocation* holds (line index, minor units off), by line index."""

    offer: Offer
    depth: int
    """Basis points for a PERCENT offer, minor units for an AMOUNT offer."""
    scope_total: int
    """List price of the lines in scope, minor units."""
    scope_margin: int | None
    """Margin of the lines in scope at list price; None when a unit cost is not known."""
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
    offers_of = [ruleset.offers_by_line.covering(line) for line in context.lines]
    candidates: list[Candidate] = []
    for number, offer in enumerate(ruleset.offers):
        if not wanted or offer.id in wanted:
            covered = [i for i, offers in enumerate(offers_of) if offers >> number & 1]
            candidates += _ladder(offer, covered, context)
    return tuple(candidates)


def _ladder(offer: Offer, covered: list[int], context: DecisionContext) -> list[Candidate]:
    lines = [context.lines[i] for i in covered]
    weights = tuple(line.list_total for line in lines)
    scope = _Scoped(covered, weights, sum(weights), _margin(lines))
    refusal = _refusal(offer, context, scope)
    return [_price(offer, depth, scope, refusal) for depth in offer.ladder]


@dataclass(frozen=True, slots=True)
class _Scoped:
    """The lines an offer covers: their indexes, list totals, sum and margin."""

    covered: list[int]
    weights: tuple[int, ...]
    total: int
    margin: int | None


def _margin(lines: list[Line]) -> int | None:
    margin = 0
    for line in lines:
        if line.unit_cost is None:
            return None
        margin += line.list_total - line.unit_cost * line.quantity
    return margin


def _refusal(offer: Offer, context: DecisionContext, scope: _Scoped) -> ReasonCode | None:
    if not offer.validity.covers(context.moment.local_date):
        return ReasonCode.NOT_VALID_TODAY
    if not scope.covered:
        return ReasonCode.NO_LINE_IN_SCOPE
    if scope.total < offer.minimum_spend:
        return ReasonCode.BELOW_MINIMUM_SPEND
    return None


def _price(offer: Offer, depth: int, scope: _Scoped, refusal: ReasonCode | None) -> Candidate:
    discount = share_half_up(scope.total, depth) if offer.kind is OfferKind.PERCENT else depth
    if refusal is None and not 0 < discount <= scope.total:
        refusal = ReasonCode.NOTHING_TO_DISCOUNT
    if refusal is not None:
        return Candidate(offer, depth, scope.total, scope.margin, 0, (), refusal)
    parts = allocate(discount, scope.weights)
    allocation = tuple(zip(scope.covered, parts, strict=True))
    return Candidate(offer, depth, scope.total, scope.margin, discount, allocation)
