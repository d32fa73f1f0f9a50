"""One stretch of the log, decided on a guess of what budgets have used.

This is the part of a backtest that several processes share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from sconto.app.backtest.budget_state import BudgetState, Snapshot
from sconto.app.backtest.comparison import NEW, OLD, Answer, RulesetComparison, View
from sconto.app.backtest.log import DecisionLog, Logged
from sconto.app.backtest.read import Asked
from sconto.app.ports import ReservationState, Step
from sconto.domain.budget import BudgetView
from sconto.domain.canonical import parse
from sconto.errors import CorruptRecord

GONE: Final = frozenset(
    {
        ReservationState.RELEASED,
        ReservationState.EXPIRED,
        ReservationState.REPLACED,
        ReservationState.RETURNED,
    }
)
"""What became of a discount that cost nothing in the end: the sale did not happen with it."""


@dataclass(frozen=True, slots=True)
class Task:
    """The entries *first* to *last*, and what each side's budgets are thought to have used."""

    first: int
    last: int
    guesses: tuple[Snapshot, Snapshot] = ({}, {})
    chosen: frozenset[int] | None = None
    """Only these decisions, each on the view of the budgets that it was really made on."""
    logged: tuple[bool, bool] = (True, True)
    """Whether a side's budgets are thought to be those of the log, so that its own decisions
    stand."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A logged decision with the answer of both sides."""

    seq: int
    decision_id: str
    asked: Asked
    state: ReservationState | None
    """What became of the discount that was really given; None when there was none."""
    returned: bool
    """Whether pieces of the basket came back."""
    answers: tuple[Answer, Answer]
    dropped: tuple[str, ...]
    """Facts of the request that the new rules do not know."""

    @property
    def gone(self) -> bool:
        """Whether the sale did not happen, as far as the log knows."""
        return self.state in GONE


@dataclass(frozen=True, slots=True)
class Freed:
    """A reservation was handed back, or lapsed; *draws* are what it held in the log.

    Of a part that came back, they are the part's.
    """

    decision_id: str
    made: int
    draws: tuple[tuple[str, int], ...]
    part: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that can't be read, and why."""

    seq: int
    decision_id: str
    why: str


Item = Decided | Freed | Unreadable

_DECISION: Final = "decision"
_FREEING: Final = frozenset(step.value for step in Step if step is not Step.REDEEM)


def work(task: Task, log: DecisionLog, sides: RulesetComparison) -> list[Item]:
    """Decide *task* in the order of the log; its budgets go on from the guesses."""
    states = BudgetState(task.guesses[OLD]), BudgetState(task.guesses[NEW])
    return list(_items(task, log, sides, states))


def _items(
    task: Task, log: DecisionLog, sides: RulesetComparison, states: tuple[BudgetState, BudgetState]
) -> Iterator[Item]:
    for entry in log.entries(task.first, task.last):
        try:
            if entry.kind == _DECISION and task.chosen is None:
                views = states[OLD].view, states[NEW].view
                decided = decide_entry(entry, sides, views, task.logged)
                take(decided, states)
                yield decided
            elif entry.kind == _DECISION and entry.seq in (task.chosen or ()):
                yield decide_alone(entry, sides)
            elif entry.kind in _FREEING and task.chosen is None:
                freed = _freed(entry)
                give_back(freed, states, task.first)
                yield freed
        except CorruptRecord as error:
            yield Unreadable(entry.seq, entry.decision_id, str(error))


def decide_entry(
    entry: Logged, sides: RulesetComparison, views: tuple[View, View], logged: tuple[bool, bool]
) -> Decided:
    """The decision *entry* on *views* of the budgets of both sides; raises CorruptRecord."""
    reading = sides.read(entry.record)
    answers = tuple(
        (sides.logged(side, reading) if logged[side] else None)
        or sides.answer(side, reading, views[side])
        for side in (OLD, NEW)
    )
    return Decided(
        seq=entry.seq,
        decision_id=entry.decision_id,
        asked=reading.asked,
        state=entry.state,
        returned=entry.returned,
        answers=(answers[OLD], answers[NEW]),
        dropped=sides.dropped(reading),
    )


def decide_alone(entry: Logged, sides: RulesetComparison) -> Decided:
    """The decision *entry*, both sides on the view of the budgets that it was really made on."""
    budgets = sides.read(entry.record).budgets
    made_on = partial(_view, budgets)
    return decide_entry(entry, sides, (made_on, made_on), (True, True))


def _view(budgets: BudgetView, keys: tuple[str, ...]) -> BudgetView:
    return {key: budgets.get(key, 0) for key in keys}


def take(decided: Decided, states: tuple[BudgetState, BudgetState]) -> None:
    """Let both sides' budgets bear what they give."""
    freed_later = decided.gone or decided.returned
    for state, answer in zip(states, decided.answers, strict=True):
        state.reserve(decided.decision_id, answer.outcome.uses, freed_later=freed_later)


def give_back(freed: Freed, states: tuple[BudgetState, BudgetState], first: int) -> None:
    """Give back what *freed* held on each side.

    What was reserved before entry *first* is known from the log alone.
    """
    for state in states:
        if freed.made < first:
            state.give_back(freed.draws)
        elif freed.part:
            state.free_part(freed.decision_id, freed.draws)
        else:
            state.free(freed.decision_id)


def _freed(entry: Logged) -> Freed:
    try:
        record = parse(entry.record)
        draws = tuple((str(key), int(amount)) for key, amount in record["draws"])
        # Of a return, what is kept of each line.
        part = any(pieces for _, pieces, _ in record.get("kept", ()))
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptRecord(f"it can't be understood: {type(error).__name__} {error}") from error
    return Freed(entry.decision_id, entry.made, draws, part)
