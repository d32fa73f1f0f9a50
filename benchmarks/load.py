"""The load: callers that each wait for their answer before they call again, in one process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, Final

import grpc
import uvloop

from measures import Spread, spread
from scenario import bodies, with_new_id
from sconto.v1 import decision_pb2 as pb
from sconto.v1.decision_service_pb2 import DecideResponse

DECIDE: Final = "/sconto.v1.DecisionService/Decide"
WARM_UP_SECONDS: Final = 0.2
CALL_SECONDS: Final = 30.0
KEEP_EVERY: Final = 4
"""One reply in so many is read afterwards, to know what was measured."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What to send, where: *baskets* requests from *seed*, in turn, by *callers* at once.

    Or those in *own*, if there are any; without their request_id too.
    """

    port: int
    method: str
    seed: int
    baskets: int
    callers: int
    seconds: float
    connections: int = 1
    own: tuple[bytes, ...] = ()
    pem: tuple[bytes, bytes | None, bytes | None] | None = None
    """For TLS: whom to trust, and the key and certificate of the caller, if it has them."""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """Calls per second, their latency, and the replies that were kept."""

    rate: float
    latencies_us: tuple[float, ...]
    kept: tuple[bytes, ...]

    @property
    def latency_us(self) -> Spread:
        """How long calls took."""
        return spread(self.latencies_us)


def together(loads: Sequence[Load]) -> Load:
    """What several clients put on one server at the same time."""
    return Load(
        sum(load.rate for load in loads),
        tuple(us for load in loads for us in load.latencies_us),
        tuple(reply for load in loads for reply in load.kept),
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """What share of the answers, in percent, gave a discount, and was made with the model."""

    discounts: float
    with_model: float


def put_load(traffic: Traffic) -> Load:
    """Put the load on the server and measure it; raises RpcError when a call fails."""
    return _runner().run(_put(traffic))


def read_answers(replies: list[bytes]) -> Answers:
    """What the Decide *replies* say."""
    decisions = [DecideResponse.FromString(reply).decision for reply in replies]
    given = sum(bool(d.discounts) for d in decisions)
    with_model = sum(d.rung == pb.RUNG_MODEL for d in decisions)
    return Answers(100 * given / len(decisions), 100 * with_model / len(decisions))


@cache
def _runner() -> asyncio.Runner:
    """One loop for the life of the process, as one client would have."""
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


@cache
def _numbers(port: int) -> count[int]:
    """Numbers the calls to *port*, so that every measurement goes on where the last ended."""
    del port
    return count()


async def _put(traffic: Traffic) -> Load:
    sent = traffic.own or bodies(traffic.seed, traffic.baskets)
    numbers = _numbers(traffic.port)
    metadata = (("authorization", f"Bearer {traffic.token}"),) if traffic.token else None
    latencies: list[float] = []
    kept: list[bytes] = []
    ended = 0
    async with AsyncExitStack() as stack:
        calls = [
            await _connected(traffic, await stack.enter_async_context(_channel(traffic)))
            for _ in range(traffic.connections)
        ]
        begun = time.perf_counter() + WARM_UP_SECONDS
        end = begun + traffic.seconds

        async def caller(of: int) -> None:
            nonlocal ended
            call = calls[of % len(calls)]
            # On a machine too busy for one call in that time, one is measured all the same.
            while (now := time.perf_counter()) < end or not latencies:
                number = next(numbers)
                request = with_new_id(sent[number % len(sent)])
                reply = await call(request, timeout=CALL_SECONDS, metadata=metadata)
                done = time.perf_counter()
                # A slow call that ends late must not be missing from the latencies, nor one that
                # was begun while warming up from the rate: the server worked on both.
                ended += begun <= done and (done < end or not ended)
                if begun <= now:
                    latencies.append((done - now) * 1e6)
                    if number % KEEP_EVERY == 0 or not kept:
                        kept.append(reply)

        await asyncio.gather(*(caller(of) for of in range(traffic.callers)))
    return Load(ended / traffic.seconds, tuple(latencies), tuple(kept))


def _channel(traffic: Traffic) -> grpc.aio.Channel:
    # Of its own: channels of one process share a connection unless told otherwise.
    address, options = f"127.0.0.1:{traffic.port}", [("grpc.use_local_subchannel_pool", 1)]
    if traffic.pem is None:
        return grpc.aio.insecure_channel(address, options)
    return grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(*traffic.pem), options)


async def _connected(traffic: Traffic, channel: grpc.aio.Channel) -> Any:
    await channel.channel_ready()
    return channel.unary_unary(traffic.method)
