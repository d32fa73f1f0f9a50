"""How what a model says of one shopper becomes the scores of candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.scoring.tabular_answer import TabularRow, arms_of
from sconto.scoring.tabular_manifest import TabularColumns
from support.tabular_models import COLUMNS, DEPTHS


def row(places: list[float], columns: TabularColumns = COLUMNS) -> TabularRow:
    """A row with candidates at *places*; its facts don't matter."""
    return TabularRow(
        np.zeros((1, 2), dtype=np.float32),
        np.zeros((1, 1), dtype=np.int64),
        arms_of(columns),
        np.array([*places, 0.0]),
    )


LOGITS = st.lists(
    st.lists(st.floats(-30, 30, width=32), min_size=3, max_size=3), min_size=1, max_size=4
)


@given(LOGITS, st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_deeper_candidate_never_scores_less(
    members: list[list[float]], asked: list[float]
) -> None:
    """Whatever the members answer, as long as it never falls; to the millionth."""
    rising = np.sort(np.array(members, dtype=np.float32), axis=1)[:, None, :]
    said, base = row([*sorted(asked), 0.0]).probabilities(rising)
    ppm = np.rint(said * 1e6)

    assert (np.diff(ppm[:-1]) >= 0).all()
    assert (ppm >= np.rint(base * 1e6)).all()
    assert said[-1] == base[0]


@given(LOGITS)
def test_a_candidate_at_an_arms_depth_has_its_probability(members: list[list[float]]) -> None:
    """At the depths that were learnt the score is what the report judged: the members' mean."""
    rising = np.sort(np.array(members, dtype=np.float32), axis=1)[:, None, :]
    said, _ = row([*DEPTHS]).probabilities(rising)
    wanted = (1 / (1 + np.exp(-rising[:, 0, :].astype(np.float64)))).mean(axis=0)

    assert np.allclose(wanted, said, rtol=1e-12, atol=1e-15)


def test_between_two_depths_logits_are_on_a_line_and_beyond_they_are_flat() -> None:
    """Half way in depth is half way in logit; nothing is claimed beyond what was learnt."""
    said, _ = row([0.2, 0.3, 0.9]).probabilities(np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32))

    assert (
        pytest.approx([1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-2))]) == said
    )


def test_a_shallowest_arm_above_nothing_stands_for_nothing() -> None:
    """Where the first arm has a depth, shallower candidates and no discount score as it does."""
    columns = TabularColumns(**{**COLUMNS.model_dump(), "depths": (0.05, 0.1, 0.3)})
    logits = np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32)
    said, base = row([0.01, 0.05], columns).probabilities(logits)

    assert [0.5, 0.5] == said.tolist() == base.tolist()


def test_a_curve_that_falls_is_no_answer() -> None:
    """Less for more can't come of a network that was built not to: the model is broken."""
    with pytest.raises(ValueError, match="expects less"):
        row([0.1]).probabilities(np.array([[[0.0, -0.1, 2.0]]], dtype=np.float32))


def test_arms_without_depths_are_known_by_their_offers() -> None:
    """An offer has its arm's probability; one that no arm is named after changes nothing."""
    columns = TabularColumns(**{**COLUMNS.model_dump(), "depths": (0.0, None, None)})
    logits = np.array([[[0.0, 1.0, -1.0]]], dtype=np.float32)
    said, base = row([1.0, 2.0, 0.0], columns).probabilities(logits)

    assert pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0.5]) == said
    assert [0.5, 0.5, 0.5] == base.tolist()
