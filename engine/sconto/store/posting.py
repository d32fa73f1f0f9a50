"""What a batch's Books posted, as SQLite rows: a few statements per table and batch.

Every statement lets go of the interpreter lock and must win it back from a busy event loop, so
their number, more than their size, is what a commit costs under load.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sconto.app.ports import (
    CodesWrite,
    DecisionWrite,
    PricesWrite,
    ReservationState,
    StepWrite,
)
from sconto.app.shop_currency import shop_currency
from sconto.app.transparency.checkpoint import size_of
from sconto.app.transparency.kept import CheckpointWrite
from sconto.domain.prior_price import ListPrice
from sconto.store import lookup
from sconto.store.books import Books, KeptEvent
from sconto.store.leaves import leaf_row
from sconto.store.rows import draws_text, log_row
from sconto.store.schema import CHECKPOINT, CURRENCY, USER_VERSION
from sconto.store.writes import Forgetting, RulesetWrite, Trial

_KNOWN_PRICES: Final = """
SELECT product_id, jurisdiction, channel, at_us, price, currency
FROM json_each(?) AS sent CROSS JOIN prices
  ON product_id = sent.value ->> 0 AND jurisdiction = sent.value ->> 1
  AND channel = sent.value ->> 2 AND at_us = sent.value ->> 3
  AND currency = sent.value ->> 4
"""
_KEEP_PRICE: Final = """
INSERT OR IGNORE INTO prices
  (product_id, jurisdiction, channel, at_us, price, currency, recorded_us)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_MOST_ROWS: Final = 64


def save(connection: sqlite3.Connection, books: Books) -> None:
    """Write what *books* posted; call it inside the transaction that loaded them."""
    posted = books.posted
    decisions = [(p.seq, p.write) for p in posted if isinstance(p.write, DecisionWrite)]
    touched = dict.fromkeys(draw.key for p in posted for draw in p.draws)
    entries = [log_row(p) for p in posted]
    _append(connection, "log", entries)
    leaves = [leaf_row(p, row) for p, row in zip(posted, entries, strict=True)]
    _append(connection, "leaves", leaves)
    _insert(connection, "REPLACE INTO balance", [(k, books.used[k]) for k in touched])
    _insert(
        connection,
        "INSERT INTO reservations",
        [
            (p.seq, ReservationState.HELD.value, p.write.expires_us, draws_text(p.draws))
            for p in posted
            if isinstance(p.write, DecisionWrite) and p.write.expires_us is not None
        ],
    )
    _insert(
        connection,
        "INSERT INTO log_offers",
        [(offer_id, seq) for seq, write in decisions for offer_id in write.offer_ids],
    )
    _insert(
        connection,
        "INSERT INTO log_codes",
        [(set_id, seq) for seq, write in decisions for set_id in write.code_sets],
    )
    _insert(connection, "INSERT INTO events", [_event_row(kept) for kept in books.kept])
    _move(connection, books)
    _take_back(connection, books)
    _undo(connection, books)


def make_nothing_durable(connection: sqlite3.Connection, _: Trial) -> None:
    """Write the file's format where it stands: the disk is asked, and nothing changes."""
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")


def keep_ruleset(connection: sqlite3.Connection, write: RulesetWrite) -> None:
    """Write the rule documents, unless they are there already.

    The first ones say which currency the store's amounts are in.
    """
    connection.execute(
        "INSERT OR IGNORE INTO rulesets VALUES (?, ?)", (write.digest, write.documents)
    )
    if currency := shop_currency(write.documents):
        connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (CURRENCY, currency))


def keep_checkpoint(connection: sqlite3.Connection, write: CheckpointWrite) -> bool:
    """Write the checkpoint and its subtrees, unless one for as many entries is there already."""
    if size_of(lookup.meta(connection, CHECKPOINT)) >= write.size:
        return False
    connection.executemany("INSERT OR IGNORE INTO subtrees VALUES (?, ?, ?)", write.subtrees)
    connection.execute("REPLACE INTO meta VALUES (?, ?)", (CHECKPOINT, write.note))
    return True


def keep_codes(connection: sqlite3.Connection, write: CodesWrite) -> int:
    """Write the codes that are not there; return how many those were."""
    rows = ((bytes.fromhex(ref), write.set_id) for ref in write.refs)
    kept = connection.executemany("INSERT OR IGNORE INTO codes VALUES (?, ?)", rows)
    return max(kept.rowcount, 0)


def keep_prices(connection: sqlite3.Connection, write: PricesWrite) -> int | ListPrice:
    """Write the prices that are new; return how many those were, or the one that speaks against."""
    sent: dict[tuple[str, str, str, int, str], ListPrice] = {}
    for price in write.prices:
        if sent.setdefault(price.key, price).price != price.price:
            return sent[price.key]
    known = connection.execute(_KNOWN_PRICES, (json.dumps([*sent]),)).fetchall()
    for row in known:
        if (price := ListPrice(*row)) != sent[price.key]:
            return price
    rows = [(*price, write.recorded_us) for price in sent.values()]
    connection.executemany(_KEEP_PRICE, rows)
    return len(sent) - len(known)


def forget_events(connection: sqlite3.Connection, write: Forgetting) -> int:
    """Delete old events among those kept first; return how many those were.

    The newest stays, because SQLite would give its number again.
    """
    gone = connection.execute(
        "DELETE FROM events WHERE seq IN (SELECT seq FROM events ORDER BY seq LIMIT ?)"
        " AND at_us < ? AND seq < (SELECT max(seq) FROM events)",
        (write.limit, write.before_us),
    )
    return gone.rowcount


def _event_row(kept: KeptEvent) -> tuple[Any, ...]:
    event = kept.event
    # The number is left to the table.
    names = (kept.user_ref, kept.event_id, kept.decision_id)
    return (None, *names, event.kind, event.at_us, event.amount, None)


def _undo(connection: sqlite3.Connection, books: Books) -> None:
    if books.undone:
        rows = [
            (kept.user_ref, kept.event.at_us, kept.decision_id, at_us, kept.event.kind)
            for kept, at_us in books.undone.items()
        ]
        connection.execute(
            "UPDATE events SET undone_us = undone.value ->> 3 FROM json_each(?) AS undone"
            " WHERE user_ref = undone.value ->> 0 AND at_us = undone.value ->> 1"
            " AND decision_id = undone.value ->> 2 AND kind = undone.value ->> 4"
            " AND undone_us IS NULL",
            (json.dumps(rows),),
        )


def _take_back(connection: sqlite3.Connection, books: Books) -> None:
    """Write what returns left of reservations and of own events, and what they gave back."""
    for posting in books.posted:
        write = posting.write
        if not isinstance(write, StepWrite) or write.left is None:
            continue
        held, discount = write.left
        ((made,),) = connection.execute(
            "SELECT seq FROM log WHERE kind = 'decision' AND decision_id = ?", (held.decision_id,)
        ).fetchall()
        connection.execute("INSERT INTO returns VALUES (?, ?, ?)", (posting.seq, made, discount))
        connection.execute(
            "UPDATE reservations SET draws = ? WHERE seq = ?", (draws_text(held.draws), made)
        )
    for kept, amount in books.lessened.items():
        connection.execute(
            "UPDATE events SET amount = ?"
            " WHERE user_ref = ? AND at_us = ? AND decision_id = ? AND kind = ?",
            (amount, kept.user_ref, kept.event.at_us, kept.decision_id, kept.event.kind),
        )


def _move(connection: sqlite3.Connection, books: Books) -> None:
    stepped: dict[ReservationState, list[str]] = defaultdict(list)
    for posting in books.posted:
        if isinstance(posting.write, StepWrite):
            decision_id = posting.write.decision_id
            stepped[books.reservations[decision_id].state].append(decision_id)
    for state, decision_ids in stepped.items():
        connection.execute(
            "UPDATE reservations SET state = ? WHERE seq IN (SELECT seq FROM log"
            " WHERE kind = 'decision' AND decision_id IN (SELECT value FROM json_each(?)))",
            (state.value, json.dumps(decision_ids)),
        )


def _insert(connection: sqlite3.Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """All of *rows* by one statement, whose text does not depend on how many there are."""
    if rows:
        values = ", ".join(f"value ->> {i}" for i in range(len(rows[0])))
        sql = f"{into} SELECT {values} FROM json_each(?)"  # noqa: S608 - ours
        connection.execute(sql, (json.dumps(rows),))


def _append(connection: sqlite3.Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """All of *rows* as they are: JSON can't carry blobs."""
    for start in range(0, len(rows), _MOST_ROWS):
        some = rows[start : start + _MOST_ROWS]
        # There are as few texts as there are sizes, which the connection keeps prepared.
        marks = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
        values = [value for row in some for value in row]
        connection.execute(f"INSERT INTO {into} VALUES {marks}", values)  # noqa: S608


KEEPS: Final[Mapping[type, Callable[[sqlite3.Connection, Any], Any]]] = {
    RulesetWrite: keep_ruleset,
    CheckpointWrite: keep_checkpoint,
    Forgetting: forget_events,
    CodesWrite: keep_codes,
    PricesWrite: keep_prices,
    Trial: make_nothing_durable,
}
"""What writes of each kind that no Books decide are done by."""
