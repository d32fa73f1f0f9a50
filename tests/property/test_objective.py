"""What is dearer, less likely, less certain or less known is never given where it was not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from sconto.domain.choice import Valued
from sconto.domain.decision import Decision
from sconto.domain.money import PPM_ONE
from sconto.domain.objective import CostWhen, Objective, Outcome, expected_gain
from sconto.domain.offer import Offer
from sconto.domain.scores import Scores
from support import builders
from support.worlds import World

FACTORS = st.fractions(0, 1)

odds = st.tuples(st.integers(0, PPM_ONE), st.integers(0, PPM_ONE))
outcomes = st.sampled_from(Outcome)
objectives = st.builds(
    Objective,
    worth=st.sampled_from((None, 0, 1, 400, 5_000)),
    minimum_gain=st.sampled_from((0, 0, 5, 100)),
    minimum_gain_bp=st.sampled_from((0, 0, 1_000, 20_000)),
    caution_permille=st.sampled_from((0, 1_000, 2_500)),
)
scored = st.builds(
    lambda pair, outcome, spread: builders.scores([pair], outcome=outcome, spread=spread),
    odds,
    outcomes,
    st.sampled_from((0, 5_000, 200_000)),
)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    """One percentage off, of any cost and aim."""
    return replace(
        builders.offer("a", draw(st.sampled_from((100, 1_000, 5_000))), supplier_share_bp=6_000),
        cost_when=draw(st.sampled_from(CostWhen)),
        cost_of_offering=draw(st.sampled_from((0, 0, 1, 15))),
        aim=draw(outcomes),
    )


def _decide(offer: Offer, objective: Objective, scores: Scores, unit_cost: int) -> Decision:
    """The decision about one piece at 10.00."""
    ruleset = builders.ruleset(offer, objective=objective)
    line = builders.line(unit_cost=unit_cost)

    class _World(World):
        def scores(self, candidates: Any) -> Scores:
            return scores

    return _World(ruleset, builders.context(line), {}, ()).decide()


def _value(decision: Decision) -> Valued:
    (ranked,) = decision.choice.ranked
    assert ranked.valued is not None
    return ranked.valued


def _never_given_after(before: Decision, after: Decision) -> None:
    """Nothing is given *after* where nothing was *before*."""
    event(f"given {bool(before.stack.candidates)}, then {bool(after.stack.candidates)}")
    assert before.stack.candidates or not after.stack.candidates
    assert _value(after).passes <= _value(before).passes


@settings(deadline=None)
@given(offers(), objectives, scored, st.integers(0, 1_100), st.integers(0, 500), st.integers(0, 40))
def test_a_dearer_discount_is_not_given_where_the_cheaper_was_not(
    offer: Offer, objective: Objective, scores: Scores, unit_cost: int, more: int, offering: int
) -> None:
    """Whether the goods cost more, the supplier pays less, or offering costs more."""
    before = _decide(offer, objective, scores, unit_cost)
    dearer = replace(offer, cost_of_offering=offer.cost_of_offering + offering)
    for after in (
        _decide(offer, objective, scores, unit_cost + more),
        _decide(replace(offer, supplier_share_bp=6_000 - more), objective, scores, unit_cost),
        _decide(dearer, objective, scores, unit_cost),
    ):
        _never_given_after(before, after)


@settings(deadline=None)
@given(offers(), objectives, scored, st.integers(0, 1_100), FACTORS)
def test_a_less_likely_outcome_never_makes_a_discount_be_given(
    offer: Offer, objective: Objective, scores: Scores, unit_cost: int, factor: Any
) -> None:
    """Whether it is less likely with the discount, or in either case."""
    before = _decide(offer, objective, scores, unit_cost)
    lower = (int(scores.probability_ppm[0] * factor),)
    for less in (
        replace(scores, probability_ppm=lower),
        replace(
            scores, probability_ppm=lower, baseline_ppm=(int(scores.baseline_ppm[0] * factor),)
        ),
    ):
        if less.baseline_ppm != scores.baseline_ppm:
            # Rounding may widen the difference by a millionth.
            gap = less.probability_ppm[0] - less.baseline_ppm[0]
            assume(gap <= max(0, scores.probability_ppm[0] - scores.baseline_ppm[0]))
        _never_given_after(before, _decide(offer, objective, less, unit_cost))


@settings(deadline=None)
@given(offers(), objectives, scored, st.integers(0, 1_100), st.integers(0, 300_000))
def test_knowing_less_never_makes_a_discount_be_given(
    offer: Offer, objective: Objective, scores: Scores, unit_cost: int, doubt: int
) -> None:
    """Whether members disagree more, or an input is unknown and may hide some of the uplift."""
    before = _decide(offer, objective, scores, unit_cost)
    wider = replace(scores, spread_ppm=(scores.spread_ppm[0] + doubt,))
    # What an unknown input lets the model say too much is at most the doubt.
    blind = replace(
        scores,
        unknown=("tier",),
        doubt_ppm=(doubt,),
        probability_ppm=(min(PPM_ONE, scores.probability_ppm[0] + doubt),),
    )
    for after in (wider, blind):
        _never_given_after(before, _decide(offer, objective, after, unit_cost))


@settings(deadline=None)
@given(offers(), objectives, st.integers(0, PPM_ONE), outcomes, st.integers(0, 1_100))
def test_where_the_outcome_is_sure_it_does_not_matter_when_the_cost_falls_due(
    offer: Offer, objective: Objective, baseline: int, outcome: Outcome, unit_cost: int
) -> None:
    """Given, sold and redeemed agree where P is 1."""
    scores = builders.scores([(PPM_ONE, baseline)], outcome=outcome)
    values = [
        _value(_decide(replace(offer, cost_when=when), objective, scores, unit_cost))
        for when in CostWhen
    ]

    assert 1 == len({(v.gain, v.least_gain, v.passes) for v in values})


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 999), st.integers(0, 999))
def test_the_formula_is_one_for_whole_and_for_real_numbers(
    probability: int, baseline: int, margin: int, cost: int
) -> None:
    """Training judges by what the server ranks by."""
    whole = expected_gain(
        probability * 1000, baseline * 1000, margin, cost, probability * 1000, 3, PPM_ONE
    )
    real = expected_gain(
        probability / 1000, baseline / 1000, margin, cost, probability / 1000, 3, 1
    )

    assert abs(whole / PPM_ONE - real) < 1e-9
    assert isinstance(whole, int)
