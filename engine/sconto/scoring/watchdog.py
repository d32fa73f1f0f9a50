"""Stops a model that takes too long, from a thread beside the one that runs it."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

LOOK_SECONDS: Final = 0.005
"""Between two looks at most: callers may leave less time than the limit."""


class Watchdog:
    """Terminates the run it was told about once its time is up.

    The runner only stores two values; the watching thread wakes every few milliseconds, so a
    run costs no hand-over between threads. A run is stopped between two operators of its graph.
    """

    def __init__(self, limit_seconds: float) -> None:
        self._limit = limit_seconds
        self._watched: tuple[Any, float] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="model-watchdog", daemon=True)
        self._thread.start()

    def start(self, run_options: Any, within_seconds: float) -> float:
        """Watch the run that *run_options* belongs to, from now on; return when its time is up."""
        until = time.monotonic() + min(self._limit, within_seconds)
        self._watched = (run_options, until)
        return until

    def stop(self, until: float) -> bool:
        """Stop watching; return whether the run ended in time."""
        self._watched = None
        return time.monotonic() <= until

    def close(self) -> None:
        """End the watching thread."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(min(self._limit / 4, LOOK_SECONDS)):
            watched = self._watched
            if watched is not None and time.monotonic() > watched[1]:
                watched[0].terminate = True
