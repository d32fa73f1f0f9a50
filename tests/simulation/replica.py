"""One simulated server: the product's services, background tasks and memory, on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from sconto.api.decision_service import DecisionService
from sconto.api.endpoint import Endpoint, parsed
from sconto.api.rules_service import RulesService
from sconto.api.status import INTERNAL, ROWS, reason_of
from sconto.app.activate import Activator
from sconto.app.decide import Decider
from sconto.app.expiry import expire_for_ever
from sconto.app.in_force import PolicyHolder
from sconto.app.ports import Policy
from sconto.app.publish import Publisher, Publishing
from sconto.app.signed_rules import SignedRules
from sconto.app.store_health import watch_store
from sconto.domain.canonical import digest
from sconto.errors import ScontoError
from sconto.scoring.scorer import NoModel
from sconto.signing.keys import verified
from simulation import rules
from simulation.database import KEY, Database
from simulation.store import SimulatedStore
from simulation.world import BEGIN_US, Group, Violation, World
from support import publishing

ACTIVATION_SECONDS = 15
METHODS = ("Decide", "Redeem", "Release", "Return", "PublishRules")


class Reply(NamedTuple):
    """What a caller gets: bytes, or the reason why there are none."""

    raw: bytes
    reason: str = ""


REFUSED = Reply(b"", "CONNECTION_REFUSED")


class Replica:
    """A server that crashes, comes back without its memory, and has a clock of its own."""

    def __init__(self, world: World, database: Database, first: rules.Version, name: str) -> None:
        self.world = world
        self.name = name
        self.ahead_us = 0
        """By how much its clock is wrong."""
        self.process = Group(world)
        self.store: SimulatedStore | None = None
        self.holder: PolicyHolder | None = None
        self._database = database
        self._first = first.policy
        # What its rule files say.
        self._methods: dict[str, Endpoint[Any]] = {}
        self.begin()

    @property
    def up(self) -> bool:
        """Whether it answers."""
        return bool(self._methods)

    def clock(self) -> int:
        """What it takes for the present instant."""
        return BEGIN_US + int(self.world.loop.time() * 1_000_000) + self.ahead_us

    def crash(self) -> None:
        """End without a word."""
        self.process.end()
        self._methods = {}

    def begin(self) -> None:
        """Start as a process that remembers nothing."""
        self.process = Group(self.world)
        self.process.start(self._serve(self.process))

    def receive(self, method: str, raw: bytes, answer: Callable[[Reply], None]) -> None:
        """Take a call that arrives; *answer* is called with what comes of it."""
        if not self._methods:
            answer(REFUSED)
            return
        process = self.process

        def reply(to_caller: Reply) -> None:
            if process.alive:
                answer(to_caller)

        process.start(self._answer(self._methods[method], raw, reply))

    async def _answer(
        self, endpoint: Endpoint[Any], raw: bytes, answer: Callable[[Reply], None]
    ) -> None:
        try:
            reply = Reply(await endpoint.answer(parsed(raw, endpoint.request_type), _Call()))
        except Exception as error:
            reason = reason_of(error)
            if reason == INTERNAL.reason:
                raise Violation(f"{self.name} met a fault of its own: {error!r}") from error
            self._check_refusal(endpoint.name, raw, reason)
            reply = Reply(b"", reason)
        answer(reply)

    def _check_refusal(self, method: str, raw: bytes, reason: str) -> None:
        """Nobody is refused for what the same request did before, sent once more or twice."""
        if ROWS[reason].retry or reason == "REQUEST_ID_REUSED":
            return
        if reason == "OUT_OF_TURN" and self.ahead_us:
            # By its clock the statement is from the future.
            return
        request_id = self._methods[method].request_type.FromString(raw).request_id
        sql = "SELECT seq FROM log WHERE request_key = ?"
        done = self._database.connection.execute(sql, (f"{method}/{request_id}",)).fetchone()
        if done is not None:
            raise Violation(f"{method} {request_id} is entry {done[0]}, and was refused: {reason}")

    async def _serve(self, process: Group) -> None:
        world = self.world
        store = SimulatedStore(world, self._database, process, self.name)
        first = self._first
        holder = PolicyHolder(first, self.clock())
        activator = Activator(holder, store, _made, self.clock, SIGNED)
        while True:
            try:
                await store.keep_ruleset(first.ruleset.digest, first.ruleset.documents)
                break
            except ScontoError:
                # The process ends, and is started again.
                await asyncio.sleep(world.between(1, 3))
        await activator.tick()
        decider = Decider(store, NoModel(), self.clock, world.new_id, {"sconto": "simulated"})
        publisher = Publisher(activator, self._publishing(store))
        services = (
            DecisionService(decider, holder, KEY, activator.policy_of),
            RulesService(publisher, store, world.new_id, KEY),
        )
        self.store, self.holder = store, holder
        endpoints = {e.name: e for s in services for e in s.endpoints()}
        self._methods = {name: endpoints[name] for name in METHODS}
        process.start(expire_for_ever(store, self.clock))
        process.start(watch_store(store, _nobody))
        await self._keep_activating(activator)

    async def _keep_activating(self, activator: Activator) -> None:
        while True:
            await asyncio.sleep(ACTIVATION_SECONDS)
            await activator.tick()
            failure = activator.last_failure
            if failure is not None and failure.reason == INTERNAL.reason:
                raise Violation(f"{self.name} can't activate rules: {failure.error}")

    def _publishing(self, store: SimulatedStore) -> Publishing:
        return Publishing(
            signed=SIGNED,
            check=_checked,
            make=_made,
            store=store,
            clock=self.clock,
            new_id=self.world.new_id,
        )


SIGNED: Final = SignedRules(publishing.people, verified)


class _Call:
    """A call of nobody in particular."""

    def set_trailing_metadata(self, metadata: object) -> None:
        """See Context."""

    def peer(self) -> str:
        """See Context."""
        return "ipv4:192.0.2.1:1"

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        """See Context."""
        return ()

    def time_remaining(self) -> None:
        """See Context."""


async def _made(documents: bytes) -> Policy:
    return rules.policies()[digest(documents)]


async def _checked(documents: bytes) -> bytes:
    return documents


async def _nobody(_: bool) -> None:
    """Whom health is told."""
