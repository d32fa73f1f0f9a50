"""What the decision log is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sconto.app.record_filter import RecordFilter
from sconto.domain.reasons import ReasonCode

ANY_RECORD: Final = RecordFilter()


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which decisions to list, newest first; an empty or None selector means any."""

    user_ref: str = ""
    offer_id: str = ""
    reason: ReasonCode | None = None
    from_us: int | None = None
    """Inclusive."""
    to_us: int | None = None
    """Exclusive."""
    before_seq: int | None = None
    """Only entries with a smaller number: where the last page ended."""
    from_seq: int = 0
    """How far back to look: only entries with this number or a larger one."""
    limit: int = 50
    code_set: str = ""
    """Decisions that give something by a code of this set."""
    returned: bool = False
    """Only decisions of which something came back."""
    replaced: bool = False
    """Only decisions of which another one took the place."""
    asked: RecordFilter = ANY_RECORD
    """What each record is asked; no store looks at it."""
