"""From what a data recipe's model says of one shopper to the scores of candidates.

The model says what to expect under each arm. Where the arms are depths of one discount, a candidate
is read off the line between its two neighbours, in logits, as training taught it; beyond the
outermost arms the line is flat, for nothing was learnt there. Else a candidate is the arm that has
its offer's id, or the arm `discount`, which stands for any offer. Where there is neither, it stands
where giving nothing does: the model does not claim that it changes anything. Giving nothing is the
first arm.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from sconto.domain.candidate import Candidate
from sconto.scoring.tabular_manifest import TabularColumns

ANY_OFFER: Final = "discount"
WOBBLE: Final = 1e-5
"""How much logits may fall from one depth to the next by rounding alone."""

Floats = npt.NDArray[np.float64]


class Arms(Protocol):
    """How candidates stand to the arms of a model."""

    def places(self, candidates: tuple[Candidate, ...]) -> Floats:
        """Where each of *candidates* stands, and last where giving nothing does, [n + 1]."""
        ...

    def logits(self, said: Floats, places: Floats) -> Floats:
        """The logits [members, n + 1] at *places*, of a model that *said* [members, a]."""
        ...


def arms_of(columns: TabularColumns) -> Arms:
    """How candidates stand to the arms of *columns*."""
    return Named(columns.arms) if columns.curve is None else Curve(columns.curve)


class Named:
    """Arms that are offers: a candidate's place is the position of the arm with its offer's id.

    Ids have hyphens where names in recipes have underscores.
    """

    def __init__(self, arms: tuple[str, ...]) -> None:
        self._position = {name.replace("_", "-"): float(i) for i, name in enumerate(arms)}
        self._other = self._position.get(ANY_OFFER, 0.0)

    def places(self, candidates: tuple[Candidate, ...]) -> Floats:
        """See `Arms`."""
        places = (self._position.get(c.offer.id, self._other) for c in candidates)
        return np.array([*places, 0.0])

    def logits(self, said: Floats, places: Floats) -> Floats:
        """See `Arms`."""
        return said.take(places.astype(np.intp), axis=1)


class Curve:
    """Arms that are ascending depths: a candidate's place is its share of what it is taken off."""

    def __init__(self, depths: tuple[float, ...]) -> None:
        known = np.array(depths)
        self._inner, self._start, self._width = known[1:-1], known[:-1], np.diff(known)

    def places(self, candidates: tuple[Candidate, ...]) -> Floats:
        """See `Arms`."""
        return np.array([*(c.discount / c.scope_total for c in candidates), 0.0])

    def logits(self, said: Floats, places: Floats) -> Floats:
        """See `Arms`.

        Raises:
            ValueError: A deeper discount was answered with less.
        """
        start, end = said[:, :-1], said[:, 1:]
        if (end < start).any():
            if (end < start - WOBBLE).any():
                raise ValueError("the model expects less of a deeper discount")
            said = np.maximum.accumulate(said, axis=1)
        left = self._inner.searchsorted(places)
        share = (places - self._start.take(left)) / self._width.take(left)
        share = np.minimum(np.maximum(share, 0.0), 1.0)
        below, above = said.take(left, axis=1), said.take(left + 1, axis=1)
        found: Floats = np.minimum(below + (above - below) * share, above)
        return found


@dataclass(frozen=True, slots=True)
class TabularRow:
    """The one row of a request, and where its n candidates stand on the model's answer.

    Attributes:
        numbers: float32 [1, f].
        ids: int64 [1, c].
        arms: How *places* are read.
        places: float64 [n + 1]; of each candidate, and last of giving nothing.
    """

    numbers: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int64]
    arms: Arms
    places: Floats

    def feeds(self) -> dict[str, npt.NDArray[Any]]:
        """The inputs by the names that the exported model has."""
        return {"numbers": self.numbers, "ids": self.ids}

    def probabilities(self, output: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Each candidate's probability and that of giving nothing, [n] each.

        *output* has the logits of every member, [members, 1, a]. The mean is of probabilities.

        Raises:
            ValueError: A deeper discount was answered with less.
        """
        logits = self.arms.logits(output[:, 0, :].astype(np.float64), self.places)
        # The logistic function, written so that nothing overflows.
        mean = np.add.reduce(np.tanh(logits / 2) + 1, axis=0) / (2 * len(logits))
        return mean[:-1], np.repeat(mean[-1:], len(mean) - 1)

    def packed(self) -> bytes:
        """What the model was shown, for the record, little endian without padding.

        uint16 numbers, uint16 ids, uint16 places; then float32 numbers (NaN where missing), int32
        ids and float64 places: depths, or positions of arms; the last is that of giving nothing.
        """
        shapes = (self.numbers.shape[1], self.ids.shape[1], len(self.places))
        return b"".join(
            (
                struct.pack("<HHH", *shapes),
                self.numbers.astype("<f4").tobytes(),
                self.ids.astype("<i4").tobytes(),
                self.places.astype("<f8").tobytes(),
            )
        )
