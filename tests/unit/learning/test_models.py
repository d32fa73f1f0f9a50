"""The form in which every model answers."""

from __future__ import annotations

import numpy as np

from sconto.learning.models import by_uplift
from unit.learning.rows import examples


def test_a_model_of_arms_ranks_by_what_its_best_arm_adds() -> None:
    """Rank must be the best arm's gain over the first, and the choice the largest response."""
    said = by_uplift("t", np.array([[0.2, 0.1, 0.5], [0.4, 0.3, 0.1]]))

    assert np.allclose([0.3, -0.1], said.rank)
    assert [2, 0] == said.choice.tolist()
    assert np.allclose([-0.1, -0.1], said.uplift(1))


def test_a_model_of_one_arm_ranks_by_its_response() -> None:
    """Without a second arm there is no gain, so the response itself must rank."""
    said = by_uplift("one", np.array([[0.2], [0.4]]))

    assert np.allclose([0.2, 0.4], said.rank)
    assert [0, 0] == said.choice.tolist()


def test_the_logged_response_is_that_of_the_arm_given() -> None:
    """What is compared with the outcome must be the response under the arm really given."""
    rows = examples(4)
    response = np.array([[0.1, 0.9]] * 4)

    assert np.allclose(np.where(rows.arm == 1, 0.9, 0.1), by_uplift("t", response).logged(rows))
