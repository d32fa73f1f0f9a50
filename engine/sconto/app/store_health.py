"""Whether the store works, found out again and again, so that health can say so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from sconto.app.ports import Store
from sconto.errors import StoreUnavailable

PAUSE_SECONDS: Final = 1

_LOG: Final = logging.getLogger(__name__)


async def watch_store(store: Store, notify: Callable[[bool], Awaitable[None]]) -> None:
    """Call *notify* with whether *store* works, at the start and whenever that changes."""
    worked: bool | None = None
    while True:
        error = await _error_of(store)
        works = error is None
        if works is not worked:
            if error is not None:
                _LOG.error("the server answers UNAVAILABLE until it can record again: %s", error)
            elif worked is not None:
                _LOG.warning("the server can record again")
            await notify(works)
            worked = works
        await asyncio.sleep(PAUSE_SECONDS)


async def _error_of(store: Store) -> StoreUnavailable | None:
    try:
        await store.check()
    except StoreUnavailable as error:
        return error
    return None
