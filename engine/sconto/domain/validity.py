"""Validity: the civil dates on which a rule holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Validity:
    """Civil dates of the sale's jurisdiction, half-open: *valid_from* is in, *valid_to* is out."""

    valid_from: date
    valid_to: date

    def covers(self, day: date) -> bool:
        """Whether *day* lies in `[valid_from, valid_to)`."""
        return self.valid_from <= day < self.valid_to
