"""Calls that a server takes no more, for the table of what callers receive."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from unit.api.door import AT_ONCE, SECONDS, Failure, decided, door, failure_of
from unit.api.requests import request


async def too_many_calls() -> Failure:
    """A server that answers none at once."""
    async with door(settings=replace(AT_ONCE, max_concurrent_calls=0)) as d:
        return await failure_of(d.decisions.Decide(request(), timeout=SECONDS))


async def server_ending() -> Failure:
    """A call that begins when the server has said that it ends."""
    async with door(settings=replace(AT_ONCE, drain_seconds=0.5)) as d:
        await decided(d)
        ending = asyncio.create_task(d.server.drain())
        await asyncio.sleep(0.6)
        failed = await failure_of(d.decisions.Decide(request(), timeout=SECONDS))
        await ending
        return failed


FAILURES = {f.__name__.upper(): f for f in (too_many_calls, server_ending)}
