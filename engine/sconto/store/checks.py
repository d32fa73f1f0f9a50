"""Proves a store's file from its own rows: numbers, balances, limits and states."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Final

from sconto.store.leaves import is_written
from sconto.store.record_checks import contradictions

_CHECKS: Final = (
    """
    SELECT 'the balance of `' || key || '` is ' || sum(used) || ', its ledger says ' || sum(delta)
    FROM (SELECT key, used, 0 AS delta FROM balance
          UNION ALL SELECT key, 0, delta FROM moves)
    GROUP BY key HAVING sum(used) <> sum(delta)
    """,
    """
    SELECT 'entry ' || seq || ' took `' || key || '` to ' || total || ', past its limit ' || cap
    FROM (SELECT *, sum(delta) OVER (PARTITION BY key ORDER BY seq, nth) AS total FROM moves)
    WHERE kind = 'decision' AND total > cap
    """,
    """
    SELECT DISTINCT 'the reservation of `' || made.decision_id ||
      '` draws on `' || key || '` what its entries do not say'
    FROM (SELECT r.seq, draw.value ->> 0 AS budget_id, draw.value ->> 1 AS key,
                 draw.value ->> 3 AS cap, -(draw.value ->> 2) AS amount
          FROM reservations AS r CROSS JOIN json_each(r.draws) AS draw
          UNION ALL
          SELECT r.seq, budget_id, key, cap, delta FROM reservations AS r JOIN moves USING (seq)
          UNION ALL
          SELECT reservation, budget_id, key, cap, delta FROM returns JOIN moves USING (seq))
    JOIN log AS made USING (seq)
    GROUP BY seq, budget_id, key, cap HAVING sum(amount) <> 0
    """,
    """
    SELECT 'the reservation of `' || made.decision_id || '` stands as ' || r.state ||
      ', but its last entry in the log is its ' || l.kind
    FROM reservations AS r JOIN log AS made USING (seq) JOIN log AS l ON l.seq =
      (SELECT max(seq) FROM log WHERE decision_id = made.decision_id)
    WHERE r.state <> CASE l.kind WHEN 'decision' THEN 'held' WHEN 'redemption' THEN 'redeemed'
                                 WHEN 'release' THEN 'released' WHEN 'replacement' THEN 'replaced'
                                 WHEN 'return' THEN iif(r.state = 'returned', r.state, 'redeemed')
                                 ELSE 'expired' END
    """,
    """
    SELECT 'the reservation of `' || l.decision_id || '` stands as ' || r.state ||
      ', but its events say otherwise'
    FROM reservations AS r JOIN log AS l ON l.seq = r.seq
    JOIN events AS given
      ON given.user_ref = l.user_ref AND given.at_us = l.at_us
      AND given.decision_id = l.decision_id AND given.kind = 'discount_given'
    LEFT JOIN log AS till ON till.decision_id = l.decision_id AND till.kind = 'redemption'
    LEFT JOIN events AS redeemed
      ON redeemed.user_ref = l.user_ref AND redeemed.at_us = till.at_us
      AND redeemed.decision_id = l.decision_id AND redeemed.kind = 'discount_redeemed'
    LEFT JOIN (SELECT reservation AS seq, min(discount) AS discount FROM returns GROUP BY 1) AS kept
      ON kept.seq = r.seq
    WHERE (given.undone_us IS NULL)
            <> (r.state IN ('held', 'redeemed') AND kept.discount IS NOT 0)
       OR (redeemed.seq IS NOT NULL AND redeemed.undone_us IS NULL)
            <> (r.state = 'redeemed' AND kept.discount IS NOT 0)
       OR (kept.discount > 0 AND given.amount <> kept.discount)
    """,
    """
    SELECT 'entry ' || a.seq || ' of the log activates what nobody published before'
    FROM log AS a LEFT JOIN log AS p
      ON p.decision_id = a.decision_id AND p.kind IN ('publication', 'rollback') AND p.seq < a.seq
    WHERE a.kind = 'activation' AND p.seq IS NULL
    """,
    """
    SELECT 'entry ' || seq || ' of the log activates a ruleset that is not kept'
    FROM (SELECT seq, CAST(unpacked(record) AS TEXT) AS text FROM log WHERE kind = 'activation')
    LEFT JOIN rulesets
      ON digest = CASE WHEN json_valid(text) THEN json_extract(text, '$.digest') END
    WHERE digest IS NULL
    """,
    "SELECT 'a row of `' || \"table\" || '` refers to nothing' FROM pragma_foreign_key_check",
)


_UNCHECKED: Final = "the rest was not checked"
_NAMES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table'"
_TREE: Final = re.compile(r"Tree (\d+)")


def damages(connection: sqlite3.Connection, first: int, last: int) -> Iterator[str]:
    """What is wrong with the entries from *first* to *last* of the log.

    Every number must be there, and every record and reply as it was written, by its leaf.
    """
    entries = connection.execute(
        "SELECT seq, request_hash, reply, record, entry FROM log LEFT JOIN leaves USING (seq)"
        " WHERE seq BETWEEN ? AND ? ORDER BY seq",
        (first, last),
    )
    expected = first
    for seq, *kept, entry in entries:
        yield from _missing(expected, seq)
        if not is_written(entry, *kept):
            yield f"entry {seq} of the log is damaged"
        expected = seq + 1
    yield from _missing(expected, last + 1)


def _missing(first: int, end: int) -> Iterator[str]:
    """That the entries from *first* to before *end* are not there, unless that is none."""
    if end - first > 1:
        yield f"entries {first} to {end - 1} of the log are missing"
    elif end > first:
        yield f"entry {first} of the log is missing"


def discrepancies(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Every contradiction in the file, one line each; empty when all of it agrees.

    The log must be numbered from 1 without a gap, every balance equal the sum of what was drawn
    and given back, no draw pass its own limit, every reservation stand where its last entry left
    it, the events of a discount say the same as its reservation, what was activated must have
    been published before and be kept, and all of it agree with the records.
    """
    found: list[str] = []
    try:
        found += _pages(connection)
        if found:
            return (*found, _UNCHECKED)
        found += damages(connection, 1, _newest(connection))
        for check in _CHECKS:
            found += [line for (line,) in connection.execute(check).fetchall()]
        found += contradictions(connection)
    except sqlite3.DatabaseError as error:
        found += [f"the file can't be read: {error}", _UNCHECKED]
    return tuple(found)


def counts(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many entries the log has, and how many balances there are."""
    ((entries, balances),) = connection.execute(
        "SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM balance)"
    )
    return int(entries), int(balances)


def _pages(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with the file's pages, with the names of the tables."""
    names = dict(connection.execute("SELECT rootpage, name FROM sqlite_schema").fetchall())
    try:
        rows = connection.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError:
        # It ends without a word at some damages.
        return _unreadable(connection)
    found = [text for (text,) in rows if text != "ok"]

    def named(tree: re.Match[str]) -> str:
        return f"`{names.get(int(tree[1]), tree[0])}`"

    return [_TREE.sub(named, line) for text in found for line in text.splitlines()]


def _unreadable(connection: sqlite3.Connection) -> list[str]:
    """The tables that can't be read to their end."""
    found = []
    for (name,) in connection.execute(_NAMES).fetchall():
        try:
            connection.execute(f'SELECT count(*) FROM "{name}" NOT INDEXED').fetchall()  # noqa: S608
        except sqlite3.DatabaseError as error:
            found.append(f"table `{name}` can't be read: {error}")
    return found


def _newest(connection: sqlite3.Connection) -> int:
    ((newest,),) = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchall()
    return int(newest)
