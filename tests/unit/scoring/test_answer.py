"""How what a model says of one shopper becomes the scores of candidates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.objective import Objective
from sconto.domain.pricing import candidates_for
from sconto.scoring.answer import Answer, Row, arms_of, unpacked
from sconto.scoring.manifest import ModelColumns
from support import builders
from support.models import COLUMNS, DEPTHS

ASSUMED = Objective(response=((1_000, 520_000), (3_000, 600_000)), response_source="us")


def answered(
    logits: np.ndarray[Any, np.dtype[np.float32]],
    places: list[float],
    columns: ModelColumns = COLUMNS,
) -> Answer:
    """The answer [members, 1, arms] about candidates at *places*; their facts don't matter."""
    arms = arms_of(columns, ASSUMED)
    assert arms is not None
    nothing = np.zeros((1, 2), dtype=np.float32), np.zeros((1, 1), dtype=np.int64)
    return Row(*nothing, places).answer(logits, arms)


LOGITS = st.lists(
    st.lists(st.floats(-30, 30, width=32), min_size=3, max_size=3), min_size=1, max_size=4
)


@given(LOGITS, st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_deeper_candidate_never_scores_less(
    members: list[list[float]], asked: list[float]
) -> None:
    """Whatever the members answer, as long as it never falls; to the millionth."""
    rising = np.sort(np.array(members, dtype=np.float32), axis=1)[:, None, :]
    found = answered(rising, [*sorted(asked), 0.0])
    said, base = np.array(found.probability), found.baseline
    ppm = np.rint(said * 1e6)

    assert (np.diff(ppm[:-1]) >= 0).all()
    assert (ppm >= np.rint(base * 1e6)).all()
    assert said[-1] == base


@given(LOGITS)
def test_a_candidate_at_an_arms_depth_has_its_probability(members: list[list[float]]) -> None:
    """At the depths that were learnt the score is what the report judged: the members' mean."""
    rising = np.sort(np.array(members, dtype=np.float32), axis=1)[:, None, :]
    said = answered(rising, [*DEPTHS]).probability
    wanted = (1 / (1 + np.exp(-rising[:, 0, :].astype(np.float64)))).mean(axis=0)

    assert np.allclose(wanted, said, rtol=1e-12, atol=1e-15)


def test_between_two_depths_logits_are_on_a_line_and_beyond_they_are_flat() -> None:
    """Half way in depth is half way in logit; nothing is claimed beyond what was learnt."""
    said = answered(np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32), [0.2, 0.3, 0.9]).probability

    assert (
        pytest.approx([1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-2))]) == said
    )


def test_a_shallowest_arm_above_nothing_stands_for_nothing() -> None:
    """Where the first arm has a depth, shallower candidates and no discount score as it does."""
    columns = ModelColumns(**{**COLUMNS.model_dump(), "depths": (0.05, 0.1, 0.3)})
    logits = np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32)
    found = answered(logits, [0.01, 0.05], columns)

    assert [0.5, 0.5] == found.probability
    assert 0.5 == found.baseline


def test_a_curve_that_falls_is_no_answer() -> None:
    """Less for more can't come of a network that was built not to: the model is broken."""
    with pytest.raises(ValueError, match="expects less"):
        answered(np.array([[[0.0, -0.1, 2.0]]], dtype=np.float32), [0.1])


def test_arms_without_depths_are_known_by_their_offers() -> None:
    """An offer has its arm's probability; one that no arm is named after changes nothing."""
    columns = ModelColumns(**{**COLUMNS.model_dump(), "depths": (0.0, None, None)})
    logits = np.array([[[0.0, 1.0, -1.0]]], dtype=np.float32)
    found = answered(logits, [1.0, 2.0, 0.0], columns)

    assert pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0.5]) == found.probability
    assert 0.5 == found.baseline


def test_members_that_disagree_about_what_it_adds_are_far_apart() -> None:
    """The spread is that of the uplift, not of the probability: a level they share is no doubt."""
    level = answered(np.array([[[-2, -2, -2]], [[2, 2, 2]]], dtype=np.float32), [0.1])
    apart = answered(np.array([[[-2, -2, -2]], [[-2, 2, 2]]], dtype=np.float32), [0.1])
    gained = 1 / (1 + np.exp(-2)) - 1 / (1 + np.exp(2))

    assert [0.0] == level.spread
    assert [gained / 2] == pytest.approx(apart.spread)


def test_an_assumed_response_raises_the_odds_of_everybody_alike() -> None:
    """By what comes off the whole basket; linear between steps, flat beyond the last."""
    columns = ModelColumns(**{**COLUMNS.model_dump(), "arms": ("all",), "depths": (None,)})
    arms = arms_of(columns, ASSUMED)
    assert arms is not None
    ladder = builders.ruleset(builders.offer("cheese", 500, 1000, 2000, 3000, 9000))
    places = arms.places(candidates_for(builders.context(), ladder), 1_000)
    logits = np.array([[[0.0]], [[2.0]]], dtype=np.float32)
    found = Row(np.zeros((1, 0)), np.zeros((1, 0)), places).answer(logits, arms)  # type: ignore[arg-type]
    alone = np.array([0.5, 1 / (1 + np.exp(-2))])

    assert pytest.approx([0.02, 0.04, 0.12, 0.2, 0.2]) == places
    tenth = arms.places(candidates_for(builders.context(), ladder), 10_000)
    assert pytest.approx([0.002, 0.004, 0.008, 0.012, 0.036]) == tenth
    assert alone.mean() == pytest.approx(found.baseline)
    at = np.array(places)
    odds = (alone / (1 - alone))[:, None] * (1 + at) / (1 - at)
    lifted = odds / (1 + odds)
    assert pytest.approx(lifted.mean(axis=0)) == found.probability
    assert pytest.approx((lifted - alone[:, None]).std(axis=0)) == found.spread


def test_who_hardly_ever_buys_hardly_ever_does_with_a_discount() -> None:
    """A lost case is no bargain: where the chance is .001 %, an assumed response adds as little."""
    columns = ModelColumns(**{**COLUMNS.model_dump(), "arms": ("all",), "depths": (None,)})
    arms = arms_of(columns, ASSUMED)
    assert arms is not None
    lifted = arms.probabilities(np.log(np.array([[1e-5], [0.5]])), np.array([0.2]))

    assert lifted[0, 0] < 2e-5


@given(
    st.lists(
        st.tuples(st.integers(1, 9_999), st.integers(500_000, 999_999)), min_size=1, max_size=5
    ),
    st.integers(1_000, 3_000),
)
def test_an_assumed_lift_is_that_of_the_objective(
    steps: list[tuple[int, int]], basket: int
) -> None:
    """Worked out for all candidates at once, it is what the steps say of each, to the ppm."""
    response = tuple(
        (d, w) for (d, _), (_, w) in zip(sorted(dict(steps).items()), steps, strict=False)
    )
    objective = Objective(response=response, response_source="a test")
    single = COLUMNS.model_copy(update={"arms": ("all",), "depths": (None,)})
    arms = arms_of(single, objective)
    assert arms is not None
    ladder = builders.ruleset(builders.offer("cheese", *range(100, 10_000, 700)))
    candidates = candidates_for(builders.context(), ladder)
    wanted = [half_ppm(response, c.discount * 10_000 // basket) for c in candidates]

    assert wanted == [round(5e5 + p * 5e5) for p in arms.places(candidates, basket)]


def half_ppm(response: tuple[tuple[int, int], ...], depth_bp: int) -> int:
    """What *depth_bp* makes of an even chance: linear between steps, flat beyond the last."""
    low_depth, low = 0, 500_000
    for depth, half in response:
        if depth_bp < depth:
            return low + (half - low) * (depth_bp - low_depth) // (depth - low_depth)
        low_depth, low = depth, half
    return low


def test_the_assumed_response_is_linear_between_its_steps() -> None:
    """From an even chance at depth 0, flat beyond the last step, rounded down."""
    objective = Objective(response=((1_000, 520_000), (2_000, 530_001)), response_source="a test")
    single = COLUMNS.model_copy(update={"arms": ("all",), "depths": (None,)})
    arms = arms_of(single, objective)
    assert arms is not None
    depths = (1, 500, 1_000, 1_500, 2_000, 9_000)
    candidates = candidates_for(
        builders.context(builders.line(list_price=10_000)),
        builders.ruleset(builders.offer("cheese", *depths, kind=builders.OfferKind.AMOUNT)),
    )

    assert [500_020, 510_000, 520_000, 525_000, 530_001, 530_001] == [
        round(500_000 + place * 500_000) for place in arms.places(candidates, 10_000)
    ]


def test_one_arm_says_nothing_without_an_assumed_response() -> None:
    """Nobody learnt what a discount does, and nobody said what it is taken to do."""
    columns = ModelColumns(**{**COLUMNS.model_dump(), "arms": ("all",), "depths": (None,)})

    assert arms_of(columns, Objective()) is None


def test_doubt_is_that_of_the_deeper_arm() -> None:
    """Between two arms, beyond them and at them, what may be hidden is never taken as less."""
    arms = arms_of(COLUMNS, Objective())
    assert arms is not None
    found = arms.doubts(np.array([0.0, 0.3, 0.1]), np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.9]))

    assert [0.0, 0.3, 0.3, 0.3, 0.3, 0.3] == found.tolist()


def test_doubt_of_an_arm_known_by_name_is_its_own() -> None:
    """Of an assumed response, as far as it can move with the probability without it."""
    columns = ModelColumns(**{**COLUMNS.model_dump(), "depths": (0.0, None, None)})
    named, doubt = arms_of(columns, Objective()), np.array([0.0, 0.3, 0.1])
    single = columns.model_copy(update={"arms": ("all",), "depths": (None,)})
    assumed = arms_of(single, ASSUMED)
    assert named is not None
    assert assumed is not None

    assert [0.1, 0.0, 0.3] == named.doubts(doubt, np.array([2.0, 0.0, 1.0])).tolist()
    assert [0.4, 0.0] == assumed.doubts(np.array([0.2]), np.array([0.5, 0.0])).tolist()


@given(st.floats(width=32, allow_infinity=False), st.integers(0, 2), st.integers(0, 5))
def test_what_was_recorded_is_read_by_its_names(spend: float, band: int, places: int) -> None:
    """Every input as the model was shown it: numbers, texts, and what was missing."""
    numbers = np.array([[np.nan, spend]], dtype=np.float32)
    row = Row(numbers, np.array([[band]]), [0.0] * places)

    shown = unpacked(row.packed(), COLUMNS)

    missing = np.isnan(numbers[0, 1])
    assert ["visits", "spend", "band"] == [*shown]
    assert shown["visits"] is None
    assert (None if missing else numbers[0, 1]) == (
        None if shown["spend"] is None else np.float32(shown["spend"])
    )
    assert (None, "high", "low")[band] == shown["band"]
    with pytest.raises(ValueError, match="not the inputs of this model"):
        unpacked(row.packed()[:-1], COLUMNS)
