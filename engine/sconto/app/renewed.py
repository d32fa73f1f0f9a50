"""What is read from files that change while the server runs: certificates, keys, callers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from sconto.errors import ScontoError

LOOK_SECONDS: Final = 5
"""How long a changed file may go unnoticed."""

ThingT = TypeVar("ThingT")

_LOG: Final = logging.getLogger(__name__)


class Renewed(Generic[ThingT]):
    """`current` is what *load* made of the files last; a bad change leaves it as it was.

    *stamp* says of which state the files are, and MUST NOT raise. What *load* raises at first, the
    constructor raises; later it is logged. *what* is called so in the log.
    """

    def __init__(self, what: str, stamp: Callable[[], object], load: Callable[[], ThingT]) -> None:
        self._what = what
        self._stamp = stamp
        self._load = load
        # Before they are read: a change in between is then seen as one.
        self._seen = stamp()
        self.current = load()

    def look(self) -> None:
        """Take changed files, if there are any and they are good."""
        seen = self._stamp()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self.current = self._load()
        # INVARIANT: whatever is wrong with it, the next change is looked at.
        except Exception as error:  # noqa: BLE001 - logged, and tried again
            fault = None if isinstance(error, ScontoError) else error
            _LOG.error(
                "the changed %s is not taken, the one before goes on: %s",
                *(self._what, error),
                exc_info=fault,
            )
        else:
            _LOG.info("the changed %s is taken", self._what)

    async def watch(self) -> None:
        """Look again and again, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self.look)
