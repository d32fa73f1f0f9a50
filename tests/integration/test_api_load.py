"""More calls than a server answers at once, and calls while it ends."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import grpc
import pytest
from grpc_health.v1 import health_pb2

from sconto.store.books import DecisionOutcome
from sconto.store.memory import MemoryStore
from sconto.v1.decision_service_pb2 import BatchDecideRequest
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from unit.api.door import AT_ONCE, SECONDS, Failure, door, failure_of
from unit.api.requests import line, request

MOST, MORE = 20, 1_500
CALLERS, ROUNDS = 32, 4
POLICY = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{"service": "sconto.v1.DecisionService"}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
"""As docs/checkout.md has it, over two servers."""


class WaitingStore(MemoryStore):
    """A store that commits nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def commit_decision(self, write: Any) -> DecisionOutcome:
        """See Store."""
        await self.may.wait()
        return await super().commit_decision(write)


async def test_too_many_calls_are_told_so() -> None:
    """As many as may be are answered; every other gets a reason and a delay; health is answered."""
    store = WaitingStore()
    ids = (str(UUID(int=n)) for n in itertools.count(1))
    async with door(store=store, settings=replace(AT_ONCE, max_concurrent_calls=MOST)) as d:
        calls = [
            asyncio.ensure_future(
                outcome(d.decisions.Decide(request(request_id=next(ids)), timeout=SECONDS * 3))
            )
            for _ in range(MORE)
        ]
        while sum(c.done() for c in calls) < MORE - MOST:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        asked = health_pb2.HealthCheckRequest()
        health = await d.health.Check(asked, timeout=SECONDS)
        store.may.set()
        outcomes = Counter(await asyncio.gather(*calls))

    assert health_pb2.HealthCheckResponse.SERVING == health.status
    refused = ("RESOURCE_EXHAUSTED", "TOO_MANY_CALLS", True)
    assert Counter({("OK",): MOST, refused: MORE - MOST}) == outcomes


async def outcome(call: Any) -> tuple[Any, ...]:
    """What came of *call*: code, reason, and whether there is a delay."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        failure = Failure(error)
        return failure.code.name, failure.info.reason, bool(failure.retry.retry_delay.nanos)
    return ("OK",)


async def test_no_call_fails_while_one_of_two_servers_ends() -> None:
    """A client that tries again on UNAVAILABLE, as the guide says, notices nothing."""
    settings = replace(AT_ONCE, drain_seconds=0.5, grace_seconds=5.0)
    options = [("grpc.service_config", json.dumps(POLICY))]
    failures: list[str] = []
    ids = (str(UUID(int=n)) for n in itertools.count(1))
    async with door() as staying:
        for _ in range(ROUNDS):
            async with door(settings=settings) as d:
                target = f"ipv4:127.0.0.1:{staying.server.port},127.0.0.1:{d.server.port}"
                async with grpc.aio.insecure_channel(target, options) as channel:
                    stub, ended = DecisionServiceStub(channel), asyncio.Event()

                    async def caller(stub: Any = stub, ended: asyncio.Event = ended) -> None:
                        while not ended.is_set():
                            try:
                                asked = request(request_id=next(ids))
                                await stub.Decide(asked, timeout=SECONDS)
                            except grpc.aio.AioRpcError as error:
                                failures.append(f"{error.code().name}: {error.details()}")

                    callers = [asyncio.create_task(caller()) for _ in range(CALLERS)]
                    await asyncio.sleep(0.3)
                    await d.server.drain()
                    ended.set()
                    await asyncio.gather(*callers)

    assert Counter() == Counter(failures)


@pytest.mark.parametrize("method", ["Decide", "BatchDecide"])
async def test_a_long_mask_holds_nobody_up(method: str) -> None:
    """A message full of paths is refused as soon as it is read."""
    asked = request(line(), request_id=str(UUID(int=1)))
    if method == "BatchDecide":
        baskets = [asked.basket] * 500
        asked = BatchDecideRequest(
            shopper=asked.shopper,
            channel=asked.channel,
            jurisdiction=asked.jurisdiction,
            currency_code=asked.currency_code,
            baskets=baskets,
        )
    asked.read_mask.paths.extend(["discounts"] * 300_000)
    async with door() as d:
        begun = time.monotonic()
        failed = await failure_of(getattr(d.decisions, method)(asked, timeout=SECONDS))
        took = time.monotonic() - begun

    assert ["read_mask.paths"] == failed.fields
    assert took < SECONDS
