"""`run_server`: the server, in as many processes as its settings say."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import replace

import uvloop

from sconto.bootstrap import admission, log_place, people, tenants_of
from sconto.serving.address import Ports, check_exposure, reserved
from sconto.serving.exposed import counted, exposed
from sconto.serving.keeping import Keeping
from sconto.serving.opening import committing
from sconto.serving.server_process import Opened, answer_calls, stop_on
from sconto.serving.shared_check import SharedCheck
from sconto.serving.supervisor import Supervisor
from sconto.settings import Settings, TenantSettings
from sconto.store.durable import DurableStore
from sconto.store.handover import Handover, Hub
from sconto.telemetry.logs import set_up_logs

Ready = Callable[[Ports], None]
"""Called once with the ports, when calls are answered."""


def run_server(settings: Settings, ready: Ready) -> None:
    """Serve until SIGTERM or SIGINT, then drain; *ready* is called with the ports.

    Rules are checked in a process apart, now and whenever their files change. Raises a ScontoError
    when another server is on the data folder, a part can't be opened, or that check fails, and
    OSError when the address can't be had: a server never starts on less than it was told to serve,
    but for tenants while another one can be served. Raises StoreUnavailable at the end when nothing
    can be recorded then.
    """
    set_up_logs(settings.log_format)
    check_exposure(settings)
    tenants = tenants_of(settings)
    for one in tenants.values():
        people(one.settings)
    if settings.callers:
        admission(settings.callers, tenants)
    serve = _alone if settings.processes == 1 else _together
    with (
        exposed(settings.metrics) as metrics,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(serve(replace(settings, metrics=metrics), tenants, ready))


async def _alone(settings: Settings, tenants: Mapping[str, TenantSettings], ready: Ready) -> None:
    stop = stop_on(signal.SIGTERM, signal.SIGINT)

    async def notify(ports: Ports) -> None:
        ready(ports)

    @asynccontextmanager
    async def opened(name: str) -> AsyncIterator[Opened]:
        own = tenants[name].settings

        def store(stack: ExitStack) -> DurableStore[object]:
            place = log_place(own)
            return stack.enter_context(closing(place.store(counted(place.writer(), name))))

        async with committing(own, store) as found:
            yield Opened(*found)

    await answer_calls(settings, tenants, opened, notify, stop)


async def _together(
    settings: Settings, tenants: Mapping[str, TenantSettings], ready: Ready
) -> None:
    with _reserved(settings) as bound:
        supervisor = Supervisor(bound, tenants)

        async def serve(
            name: str, opened: Callable[[], None], ended: Callable[[], Awaitable[object]]
        ) -> None:
            own, hubs = tenants[name].settings, list[Hub]()

            def store(stack: ExitStack) -> DurableStore[object]:
                place = log_place(own)
                hubs.append(stack.enter_context(closing(Hub(counted(place.writer(), name)))))
                handover = Handover(hubs[0].join())
                return stack.enter_context(closing(place.store(handover)))

            async with committing(own, store) as (begun, kept, check):
                supervisor.open(name, SharedCheck(own, begun, check), kept, hubs[0])
                opened()
                await ended()

        keeping = Keeping(tenants, serve)
        try:
            await keeping.tried()
            await supervisor.run(ready)
        except BaseException:
            await keeping.cancel()
            raise
        await keeping.end()


@contextmanager
def _reserved(settings: Settings) -> Iterator[Settings]:
    """*settings* with the ports that its processes listen on."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved(settings.host, settings.port))
        http = settings.http
        if http is not None:
            http = http._replace(port=stack.enter_context(reserved(*http)))
        yield replace(settings, port=port, http=http)
