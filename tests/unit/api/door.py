"""A real gRPC server in this process, over a small ruleset and a store in memory."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_health.v1 import health_pb2_grpc
from grpc_status.rpc_status import from_call

from sconto.api.server import RunningServer, ServerSettings, start_server
from sconto.api.tenants import Tenant, Tenants
from sconto.api.watch import Watch
from sconto.app.activate import Activator
from sconto.app.in_force import PolicyHolder
from sconto.app.people import People, ReadPeople
from sconto.app.ports import Store
from sconto.app.publish import CheckDocuments, Publisher, Publishing
from sconto.app.reload import Refused
from sconto.app.signed_rules import SignedRules
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.policies import policy_from, reference_policy
from sconto.signing.keys import verified
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.audit_service_pb2_grpc import AuditServiceStub
from sconto.v1.behaviour_service_pb2_grpc import BehaviourServiceStub
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from sconto.v1.price_service_pb2_grpc import PriceServiceStub
from sconto.v1.rules_service_pb2_grpc import RulesServiceStub
from sconto.v1.status_service_pb2_grpc import StatusServiceStub
from support import builders, deciding
from unit.api.requests import request

KEY = b"k" * 32
AT_ONCE = ServerSettings(drain_seconds=0.0, grace_seconds=1.0)
SECONDS = 20


class Clock:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.now_us = builders.AS_OF_US

    def __call__(self) -> int:
        """See Clock."""
        return self.now_us


class Door:
    """The server and a channel to it."""

    def __init__(
        self,
        server: RunningServer,
        channel: grpc.aio.Channel,
        clock: Clock,
        publisher: Publisher,
    ) -> None:
        self.server = server
        self.channel = channel
        self.clock = clock
        self.activator = publisher.activator
        self.policy = publisher.activator.holder
        self.health = health_pb2_grpc.HealthStub(channel)
        self.status = StatusServiceStub(channel)
        self.decisions = DecisionServiceStub(channel)
        self.audit = AuditServiceStub(channel)
        self.behaviour = BehaviourServiceStub(channel)
        self.prices = PriceServiceStub(channel)
        self.rules = RulesServiceStub(channel)


async def unchecked(documents: bytes) -> bytes | Refused:
    """Let everything pass; the real check has tests of its own."""
    return documents


@asynccontextmanager
async def door(
    ruleset: Ruleset | None = None,
    store: Store | None = None,
    settings: ServerSettings = AT_ONCE,
    people: People | ReadPeople | None = None,
    check: CheckDocuments = unchecked,
    first_id: int = 1,
    cause: RungCause | None = None,
    watches: Sequence[Watch] = (),
) -> AsyncIterator[Door]:
    """A door that is open for as long as the block lasts; with *cause* no model scores."""
    clock = Clock()
    own = tenant(ruleset, store, people, check, first_id, cause, clock)
    async with door_to({"": own}, settings, watches) as d:
        yield d


def tenant(
    ruleset: Ruleset | None = None,
    store: Store | None = None,
    people: People | ReadPeople | None = None,
    check: CheckDocuments = unchecked,
    first_id: int = 1,
    cause: RungCause | None = None,
    clock: Clock | None = None,
    user_key: bytes = KEY,
) -> Tenant:
    """What answers the calls of one tenant, and has nothing of another."""
    numbers, clock = itertools.count(first_id), clock or Clock()
    rules = ruleset or builders.ruleset()
    kept = store or MemoryStore()
    decider = replace(
        deciding.decider(kept, cause=cause),
        new_id=lambda: f"0198c0de-0000-7000-8000-{next(numbers):012d}",
        clock=clock,
    )
    held = PolicyHolder(reference_policy(rules), clock.now_us)
    new_id = decider.new_id
    read = people if callable(people) else lambda: people
    world = Publishing(SignedRules(read, verified), check, policy_from, kept, clock, new_id)
    publisher = Publisher(Activator(held, kept, policy_from, clock, world.signed), world)
    return Tenant(decider, publisher, user_key)


@asynccontextmanager
async def door_to(
    own: Mapping[str, Tenant],
    settings: ServerSettings = AT_ONCE,
    watches: Sequence[Watch] = (),
) -> AsyncIterator[Door]:
    """A door to each of *own* by its name; what it shows of a server is that of the first."""
    tenants = Tenants(watches)
    for name, one in own.items():
        tenants.open(name, one)
    server = await start_server(tenants, settings)
    first = next(iter(own.values()))
    clock = first.decider.clock
    assert isinstance(clock, Clock)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Door(server, channel, clock, first.publisher)
    finally:
        await server.drain()


class Failure:
    """What the caller of a failed call is told."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        self.code = error.code()
        self.message = error.details() or ""
        self.info = ErrorInfo()
        self.bad = BadRequest()
        self.retry = RetryInfo()
        status = from_call(error)
        for detail in status.details if status else ():
            parts: tuple[Message, ...] = (self.info, self.bad, self.retry)
            for part in parts:
                detail.Unpack(part)

    @property
    def fields(self) -> list[str]:
        """The fields at fault."""
        return [v.field for v in self.bad.field_violations]


async def failure_of(call: grpc.aio.UnaryUnaryCall) -> Failure:
    """What a call that must fail says."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return Failure(error)
    raise AssertionError("the call did not fail")


async def decided(d: Door, **changes: Any) -> str:
    """The id of a fresh decision."""
    reply = await d.decisions.Decide(request(**changes), timeout=SECONDS)
    return str(reply.decision.decision_id)


async def get(d: Door, decision_id: str) -> wire.GetDecisionResponse:
    """GetDecision's reply."""
    asked = wire.GetDecisionRequest(decision_id=decision_id)
    reply: wire.GetDecisionResponse = await d.decisions.GetDecision(asked, timeout=SECONDS)
    return reply
