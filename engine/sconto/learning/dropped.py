"""What a step of cleaning left out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many rows one cleaning step left out, and why."""

    why: str
    rows: int
