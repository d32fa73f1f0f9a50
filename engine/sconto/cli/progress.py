"""Progress of long work, on standard error and only on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]
"""Progress callback: called with the number of further steps that are done."""


@contextmanager
def status(text: str) -> Iterator[Callable[[str], None]]:
    """Show *text* while the block runs; yields a callback that replaces the text."""
    from rich.console import Console

    with Console(stderr=True).status(text) as shown:
        yield shown.update


@contextmanager
def progress(description: str, total: int, noun: str = "decisions") -> Iterator[Advance]:
    """Show a bar over *total* of *noun* with their speed; yields the callback that moves it."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=total, speed="")

        def advance(done: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, advance=done, speed=f"{speed:,.0f} {noun}/s" if speed else "")

        yield advance
