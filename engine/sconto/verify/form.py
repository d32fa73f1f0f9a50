"""The tables that a store's file has: in other ones, rows could be of other types, or twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

_TABLES: Final = {
    "log": "seq INTEGER 1, kind TEXT NOT NULL, decision_id TEXT NOT NULL, at_us INTEGER NOT NULL, "
    "user_ref TEXT NOT NULL, reasons INTEGER NOT NULL, request_key TEXT, "
    "request_hash BLOB NOT NULL, reply BLOB NOT NULL, record BLOB NOT NULL",
    "leaves": "seq INTEGER 1, entry TEXT NOT NULL",
    "subtrees": "level INTEGER NOT NULL 1, nth INTEGER NOT NULL 2, hash BLOB NOT NULL",
    "log_offers": "offer_id TEXT NOT NULL 1, seq INTEGER NOT NULL 2",
    "log_codes": "set_id TEXT NOT NULL 1, seq INTEGER NOT NULL 2",
    "reservations": "seq INTEGER 1, state TEXT NOT NULL, expires_us INTEGER NOT NULL, "
    "draws TEXT NOT NULL",
    "returns": "seq INTEGER 1, reservation INTEGER NOT NULL, discount INTEGER NOT NULL",
    "balance": "key TEXT NOT NULL 1, used INTEGER NOT NULL",
    "rulesets": "digest TEXT NOT NULL 1, documents BLOB NOT NULL",
    "meta": "name TEXT NOT NULL 1, value TEXT NOT NULL",
}
"""Name and type of each column, and its place in the primary key."""
_OTHERS: Final = """
SELECT 'the file has a ' || type || ' `' || name || '` that no store makes' FROM sqlite_schema
WHERE type NOT IN ('table', 'index') AND (type, name) <> ('view', 'moves')
"""
_STRICT: Final = "SELECT strict FROM pragma_table_list WHERE schema = 'main' AND name = ?"


def other_forms(connection: sqlite3.Connection) -> Iterator[str]:
    """What the file on *connection* has in another form than a store gives it, one line each."""
    yield from (line for (line,) in connection.execute(_OTHERS))
    for name, columns in _TABLES.items():
        found = ", ".join(
            f"{column} {kind}{' NOT NULL' * needed}{f' {key}' if key else ''}"
            for _, column, kind, needed, _, key in connection.execute(f"PRAGMA table_info({name})")
        )
        if found != columns or connection.execute(_STRICT, (name,)).fetchall() != [(1,)]:
            yield f"the table `{name}` is not as a store makes it"
