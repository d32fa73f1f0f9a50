"""A Decider with everything around it: scores as wished, a clock that stands, ids that count."""

from __future__ import annotations

from collections import deque
from itertools import count

from sconto.app.decide import DecideCommand, Decider
from sconto.app.ports import (
    BudgetRefused,
    DecisionWrite,
    Policy,
    ScorerCounts,
    Store,
    StoredAnswer,
)
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.errors import StoreUnavailable
from sconto.store.books import DecisionOutcome
from sconto.store.memory import MemoryStore
from support import builders, judges

NOW_US = builders.AS_OF_US


class FixedScorer:
    """Everybody buys with a discount, and half of them without; or the cause why nobody knows."""

    def __init__(self, cause: RungCause | None = None) -> None:
        self._cause = cause

    @property
    def description(self) -> dict[str, str]:
        """See Scorer."""
        return {"runtime": "fixed"}

    @property
    def counts(self) -> ScorerCounts:
        """See Scorer."""
        return ScorerCounts(7, 2, 1)

    def unfillable(self, ruleset: object) -> tuple[str, ...]:
        """See Scorer."""
        return ("tier",)

    def score(
        self, context: DecisionContext, candidates: tuple[Candidate, ...], *_: object
    ) -> Scores | RungCause:
        """See Scorer."""
        if self._cause is not None:
            return self._cause
        return builders.scores([(1_000_000, 500_000)] * len(candidates))


class RacingStore(MemoryStore):
    """A store where others are faster: each commit first does the next thing of *before*.

    A number is drawn on the ledger key by somebody else; an answer is what somebody else got.
    """

    def __init__(self, *before: int | StoredAnswer, key: str = "campaign/all/total") -> None:
        super().__init__()
        self._before = deque(before)
        self._key = key
        self.commits: list[DecisionWrite] = []

    async def commit_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """See Store."""
        self.commits.append(write)
        happened = self._before.popleft() if self._before else 0
        if isinstance(happened, StoredAnswer):
            return happened
        if happened:
            self._books.used[self._key] = self._books.used.get(self._key, 0) + happened
        return await super().commit_decision(write)


class ContendedStore(RacingStore):
    """A store where every reservation comes too late, though its budget looks untouched."""

    async def commit_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """See Store."""
        if write.draws:
            self.commits.append(write)
            return BudgetRefused(write.draws[0])
        return await super().commit_decision(write)


class FullDiskStore(MemoryStore):
    """A store that can't write."""

    async def commit_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """See Store."""
        raise StoreUnavailable("no space left")


def decider(store: Store, cause: RungCause | None = None) -> Decider:
    """A Decider on *store*; with *cause* the model gives no scores."""
    numbers = count(1)
    return Decider(
        store=store,
        scorer=FixedScorer(cause),
        clock=lambda: NOW_US,
        new_id=lambda: f"d{next(numbers)}",
        versions={"sconto": "test"},
    )


def command(
    ruleset: Ruleset,
    context: DecisionContext,
    *,
    request_id: str = "r1",
    body: bytes = b"body",
    validate_only: bool = False,
    replaces: str = "",
) -> DecideCommand:
    """The command of one request."""
    return DecideCommand(
        request_id=request_id,
        request_key=f"Decide/{request_id}",
        request_hash=body,
        context=context,
        policy=Policy(ruleset, judges.reference(ruleset)),
        validate_only=validate_only,
        replaces=replaces,
    )
