"""Pieces that are bought and pieces that are given: compared with every way of parting them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import oracle.pricing
from sconto.compiled import CORE
from sconto.domain.context import Line
from sconto.domain.offer import Offer
from sconto.domain.pricing import candidates_for
from support import builders
from support.offers import buy_get, of

BOUGHT, BOTH, GIVEN = "CHEESE", "BEEF", "DRINKS"
"""Categories that only the offer's scope covers, that its reward covers too, only the reward."""

lines = st.lists(
    st.tuples(st.sampled_from((BOUGHT, BOTH, GIVEN)), st.integers(0, 4), st.integers(1, 5)),
    min_size=1,
    max_size=4,
)
offers = st.builds(
    lambda buy, get, depth: buy_get(
        buy, get, depth, scope=of(BOUGHT, BOTH), reward=of(BOTH, GIVEN)
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from((3333, 10_000)),
)


def _basket(stated: list[tuple[str, int, int]]) -> list[Line]:
    return [
        builders.line(f"l{i}", category=category, list_price=100 * price, quantity=quantity)
        for i, (category, price, quantity) in enumerate(stated)
    ]


def _discount(offer: Offer, basket: list[Line]) -> int:
    (found,) = candidates_for(builders.context(*basket), builders.ruleset(offer))
    return found.discount


@pytest.mark.skipif(CORE is not None, reason="a compiled core takes no objects of the oracle")
@settings(deadline=None, max_examples=400)
@given(offer=offers, stated=lines)
def test_no_parting_comes_before_the_one_taken(
    offer: Offer, stated: list[tuple[str, int, int]]
) -> None:
    """Discount, allocation and reason are those of the first of all partings."""
    context, ruleset = builders.context(*_basket(stated)), builders.ruleset(offer)
    (expected,) = oracle.pricing.candidates_for(context, ruleset)
    (found,) = candidates_for(context, ruleset)
    event("nothing" if found.unpriced else "given")

    assert (expected.discount, expected.unpriced) == (found.discount, found.unpriced)
    assert expected.allocation == found.allocation


@settings(deadline=None, max_examples=200)
@given(offer=offers, stated=lines)
def test_a_wider_reward_never_gives_less(offer: Offer, stated: list[tuple[str, int, int]]) -> None:
    """Than the part of it that can't be bought."""
    assert offer.buy_get is not None
    narrow = replace(offer, buy_get=replace(offer.buy_get, reward=of(GIVEN)))
    basket = _basket(stated)

    assert _discount(offer, basket) >= _discount(narrow, basket)


@settings(deadline=None, max_examples=200)
@given(offer=offers, stated=lines)
def test_a_reward_of_the_scope_itself_is_no_reward(
    offer: Offer, stated: list[tuple[str, int, int]]
) -> None:
    """It says in other words that the cheapest of every so many pieces are given."""
    assert offer.buy_get is not None
    named = replace(offer, buy_get=replace(offer.buy_get, reward=offer.scope))
    unnamed = replace(offer, buy_get=replace(offer.buy_get, reward=None))
    basket = _basket(stated)

    assert _discount(named, basket) == _discount(unnamed, basket)
