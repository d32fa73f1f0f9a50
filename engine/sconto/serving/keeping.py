"""Tenants that are kept open: what fails for one is tried again, and leaves the others alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol

from sconto.errors import ScontoError

AGAIN_SECONDS: Final = 5.0
"""Between attempts to open a tenant."""

_LOG: Final = logging.getLogger(__name__)


class Serve(Protocol):
    """Opens the tenant *name*, calls *opened*, waits for *ended*, and closes it.

    Raises whatever keeps it from that.
    """

    async def __call__(
        self, name: str, opened: Callable[[], None], ended: Callable[[], Awaitable[object]]
    ) -> None:
        """See the class."""
        ...


class Keeping:
    """Keeps the tenants *names* open, each by *serve*, from `tried` to `end`."""

    def __init__(self, names: Iterable[str], serve: Serve) -> None:
        self._serve = serve
        self._ended = asyncio.Event()
        self._errors: dict[str, Exception | None] = {}
        self._tried = {name: asyncio.Event() for name in names}
        self._tasks = [asyncio.create_task(self._keep(name)) for name in self._tried]

    async def tried(self) -> None:
        """Return when each was tried once; raises the first error when none could be opened."""
        for one in self._tried.values():
            await one.wait()
        errors = {name: e for name in self._tried if (e := self._errors[name])}
        if len(self._tried) > 1:
            for name, error in errors.items():
                _tell(name, error)
        if len(errors) == len(self._tried):
            raise next(iter(errors.values()))

    async def end(self) -> None:
        """Close all; raises what one of them raised while it was closed."""
        self._ended.set()
        await asyncio.gather(*self._tasks)

    async def cancel(self) -> None:
        """Close all after a fault, whatever they raise."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, name: str) -> None:
        while not self._ended.is_set():
            try:
                await self._serve(name, lambda: self._note(name, None), self._ended.wait)
            # INVARIANT: whatever is wrong with one tenant, it is tried again.
            except Exception as error:
                if self._ended.is_set():
                    raise
                self._note(name, error)
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_SECONDS):
                        await self._ended.wait()

    def _note(self, name: str, error: Exception | None) -> None:
        """Keep how *name* was opened, and tell what is new of it."""
        before, self._errors[name] = self._errors.get(name), error
        if not self._tried[name].is_set():
            self._tried[name].set()
        elif error is not None and str(error) != str(before):
            _tell(name, error)
        elif error is None:
            _LOG.warning("tenant `%s` is served again", name)


def _tell(name: str, error: Exception) -> None:
    fault = None if isinstance(error, ScontoError | OSError) else error
    _LOG.error("tenant `%s` is not served: %s", name, error, exc_info=fault)
