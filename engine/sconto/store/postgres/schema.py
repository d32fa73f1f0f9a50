"""The tables of a log in PostgreSQL, and how a database is brought to the present format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import psycopg

NAMESPACE: Final = "sconto"
"""The schema of all tables: the database may hold others beside it."""
LOCK: Final = int.from_bytes(b"Sconto")
"""The advisory lock that every commit and every migration holds: one log has one order."""

_FIRST: Final = """
CREATE TABLE format (version integer NOT NULL);
INSERT INTO format VALUES (0);

CREATE TABLE log (
  seq bigint PRIMARY KEY,
  kind text NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  at_us bigint NOT NULL,
  user_ref text COLLATE "C" NOT NULL,
  reasons bigint NOT NULL,
  request_key text COLLATE "C",
  request_hash bytea NOT NULL,
  reply bytea NOT NULL,
  record bytea NOT NULL
);
ALTER TABLE log ALTER reply SET STORAGE EXTERNAL, ALTER record SET STORAGE EXTERNAL;
CREATE INDEX log_about ON log (decision_id, kind);
CREATE UNIQUE INDEX log_requests ON log (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX log_user ON log (user_ref, seq) WHERE kind = 'decision';
CREATE INDEX log_time ON log (at_us) WHERE kind = 'decision';
CREATE INDEX log_rules ON log (seq) WHERE kind IN ('publication', 'rollback', 'activation');

CREATE TABLE log_offers (
  offer_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL REFERENCES log,
  PRIMARY KEY (offer_id, seq)
);
CREATE TABLE log_codes (
  set_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL REFERENCES log,
  PRIMARY KEY (set_id, seq)
);

CREATE TABLE reservations (
  seq bigint PRIMARY KEY REFERENCES log,
  state text NOT NULL,
  expires_us bigint NOT NULL,
  draws text NOT NULL
);
CREATE INDEX reservations_due ON reservations (expires_us) WHERE state = 'held';
CREATE INDEX reservations_replaced ON reservations (seq) WHERE state = 'replaced';

CREATE TABLE returns (
  seq bigint PRIMARY KEY REFERENCES log,
  reservation bigint NOT NULL REFERENCES reservations,
  discount bigint NOT NULL,
  draws text NOT NULL
);
CREATE INDEX returns_of ON returns (reservation);

CREATE TABLE balance (
  key text COLLATE "C" PRIMARY KEY,
  used bigint NOT NULL CHECK (used >= 0)
) WITH (fillfactor = 50);

CREATE TABLE events (
  seq bigint PRIMARY KEY,
  user_ref text COLLATE "C" NOT NULL,
  event_id text COLLATE "C",
  decision_id text COLLATE "C" CHECK ((decision_id IS NULL) <> (event_id IS NULL)),
  kind text NOT NULL,
  at_us bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  undone_us bigint
);
CREATE UNIQUE INDEX events_once ON events (user_ref, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX events_user ON events (user_ref, at_us);

CREATE TABLE rulesets (
  digest text COLLATE "C" PRIMARY KEY,
  documents bytea NOT NULL,
  nth bigint GENERATED ALWAYS AS IDENTITY
);

CREATE TABLE codes (
  ref bytea PRIMARY KEY CHECK (length(ref) = 16),
  set_id text NOT NULL
);

CREATE TABLE prices (
  product_id text COLLATE "C" NOT NULL,
  jurisdiction text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  at_us bigint NOT NULL,
  price bigint NOT NULL CHECK (price >= 0),
  recorded_us bigint NOT NULL,
  PRIMARY KEY (product_id, jurisdiction, channel, currency, at_us)
);

CREATE TABLE meta (
  name text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);
"""
"""The tables of a SQLite store, in the same columns: see sconto/store/schema.py.

Records and replies are packed already. A balance changes with nearly every commit: pages are left
half empty, so that its new row goes beside the old one and no index changes.
"""

_LEAVES: Final = """
CREATE TABLE leaves (
  seq bigint PRIMARY KEY REFERENCES log,
  entry text COLLATE "C" NOT NULL
);
CREATE TABLE subtrees (
  level bigint NOT NULL CHECK (level > 0),
  nth bigint NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, nth)
);
ALTER TABLE returns DROP draws;
DO $$ BEGIN
  IF EXISTS (SELECT FROM log) THEN
    RAISE 'a log of before there were leaves can not be brought to this format';
  END IF;
END $$;
"""
"""Nobody has a log in PostgreSQL of before."""

MIGRATIONS: Final[Sequence[str]] = (_FIRST, _LEAVES)
"""What brings a database from the format of its number to the next one; never edit one."""
VERSION: Final = len(MIGRATIONS)


class Migrated(NamedTuple):
    """The format of a database before and now; 0 for one that held no store."""

    before: int
    now: int


def migrate(connection: psycopg.Connection[tuple[Any, ...]]) -> Migrated:
    """Bring the database of *connection* to the present format, all of it or nothing.

    One of a later format stays as it is. Two that migrate at once wait for each other.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        ((there,),) = connection.execute("SELECT to_regclass('sconto.format') IS NOT NULL")
        before = 0
        if there:
            ((before,),) = connection.execute("SELECT version FROM sconto.format").fetchall()
        else:
            # Refused when there is one of another program.
            connection.execute("CREATE SCHEMA sconto")
        connection.execute("SET LOCAL search_path = sconto")
        for statements in MIGRATIONS[before:]:
            connection.execute(statements)
        if before < VERSION:
            connection.execute("UPDATE format SET version = %s", (VERSION,))
    return Migrated(before, max(before, VERSION))
