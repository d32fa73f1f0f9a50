"""Returns worked out by hand, from what people filed with other engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from sconto.domain.context import DecisionContext
from sconto.domain.decision import decide
from sconto.domain.explain import explain_return
from sconto.domain.formula import Constant, FactRef, Operation
from sconto.domain.lane import WithoutScores
from sconto.domain.offer import Off, Offer, OfferKind
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import read_record
from sconto.domain.returns import Refund, Sale, refund, sold
from sconto.domain.ruleset import BudgetMeasure, Guardrail, GuardrailKind, ReturnPolicy
from sconto.domain.scope import Scope
from sconto.domain.shortlist import shortlist
from support import builders, judges

KEEP, REPRICE = ReturnPolicy.KEEP_SHARES, ReturnPolicy.REPRICE
FUNDS = (
    builders.budget("money", 100_000),
    builders.budget("times", 10, measure=BudgetMeasure.COUNT),
)


def _sale(
    policy: ReturnPolicy, offer: Offer, context: DecisionContext, *guardrails: Guardrail
) -> Sale:
    """*offer* given for *context*, on the rules-only rung, and redeemed."""
    offer = replace(offer, budgets=("money", "times"))
    made = builders.ruleset(offer, budgets=FUNDS, guardrails=guardrails)
    lanes = tuple(replace(lane, without_scores=WithoutScores.LARGEST) for lane in made.lanes)
    ruleset = replace(made, returns=policy, lanes=lanes)
    judged = judges.reference(ruleset)
    listed = shortlist(context, ruleset, judged)
    decision = decide(context, ruleset, listed, None, RungCause.MODEL_MISSING, {})
    assert decision.stack.candidates
    provenance = Provenance("d", "r", 1, {}, {})
    return Sale(read_record(stored(decision, provenance)), ruleset, judged)


def _refunds(sale: Sale, *ways: tuple[int, ...]) -> list[Refund]:
    """What comes of returns, one after the other."""
    kept, made = sold(sale.record), []
    for came in ways:
        made.append(refund(sale, kept, came))
        kept = made[-1].kept
    return made


def _totals(sale: Sale, *ways: tuple[int, ...]) -> list[int]:
    return [result.total for result in _refunds(sale, *ways)]


def _drawn(result: Refund) -> dict[str, int]:
    return {draw.budget_id: draw.amount for draw in result.kept.draws}


FIVE = builders.context(builders.line(quantity=5, list_price=999))
"""40 % off: 49.95 is sold for 29.97."""


@pytest.mark.parametrize(
    ("policy", "each"), [(KEEP, [599, 599, 600, 599, 600]), (REPRICE, [599, 600, 599, 600, 599])]
)
def test_five_pieces_come_back_one_by_one(policy: ReturnPolicy, each: list[int]) -> None:
    """Each refund is what was paid for a piece; cents go by the rounding of shares or offer."""
    sale = _sale(policy, builders.offer("forty", 4000), FIVE)

    assert [2997] == _totals(sale, (5,))
    assert each == _totals(sale, *[(1,)] * 5)
    assert [sum(each[:4])] == _totals(sale, (4,))


def test_the_last_piece_keeps_its_share_of_the_discount() -> None:
    """Of six at 40 % off five come back; the sixth stays at 40 % off, and its budget is used."""
    context = builders.context(builders.line(quantity=6, list_price=1000))
    (made,) = _refunds(_sale(KEEP, builders.offer("forty", 4000), context), (5,))

    assert (3000, (600,)) == (made.total, made.kept.prices)
    assert {"money": 400, "times": 1} == _drawn(made)


TWO = builders.context(builders.line("a", list_price=6000), builders.line("b", list_price=5000))
SPEND_100 = builders.offer("spend", 1200, kind=OfferKind.AMOUNT, minimum_spend=10_000)


def test_by_shares_a_minimum_that_is_missed_afterwards_changes_nothing() -> None:
    """12.00 off from 100.00: the 50.00 that come back were sold for 44.55."""
    (made,) = _refunds(_sale(KEEP, SPEND_100, TWO), (0, 1))

    assert (4455, (0, 4455), (5345, 0)) == (made.total, made.parts, made.kept.prices)
    assert {"money": 655, "times": 1} == _drawn(made)


def test_priced_again_a_minimum_that_is_missed_takes_the_discount_away() -> None:
    """What is kept costs 60.00 without the discount, of 98.00 that were paid."""
    (made,) = _refunds(_sale(REPRICE, SPEND_100, TWO), (0, 1))

    assert (3800, (0, 3800), (6000, 0)) == (made.total, made.parts, made.kept.prices)
    assert {} == _drawn(made)
    assert 0 == made.kept.discount


def test_priced_again_the_shopper_is_never_asked_for_more() -> None:
    """15.00 off two at 10.00: the one that is kept costs more alone than both did."""
    offer = builders.offer("spend", 1500, kind=OfferKind.AMOUNT, minimum_spend=2000)
    context = builders.context(builders.line("a"), builders.line("b"))
    first, second = _refunds(_sale(REPRICE, offer, context), (1, 0), (0, 1))

    assert (0, (0, 500)) == (first.total, first.kept.prices)
    assert {"money": 500, "times": 1} == _drawn(first)
    assert (500, (0, 0)) == (second.total, second.kept.prices)
    assert {} == _drawn(second)


def test_priced_again_a_line_outside_the_offer_keeps_its_list_price() -> None:
    """20.00 off cheese from 105.00: the shortfall of the rest lies on cheese, not on the book."""
    scope = Scope(categories=frozenset({"CHEESE"}))
    offer = builders.offer("spend", 2000, kind=OfferKind.AMOUNT, scope=scope, minimum_spend=10_500)
    context = builders.context(
        builders.line("a"),
        builders.line("b", list_price=10_000),
        builders.line("book", category="BOOKS", list_price=2000),
    )
    made = _refunds(_sale(REPRICE, offer, context), (1, 0, 0), (0, 0, 1), (0, 1, 0))

    assert [0, 1000, 10_000] == [result.total for result in made]
    assert [(0, 9000, 2000), (0, 10_000, 0), (0, 0, 0)] == [result.kept.prices for result in made]
    assert [{"money": 1000, "times": 1}, {}, {}] == [_drawn(result) for result in made]


def test_priced_again_no_line_is_refunded_more_than_was_paid_for_it() -> None:
    """A minimum that is missed lessens the refund of the pieces in proportion to their prices."""
    offer = builders.offer("spend", 5000, kind=OfferKind.AMOUNT, minimum_spend=20_000)
    lines = [builders.line(i, list_price=n) for i, n in (("a", 6000), ("b", 10_000), ("c", 10_000))]
    (made,) = _refunds(_sale(REPRICE, offer, builders.context(*lines)), (1, 1, 0))

    assert (11_000, (4125, 6875, 0)) == (made.total, made.parts)


def test_priced_again_the_tier_that_is_reached_now_counts() -> None:
    """From 100.00 there are 12.00 off, from 50.00 there are 5.00 off."""
    tiers = {5000: Off(amount=500), 10_000: Off(amount=1200)}
    offer = replace(builders.offer("tiers", 5000, 10_000, kind=OfferKind.SPEND_TIERS), tiers=tiers)
    (made,) = _refunds(_sale(REPRICE, offer, TWO), (0, 1))

    assert (9800 - 5500, (5500, 0)) == (made.total, made.kept.prices)
    assert {"money": 500, "times": 1} == _drawn(made)


def test_priced_again_a_limit_that_no_longer_lets_it_through_takes_it_away() -> None:
    """A floor of 55.00 in all lets 12.00 off both pass, and not off the first alone."""
    floor = Operation("*", FactRef("line.list_price"), Constant(Decimal("0.85")))
    guardrail = builders.guardrail("floor", GuardrailKind.PRICE_FLOOR, formula=floor)
    offer = builders.offer("spend", 1200, kind=OfferKind.AMOUNT)
    (made,) = _refunds(_sale(REPRICE, offer, TWO, guardrail), (0, 1))

    assert (3800, (6000, 0)) == (made.total, made.kept.prices)


@pytest.mark.parametrize("policy", [KEEP, REPRICE])
def test_in_any_order_all_is_refunded_in_the_end(policy: ReturnPolicy) -> None:
    """Pieces of odd prices, one by one: what was paid, no more and no less."""
    prices = (333, 1999, 47)
    lines = [builders.line(f"l{n}", list_price=price) for n, price in enumerate(prices)]
    sale = _sale(policy, builders.offer("third", 3333), builders.context(*lines))
    paid = sum(sold(sale.record).prices)
    each = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    ways: Sequence[Sequence[tuple[int, ...]]] = list(permutations(each))

    assert [paid] * len(ways) == [sum(_totals(sale, *way)) for way in ways]


def test_the_last_refund_gives_every_budget_back() -> None:
    """Money by parts, and the count with the last of the discount."""
    sale = _sale(KEEP, builders.offer("forty", 4000), FIVE)
    drawn = [_drawn(result) for result in _refunds(sale, (2,), (2,), (1,))]

    assert [{"money": 1198, "times": 1}, {"money": 399, "times": 1}, {}] == drawn


def test_what_came_back_of_measured_goods_is_told_in_their_unit() -> None:
    """300 thousandths of a kilogram are 0.3 kg; pieces are counted."""
    returned = {
        "at_us": 0,
        "currency": "EUR",
        "refund": 501,
        "policy": KEEP.value,
        "units": {"a": "kg"},
        "returned": [["a", 300, 501], ["b", 2, 0]],
    }

    assert "0.3 kg of line a, 2 of line b came back: 5.01 EUR back" in explain_return(returned)
