"""Futures that are given up: nobody waits for a disk without an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


def future_within(
    seconds: float, give_up: Callable[[asyncio.Future[Any]], None]
) -> asyncio.Future[Any]:
    """A future of the running loop; *give_up* is called when it is not done after *seconds*."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    limit = loop.call_later(seconds, _late, future, give_up)
    future.add_done_callback(lambda _: limit.cancel())
    return future


def _late(future: asyncio.Future[Any], give_up: Callable[[asyncio.Future[Any]], None]) -> None:
    if not future.done():
        give_up(future)
