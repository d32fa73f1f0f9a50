"""Progress of training, on standard error: a bar on a terminal, a line for each member anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Speed(ProgressColumn):
    """Rows per second, over the last moments."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} rows/s")


class Shown:
    """What is left of a whole run; shows each member in turn."""

    def __init__(self, bar: Progress, members: int, epochs: int, sizes: Sequence[int]) -> None:
        self.bar, self.members, self.sizes = bar, members, sizes
        self.task = bar.add_task("train", total=epochs * sum(sizes))

    def member(self, number: int) -> _Member:
        """The watch of the network with that *number*, from 0: members, then those that check."""
        if number < self.members:
            name = f"member {number + 1} of {self.members}"
        else:
            checks = len(self.sizes) - self.members
            name = f"check {number - self.members + 1} of {checks}"
        return _Member(self, name, self.sizes[number])


class _Member:
    def __init__(self, shown: Shown, name: str, rows: int) -> None:
        self.shown, self.name, self.rows = shown, name, rows
        self.epochs, self.text = 0, ""

    def began(self, done: int, epochs: int) -> None:
        """What was *done* before needs no more time."""
        self.epochs = epochs
        bar, task = self.shown.bar, self.shown.task
        left = (bar.tasks[task].total or 0) - done * self.rows
        bar.update(task, total=left, description=f"{self.name}, epoch {min(done + 1, epochs)}")
        if done:
            bar.console.print(f"{self.name}: {done} of {epochs} epochs were done before")

    def learnt(self, rows: int) -> None:
        """Move on by *rows*."""
        self.shown.bar.advance(self.shown.task, rows)

    def epoch(self, number: int, loss: float, held: float | None) -> None:
        """Show the *loss* of training rows, and that of rows *held* out."""
        self.text = f"{self.name}, epoch {number} of {self.epochs}, loss {loss:.4f}"
        if held is not None:
            self.text += f", held out {held:.4f}"
            self.shown.bar.console.print(self.text)
        self.shown.bar.update(self.shown.task, description=self.text)

    def ended(self, number: int, best: int) -> None:
        """Say how it ended; what was not needed is taken off what is left."""
        bar, task = self.shown.bar, self.shown.task
        left = (bar.tasks[task].total or 0) - (self.epochs - number) * self.rows
        bar.update(task, total=left)
        if best != number:
            bar.console.print(f"{self.name}: the weights of epoch {best} are kept")
        elif self.text and "held out" not in self.text:
            bar.console.print(self.text)


@contextmanager
def shown(members: int, epochs: int, sizes: Sequence[int]) -> Iterator[Shown]:
    """Progress of a run of so many *members*, and others that check them; *epochs* of each.

    *sizes* are the rows of an epoch of each of them.
    """
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), _Speed(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield Shown(bar, members, epochs, sizes)
