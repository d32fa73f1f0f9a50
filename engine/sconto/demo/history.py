"""Fill a decision log with past days of real requests, through the server's use cases.

Every decision is made by the `Decider` on the ruleset and the model, with what budgets had used and
what the shopper had been given at its own instant; discounts are redeemed, released or lapse. Time,
ids and the key of shopper references come from a seed: the same seed fills the same log.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sconto.api.render import DEFAULT_FIELDS, decision_fields, reservation_message
from sconto.app.decide import DecideCommand, Decider
from sconto.app.lifecycle import expire_due, take_step
from sconto.app.moment import moment_at
from sconto.app.ports import Policy, Reservation, ReservationState, Step
from sconto.bootstrap import Engine, open_engine
from sconto.demo.history_requests import HistoryRequest, Source, requests_of
from sconto.demo.history_store import HistoryStore
from sconto.errors import Rejected
from sconto.settings import Settings
from sconto.v1 import decision_service_pb2 as wire

MODEL_MS: Final = 60_000
"""Nobody waits at a till, and a late model would make two runs differ."""
FATES: Final = {Step.REDEEM: 88, Step.RELEASE: 8, Step.EXPIRE: 4}
"""What becomes of discounts, per cent: most are paid with, some sales are abandoned."""
_MINUTE_US: Final = 60_000_000
SOONEST_US: Final = 2 * _MINUTE_US
LATEST_US: Final = 25 * _MINUTE_US
"""Between the answer and the till."""
BY_HOUR: Final = (0, 0, 0, 0, 0, 0, 1, 3, 5, 7, 8, 9, 9, 8, 8, 9, 11, 13, 12, 9, 6, 4, 2, 0)
"""How many come in each hour of a day, against each other."""
BY_WEEKDAY: Final = (9, 9, 10, 10, 13, 15, 11)
"""Likewise for the days from Monday to Sunday."""

_HOUR: Final = timedelta(hours=1)
_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """The period to fill: *count* decisions in the *days* before *until_us*."""

    count: int
    days: int
    until_us: int
    seed: str


@dataclass(slots=True)
class Filled:
    """Counts of what was filled in."""

    decisions: int = 0
    discounts: int = 0
    steps: dict[Step, int] = field(default_factory=lambda: dict.fromkeys(Step, 0))


@dataclass(slots=True)
class _Simulation:
    """The state of the simulation: its instant, its random numbers and its coming events."""

    random: Random
    now_us: int = 0
    coming: list[tuple[int, str, Step]] = field(default_factory=list)

    def clock(self) -> int:
        """The simulated instant."""
        return self.now_us

    def new_id(self) -> str:
        """A UUIDv7 of the simulated instant (RFC 9562)."""
        drawn = self.random.getrandbits(74)
        head = (self.now_us // 1_000) << 80 | 7 << 76 | (drawn >> 62) << 64
        return str(UUID(int=head | 0b10 << 62 | drawn & (1 << 62) - 1))

    def request_id(self) -> str:
        """A random UUID of the seed."""
        return str(UUID(int=self.random.getrandbits(128), version=4))


def fill(settings: Settings, source: Source, span: Span, advance: Callable[[int], None]) -> Filled:
    """Fill the empty log of *settings* from *source*; *advance* is the progress callback."""
    with open_engine(replace(settings, model_timeout_ms=MODEL_MS, begin_anew=True)) as engine:
        return asyncio.run(_fill(engine, source, span, advance))


def prepare(settings: Settings, seed: str) -> bytes:
    """Make the data folder and a key from *seed*; raises Rejected when it holds a log."""
    if settings.log_file.exists() or settings.key_file.exists():
        message = f"there is a decision log in `{settings.data}` already"
        advice = "name another folder with `--data`: a log only grows at its end"
        raise Rejected(message, advice)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = hashlib.sha256(f"sconto play history/{seed}".encode()).digest()
    handle = os.open(settings.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
    return key


async def _fill(
    engine: Engine, source: Source, span: Span, advance: Callable[[int], None]
) -> Filled:
    policy = engine.policy
    ruleset = policy.ruleset
    past = _Simulation(Random(span.seed))  # noqa: S311 - a demonstration, the same every time
    store = HistoryStore(engine.store)
    decider = replace(engine.decider, store=store, clock=past.clock, new_id=past.new_id)
    await engine.store.keep_ruleset(ruleset.digest, ruleset.documents)
    zone = next(iter(ruleset.zones.values()))
    times = instants(past.random, span.count, span.days, span.until_us, zone)
    filled = Filled()
    for one, at_us in zip(requests_of(source, span.count), times, strict=True):
        await _until(at_us, store, past, filled)
        past.now_us = at_us
        decision_id = await _decide(one, policy, decider, past)
        filled.decisions += 1
        if decision_id:
            filled.discounts += 1
            heapq.heappush(past.coming, _fate(decision_id, past, ruleset.reservation_seconds))
        advance(1)
    await _until(span.until_us, store, past, filled)
    await store.flush()
    return filled


async def _decide(one: HistoryRequest, policy: Policy, decider: Decider, past: _Simulation) -> str:
    """Decide *one* at the simulated instant; the decision's id if it gave a discount."""
    zones = policy.ruleset.zones
    context = one.context
    moment = moment_at(past.now_us, zones[context.jurisdiction], policy.ruleset.budget_zones)
    request_id = past.request_id()
    command = DecideCommand(
        request_id=request_id,
        request_key=f"Decide/{request_id}",
        request_hash=one.request_hash,
        context=replace(context, moment=moment),
        policy=policy,
        validate_only=False,
    )
    given = ""

    def render(record: Mapping[str, Any]) -> bytes:
        nonlocal given
        reserved = record["outcome"]["expires_us"] is not None
        given = record["decision_id"] if record["outcome"]["discounts"] else ""
        message = decision_fields(
            record, ReservationState.HELD if reserved else None, DEFAULT_FIELDS
        )
        return wire.DecideResponse(decision=message).SerializeToString()

    await decider.decide(command, render)
    return given


def _fate(decision_id: str, past: _Simulation, lifetime_s: int) -> tuple[int, str, Step]:
    (step,) = past.random.choices(list(FATES), list(FATES.values()))
    after_us = lifetime_s * 1_000_000
    if step is not Step.EXPIRE:
        after_us = past.random.randrange(min(SOONEST_US, after_us), min(LATEST_US, after_us))
    return past.now_us + after_us, decision_id, step


async def _until(at_us: int, store: HistoryStore, past: _Simulation, filled: Filled) -> None:
    """Carry out all events before *at_us*."""
    for then_us, decision_id, step in _come(at_us, past):
        past.now_us = then_us
        if step is Step.EXPIRE:
            filled.steps[step] += await expire_due(store, past.clock)
            continue
        request_id = past.request_id()
        await take_step(
            store,
            past.clock,
            step,
            decision_id=decision_id,
            request_id=request_id,
            request_key=f"{step.name.title()}/{request_id}",
            request_hash=hashlib.sha256(f"{step.name}/{decision_id}".encode()).digest(),
            render=_REPLIES[step],
        )
        filled.steps[step] += 1


def _come(at_us: int, past: _Simulation) -> Iterator[tuple[int, str, Step]]:
    while past.coming and past.coming[0][0] < at_us:
        yield heapq.heappop(past.coming)


def _redeemed(after: Reservation) -> bytes:
    message = reservation_message(after.state, after.expires_us)
    return wire.RedeemResponse(reservation=message).SerializeToString()


def _released(after: Reservation) -> bytes:
    message = reservation_message(after.state, after.expires_us)
    return wire.ReleaseResponse(reservation=message).SerializeToString()


_REPLIES: Final = {Step.REDEEM: _redeemed, Step.RELEASE: _released}


def instants(random: Random, count: int, days: int, until_us: int, zone: str) -> list[int]:
    """*count* instants of the *days* before *until_us*, in order, microseconds since 1970 UTC.

    They follow the hours of the day and the days of the week in *zone*.
    """
    hours = [until_us - (i + 1) * _HOUR_US for i in range(days * 24)]
    weights = list(accumulate(_weight(at_us, zone) for at_us in hours))
    begun = random.choices(hours, cum_weights=weights, k=count)
    return sorted(at_us + random.randrange(_HOUR_US) for at_us in begun)


def _weight(at_us: int, zone: str) -> int:
    local = (datetime(1970, 1, 1, tzinfo=UTC) + at_us // _HOUR_US * _HOUR).astimezone(
        ZoneInfo(zone)
    )
    return BY_HOUR[local.hour] * BY_WEEKDAY[local.weekday()]
