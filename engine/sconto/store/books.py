"""The decisions that a store takes: which writes are accepted, and what they change.

Pure. MemoryStore keeps one Books for good; SqliteStore fills one per transaction with just the
rows that its batch can touch, so both decide by the same lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sconto.app.lifecycle import NEXT_STATE
from sconto.app.ports import (
    BudgetRefused,
    Committed,
    DecisionWrite,
    EventsWrite,
    Reservation,
    ReservationState,
    Step,
    StepRefused,
    StepWrite,
    StoredAnswer,
)
from sconto.domain.behaviour import GIVEN, REDEEMED, BehaviourEvent
from sconto.domain.budget import Draw
from sconto.store.origins import Origin, own, sent

DecisionOutcome: TypeAlias = Committed | BudgetRefused | StoredAnswer
StepOutcome: TypeAlias = Committed | StepRefused | StoredAnswer


@dataclass(frozen=True, slots=True)
class Posting:
    """An accepted write, under its number of the decision log; *draws* are what it moves."""

    seq: int
    write: DecisionWrite | StepWrite
    draws: tuple[Draw, ...]


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event, under what tells it from every other."""

    origin: Origin
    event: BehaviourEvent


@dataclass(slots=True)
class Books:
    """Answers, balances, reservations and events, and the postings that changed them.

    INVARIANT: no accepted decision takes a key in *used* past the limit of its draw.
    """

    answers: dict[str, StoredAnswer] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    """Reserved + redeemed of each ledger key."""
    reservations: dict[str, Reservation] = field(default_factory=dict)
    next_seq: int = 1
    posted: list[Posting] = field(default_factory=list)
    known: set[Origin] = field(default_factory=set)
    """Of the events that were sent, those that are kept."""
    given: dict[str, KeptEvent] = field(default_factory=dict)
    """The event that each decision with a discount made."""
    kept: list[KeptEvent] = field(default_factory=list)
    """Events that came in, in their order."""
    undone: dict[Origin, int] = field(default_factory=dict)
    """Own events that were taken back, and when, microseconds."""

    def decide(
        self, write: DecisionWrite | StepWrite | EventsWrite
    ) -> DecisionOutcome | StepOutcome | int:
        """What becomes of *write*: all of it is in the books afterwards, or nothing."""
        match write:
            case DecisionWrite():
                return self.add_decision(write)
            case StepWrite():
                return self.take_step(write)
            case EventsWrite():
                return self.add_events(write)

    def add_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """Post the decision, its draws and its answer, unless a draw passes its limit."""
        if (given := self._given(write)) is not None:
            return given
        after: dict[str, int] = {}
        for draw in write.draws:
            total = after.get(draw.key, self.used.get(draw.key, 0)) + draw.amount
            if total > draw.limit:
                return BudgetRefused(draw)
            after[draw.key] = total
        self.used.update(after)
        if write.expires_us is not None:
            self.reservations[write.decision_id] = Reservation(
                write.decision_id, ReservationState.HELD, write.expires_us, write.draws
            )
        if write.discount:
            origin = own(write.user_ref, GIVEN, write.decision_id)
            event = BehaviourEvent(GIVEN, write.decided_us, write.discount)
            self.given[write.decision_id] = KeptEvent(origin, event)
            self.kept.append(self.given[write.decision_id])
        return self._post(write, write.draws)

    def take_step(self, write: StepWrite) -> StepOutcome:
        """Post the step if the reservation's state allows it; release and expiry give back."""
        if (given := self._given(write)) is not None:
            return given
        held = self.reservations.get(write.decision_id)
        if held is None:
            return StepRefused(None)
        if not _allowed(write, held):
            return StepRefused(held.state)
        self.reservations[write.decision_id] = replace(held, state=NEXT_STATE[write.step])
        if write.step is not Step.REDEEM:
            for draw in held.draws:
                self.used[draw.key] -= draw.amount
        self._follow(write)
        return self._post(write, held.draws)

    def add_events(self, write: EventsWrite) -> int:
        """Keep the events that are new, and return how many those are."""
        before = len(self.kept)
        for told in write.events:
            origin = sent(told.user_ref, told.event_id)
            if origin not in self.known:
                self.known.add(origin)
                self.kept.append(KeptEvent(origin, told.event))
        return len(self.kept) - before

    def _follow(self, write: StepWrite) -> None:
        """Do to the decision's own events what the step does to its reservation."""
        given = self.given.get(write.decision_id)
        if given is None:
            return
        redeemed = own(given.origin.user_ref, REDEEMED, write.decision_id)
        if write.step is Step.REDEEM:
            event = BehaviourEvent(REDEEMED, write.at_us, given.event.amount)
            self.kept.append(KeptEvent(redeemed, event))
        else:
            self.undone |= {given.origin: write.at_us, redeemed: write.at_us}

    def _given(self, write: DecisionWrite | StepWrite) -> StoredAnswer | None:
        return self.answers.get(write.request_key) if write.request_key else None

    def _post(self, write: DecisionWrite | StepWrite, draws: tuple[Draw, ...]) -> Committed:
        if write.request_key:
            self.answers[write.request_key] = write.answer
        self.posted.append(Posting(self.next_seq, write, draws))
        self.next_seq += 1
        return Committed(self.posted[-1].seq)


def _allowed(write: StepWrite, held: Reservation) -> bool:
    match write.step:
        case Step.REDEEM:
            return held.state is ReservationState.HELD and write.at_us < held.expires_us
        case Step.EXPIRE:
            return held.state is ReservationState.HELD and write.at_us >= held.expires_us
        case Step.RELEASE:
            return held.state in {ReservationState.HELD, ReservationState.REDEEMED}
