"""Rows of the PostgreSQL database as the ports' values, and as the Books of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import psycopg

from sconto.app.ports import Behaviour, Reservation, StoredAnswer
from sconto.domain.behaviour import BehaviourEvent
from sconto.store import rows
from sconto.store.books import Books, KeptEvent
from sconto.store.packing import unpacked
from sconto.store.postgres.connecting import Connection
from sconto.store.schema import OF_RULES
from sconto.store.touched import Touched

_BY_ID: Final = """
SELECT made.decision_id, held.state, held.expires_us, held.draws,
       (SELECT count(*) FROM returns WHERE reservation = held.seq)
FROM log AS made JOIN reservations AS held USING (seq)
WHERE made.kind = 'decision' AND made.decision_id = ANY(%s)
"""
_DUE: Final = """
SELECT made.decision_id, held.state, held.expires_us, held.draws, 0
FROM reservations AS held JOIN log AS made USING (seq)
WHERE held.state = 'held' AND held.expires_us <= %s
ORDER BY held.expires_us LIMIT %s
"""
_NUMBERS: Final = f"""
SELECT (SELECT coalesce(max(seq), 0) FROM log), (SELECT coalesce(max(seq), 0) FROM events),
       (SELECT coalesce(max(seq), 0) FROM log WHERE {OF_RULES})
"""  # noqa: S608 - ours
_BALANCES: Final = "SELECT key, used FROM balance WHERE used <> 0 AND key = ANY(%(keys)s)"
_BALANCES_OF_HELD: Final = """
SELECT key, used FROM balance WHERE used <> 0 AND key = ANY(%(keys)s || ARRAY(
  SELECT draw ->> 1
  FROM log AS made JOIN reservations AS held USING (seq)
  CROSS JOIN jsonb_array_elements(held.draws::jsonb) AS draw
  WHERE made.kind = 'decision' AND made.decision_id = ANY(%(ids)s)))
"""
_ANSWERS: Final = """
SELECT request_key, request_hash, reply, record FROM log WHERE request_key = ANY(%s)
"""
_OWN: Final = """
SELECT e.decision_id, e.user_ref, e.kind, e.at_us, e.amount
FROM log AS made JOIN log AS entry USING (decision_id) JOIN events AS e
  ON e.user_ref = made.user_ref AND e.at_us = entry.at_us AND e.decision_id = made.decision_id
WHERE made.kind = 'decision' AND made.decision_id = ANY(%s)
  AND (entry.kind, e.kind) IN (VALUES ('decision', 'discount_given'),
                                      ('redemption', 'discount_redeemed'))
ORDER BY entry.seq
"""
_GIVEN: Final = """
SELECT user_ref, seq FROM events WHERE seq > %s AND kind = 'discount_given' ORDER BY seq
"""
_KNOWN: Final = """
SELECT e.user_ref, e.event_id
FROM unnest(%s::text[], %s::text[]) AS asked (user_ref, event_id) JOIN events AS e
  ON e.user_ref = asked.user_ref AND e.event_id = asked.event_id
"""
_BEHAVIOUR: Final = """
SELECT newest.seq, e.kind, e.at_us, e.amount
FROM (SELECT coalesce(
        (SELECT min(seq) - 1 FROM events
         WHERE user_ref = %(user)s AND at_us > %(until)s AND kind = 'discount_given'),
        (SELECT max(seq) FROM events), 0) AS seq) AS newest
LEFT JOIN events AS e
  ON e.user_ref = %(user)s AND e.at_us > %(since)s AND e.at_us <= %(until)s
  AND coalesce(e.undone_us > %(until)s, TRUE)
  AND (e.decision_id IS DISTINCT FROM %(without)s
       OR e.kind NOT IN ('discount_given', 'discount_redeemed'))
ORDER BY e.at_us, e.seq
"""
_LOWEST: Final = """
SELECT p.product_id, min(p.price)
FROM unnest(%(ids)s::text[]) AS asked (product_id)
CROSS JOIN (VALUES (''), (%(jurisdiction)s)) AS place (name)
CROSS JOIN (VALUES (''), (%(channel)s)) AS way (name)
JOIN prices AS p ON p.product_id = asked.product_id AND p.jurisdiction = place.name
  AND p.channel = way.name AND p.currency = %(currency)s AND p.at_us < %(until)s
  AND p.at_us >= coalesce(
    (SELECT max(earlier.at_us) FROM prices AS earlier
     WHERE earlier.product_id = asked.product_id AND earlier.jurisdiction = place.name
       AND earlier.channel = way.name AND earlier.currency = %(currency)s
       AND earlier.at_us <= %(since)s), %(since)s)
GROUP BY p.product_id
"""
_OLD_EVENT: Final = """
SELECT 1 FROM (SELECT seq, at_us FROM events ORDER BY seq LIMIT %s) AS oldest
WHERE at_us < %s AND seq < (SELECT max(seq) FROM events) LIMIT 1
"""


def ask(connection: Connection, sql: str, values: Any = ()) -> psycopg.Cursor[tuple[Any, ...]]:
    """A cursor on what *sql* finds, sent in the binary form."""
    return connection.execute(sql, values, binary=True)


def answer(connection: Connection, request_key: str) -> StoredAnswer | None:
    """The answer given before to *request_key*."""
    return _answers(ask(connection, _ANSWERS, ([request_key],)).fetchall()).get(request_key)


def reservation(connection: Connection, decision_id: str) -> Reservation | None:
    """What a decision reserved."""
    found = ask(connection, _BY_ID, ([decision_id],)).fetchall()
    return rows.reservation(*found[0]) if found else None


def due(connection: Connection, now_us: int, limit: int) -> tuple[Reservation, ...]:
    """HELD reservations whose time is up, oldest first, at most *limit*."""
    return tuple(rows.reservation(*row) for row in ask(connection, _DUE, (now_us, limit)))


def behaviour(
    connection: Connection, user_ref: str, since_us: int, until_us: int, without: str = ""
) -> Behaviour:
    """See Store; one statement, so that the events and their last number are of one moment."""
    asked = {"user": user_ref, "since": since_us, "until": until_us, "without": without}
    found = ask(connection, _BEHAVIOUR, asked).fetchall()
    # Without any event there is one row, which has the newest number alone.
    events = (BehaviourEvent(*event) for _, *event in found if event[0] is not None)
    return Behaviour(tuple(events), found[0][0])


def lowest_prices(
    connection: Connection,
    product_ids: Sequence[str],
    jurisdiction: str,
    channel: str,
    since_us: int,
    until_us: int,
    currency: str = "",
) -> dict[str, int]:
    """See Store; one statement for all products."""
    asked = {
        "ids": [*product_ids],
        "jurisdiction": jurisdiction,
        "channel": channel,
        "since": since_us,
        "until": until_us,
        "currency": currency,
    }
    return dict(ask(connection, _LOWEST, asked).fetchall())


def has_events_to_forget(connection: Connection, before_us: int, limit: int) -> bool:
    """Whether `posting.forget_events` would delete anything."""
    return bool(ask(connection, _OLD_EVENT, (limit, before_us)).fetchall())


def load(connection: Connection, pipeline: psycopg.Pipeline, touched: Touched) -> Books:
    """The books with every row that is *touched*; call it inside the writes' transaction.

    What was sent before in *pipeline* and all questions travel together.
    """
    ids = [*touched.decision_ids]
    numbers = ask(connection, _NUMBERS)
    balances = ask(
        connection,
        _BALANCES_OF_HELD if ids else _BALANCES,
        {"keys": [*touched.ledger_keys], "ids": ids},
    )
    answers = ask(connection, _ANSWERS, ([*touched.request_keys],))
    held = ask(connection, _BY_ID, (ids,)) if ids else ()
    own = ask(connection, _OWN, (ids,)) if ids else ()
    sent = [*touched.events]
    known = ask(connection, _KNOWN, ([u for u, _ in sent], [e for _, e in sent])) if sent else ()
    since = touched.known_until
    given = () if since is None else ask(connection, _GIVEN, (since,))
    pipeline.sync()
    ((last, last_event, last_of_rules),) = numbers.fetchall()
    return Books(
        answers=_answers(answers.fetchall()),
        used=dict(balances.fetchall()),
        reservations={row[0]: rows.reservation(*row) for row in held},
        next_seq=last + 1,
        known={(user_ref, event_id) for user_ref, event_id in known},
        own=_own(own),
        next_event=last_event + 1,
        given=dict(given),
        last_rules_seq=last_of_rules,
    )


def _answers(found: Iterable[tuple[Any, ...]]) -> dict[str, StoredAnswer]:
    return {
        key: rows.answer(request_hash, reply, unpacked(record))
        for key, request_hash, reply, record in found
    }


def _own(found: Iterable[tuple[Any, ...]]) -> dict[str, tuple[KeptEvent, ...]]:
    own: dict[str, tuple[KeptEvent, ...]] = {}
    for decision_id, user_ref, *event in found:
        kept = KeptEvent(user_ref, BehaviourEvent(*event), decision_id=decision_id)
        own[decision_id] = (*own.get(decision_id, ()), kept)
    return own
