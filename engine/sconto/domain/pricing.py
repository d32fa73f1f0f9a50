"""Pricing: what each offer takes off a basket at each depth, and how that is shared by the lines.

Every kind comes down to a discount and the lines that carry it; it is shared in proportion to
what the lines cost at the prices the offer's lane sees, so that floors are tested on what is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, repeat
from operator import attrgetter
from typing import Final

from sconto.domain.bundles import Goods, pieces_in_bundles
from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack, made
from sconto.domain.codes import opened_offers
from sconto.domain.context import DecisionContext
from sconto.domain.earning import must_be_earned, taking_no_part
from sconto.domain.money import BP_ONE, allocate
from sconto.domain.offer import Off, Offer, OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Ruleset
from sconto.domain.scope import Scope

_Parts = tuple[int, ...]


@dataclass(slots=True)
class _Carriers:
    """Lines that carry a discount together; amounts are minor units."""

    lines: tuple[int, ...]
    weights: tuple[int, ...]
    """By what a discount is shared: what each line costs, or the part of it that takes part."""
    worth: Fraction | int
    """What the pieces that get cheaper cost."""
    total: int
    """What the lines cost at the prices seen."""
    margin: int | None
    """Their margin at the prices that are left; None when a unit cost is not known."""
    most: int = field(init=False)
    """What they can carry."""
    shared: dict[int, _Parts] = field(default_factory=dict)
    """How each discount is shared, found once for all candidates; empty where it can't be taken."""

    def __post_init__(self) -> None:
        """Add up the weights."""
        self.most = sum(self.weights)


_Taken = tuple[int, _Carriers]
"""A discount, minor units, and what carries it."""


class _Basket:
    """A basket at the prices that offers see, with *stack* given already.

    The lines *apart* take no part in its offers.
    """

    def __init__(
        self,
        context: DecisionContext,
        stack: Stack,
        apart: Collection[int] = (),
        *,
        after_earlier: bool,
    ) -> None:
        self.context, self.stack, self.apart = context, stack, apart
        off, supplier = stack.off, stack.supplier
        self.seen = [line.list_total for line in context.lines]
        """What each line costs in all, minor units."""
        self.margins = [
            None if line.cost_total is None else line.list_total - line.cost_total
            for line in context.lines
        ]
        for i, part in off.items():
            if after_earlier:
                self.seen[i] -= part
            margin = self.margins[i]
            if margin is not None:
                self.margins[i] = margin + supplier.get(i, 0) - part

    def carriers(self, lines: Iterable[int], worth: Fraction | None = None) -> _Carriers:
        """*lines* as carriers, of pieces that cost *worth*; without it, of all their pieces."""
        lines = tuple(lines)
        costs = tuple([self.seen[i] for i in lines])
        total = sum(costs)
        whole = total if worth is None else worth
        return _Carriers(lines, costs, whole, total, self.margin(lines))

    def carriers_of(self, taken: Mapping[int, int]) -> _Carriers:
        """The lines of *taken* as carriers, with so many of their pieces."""
        lines = tuple(sorted(taken))
        values = [self.piece(i) * taken[i] for i in lines]
        # Rounded up, so that no line carries more than it costs.
        weights = tuple([-(-value.numerator // value.denominator) for value in values])
        total = sum([self.seen[i] for i in lines])
        return _Carriers(lines, weights, sum(values, Fraction(0)), total, self.margin(lines))

    def margin(self, lines: Iterable[int]) -> int | None:
        """The margin of *lines* at the prices that are left; None when a cost is not known."""
        margin = 0
        for i in lines:
            own = self.margins[i]
            if own is None:
                return None
            margin += own
        return margin

    def covered(self, scope: Scope) -> list[int]:
        """The lines in *scope*."""
        lines, apart = self.context.lines, self.apart
        return [i for i, line in enumerate(lines) if i not in apart and scope.covers(line)]

    def spend(self, lines: Iterable[int]) -> int:
        """What *lines* cost at list price."""
        return sum([self.context.lines[i].list_total for i in lines])

    def pieces(self, lines: Iterable[int]) -> int:
        """How many pieces *lines* have together."""
        return sum(self.context.lines[i].quantity for i in lines)

    def piece(self, line: int) -> Fraction:
        """What one piece of *line* costs."""
        return Fraction(self.seen[line], self.context.lines[line].quantity)


@dataclass(frozen=True, slots=True)
class _Offered:
    """An offer met with a basket, and the lines in its scope."""

    offer: Offer
    basket: _Basket
    scope: _Carriers


_Takes = Callable[[_Offered, Sequence[int]], Iterable[_Taken | ReasonCode]]
"""What a kind of offer takes off at each depth, or why nothing."""


def candidates_for(context: DecisionContext, ruleset: Ruleset) -> tuple[Candidate, ...]:
    """Every candidate the ruleset has for *context*, alone, ordered by (offer id, step).

    Candidates that can't be priced are kept with the reason, so that each one is accounted for.
    """
    wanted = set(context.offer_ids)
    scopes_of = [ruleset.offer_scopes.covering(line) for line in context.lines]
    baskets = _baskets(context, NOTHING_GIVEN, ruleset, after_earlier=False)
    some_earn_nothing = baskets[0] is not baskets[1]
    met: dict[tuple[int, bool], _Carriers] = {}
    candidates: list[Candidate] = []
    locked = ruleset.need_code
    if context.codes:
        locked -= opened_offers(context, ruleset.code_sets)
    for number, offer in zip(ruleset.scope_of_offer, ruleset.offers, strict=True):
        if not wanted or offer.id in wanted:
            earned = some_earn_nothing and must_be_earned(offer)
            basket = baskets[earned]
            scope = met.get((number, earned))
            if scope is None:
                covered = [i for i, scopes in enumerate(scopes_of) if scopes >> number & 1]
                if basket.apart:
                    covered = [i for i in covered if i not in basket.apart]
                scope = met[number, earned] = basket.carriers(covered)
            candidates += _ladder(_Offered(offer, basket, scope), locked=offer.id in locked)
    return tuple(candidates)


def _baskets(
    context: DecisionContext, stack: Stack, ruleset: Ruleset, *, after_earlier: bool
) -> tuple[_Basket, _Basket]:
    """The basket as offers see it that need not be earned, and those that must be."""
    whole = _Basket(context, stack, after_earlier=after_earlier)
    apart = taking_no_part(context, ruleset)
    if not apart:
        return whole, whole
    return whole, _Basket(context, stack, apart, after_earlier=after_earlier)


def price_on_top(
    candidates: Sequence[Candidate],
    stack: Stack,
    context: DecisionContext,
    ruleset: Ruleset,
    *,
    after_earlier: bool,
) -> list[Candidate]:
    """*candidates* priced again where *stack* is given already.

    With *after_earlier* they see the prices that the stack leaves, otherwise list prices; in
    neither case can one take more off a line than is left of it.
    """
    baskets = _baskets(context, stack, ruleset, after_earlier=after_earlier)
    met: dict[tuple[Scope, bool], _Carriers] = {}
    priced: list[Candidate] = []
    for offer, steps in groupby(candidates, attrgetter("offer")):
        depths = [candidate.depth for candidate in steps]
        earned = must_be_earned(offer)
        basket = baskets[earned]
        scope = met.get((offer.scope, earned))
        if scope is None:
            scope = basket.carriers(basket.covered(offer.scope))
            met[offer.scope, earned] = scope
        priced += _priced(_Offered(offer, basket, scope), depths)
    return priced


def _ladder(offered: _Offered, *, locked: bool) -> list[Candidate]:
    """Every candidate of an offer; a *locked* one needs a code that nobody sent."""
    offer, scope = offered.offer, offered.scope
    refusal = _refusal(offered) or (ReasonCode.CODE_REQUIRED if locked else None)
    if refusal is not None:
        total, margin = scope.total, scope.margin
        return [Candidate(offer, d, total, margin, 0, (), (), refusal) for d in offer.ladder]
    return _priced(offered, offer.ladder)


def _refusal(offered: _Offered) -> ReasonCode | None:
    offer, basket, lines = offered.offer, offered.basket, offered.scope.lines
    if not offer.validity.covers(basket.context.moment.local_date):
        return ReasonCode.NOT_VALID_TODAY
    if not lines:
        return ReasonCode.NO_LINE_IN_SCOPE
    if offer.minimum_spend and basket.spend(lines) < offer.minimum_spend:
        return ReasonCode.BELOW_MINIMUM_SPEND
    return None


def _priced(offered: _Offered, depths: Sequence[int]) -> list[Candidate]:
    """A candidate at each of *depths*."""
    offer, scope = offered.offer, offered.scope
    priced: list[Candidate] = []
    for depth, found in zip(depths, _TAKES[offer.kind](offered, depths), strict=True):
        if isinstance(found, ReasonCode):
            priced.append(made((offer, depth, scope.total, scope.margin, 0, (), (), found)))
            continue
        discount, carriers = found
        parts = carriers.shared.get(discount)
        if parts is None:
            parts = carriers.shared[discount] = _share_out(offered, discount, carriers)
        lines, unpriced = carriers.lines, None
        if not parts:
            discount, lines, unpriced = 0, (), ReasonCode.NOTHING_TO_DISCOUNT
        total, margin = carriers.total, carriers.margin
        priced.append(made((offer, depth, total, margin, discount, lines, parts, unpriced)))
    return priced


def _share_out(offered: _Offered, discount: int, carriers: _Carriers) -> _Parts:
    """What each line loses; empty where there is nothing to take, or not enough left of a line."""
    if not 0 < discount <= carriers.most:
        return ()
    parts = allocate(discount, carriers.weights)
    stack, context = offered.basket.stack, offered.basket.context
    shares = zip(carriers.lines, parts, strict=True)
    if stack.off and any(part > stack.net_total(i, context) for i, part in shares):
        return ()
    return parts


def _percent(offered: _Offered, depths: Sequence[int]) -> Iterable[_Taken]:
    """Basis points of what the lines cost."""
    return _shares(offered, depths, _limited(offered, offered.scope))


def _shares(offered: _Offered, depths: Sequence[int], carriers: _Carriers) -> Iterable[_Taken]:
    """Basis points of what gets cheaper, rounded as declared, but never to more than carries it."""
    worth, most = carriers.worth, carriers.most
    unit = BP_ONE * worth.denominator
    discounts = offered.offer.rounding.shares(worth.numerator, depths, unit)
    return zip(map(min, discounts, repeat(most)), repeat(carriers), strict=False)


def _limited(offered: _Offered, carriers: _Carriers) -> _Carriers:
    """*carriers* with no more pieces than may get cheaper: the dearest."""
    left, basket = offered.offer.at_most_pieces, offered.basket
    if left is None or basket.pieces(carriers.lines) <= left:
        return carriers
    taken: dict[int, int] = {}
    for i in sorted(carriers.lines, key=lambda i: (-basket.piece(i), i)):
        count = min(left, basket.context.lines[i].quantity)
        if count:
            taken[i] = count
        left -= count
    return basket.carriers_of(taken)


def _amount(offered: _Offered, depths: Sequence[int]) -> Iterable[_Taken]:
    return zip(depths, repeat(_limited(offered, offered.scope)), strict=False)


def _free_shipping(
    offered: _Offered, depths: Sequence[int]
) -> Iterable[_Taken] | Iterable[ReasonCode]:
    basket = offered.basket
    lines = basket.covered(offered.offer.shipping or Scope())
    if not lines:
        return [ReasonCode.NO_LINE_IN_SCOPE] * len(depths)
    return _shares(offered, depths, _limited(offered, basket.carriers(lines)))


def _one_by_one(price: Callable[[_Offered, int], _Taken | ReasonCode]) -> _Takes:
    """Of a kind that prices one depth at a time."""
    return lambda offered, depths: [price(offered, depth) for depth in depths]


def _spend_tiers(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    spend = offered.basket.spend(offered.scope.lines)
    if spend < depth:
        return ReasonCode.BELOW_MINIMUM_SPEND
    if any(depth < tier <= spend for tier in offered.offer.tiers):
        return ReasonCode.HIGHER_TIER_REACHED
    off: Off = offered.offer.tiers[depth]
    if off.amount is not None:
        return off.amount, _limited(offered, offered.scope)
    return next(iter(_percent(offered, (off.bp or 0,))))


def _buy_x_get_y(
    offered: _Offered, depths: Sequence[int]
) -> Iterable[_Taken] | Iterable[ReasonCode]:
    """Pieces of as many sets as can be parted are given; all lines that take part carry it."""
    terms, basket, covered = offered.offer.buy_get, offered.basket, offered.scope.lines
    if terms is None:
        return [ReasonCode.NO_LINE_IN_SCOPE] * len(depths)
    reward = covered if terms.reward is None else basket.covered(terms.reward)
    inside = set(covered)
    lines = sorted(inside.union(reward))
    # Hall's theorem: the pieces can be parted if each side, and both together, have enough.
    sets = min(
        basket.pieces(covered) // terms.buy,
        basket.pieces(reward) // terms.get,
        basket.pieces(lines) // (terms.buy + terms.get),
    )
    if terms.at_most_sets is not None:
        sets = min(sets, terms.at_most_sets)
    sets = _most_sets(offered.offer, terms.get, sets)
    if not sets:
        return [ReasonCode.BELOW_MINIMUM_SPEND] * len(depths)
    # What can't be bought is given first, so that the most is left to be bought.
    given = sorted(reward, key=lambda i: (i in inside, basket.piece(i)))
    worth = _first(basket, given, sets * terms.get)
    return _shares(offered, depths, basket.carriers(lines, worth))


def _most_sets(offer: Offer, pieces: int, sets: int) -> int:
    """How many of *sets* sets *offer* allows, of each of which *pieces* pieces get cheaper."""
    most = offer.at_most_pieces
    return sets if most is None else min(sets, most // pieces)


def _first(basket: _Basket, lines: Iterable[int], wanted: int) -> Fraction:
    """What the first *wanted* pieces of *lines* cost together; there are that many."""
    value = Fraction(0)
    for i in lines:
        count = min(wanted, basket.context.lines[i].quantity)
        value += basket.piece(i) * count
        wanted -= count
    return value


def _bundle(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    """Bundles at *depth* each; see `pieces_in_bundles` for which pieces go into how many."""
    items, basket = offered.offer.bundle, offered.basket
    goods = []
    for i, line in enumerate(basket.context.lines):
        fits = sum(1 << k for k, item in enumerate(items) if item.scope.covers(line))
        if fits and i not in basket.apart:
            goods.append(Goods(i, line.quantity, basket.piece(i), fits))
    wanted = [item.pieces for item in items]
    pieces = sum(wanted)
    most = _most_sets(offered.offer, pieces, sum([g.pieces for g in goods]) // pieces)
    taken = pieces_in_bundles(goods, wanted, depth, most)
    if taken is None:
        return ReasonCode.NO_LINE_IN_SCOPE
    carriers = basket.carriers_of(taken)
    bundles = sum(taken.values()) // pieces
    saved = carriers.worth - bundles * depth
    discount = offered.offer.rounding.apply(saved.numerator, saved.denominator)
    return min(discount, carriers.most), carriers


_TAKES: Final[Mapping[OfferKind, _Takes]] = {
    OfferKind.PERCENT: _percent,
    OfferKind.AMOUNT: _amount,
    OfferKind.BUY_X_GET_Y: _buy_x_get_y,
    OfferKind.BUNDLE: _one_by_one(_bundle),
    OfferKind.FREE_SHIPPING: _free_shipping,
    OfferKind.SPEND_TIERS: _one_by_one(_spend_tiers),
}
