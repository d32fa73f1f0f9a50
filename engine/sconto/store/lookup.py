"""Rows of the SQLite file as the ports' values, and as the Books of a batch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from sconto.app.ports import Behaviour, Reservation, StoredAnswer
from sconto.domain.behaviour import BehaviourEvent
from sconto.store import rows
from sconto.store.books import Books, KeptEvent
from sconto.store.schema import OF_RULES
from sconto.store.touched import Touched

_BY_ID: Final = """
SELECT made.decision_id, held.state, held.expires_us, held.draws,
       (SELECT count(*) FROM returns WHERE reservation = held.seq)
FROM log AS made CROSS JOIN reservations AS held USING (seq)
WHERE made.kind = 'decision' AND made.decision_id IN (SELECT value FROM json_each(?))
"""
_DUE: Final = """
SELECT made.decision_id, held.state, held.expires_us, held.draws, 0
FROM reservations AS held CROSS JOIN log AS made USING (seq)
WHERE held.state = 'held' AND held.expires_us <= ?
ORDER BY held.expires_us LIMIT ?
"""
_STATE: Final = """
SELECT NULL, NULL, coalesce(max(seq), 0), NULL, NULL, NULL FROM log
UNION ALL
SELECT NULL, key, used, NULL, NULL, NULL FROM balance
WHERE key IN (SELECT value FROM json_each(?1)) AND used <> 0
UNION ALL
SELECT request_key, NULL, NULL, request_hash, reply, unpacked(record) FROM log
WHERE request_key IN (SELECT value FROM json_each(?2))
"""
"""The log's last number, balances and answers; one statement, because each costs as much."""

_OWN: Final = """
SELECT e.decision_id, e.user_ref, e.kind, e.at_us, e.amount
FROM log AS made CROSS JOIN log AS entry USING (decision_id) CROSS JOIN events AS e
  ON e.user_ref = made.user_ref AND e.at_us = entry.at_us AND e.decision_id = made.decision_id
WHERE made.kind = 'decision' AND made.decision_id IN (SELECT value FROM json_each(?))
  AND (entry.kind, e.kind) IN (VALUES ('decision', 'discount_given'),
                                      ('redemption', 'discount_redeemed'))
ORDER BY entry.seq
"""
"""Own events happen at the instant of their log entry, by which one index finds them."""
_GIVEN: Final = """
SELECT NULL, coalesce(max(seq), 0) FROM events
UNION ALL
SELECT user_ref, seq FROM events WHERE seq > ? AND kind = 'discount_given'
"""
"""The newest event's number, and the discounts given since another one, in their order."""
_KNOWN: Final = """
SELECT e.user_ref, e.event_id
FROM json_each(?) AS asked CROSS JOIN events AS e
  ON e.user_ref = asked.value ->> 0 AND e.event_id = asked.value ->> 1
"""
_BEHAVIOUR: Final = """
SELECT newest.seq, e.kind, e.at_us, e.amount
FROM (SELECT coalesce(
        (SELECT min(seq) - 1 FROM events
         WHERE user_ref = ?1 AND at_us > ?3 AND kind = 'discount_given'),
        (SELECT max(seq) FROM events), 0) AS seq) AS newest
LEFT JOIN events AS e
  ON e.user_ref = ?1 AND e.at_us > ?2 AND e.at_us <= ?3 AND coalesce(e.undone_us > ?3, TRUE)
  AND (e.decision_id IS NOT ?4 OR e.kind NOT IN ('discount_given', 'discount_redeemed'))
ORDER BY e.at_us, e.seq
"""
_LOWEST: Final = """
SELECT product_id, min(price)
FROM json_each(?1) AS asked
CROSS JOIN (VALUES (''), (?2)) AS place
CROSS JOIN (VALUES (''), (?3)) AS way
CROSS JOIN prices ON product_id = asked.value AND jurisdiction = place.column1
  AND channel = way.column1 AND currency = ?6 AND at_us < ?5 AND at_us >= coalesce(
    (SELECT max(earlier.at_us) FROM prices AS earlier
     WHERE earlier.product_id = asked.value AND earlier.jurisdiction = place.column1
       AND earlier.channel = way.column1 AND earlier.currency = ?6 AND earlier.at_us <= ?4), ?4)
GROUP BY product_id
"""


def newest(connection: sqlite3.Connection) -> int:
    """The number of the newest entry of the log; 0 for none."""
    ((last,),) = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchall()
    return int(last)


def meta(connection: sqlite3.Connection, name: str) -> str:
    """What the store keeps under *name* about itself; empty for nothing."""
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchall()
    return str(found[0][0]) if found else ""


def leaves(connection: sqlite3.Connection, first: int, last: int) -> list[bytes]:
    """The leaves of the entries from *first* to *last*."""
    sql = "SELECT entry FROM leaves WHERE seq BETWEEN ? AND ? ORDER BY seq"
    return [entry.encode() for (entry,) in connection.execute(sql, (first, last)).fetchall()]


def subtrees(connection: sqlite3.Connection, level: int, first: int, last: int) -> list[bytes]:
    """The kept hashes of a *level*, from number *first* to *last*."""
    sql = "SELECT hash FROM subtrees WHERE level = ? AND nth BETWEEN ? AND ? ORDER BY nth"
    return [hashed for (hashed,) in connection.execute(sql, (level, first, last)).fetchall()]


def answer(connection: sqlite3.Connection, request_key: str) -> StoredAnswer | None:
    """The answer given before to *request_key*."""
    found = connection.execute(
        "SELECT request_hash, reply, unpacked(record) FROM log WHERE request_key = ?",
        (request_key,),
    ).fetchall()
    return rows.answer(*found[0]) if found else None


def reservations(
    connection: sqlite3.Connection, decision_ids: Iterable[str]
) -> dict[str, Reservation]:
    """The reservations that are there for *decision_ids*."""
    found = connection.execute(_BY_ID, (_array(decision_ids),)).fetchall()
    return {row[0]: rows.reservation(*row) for row in found}


def due(connection: sqlite3.Connection, now_us: int, limit: int) -> tuple[Reservation, ...]:
    """HELD reservations whose time is up, oldest first, at most *limit*."""
    return tuple(
        rows.reservation(*row) for row in connection.execute(_DUE, (now_us, limit)).fetchall()
    )


def behaviour(
    connection: sqlite3.Connection, user_ref: str, since_us: int, until_us: int, without: str = ""
) -> Behaviour:
    """See Store; one statement, so that the events and their last number are of one moment."""
    asked = (user_ref, since_us, until_us, without)
    found = connection.execute(_BEHAVIOUR, asked).fetchall()
    # Without any event there is one row, which has the newest number alone.
    events = (BehaviourEvent(*event) for _, *event in found if event[0] is not None)
    return Behaviour(tuple(events), found[0][0])


def lowest_prices(
    connection: sqlite3.Connection,
    product_ids: Sequence[str],
    jurisdiction: str,
    channel: str,
    since_us: int,
    until_us: int,
    currency: str = "",
) -> dict[str, int]:
    """See Store; one statement for all products."""
    asked = (json.dumps(product_ids), jurisdiction, channel, since_us, until_us, currency)
    return dict(connection.execute(_LOWEST, asked).fetchall())


def has_events_to_forget(connection: sqlite3.Connection, before_us: int, limit: int) -> bool:
    """Whether `posting.forget_events` would delete anything."""
    found = connection.execute(
        "SELECT 1 FROM (SELECT seq, at_us FROM events ORDER BY seq LIMIT ?)"
        " WHERE at_us < ? AND seq < (SELECT max(seq) FROM events) LIMIT 1",
        (limit, before_us),
    ).fetchall()
    return bool(found)


def _own(
    connection: sqlite3.Connection, decision_ids: Iterable[str]
) -> dict[str, tuple[KeptEvent, ...]]:
    found: dict[str, tuple[KeptEvent, ...]] = {}
    kept_events = connection.execute(_OWN, (_array(decision_ids),)).fetchall()
    for decision_id, user_ref, *event in kept_events:
        kept = KeptEvent(user_ref, BehaviourEvent(*event), decision_id=decision_id)
        found[decision_id] = (*found.get(decision_id, ()), kept)
    return found


def _known(
    connection: sqlite3.Connection, names: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    return set(connection.execute(_KNOWN, (json.dumps(sorted(set(names))),)).fetchall())


def _array(values: Iterable[str]) -> str:
    return json.dumps(sorted(set(values)))


def load(connection: sqlite3.Connection, touched: Touched) -> Books:
    """The books with every row that is *touched*; call it inside the writes' transaction."""
    ids = touched.decision_ids
    held = reservations(connection, ids) if ids else {}
    keys = touched.ledger_keys.union(d.key for r in held.values() for d in r.draws)
    books = Books(
        reservations=held,
        known=_known(connection, touched.events) if touched.events else set(),
        own=_own(connection, ids) if ids else {},
        last_rules_seq=_last_of_rules(connection) if touched.rules else 0,
    )
    if touched.known_until is not None:
        for user_ref, number in connection.execute(_GIVEN, (touched.known_until,)).fetchall():
            if user_ref is None:
                books.next_event = number + 1
            else:
                books.given[user_ref] = number
    asked = (_array(keys), _array(touched.request_keys))
    for request_key, key, number, *answered in connection.execute(_STATE, asked).fetchall():
        if request_key is not None:
            books.answers[request_key] = rows.answer(*answered)
        elif key is not None:
            books.used[key] = number
        else:
            books.next_seq = number + 1
    return books


def _last_of_rules(connection: sqlite3.Connection) -> int:
    """The number of the newest entry about a publication; 0 for none."""
    sql = f"SELECT coalesce(max(seq), 0) FROM log WHERE {OF_RULES}"  # noqa: S608 - ours
    ((last,),) = connection.execute(sql).fetchall()
    return int(last)
