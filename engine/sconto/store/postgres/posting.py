"""What a batch's Books posted, as rows of the database: one statement for each table."""

from __future__ import annotations

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
from sconto.store.books import Books, KeptEvent
from sconto.store.leaves import leaf_row
from sconto.store.postgres.connecting import Connection
from sconto.store.rows import draws_text, log_row
from sconto.store.schema import CHECKPOINT, CURRENCY
from sconto.store.writes import Forgetting, RulesetWrite, Trial

_LOG: Final = (
    "bigint", "text", "text", "bigint", "text", "bigint", "text", "bytea", "bytea", "bytea",
)  # fmt: skip
_EVENTS: Final = ("bigint", "text", "text", "text", "text", "bigint", "bigint")
_MOVE: Final = """
UPDATE reservations SET state = moved.state
FROM {rows} AS moved (decision_id, state)
JOIN log AS made ON made.decision_id = moved.decision_id AND made.kind = 'decision'
WHERE reservations.seq = made.seq
"""
_RETURN: Final = """
INSERT INTO returns
SELECT gone.seq, made.seq, gone.discount
FROM {rows} AS gone (seq, decision_id, discount)
JOIN log AS made ON made.decision_id = gone.decision_id AND made.kind = 'decision'
"""
_LEAVE: Final = """
UPDATE reservations SET draws = rest.draws
FROM {rows} AS rest (decision_id, draws)
JOIN log AS made ON made.decision_id = rest.decision_id AND made.kind = 'decision'
WHERE reservations.seq = made.seq
"""
_LESSEN: Final = """
UPDATE events SET amount = less.amount
FROM {rows} AS less (user_ref, at_us, decision_id, kind, amount)
WHERE events.user_ref = less.user_ref AND events.at_us = less.at_us
  AND events.decision_id = less.decision_id AND events.kind = less.kind
"""
_UNDO: Final = """
UPDATE events SET undone_us = undone.undone_us
FROM {rows} AS undone (user_ref, at_us, decision_id, kind, undone_us)
WHERE events.user_ref = undone.user_ref AND events.at_us = undone.at_us
  AND events.decision_id = undone.decision_id AND events.kind = undone.kind
  AND events.undone_us IS NULL
"""
_OWN_EVENT: Final = ("text", "bigint", "text", "text", "bigint")
_KNOWN_PRICES: Final = """
SELECT p.product_id, p.jurisdiction, p.channel, p.at_us, p.price, p.currency
FROM {rows} AS sent (product_id, jurisdiction, channel, at_us, currency)
JOIN prices AS p USING (product_id, jurisdiction, channel, at_us, currency)
"""
_KEEP_PRICES: Final = """
INSERT INTO prices (product_id, jurisdiction, channel, at_us, price, currency, recorded_us)
SELECT * FROM {rows} ON CONFLICT DO NOTHING
"""
_PLACE: Final = ("text", "text", "text", "bigint")
_KEEP_CODES: Final = """
WITH kept AS (INSERT INTO codes SELECT ref, %s FROM unnest(%s::bytea[]) AS sent (ref)
              ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*) FROM kept
"""
_FORGET: Final = """
WITH gone AS (DELETE FROM events WHERE seq IN (SELECT seq FROM events ORDER BY seq LIMIT %s)
              AND at_us < %s AND seq < (SELECT max(seq) FROM events) RETURNING 1)
SELECT count(*) FROM gone
"""

Row = tuple[Any, ...]


def save(connection: Connection, books: Books) -> None:
    """Write what *books* posted; call it inside the transaction that loaded them."""
    posted = books.posted
    decisions = [(p.seq, p.write) for p in posted if isinstance(p.write, DecisionWrite)]
    touched = dict.fromkeys(draw.key for p in posted for draw in p.draws)
    entries = [log_row(p) for p in posted]
    insert(connection, "log", _LOG, entries)
    leaves = [leaf_row(p, row) for p, row in zip(posted, entries, strict=True)]
    insert(connection, "leaves", ("bigint", "text"), leaves)
    _write(
        connection,
        "INSERT INTO balance SELECT * FROM {rows}"
        " ON CONFLICT (key) DO UPDATE SET used = excluded.used",
        ("text", "bigint"),
        [(key, books.used[key]) for key in touched],
    )
    insert(
        connection,
        "reservations",
        ("bigint", "text", "bigint", "text"),
        [
            (p.seq, ReservationState.HELD.value, p.write.expires_us, draws_text(p.draws))
            for p in posted
            if isinstance(p.write, DecisionWrite) and p.write.expires_us is not None
        ],
    )
    offers = [(offer_id, seq) for seq, write in decisions for offer_id in write.offer_ids]
    insert(connection, "log_offers", ("text", "bigint"), offers)
    sets = [(set_id, seq) for seq, write in decisions for set_id in write.code_sets]
    insert(connection, "log_codes", ("text", "bigint"), sets)
    first = books.next_event - len(books.kept)
    kept = [_event_row(seq, event) for seq, event in enumerate(books.kept, first)]
    insert(connection, "events", _EVENTS, kept)
    _move(connection, books)
    _take_back(connection, books)


def insert(connection: Connection, table: str, types: Sequence[str], rows: Sequence[Row]) -> None:
    """Add *rows* to *table*; *types* are those of its first columns."""
    sql = f"INSERT INTO {table} SELECT * FROM {{rows}}"  # noqa: S608 - ours
    _write(connection, sql, types, rows)


def make_nothing_durable(connection: Connection, _: Trial) -> None:
    """Write the format as it stands: the disk is asked, and nothing changes."""
    connection.execute("UPDATE format SET version = version")


def keep_ruleset(connection: Connection, write: RulesetWrite) -> None:
    """Write the rule documents, unless they are there already.

    The first ones say which currency the store's amounts are in.
    """
    connection.execute(
        "INSERT INTO rulesets (digest, documents) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (write.digest, write.documents),
    )
    if currency := shop_currency(write.documents):
        connection.execute(
            "INSERT INTO meta VALUES (%s, %s) ON CONFLICT DO NOTHING", (CURRENCY, currency)
        )


def keep_checkpoint(connection: Connection, write: CheckpointWrite) -> bool:
    """Write the checkpoint and its subtrees, unless one for as many entries is there already."""
    kept = connection.execute("SELECT value FROM meta WHERE name = %s", (CHECKPOINT,)).fetchall()
    if kept and size_of(kept[0][0]) >= write.size:
        return False
    sql = "INSERT INTO subtrees SELECT * FROM {rows} ON CONFLICT DO NOTHING"
    _write(connection, sql, ("bigint", "bigint", "bytea"), write.subtrees)
    connection.execute(
        "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (CHECKPOINT, write.note),
    )
    return True


def keep_codes(connection: Connection, write: CodesWrite) -> int:
    """Write the codes that are not there; return how many those were."""
    kept = connection.execute(
        _KEEP_CODES, (write.set_id, [bytes.fromhex(ref) for ref in write.refs])
    )
    return _count(kept.fetchall())


def keep_prices(connection: Connection, write: PricesWrite) -> int | ListPrice:
    """Write the prices that are new; return how many those were, or the one that speaks against."""
    sent: dict[tuple[str, str, str, int, str], ListPrice] = {}
    for price in write.prices:
        if sent.setdefault(price.key, price).price != price.price:
            return sent[price.key]
    known = connection.execute(*_bulk(_KNOWN_PRICES, (*_PLACE, "text"), [*sent])).fetchall()
    for row in known:
        if (price := ListPrice(*row)) != sent[price.key]:
            return price
    rows = [(*price, write.recorded_us) for price in sent.values()]
    _write(connection, _KEEP_PRICES, (*_PLACE, "bigint", "text", "bigint"), rows)
    return len(sent) - len(known)


def forget_events(connection: Connection, write: Forgetting) -> int:
    """Delete old events among those kept first; return how many those were.

    The newest stays, because its number would be given again.
    """
    return _count(connection.execute(_FORGET, (write.limit, write.before_us)).fetchall())


def _count(found: Sequence[Row]) -> int:
    ((count,),) = found
    return int(count)


def _event_row(seq: int, kept: KeptEvent) -> Row:
    event = kept.event
    names = (kept.user_ref, kept.event_id, kept.decision_id)
    return (seq, *names, event.kind, event.at_us, event.amount)


def _move(connection: Connection, books: Books) -> None:
    stepped = {p.write.decision_id for p in books.posted if isinstance(p.write, StepWrite)}
    moved = [(about, books.reservations[about].state.value) for about in stepped]
    _write(connection, _MOVE, ("text", "text"), moved)


def _take_back(connection: Connection, books: Books) -> None:
    """Write what steps left of reservations and of own events, and what returns gave back."""
    returned = [
        (p.seq, p.write.decision_id, p.write.left.discount)
        for p in books.posted
        if isinstance(p.write, StepWrite) and p.write.left is not None
    ]
    _write(connection, _RETURN, ("bigint", "text", "bigint"), returned)
    rest = [
        (about, draws_text(books.reservations[about].draws))
        for about in dict.fromkeys(row[1] for row in returned)
    ]
    _write(connection, _LEAVE, ("text", "text"), rest)
    _write(connection, _LESSEN, _OWN_EVENT, _by_event(books.lessened))
    _write(connection, _UNDO, _OWN_EVENT, _by_event(books.undone))


def _by_event(changed: Mapping[KeptEvent, int]) -> list[Row]:
    """A row for each event that *changed*, with the last value it got."""
    last = {
        (kept.user_ref, kept.event.at_us, kept.decision_id, kept.event.kind): value
        for kept, value in changed.items()
    }
    return [(*event, value) for event, value in last.items()]


def _write(connection: Connection, sql: str, types: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(*_bulk(sql, types, rows))


def _bulk(sql: str, types: Sequence[str], rows: Sequence[Row]) -> tuple[str, list[list[Any]]]:
    """*sql* with *rows* in the place of `{rows}`, as one array for each column."""
    # Binary: as text every quote and backslash of a record would be looked for.
    arrays = ", ".join(f"%b::{name}[]" for name in types)
    return sql.format(rows=f"unnest({arrays})"), [
        list(column) for column in zip(*rows, strict=True)
    ]


KEEPS: Final[Mapping[type, Callable[[Connection, Any], Any]]] = {
    RulesetWrite: keep_ruleset,
    CheckpointWrite: keep_checkpoint,
    Forgetting: forget_events,
    CodesWrite: keep_codes,
    PricesWrite: keep_prices,
    Trial: make_nothing_durable,
}
"""What writes of each kind that no Books decide are done by."""
