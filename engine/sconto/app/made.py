"""How a decision was made, for whoever counts decisions or follows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sconto.app.ports import Committed
from sconto.domain.decision import Decision

STAGES: Final = ("lookup", "rules", "model", "choice", "commit")
"""What takes the time of a decision, in this order: what the store knows of the shopper; which
candidates may be given; their scores; the choice, its record and its reply; making them durable."""


class Made(NamedTuple):
    """A decision that was made just now."""

    decision_id: str
    """Empty for a dry run."""
    decision: Decision
    committed: Committed | None
    """What the store said of its record; None for a dry run."""
    instants: Sequence[int]
    """When the first stage began and each of STAGES ended, nanoseconds of a monotonic clock."""
