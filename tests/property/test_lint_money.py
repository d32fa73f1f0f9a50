"""What lint says about money is what the core would do with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.offer import Off, Offer
from sconto.domain.pricing import candidates_for
from sconto.rulebook.lint.money import falls
from support.builders import context, line, ruleset
from support.offers import tiers

OFFS = st.one_of(
    st.builds(Off, bp=st.integers(1, 10_000)), st.builds(Off, amount=st.integers(1, 3_000))
)


def _off(offer: Offer, spend: int) -> int:
    """What the core takes off one line of *spend* minor units."""
    found = candidates_for(context(line(list_price=spend)), ruleset(offer))
    return max((candidate.discount for candidate in found), default=0)


@given(by_spend=st.dictionaries(st.integers(2, 20_000), OFFS, min_size=2, max_size=5))
def test_a_tier_falls_where_spending_more_brings_less(by_spend: dict[int, Off]) -> None:
    """The basket in the message and the one a unit dearer are priced as the message says."""
    offer = tiers(dict(sorted(by_spend.items())))
    expected = [
        (i, spend, _off(offer, spend - 1), _off(offer, spend))
        for i, spend in enumerate(offer.tiers)
        if i and _off(offer, spend - 1) > _off(offer, spend)
    ]
    assert expected == list(falls(offer))
