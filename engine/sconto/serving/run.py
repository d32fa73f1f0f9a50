"""`run_server`: the server, in as many processes as its settings say."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial

import uvloop

from sconto.app.expiry import expire_for_ever
from sconto.app.shop_currency import check_currency
from sconto.app.transparency.checkpoint import sign_for_ever
from sconto.bootstrap import admission, checkpoints, log_place, now_us, people, user_key
from sconto.rulebook.gate import check_apart
from sconto.serving.address import Ports, check_exposure, reserved
from sconto.serving.exposed import counted, exposed
from sconto.serving.initial_rules import begin
from sconto.serving.server_process import answer_calls, in_background, limits_of, stop_on
from sconto.serving.shared_check import SharedCheck
from sconto.serving.supervisor import Supervisor
from sconto.settings import Settings
from sconto.store.folder import held
from sconto.store.handover import Handover, Hub
from sconto.telemetry.logs import set_up_logs

Ready = Callable[[Ports], None]
"""Called once with the ports, when calls are answered."""


def run_server(settings: Settings, ready: Ready) -> None:
    """Serve until SIGTERM or SIGINT, then drain; *ready* is called with the ports.

    Rules are checked in a process apart, now and whenever their files change. Raises a ScontoError
    when another server is on the data folder, a part can't be opened, or that check fails, and
    OSError when the address can't be had: a server never starts on less than it was told to serve.
    Raises StoreUnavailable at the end when nothing can be recorded then.
    """
    set_up_logs(settings.log_format)
    check_exposure(settings)
    people(settings)
    if settings.callers:
        admission(settings.callers)
    serve = _alone if settings.processes == 1 else _together
    with (
        held(settings.data, now_us()),
        exposed(settings.metrics) as metrics,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(serve(replace(settings, metrics=metrics), ready))


async def _alone(settings: Settings, ready: Ready) -> None:
    limits = limits_of(settings)
    check = partial(check_apart, settings.rules, limits)
    begun = await begin(settings, check, limits)
    user_key(settings)
    stop = stop_on(signal.SIGTERM, signal.SIGINT)

    async def notify(ports: Ports) -> None:
        ready(ports)

    place = log_place(settings)
    with closing(place.store(counted(place.writer()))) as store:
        await check_currency(store, begun.documents)
        signing = await checkpoints(settings, store)
        async with in_background((expire_for_ever(store, now_us), sign_for_ever(signing))):
            await answer_calls(settings, begun, store, check, notify, stop)
        await signing.advance()
        await store.check()


async def _together(settings: Settings, ready: Ready) -> None:
    limits = limits_of(settings)
    check = partial(check_apart, settings.rules, limits)
    begun = await begin(settings, check, limits)
    # Made here, so that no two processes make one each.
    user_key(settings)
    place = log_place(settings)
    with (
        _reserved(settings) as bound,
        closing(Hub(counted(place.writer()))) as hub,
        closing(place.store(Handover(hub.join()))) as store,
    ):
        await check_currency(store, begun.documents)
        supervisor = Supervisor(bound, SharedCheck(bound, begun, check), store, hub)
        # Here alone: what time puts away is put away once, and the log has one head.
        signing = await checkpoints(settings, store)
        async with in_background((expire_for_ever(store, now_us), sign_for_ever(signing))):
            await supervisor.run(ready)
        await signing.advance()
        await store.check()


@contextmanager
def _reserved(settings: Settings) -> Iterator[Settings]:
    """*settings* with the ports that its processes listen on."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved(settings.host, settings.port))
        http = settings.http
        if http is not None:
            http = http._replace(port=stack.enter_context(reserved(*http)))
        yield replace(settings, port=port, http=http)
