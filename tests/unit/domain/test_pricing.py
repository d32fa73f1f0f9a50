"""Each kind of offer, priced by hand: what a till would take off, and which lines carry it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.context import Line
from sconto.domain.offer import Off, Offer, OfferKind, Rounding, RoundingMode
from sconto.domain.pricing import candidates_for, price_on_top
from sconto.domain.reasons import ReasonCode
from support import builders
from support.offers import bundle, buy_get, free_shipping, of, tiers

Parts = tuple[tuple[int, int], ...]


def goods(line_id: str, price: int, category: str = "CHEESE", quantity: int = 1) -> Line:
    """*quantity* pieces at *price* each."""
    return builders.line(line_id, category=category, list_price=price, quantity=quantity)


def priced(offer: Offer, *lines: Line) -> tuple[Candidate, ...]:
    """The candidates of *offer* for a basket of *lines*."""
    return candidates_for(builders.context(*lines), builders.ruleset(offer))


def taken(offer: Offer, *lines: Line) -> tuple[int, Parts]:
    """What the only candidate of *offer* takes off, and off which lines."""
    (candidate,) = priced(offer, *lines)
    return candidate.discount, candidate.allocation


def refusals(offer: Offer, *lines: Line) -> list[ReasonCode | None]:
    """Why each candidate of *offer* could not be priced."""
    return [candidate.unpriced for candidate in priced(offer, *lines)]


THREE = (goods("a", 500), goods("b", 300), goods("c", 200))


def test_three_for_two_gives_the_cheapest_and_all_lines_carry_it() -> None:
    """Of 5.00 + 3.00 + 2.00 the 2.00 is free; 20 % off each line, so that returns are fair."""
    assert (200, ((0, 100), (1, 60), (2, 40))) == taken(buy_get(2, 1), *THREE)


def test_three_for_two_on_seven_pieces_gives_two() -> None:
    """Two full sets of three; the two cheapest pieces of all are free, one of each line here."""
    lines = (goods("a", 500, quantity=4), goods("b", 300, quantity=2), goods("c", 200))
    discount, parts = taken(buy_get(2, 1), *lines)

    assert 500 == discount
    assert {0: 357, 1: 107, 2: 36} == dict(parts)


def test_the_second_at_half_price() -> None:
    """Buy one, get one at 50 %: half of the cheaper piece, and one piece alone is no set."""
    half = buy_get(1, 1, 5000)

    assert (150, ((0, 94), (1, 56))) == taken(half, goods("a", 500), goods("b", 300))
    assert [ReasonCode.BELOW_MINIMUM_SPEND] == refusals(half, goods("a", 500))


def test_a_reward_comes_from_lines_that_need_not_be_bought() -> None:
    """Two cheeses, one drink free: as many drinks as there are pairs, the cheapest of them."""
    offer = buy_get(2, 1, scope=of("CHEESE"), reward=of("DRINKS"))
    cheese = goods("a", 500, quantity=4)
    water, juice = goods("w", 100, "DRINKS", quantity=2), goods("j", 300, "DRINKS")

    assert 200 == taken(offer, cheese, water, juice)[0]
    assert 300 == taken(offer, cheese, juice)[0]
    assert 100 == taken(offer, goods("a", 500, quantity=3), water)[0]
    assert [ReasonCode.BELOW_MINIMUM_SPEND] == refusals(offer, cheese)
    assert [ReasonCode.BELOW_MINIMUM_SPEND] == refusals(offer, goods("a", 500), water)


@pytest.mark.parametrize(
    ("lines", "discount"),
    [
        ((goods("j", 2000, "JACKETS", quantity=4), goods("t", 1500, "TEES")), 1500),
        ((goods("t", 1500, "TEES", quantity=5),), 1500),
        ((goods("t", 1500, "TEES", quantity=4),), None),
        ((goods("j", 2000, "JACKETS", quantity=5),), None),
        ((goods("t", 1500, "TEES", quantity=9),), 1500),
        ((goods("t", 1500, "TEES", quantity=9), goods("u", 900, "TEES")), 900 + 1500),
    ],
)
def test_a_reward_may_lie_in_what_is_bought(lines: tuple[Line, ...], discount: int | None) -> None:
    """Four pieces of apparel, one tee free: a tee is bought or given, and never both."""
    offer = buy_get(4, 1, scope=of("JACKETS", "TEES"), reward=of("TEES"))

    if discount is None:
        assert [ReasonCode.BELOW_MINIMUM_SPEND] == refusals(offer, *lines)
    else:
        assert discount == taken(offer, *lines)[0]


def test_what_can_only_be_given_is_given_first() -> None:
    """Two cheeses, one piece of anything: the drink, and a cheese only where it makes a set."""
    offer = buy_get(2, 1, scope=of("CHEESE"), reward=builders.EVERYTHING)
    drink = goods("d", 900, "DRINKS")

    assert 900 == taken(offer, goods("a", 500, quantity=4), drink)[0]
    assert 900 + 500 == taken(offer, goods("a", 500, quantity=5), drink)[0]
    assert 500 == taken(offer, goods("a", 500, quantity=3))[0]


@pytest.mark.parametrize(
    ("pieces", "given"), [(11, None), (19, None), (20, 10), (39, 10), (40, 20), (45, 20), (80, 20)]
)
def test_only_whole_sets_count_and_no_more_than_allowed(pieces: int, given: int | None) -> None:
    """Buy ten, get ten, at most twice: the eleventh piece brings nothing, nor does a third set."""
    offer = buy_get(10, 10, at_most_sets=2)
    lines = (goods("a", 100, quantity=pieces),)

    if given is None:
        assert [ReasonCode.BELOW_MINIMUM_SPEND] == refusals(offer, *lines)
    else:
        assert given * 100 == taken(offer, *lines)[0]


@pytest.mark.parametrize(("most", "given"), [(29, 20), (20, 20), (19, 10), (10, 10), (9, None)])
def test_a_limit_of_pieces_leaves_whole_sets(most: int, given: int | None) -> None:
    """Of buy ten, get ten, the pieces given are those that get cheaper."""
    offer = replace(buy_get(10, 10), at_most_pieces=most)
    lines = (goods("a", 100, quantity=80),)

    if given is None:
        assert [ReasonCode.BELOW_MINIMUM_SPEND] == refusals(offer, *lines)
    else:
        assert given * 100 == taken(offer, *lines)[0]


MIXED = (goods("a", 200, quantity=2), goods("b", 500), goods("s", 400, "SHIPPING", quantity=2))


@pytest.mark.parametrize(
    ("offer", "discount", "parts"),
    [
        (builders.offer("o", 1000, scope=of("CHEESE")), 70, {0: 20, 1: 50}),
        (builders.offer("o", 140, kind=OfferKind.AMOUNT, scope=of("CHEESE")), 140, {0: 40, 1: 100}),
        (builders.offer("o", 701, kind=OfferKind.AMOUNT, scope=of("CHEESE")), 0, {}),
        (tiers({900: Off(bp=1000)}, scope=of("CHEESE")), 70, {0: 20, 1: 50}),
        (tiers({900: Off(amount=140)}, scope=of("CHEESE")), 140, {0: 40, 1: 100}),
        (bundle(400, items={of("CHEESE"): 2}), 300, {0: 86, 1: 214}),
        (bundle(100, items={of("CHEESE"): 1}), 500, {0: 143, 1: 357}),
        (bundle(100, items={of("CHEESE"): 3}), 0, {}),
        (free_shipping(), 800, {2: 800}),
    ],
    ids=["share", "amount", "too_much", "tier", "amount_of_tier", "bundle", "two", "none", "ship"],
)
def test_the_dearest_pieces_get_cheaper(offer: Offer, discount: int, parts: dict[int, int]) -> None:
    """At most two of them: the piece at 5.00 and one of those at 2.00, whatever the kind."""
    limited = replace(offer, at_most_pieces=2)
    found = taken(limited, *MIXED)

    assert (discount, parts) == (found[0], dict(found[1]))


def test_a_further_piece_takes_nothing_away() -> None:
    """With the cheapest first, two baskets would be better than one."""
    offer = replace(builders.offer("o", 1000), at_most_pieces=1)

    assert 50 == taken(offer, goods("a", 500))[0]
    assert 50 == taken(offer, goods("a", 500), goods("b", 100))[0]


def test_a_part_of_a_line_is_worth_its_share_after_earlier_discounts() -> None:
    """One of three pieces that cost 10.00 together: half of 3.33 is 1.67, half up."""
    offer = replace(builders.offer("o", 5000), at_most_pieces=1)
    line = goods("a", 400, quantity=3)
    context = builders.context(line)
    first = builders.offer("first", 200, kind=OfferKind.AMOUNT)
    (earlier,) = candidates_for(context, builders.ruleset(first))
    (own,) = candidates_for(context, builders.ruleset(offer))
    (found,) = price_on_top(
        [own], Stack((earlier,)), context, builders.ruleset(offer), after_earlier=True
    )

    assert (200, 167) == (own.discount, found.discount)


MEAL = bundle(1000, items={of("MAIN"): 1, of("DRINKS"): 1})


def test_a_main_and_a_drink_for_ten() -> None:
    """8.50 + 3.50 for 10.00: 2.00 off, carried by both in proportion, not by the dessert."""
    main, drink = goods("m", 850, "MAIN"), goods("d", 350, "DRINKS")
    dessert = goods("x", 400, "DESSERT")

    assert (200, ((0, 142), (1, 58))) == taken(MEAL, main, drink, dessert)
    assert [ReasonCode.NO_LINE_IN_SCOPE] == refusals(MEAL, main, dessert)


def test_a_basket_holds_as_many_bundles_as_its_scarcest_item() -> None:
    """Three mains and two drinks are two bundles, of the dearest mains."""
    mains = (goods("m", 850, "MAIN"), goods("n", 950, "MAIN"), goods("o", 900, "MAIN"))
    discount, parts = taken(MEAL, *mains, goods("d", 350, "DRINKS", quantity=2))

    assert 950 + 900 + 2 * 350 - 2 * 1000 == discount
    assert [1, 2, 3] == [i for i, _ in parts]


def test_a_piece_that_fits_two_items_goes_where_it_is_needed() -> None:
    """Any drink and a juice: the juice is the juice, and the cheaper water is the drink."""
    offer = bundle(400, items=((of("WATER", "JUICE"), 1), (of("JUICE"), 1)))
    basket = (goods("j", 300, "JUICE"), goods("w", 200, "WATER"))

    assert (100, ((0, 60), (1, 40))) == taken(offer, *basket)
    swapped = replace(offer, bundle=tuple(reversed(offer.bundle)))
    assert taken(offer, *basket) == taken(swapped, *basket)


def test_a_further_bundle_that_would_cost_more_is_not_made() -> None:
    """Two dear pieces save 6.00; a second pair worth 4.00 is not forced into a bundle for 10.00."""
    lines = (
        goods("m", 1200, "MAIN"), goods("n", 300, "MAIN"),
        goods("d", 400, "DRINKS"), goods("e", 100, "DRINKS"),
    )  # fmt: skip

    assert (600, ((0, 450), (2, 150))) == taken(MEAL, *lines)
    assert [ReasonCode.NOTHING_TO_DISCOUNT] == refusals(MEAL, lines[1], lines[3])


def test_deeper_bundles_are_cheaper() -> None:
    """Every price of the ladder is a candidate, from the shallowest to the deepest."""
    offer = bundle(1000, 900, items={of("MAIN"): 1, of("DRINKS"): 1})
    found = priced(offer, goods("m", 850, "MAIN"), goods("d", 350, "DRINKS"))

    assert [(1000, 200), (900, 300)] == [(c.depth, c.discount) for c in found]


def test_shipping_is_free_from_the_spend_that_goods_reach() -> None:
    """The shipping line itself does not count towards the spend, and nothing else gets cheaper."""
    offer = free_shipping(minimum_spend=5000)
    shipping = goods("s", 499, "SHIPPING")

    assert (499, ((1, 499),)) == taken(offer, goods("a", 5000), shipping)
    assert [ReasonCode.BELOW_MINIMUM_SPEND] == refusals(offer, goods("a", 4999), shipping)
    assert [ReasonCode.NO_LINE_IN_SCOPE] == refusals(offer, goods("a", 5000))
    assert [ReasonCode.NOTHING_TO_DISCOUNT] == refusals(
        offer, goods("a", 5000), goods("s", 0, "SHIPPING")
    )


def test_half_of_the_shipping() -> None:
    """50 % off 4.99 is 2.50, half up."""
    assert 250 == taken(free_shipping(5000), goods("a", 1), goods("s", 499, "SHIPPING"))[0]


SPEND = tiers({5000: Off(bp=500), 10_000: Off(amount=1200)})


@pytest.mark.parametrize(
    ("spend", "discounts", "reasons"),
    [
        (4999, [0, 0], ["BELOW_MINIMUM_SPEND", "BELOW_MINIMUM_SPEND"]),
        (5000, [250, 0], [None, "BELOW_MINIMUM_SPEND"]),
        (9999, [500, 0], [None, "BELOW_MINIMUM_SPEND"]),
        (10_000, [0, 1200], ["HIGHER_TIER_REACHED", None]),
    ],
)
def test_a_spend_reaches_one_tier(
    spend: int, discounts: list[int], reasons: list[str | None]
) -> None:
    """The highest that it reaches, from exactly its threshold on."""
    found = priced(SPEND, goods("a", spend))

    assert discounts == [c.discount for c in found]
    assert reasons == [c.unpriced and c.unpriced.name for c in found]


def test_tiers_look_at_the_lines_in_scope() -> None:
    """What else is in the basket neither reaches a tier nor gets cheaper."""
    offer = replace(SPEND, scope=of("CHEESE"))

    assert (250, ((0, 250),)) == taken(
        replace(offer, ladder=(5000,), tiers={5000: Off(bp=500)}),
        goods("a", 5000),
        goods("b", 9000, "BEEF"),
    )


@pytest.mark.parametrize(
    ("mode", "discount"),
    [(RoundingMode.DOWN, 95), (RoundingMode.HALF_UP, 100), (RoundingMode.UP, 100)],
)
def test_discounts_are_rounded_to_five_cents(mode: RoundingMode, discount: int) -> None:
    """10 % of 9.99 is 0.999: 0.95 or 1.00 where the smallest coin is 0.05."""
    offer = replace(builders.offer("o", 1000), rounding=Rounding(mode, 5))

    assert discount == taken(offer, goods("a", 999))[0]


def test_half_a_step_is_rounded_up_and_less_is_not() -> None:
    """0.125 and 0.12 to five cents: 0.15 and 0.10."""
    offer = replace(builders.offer("o", 1000), rounding=Rounding(step=5))

    assert 15 == taken(offer, goods("a", 125))[0]
    assert 10 == taken(offer, goods("a", 124))[0]


@pytest.mark.parametrize(
    "offer",
    [
        free_shipping(),
        builders.offer("o", 10_000, scope=of("SHIPPING")),
        buy_get(1, 1, scope=of("CHEESE"), reward=of("SHIPPING")),
        tiers({1: Off(bp=10_000)}, scope=of("SHIPPING")),
    ],
    ids=["shipping", "percent", "reward", "tier"],
)
def test_what_is_free_stays_free_whatever_the_rounding(offer: Offer) -> None:
    """All of 4.99 rounds to 5.00, which is more than there is: then 4.99 comes off."""
    rounded = replace(offer, rounding=Rounding(step=5))

    assert 499 == taken(rounded, goods("a", 0), goods("s", 499, "SHIPPING"))[0]


def test_an_amount_takes_just_that_or_nothing() -> None:
    """It is neither rounded nor cut: a voucher of 3.00 is not for a basket of 2.99."""
    offer = replace(builders.offer("o", 303, kind=OfferKind.AMOUNT), rounding=Rounding(step=5))

    assert 303 == taken(offer, goods("a", 303))[0]
    assert [ReasonCode.NOTHING_TO_DISCOUNT] == refusals(offer, goods("a", 302))
