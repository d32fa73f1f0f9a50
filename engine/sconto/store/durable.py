"""DurableStore: what every store does that keeps its log in a database."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from sconto.app.ports import (
    CodesWrite,
    DecisionWrite,
    EventsWrite,
    PricesWrite,
    PublicationWrite,
    StepWrite,
    Store,
)
from sconto.app.transparency.kept import CheckpointWrite
from sconto.domain.prior_price import ListPrice
from sconto.errors import StoreUnavailable
from sconto.store.books import DecisionOutcome, PublicationOutcome, StepOutcome
from sconto.store.committer import Committer, Writer
from sconto.store.readers import ConnectionT, Readers, Source
from sconto.store.writes import Forgetting, RulesetWrite, Trial

_T = TypeVar("_T")


class DurableStore(Store, Generic[ConnectionT]):
    """Commits go through one thread to *writer*, reads run on connections to *source*.

    Reads see every commit that has returned.
    """

    def __init__(self, writer: Writer, source: Source[ConnectionT]) -> None:
        self._writer = writer
        self._readers = Readers(source)
        self._committer = Committer(writer)
        self._fault = ""
        """What the last check found; empty for nothing."""

    def close(self) -> None:
        """Commit what is queued and let go of the database; safe to call twice."""
        self._committer.close()
        self._readers.close()
        self._writer.close()

    async def read(self, question: Callable[[], _T]) -> _T:
        """See Store."""
        self._stop_at_fault()
        return await self._readers.ask(question)

    async def check(self) -> None:
        """See Store; until it finds that all is well again, nothing else is tried."""
        try:
            await self._readers.ask(self._look)
            if self._committer.failed:
                await self._committer.submit(Trial())
        except StoreUnavailable as error:
            self._fault = str(error)
            raise
        self._fault = ""

    async def commit_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """See Store."""
        return await self._commits.submit(write)

    async def commit_step(self, write: StepWrite) -> StepOutcome:
        """See Store."""
        return await self._commits.submit(write)

    async def commit_events(self, write: EventsWrite) -> int:
        """See Store."""
        return await self._commits.submit(write)

    async def commit_prices(self, write: PricesWrite) -> int | ListPrice:
        """See Store."""
        return await self._commits.submit(write)

    async def forget_events(self, before_us: int, limit: int) -> int:
        """See Store."""
        any_left = await self.read(lambda: self._has_events_to_forget(before_us, limit))
        if not any_left:
            return 0  # nearly always, and not worth a commit
        return await self._commits.submit(Forgetting(before_us, limit))

    async def commit_codes(self, write: CodesWrite) -> int:
        """See Store."""
        return await self._commits.submit(write)

    async def commit_publication(self, write: PublicationWrite) -> PublicationOutcome:
        """See Store."""
        return await self._commits.submit(write)

    async def commit_checkpoint(self, write: CheckpointWrite) -> bool:
        """See Store."""
        return await self._commits.submit(write)

    async def keep_ruleset(self, digest: str, documents: bytes) -> None:
        """See Store."""
        await self._commits.submit(RulesetWrite(digest, documents))

    def _stop_at_fault(self) -> None:
        if self._fault:
            raise StoreUnavailable(self._fault)

    @property
    def _commits(self) -> Committer:
        self._stop_at_fault()
        return self._committer

    @abstractmethod
    def _look(self) -> None:
        """Raise StoreUnavailable unless reads work."""

    @abstractmethod
    def _has_events_to_forget(self, before_us: int, limit: int) -> bool:
        """Whether a Forgetting would delete anything."""
