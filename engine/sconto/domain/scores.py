"""Scores: what the model says about the candidates that may be given."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.domain.money import PPM_ONE


@dataclass(frozen=True, slots=True)
class Scores:
    """Purchase probabilities in ppm, in the order of the shortlist's allowed candidates.

    *baseline_ppm* is the same shopper's probability at depth 0. Integers, so that ranking them
    again gives the same answer on any machine; *features* holds what the model was shown.
    """

    model_digest: str
    purchase_ppm: tuple[int, ...]
    baseline_ppm: tuple[int, ...]
    features: bytes = b""

    def __post_init__(self) -> None:
        """Refuse scores that are no probabilities."""
        if len(self.purchase_ppm) != len(self.baseline_ppm):
            raise ValueError("every score needs its baseline")
        if any(not 0 <= p <= PPM_ONE for p in (*self.purchase_ppm, *self.baseline_ppm)):
            raise ValueError("a purchase probability must lie between 0 and 1000000 ppm")


def incremental_margin(purchase_ppm: int, baseline_ppm: int, before: int, cost: int) -> int:
    """Expected margin that a candidate adds to giving nothing, in millionths of a minor unit.

    P(buy | depth) x (margin - what the discount costs us) - P(buy | nothing) x margin, exact.
    """
    return purchase_ppm * (before - cost) - baseline_ppm * before
