"""Activation: the ruleset that the log names decides from its time on, whoever wrote it there."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Final

from sconto.app.in_force import PolicyHolder
from sconto.app.ports import (
    Clock,
    Committed,
    Policy,
    PublicationWrite,
    RulesEntry,
    RulesStep,
    Store,
)
from sconto.app.publications import Publication, Publications, activation_record
from sconto.app.reload import MakePolicy
from sconto.app.signed_rules import SignedRules
from sconto.errors import CorruptRecord, ScontoError

TICK_US: Final = 1_000_000
"""How often to look whether another process wrote to the log."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """A publication, rollback or activation that changed nothing."""

    at_us: int
    digest: str
    """Empty when it could not be known."""
    reason: str
    error: str


class Activator:
    """Swaps the policy of *holder* for the one that the log's last activation names.

    INVARIANT: an activation is durable before it is swapped, and what is durable is swapped at the
    latest by the next `tick`, however the server ended (tests/fault/test_publish_kill.py).
    """

    def __init__(
        self,
        holder: PolicyHolder,
        store: Store,
        make: MakePolicy,
        clock: Clock,
        signed: SignedRules,
    ) -> None:
        self.holder = holder
        self.turn = asyncio.Lock()
        """Held by whoever writes about publications, and until the swap that follows."""
        self.log = Publications()
        """As of the last tick or publication."""
        self.last_failure: Failure | None = None
        self.overdue = False
        """Whether something else should decide by now, and can't be put in force."""
        self._store = store
        self._make = make
        self._clock = clock
        self._signed = signed

    async def tick(self) -> None:
        """Put in force what the log names by now; failures are reported and tried again."""
        try:
            async with self.turn:
                await self._catch_up()
            self.overdue = False
        except ScontoError as error:
            self._fail(error.code, str(error))
        # INVARIANT: whatever goes wrong here, the server serves, and tries again.
        except Exception as error:  # noqa: BLE001 - logged, reported, and tried again
            _LOG.exception("a fault in sconto itself, while rules were activated")
            self._fail("INTERNAL", f"a fault in sconto itself: {type(error).__name__}")

    @property
    def well(self) -> bool:
        """Whether what decides is what should, by the log or else by the files."""
        return self.holder.well and not self.overdue

    def wait_us(self) -> int:
        """How long until there is something to do, as far as is known."""
        if self.log.pending is None:
            return TICK_US
        return min(TICK_US, max(0, self.log.pending.activate_us - self._clock()))

    def entry(self, publication: Publication, at_us: int) -> RulesEntry:
        """What the log says of *publication* when it comes into force at *at_us*."""
        record = activation_record(publication, at_us, self.holder().ruleset.digest)
        return RulesEntry(RulesStep.ACTIVATION, publication.publication_id, at_us, record)

    async def policy_of(self, digest: str) -> Policy:
        """The policy of a ruleset that the store keeps; that in force, if it is the same."""
        if (held := self.holder()).ruleset.digest == digest:
            return held
        documents = await self._store.read(lambda: self._store.ruleset_documents(digest))
        if documents is None:
            raise CorruptRecord(f"the ruleset `{digest}` is not kept here")
        return await self._make(documents)

    async def _published(self, publication: Publication) -> Policy:
        """The policy of *publication*, once its signatures were checked again."""
        read = partial(self._signed.documents, self._store, publication)
        documents = await self._store.read(read)
        if (held := self.holder()).ruleset.digest == publication.digest:
            return held
        return await self._make(documents)

    def swap(self, policy: Policy) -> None:
        """Let *policy* decide, if it is what the log's last activation names; else a tick will."""
        active = self.log.active
        if active is None or active.digest != policy.ruleset.digest:
            return
        self.holder.publish(policy, active, self._clock())
        _LOG.info("rules published: %s, by `%s`", active.digest, active.statement.author)

    async def _catch_up(self) -> None:
        log = self.log
        await log.follow(self._store)
        now = self._clock()
        if log.pending is not None and log.pending.activate_us <= now:
            policy = await self._published(log.pending)
            write = PublicationWrite((self.entry(log.pending, now),), log.last_seq)
            # Whoever came first may have published something else: the next tick sees it.
            if isinstance(await self._store.commit_publication(write), Committed):
                await log.follow(self._store)
                self.swap(policy)
        held, active = self.holder.publication, log.active
        if active is not None and (held is None or held.publication_id != active.publication_id):
            self.swap(await self._published(active))

    def _fail(self, reason: str, error: str) -> None:
        wanted = self.log.pending or self.log.active
        digest = wanted.digest if wanted else ""
        if not self.overdue:
            _LOG.error("published rules can't be put in force, tried again: %s", error)
        self.last_failure = Failure(self._clock(), digest, reason, error)
        self.overdue = True
