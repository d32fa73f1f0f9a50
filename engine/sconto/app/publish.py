"""Publishing: rules that two people signed take over, at once or at their time, or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sconto.app.activate import Activator, Failure
from sconto.app.approval import Approved, approve, read_signed
from sconto.app.dsse import Envelope
from sconto.app.idempotency import Answer, same_request, unless_answered
from sconto.app.people import People
from sconto.app.ports import (
    Clock,
    NewId,
    Overtaken,
    Policy,
    PublicationWrite,
    RulesEntry,
    RulesStep,
    Store,
    StoredAnswer,
)
from sconto.app.publications import Publication, publication_record
from sconto.app.reload import MakePolicy, Refused
from sconto.app.shop_currency import check_currency
from sconto.app.signed_rules import SignedRules
from sconto.app.statements import Statement
from sconto.domain.canonical import digest
from sconto.errors import InvalidRules, PublicationRefused, ScontoError, StoreUnavailable

MOST_AHEAD_US: Final = 400 * 86_400 * 1_000_000
"""How far ahead a publication may be set; later than that, nobody remembers it."""

CLOCKS_DIFFER_US: Final = 5 * 60 * 1_000_000
"""How far the clock at a desk may run ahead of the server's."""

_LOG: Final = logging.getLogger(__name__)

CheckDocuments = Callable[[bytes], Awaitable[bytes | Refused]]
"""Checks documents where it can do no harm; MUST end within a known time."""

Render = Callable[[Publication], bytes]
"""Makes the reply's bytes from what was published."""


@dataclass(frozen=True, slots=True)
class PublishCommand:
    """One request to publish or to roll back, read."""

    request_id: str
    request_key: str
    request_hash: bytes
    envelope: bytes
    validate_only: bool
    documents: bytes = b""
    """Empty for a rollback: the store keeps them."""
    activate_us: int | None = None
    """None for at once."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What publishing needs of the world."""

    signed: SignedRules
    check: CheckDocuments
    make: MakePolicy
    store: Store
    clock: Clock
    new_id: NewId


@dataclass(frozen=True, slots=True)
class _Ready:
    """An approved statement whose ruleset may be served; *policy* only if it is to be at once."""

    approved: Approved
    activate_us: int | None
    policy: Policy | None


class Publisher:
    """Accepts what was signed, by way of the log: first durable, then swapped by *activator*."""

    def __init__(self, activator: Activator, world: Publishing) -> None:
        self.activator = activator
        self.clock = world.clock
        self._world = world
        self._checking = asyncio.Lock()

    async def act(self, command: PublishCommand, kind: RulesStep, render: Render) -> Answer:
        """Do what the statement in *command* says, and return the reply that *render* makes.

        A publication puts its documents in force, at once or at the time set; a rollback puts a
        ruleset in force again that was before. A dry run checks everything and changes nothing.
        Raises InvalidRequest, PublicationRefused, RequestIdReused, and StoreUnavailable when
        nothing became durable; whatever it raises, the rules before go on deciding.
        """
        envelope, statement = read_signed(command.envelope, kind)
        made = self._publish(command, envelope, statement, render)
        try:
            if command.validate_only:
                return await made
            return await unless_answered(
                self._world.store, command.request_key, command.request_hash, made
            )
        except PublicationRefused as error:
            at_us = self.clock()
            failure = Failure(at_us, statement.digest, error.state_code, str(error))
            self.activator.last_failure = failure
            _LOG.warning("nothing was published: %s: %s", error.state_code, error)
            raise

    async def _publish(
        self, command: PublishCommand, envelope: Envelope, statement: Statement, render: Render
    ) -> Answer:
        approved = approve(
            envelope, statement, self._people(), self._world.signed.verify, self.clock()
        )
        ready = await self._ready(command, approved)
        async with self.activator.turn:
            return await self._commit(command, ready, render)

    def _people(self) -> People:
        try:
            people = self._world.signed.people()
        except InvalidRules as error:
            raise PublicationRefused("PEOPLE_UNREADABLE", str(error)) from error
        if people is None:
            message = "this server was started without a file of people"
            raise PublicationRefused("PUBLISHING_OFF", message)
        return people

    async def _ready(self, command: PublishCommand, approved: Approved) -> _Ready:
        statement = approved.statement
        await self.activator.log.follow(self._world.store)
        self._in_turn(statement)
        if statement.kind is RulesStep.ROLLBACK:
            return await self._ready_again(approved)
        if digest(command.documents) != statement.digest:
            message = "the documents are not those that were signed"
            raise PublicationRefused("BUNDLE_ALTERED", message)
        activate_us = command.activate_us
        if activate_us is not None and activate_us <= self.clock():
            activate_us = None
        return _Ready(approved, activate_us, await self._checked(command, activate_us))

    async def _ready_again(self, approved: Approved) -> _Ready:
        wanted = approved.statement.digest
        if not self.activator.log.was_active(wanted):
            message = f"the ruleset `{wanted[:19]}...` was never active here"
            raise PublicationRefused("NEVER_ACTIVE", message)
        with _refusing_rules():
            policy = await self.activator.policy_of(wanted)
            await check_currency(self._world.store, policy.ruleset.documents)
        return _Ready(approved, None, policy)

    async def _checked(self, command: PublishCommand, activate_us: int | None) -> Policy | None:
        """The policy of the documents, if it is needed at once; raises PublicationRefused."""
        documents, held = command.documents, self.activator.holder()
        if digest(documents) == held.ruleset.digest:
            return held
        # One at a time: each takes a processor and a gigabyte, and nobody publishes in a hurry.
        async with self._checking:
            checked = await self._world.check(documents)
        if isinstance(checked, Refused):
            raise PublicationRefused("RULES_REFUSED", checked.error, checked.findings)
        if checked != documents:
            message = "the documents are not in canonical form"
            raise PublicationRefused("RULES_REFUSED", message)
        with _refusing_rules():
            await check_currency(self._world.store, documents)
            return None if activate_us is not None else await self._world.make(documents)

    async def _commit(self, command: PublishCommand, ready: _Ready, render: Render) -> Answer:
        """Call with the activator's turn: nobody in this process comes between log and swap."""
        store, activator = self._world.store, self.activator
        if command.documents and not command.validate_only:
            # Nothing must be in the log before the documents that its digest names.
            await store.keep_ruleset(ready.approved.statement.digest, command.documents)
        while True:
            await activator.log.follow(store)
            self._in_turn(ready.approved.statement)
            publication = self._publication(command, ready)
            reply = render(publication)
            if command.validate_only:
                return Answer(reply, replayed=False)
            entries = self._entries(command, ready, publication, reply)
            write = PublicationWrite(entries, activator.log.last_seq)
            outcome = await asyncio.shield(store.commit_publication(write))
            if isinstance(outcome, StoredAnswer):
                return Answer(same_request(outcome, command.request_hash), replayed=True)
            if not isinstance(outcome, Overtaken):
                await activator.log.follow(store)
                if ready.policy is not None and publication.activated_us is not None:
                    activator.swap(ready.policy)
                return Answer(reply, replayed=False)

    def _publication(self, command: PublishCommand, ready: _Ready) -> Publication:
        now, approved = self.clock(), ready.approved
        at_once = ready.activate_us is None
        return Publication(
            publication_id="" if command.validate_only else self._world.new_id(),
            statement=approved.statement,
            approver=approved.approver.name if approved.approver else "",
            published_us=now,
            activate_us=now if ready.activate_us is None else ready.activate_us,
            activated_us=now if at_once else None,
            replaces=self.activator.holder().ruleset.digest if at_once else "",
        )

    def _entries(
        self, command: PublishCommand, ready: _Ready, publication: Publication, reply: bytes
    ) -> tuple[RulesEntry, ...]:
        accepted = RulesEntry(
            step=publication.statement.kind,
            publication_id=publication.publication_id,
            at_us=publication.published_us,
            record=publication_record(publication, ready.approved, command.request_id),
            request_key=command.request_key,
            answer=StoredAnswer(command.request_hash, reply),
        )
        if publication.activated_us is None:
            return (accepted,)
        return (accepted, self.activator.entry(publication, publication.activated_us))

    def _in_turn(self, statement: Statement) -> None:
        """Refuse what was made before the last that was accepted: it does not know of that.

        So nothing is published twice, and an old approval can't bring old rules back.
        """
        last = self.activator.log.newest
        if last is not None and statement.made_us <= last.statement.made_us:
            message = "it was signed before what was last accepted here, or is the same"
            raise PublicationRefused("OUT_OF_TURN", message)
        if statement.made_us > self.clock() + CLOCKS_DIFFER_US:
            message = "it was signed in the future: a clock is wrong"
            raise PublicationRefused("OUT_OF_TURN", message)


@contextmanager
def _refusing_rules() -> Iterator[None]:
    """Raise PublicationRefused for rules that can't be served."""
    try:
        yield
    except StoreUnavailable:
        # No fault of the rules: they may be sent again.
        raise
    except ScontoError as error:
        raise PublicationRefused("RULES_REFUSED", str(error)) from error
