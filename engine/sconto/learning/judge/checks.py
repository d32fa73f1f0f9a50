"""Whether rows say enough to judge models by, looked at before anything is fitted."""

from __future__ import annotations

from typing import Final

import numpy as np

from sconto.errors import ScontoError
from sconto.learning.baselines.linear import is_chance
from sconto.learning.examples import Examples

LEAST_OF_AN_ARM: Final = 10


class NothingToJudge(ScontoError):
    """Rows that say too little: one outcome only, or an arm that hardly anybody was given."""

    code = "NOTHING_TO_JUDGE"
    help = "judge on more rows, or leave out arms that are hardly given"


def check_outcomes(rows: Examples, what: str) -> None:
    """Refuse *rows*, called *what*, if there are none, or all came to the same yes or no.

    Raises:
        NothingToJudge: They are.
    """
    if not len(rows):
        raise NothingToJudge(f"there are no {what}")
    if is_chance(rows.outcome) and len(np.unique(rows.outcome)) < 2:  # noqa: PLR2004 - yes and no
        raise NothingToJudge(f"`{rows.columns.outcome}` is the same for all {what}")


def check_arms(rows: Examples) -> None:
    """Refuse test *rows* of an experiment in which an arm was hardly given.

    Raises:
        NothingToJudge: Names the arm.
    """
    given = np.bincount(rows.arm, minlength=len(rows.columns.arms))
    for name, many in zip(rows.columns.arms, given, strict=True):
        if many < LEAST_OF_AN_ARM:
            raise NothingToJudge(f"`{name}` was given to {many} of the test rows only")
