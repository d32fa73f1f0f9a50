"""The objective, worked out by hand: when costs fall due, the least gain, the assumed response."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from sconto.domain.decision import Decision
from sconto.domain.money import PPM_ONE
from sconto.domain.objective import CostWhen, Objective, Outcome, due_ppm
from sconto.domain.reasons import ReasonCode
from sconto.domain.scores import Scores
from support import builders
from support.worlds import World

GIVEN, SOLD, REDEEMED = CostWhen
SALE, GROWTH, RETURN = Outcome
LETTER: Final = replace(
    builders.offer("letter", 1_000, supplier_share_bp=10_000), cost_of_offering=15
)
"""10 % off that the supplier pays; sending it costs .15."""


def _decide(objective: Objective, scores: Scores, **more: object) -> Decision:
    """The decision about the letter, for one piece at 10.00 that costs nothing."""
    ruleset = builders.ruleset(replace(LETTER, **more), objective=objective)  # type: ignore[arg-type]
    odds = ((scores.probability_ppm[0], scores.baseline_ppm[0]),)
    scored = {
        "outcome": scores.outcome,
        "spread": scores.spread_ppm[0],
        "doubt": scores.doubt_ppm[0],
        "unknown": scores.unknown,
    }
    context = builders.context(builders.line(unit_cost=0))
    return World(ruleset, context, {}, odds, scored).decide()


@pytest.mark.parametrize(
    ("when", "outcome", "due"),
    [
        (GIVEN, SALE, PPM_ONE),
        (GIVEN, GROWTH, PPM_ONE),
        (GIVEN, RETURN, PPM_ONE),
        (SOLD, SALE, 300_000),
        (SOLD, GROWTH, PPM_ONE),
        (SOLD, RETURN, PPM_ONE),
        (REDEEMED, SALE, 300_000),
        (REDEEMED, GROWTH, PPM_ONE),
        (REDEEMED, RETURN, 300_000),
    ],
)
def test_a_cost_falls_due_as_often_as_the_page_says(
    when: CostWhen, outcome: Outcome, due: int
) -> None:
    """The table of docs/objective.md, with an outcome of 30 %."""
    assert due == due_ppm(when, outcome, 300_000)


def test_a_letter_costs_when_it_is_sent() -> None:
    """The page's example: 8 % instead of 6 % of 10.00, less .15, is .05; at the least .02."""
    scores = builders.scores([(80_000, 60_000)], spread=3_000)
    decision = _decide(Objective(), scores)
    (ranked,) = decision.choice.ranked

    assert ranked.valued is not None
    assert (5_000_000, 2_000_000) == (ranked.valued.gain, ranked.valued.least_gain)
    assert ["letter:1000"] == [c.id for c in decision.stack.candidates]
    moved_less = _decide(Objective(), builders.scores([(70_000, 60_000)]))
    assert ((), ReasonCode.NOT_WORTH_IT) == (moved_less.stack.candidates, moved_less.reason)


@pytest.mark.parametrize(
    ("objective", "reason"),
    [
        (Objective(minimum_gain=2), ReasonCode.CHOSEN),
        (Objective(minimum_gain=3), ReasonCode.BELOW_LEAST_GAIN),
        (Objective(minimum_gain_bp=1_333), ReasonCode.CHOSEN),
        (Objective(minimum_gain_bp=1_334), ReasonCode.BELOW_LEAST_GAIN),
        (Objective(caution_permille=1_666), ReasonCode.CHOSEN),
        (Objective(caution_permille=1_667), ReasonCode.BELOW_LEAST_GAIN),
    ],
)
def test_a_gain_must_be_sure_and_large_enough(objective: Objective, reason: ReasonCode) -> None:
    """It adds at least .02, that is 13.33 % of its cost; less 5/3 of the spread, nothing."""
    assert reason is _decide(objective, builders.scores([(80_000, 60_000)], spread=3_000)).reason


def test_an_unknown_input_takes_its_doubt_and_makes_the_cost_certain() -> None:
    """3.00 of 10.00 off costs 2.40 when 80 % are sold, and 3.00 when that is not known so well."""
    scores = builders.scores([(800_000, 200_000)])
    blind = replace(scores, unknown=("tier",), doubt_ppm=(100_000,))
    own = {"supplier_share_bp": 0, "ladder": (3_000,), "cost_of_offering": 0}
    for known, gain, least in ((scores, 360, 360), (blind, 300, 200)):
        (ranked,) = _decide(Objective(), known, **own).choice.ranked

        assert ranked.valued is not None
        assert (gain, least) == (
            ranked.valued.gain // PPM_ONE, ranked.valued.least_gain // PPM_ONE
        )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "aim", "worth", "given"),
    [
        (SALE, SALE, None, True),
        (RETURN, RETURN, 1_000, True),
        (GROWTH, GROWTH, 1_000, True),
        (RETURN, RETURN, None, False),
        (RETURN, SALE, 1_000, False),
        (SALE, RETURN, 1_000, False),
    ],
)
def test_a_model_has_a_say_about_what_it_learnt_only(
    outcome: Outcome, aim: Outcome, worth: int | None, given: bool
) -> None:
    """A sale brings its margin, a return what is declared; an offer for something else nothing."""
    scores = builders.scores([(900_000, 100_000)], outcome=outcome)
    decision = _decide(Objective(worth=worth), scores, aim=aim)

    assert given == bool(decision.stack.candidates)
    if not given:
        assert ReasonCode.NOT_WORTH_IT is decision.reason
