"""From what a model answers about one shopper to the scores of candidates.

The model answers with logits of its outcome under each arm, by every member of an ensemble. Where
the arms are depths of one discount, a candidate is read off the line between its two neighbours, in
logits, as training taught it; beyond the outermost arms the line is flat, for nothing was learnt
there. Else a candidate is the arm that has its offer's id, or the arm `discount`, which stands for
any offer. Where there is neither, it stands where giving nothing does: the model does not claim
that it changes anything. Giving nothing is the first arm. A model with one arm learnt no response:
then the ruleset's assumed one raises the odds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from sconto.domain.candidate import Candidate
from sconto.domain.money import BP_ONE
from sconto.domain.objective import HALF_PPM, Objective
from sconto.scoring.arrays import UNKNOWN
from sconto.scoring.manifest import ModelColumns

ANY_OFFER: Final = "discount"
_SHAPES: Final = struct.Struct("<HHH")
"""Of a packed row: how many numbers, ids and places there are."""
_ROW: Final = f"{_SHAPES.format}%df%di%dd"
WOBBLE: Final = 1e-5
"""How much logits may fall from one depth to the next by rounding alone."""

Floats = npt.NDArray[np.float64]


class Arms(Protocol):
    """How candidates stand to the arms of a model."""

    def places(self, candidates: Iterable[Candidate], basket: int) -> list[float]:
        """Where each of *candidates* stands; 0 is where giving nothing does.

        *basket* is what the whole basket costs before any discount, minor units.
        """
        ...

    def probabilities(self, logits: Floats, places: Floats) -> Floats:
        """Of each member at *places*, by its *logits* [members, a]; float64 [members, n]."""
        ...

    def doubts(self, doubt: Floats, places: Floats) -> Floats:
        """The doubt at *places* [n], of that under each arm [a]."""
        ...


def arms_of(columns: ModelColumns, objective: Objective) -> Arms | None:
    """How candidates stand to the arms of *columns*.

    None where the model learnt no response to a discount and *objective* assumes none.
    """
    if len(columns.arms) == 1:
        return Assumed(objective) if objective.response else None
    return Named(columns.arms) if columns.curve is None else Curve(columns.curve)


class Named:
    """Arms that are offers: a candidate's place is the position of the arm with its offer's id.

    Ids have hyphens where names in recipes have underscores.
    """

    def __init__(self, arms: tuple[str, ...]) -> None:
        self._position = {name.replace("_", "-"): float(i) for i, name in enumerate(arms)}
        self._other = self._position.get(ANY_OFFER, 0.0)

    def places(self, candidates: Iterable[Candidate], basket: int) -> list[float]:
        """See `Arms`."""
        del basket
        return [self._position.get(c.offer.id, self._other) for c in candidates]

    def probabilities(self, logits: Floats, places: Floats) -> Floats:
        """See `Arms`."""
        return logistic(logits.take(places.astype(np.intp), axis=1))

    def doubts(self, doubt: Floats, places: Floats) -> Floats:
        """See `Arms`."""
        return doubt.take(places.astype(np.intp))


class Curve:
    """Arms that are ascending depths: a candidate's place is its share of what it is taken off."""

    def __init__(self, depths: tuple[float, ...]) -> None:
        known = np.array(depths)
        self._inner, self._start, self._width = known[1:-1], known[:-1], np.diff(known)

    def places(self, candidates: Iterable[Candidate], basket: int) -> list[float]:
        """See `Arms`."""
        del basket
        return [c.discount / c.scope_total for c in candidates]

    def probabilities(self, logits: Floats, places: Floats) -> Floats:
        """See `Arms`.

        Raises:
            ValueError: A deeper discount was answered with less.
        """
        start, end = logits[:, :-1], logits[:, 1:]
        if (end < start).any():
            if (end < start - WOBBLE).any():
                raise ValueError("the model expects less of a deeper discount")
            logits = np.maximum.accumulate(logits, axis=1)
        left = self._inner.searchsorted(places)
        share = (places - self._start.take(left)) / self._width.take(left)
        share = np.minimum(np.maximum(share, 0.0), 1.0)
        below, above = logits.take(left, axis=1), logits.take(left + 1, axis=1)
        return logistic(np.minimum(below + (above - below) * share, above))

    def doubts(self, doubt: Floats, places: Floats) -> Floats:
        """See `Arms`; the greatest of any arm up to the deeper neighbour."""
        deeper = self._inner.searchsorted(places) + 1
        return np.where(places <= self._start[0], 0.0, np.maximum.accumulate(doubt).take(deeper))


class Assumed:
    """One arm, and an assumed response: a candidate's place p is how far it lifts an even chance.

    An even chance becomes (1 + p) / 2, and the odds of everybody rise by the same factor,
    (1 + p) / (1 - p): who hardly ever buys hardly ever does then. p follows from what is taken off
    the whole basket: a gift with a large basket lifts no more than it is worth there.
    """

    def __init__(self, objective: Objective) -> None:
        depth_bp, half_ppm = np.array([(0, HALF_PPM), *objective.response]).T
        # By whole numbers, rounded down: the same on any machine.
        depth = np.arange(BP_ONE + 1)
        at = depth_bp.searchsorted(depth, side="right") - 1
        after = np.minimum(at + 1, len(depth_bp) - 1)
        steps = np.maximum(depth_bp[after] - depth_bp[at], 1)
        more = (half_ppm[after] - half_ppm[at]) * (depth - depth_bp[at]) // steps
        self._lifts = ((half_ppm[at] + more - HALF_PPM) / HALF_PPM).tolist()

    def places(self, candidates: Iterable[Candidate], basket: int) -> list[float]:
        """See `Arms`."""
        lifts = self._lifts
        return [lifts[c.discount * BP_ONE // basket] for c in candidates]

    def probabilities(self, logits: Floats, places: Floats) -> Floats:
        """See `Arms`."""
        alone = logistic(logits[:, :1])
        happens = alone * (1 + places)
        lifted: Floats = happens / (happens + (1 - alone) * (1 - places))
        return lifted

    def doubts(self, doubt: Floats, places: Floats) -> Floats:
        """See `Arms`; an uplift moves at most so many times as far as the probability without."""
        found: Floats = doubt[0] * 2 * places / (1 - places)
        return found


def logistic(logits: Floats) -> Floats:
    """The probabilities of *logits*, written so that nothing overflows."""
    probability: Floats = (np.tanh(logits / 2) + 1) / 2
    return probability


@dataclass(frozen=True, slots=True)
class Answer:
    """What an ensemble answers about n candidates.

    Attributes:
        probability: Of each, the mean over members of their probabilities.
        baseline: That of giving nothing.
        spread: Of each, the standard deviation over members of the uplift.
    """

    probability: list[float]
    baseline: float
    spread: list[float]


@dataclass(frozen=True, slots=True)
class Row:
    """What a model is shown of one request, and where its n candidates stand on the answer.

    Attributes:
        numbers: float32 [1, f]; NaN where missing.
        ids: int64 [1, c].
        places: Of each candidate.
    """

    numbers: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int64]
    places: list[float]

    def feeds(self) -> dict[str, npt.NDArray[Any]]:
        """The inputs by the names that the exported model has."""
        return {"numbers": self.numbers, "ids": self.ids}

    def answer(self, output: npt.NDArray[np.float32], arms: Arms) -> Answer:
        """The answer, by the model's *output*: the logits of every member, [members, 1, a].

        Raises:
            ValueError: A deeper discount was answered with less.
        """
        places = np.array([*self.places, 0.0])
        own = arms.probabilities(output[:, 0, :].astype(np.float64), places)
        count = len(own)
        *mean, baseline = (np.add.reduce(own, axis=0) / count).tolist()
        apart = own - own[:, -1:]
        apart -= np.add.reduce(apart, axis=0) / count
        apart *= apart
        spread = np.sqrt(np.add.reduce(apart, axis=0) / count)
        return Answer(mean, baseline, spread[:-1].tolist())

    def packed(self) -> bytes:
        """What the model was shown, for the record, little endian without padding.

        uint16 numbers, uint16 ids, uint16 places; then float32 numbers (NaN where missing), int32
        ids and float64 places: depths, positions of arms, or shares won.
        """
        numbers, ids, places = self.numbers[0].tolist(), self.ids[0].tolist(), self.places
        counts = (len(numbers), len(ids), len(places))
        return struct.pack(_ROW % counts, *counts, *numbers, *ids, *places)


def unpacked(raw: bytes, columns: ModelColumns) -> Mapping[str, float | str | None]:
    """What a model of *columns* was shown, by the names of its inputs, from `Row.packed`.

    None is a missing number, or a category that is missing or not listed.

    Raises:
        ValueError: *raw* is not of a model with these columns.
    """
    count, categories, places = _SHAPES.unpack_from(raw)
    sizes = (len(columns.numeric), len(columns.categorical))
    ids_at = _SHAPES.size + 4 * count
    if (count, categories) != sizes or len(raw) != ids_at + 4 * categories + 8 * places:
        raise ValueError("these are not the inputs of this model")
    numbers = np.frombuffer(raw, "<f4", count, _SHAPES.size)
    ids = np.frombuffer(raw, "<i4", categories, ids_at)
    values = [None if np.isnan(number) else float(str(number)) for number in numbers]
    texts = [
        listed[i - 1] if i != UNKNOWN else None
        for i, listed in zip(ids.tolist(), columns.vocabularies, strict=True)
    ]
    return dict(zip(columns.inputs, (*values, *texts), strict=True))
