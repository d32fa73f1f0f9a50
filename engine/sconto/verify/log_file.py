"""The rows of a copied log, as SQLite has them, and what each must say by its leaf."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

_ROWS: Final = """
SELECT leaves.seq, log.kind, log.decision_id, log.at_us, log.user_ref, log.reasons,
       log.request_key, log.request_hash, log.reply, log.record, leaves.entry,
       held.expires_us, gone.discount,
       gone.seq IS NOT NULL, (SELECT decision_id FROM log AS made
                              WHERE made.seq = gone.reservation AND made.kind = 'decision')
FROM leaves
LEFT JOIN log USING (seq)
LEFT JOIN reservations AS held USING (seq)
LEFT JOIN returns AS gone USING (seq)
ORDER BY leaves.seq
"""
OTHERS: Final = """
SELECT 'entry ' || seq || ' has no leaf' FROM log WHERE seq NOT IN (SELECT seq FROM leaves)
UNION ALL SELECT 'a row of `log_offers` is of entry ' || seq || ', which is not there'
FROM log_offers WHERE seq NOT IN (SELECT seq FROM leaves)
UNION ALL SELECT 'a row of `log_codes` is of entry ' || seq || ', which is not there'
FROM log_codes WHERE seq NOT IN (SELECT seq FROM leaves)
UNION ALL SELECT 'a return is of entry ' || seq || ', which is not there'
FROM returns WHERE seq NOT IN (SELECT seq FROM leaves)
"""
"""What is beside the entries: one line each."""
_NAMES: Final = "SELECT seq, {column} FROM {table} ORDER BY seq, {column}"


_LEFT_OUT: Final[Mapping[str, Any]] = {
    "code_sets": [], "expires_us": None, "left": None, "offers": [], "reasons": "",
    "request": None, "user_ref": "",
}  # fmt: skip
"""What is not in a leaf when it is empty, and how it stands in the row then."""


class Row(NamedTuple):
    """What the tables hold of one entry."""

    seq: int
    kind: str | None
    """None when the row itself is missing."""
    about: str
    at_us: int
    user_ref: str
    reasons: int
    request: str | None
    request_hash: bytes
    reply: bytes
    record: bytes
    leaf: str
    expires_us: int | None
    left: int | None
    is_return: int
    """Whether it stands in the table of returns."""
    returned: str | None
    """The decision of which a return is, by that table."""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file at *path*, which is only read."""
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    # What is damaged shall be named, not end the reading.
    connection.text_factory = lambda raw: raw.decode(errors="backslashreplace")
    try:
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


def count(path: Path) -> int:
    """About how many entries the log in *path* has; 0 when it can't be read."""
    try:
        with opened(path) as connection:
            ((last,),) = connection.execute("SELECT coalesce(max(seq), 0) FROM leaves")
            return int(last)
    except sqlite3.Error:
        return 0


def rows(connection: sqlite3.Connection) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    """Every row in the order of its number, with what only other tables have of it."""
    offers = _named(connection, "log_offers", "offer_id")
    sets = _named(connection, "log_codes", "set_id")
    for values in connection.execute(_ROWS):
        row = Row(*values)
        yield row, {"offers": offers.upto(row.seq), "code_sets": sets.upto(row.seq)}


def differences(row: Row, lists: Mapping[str, Any], entry: Mapping[str, Any]) -> Iterator[str]:
    """The names under which *row* says something else than *entry*; `row` when it is missing."""
    if row.kind is None:
        yield "row"
        return
    says = {
        **lists,
        "about": row.about,
        "answer": _digest(b"%d:" % len(row.request_hash) + row.request_hash + row.reply),
        "at_us": row.at_us,
        "expires_us": row.expires_us,
        "kind": row.kind,
        "left": row.left,
        "reasons": f"{row.reasons:x}" if row.reasons != 0 else "",
        "record": _digest(row.record),
        "request": row.request,
        "seq": row.seq,
        "user_ref": row.user_ref,
    }
    returned = entry["about"] if entry["kind"] == "return" else None
    if row.is_return != (entry["kind"] == "return") or row.returned != returned:
        yield "reservation"
    for name, value in says.items():
        due = entry[name] if name in entry else _LEFT_OUT[name]
        if type(value) is not type(due) or value != due:
            yield name


def entry_of(leaf: str) -> Mapping[str, Any] | None:
    """The entry that *leaf* is, or None when it is none."""
    try:
        read = json.loads(leaf)
    except (RecursionError, ValueError):
        return None
    return read if isinstance(read, dict) and {"kind", "about", "seq"} <= read.keys() else None


def _digest(kept: bytes) -> str:
    return hashlib.sha256(kept).hexdigest()


class _Names:
    """Names by the number of their entry, read once, in order."""

    def __init__(self, found: Iterator[tuple[int, str]]) -> None:
        self._found = found
        self._next = next(found, None)

    def upto(self, seq: int) -> list[str]:
        """Those of *seq*, and of no entry before it; call it with growing numbers."""
        names = []
        while self._next is not None and self._next[0] <= seq:
            names.append(self._next[1])
            self._next = next(self._found, None)
        return names


def _named(connection: sqlite3.Connection, table: str, column: str) -> _Names:
    return _Names(connection.execute(_NAMES.format(table=table, column=column)))
