"""What choices add up to beside other policies, read from real messages."""

from __future__ import annotations

from typing import Any

import pytest

from sconto.demo.expected_gain import ExpectedGain, Sum
from sconto.demo.requests import money
from sconto.domain.candidate import Candidate as Stood
from sconto.domain.choice import Ranked, Valued
from sconto.domain.money import PPM_ONE
from sconto.domain.reasons import ReasonCode, Rung
from sconto.domain.shortlist import Assessed
from sconto.v1.decision_pb2 import (
    Candidate,
    ChoiceGroup,
    Decision,
    ModelUse,
    OfferKind,
    Value,
)
from support import builders


def candidate(offer: str, bp: int, gain: int, cost: int, reason: ReasonCode) -> Candidate:
    """One whose cost falls due in half of all cases; *gain* and *cost* are minor units."""
    value = Value(
        due_ppm=PPM_ONE // 2,
        margin=1_000,
        cost=cost,
        gain_millionths=gain * PPM_ONE,
        spread_ppm=1_000,
    )
    return Candidate(
        offer_id=offer,
        depth=bp,
        kind=OfferKind.OFFER_KIND_PERCENT,
        discount=money(1, "EUR"),
        reason=int(reason),
        value=value,
    )


def alone(*candidates: Candidate) -> list[Ranked]:
    """Each of *candidates* as it is worth alone: a tenth more than what stands in the decision."""
    made = []
    for one in candidates:
        offer = builders.offer(one.offer_id, one.depth)
        stood = Assessed(Stood(offer, one.depth, 100, 10, 1, (0,), (1,)), ())
        numbers = dict.fromkeys(("probability_ppm", "baseline_ppm", "doubt_ppm", "offering"), 0)
        valued = Valued(
            **numbers,
            spread_ppm=one.value.spread_ppm,
            due_ppm=one.value.due_ppm,
            margin=one.value.margin,
            cost=one.value.cost,
            charge=0,
            gain=one.value.gain_millionths + PPM_ONE,
            least_gain=0,
            passes=True,
        )
        made.append(Ranked(0, *stood, ReasonCode.NOT_BEST, valued=valued))
    return made


def decision(*candidates: Candidate, **fields: Any) -> Decision:
    """A decision of the policy on the model rung."""
    known: dict[str, Any] = {
        "rung": int(Rung.MODEL),
        "group": ChoiceGroup.CHOICE_GROUP_POLICY,
        "model": ModelUse(digest="d"),
    }
    return Decision(candidates=candidates, **(known | fields))


def add(worth: ExpectedGain, *candidates: Candidate) -> None:
    """Count a decision about *candidates*, all of which may be given alone."""
    worth.add(decision(*candidates), alone(*candidates))


def test_policies_are_reckoned_on_the_same_decisions() -> None:
    """What was chosen counts as it was given; the cheapest and the best constant count alone."""
    worth = ExpectedGain()
    add(
        worth,
        candidate("a", 500, 30, 100, ReasonCode.NOT_BEST),
        candidate("a", 1000, 40, 200, ReasonCode.CHOSEN),
    )
    add(
        worth,
        candidate("a", 500, -10, 100, ReasonCode.NOT_WORTH_IT),
        candidate("a", 1000, -50, 200, ReasonCode.NOT_WORTH_IT),
        candidate("b", 300, 5, 10, ReasonCode.BELOW_LEAST_GAIN),
    )

    assert 2 == worth.decisions
    assert Sum(1, 40 * PPM_ONE, PPM_ONE, 100 * PPM_ONE) == worth.given
    assert Sum(2, 37 * PPM_ONE, 2 * PPM_ONE, 55 * PPM_ONE) == worth.cheapest
    assert (("a", "5 %"), Sum(2, 22 * PPM_ONE, 2 * PPM_ONE, 100 * PPM_ONE)) == worth.best_constant()
    assert [
        "as decided",
        "nothing",
        "always the cheapest allowed",
        "best single: a 5 %",
    ] == [name for name, _, _ in worth.policies()]


def test_an_offer_that_is_hardly_ever_allowed_is_no_constant_to_compare() -> None:
    """Below a fifth of the decisions, however much it brings there."""
    worth = ExpectedGain()
    add(worth, candidate("rare", 500, 900, 10, ReasonCode.CHOSEN))
    for _ in range(5):
        add(worth, candidate("often", 500, 2, 10, ReasonCode.NOT_BEST))

    best = worth.best_constant()
    assert best is not None
    assert ("often", "5 %") == best[0]
    assert ("best single: often 5 %", "83%") == [*worth.policies()][-1][:2]


def test_an_interval_is_as_wide_as_the_disagreement() -> None:
    """1.96 deviations to either side."""
    assert (10 - 196, 10 + 196) == Sum(1, gain=10, spread=100).interval


@pytest.mark.parametrize(
    "fields",
    [
        {"rung": int(Rung.RULES_ONLY)},
        {"group": ChoiceGroup.CHOICE_GROUP_HOLDOUT},
        {"group": ChoiceGroup.CHOICE_GROUP_EXPLORATION},
    ],
)
def test_only_what_the_policy_decided_by_a_model_counts(fields: dict[str, Any]) -> None:
    """Neither rules alone nor chance says anything of the policy."""
    worth = ExpectedGain()
    only = candidate("a", 500, 30, 100, ReasonCode.CHOSEN)
    worth.add(decision(only, **fields), alone(only))

    assert (0, Sum(), {}) == (worth.decisions, worth.given, worth.constants)
    assert worth.best_constant() is None


def test_what_may_not_be_given_alone_is_in_no_policy() -> None:
    """A constant is given only where it was allowed and affordable."""
    worth = ExpectedGain()
    worth.add(decision(candidate("a", 500, 30, 100, ReasonCode.BUDGET_SPENT)), [])

    assert (1, {}, Sum()) == (worth.decisions, worth.constants, worth.cheapest)


def test_unknown_inputs_are_counted_by_decision_and_by_name() -> None:
    """A decision without two inputs is one decision, and each input is named."""
    worth = ExpectedGain()
    worth.add(decision(model=ModelUse(unknown_inputs=["x", "y"], assumed_response="Us.")), [])
    worth.add(decision(model=ModelUse(unknown_inputs=["x"], assumed_response="Us.")), [])
    worth.add(decision(), [])

    assert (3, 2) == (worth.scored, worth.with_unknown)
    assert {"x": 2, "y": 1} == worth.unknown


def test_who_assumes_the_response_is_kept() -> None:
    """The words of the rulebook are passed on, whatever decisions without candidates say."""
    worth = ExpectedGain()
    worth.add(decision(model=ModelUse(assumed_response="Us.")), [])
    worth.add(decision(), [])

    assert "Us." == worth.assumed
