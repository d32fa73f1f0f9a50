"""How many calls a door has in flight, and whether it takes more."""

from __future__ import annotations

import asyncio
from typing import Literal

from sconto.errors import ServerEnding, TooManyCalls


class InFlight:
    """Counts calls, at most *most* at once: each is `with` it for as long as it lasts.

    Raises TooManyCalls for one more, and ServerEnding for every call after `end`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._ending = False
        self._none_left = asyncio.Event()
        self.told = asyncio.Event()
        """Set when clients know that the server ends; calls refused for that wait for it."""

    def __enter__(self) -> None:
        """Count one more."""
        if self._ending:
            raise ServerEnding("the server ends")
        if self._count >= self._most:
            raise TooManyCalls("too many calls are in flight")
        self._count += 1

    def __exit__(self, *_: object) -> Literal[False]:
        """Count one less."""
        self._count -= 1
        if self._ending and not self._count:
            self._none_left.set()
        return False

    async def end(self, seconds: float) -> None:
        """Take no more calls, and return when none is left, or after *seconds*."""
        self._ending = True
        if self._count:
            try:
                async with asyncio.timeout(seconds):
                    await self._none_left.wait()
            except TimeoutError:
                return
