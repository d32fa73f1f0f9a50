"""One process that answers calls: its engine, its server, and what runs beside them."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sconto.api.access import Access
from sconto.api.server import ServerSettings, start_server
from sconto.api.tls import Certificates
from sconto.api.watch import Watch
from sconto.app.activate import TICK_US, Activator
from sconto.app.ports import Clock, Store
from sconto.app.reload import CheckRules, Listener, Reloader, ReloadPorts
from sconto.app.store_health import watch_store
from sconto.bootstrap import (
    GC_ALLOCATIONS,
    Engine,
    admission,
    publisher,
    user_key,
    wired,
)
from sconto.rulebook.gate import CheckLimits
from sconto.rulebook.policies import policy_from
from sconto.rulebook.read.watch import watch
from sconto.serving.address import Ports, bound
from sconto.serving.initial_rules import Beginning
from sconto.settings import Settings, in_address

if TYPE_CHECKING:
    from sconto.serving.measuring import Measures

Ready = Callable[[Ports], Awaitable[None]]
"""Called with the ports once calls are answered."""


async def answer_calls(
    settings: Settings,
    begun: Beginning,
    store: Store,
    check: CheckRules,
    ready: Ready,
    stop: asyncio.Event,
) -> None:
    """Answer calls until *stop*, then drain; *check* is asked whenever rule files have changed."""
    rules = await begun.holder()
    # Whoever started this process has begun anew, if that was wanted.
    key = user_key(replace(settings, begin_anew=False))
    with wired(settings, rules, store, key) as engine, _traces(settings) as traces:
        del rules
        ruleset = engine.policy.ruleset
        await store.keep_ruleset(ruleset.digest, ruleset.documents)
        del ruleset
        publishing = publisher(settings, engine, limits_of(settings))
        activator = publishing.activator
        # What came due while no server ran decides from the first call on.
        await activator.tick()
        listening = _listening(settings, engine.decider.clock)
        measures = _measures(settings, engine)
        watches = (*traces, *((measures.calls,) if measures else ()))
        server = await start_server(engine.decider, publishing, engine.user_key, listening, watches)
        _settle_memory()

        async def notify(_: bool) -> None:
            await server.tell_rules(activator.well)

        async def tell_store(works: bool) -> None:
            if measures:
                measures.state.tell_store(works)
            await server.tell_store(works)

        ports = ReloadPorts(check, policy_from, store, engine.decider.clock, notify)
        reloader = Reloader(engine.rules, ports)
        if begun.look_again:
            reloader.note_change()
        running = (
            reloader.run(),
            watch(settings.rules, begun.seen, reloader.note_change),
            _keep_activating(activator, notify),
            watch_store(store, tell_store),
            *_renewing(listening),
            *((measures.keep_looking(engine, activator),) if measures else ()),
        )
        async with in_background(running):
            metrics = settings.metrics.port if settings.metrics else None
            await ready(Ports(server.port, server.http_port, metrics))
            await stop.wait()
            await server.drain()


def _measures(settings: Settings, engine: Engine) -> Measures | None:
    if settings.metrics is None:
        return None
    # Only here: what it imports must find out first where metrics are kept.
    from sconto.serving.measuring import Measures  # noqa: PLC0415

    return Measures(engine.decider.versions["sconto"])


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


def _listening(settings: Settings, clock: Clock) -> ServerSettings:
    shared = settings.processes > 1
    return ServerSettings(
        host=in_address(settings.host),
        port=settings.port,
        shared_port=shared,
        http_sockets=bound(settings.http, shared=shared) if settings.http else (),
        access=Access(admission(settings.callers), clock) if settings.callers else None,
        certificates=Certificates(settings.tls, clock) if settings.tls else None,
        reflection=not settings.callers if settings.reflection is None else settings.reflection,
        drain_seconds=settings.drain_seconds,
    )


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
