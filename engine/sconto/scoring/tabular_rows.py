"""From a request to the one row that a data recipe's model is shown, and from its answer to scores.

A column `x` of the recipe is the fact `shopper.x`. The model says what to expect of this shopper
under each arm; a candidate is then read off that answer:

- where the arms are depths of one discount, on the line between its two neighbours, in logits, as
  training taught it; flat beyond the outermost arms, for nothing was learnt there;
- else from the arm that has the offer's id. An offer that no arm is named after is said to change
  nothing, so that it is never given for its response.

Giving nothing is the first arm.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from sconto.domain.candidate import Candidate
from sconto.domain.context import Facts, FactValue
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.ruleset import FactSpec, FactType
from sconto.scoring.tabular import UNKNOWN, positions, single
from sconto.scoring.tabular_manifest import TabularColumns

PREFIX: Final = "shopper."
NO_ARM: Final = -1
WOBBLE: Final = 1e-5
"""How much a curve of logits may fall from one depth to the next by rounding alone."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the facts of one ruleset become a model's columns.

    Attributes:
        numbers: For each number the fact, and what its whole number is divided by to get what was
            sent: facts hold cents and scaled decimals.
        categories: For each category the fact, and the ids of its texts.
        unheard: Facts that the ruleset does not declare, or as something else; always missing.
    """

    numbers: tuple[tuple[str, int], ...]
    categories: tuple[tuple[str, Mapping[str, int]], ...]
    unheard: tuple[str, ...]

    def row(self, facts: Facts) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The numbers [1, f] and ids [1, c] of *facts*; what is not known is missing."""
        found = [
            np.nan if (value := facts.get(fact)) is None else value / divisor  # type: ignore[operator]
            for fact, divisor in self.numbers
        ]
        ids = [
            UNKNOWN if (value := facts.get(fact)) is None else known.get(_text(value), UNKNOWN)
            for fact, known in self.categories
        ]
        return single(np.array([found], dtype=np.float64)), np.array([ids], dtype=np.int64)


class Named(Protocol):
    """The names of a row's numbers and categories, and the texts that these know."""

    @property
    def numeric(self) -> tuple[str, ...]:
        """Of the numbers."""
        ...

    @property
    def categorical(self) -> tuple[str, ...]:
        """Of the categories."""
        ...

    @property
    def vocabularies(self) -> tuple[tuple[str, ...], ...]:
        """For each category the texts with ids 1, 2, ..."""
        ...


def reading_of(columns: Named, declared: Mapping[str, FactSpec], currency: str) -> Reading:
    """How *columns* are read under the facts that a ruleset has *declared*."""
    divisors = {
        name: divisor
        for name, spec in declared.items()
        if (divisor := _divisor(spec, currency)) is not None
    }
    texts = {name for name, spec in declared.items() if spec.type in _TEXTS}
    numbers = [PREFIX + name for name in columns.numeric]
    categories = [PREFIX + name for name in columns.categorical]
    return Reading(
        tuple((name if name in divisors else "", divisors.get(name, 1)) for name in numbers),
        tuple(
            (name if name in texts else "", positions(listed))
            for name, listed in zip(categories, columns.vocabularies, strict=True)
        ),
        tuple(n for n in numbers if n not in divisors)
        + tuple(n for n in categories if n not in texts),
    )


_TEXTS: Final = frozenset({FactType.TEXT, FactType.INTEGER, FactType.BOOLEAN})
"""Facts that can be a category: DuckDB writes whole numbers and truth as text in the same way."""


def _divisor(spec: FactSpec, currency: str) -> int | None:
    match spec.type:
        case FactType.TEXT:
            return None
        case FactType.MONEY:
            places = MINOR_DIGITS[currency]
        case FactType.DECIMAL:
            places = spec.places
        case FactType.INTEGER | FactType.BOOLEAN:
            places = 0
    return int(10**places)


def _text(value: FactValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class TabularRow:
    """The one row of a request, and where its n candidates stand on the model's answer.

    Attributes:
        columns: Of the model.
        numbers: float32 [1, f].
        ids: int64 [1, c].
        place: float64 [n]; the depth of each candidate, or the position of its arm, or `NO_ARM`.
    """

    columns: TabularColumns
    numbers: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int64]
    place: Floats

    def feeds(self) -> dict[str, npt.NDArray[Any]]:
        """The inputs by the names that the exported model has."""
        return {"numbers": self.numbers, "ids": self.ids}

    def probabilities(self, output: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Each candidate's probability and that of giving nothing, [n] each.

        *output* has the logits of every member, [members, 1, a]; members are averaged last.

        Raises:
            ValueError: A deeper discount was answered with less.
        """
        logits = output[:, 0, :].astype(np.float64)
        base = np.full(len(self.place), _sigmoid(logits[:, 0]).mean())
        if self.columns.curve is None:
            taken = self.place.astype(np.int64)
            known = _sigmoid(logits[:, taken]).mean(axis=0)
            return np.where(taken == NO_ARM, base, known), base
        if (np.diff(logits, axis=1) < -WOBBLE).any():
            raise ValueError("the model expects less of a deeper discount")
        rising = np.maximum.accumulate(logits, axis=1)
        return _sigmoid(_between(self.columns.curve, rising, self.place)).mean(axis=0), base

    def packed(self) -> bytes:
        """What the model was shown, for the record, little endian without padding.

        uint16 numbers, uint16 ids, uint16 candidates; then float32 numbers (NaN where missing),
        int32 ids, and for each candidate float64: its depth, or the position of its arm.
        """
        shapes = (self.numbers.shape[1], self.ids.shape[1], len(self.place))
        return b"".join(
            (
                struct.pack("<HHH", *shapes),
                self.numbers.astype("<f4").tobytes(),
                self.ids.astype("<i4").tobytes(),
                self.place.astype("<f8").tobytes(),
            )
        )


def places(columns: TabularColumns, candidates: tuple[Candidate, ...]) -> Floats:
    """Where each of *candidates* stands on the model's answer, float64 [n]."""
    if columns.curve is not None:
        return np.array([c.discount / c.scope_total for c in candidates])
    arms = {name: float(i) for i, name in enumerate(columns.arms)}
    return np.array([arms.get(c.offer.id, NO_ARM) for c in candidates], dtype=np.float64)


def _between(depths: tuple[float, ...], logits: Floats, asked: Floats) -> Floats:
    """The logits [members, n] at depths *asked* [n], on the lines between those at *depths*."""
    known = np.array(depths)
    right = np.searchsorted(known, asked).clip(1, len(depths) - 1)
    start, end = known[right - 1], known[right]
    share = ((asked - start) / (end - start)).clip(0, 1)
    below, above = logits[:, right - 1], logits[:, right]
    reached: Floats = np.minimum(below + (above - below) * share, above)
    return reached


def _sigmoid(logits: Floats) -> Floats:
    with np.errstate(over="ignore"):
        odds: Floats = 1 / (1 + np.exp(-logits))
    return odds
