"""What commits for a tenant, in the one process of a server that does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

from sconto.app.expiry import expire_for_ever
from sconto.app.reload import CheckRules
from sconto.app.shop_currency import check_currency
from sconto.app.transparency.checkpoint import sign_for_ever
from sconto.bootstrap import checkpoints, now_us, user_key
from sconto.rulebook.gate import check_apart
from sconto.serving.initial_rules import Beginning, begin
from sconto.serving.server_process import in_background, limits_of
from sconto.settings import Settings
from sconto.store.durable import DurableStore
from sconto.store.folder import held

OpenStore = Callable[[ExitStack], DurableStore[Any]]
"""Opens the store of a tenant, closed with the stack."""


class Committing(NamedTuple):
    """A tenant whose store is open."""

    begun: Beginning
    store: DurableStore[Any]
    check: CheckRules


@asynccontextmanager
async def committing(settings: Settings, open_store: OpenStore) -> AsyncIterator[Committing]:
    """Hold the data folder, expire what is due and sign the log, for as long as the block lasts.

    Raises a ScontoError when another server is on the data folder, a part can't be opened, or the
    check of the rules fails; StoreUnavailable at the end when nothing can be recorded then.
    """
    with ExitStack() as stack:
        stack.enter_context(held(settings.data, now_us()))
        limits = limits_of(settings)
        check = partial(check_apart, settings.rules, limits)
        begun = await begin(settings, check, limits)
        # Made here, so that no two processes make one each.
        await asyncio.to_thread(user_key, settings)
        store = await asyncio.to_thread(open_store, stack)
        await check_currency(store, begun.documents)
        # Here alone: what time puts away is put away once, and the log has one head.
        signing = await checkpoints(settings, store)
        async with in_background((expire_for_ever(store, now_us), sign_for_ever(signing))):
            yield Committing(begun, store, check)
        await signing.advance()
        await store.check()
