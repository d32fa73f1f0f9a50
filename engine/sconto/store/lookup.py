"""Rows of the SQLite file as the ports' values, and as the Books of a batch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sconto.app.ports import (
    DecisionWrite,
    Reservation,
    ReservationState,
    StepWrite,
    StoredAnswer,
)
from sconto.domain.budget import Draw
from sconto.domain.reasons import ReasonCode
from sconto.store.books import Books

_RESERVATIONS: Final = """
SELECT r.decision_id, r.state, r.expires_us, l.budget_id, l.key, l.amount, l.cap
FROM ({chosen}) AS r
LEFT JOIN ledger AS l ON l.seq = r.seq
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
