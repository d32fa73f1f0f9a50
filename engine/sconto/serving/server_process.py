"""One process that answers calls: its engine, its server, and what runs beside them."""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import signal
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
)
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sconto.api.access import Access
from sconto.api.server import MOST_CALLS, RunningServer, ServerSettings, start_server
from sconto.api.tenants import Tenant, Tenants
from sconto.api.tls import Certificates
from sconto.api.watch import Watch
from sconto.app.activate import TICK_US, Activator
from sconto.app.caller_limits import TenantLimits
from sconto.app.ports import Store
from sconto.app.reload import CheckRules, Listener, Reloader, ReloadPorts
from sconto.app.store_health import watch_store
from sconto.bootstrap import (
    GC_ALLOCATIONS,
    Engine,
    admission,
    now_us,
    publisher,
    user_key,
    wired,
)
from sconto.rulebook.gate import CheckLimits
from sconto.rulebook.policies import policy_from
from sconto.rulebook.read.watch import watch
from sconto.serving.address import Ports, bound
from sconto.serving.initial_rules import Beginning
from sconto.serving.keeping import Keeping
from sconto.settings import Settings, TenantSettings, in_address

if TYPE_CHECKING:
    from sconto.serving.measuring import Measures

Ready = Callable[[Ports], Awaitable[None]]
"""Called with the ports once calls are answered."""


class Opened(NamedTuple):
    """What a tenant is served with, in a process that answers."""

    begun: Beginning
    store: Store
    check: CheckRules
    """Is asked whenever rule files have changed."""


Open = Callable[[str], AbstractAsyncContextManager[Opened]]
"""Opens a tenant for as long as the block lasts; raises what keeps it from that."""


async def answer_calls(
    settings: Settings,
    tenants: Mapping[str, TenantSettings],
    open_tenant: Open,
    ready: Ready,
    stop: asyncio.Event,
) -> None:
    """Answer calls for *tenants* until *stop*, then drain.

    Raises what kept the first from being opened when none could be.
    """
    with _traces(settings) as traces:
        measures = _measures(settings, tenants)
        watches = (*traces, *((measures.calls,) if measures else ()))
        answering = _Answering(tenants, open_tenant, Tenants(watches), measures)
        keeping = Keeping(tenants, answering.serve)
        try:
            await keeping.tried()
            listening = _listening(settings, tenants)
            server = await answering.start(listening)
            async with in_background(_renewing(listening)):
                metrics = settings.metrics.port if settings.metrics else None
                await ready(Ports(server.port, server.http_port, metrics))
                await stop.wait()
                await server.drain()
        except BaseException:
            await keeping.cancel()
            raise
        await keeping.end()


class _Answering:
    """What serves tenants in this process."""

    def __init__(
        self,
        settings: Mapping[str, TenantSettings],
        open_tenant: Open,
        tenants: Tenants,
        measures: Measures | None,
    ) -> None:
        self._settings = settings
        self._open = open_tenant
        self._tenants = tenants
        self._measures = measures
        self._server: asyncio.Future[RunningServer] = asyncio.Future()

    async def start(self, listening: ServerSettings) -> RunningServer:
        """Answer calls for the tenants that are open, and for others once they are."""
        server = await start_server(self._tenants, listening)
        _settle_memory()
        for name in self._settings.keys() - set(self._tenants.names):
            await server.tell_rules(name, well=False)
            await self._tell_store(server, name, works=False)
        self._server.set_result(server)
        return server

    async def serve(
        self, name: str, opened: Callable[[], None], ended: Callable[[], Awaitable[object]]
    ) -> None:
        """See Serve."""
        settings = self._settings[name].settings
        async with AsyncExitStack() as stack:
            begun, store, check = await stack.enter_async_context(self._open(name))
            engine = await _opened_engine(settings, begun, store, stack)
            publishing = publisher(settings, engine, limits_of(settings))
            # What came due while no server ran decides from the first call on.
            await publishing.activator.tick()
            self._tenants.open(name, Tenant(engine.decider, publishing, engine.user_key))
            opened()
            server = await asyncio.shield(self._server)
            running = self._background(name, server, engine, publishing.activator, begun, check)
            async with in_background(running):
                await ended()

    def _background(
        self,
        name: str,
        server: RunningServer,
        engine: Engine,
        activator: Activator,
        begun: Beginning,
        check: CheckRules,
    ) -> list[Coroutine[Any, Any, None]]:
        """What runs for the tenant *name* as long as it is served, beside its calls."""

        async def notify(_: bool) -> None:
            await server.tell_rules(name, activator.well)

        ports = ReloadPorts(check, policy_from, engine.store, engine.decider.clock, notify)
        reloader = Reloader(engine.rules, ports)
        if begun.look_again:
            reloader.note_change()
        running = [
            reloader.run(),
            watch(self._settings[name].settings.rules, begun.seen, reloader.note_change),
            _keep_activating(activator, notify),
            watch_store(engine.store, partial(self._tell_store, server, name)),
        ]
        if self._measures:
            running.append(self._measures.keep_looking(name, engine, activator))
        return running

    async def _tell_store(self, server: RunningServer, name: str, works: bool) -> None:
        if self._measures:
            self._measures.state.tell_store(name, works)
        await server.tell_store(name, works)


async def _opened_engine(
    settings: Settings, begun: Beginning, store: Store, stack: AsyncExitStack
) -> Engine:
    """The engine that decides by *begun*; its ruleset is kept in *store*."""
    rules = await begun.holder()
    # Whoever opened the store has begun anew, if that was wanted.
    key = await asyncio.to_thread(user_key, replace(settings, begin_anew=False))
    wiring = wired(settings, rules, store, key)
    # Apart: others are served meanwhile.
    engine = await asyncio.to_thread(wiring.__enter__)
    stack.push(wiring.__exit__)
    ruleset = engine.policy.ruleset
    await store.keep_ruleset(ruleset.digest, ruleset.documents)
    return engine


def _measures(settings: Settings, tenants: Iterable[str]) -> Measures | None:
    if settings.metrics is None:
        return None
    # Only here: what it imports must find out first where metrics are kept.
    from sconto.serving.measuring import Measures  # noqa: PLC0415

    return Measures(importlib.metadata.version("sconto"), tenants)


@contextmanager
def _traces(settings: Settings) -> Iterator[Sequence[Watch]]:
    if not settings.traces:
        yield ()
        return
    # Only here: it needs an extra.
    from sconto.telemetry.traces import traces_to_collector  # noqa: PLC0415

    with closing(traces_to_collector()) as traces:
        yield (traces,)


def limits_of(settings: Settings) -> CheckLimits:
    """What a check of rules may take."""
    return CheckLimits(settings.rules_check_seconds, settings.rules_check_bytes)


def stop_on(*signals: signal.Signals) -> asyncio.Event:
    """An event of the running loop that is set by the first of *signals*."""
    stop = asyncio.Event()
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def in_background(running: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run all of *running* as tasks while the block lasts, then cancel them."""
    tasks = [asyncio.create_task(one) for one in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _listening(settings: Settings, tenants: Mapping[str, TenantSettings]) -> ServerSettings:
    shared = settings.processes > 1
    access = None
    if settings.callers:
        access = Access(admission(settings.callers, tenants), now_us, limits_among(tenants))
    return ServerSettings(
        host=in_address(settings.host),
        port=settings.port,
        shared_port=shared,
        http_sockets=bound(settings.http, shared=shared) if settings.http else (),
        access=access,
        certificates=Certificates(settings.tls, now_us) if settings.tls else None,
        reflection=not settings.callers if settings.reflection is None else settings.reflection,
        drain_seconds=settings.drain_seconds,
    )


def limits_among(tenants: Mapping[str, TenantSettings]) -> dict[str, TenantLimits]:
    """What callers of each tenant may call; none where there is one without a name."""
    share = MOST_CALLS // len(tenants)
    return {
        name: TenantLimits(one.calls_in_flight or share, one.calls_per_second)
        for name, one in tenants.items()
        if name
    }


def _renewing(listening: ServerSettings) -> list[Coroutine[Any, Any, None]]:
    """What takes changed files of what *listening* is made of."""
    renewed = [listening.certificates and listening.certificates.renewed, listening.access]
    return [one.watch() for one in renewed if one]


def _settle_memory() -> None:
    """Spare the garbage collector what was built up to here, which lives long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)


async def _keep_activating(activator: Activator, notify: Listener) -> None:
    """Put everything that was published in force at its time, and tell whether all is well."""
    while True:
        # Reloads tell too: what was said last is not known here, and saying it again is free.
        await notify(activator.well)
        pause_us = TICK_US if activator.overdue else activator.wait_us()
        await asyncio.sleep(pause_us / 1_000_000)
        await activator.tick()
