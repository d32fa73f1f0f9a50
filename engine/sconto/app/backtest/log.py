"""What a backtest needs of a decision log, and what it takes from each entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sconto.app.ports import Behaviour, ReservationState
from sconto.domain.budget import BudgetView


@dataclass(frozen=True, slots=True)
class Span:
    """The entries to look at, by their numbers, both included; *decisions* of them are such."""

    first: int
    last: int
    decisions: int
    from_us: int
    to_us: int
    """The instants of the first and the last decision; 0 when there are none."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry, with what became of its decision's reservation in the end, None without one.

    *made* is the number of the decision that a step is about.
    """

    seq: int
    kind: str
    decision_id: str
    record: bytes
    state: ReservationState | None
    made: int
    returned: bool = False
    """Whether pieces of its decision's basket came back."""


class DecisionLog(Protocol):
    """A log that is only read: nothing of it changes, and nobody waits for its reader."""

    def span(self, from_us: int | None, to_us: int | None) -> Span:
        """The decisions in `[from_us, to_us)`, and the entries between them."""
        ...

    def entries(self, first: int, last: int) -> Sequence[Logged]:
        """The decisions, redemptions, releases and expiries numbered *first* to *last*."""
        ...

    def shoppers(self, first: int, last: int) -> Sequence[str]:
        """The references of the shoppers whose decisions are numbered *first* to *last*."""
        ...

    def ids(self, first: int, last: int) -> Sequence[tuple[int, str]]:
        """Number and id of the decisions numbered *first* to *last*."""
        ...

    def opening(self, before: int) -> BudgetView:
        """What each ledger key had used before entry *before*."""
        ...

    def ruleset_documents(self, digest: str) -> bytes | None:
        """The kept documents of a ruleset."""
        ...

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See Store."""
        ...
