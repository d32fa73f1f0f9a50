"""Offers that can never be worth it: each is named, and none that ever could be."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sconto.domain.money import BP_ONE, PPM_ONE
from sconto.domain.objective import (
    HALF_PPM,
    CostWhen,
    Objective,
    Outcome,
    due_ppm,
    expected_gain,
)
from sconto.rulebook.lint.worth_bounds import never_worth
from sconto.rulebook.loader import load_folder
from support import builders
from support.served import ROOT

SPARSE = Objective(response=((1_000, 516_000), (2_000, 527_000)), response_source="Assumed.")


@pytest.mark.parametrize(
    ("shop", "named"),
    [
        (
            "travel",
            ["early-booking", "fare-saver", "last-minute", "non-refundable", "package-saver"],
        ),
        ("retail", ["basket"]),
        ("ecommerce", []),
    ],
)
def test_offers_of_the_examples_that_their_response_never_pays_for(
    shop: str, named: list[str]
) -> None:
    """What the assumption makes of a discount is less than the discount: somebody must be told."""
    said = [*never_worth(load_folder(ROOT / "rules" / shop))]

    assert named == [sentence.split("`")[1] for sentence in said]


def test_the_sentence_says_what_is_wrong_and_what_to_change() -> None:
    """Cost, bound, and the key to correct; what suffices is not spoken of."""
    supplied = builders.offer("supplied", 500, supplier_share_bp=9_000)
    back = replace(builders.offer("back", 1_000, minimum_spend=5_000), aim=Outcome.RETURN)
    ruleset = builders.ruleset(
        builders.offer("room", 500, 1_000),
        supplied,
        back,
        objective=replace(SPARSE, worth=1_000, minimum_gain=5),
    )
    bought, returns = never_worth(ruleset)

    assert returns == (
        "offer `room` can never be worth it, however likely the sale and however large its "
        "margin: it costs at least 5 % of the price at its best depth and adds at most 3.2 % of it "
        "by the assumed response. No model gives it: give less, let the supplier pay more of it, "
        "or correct `assumed_response`"
    )
    assert bought.startswith("offer `back` can never be worth it, however likely the return: ")
    assert "costs at least 4.99 USD at its best depth and adds at most 0.17 USD" in bought


def test_what_a_few_pieces_cost_is_not_bounded() -> None:
    """An offer that makes one of many pieces cheaper costs a smaller share than its depth."""
    room = builders.offer("room", 500)
    back = replace(builders.offer("back", 1_000, minimum_spend=5_000), aim=Outcome.RETURN)
    objective = replace(SPARSE, worth=1_000, minimum_gain=5)
    few = [replace(offer, at_most_pieces=1) for offer in (room, back)]

    assert 2 == len([*never_worth(builders.ruleset(room, back, objective=objective))])
    assert [] == [*never_worth(builders.ruleset(*few, objective=objective))]


def test_a_share_of_the_cost_that_is_asked_is_named() -> None:
    """What covers its cost and not what is asked beyond it is the objective's fault."""
    objective = replace(SPARSE, response=((1_000, 530_000),), minimum_gain_bp=5_000)
    [said] = never_worth(builders.ruleset(builders.offer("room", 1_000), objective=objective))

    assert "and 50 % of the cost is asked beyond it" in said
    assert said.endswith("or correct `minimum_gain_of_cost`")


STEPS = st.lists(
    st.tuples(st.integers(100, 3_000), st.integers(1_000, 60_000)), min_size=1, max_size=3
)


@settings(max_examples=600, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    steps=STEPS,
    depth=st.integers(1, 6_000),
    before=st.integers(0, 5_000),
    cost_when=st.sampled_from([CostWhen.GIVEN, CostWhen.SOLD]),
    supplier=st.sampled_from([0, 5_000, 9_000]),
    chance=st.integers(1_000, PPM_ONE) | st.just(1_000),
    margin=st.integers(0, BP_ONE) | st.just(BP_ONE),
)
def test_what_is_called_never_worth_it_never_is(
    steps: list[tuple[int, int]],
    depth: int,
    before: int,
    cost_when: CostWhen,
    supplier: int,
    chance: int,
    margin: int,
) -> None:
    """Alone or on top of a discount at a step, at any probability, at margins up to the price."""
    ups = accumulate(steps, lambda one, two: (one[0] + two[0], min(one[1] + two[1], 499_000)))
    objective = Objective(
        response=tuple((bp, HALF_PPM + up) for bp, up in ups), response_source="Assumed."
    )
    offer = replace(builders.offer("d", depth, supplier_share_bp=supplier), cost_when=cost_when)
    assume([*never_worth(builders.ruleset(offer, objective=objective))])
    below = before if before == 0 else objective.response[before % len(steps)][0]
    price = 10**6
    first = objective.lifted(chance, below, BP_ONE)
    then = objective.lifted(chance, min(below + depth, BP_ONE), BP_ONE)
    cost = price * depth * (BP_ONE - supplier) // BP_ONE**2
    gain = expected_gain(
        *(then, first, price * margin // BP_ONE, cost),
        *(due_ppm(cost_when, Outcome.SALE, then), 0, PPM_ONE),
    )

    assert gain <= 2 * price
