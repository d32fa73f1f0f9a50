"""Books to and from SQLite rows: one statement per table and batch, not per write.

Every statement lets go of the interpreter lock and must win it back from a busy event loop, so
their number, not their size, is what a commit costs under load.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sconto.app.ports import (
    DecisionWrite,
    Reservation,
    ReservationState,
    Step,
    StepWrite,
    StoredAnswer,
)
from sconto.domain.budget import Draw
from sconto.domain.reasons import ReasonCode
from sconto.store.books import Books, Posting

_LEDGER_KIND: Final = {Step.REDEEM: "redeem", Step.RELEASE: "release", Step.EXPIRE: "expire"}
_MOST_ROWS: Final = 64

_RESERVATIONS: Final = """
SELECT r.decision_id, r.state, r.expires_us, l.budget_id, l.key, l.amount, l.cap
FROM ({chosen}) AS r
LEFT JOIN ledger AS l ON l.decision_id = r.decision_id AND l.kind = 'reserve'
ORDER BY r.expires_us, r.decision_id, l.nth
"""
_BY_ID: Final = _RESERVATIONS.format(
    chosen="SELECT * FROM reservations WHERE decision_id IN (SELECT value FROM json_each(?))"
)
_DUE: Final = _RESERVATIONS.format(
    chosen="SELECT * FROM reservations WHERE state = 'held' AND expires_us <= ?"
    " ORDER BY expires_us, decision_id LIMIT ?"
)


def mask(reasons: Iterable[ReasonCode]) -> int:
    """*reasons* as bits, so that one index-free test finds a decision by any of its reasons."""
    return sum(1 << code for code in frozenset(reasons))


def answers(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, StoredAnswer]:
    """The answers that are there for *keys*."""
    found = connection.execute(
        "SELECT request_key, request_hash, reply FROM answers"
        " WHERE request_key IN (SELECT value FROM json_each(?))",
        (_array(keys),),
    ).fetchall()
    return {key: StoredAnswer(request_hash, reply) for key, request_hash, reply in found}


def used(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, int]:
    """What each ledger key has used, for those of *keys* that have used anything."""
    return dict(
        connection.execute(
            "SELECT key, used FROM balance"
            " WHERE key IN (SELECT value FROM json_each(?)) AND used <> 0",
            (_array(keys),),
        ).fetchall()
    )


def reservations(
    connection: sqlite3.Connection, decision_ids: Iterable[str]
) -> dict[str, Reservation]:
    """The reservations that are there for *decision_ids*."""
    found = connection.execute(_BY_ID, (_array(decision_ids),)).fetchall()
    return {r.decision_id: r for r in _grouped(found)}


def due(connection: sqlite3.Connection, now_us: int, limit: int) -> tuple[Reservation, ...]:
    """HELD reservations whose time is up, oldest first, at most *limit*."""
    return tuple(_grouped(connection.execute(_DUE, (now_us, limit)).fetchall()))


def _array(values: Iterable[str]) -> str:
    return json.dumps(sorted(set(values)))


def _grouped(found: Sequence[Sequence[Any]]) -> Iterator[Reservation]:
    draws: dict[tuple[str, str, int], list[Draw]] = {}
    for decision_id, state, expires_us, budget_id, key, amount, cap in found:
        taken = draws.setdefault((decision_id, state, expires_us), [])
        if key is not None:
            taken.append(Draw(budget_id, key, amount, cap))
    for (decision_id, state, expires_us), taken in draws.items():
        yield Reservation(decision_id, ReservationState(state), expires_us, tuple(taken))


def load(connection: sqlite3.Connection, writes: Sequence[DecisionWrite | StepWrite]) -> Books:
    """The books with every row that *writes* can touch; call it inside their transaction."""
    steps = [w.decision_id for w in writes if isinstance(w, StepWrite)]
    held = reservations(connection, steps) if steps else {}
    touched = {d.key for w in writes if isinstance(w, DecisionWrite) for d in w.draws}
    touched.update(d.key for r in held.values() for d in r.draws)
    ((last,),) = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchall()
    return Books(
        answers=answers(connection, (w.request_key for w in writes)),
        used=used(connection, touched) if touched else {},
        reservations=held,
        next_seq=last + 1,
    )


def save(connection: sqlite3.Connection, books: Books) -> None:
    """Write what *books* posted; call it inside the transaction that loaded them."""
    posted = books.posted
    moved = [(p, nth, draw) for p in posted for nth, draw in enumerate(p.draws)]
    touched = dict.fromkeys(d.key for _, _, d in moved)
    ids = dict.fromkeys(p.write.decision_id for p in posted)
    stands = [books.reservations[i] for i in ids if i in books.reservations]
    _insert(connection, "INSERT INTO log", [_log_row(p) for p in posted])
    _insert(connection, "INSERT INTO answers", [_answer_row(p) for p in posted if _asked(p)])
    _insert(connection, "INSERT INTO ledger", [_ledger_row(*m) for m in moved])
    _insert(connection, "REPLACE INTO balance", [(k, books.used[k]) for k in touched])
    _insert(
        connection,
        "REPLACE INTO reservations",
        [(r.decision_id, r.state.value, r.expires_us) for r in stands],
    )


def keep_ruleset(connection: sqlite3.Connection, digest: str, documents: bytes) -> None:
    """Write the rule documents that *digest* names, unless they are there already."""
    connection.execute("INSERT OR IGNORE INTO rulesets VALUES (?, ?)", (digest, documents))


def _log_row(posting: Posting) -> tuple[Any, ...]:
    write = posting.write
    if isinstance(write, StepWrite):
        kind = write.step.value
        return (posting.seq, kind, write.decision_id, write.at_us, "", "", 0, write.record)
    return (
        posting.seq,
        "decision",
        write.decision_id,
        write.decided_us,
        write.user_ref,
        write.offer_id,
        mask(write.reasons),
        write.record,
    )


def _asked(posting: Posting) -> bool:
    return bool(posting.write.request_key)


def _answer_row(posting: Posting) -> tuple[Any, ...]:
    write = posting.write
    return (write.request_key, write.answer.request_hash, write.answer.reply, posting.seq)


def _ledger_row(posting: Posting, nth: int, draw: Draw) -> tuple[Any, ...]:
    write = posting.write
    kind = _LEDGER_KIND[write.step] if isinstance(write, StepWrite) else "reserve"
    names = (draw.budget_id, draw.key, draw.amount, draw.limit)
    return (posting.seq, nth, kind, write.decision_id, *names)


def _insert(connection: sqlite3.Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    start = 0
    while start < len(rows):
        # Powers of two keep the texts few enough to stay in the statement cache.
        size = min(_MOST_ROWS, 1 << ((len(rows) - start).bit_length() - 1))
        row = f"({', '.join('?' * len(rows[0]))})"
        values = [value for r in rows[start : start + size] for value in r]
        connection.execute(f"{into} VALUES {', '.join([row] * size)}", values)
        start += size
