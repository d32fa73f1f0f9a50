"""What time puts away: reservations that nobody redeemed, and events that no rule counts."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from sconto.app.behaviour import forget_old_events
from sconto.app.lifecycle import EXPIRY_BATCH, expire_due
from sconto.app.ports import Clock, Store
from sconto.errors import ScontoError

EXPIRY_SECONDS: Final = 1
"""Budget of abandoned baskets is free again about this long after its time is up."""

_LOG: Final = logging.getLogger(__name__)


async def expire_for_ever(store: Store, clock: Clock) -> None:
    """Expire and forget what has had its time, again and again; one process of a server does."""
    while True:
        try:
            while await expire_due(store, clock) == EXPIRY_BATCH:
                pass
            await forget_old_events(store, clock)
        except ScontoError as error:
            _LOG.warning("what has had its time could not be put away: %s", error)
        await asyncio.sleep(EXPIRY_SECONDS)
