"""Which inputs of a request the model does not know, and what that may hide."""

from __future__ import annotations

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
        nowhere = (np.inf, -np.inf)
        ranges = [found or nowhere for found in knowledge.ranges]
        numbers = len(ranges)
        self._low, self._high = np.array(ranges, dtype=np.float32).reshape(numbers, 2).T
        rare = np.array(knowledge.unknown_share, dtype=np.float64) < RARE
        self._rare_numbers, self._rare_ids = rare[:numbers], rare[numbers:]
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
    ) -> npt.NDArray[np.intp]:
        """The positions of the unknown inputs among *numbers* [1, f] and *ids* [1, c], ascending.

        Missing, and seldom so in training; a number outside the range of training; a category among
        *strange*, whose text training never saw, however often it saw none.
        """
        own = numbers[0]
        outside = (own < self._low) | (own > self._high) | (np.isnan(own) & self._rare_numbers)
        missing = (ids[0] == UNKNOWN) & self._rare_ids
        for i in strange:
            missing[i] = True
        return np.concatenate([outside, missing]).nonzero()[0]

    def doubt(self, unknown: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """By how much *unknown* inputs may have raised the uplift of each arm, float64 [a]."""
        summed: npt.NDArray[np.float64] = np.add.reduce(self._doubt[unknown], axis=0)
        return summed
