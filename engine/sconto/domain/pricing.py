"""Pricing: what each offer takes off a basket at each depth, and how that is shared by the lines.

Every kind comes down to a discount and the lines that carry it; it is shared in proportion to
what the lines cost at the prices the offer's lane sees, so that floors are tested on what is paid.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack
from sconto.domain.context import DecisionContext
from sconto.domain.money import BP_ONE, allocate
from sconto.domain.offer import Off, Offer, OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Ruleset
from sconto.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class _Taken:
    """A discount, and how much of what each line costs carries it, by line index; minor units."""

    discount: int
    carried: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _Offered:
    """An offer met with a basket: the lines in its scope, and what each line costs at present."""

    offer: Offer
    context: DecisionContext
    covered: Sequence[int]
    seen: Callable[[int], int]
    """What a line costs in all at the prices the offer sees, minor units."""
    stack: Stack
    costs: Mapping[int, int] = field(init=False)
    """What each line in scope costs at those prices."""
    scope: tuple[int, int | None] = field(init=False)
    """What the lines in scope cost together, and their margin; see `scope_of`."""

    def __post_init__(self) -> None:
        """Work out once what every depth of the ladder asks."""
        object.__setattr__(self, "costs", {i: self.seen(i) for i in self.covered})
        object.__setattr__(self, "scope", self.scope_of(self.covered))

    @property
    def spend(self) -> int:
        """List total of the lines in scope."""
        return sum(self.context.lines[i].list_total for i in self.covered)

    def scope_of(self, lines: Iterable[int]) -> tuple[int, int | None]:
        """What *lines* cost at the prices seen, and their margin at those that are left."""
        total, margin, known = 0, 0, True
        for i in lines:
            line = self.context.lines[i]
            total += self.seen(i)
            if line.unit_cost is None:
                known = False
            else:
                margin += line.list_total - line.unit_cost * line.quantity
                margin += self.stack.supplier.get(i, 0) - self.stack.off.get(i, 0)
        return total, margin if known else None

    def outside(self, scope: Scope) -> list[int]:
        """The lines in *scope* that the offer's own scope does not cover."""
        lines = self.context.lines
        return [i for i, line in enumerate(lines) if i not in self.covered and scope.covers(line)]

    def pieces(self, lines: Sequence[int]) -> int:
        """How many pieces *lines* have together."""
        return sum(self.context.lines[i].quantity for i in lines)

    def piece(self, line: int) -> Fraction:
        """What one piece of *line* costs."""
        return Fraction(self.seen(line), self.context.lines[line].quantity)


def candidates_for(context: DecisionContext, ruleset: Ruleset) -> tuple[Candidate, ...]:
    """Every candidate the ruleset has for *context*, alone, ordered by (offer id, step).

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


def price_on_top(
    candidate: Candidate, stack: Stack, context: DecisionContext, *, after_earlier: bool
) -> Candidate:
    """*candidate* priced again where *stack* is given already.

    With *after_earlier* it sees the prices that the stack leaves, otherwise list prices; in
    neither case can it take more off a line than is left of it.
    """
    offer = candidate.offer
    covered = [i for i, line in enumerate(context.lines) if offer.scope.covers(line)]
    seen = (lambda i: stack.net_total(i, context)) if after_earlier else _list_total(context)
    return _price(_Offered(offer, context, covered, seen, stack), candidate.depth, None)


def _ladder(offer: Offer, covered: list[int], context: DecisionContext) -> list[Candidate]:
    offered = _Offered(offer, context, covered, _list_total(context), NOTHING_GIVEN)
    refusal = _refusal(offered)
    return [_price(offered, depth, refusal) for depth in offer.ladder]


def _list_total(context: DecisionContext) -> Callable[[int], int]:
    return lambda i: context.lines[i].list_total


def _refusal(offered: _Offered) -> ReasonCode | None:
    offer = offered.offer
    if not offer.validity.covers(offered.context.moment.local_date):
        return ReasonCode.NOT_VALID_TODAY
    if not offered.covered:
        return ReasonCode.NO_LINE_IN_SCOPE
    if offered.spend < offer.minimum_spend:
        return ReasonCode.BELOW_MINIMUM_SPEND
    return None


def _price(offered: _Offered, depth: int, refusal: ReasonCode | None) -> Candidate:
    offer = offered.offer
    found = refusal or _TAKES[offer.kind](offered, depth)
    if isinstance(found, ReasonCode):
        return Candidate(offer, depth, *offered.scope, 0, (), found)
    scope = offered.scope if found.carried is offered.costs else offered.scope_of(found.carried)
    allocation = _allocation(found, offered)
    if allocation is None:
        return Candidate(offer, depth, *scope, 0, (), ReasonCode.NOTHING_TO_DISCOUNT)
    return Candidate(offer, depth, *scope, found.discount, allocation)


def _allocation(found: _Taken, offered: _Offered) -> tuple[tuple[int, int], ...] | None:
    """What each line loses; None when there is nothing to take, or not enough left of a line."""
    lines = sorted(found.carried)
    carried = tuple(found.carried[i] for i in lines)
    if not 0 < found.discount <= sum(carried):
        return None
    allocation = tuple(zip(lines, allocate(found.discount, carried), strict=True))
    stack = offered.stack
    if any(part > stack.net_total(i, offered.context) for i, part in allocation):
        return None
    return allocation


def _percent(offered: _Offered, depth: int) -> _Taken:
    discount = offered.offer.rounding.apply(offered.scope[0] * depth, BP_ONE)
    return _Taken(discount, offered.costs)


def _amount(offered: _Offered, depth: int) -> _Taken:
    return _Taken(depth, offered.costs)


def _free_shipping(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    shipping = offered.offer.shipping or Scope()
    lines = [i for i, line in enumerate(offered.context.lines) if shipping.covers(line)]
    if not lines:
        return ReasonCode.NO_LINE_IN_SCOPE
    carried = {i: offered.seen(i) for i in lines}
    discount = offered.offer.rounding.apply(sum(carried.values()) * depth, BP_ONE)
    return _Taken(discount, carried)


def _spend_tiers(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    spend = offered.spend
    if spend < depth:
        return ReasonCode.BELOW_MINIMUM_SPEND
    if any(depth < tier <= spend for tier in offered.offer.tiers):
        return ReasonCode.HIGHER_TIER_REACHED
    off: Off = offered.offer.tiers[depth]
    return (
        _amount(offered, off.amount) if off.amount is not None else _percent(offered, off.bp or 0)
    )


def _buy_x_get_y(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    """The cheapest pieces are given away; all lines that take part carry it."""
    terms = offered.offer.buy_get
    if terms is None:
        return ReasonCode.NO_LINE_IN_SCOPE
    if terms.reward is None:
        reward = list(offered.covered)
        sets = offered.pieces(offered.covered) // (terms.buy + terms.get)
    else:
        reward = offered.outside(terms.reward)
        sets = min(
            offered.pieces(offered.covered) // terms.buy, offered.pieces(reward) // terms.get
        )
    if not sets:
        return ReasonCode.BELOW_MINIMUM_SPEND
    cheapest = sorted(reward, key=lambda i: (offered.piece(i), i))
    value = sum((v for _, _, v in _pieces(offered, cheapest, sets * terms.get)), Fraction(0))
    discount = offered.offer.rounding.apply(value.numerator * depth, value.denominator * BP_ONE)
    return _Taken(discount, {**offered.costs, **{i: offered.seen(i) for i in reward}})


def _pieces(
    offered: _Offered, lines: Sequence[int], wanted: int, used: Mapping[int, int] | None = None
) -> list[tuple[int, int, Fraction]]:
    """*wanted* pieces from *lines* in their order: (line, pieces, what they cost).

    Pieces in *used* are taken already. Fewer come back when there are not enough.
    """
    taken = []
    for i in lines:
        count = min(wanted, offered.context.lines[i].quantity - (used or {}).get(i, 0))
        if count > 0:
            taken.append((i, count, offered.piece(i) * count))
            wanted -= count
    return taken


def _bundle(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    """As many bundles as the basket holds, each at *depth*; the dearest pieces go in first."""
    counts = range(1, _most_bundles(offered) + 1)
    bundles = bisect_left(counts, True, key=lambda count: _bundled(offered, count) is None)
    taken = _bundled(offered, bundles)
    if not bundles or taken is None:
        return ReasonCode.NO_LINE_IN_SCOPE
    value = sum((v for _, _, v in taken), Fraction(0))
    saved = max(Fraction(0), value - bundles * depth)
    discount = offered.offer.rounding.apply(saved.numerator, saved.denominator)
    return _Taken(min(discount, int(value)), _carried(taken))


def _most_bundles(offered: _Offered) -> int:
    return min(
        offered.pieces(_dearest(offered, item.scope)) // item.pieces
        for item in offered.offer.bundle
    )


def _bundled(offered: _Offered, bundles: int) -> list[tuple[int, int, Fraction]] | None:
    """The pieces of *bundles* bundles, or None when the basket does not hold so many."""
    used: dict[int, int] = {}
    taken: list[tuple[int, int, Fraction]] = []
    for item in offered.offer.bundle:
        wanted = item.pieces * bundles
        found = _pieces(offered, _dearest(offered, item.scope), wanted, used)
        if sum(count for _, count, _ in found) < wanted:
            return None
        for i, count, _ in found:
            used[i] = used.get(i, 0) + count
        taken += found
    return taken


def _dearest(offered: _Offered, scope: Scope) -> list[int]:
    lines = offered.context.lines
    found = [i for i, line in enumerate(lines) if scope.covers(line)]
    return sorted(found, key=lambda i: (-offered.piece(i), i))


def _carried(taken: Sequence[tuple[int, int, Fraction]]) -> dict[int, int]:
    """What the pieces on each line cost, rounded up so that no line carries more than it costs."""
    carried: dict[int, Fraction] = {}
    for i, _, value in taken:
        carried[i] = carried.get(i, Fraction(0)) + value
    return {i: -(-value.numerator // value.denominator) for i, value in carried.items()}


_TAKES: Final[Mapping[OfferKind, Callable[[_Offered, int], _Taken | ReasonCode]]] = {
    OfferKind.PERCENT: _percent,
    OfferKind.AMOUNT: _amount,
    OfferKind.BUY_X_GET_Y: _buy_x_get_y,
    OfferKind.BUNDLE: _bundle,
    OfferKind.FREE_SHIPPING: _free_shipping,
    OfferKind.SPEND_TIERS: _spend_tiers,
}
