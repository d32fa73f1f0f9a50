"""Candidates: every offer at every depth, priced to the cent, or with the reason why not."""

from __future__ import annotations

from datetime import date

import pytest

from sconto.domain.offer import Offer, OfferKind
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode
from sconto.domain.scope import Scope
from sconto.domain.validity import Validity
from support import builders

BEEF = Scope(categories=frozenset({"BEEF"}))
NOT_BEEF = Scope(exclude_categories=frozenset({"BEEF"}))
LINES = (
    builders.line("a", list_price=333, quantity=3),
    builders.line("b", list_price=250, category="BEEF"),
    builders.line("c", list_price=0),
)


@pytest.mark.parametrize(
    ("offer", "discount", "allocation"),
    [
        (builders.offer("o", 1000), 125, ((0, 100), (1, 25), (2, 0))),
        (builders.offer("o", 1000, scope=BEEF), 25, ((1, 25),)),
        (builders.offer("o", 500, scope=NOT_BEEF), 50, ((0, 50), (2, 0))),
        (builders.offer("o", 1, kind=OfferKind.AMOUNT), 1, ((0, 1), (1, 0), (2, 0))),
        (builders.offer("o", 10_000), 1249, ((0, 999), (1, 250), (2, 0))),
        (builders.offer("o", 1249, kind=OfferKind.AMOUNT), 1249, ((0, 999), (1, 250), (2, 0))),
    ],
)
def test_a_discount_is_shared_out_over_the_lines_in_scope(
    offer: Offer, discount: int, allocation: tuple[tuple[int, int], ...]
) -> None:
    """In proportion to list price, a free line getting nothing."""
    (candidate,) = candidates_for(builders.context(*LINES), builders.ruleset(offer))

    assert (discount, allocation, None) == (
        candidate.discount,
        candidate.allocation,
        candidate.unpriced,
    )


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        (builders.offer("o", validity=Validity(date(2020, 1, 1), builders.DAY)), "NOT_VALID_TODAY"),
        (builders.offer("o", validity=Validity(builders.DAY, date(2030, 1, 1))), None),
        (builders.offer("o", scope=Scope(brands=frozenset({"Private"}))), "NO_LINE_IN_SCOPE"),
        (builders.offer("o", minimum_spend=1250), "BELOW_MINIMUM_SPEND"),
        (builders.offer("o", minimum_spend=1249), None),
        (builders.offer("o", 1250, kind=OfferKind.AMOUNT), "NOTHING_TO_DISCOUNT"),
        (builders.offer("o", 3), "NOTHING_TO_DISCOUNT"),
    ],
)
def test_what_can_not_be_priced_says_why(offer: Offer, reason: str | None) -> None:
    """It stays in the list, discounting nothing."""
    (candidate,) = candidates_for(builders.context(*LINES), builders.ruleset(offer))

    assert (reason and ReasonCode[reason]) == candidate.unpriced
    assert (candidate.discount == 0) == (candidate.allocation == ()) == (reason is not None)


def test_only_offers_that_were_asked_for_are_considered() -> None:
    """Each at every step, ordered by offer and depth; a filter that is empty asks for all."""
    ruleset = builders.ruleset(builders.offer("b", 500, 1000), builders.offer("a", 700))
    everything = candidates_for(builders.context(), ruleset)
    asked = candidates_for(builders.context(offer_ids=("b", "gone")), ruleset)

    assert ["a:700", "b:500", "b:1000"] == [c.id for c in everything]
    assert ["b:500", "b:1000"] == [c.id for c in asked]


def test_an_amount_is_never_said_to_be_less_deep_than_it_is() -> None:
    """1 off 3 is a third: 3334 basis points, so a rule against more than 3333 speaks."""
    context = builders.context(builders.line(list_price=3))
    offer = builders.offer("o", 1, kind=OfferKind.AMOUNT)
    (candidate,) = candidates_for(context, builders.ruleset(offer))

    assert 3334 == candidate.depth_bp


def test_the_suppliers_share_is_rounded_down() -> None:
    """We never count on a cent that the supplier may not pay."""
    context = builders.context(builders.line(list_price=999))
    offer = builders.offer("o", 1000, supplier_share_bp=5050)
    (candidate,) = candidates_for(context, builders.ruleset(offer))

    assert (100, 50) == (candidate.discount, candidate.supplier_pays)
