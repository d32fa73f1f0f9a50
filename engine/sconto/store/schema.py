"""The SQLite file: its tables, how it is recognised, and how connections to it are opened."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sconto.app.shop_currency import shop_currency
from sconto.errors import StoreUnfit
from sconto.store.leaves import upgraded_entry
from sconto.store.packing import know_packing

APPLICATION_ID: Final = int.from_bytes(b"Scto")
"""In the file's header, so that no other program's database is ever written to."""
USER_VERSION: Final = 11
"""The format that is written; a file of an earlier one is brought to it when it is opened."""
BUSY_MS: Final = 2_000
"""How long a connection waits for another process's lock before the write is given up."""

OF_RULES: Final = "kind IN ('publication', 'rollback', 'activation')"
"""Which entries of the log are about publications; spelt as in their index, or it isn't used."""

_RETURNS: Final = """CREATE TABLE returns (
  seq INTEGER PRIMARY KEY REFERENCES log (seq),
  reservation INTEGER NOT NULL REFERENCES reservations (seq),
  discount INTEGER NOT NULL
) STRICT;
CREATE INDEX returns_of ON returns (reservation);
"""
"""Of a return: the discount that it left. The reservation has the draws that are left."""

_RETURNS_WITH_DRAWS: Final = """CREATE TABLE returns (
  seq INTEGER PRIMARY KEY REFERENCES log (seq),
  reservation INTEGER NOT NULL REFERENCES reservations (seq),
  discount INTEGER NOT NULL,
  draws TEXT NOT NULL
) STRICT;
CREATE INDEX returns_of ON returns (reservation);
CREATE VIEW moves AS SELECT 0;
"""
"""Of formats 5 to 10."""

_LEAVES: Final = """CREATE TABLE leaves (
  seq INTEGER PRIMARY KEY REFERENCES log (seq),
  entry TEXT NOT NULL
) STRICT;
CREATE TABLE subtrees (
  level INTEGER NOT NULL CHECK (level > 0),
  nth INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, nth)
) STRICT, WITHOUT ROWID;
CREATE VIEW moves AS
SELECT seq, draw.key AS nth, entry ->> 'kind' AS kind, draw.value ->> 0 AS budget_id,
       draw.value ->> 1 AS key,
       draw.value ->> 3 AS cap, draw.value ->> 2
         * iif(entry ->> 'kind' = 'decision', 1, -1) AS delta
FROM leaves CROSS JOIN json_each(entry, '$.draws') AS draw;
"""
"""What the tree of the log is made of: see leaves.py, and app/transparency/tree.py."""

_FILL_LEAVES: Final = """INSERT INTO leaves
SELECT log.seq, entry_of(
  json_object(
    'draws', CASE log.kind
      WHEN 'decision' THEN
        (SELECT json_group_array(json(draw.value)) FROM (
           SELECT draws FROM reservations WHERE seq = log.seq
           UNION ALL SELECT draws FROM returns WHERE reservation = log.seq) AS all_draws
         CROSS JOIN json_each(all_draws.draws) AS draw)
      WHEN 'redemption' THEN json_array()
      WHEN 'return' THEN (SELECT json(draws) FROM returns WHERE seq = log.seq)
      ELSE (SELECT json(held.draws) FROM log AS made JOIN reservations AS held USING (seq)
            WHERE made.kind = 'decision' AND made.decision_id = log.decision_id) END,
    'expires_us', (SELECT expires_us FROM reservations WHERE seq = log.seq),
    'offers', (SELECT json_group_array(offer_id) FROM (
       SELECT offer_id FROM log_offers WHERE seq = log.seq ORDER BY offer_id)),
    'code_sets', (SELECT json_group_array(set_id) FROM (
       SELECT set_id FROM log_codes WHERE seq = log.seq ORDER BY set_id)),
    'left', (SELECT discount FROM returns WHERE seq = log.seq),
    'state', (SELECT iif(held.state = 'returned' AND NOT EXISTS
                (SELECT 1 FROM returns AS later WHERE later.reservation = held.seq
                 AND later.seq > log.seq), held.state, 'redeemed')
              FROM returns JOIN reservations AS held ON held.seq = returns.reservation
              WHERE returns.seq = log.seq)),
  request_hash, reply, record,
  log.seq, kind, decision_id, at_us, user_ref, reasons, request_key)
FROM log;
"""
"""From the rows that were written before there were leaves."""

_RENAME_RETURNS: Final = """ALTER TABLE returns RENAME TO earlier_returns;
DROP INDEX returns_of;
"""
_FILL_RETURNS: Final = """INSERT INTO returns
SELECT seq, reservation, discount FROM earlier_returns;
DROP TABLE earlier_returns;
"""
"""Of format 10: now the leaves have the draws."""

_CODES: Final = """CREATE TABLE codes (
  ref BLOB PRIMARY KEY CHECK (length(ref) = 16),
  set_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

_PRICES: Final = """CREATE TABLE prices (
  product_id TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  channel TEXT NOT NULL,
  currency TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  recorded_us INTEGER NOT NULL,
  PRIMARY KEY (product_id, jurisdiction, channel, currency, at_us)
) STRICT, WITHOUT ROWID;
"""

_FILTERS: Final = """CREATE TABLE log_codes (
  set_id TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES log (seq),
  PRIMARY KEY (set_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservations_replaced ON reservations (seq) WHERE state = 'replaced';
"""

_FILL_FILTERS: Final = """INSERT INTO log_codes
SELECT DISTINCT sent.value ->> 0, log.seq
FROM log
CROSS JOIN json_each(readable(record), '$.context.codes') AS sent
CROSS JOIN json_each(readable(record), '$.outcome.codes') AS became ON became.key = sent.key
WHERE kind = 'decision' AND became.value ->> 'status' = 'APPLIED';
"""
"""From the records that were written before there was the table."""

CURRENCY: Final = "shop_currency"
KEY_CHECK: Final = "key_check"
CHECKPOINT: Final = "checkpoint"
_META: Final = """CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""What the file's other rows rest on: the currency of amounts, a hash by the shoppers' key, and the
newest checkpoint of the log."""

LAST_RULES: Final = """SELECT documents FROM rulesets
ORDER BY digest IS (SELECT readable(record) ->> 'ruleset' FROM log
                    WHERE kind = 'decision' ORDER BY seq DESC LIMIT 1) DESC, rowid DESC
LIMIT 1"""
"""The documents by which the newest decision was made; without one, those that were kept last."""

_FILL_META: Final = (
    f"INSERT INTO meta SELECT '{CURRENCY}', shop_currency(documents) AS currency "  # noqa: S608
    f"FROM ({LAST_RULES}) WHERE currency <> '';\n"
)

_PRICES_WITHOUT_CURRENCY: Final = (
    "ALTER TABLE prices RENAME TO earlier_prices;\n"
    + _PRICES
    + "INSERT INTO prices SELECT product_id, jurisdiction, channel, '', at_us, price, recorded_us "
    "FROM earlier_prices;\n"
    "DROP TABLE earlier_prices;\n"
)
"""Of format 8: they are in the shop's own currency."""

_TABLES: Final = f"""
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  user_ref TEXT NOT NULL,
  reasons INTEGER NOT NULL,
  request_key TEXT,
  request_hash BLOB NOT NULL,
  reply BLOB NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE INDEX log_about ON log (decision_id, kind);
CREATE UNIQUE INDEX log_requests ON log (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX log_user ON log (user_ref, seq) WHERE kind = 'decision';
CREATE INDEX log_time ON log (at_us) WHERE kind = 'decision';
CREATE INDEX log_rules ON log (seq) WHERE {OF_RULES};

CREATE TABLE log_offers (
  offer_id TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES log (seq),
  PRIMARY KEY (offer_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  seq INTEGER PRIMARY KEY REFERENCES log (seq),
  state TEXT NOT NULL,
  expires_us INTEGER NOT NULL,
  draws TEXT NOT NULL
) STRICT;
CREATE INDEX reservations_due ON reservations (expires_us) WHERE state = 'held';

{_RETURNS}
{_LEAVES}
CREATE TABLE balance (
  key TEXT PRIMARY KEY,
  used INTEGER NOT NULL CHECK (used >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  user_ref TEXT NOT NULL,
  event_id TEXT,
  decision_id TEXT CHECK ((decision_id IS NULL) <> (event_id IS NULL)),
  kind TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  undone_us INTEGER
) STRICT;
CREATE UNIQUE INDEX events_once ON events (user_ref, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX events_user ON events (user_ref, at_us);

CREATE TABLE rulesets (
  digest TEXT PRIMARY KEY,
  documents BLOB NOT NULL
) STRICT;

{_CODES}
{_FILTERS}
{_META}
{_PRICES}"""
"""An empty currency of a price is the shop's own.

`seq` of a reservation is its decision's, and `draws` are JSON: [budget_id, key, amount, limit].

A record is packed, and so is its reply beside it, by the record (see packing.py): a page holds
both, where a table of replies with its own key would leave two thirds of every page empty.
"""

_UPGRADES: Final[Mapping[int, str]] = {
    4: f"""DROP VIEW moves;
DROP INDEX log_about;
CREATE INDEX log_about ON log (decision_id, kind);
{_RETURNS_WITH_DRAWS}""",
    5: _CODES,
    6: _PRICES,
    7: _FILTERS + _FILL_FILTERS,
    8: _PRICES_WITHOUT_CURRENCY,
    9: _META + _FILL_META,
    10: "DROP VIEW moves;\n" + _LEAVES + _FILL_LEAVES + _RENAME_RETURNS + _RETURNS + _FILL_RETURNS,
}
"""What brings a file of an earlier format to the next one."""
READABLE: Final = frozenset({*_UPGRADES, USER_VERSION})
"""Formats whose log can be read as it is."""

_MEND: Final = "mend what the message names, or name another folder with `--data`"


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the store's file, which is there, in autocommit, usable from any thread.

    FULL makes COMMIT wait for the disk; automatic checkpoints are off because they would run
    inside somebody's commit (the Checkpointer does them instead).
    """
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=BUSY_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    know_packing(connection)
    connection.create_function("shop_currency", 1, shop_currency, deterministic=True)
    connection.create_function("entry_of", -1, upgraded_entry, deterministic=True)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def prepare(path: Path) -> None:
    """Create the store's file if it is not there; afterwards it is one of ours, in WAL mode.

    The file is 0600 and folders made for it are 0700. Raises StoreUnfit for a file that is
    not a store, has another format, or can't be opened for writing.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not opened when it is there: closing it would drop the locks of every connection to it.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        connection = connect(path)
        try:
            _recognise(connection, path)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise StoreUnfit(f"can't open the store `{path}`: {error}", _MEND) from error
    except OSError as error:
        raise StoreUnfit(f"can't open the store `{path}`: {error.strerror}", _MEND) from error


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    found = _header(connection, "application_id")
    version = _header(connection, "user_version")
    if not found and not version and not _header(connection, "schema_version"):
        _make(connection)
    elif found != APPLICATION_ID:
        raise other_program(path)
    elif version not in READABLE:
        raise other_format(path, version)
    for earlier in range(version, USER_VERSION) if found else ():
        _run(connection, _UPGRADES[earlier])
        connection.execute(f"PRAGMA user_version = {earlier + 1}")
    connection.execute("COMMIT")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        message = f"`{path}` is on a file system without write-ahead logging"
        raise StoreUnfit(message, "name a folder on a local disk with `--data`")


def other_program(path: Path) -> StoreUnfit:
    """The error for a database that is not a store."""
    message = f"`{path}` is a database of another program, not a store"
    return StoreUnfit(message, "name another folder with `--data`; nothing was written to the file")


def other_format(path: Path, version: int) -> StoreUnfit:
    """The error for a store of format *version*."""
    formats = f"{min(READABLE)} to {USER_VERSION}"
    message = f"`{path}` has format {version}, this version of sconto reads {formats}"
    return StoreUnfit(message, "use the version of sconto that wrote the file, or a later one")


def _make(connection: sqlite3.Connection) -> None:
    _run(connection, _TABLES)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")


def _run(connection: sqlite3.Connection, statements: str) -> None:
    # executescript would commit first; two processes may both find a file to be made.
    for statement in statements.split(";\n"):
        connection.execute(statement)


def _header(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
