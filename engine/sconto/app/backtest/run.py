"""A backtest: stretches decided on guesses, and taken in the order of the log if they hold.

Decisions hang together through budgets. So each is decided elsewhere on a guess of what budgets
have used, together with the bounds within which another view would give the same; here, where the
true view is known, it is taken if that lies within them, and decided again if not. The result is
that of deciding one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from sconto.app.backtest.budget_state import BudgetState
from sconto.app.backtest.compared_amounts import within
from sconto.app.backtest.comparison import NEW, OLD, Answer, RulesetComparison
from sconto.app.backtest.log import DecisionLog, Span
from sconto.app.backtest.task import (
    Decided,
    Freed,
    Item,
    Task,
    Unreadable,
    give_back,
    take,
)

STRETCH: Final = 400
"""Entries of one task: enough to be worth handing over, few enough that guesses stay near."""

Result = Callable[[], list[Item]]
"""Waits for a task and returns what came of it."""


class Workers(Protocol):
    """Whoever works on tasks, *at_once* of them at a time."""

    at_once: int

    def submit(self, task: Task) -> Result:
        """Begin *task*."""
        ...


class Listener(Protocol):
    """Receives every result in the order of the log."""

    def decided(self, decided: Decided, states: tuple[BudgetState, BudgetState]) -> None:
        """A decision, as both sides make it; *states* bear it already."""
        ...

    def unreadable(self, entry: Unreadable) -> None:
        """An entry that can't be read."""
        ...


@dataclass(slots=True)
class Run:
    """One backtest over *span* of *log*; *sides* decide again what was guessed wrong."""

    log: DecisionLog
    sides: RulesetComparison
    span: Span
    shared: frozenset[str]
    """The holders whose budgets many shoppers draw on."""
    chosen: frozenset[int] | None = None
    again: list[int] = field(default_factory=lambda: [0, 0])
    """Answers whose guess did not hold, by side."""
    logged: list[bool] = field(default_factory=lambda: [True, True])
    """Whether the log's own decisions are worth trying on a side."""

    def go(self, workers: Workers, listener: Listener) -> None:
        """Decide everything, and tell *listener*."""
        opening = self.log.opening(self.span.first) if self.chosen is None else {}
        states = (
            BudgetState.opened(opening, self.shared),
            BudgetState.opened(opening, self.shared),
        )
        waiting: deque[Result] = deque()
        for task in self._tasks(states):
            waiting.append(workers.submit(task))
            # One task waits for each that is worked on, so that nobody is idle.
            while len(waiting) > 2 * workers.at_once:
                self._take(waiting.popleft()(), states, listener)
        while waiting:
            self._take(waiting.popleft()(), states, listener)

    def _tasks(self, states: tuple[BudgetState, BudgetState]) -> Iterator[Task]:
        for first in range(self.span.first, self.span.last + 1, STRETCH):
            last = min(first + STRETCH - 1, self.span.last)
            if self.chosen is None:
                holders = {*self.shared, *self.log.shoppers(first, last)}
                guesses = states[OLD].of(holders), states[NEW].of(holders)
                yield Task(first, last, guesses, logged=(self.logged[OLD], self.logged[NEW]))
            elif chosen := self.chosen.intersection(range(first, last + 1)):
                yield Task(first, last, chosen=chosen)

    def _take(
        self, items: list[Item], states: tuple[BudgetState, BudgetState], listener: Listener
    ) -> None:
        before = list(self.again)
        for item in items:
            match item:
                case Unreadable():
                    listener.unreadable(item)
                case Freed():
                    give_back(item, states, self.span.first)
                case Decided() if self.chosen is not None:
                    listener.decided(item, states)
                case Decided():
                    decided = self._true(item, states)
                    take(decided, states)
                    listener.decided(decided, states)

        # A side whose budgets left those of the log behind is decided on guesses from then on.
        for side in (OLD, NEW):
            if 2 * (self.again[side] - before[side]) > len(items):
                self.logged[side] = False

    def _true(self, guessed: Decided, states: tuple[BudgetState, BudgetState]) -> Decided:
        """*guessed*, or what is right where a guess did not hold."""
        answers = [
            self._answer(side, guessed, answer, state)
            for side, answer, state in zip((OLD, NEW), guessed.answers, states, strict=True)
        ]
        return replace(guessed, answers=(answers[OLD], answers[NEW]))

    def _answer(self, side: int, guessed: Decided, answer: Answer, state: BudgetState) -> Answer:
        if within(answer.bounds, state.view(key for key, _, _ in answer.bounds)):
            return answer
        self.again[side] += 1
        (entry,) = self.log.entries(guessed.seq, guessed.seq)
        return self.sides.answer(side, self.sides.read(entry.record), state.view)
