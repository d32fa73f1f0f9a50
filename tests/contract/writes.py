"""Writes for store tests: short to call, plausible in what they hold."""

from __future__ import annotations

from dataclasses import replace

from sconto.app.ports import (
    DecisionWrite,
    EventsWrite,
    Left,
    PublicationWrite,
    Reservation,
    ReservationState,
    RulesEntry,
    RulesStep,
    SentEvent,
    Step,
    StepWrite,
    StoredAnswer,
)
from sconto.domain.behaviour import BehaviourEvent
from sconto.domain.budget import Draw
from sconto.domain.reasons import ReasonCode

START_US = 1_760_000_000_000_000
LIFETIME_US = 900_000_000
HASH = b"\x01" * 32


def draw(key: str, amount: int = 1, limit: int = 10) -> Draw:
    """A draw of *amount* on ledger key *key*."""
    return Draw(key.split("/", maxsplit=1)[0], key, amount, limit)


def decision(
    n: int,
    *draws: Draw,
    request: str | None = None,
    user: str = "u1",
    offer: str | tuple[str, ...] = "dairy10",
    reasons: tuple[ReasonCode, ...] = (ReasonCode.CHOSEN,),
    record: bytes | None = None,
) -> DecisionWrite:
    """The *n*-th decision, made *n* seconds after START_US; it reserves when it has draws."""
    at_us = START_US + n * 1_000_000
    return DecisionWrite(
        request_key=f"Decide/{n}" if request is None else request,
        answer=StoredAnswer(HASH, b"reply %d" % n),
        decision_id=f"d{n}",
        user_ref=user,
        decided_us=at_us,
        offer_ids=frozenset({offer} if isinstance(offer, str) else offer) - {""},
        discount=100 * n if offer else 0,
        reasons=frozenset(reasons),
        record=b"record %d" % n if record is None else record,
        draws=draws,
        expires_us=at_us + LIFETIME_US if draws else None,
    )


def step(n: int, kind: Step, *, after_us: int = 1, request: str | None = None) -> StepWrite:
    """A step of the *n*-th decision's reservation, *after_us* after it was decided."""
    asked = "" if kind is Step.EXPIRE else f"{kind.value}/{n}"
    return StepWrite(
        request_key=asked if request is None else request,
        answer=StoredAnswer(HASH, b"%s %d" % (kind.value.encode(), n)),
        decision_id=f"d{n}",
        step=kind,
        at_us=START_US + n * 1_000_000 + after_us,
        record=b"%s %d" % (kind.value.encode(), n),
    )


def replacing(first: int, write: DecisionWrite) -> DecisionWrite:
    """*write*, taking the place of the decision *first*."""
    return write._replace(replaces=step(first, Step.REPLACE, after_us=1_000_000, request=""))


def returning(n: int, returns: int, *draws: Draw, discount: int, last: bool = False) -> StepWrite:
    """The return of pieces of the *n*-th decision that leaves *draws* and *discount*."""
    state = ReservationState.RETURNED if last else ReservationState.REDEEMED
    held = Reservation(f"d{n}", state, START_US + n * 1_000_000 + LIFETIME_US, draws, returns)
    write = step(n, Step.RETURN, after_us=1 + returns, request=f"return/{n}/{returns}")
    return replace(write, returns=returns - 1, left=Left(held, discount))


def told(event_id: str, at_us: int = 0, *, user: str = "u1", amount: int = 0) -> SentEvent:
    """A basket that the shopper *user* left behind, *at_us* after START_US."""
    event = BehaviourEvent("basket_abandoned", START_US + at_us, amount)
    return SentEvent(user, event_id, event)


def events(*sent: SentEvent) -> EventsWrite:
    """*sent* as one call brings them."""
    return EventsWrite(sent)


def publication(
    n: int, *steps: RulesStep, after_seq: int, request: str | None = None
) -> PublicationWrite:
    """The entries *steps* about the *n*-th publication; the first one answers a request."""
    at_us = START_US + n * 1_000_000
    asked = f"PublishRules/{n}" if request is None else request
    first, *others = (
        RulesEntry(step, f"p{n}", at_us, b'{"digest":"sha256:%d"}' % n) for step in steps
    )
    answered = replace(first, request_key=asked, answer=StoredAnswer(HASH, b"published %d" % n))
    return PublicationWrite((answered, *others), after_seq)
