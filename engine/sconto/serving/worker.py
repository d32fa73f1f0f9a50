"""A process that answers calls and hands its writes over: `python -m sconto.serving.worker`.

Started by the Supervisor alone, with the numbers of two inherited sockets: messages and writes.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from typing import Final

import uvloop

from sconto.app.reload import Refused
from sconto.bootstrap import log_place
from sconto.errors import ScontoError
from sconto.serving.address import Ports
from sconto.serving.messages import Answering, Begin, CheckFiles, Failed, receive, send
from sconto.serving.server_process import answer_calls, stop_on
from sconto.store.handover import Handover
from sconto.telemetry.logs import set_up_logs

FAILED: Final = 3
"""Exit code of a process that could not answer, or was left alone."""

_LOG: Final = logging.getLogger(__name__)


class _Parent:
    """The process that commits, as one that answers sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.gone = False
        self._reader = reader
        self._writer = writer
        self._checked: asyncio.Queue[bytes | Refused] = asyncio.Queue()

    async def begin(self) -> Begin | None:
        """What to begin with."""
        begin: Begin | None = await receive(self._reader)
        return begin

    async def tell(self, message: Answering | Failed) -> None:
        """Tell it how this process fares."""
        await send(self._writer, message)

    async def check(self) -> bytes | Refused:
        """See CheckRules."""
        await send(self._writer, CheckFiles())
        return await self._checked.get()

    async def listen(self, stop: asyncio.Event) -> None:
        """Hear it, and set *stop* when it is gone: nothing can be recorded any more."""
        while (message := await receive(self._reader)) is not None:
            self._checked.put_nowait(message)
        self.gone = not stop.is_set()
        if self.gone:
            _LOG.critical("error: the process that commits is gone: this one stops answering")
        stop.set()


async def _work(messages: socket.socket, writes: socket.socket) -> int:
    stop = stop_on(signal.SIGTERM)
    reader, writer = await asyncio.open_unix_connection(sock=messages)
    parent = _Parent(reader, writer)
    if (begin := await parent.begin()) is None:
        return FAILED
    set_up_logs(begin.settings.log_format)
    listening = asyncio.create_task(parent.listen(stop))

    async def ready(_: Ports) -> None:
        await parent.tell(Answering())

    store = log_place(begin.settings).store(Handover(writes))
    try:
        await answer_calls(begin.settings, begin.begun, store, parent.check, ready, stop)
    except (ScontoError, OSError) as error:
        advice = error.help if isinstance(error, ScontoError) else ScontoError.help
        if not parent.gone:
            await parent.tell(Failed(str(error), advice))
        return FAILED
    finally:
        listening.cancel()
        store.close()
    return FAILED if parent.gone else 0


def main() -> int:
    """Answer calls until told to end, and return the exit code."""
    messages, writes = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_work(messages, writes))


if __name__ == "__main__":
    sys.exit(main())
