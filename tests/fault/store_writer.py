"""A writer to be killed: commits decisions for ever and prints what was acknowledged.

Run as `python store_writer.py FILE|URL FIRST PERIOD KEY`; it signs the log with the key in the file
KEY all the time. One line per acknowledged write, after it
returned: `<seq> <decision_id> <kind>`, or `0 <event_id> event`. Fresh decisions and events are
numbered from FIRST; budgets are those of PERIOD. What a database refuses is left at that.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from itertools import count
from pathlib import Path

from contract.writes import (
    LIFETIME_US,
    decision,
    draw,
    events,
    replacing,
    returning,
    step,
    told,
)
from sconto.app.ports import Committed, Step, Store
from sconto.app.transparency.checkpoint import Checkpoints
from sconto.errors import StoreUnavailable
from sconto.signing.log_key import LogKey
from sconto.store.postgres.store import PostgresStore
from sconto.store.sqlite import SqliteStore

CALLERS = 16
SHOPPERS = 20
CAMPAIGN_LIMIT = 120
SHOPPER_LIMIT = 9


def acknowledge(outcome: object, decision_id: str, kind: str) -> bool:
    """Tell the world that a write is durable; false when it was refused."""
    if not isinstance(outcome, Committed):
        return False
    # One write call, so that a kill can't leave half a line behind.
    os.write(sys.stdout.fileno(), f"{outcome.seq} {decision_id} {kind}\n".encode())
    return True


async def tell(store: Store, n: int) -> None:
    """Send the *n*-th event, which happens *n* microseconds after the start; twice, as some do."""
    sent = told(f"e{n}", n, user=f"u{n % SHOPPERS}")
    again = await asyncio.gather(*[store.commit_events(events(sent, sent)) for _ in range(2)])
    if sum(again) == 1:
        os.write(sys.stdout.fileno(), f"0 e{n} event\n".encode())


async def take(store: Store, n: int, kind: Step) -> None:
    """Take one step of the *n*-th decision's reservation."""
    after_us = LIFETIME_US if kind is Step.EXPIRE else 1
    acknowledge(await store.commit_step(step(n, kind, after_us=after_us)), f"d{n}", kind.value)


async def bring_back(store: Store, n: int, period: str) -> None:
    """Return pieces of the *n*-th decision, and then the others."""
    cap = draw(f"cap/u{n % SHOPPERS}/{period}", 1, SHOPPER_LIMIT)
    for write in (returning(n, 1, cap, discount=n), returning(n, 2, discount=0, last=True)):
        acknowledge(await store.commit_step(write), f"d{n}", write.step.value)


async def caller(store: Store, period: str, first: int) -> None:
    """Decide again and again, in turns."""
    held: deque[int] = deque()
    for n in count(first, CALLERS):
        try:
            await turn(store, period, n, held)
        except StoreUnavailable:
            if isinstance(store, SqliteStore):
                raise


async def turn(store: Store, period: str, n: int, held: deque[int]) -> None:
    """Decide; give the oldest of *held* back when refused, so budgets stay at the brim."""
    draws = (
        draw(f"campaign/all/{period}", 1 + n % 3, CAMPAIGN_LIMIT),
        draw(f"cap/u{n % SHOPPERS}/{period}", 1, SHOPPER_LIMIT),
    )
    if n % 5 == 0:
        # A code for one use, as many decisions send it.
        draws = (*draws, draw(f"gift/all/{period}-{n % 60}", 1, 1))
    wish = decision(n, *draws, user=f"u{n % SHOPPERS}", record=b"r" * (n % 2_000))
    if held and n % 7 == 0:
        wish = replacing(held.popleft(), wish)
    outcome, _ = await asyncio.gather(store.commit_decision(wish), tell(store, n))
    if acknowledge(outcome, f"d{n}", "decision"):
        held.append(n)
    elif held:
        await take(store, held.popleft(), Step.RELEASE)
    if held and n % 3 == 0:
        await take(store, held[-1], Step.REDEEM)
    if held and n % 6 == 0:
        await bring_back(store, held.pop(), period)


async def sign(store: Store, key: LogKey) -> None:
    """Sign what has come, again and again."""
    signing = Checkpoints(store, key)
    while True:
        try:
            await signing.advance()
        except StoreUnavailable:
            if isinstance(store, SqliteStore):
                raise
        await asyncio.sleep(0.005)


async def main(where: str, first: int, period: str, key: LogKey) -> None:
    """Give back what the last writer held, then run all callers until killed."""
    store = PostgresStore(where) if "://" in where else SqliteStore(Path(where))
    for left in store.due(1 << 60, 1_000):
        await take(store, int(left.decision_id[1:]), Step.EXPIRE)
    callers = (caller(store, period, first + i) for i in range(CALLERS))
    await asyncio.gather(sign(store, key), *callers)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], LogKey(Path(sys.argv[4]))))
