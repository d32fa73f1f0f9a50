"""Several processes behind one port: this one commits for all, and replaces those that end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sconto.app.ports import Store
from sconto.bootstrap import signed_rules
from sconto.errors import ScontoError, TenantUnavailable
from sconto.serving.address import Ports
from sconto.serving.exposed import forget
from sconto.serving.initial_rules import Beginning, published_in
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
from sconto.serving.server_process import stop_on
from sconto.serving.shared_check import SharedCheck
from sconto.settings import Settings, TenantSettings
from sconto.store.handover import Hub

# -P: a file in the working directory must not stand in for a module.
COMMAND: Final = (sys.executable, "-P", "-m", "sconto.serving.worker")

REPLACE_SECONDS: Final = 0.5
"""Before a process that ended is replaced, so that one that always ends does not take a core."""
END_SECONDS: Final = 15.0
"""What processes get to end beyond `drain_seconds`: their calls in flight have ten."""

_LOG: Final = logging.getLogger(__name__)


class ProcessFailed(ScontoError):
    """A process of the server ended while the server started."""

    code = "PROCESS_FAILED"

    def __init__(self, failed: Failed) -> None:
        self.help = failed.help
        super().__init__(failed.error)


class CommitterFailed(ScontoError):
    """Nothing can be recorded any more."""

    code = "COMMITTER_FAILED"
    help = "look at the disk of the data folder, then start the server again"


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    messages: socket.socket
    """This end of it."""
    unheard: dict[str, socket.socket]
    """This end of the writes of tenants that are not open."""
    failed: Failed | None = None

    @classmethod
    def start(cls, tenants: Iterable[str]) -> _Worker:
        """A process that hands over what *tenants*, in this order, write."""
        ours, theirs = socket.socketpair()
        writes = {name: socket.socketpair() for name in tenants}
        with ExitStack() as stack:
            handed = [theirs, *(end for _, end in writes.values())]
            numbers = [stack.enter_context(one).fileno() for one in handed]
            # Popen, and no fork: threads run here.
            process = subprocess.Popen(
                [*COMMAND, *map(str, numbers)],
                pass_fds=numbers,
                # Ctrl-C at a terminal is for the parent alone, which then ends the others.
                process_group=0,
            )
        return cls(process, ours, {name: end for name, (end, _) in writes.items()})

    def wait(self) -> str:
        """How it ended; it has closed its messages, so this takes no time."""
        try:
            code = self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class _Open(NamedTuple):
    """A tenant that is open."""

    check: SharedCheck
    store: Store
    hub: Hub


class Supervisor:
    """Keeps `settings.processes` processes answering until it is told to end."""

    def __init__(self, settings: Settings, tenants: Mapping[str, TenantSettings]) -> None:
        self._settings = settings
        self._tenants = tenants
        self._open: dict[str, _Open] = {}
        self._lost: asyncio.Future[None] = asyncio.Future()
        """Is done when a hub has ended."""
        self._workers: dict[int, _Worker] = {}
        self._answering: set[int] = set()
        self._all_answered = asyncio.Event()
        self._ending = asyncio.Event()

    def open(self, name: str, check: SharedCheck, store: Store, hub: Hub) -> None:
        """Serve the tenant *name* from now on, whose processes hand their writes to *hub*."""
        self._open[name] = _Open(check, store, hub)
        ended = asyncio.ensure_future(asyncio.wrap_future(hub.ended))
        ended.add_done_callback(self._note_lost)
        for worker in self._workers.values():
            self._hear(worker)

    def _note_lost(self, ended: asyncio.Future[None]) -> None:
        if self._lost.done() or ended.cancelled():
            return
        if (error := ended.exception()) is not None:
            self._lost.set_exception(error)
        else:
            self._lost.set_result(None)

    def _hear(self, worker: _Worker) -> None:
        """Have what *worker* writes go where it is committed, as far as that is open."""
        for name in self._open.keys() & worker.unheard.keys():
            self._open[name].hub.hear(worker.unheard.pop(name))

    async def run(self, ready: Callable[[Ports], None]) -> None:
        """Run them until SIGTERM or SIGINT; *ready* is called with the ports once all answer.

        Raises ProcessFailed when one can't start, CommitterFailed when commits can't go on.
        """
        stop = asyncio.create_task(stop_on(signal.SIGTERM, signal.SIGINT).wait())
        notified = asyncio.create_task(self._notify(ready))
        lost = self._lost
        keepers = [asyncio.create_task(self._keep(n)) for n in range(self._settings.processes)]
        try:
            ends: list[asyncio.Future[Any]] = [stop, lost, *keepers]
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if lost in done:
                raise CommitterFailed(f"commits have ended: {lost.exception()}")
            for one in done:
                one.result()
        finally:
            for task in (stop, notified):
                task.cancel()
            await self._end(keepers)

    async def _notify(self, ready: Callable[[Ports], None]) -> None:
        await self._all_answered.wait()
        http, metrics = self._settings.http, self._settings.metrics
        ports = (http.port if http else None, metrics.port if metrics else None)
        ready(Ports(self._settings.port, *ports))

    async def _end(self, keepers: list[asyncio.Task[None]]) -> None:
        self._ending.set()
        for worker in self._workers.values():
            worker.process.terminate()
        _, late = await asyncio.wait(keepers, timeout=END_SECONDS + self._settings.drain_seconds)
        for worker in self._workers.values():
            if late:
                worker.process.kill()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, number: int) -> None:
        """Have a process answer, and another one when it ends."""
        while not self._ending.is_set():
            worker = self._workers[number] = _Worker.start(self._tenants)
            self._hear(worker)
            pid = worker.process.pid
            await self._attend(number, worker)
            how = await asyncio.to_thread(worker.wait)
            while worker.unheard:
                worker.unheard.popitem()[1].close()
            forget(pid)
            if self._ending.is_set():
                return
            if not self._all_answered.is_set():
                raise ProcessFailed(
                    worker.failed or Failed(f"a process ended with {how}", ScontoError.help)
                )
            cause = f": {worker.failed.error}" if worker.failed else ""
            _LOG.error("process %d ended with %s and is replaced%s", pid, how, cause)
            await asyncio.sleep(REPLACE_SECONDS)

    async def _attend(self, number: int, worker: _Worker) -> None:
        """Answer what *worker* says, until it says no more."""
        reader, writer = await asyncio.open_unix_connection(sock=worker.messages)
        answering: set[asyncio.Task[None]] = set()
        try:
            await send(writer, Start(self._settings, self._tenants))
            while (message := await receive(reader)) is not None:
                match message:
                    case Answering():
                        self._answering.add(number)
                        if len(self._answering) == self._settings.processes:
                            self._all_answered.set()
                    case HowToBegin() | CheckFiles():
                        # Beside this: it may take long, and the process may end meanwhile.
                        answering.add(asyncio.create_task(self._answer(message, writer)))
                    case Failed():
                        worker.failed = message
        except OSError:
            pass  # it ended while it was sent something
        finally:
            for task in answering:
                task.cancel()
            writer.close()

    async def _answer(self, message: HowToBegin | CheckFiles, writer: asyncio.StreamWriter) -> None:
        name = message.tenant
        answer: Begin | Checked
        if isinstance(message, CheckFiles):
            answer = Checked(name, await self._open[name].check())
        else:
            answer = Begin(name, await self._beginning(name))
        with contextlib.suppress(OSError):
            await send(writer, answer)

    async def _beginning(self, name: str) -> Beginning | Failed:
        """What a process begins to serve the tenant *name* with."""
        if (found := self._open.get(name)) is None:
            return Failed(f"`{name}` is not open", TenantUnavailable.help)
        newest, signed = found.check.newest, signed_rules(self._tenants[name].settings)
        try:
            published = await found.store.read(
                lambda: published_in(found.store, newest.seen, signed)
            )
        except ScontoError as error:
            # It can't be read now; the next one to ask may have more luck.
            return Failed(str(error), error.help)
        return published or newest
