"""Progress of learning, on standard error: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Steps:
    """Shows the step being done; without a terminal, as lines with the seconds so far."""

    def __init__(self, console: Console, bar: Progress) -> None:
        self._console, self._bar, self._began = console, bar, monotonic()
        self._task = bar.add_task("", total=None)
        self._done = 0

    def say(self, what: str) -> None:
        """Show that the step *what* begins."""
        self._bar.update(self._task, description=what)
        self._line(what)

    def of_many(self, what: str, total: int, done: bool) -> None:
        """Show that *what*, one of *total* steps, begins or is *done*."""
        self._done += done
        self._bar.update(self._task, description=what, total=total, advance=int(done))
        if done:
            self._line(f"{what}: {self._done} of {total} fits done")

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(f"{monotonic() - self._began:7.1f} s  {text}")


@contextmanager
def steps() -> Iterator[Steps]:
    """Show the steps of one run of a command."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield Steps(console, bar)


class _Speed(ProgressColumn):
    """Rows per second, over the last moments."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} rows/s")


class TrainingBar:
    """A bar over all members of a run; shows the member that is being fitted."""

    def __init__(self, bar: Progress, members: int, epochs: int, sizes: Sequence[int]) -> None:
        self.bar, self.members, self.sizes = bar, members, sizes
        self.task = bar.add_task("train", total=epochs * sum(sizes))

    def member(self, number: int) -> _Member:
        """The display of network *number*, from 0: members first, then those that check."""
        if number < self.members:
            name = f"member {number + 1} of {self.members}"
        else:
            checks = len(self.sizes) - self.members
            name = f"check {number - self.members + 1} of {checks}"
        return _Member(self, name, self.sizes[number])


class _Member:
    def __init__(self, shown: TrainingBar, name: str, rows: int) -> None:
        self.shown, self.name, self.rows = shown, name, rows
        self.epochs, self.text = 0, ""

    def began(self, done: int, epochs: int) -> None:
        """Take the epochs *done* by an earlier run off the rest."""
        self.epochs = epochs
        bar, task = self.shown.bar, self.shown.task
        left = (bar.tasks[task].total or 0) - done * self.rows
        bar.update(task, total=left, description=f"{self.name}, epoch {min(done + 1, epochs)}")
        if done:
            bar.console.print(f"{self.name}: {done} of {epochs} epochs were done before")

    def learnt(self, rows: int) -> None:
        """Advance by *rows*."""
        self.shown.bar.advance(self.shown.task, rows)

    def epoch(self, number: int, loss: float, held: float | None) -> None:
        """Show the *loss* of training rows, and that of rows *held* out."""
        self.text = f"{self.name}, epoch {number} of {self.epochs}, loss {loss:.4f}"
        if held is not None:
            self.text += f", held out {held:.4f}"
            self.shown.bar.console.print(self.text)
        self.shown.bar.update(self.shown.task, description=self.text)

    def ended(self, number: int, best: int) -> None:
        """Show the kept epoch, and take the epochs that were not needed off the rest."""
        bar, task = self.shown.bar, self.shown.task
        left = (bar.tasks[task].total or 0) - (self.epochs - number) * self.rows
        bar.update(task, total=left)
        if best != number:
            bar.console.print(f"{self.name}: the weights of epoch {best} are kept")
        elif self.text and "held out" not in self.text:
            bar.console.print(self.text)


@contextmanager
def training_bar(members: int, epochs: int, sizes: Sequence[int]) -> Iterator[TrainingBar]:
    """Show the progress of a run of *members* and the networks that check them.

    *sizes* are the rows of an epoch of each of them.
    """
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), _Speed(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield TrainingBar(bar, members, epochs, sizes)
