"""What choices add up to beside other policies, read from real messages."""

from __future__ import annotations

from typing import Any

import pytest

from sconto.cli.play_messages import money
from sconto.cli.play_worth import Sum, Worth
from sconto.domain.money import PPM_ONE
from sconto.domain.reasons import ReasonCode, Rung
from sconto.v1.decision_pb2 import (
    Candidate,
    ChoiceGroup,
    Decision,
    ModelUse,
    OfferKind,
    Value,
)


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


def decision(*candidates: Candidate, **fields: Any) -> Decision:
    """A decision of the policy on the model rung."""
    known: dict[str, Any] = {
        "rung": int(Rung.MODEL),
        "group": ChoiceGroup.CHOICE_GROUP_POLICY,
        "model": ModelUse(digest="d"),
    }
    return Decision(candidates=candidates, **(known | fields))


def test_policies_are_reckoned_on_the_same_decisions() -> None:
    """What was chosen, the cheapest allowed, and the constant that is worth most are added up."""
    worth = Worth()
    worth.add(
        decision(
            candidate("a", 500, 30, 100, ReasonCode.NOT_BEST),
            candidate("a", 1000, 40, 200, ReasonCode.CHOSEN),
        )
    )
    worth.add(
        decision(
            candidate("a", 500, -10, 100, ReasonCode.NOT_WORTH_IT),
            candidate("a", 1000, -50, 200, ReasonCode.NOT_WORTH_IT),
            candidate("b", 300, 5, 10, ReasonCode.BELOW_LEAST_GAIN),
        )
    )

    assert 2 == worth.decisions
    assert Sum(1, 40 * PPM_ONE, PPM_ONE, 100 * PPM_ONE) == worth.given
    assert Sum(2, 35 * PPM_ONE, 2 * PPM_ONE, 55 * PPM_ONE) == worth.cheapest
    assert (("a", "5 %"), Sum(2, 20 * PPM_ONE, 2 * PPM_ONE, 100 * PPM_ONE)) == worth.best_constant()
    assert [
        "as decided",
        "nothing",
        "rule: always the cheapest allowed",
        "best single offer: a 5 %",
    ] == [name for name, _ in worth.policies()]


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
    worth = Worth()
    worth.add(decision(candidate("a", 500, 30, 100, ReasonCode.CHOSEN), **fields))

    assert (0, Sum(), {}) == (worth.decisions, worth.given, worth.constants)
    assert worth.best_constant() is None


def test_what_rules_or_budgets_withhold_is_in_no_policy() -> None:
    """A constant is given only where it was allowed and affordable."""
    worth = Worth()
    worth.add(
        decision(
            candidate("a", 500, 30, 100, ReasonCode.BUDGET_SPENT),
            candidate("a", 700, 30, 100, ReasonCode.BELOW_PRICE_FLOOR),
        )
    )

    assert (1, {}, Sum()) == (worth.decisions, worth.constants, worth.cheapest)


def test_unknown_inputs_are_counted_by_decision_and_by_name() -> None:
    """A decision without two inputs is one decision, and each input is named."""
    worth = Worth()
    worth.add(decision(model=ModelUse(unknown_inputs=["x", "y"], assumed_response="Us.")))
    worth.add(decision(model=ModelUse(unknown_inputs=["x"], assumed_response="Us.")))
    worth.add(decision())

    assert (3, 2) == (worth.scored, worth.with_unknown)
    assert {"x": 2, "y": 1} == worth.unknown


def test_who_assumes_the_response_is_kept() -> None:
    """The words of the rulebook are passed on."""
    worth = Worth()
    worth.add(decision(model=ModelUse(assumed_response="Us.")))

    assert "Us." == worth.assumed
