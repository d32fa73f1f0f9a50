"""What the simulated checkout makes of a discount, and what candidates are worth alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sconto.demo.checkout import WITHOUT_MODEL_PPM, Checkout, LoneCandidates, completed_ppm
from sconto.demo.tally import Tally, line_department
from sconto.domain.decision import decide
from sconto.domain.lane import Lane
from sconto.domain.reasons import ReasonCode, RungCause
from sconto.domain.record import Provenance
from sconto.domain.record_reading import record_of
from sconto.domain.shortlist import shortlist
from sconto.v1.decision_pb2 import Candidate, Decision, ModelOutcome, ModelUse, Value
from support import builders, judges

SALE, RETURN = ModelOutcome.MODEL_OUTCOME_SALE, ModelOutcome.MODEL_OUTCOME_RETURN


def given(outcome: int, *probabilities: int, due: int = 1_000_000) -> Decision:
    """Discounts with these probabilities (ppm) of *outcome*, which is 0.4 without any."""
    return Decision(
        decision_id="d",
        model=ModelUse(outcome=outcome),
        candidates=[
            Candidate(
                reason=int(ReasonCode.CHOSEN),
                value=Value(probability_ppm=p, baseline_ppm=400_000, due_ppm=due),
            )
            for p in probabilities
        ],
    )


BY_RULES = Decision(candidates=[Candidate(reason=int(ReasonCode.CHOSEN))])


@pytest.mark.parametrize(
    ("decision", "chance"),
    [
        (given(SALE, 460_000), 460_000),
        (given(SALE, 460_000, 500_000), 560_000),
        (given(SALE, 900_000, 950_000), 1_000_000),
        (given(RETURN, 700_000), 1_000_000),
        (given(RETURN, 700_000, due=700_000), 700_000),
        (BY_RULES, None),
    ],
)
def test_a_sale_is_completed_as_often_as_the_model_expects(
    decision: Decision, chance: int | None
) -> None:
    """What several lanes add is added up; a model of a later return says nothing of the sale."""
    assert chance == completed_ppm(decision)


class Service:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.asked = {"Redeem": 0, "Release": 0}

    def Redeem(self, _request: Any, timeout: float) -> None:  # noqa: N802
        """One more."""
        self.asked["Redeem"] += 1

    def Release(self, _request: Any, timeout: float) -> None:  # noqa: N802
        """One more."""
        self.asked["Release"] += 1


@pytest.mark.parametrize(
    ("decision", "often"), [(given(SALE, 300_000), 300_000), (BY_RULES, WITHOUT_MODEL_PPM)]
)
def test_the_checkout_draws_the_same_in_every_run(decision: Decision, often: int) -> None:
    """Of 400 discounts about as many are redeemed as expected, and no other number next time.

    The budgets have back what was released.
    """
    counts = []
    record = {"outcome": {"reserved": [{"key": "fund", "amount": 2}]}}
    for _ in range(2):
        ruleset = builders.ruleset(builders.offer())
        checkout = Checkout(
            Service(), Tally(line_department), LoneCandidates(ruleset, judges.reference(ruleset))
        )
        checkout.tally.used["fund"] = 800
        for _ in range(400):
            checkout._finish(decision, record)
        assert checkout.service.asked == {
            "Redeem": checkout.tally.redeemed,
            "Release": checkout.tally.released,
        }
        assert (400 if decision is BY_RULES else 0) == checkout.tally.without_model
        assert {"fund": 2 * checkout.tally.redeemed} == checkout.tally.used
        counts.append(checkout.tally.redeemed)

    assert abs(counts[0] - 400 * often / 1_000_000) < 30
    assert counts[0] == counts[1]


def test_a_candidate_of_a_later_lane_is_valued_as_if_it_were_given_alone() -> None:
    """Not at the prices that an earlier lane left, whatever the record says of it on top."""
    shelf = replace(builders.offer("shelf", 5_000), lane="shelf")
    later = replace(builders.offer("later", 1_000), lane="later")
    lanes = (Lane("shelf"), Lane("later", after_earlier=True))
    ruleset = replace(builders.ruleset(shelf, later), lanes=lanes)
    judged = judges.reference(ruleset)
    context = builders.context(builders.line(unit_cost=0))
    scores = builders.scores([(900_000, 100_000), (900_000, 100_000)])
    decided = decide(
        context, ruleset, shortlist(context, ruleset, judged), scores, RungCause.NONE, {}
    )
    record = record_of(decided, Provenance("d", "r", 0, {}, {}))
    (recorded,) = (c for c in record["candidates"] if c["offer_id"] == "later")

    alone = {r.candidate.offer.id: r for r in LoneCandidates.by(ruleset, judged).ranked(record)}

    valued = alone["later"].valued
    assert valued is not None
    assert ["shelf:5000"] == recorded["stacked"]["on_top_of"]
    assert recorded["discount"] == valued.cost
    assert recorded["value"]["cost"] == valued.cost // 2
