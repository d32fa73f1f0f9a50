"""Progress of long learning, on standard error: one bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Steps:
    """Says which step is being done; where nobody watches, in lines with the seconds so far."""

    def __init__(self, console: Console, bar: Progress) -> None:
        self._console, self._bar, self._began = console, bar, monotonic()
        self._task = bar.add_task("", total=None)
        self._done = 0

    def say(self, what: str) -> None:
        """*what* begins."""
        self._bar.update(self._task, description=what)
        self._line(what)

    def of_many(self, what: str, total: int, done: bool) -> None:
        """*what*, one of *total* steps, begins, or is *done*."""
        self._done += done
        self._bar.update(self._task, description=what, total=total, advance=int(done))
        if done:
            self._line(f"{what}: {self._done} of {total} fits done")

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(f"{monotonic() - self._began:7.1f} s  {text}")


@contextmanager
def steps() -> Iterator[Steps]:
    """Steps of one run of a command."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield Steps(console, bar)
