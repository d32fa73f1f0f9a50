"""A process that answers calls and hands its writes over: `python -m sconto.serving.worker`.

Started by the Supervisor alone, with the numbers of inherited sockets: messages, and the writes of
each tenant.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import Final

import uvloop

from sconto.app.reload import Refused
from sconto.bootstrap import log_place
from sconto.errors import ScontoError, Unavailable
from sconto.serving.address import Ports
from sconto.serving.initial_rules import Beginning
from sconto.serving.messages import (
    Answering,
    Begin,
    Checked,
    CheckFiles,
    Failed,
    HowToBegin,
    Start,
    receive,
    send,
)
from sconto.serving.server_process import Opened, answer_calls, stop_on
from sconto.store.handover import Handover
from sconto.telemetry.logs import set_up_logs

FAILED: Final = 3
"""Exit code of a process that could not answer, or was left alone."""
GONE: Final = "the process that commits is gone"

_LOG: Final = logging.getLogger(__name__)


class _Parent:
    """The process that commits, as one that answers sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.gone = False
        self._reader = reader
        self._writer = writer
        self._begun: defaultdict[str, asyncio.Queue[Beginning | Failed]]
        self._begun = defaultdict(asyncio.Queue)
        self._checked: defaultdict[str, asyncio.Queue[bytes | Refused]]
        self._checked = defaultdict(asyncio.Queue)

    async def start(self) -> Start | None:
        """What to serve."""
        start: Start | None = await receive(self._reader)
        return start

    async def tell(self, message: Answering | Failed) -> None:
        """Tell it how this process fares."""
        await send(self._writer, message)

    async def begin(self, tenant: str) -> Beginning:
        """What to begin to serve *tenant* with; raises Unavailable when that can't be done."""
        if self.gone:
            raise Unavailable(GONE)
        await send(self._writer, HowToBegin(tenant))
        begun = await self._begun[tenant].get()
        if isinstance(begun, Failed):
            raise Unavailable(begun.error, begun.help)
        return begun

    async def check(self, tenant: str) -> bytes | Refused:
        """See CheckRules."""
        await send(self._writer, CheckFiles(tenant))
        return await self._checked[tenant].get()

    async def listen(self, stop: asyncio.Event) -> None:
        """Hear it, and set *stop* when it is gone: nothing can be recorded any more."""
        while (message := await receive(self._reader)) is not None:
            match message:
                case Begin():
                    self._begun[message.tenant].put_nowait(message.begun)
                case Checked():
                    self._checked[message.tenant].put_nowait(message.result)
        self.gone = not stop.is_set()
        if self.gone:
            _LOG.critical("error: %s: this one stops answering", GONE)
        stop.set()
        for begun in self._begun.values():
            begun.put_nowait(Failed(GONE, ScontoError.help))


async def _work(messages: socket.socket, writes: Sequence[socket.socket]) -> int:
    stop = stop_on(signal.SIGTERM)
    reader, writer = await asyncio.open_unix_connection(sock=messages)
    parent = _Parent(reader, writer)
    if (start := await parent.start()) is None:
        return FAILED
    set_up_logs(start.settings.log_format)
    listening = asyncio.create_task(parent.listen(stop))
    ends = dict(zip(start.tenants, writes, strict=True))

    async def ready(_: Ports) -> None:
        await parent.tell(Answering())

    @asynccontextmanager
    async def opened(name: str) -> AsyncIterator[Opened]:
        begun = await parent.begin(name)
        place = log_place(start.tenants[name].settings)
        # A copy, which is closed with the store: the next attempt needs the other one.
        handover = Handover(ends[name].dup())
        with closing(await asyncio.to_thread(place.store, handover)) as store:
            yield Opened(begun, store, partial(parent.check, name))

    try:
        await answer_calls(start.settings, start.tenants, opened, ready, stop)
    except (ScontoError, OSError) as error:
        advice = error.help if isinstance(error, ScontoError) else ScontoError.help
        if not parent.gone:
            await parent.tell(Failed(str(error), advice))
        return FAILED
    finally:
        listening.cancel()
    return FAILED if parent.gone else 0


def main() -> int:
    """Answer calls until told to end, and return the exit code."""
    messages, *writes = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_work(messages, writes))


if __name__ == "__main__":
    sys.exit(main())
