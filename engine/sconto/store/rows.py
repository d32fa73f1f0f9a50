"""How values of the ports stand in the rows of a store, in whichever database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sconto.app.ports import (
    DecisionWrite,
    Reservation,
    ReservationState,
    RulesEntry,
    StepWrite,
    StoredAnswer,
)
from sconto.domain.budget import Draw
from sconto.domain.canonical import digest
from sconto.domain.reasons import ReasonCode
from sconto.errors import CorruptRecord
from sconto.store.books import Posting
from sconto.store.leaves import draws_list
from sconto.store.packing import packed, packed_reply, unpacked_reply


def mask(reasons: Iterable[ReasonCode]) -> int:
    """*reasons* as bits, so that one index-free test finds a decision by any of its reasons."""
    return sum(1 << code for code in frozenset(reasons))


def log_row(posting: Posting) -> tuple[Any, ...]:
    """The row of an entry of the log, packed, in the order of its columns."""
    match posting.write:
        case DecisionWrite(decided_us=at_us, user_ref=user_ref, reasons=reasons):
            kind, of_shopper = "decision", (user_ref, mask(reasons))
        case StepWrite(step=step, at_us=at_us):
            kind, of_shopper = step.value, ("", 0)
        case RulesEntry(step=rules_step, at_us=at_us):
            kind, of_shopper = rules_step.value, ("", 0)
    about = (posting.seq, kind, posting.about, at_us, *of_shopper)
    answer, record = posting.write.answer, posting.write.record
    key = posting.write.request_key or None
    return (*about, key, answer.request_hash, packed_reply(answer.reply, record), packed(record))


def draws_text(draws: Sequence[Draw]) -> str:
    """*draws* as they are kept."""
    return json.dumps(draws_list(draws))


def reservation(
    decision_id: str, state: str, expires_us: int, draws: str, returns: int
) -> Reservation:
    """The reservation that a row is of."""
    taken = tuple(Draw(*draw) for draw in json.loads(draws))
    return Reservation(decision_id, ReservationState(state), expires_us, taken, returns)


def answer(request_hash: bytes, reply: bytes, record: bytes) -> StoredAnswer:
    """The answer that a row is of; its record is not packed any more."""
    return StoredAnswer(request_hash, unpacked_reply(reply, record))


def documents(name: str, found: Sequence[tuple[bytes]]) -> bytes | None:
    """The documents of the ruleset *name*, of which *found* are the rows; None without one.

    Raises CorruptRecord when they are not those that its name is the digest of.
    """
    if not found:
        return None
    ((kept,),) = found
    if digest(kept) != name:
        raise CorruptRecord(f"the ruleset `{name}` is kept with other rules than its digest is of")
    return kept
