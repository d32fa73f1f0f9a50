"""The decisions that a store takes: which writes are accepted, and what they change.

Pure. MemoryStore keeps one Books for good; SqliteStore fills one per transaction with just the
rows that its batch can touch, so both decide by the same lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sconto.app.lifecycle import NEXT_STATE
from sconto.app.ports import (
    BudgetRefused,
    Committed,
    DecisionWrite,
    EventsWrite,
    Overtaken,
    PublicationWrite,
    Reservation,
    ReservationState,
    RulesEntry,
    SignalsOutdated,
    Step,
    StepRefused,
    StepWrite,
    StoredAnswer,
)
from sconto.domain.behaviour import CODE_UNKNOWN, GIVEN, REDEEMED, BehaviourEvent
from sconto.domain.budget import Draw, freed_draws

DecisionOutcome: TypeAlias = (
    Committed | BudgetRefused | SignalsOutdated | StepRefused | StoredAnswer
)
StepOutcome: TypeAlias = Committed | StepRefused | StoredAnswer
PublicationOutcome: TypeAlias = Committed | Overtaken | StoredAnswer


@dataclass(frozen=True, slots=True)
class Posting:
    """An accepted write, under its number of the decision log; *draws* are what it moves."""

    seq: int
    write: DecisionWrite | StepWrite | RulesEntry
    draws: tuple[Draw, ...]

    @property
    def about(self) -> str:
        """The decision or publication that the entry is about."""
        write = self.write
        return write.publication_id if isinstance(write, RulesEntry) else write.decision_id


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event of one shopper: sent under an *event_id*, or made by a decision."""

    user_ref: str
    event: BehaviourEvent
    event_id: str | None = None
    decision_id: str | None = None


@dataclass(slots=True)
class Books:
    """Answers, balances, reservations and events, and the postings that changed them.

    INVARIANT: no accepted decision takes a key in *used* past the limit or pace of its draw, and
    none that gives a discount has missed one that its rules count.
    """

    answers: dict[str, StoredAnswer] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    """Reserved + redeemed of each ledger key."""
    reservations: dict[str, Reservation] = field(default_factory=dict)
    next_seq: int = 1
    posted: list[Posting] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)
    """Shopper and event_id of the events that were sent and are kept."""
    own: dict[str, tuple[KeptEvent, ...]] = field(default_factory=dict)
    """The events that each decision with a discount made: given, then redeemed."""
    kept: list[KeptEvent] = field(default_factory=list)
    """Events that came in, in their order."""
    next_event: int = 1
    """The number of the next event."""
    given: dict[str, int] = field(default_factory=dict)
    """The number of the newest event that says that a shopper was given a discount."""
    undone: dict[KeptEvent, int] = field(default_factory=dict)
    """Own events that were taken back, and when, microseconds."""
    lessened: dict[KeptEvent, int] = field(default_factory=dict)
    """Own events whose amount became less, and what it is now, minor units."""
    last_rules_seq: int = 0
    """The number of the newest entry about a publication; 0 for none."""

    def decide(
        self, write: DecisionWrite | StepWrite | EventsWrite | PublicationWrite
    ) -> DecisionOutcome | StepOutcome | PublicationOutcome | int:
        """What becomes of *write*: all of it is in the books afterwards, or nothing."""
        match write:
            case DecisionWrite():
                return self.add_decision(write)
            case StepWrite():
                return self.take_step(write)
            case EventsWrite():
                return self.add_events(write)
            case PublicationWrite():
                return self.add_publication(write)

    def add_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """Post what it replaces, then the decision, its draws and its answer.

        Unless a draw passes its limit or pace, a discount was given that its rules missed, or what
        it replaces is not held.
        """
        if (answer := self._answered(write)) is not None:
            return answer
        counted = write.behaviour_seq
        if write.discount and counted is not None and self.given.get(write.user_ref, 0) > counted:
            return SignalsOutdated()
        replaced = self._replaced(write)
        if isinstance(replaced, StepRefused):
            return replaced
        after = self._used_without(replaced)
        for draw in write.draws:
            total = after.get(draw.key, self.used.get(draw.key, 0)) + draw.amount
            if total > draw.usable:
                return BudgetRefused(draw)
            after[draw.key] = total
        if write.replaces is not None:
            self.take_step(write.replaces)
        self.used.update(after)
        if write.expires_us is not None:
            self.reservations[write.decision_id] = Reservation(
                write.decision_id, ReservationState.HELD, write.expires_us, write.draws
            )
        if write.discount:
            event = BehaviourEvent(GIVEN, write.decided_us, write.discount)
            self._keep_own(write.user_ref, event, write.decision_id)
        unknown = BehaviourEvent(CODE_UNKNOWN, write.decided_us)
        for _ in range(write.unknown_codes):
            # No step takes it back: the attempt was made.
            self._keep(KeptEvent(write.user_ref, unknown, decision_id=write.decision_id))
        return self._post(write, write.draws)

    def take_step(self, write: StepWrite) -> StepOutcome:
        """Post the step if the reservation's state allows it; release and expiry give back."""
        if (answer := self._answered(write)) is not None:
            return answer
        held = self.reservations.get(write.decision_id)
        if held is None:
            return StepRefused(None)
        if not _state_allows(write, held):
            return StepRefused(held.state)
        after = _after(write, held)
        self.reservations[write.decision_id] = after
        gone = () if write.step is Step.REDEEM else freed_draws(held.draws, _drawn(after))
        for draw in gone:
            self.used[draw.key] -= draw.amount
        self._follow(write)
        return self._post(write, gone)

    def add_events(self, write: EventsWrite) -> int:
        """Keep the events that are new, and return how many those are."""
        before = self.next_event
        for sent in write.events:
            name = (sent.user_ref, sent.event_id)
            if name not in self.known:
                self.known.add(name)
                self._keep(KeptEvent(sent.user_ref, sent.event, event_id=sent.event_id))
        return self.next_event - before

    def add_publication(self, write: PublicationWrite) -> PublicationOutcome:
        """Post the entries, unless one came that the writer does not know of."""
        if (answer := self._answered(write.entries[0])) is not None:
            return answer
        if self.last_rules_seq > write.after_seq:
            return Overtaken(self.last_rules_seq)
        posted = [self._post(entry, ()) for entry in write.entries]
        self.last_rules_seq = posted[-1].seq
        return posted[0]

    def _replaced(self, write: DecisionWrite) -> tuple[Draw, ...] | StepRefused:
        """The draws that are given back by what *write* replaces, or why it can't be replaced."""
        if write.replaces is None:
            return ()
        held = self.reservations.get(write.replaces.decision_id)
        if held is None or held.state is not ReservationState.HELD:
            return StepRefused(held.state if held else None)
        return held.draws

    def _used_without(self, draws: Iterable[Draw]) -> dict[str, int]:
        """What the keys of *draws*, of which one may be there twice, have used without them."""
        used: dict[str, int] = {}
        for draw in draws:
            used[draw.key] = used.get(draw.key, self.used[draw.key]) - draw.amount
        return used

    def _follow(self, write: StepWrite) -> None:
        """Do to the decision's own events what the step does to its reservation."""
        own = self.own.get(write.decision_id, ())
        if write.left is not None and write.left.discount:
            self.own[write.decision_id] = tuple(self._lessen(k, write.left.discount) for k in own)
        elif write.step is not Step.REDEEM:
            for kept in own:
                self.undone.setdefault(kept, write.at_us)
        elif own:
            event = BehaviourEvent(REDEEMED, write.at_us, own[0].event.amount)
            self._keep_own(own[0].user_ref, event, write.decision_id)

    def _lessen(self, kept: KeptEvent, amount: int) -> KeptEvent:
        """*kept*, now of *amount*."""
        less = replace(kept, event=replace(kept.event, amount=amount))
        if kept in self.kept:
            self.kept[self.kept.index(kept)] = less
        self.lessened[kept] = amount
        return less

    def _keep_own(self, user_ref: str, event: BehaviourEvent, decision_id: str) -> None:
        kept = KeptEvent(user_ref, event, decision_id=decision_id)
        self.own[decision_id] = (*self.own.get(decision_id, ()), kept)
        if event.kind == GIVEN:
            self.given[user_ref] = self.next_event
        self._keep(kept)

    def _keep(self, event: KeptEvent) -> None:
        self.kept.append(event)
        self.next_event += 1

    def _answered(self, write: DecisionWrite | StepWrite | RulesEntry) -> StoredAnswer | None:
        return self.answers.get(write.request_key) if write.request_key else None

    def _post(
        self, write: DecisionWrite | StepWrite | RulesEntry, draws: tuple[Draw, ...]
    ) -> Committed:
        if write.request_key:
            self.answers[write.request_key] = write.answer
        self.posted.append(Posting(self.next_seq, write, draws))
        self.next_seq += 1
        return Committed(self.posted[-1].seq)


def _state_allows(write: StepWrite, held: Reservation) -> bool:
    match write.step:
        case Step.REDEEM:
            return held.state is ReservationState.HELD and write.at_us < held.expires_us
        case Step.EXPIRE:
            return held.state is ReservationState.HELD and write.at_us >= held.expires_us
        case Step.REPLACE:
            return held.state is ReservationState.HELD
        case Step.RELEASE:
            known = write.returns == held.returns
            return known and held.state in {ReservationState.HELD, ReservationState.REDEEMED}
        case Step.RETURN:
            return write.returns == held.returns and held.state is ReservationState.REDEEMED


def _after(write: StepWrite, held: Reservation) -> Reservation:
    """*held* once *write* is done."""
    if write.left is not None:
        return write.left.reservation
    return replace(held, state=NEXT_STATE[write.step])


def _drawn(after: Reservation) -> tuple[Draw, ...]:
    """What a reservation still takes of budgets."""
    return after.draws if after.state is ReservationState.REDEEMED else ()
