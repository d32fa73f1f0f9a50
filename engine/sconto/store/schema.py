"""The SQLite file: its tables, how it is recognised, and how connections to it are opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from sconto.errors import StoreUnavailable

APPLICATION_ID: Final = int.from_bytes(b"Scto")
"""In the file's header, so that no other program's database is ever written to."""
USER_VERSION: Final = 3
BUSY_MS: Final = 2_000
"""How long a connection waits for another process's lock before the write is given up."""

OF_RULES: Final = "kind IN ('publication', 'rollback', 'activation')"
"""Which entries of the log are about publications; spelt as in their index, or it isn't used."""

_FROM_2_TO_3: Final = f"""
CREATE INDEX log_rules ON log (seq) WHERE {OF_RULES};
"""
"""Publications begin empty: rules were files before."""

_LATER_TABLES: Final = """
CREATE TABLE log_offers (
  offer_id TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES log (seq),
  PRIMARY KEY (offer_id, seq)
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
"""
"""What format 2 added."""

_TABLES: Final = """
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  user_ref TEXT NOT NULL,
  reasons INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_about ON log (decision_id, kind);
CREATE INDEX log_user ON log (user_ref, seq) WHERE kind = 'decision';
CREATE INDEX log_time ON log (at_us) WHERE kind = 'decision';

CREATE TABLE answers (
  request_key TEXT PRIMARY KEY,
  request_hash BLOB NOT NULL,
  reply BLOB NOT NULL,
  seq INTEGER NOT NULL REFERENCES log (seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  decision_id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL REFERENCES log (seq),
  state TEXT NOT NULL,
  expires_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reservations_due ON reservations (expires_us) WHERE state = 'held';

CREATE TABLE ledger (
  seq INTEGER NOT NULL REFERENCES log (seq),
  nth INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('reserve', 'redeem', 'release', 'expire')),
  budget_id TEXT NOT NULL,
  key TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  cap INTEGER NOT NULL,
  PRIMARY KEY (seq, nth)
) STRICT, WITHOUT ROWID;

CREATE VIEW moves AS
SELECT *, CASE kind WHEN 'reserve' THEN amount WHEN 'redeem' THEN 0 ELSE -amount END AS delta
FROM ledger;

CREATE TABLE balance (
  key TEXT PRIMARY KEY,
  used INTEGER NOT NULL CHECK (used >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE rulesets (
  digest TEXT PRIMARY KEY,
  documents BLOB NOT NULL
) STRICT;
"""

_FROM_1_TO_2: Final = """
INSERT INTO log_offers
SELECT offer_id, seq FROM log WHERE kind = 'decision' AND offer_id <> '';
DROP INDEX log_offer;
ALTER TABLE log DROP COLUMN offer_id;
"""
"""The behaviour history begins empty: no rule could ask for it before."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the store's file in autocommit, usable from any thread.

    FULL makes COMMIT wait for the disk; automatic checkpoints are off because they would run
    inside somebody's commit (the Checkpointer does them instead).
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def prepare(path: Path) -> None:
    """Create the store's file if it is not there; afterwards it is one of ours, in WAL mode.

    The file is 0600 and folders made for it are 0700. Raises StoreUnavailable for a file that is
    not a store, was written by a newer version, or can't be opened for writing. A file of an older
    version is brought to this one's format, whole or not at all.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = connect(path)
        try:
            _recognise(connection, path)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"can't open the store `{path}`: {error}") from error
    except OSError as error:
        raise StoreUnavailable(f"can't open the store `{path}`: {error.strerror}") from error


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    found = _header(connection, "application_id")
    version = _header(connection, "user_version")
    if not found and not version and not _header(connection, "schema_version"):
        _apply(connection, _TABLES, _LATER_TABLES, _FROM_2_TO_3)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    elif found != APPLICATION_ID:
        raise StoreUnavailable(f"`{path}` is a database of another program, not a store")
    elif version > USER_VERSION:
        raise StoreUnavailable(
            f"`{path}` has format {version}, this version knows up to {USER_VERSION}"
        )
    elif version == 1:
        _apply(connection, _LATER_TABLES, _FROM_1_TO_2, _FROM_2_TO_3)
    elif version < USER_VERSION:
        _apply(connection, _FROM_2_TO_3)
    connection.execute("COMMIT")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreUnavailable(f"`{path}` is on a file system without write-ahead logging")


def _apply(connection: sqlite3.Connection, *scripts: str) -> None:
    """Run *scripts* in the open transaction, and mark the file as of this format."""
    # executescript would commit first; two processes may both find a file to be changed.
    for statement in ";\n".join(scripts).split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")


def _header(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
