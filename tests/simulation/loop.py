"""An event loop whose time is virtual and whose order of callbacks is drawn from a seed."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable, Coroutine
from contextvars import Context
from itertools import count
from typing import Any

from sconto.errors import ScontoError

MOST_STEPS = 200_000
"""A run that has not ended by then goes in a circle."""


class Stuck(AssertionError):
    """Nothing is left to do, or too much was done, and the run has not ended."""


class Failed(AssertionError):
    """Something raised an error for which nobody waited."""


class SimulatedLoop(asyncio.AbstractEventLoop):
    """Runs one ready callback after the other, chosen by *chance*; time jumps to the next timer.

    No code under it may wait for a thread, a file or a socket. Any order in which it runs what is
    ready is one that real time could bring, but for callbacks that asyncio runs in turn.
    """

    def __init__(self, chance: random.Random) -> None:
        self._draw = chance.random
        self._now = 0.0
        self._ready: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = count()
        self.steps = 0
        self.failures: list[str] = []
        """Of callbacks and of tasks that nobody waited for."""

    def time(self) -> float:
        """Seconds since the run began."""
        return self._now

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """See AbstractEventLoop."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See AbstractEventLoop."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See AbstractEventLoop."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """See AbstractEventLoop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Coroutine[Any, Any, Any],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        """See AbstractEventLoop."""
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def run_until_complete(self, future: Coroutine[Any, Any, Any]) -> Any:
        """What the coroutine *future* returns; raises Stuck when it never will, or Failed."""
        asyncio.events._set_running_loop(self)
        try:
            task = self.create_task(future)
            while not task.done():
                self._step()
                if self.failures:
                    raise Failed(self.failures[0])
            return task.result()
        finally:
            asyncio.events._set_running_loop(None)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """See AbstractEventLoop."""
        error = context.get("exception")
        if isinstance(error, ScontoError):
            # Of a task that lost whoever waited for it, by a crash.
            return
        self.failures.append(str(error) if error else context["message"])

    def get_debug(self) -> bool:
        """See AbstractEventLoop."""
        return False

    def is_running(self) -> bool:
        """See AbstractEventLoop."""
        return True

    def is_closed(self) -> bool:
        """See AbstractEventLoop."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """See BaseEventLoop: a cancelled timer is passed over when its time comes."""

    def _step(self) -> None:
        ready = self._ready
        if not ready:
            self._jump()
            return
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Stuck(f"no end after {MOST_STEPS} steps, at {self._now:.3f} s")
        i = int(self._draw() * len(ready)) if len(ready) > 1 else 0
        ready[i], ready[-1] = ready[-1], ready[i]
        handle = ready.pop()
        if not handle.cancelled():
            handle._run()

    def _jump(self) -> None:
        """To the next timer, whose callback is ready then."""
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not timers:
            raise Stuck(f"everybody waits for something, at {self._now:.3f} s")
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            self._ready.append(heapq.heappop(timers)[2])
