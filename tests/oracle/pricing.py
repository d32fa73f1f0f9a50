"""Pricing: what each offer takes off a basket at each depth, and how that is shared by the lines.

Every kind comes down to a discount and the lines that carry it; it is shared in proportion to
what the lines cost at the prices the offer's lane sees, so that floors are tested on what is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil
from typing import Final, NamedTuple

from oracle.candidate import NOTHING_GIVEN, Candidate, Stack
from oracle.codes import locked
from oracle.limits import whole
from sconto.domain.bundles import Goods, pieces_in_bundles
from sconto.domain.condition import Truth, evaluate
from sconto.domain.context import DecisionContext, Line
from sconto.domain.lines import line_facts
from sconto.domain.money import BP_ONE, allocate
from sconto.domain.offer import BuyGet, Off, Offer, OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import EarnsNothing, Ruleset
from sconto.domain.scope import Scope


class _Taken(NamedTuple):
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
    barred: frozenset[int] = frozenset()
    """Lines that take no part in it."""
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
                margin += line.list_total - whole(line, line.unit_cost, up=True)
                margin += self.stack.supplier.get(i, 0) - self.stack.off.get(i, 0)
        return total, margin if known else None

    def piece(self, line: int) -> Fraction:
        """What one piece of *line* costs."""
        return Fraction(self.seen(line), self.context.lines[line].quantity)


def candidates_for(context: DecisionContext, ruleset: Ruleset) -> tuple[Candidate, ...]:
    """Every candidate the ruleset has for *context*, alone, ordered by (offer id, step).

    Candidates that can't be priced are kept with the reason, so that each one is accounted for.
    """
    wanted = set(context.offer_ids)
    offers_of = [_offers_covering(ruleset, line) for line in context.lines]
    candidates: list[Candidate] = []
    shut = locked(context, ruleset)
    for number, offer in enumerate(ruleset.offers):
        if not wanted or offer.id in wanted:
            covered = [i for i, offers in enumerate(offers_of) if offers >> number & 1]
            candidates += _ladder(
                offer, covered, context, _barred(offer, context, ruleset), shut=offer.id in shut
            )
    return tuple(candidates)


def barred(offer: Offer, context: DecisionContext, ruleset: Ruleset) -> dict[int, EarnsNothing]:
    """The lines that earn nothing, with the first rule by id, where *offer* must be earned."""
    if offer.kind in {OfferKind.PERCENT, OfferKind.AMOUNT} and not offer.minimum_spend:
        return {}
    speaking = [
        (i, rule)
        for i, line in enumerate(context.lines)
        for rule in ruleset.earn_nothing
        if context.jurisdiction in (rule.jurisdictions or {context.jurisdiction})
        and rule.validity.covers(context.moment.local_date)
        and rule.scope.covers(line)
        and (rule.line_when is None or evaluate(rule.line_when, line_facts(line)) != Truth.FALSE)
    ]
    return dict(reversed(speaking))


def _barred(offer: Offer, context: DecisionContext, ruleset: Ruleset) -> frozenset[int]:
    return frozenset(barred(offer, context, ruleset))


def price_on_top(
    candidate: Candidate,
    stack: Stack,
    context: DecisionContext,
    ruleset: Ruleset,
    *,
    after_earlier: bool,
) -> Candidate:
    """*candidate* priced again where *stack* is given already.

    With *after_earlier* it sees the prices that the stack leaves, otherwise list prices; in
    neither case can it take more off a line than is left of it.
    """
    offer = candidate.offer
    barred = _barred(offer, context, ruleset)
    covered = [
        i for i, line in enumerate(context.lines) if offer.scope.covers(line) and i not in barred
    ]
    seen = (lambda i: stack.net_total(i, context)) if after_earlier else _list_total(context)
    return _price(_Offered(offer, context, covered, seen, stack, barred), candidate.depth, None)


def _ladder(
    offer: Offer,
    covered: list[int],
    context: DecisionContext,
    barred: frozenset[int],
    *,
    shut: bool,
) -> list[Candidate]:
    counted = [i for i in covered if i not in barred]
    offered = _Offered(offer, context, counted, _list_total(context), NOTHING_GIVEN, barred)
    refusal = _refusal(offered) or (ReasonCode.CODE_REQUIRED if shut else None)
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
    if stack.off and any(part > stack.net_total(i, offered.context) for i, part in allocation):
        return None
    return allocation


def _percent(offered: _Offered, depth: int) -> _Taken:
    return _share(offered, depth, offered.costs)


def _limited(offered: _Offered, carried: Mapping[int, int]) -> dict[int, Fraction] | None:
    """What the dearest pieces that may get cheaper cost, line by line; None without a limit."""
    most = offered.offer.at_most_pieces
    if most is None:
        return None
    pieces = [(-offered.piece(i), i) for i in carried for _ in range(_quantity(offered, i))]
    limited: dict[int, Fraction] = {}
    for value, i in sorted(pieces)[:most]:
        limited[i] = limited.get(i, Fraction(0)) - value
    return limited


def _quantity(offered: _Offered, line: int) -> int:
    return offered.context.lines[line].quantity


def _rounded_up(values: Mapping[int, Fraction]) -> dict[int, int]:
    return {i: ceil(value) for i, value in values.items()}


def _most_sets(offer: Offer, pieces: int, sets: int) -> int:
    return sets if offer.at_most_pieces is None else offer.at_most_pieces // pieces


def _share(offered: _Offered, bp: int, carried: Mapping[int, int]) -> _Taken:
    """*bp* of what the lines cost, rounded as declared, but never to more than they do."""
    limited = _limited(offered, carried)
    if limited is not None and limited.keys():
        exact = sum(limited.values(), Fraction(0)) * Fraction(bp, BP_ONE)
        return _rounded(offered, exact, _rounded_up(limited))
    whole = offered.scope[0] if carried is offered.costs else sum(carried.values())
    return _Taken(min(offered.offer.rounding.apply(whole * bp, BP_ONE), whole), carried)


def _amount(offered: _Offered, depth: int) -> _Taken:
    limited = _limited(offered, offered.costs)
    return _Taken(depth, offered.costs if limited is None else _rounded_up(limited))


def _in(offered: _Offered, scope: Scope) -> list[int]:
    """The lines in *scope* that take part."""
    lines = enumerate(offered.context.lines)
    return [i for i, line in lines if scope.covers(line) and i not in offered.barred]


def _free_shipping(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    shipping = offered.offer.shipping or Scope()
    lines = _in(offered, shipping)
    if not lines:
        return ReasonCode.NO_LINE_IN_SCOPE
    return _share(offered, depth, {i: offered.seen(i) for i in lines})


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
    """Every way of giving pieces is tried; all lines that take part carry what is given."""
    terms = offered.offer.buy_get
    if terms is None:
        return ReasonCode.NO_LINE_IN_SCOPE
    scope = terms.reward or offered.offer.scope
    reward = _in(offered, scope)
    given = max(_partings(offered, terms, reward), default=None)
    if given is None:
        return ReasonCode.BELOW_MINIMUM_SPEND
    carried = {**offered.costs, **{i: offered.seen(i) for i in reward}}
    return _rounded(offered, -given[-1] * Fraction(depth, BP_ONE), carried)


def _partings(
    offered: _Offered, terms: BuyGet, reward: Sequence[int]
) -> Iterator[tuple[int, int, Fraction]]:
    """Of every way of giving whole sets, what ranks it; the largest is the one to take.

    More sets come first, then fewer given pieces that could be bought, then cheaper ones.
    """
    quantities = [offered.context.lines[i].quantity for i in reward]
    to_buy = sum(offered.context.lines[i].quantity for i in offered.covered)
    for counts in product(*(range(quantity + 1) for quantity in quantities)):
        given = dict(zip(reward, counts, strict=True))
        sets, rest = divmod(sum(counts), terms.get)
        inside = sum(given.get(i, 0) for i in offered.covered)
        allowed = min(terms.at_most_sets or sets, _most_sets(offered.offer, terms.get, sets))
        if 0 < sets <= allowed and not rest and to_buy - inside >= sets * terms.buy:
            value = sum((offered.piece(i) * n for i, n in given.items()), Fraction(0))
            yield sets, -inside, -value


def _bundle(offered: _Offered, depth: int) -> _Taken | ReasonCode:
    """Bundles at *depth* each; see `pieces_in_bundles` for which pieces go into how many."""
    items = offered.offer.bundle
    goods = []
    for i, line in enumerate(offered.context.lines):
        fits = sum(1 << k for k, item in enumerate(items) if item.scope.covers(line))
        if fits and i not in offered.barred:
            goods.append(Goods(i, line.quantity, offered.piece(i), fits))
    wanted = [item.pieces for item in items]
    most = _most_sets(offered.offer, sum(wanted), sum(g.pieces for g in goods))
    taken = pieces_in_bundles(goods, wanted, depth, most)
    if taken is None:
        return ReasonCode.NO_LINE_IN_SCOPE
    values = {i: offered.piece(i) * count for i, count in taken.items()}
    bundles = sum(taken.values()) // sum(wanted)
    saved = sum(values.values(), Fraction(0)) - bundles * depth
    # Rounded up, so that no line carries more than it costs.
    carried = {i: -(-value.numerator // value.denominator) for i, value in values.items()}
    return _rounded(offered, saved, carried)


def _rounded(offered: _Offered, exact: Fraction, carried: Mapping[int, int]) -> _Taken:
    """*exact* minor units rounded as declared, but never to more than carries it."""
    discount = offered.offer.rounding.apply(exact.numerator, exact.denominator)
    return _Taken(min(discount, sum(carried.values())), carried)


_TAKES: Final[Mapping[OfferKind, Callable[[_Offered, int], _Taken | ReasonCode]]] = {
    OfferKind.PERCENT: _percent,
    OfferKind.AMOUNT: _amount,
    OfferKind.BUY_X_GET_Y: _buy_x_get_y,
    OfferKind.BUNDLE: _bundle,
    OfferKind.FREE_SHIPPING: _free_shipping,
    OfferKind.SPEND_TIERS: _spend_tiers,
}


def _offers_covering(ruleset: Ruleset, line: Line) -> int:
    """Bit i says that the scope of offer i covers *line*."""
    return sum(1 << i for i, offer in enumerate(ruleset.offers) if offer.scope.covers(line))
