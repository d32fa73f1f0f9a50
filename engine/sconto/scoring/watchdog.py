"""Stops a model that takes too long, from a thread beside the one that runs it."""

from __future__ import annotations

import threading
import time
from typing import Any


class Watchdog:
    """Terminates the run it was told about once its time is up.

    The runner only stores two values; the watching thread wakes a few times per time limit, so a
    run costs no hand-over between threads. A run is stopped between two operators of its graph.
    """

    def __init__(self, limit_seconds: float) -> None:
        self._limit = limit_seconds
        self._watched: tuple[Any, float] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="model-watchdog", daemon=True)
        self._thread.start()

    def start(self, run_options: Any) -> float:
        """Watch the run that *run_options* belongs to, from now on; return the time it began."""
        began = time.monotonic()
        self._watched = (run_options, began + self._limit)
        return began

    def stop(self, began: float) -> bool:
        """Stop watching; return whether the run kept within its limit."""
        self._watched = None
        return time.monotonic() - began <= self._limit

    def close(self) -> None:
        """End the watching thread."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(self._limit / 4):
            watched = self._watched
            if watched is not None and time.monotonic() > watched[1]:
                watched[0].terminate = True
