"""The load: callers that each wait for their answer before they call again, in one process."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Final

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
    """What to send, where: *baskets* requests from *seed*, in turn, by *callers* at once."""

    port: int
    method: str
    seed: int
    baskets: int
    callers: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Load:
    """Calls per second, their latency, and the replies that were kept."""

    rate: float
    latency_us: Spread
    kept: tuple[bytes, ...]


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
def _numbers(method: str) -> count[int]:
    """Numbers the calls of *method*, so that every measurement goes on where the last ended."""
    del method
    return count()


async def _put(traffic: Traffic) -> Load:
    sent, numbers = bodies(traffic.seed, traffic.baskets), _numbers(traffic.method)
    latencies: list[float] = []
    kept: list[bytes] = []
    ended = 0
    async with grpc.aio.insecure_channel(f"127.0.0.1:{traffic.port}") as channel:
        call = channel.unary_unary(traffic.method)
        await channel.channel_ready()
        begun = time.perf_counter() + WARM_UP_SECONDS
        end = begun + traffic.seconds

        async def caller() -> None:
            nonlocal ended
            while (now := time.perf_counter()) < end:
                number = next(numbers)
                request = with_new_id(sent[number % len(sent)])
                reply = await call(request, timeout=CALL_SECONDS)
                done = time.perf_counter()
                # A slow call that ends late must not be missing from the latencies, nor one that
                # was begun while warming up from the rate: the server worked on both.
                ended += begun <= done < end
                if begun <= now:
                    latencies.append((done - now) * 1e6)
                    if number % KEEP_EVERY == 0:
                        kept.append(reply)

        await asyncio.gather(*(caller() for _ in range(traffic.callers)))
    return Load(ended / traffic.seconds, spread(latencies), tuple(kept))
