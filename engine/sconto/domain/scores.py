"""Scores: what the model says about the candidates that may be given."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.domain.money import PPM_ONE
from sconto.domain.objective import Outcome


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of the model's outcome, in the order of the shortlist's allowed candidates.

    Integers in ppm, so that ranking them again gives the same answer on any machine.
    """

    model_digest: str
    outcome: Outcome
    """What the probabilities are of."""
    probability_ppm: tuple[int, ...]
    """With the candidate."""
    baseline_ppm: tuple[int, ...]
    """With nothing given."""
    spread_ppm: tuple[int, ...]
    """How far the ensemble's members disagree about the difference of both: their standard
    deviation."""
    doubt_ppm: tuple[int, ...]
    """How much of that difference the inputs that the model does not know may account for."""
    unknown: tuple[str, ...] = ()
    """The inputs that were missing, or of a kind that training never saw."""
    assumed: str = ""
    """Who assumes the response to depth; empty where the model learnt it."""
    features: bytes = b""
    """What the model was shown."""

    def __post_init__(self) -> None:
        """Refuse scores that are no probabilities."""
        columns = (self.probability_ppm, self.baseline_ppm, self.spread_ppm, self.doubt_ppm)
        if len({len(column) for column in columns}) > 1:
            raise ValueError("every candidate needs all four numbers")
        if any(column and not 0 <= min(column) <= max(column) <= PPM_ONE for column in columns):
            raise ValueError("a probability must lie between 0 and 1000000 ppm")
