"""Which inputs of a request the model does not know, and what that may hide."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.scoring.arrays import UNKNOWN
from sconto.scoring.manifest import Knowledge

RARE: Final = 0.05
"""An input that was missing in fewer of the training rows is unknown where it is missing; where it
was missing more often, missing is something that the model has learnt about."""


class Unknowns:
    """What a model knows of its inputs: f numbers, then c categories."""

    def __init__(self, knowledge: Knowledge) -> None:
        nowhere = (math.inf, -math.inf)
        ranges = [found or nowhere for found in knowledge.ranges]
        numbers = len(ranges)
        rare = [share < RARE for share in knowledge.unknown_share]
        # As models are shown numbers: in float32.
        singles = np.array(ranges, dtype=np.float32).reshape(numbers, 2).tolist()
        self._numbers = [
            (low, high, r) for (low, high), r in zip(singles, rare[:numbers], strict=True)
        ]
        self._rare_ids = rare[numbers:]
        self._never = np.array([found is None for found in knowledge.ranges], dtype=bool)
        self._any_never = bool(self._never.any())
        self._doubt = np.array(knowledge.doubt, dtype=np.float64)

    def known(self, numbers: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """*numbers* [1, f], without those that training never saw: no weight was taught by them."""
        return np.where(self._never, np.float32(np.nan), numbers) if self._any_never else numbers

    def found(
        self,
        numbers: npt.NDArray[np.float32],
        ids: npt.NDArray[np.int64],
        strange: tuple[int, ...] = (),
    ) -> list[int]:
        """The positions of the unknown inputs among *numbers* [1, f] and *ids* [1, c], ascending.

        Missing, and seldom so in training; a number outside the range of training; a category among
        *strange*, whose text training never saw, however often it saw none.
        """
        # There are too few of them for arrays to be quicker.
        found = [
            i
            for i, (value, (low, high, rare)) in enumerate(
                zip(numbers[0].tolist(), self._numbers, strict=True)
            )
            if not low <= value <= high and (rare or not math.isnan(value))
        ]
        found += [
            len(self._numbers) + i
            for i, (id_, rare) in enumerate(zip(ids[0].tolist(), self._rare_ids, strict=True))
            if id_ == UNKNOWN and (rare or i in strange)
        ]
        return found

    def doubt(self, unknown: list[int]) -> npt.NDArray[np.float64]:
        """By how much *unknown* inputs may have raised the uplift of each arm, float64 [a]."""
        summed: npt.NDArray[np.float64] = np.add.reduce(self._doubt[unknown], axis=0)
        return summed
