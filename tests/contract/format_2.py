"""The tables of a store's file of format 2, as they were made then; never changed."""

from __future__ import annotations

TABLES = """
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
PRAGMA application_id = 1399026799;
PRAGMA user_version = 2;
"""
