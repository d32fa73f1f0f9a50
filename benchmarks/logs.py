"""A log of any size in minutes: some decisions are made, and their rows multiplied by SQLite."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import uuid_utils
import uvloop

from scenario import bodies, decide_of, with_new_id
from sconto.bootstrap import Engine, new_decision_id, open_engine
from sconto.settings import Settings
from sconto.store.schema import connect
from stages import Trailers

MADE: Final = 2_000
"""Decisions that are really made, by the server's code; the others are copies of them."""
BYTES: Final = 8_000
"""More than one decision takes in the file."""
PATIENT_MS: Final = 60_000
CACHE_KIB: Final = 1 << 20

_MADE: Final = """
CREATE TEMP TABLE made_log AS SELECT seq AS made, * FROM log;
CREATE TEMP TABLE made_offers AS SELECT seq AS made, offer_id FROM log_offers;
CREATE TEMP TABLE made_lists (made INTEGER PRIMARY KEY, offers TEXT);
INSERT INTO made_lists SELECT seq, json_group_array(offer_id) FROM log_offers GROUP BY seq;
CREATE TEMP TABLE made_reservations AS
  SELECT seq AS made, state, expires_us, draws, user_ref FROM reservations JOIN log USING (seq);
CREATE TEMP TABLE made_events AS
  SELECT log.seq AS made, events.kind, amount FROM events JOIN log USING (decision_id);
"""
_COPIED: Final = """
INSERT INTO log
  SELECT made + :by, kind, new_decision_id(), at_us - :ago, other(user_ref, :by), reasons,
         'Decide/' || new_request_id(), request_hash, reply, record
  FROM made_log WHERE made <= :most;
INSERT INTO log_offers SELECT offer_id, made + :by FROM made_offers WHERE made <= :most;
INSERT INTO reservations
  SELECT made + :by, state, expires_us + :held, replace(draws, user_ref, other(user_ref, :by))
  FROM made_reservations WHERE made <= :most;
INSERT INTO leaves
  SELECT log.seq, entry_of(
    json_object('draws', json(coalesce(held.draws, '[]')), 'expires_us', held.expires_us,
                'offers', json(coalesce(lists.offers, '[]'))),
    request_hash, reply, record,
    log.seq, kind, decision_id, at_us, user_ref, reasons, request_key)
  FROM log LEFT JOIN reservations AS held USING (seq)
  LEFT JOIN made_lists AS lists ON lists.made = log.seq - :by
  WHERE log.seq > :by AND log.seq <= :by + :most;
INSERT INTO balance
  SELECT draw.value ->> 1, draw.value ->> 2
  FROM reservations AS held CROSS JOIN json_each(held.draws) AS draw
  WHERE held.seq > :by AND held.seq <= :by + :most
  ON CONFLICT (key) DO UPDATE SET used = used + excluded.used;
INSERT INTO events
  SELECT NULL, copy.user_ref, NULL, copy.decision_id, event.kind, copy.at_us, amount, NULL
  FROM made_events AS event JOIN log AS copy ON copy.seq = event.made + :by
  WHERE event.made <= :most
"""
"""Every table that a decision writes to, and by that every index."""

HOUR_US: Final = 3_600_000_000
HELD_US: Final = 24 * HOUR_US
"""Copies stay reserved for so much longer: to expire them is not what is measured."""


def fill(settings: Settings, seed: int, decisions: int) -> None:
    """Put *decisions* decisions into the empty log of *settings*, and have them on the disk.

    Copies have ids, request ids and shoppers of their own, and were made earlier. Their records
    still name the original, so they can't be replayed.
    """
    patient = replace(settings, model_timeout_ms=PATIENT_MS)
    made = min(decisions, MADE)
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        open_engine(patient) as engine,
    ):
        runner.run(_decide(engine, bodies(seed, made)))
    _multiply(settings.log_file, made, decisions)
    with settings.log_file.open("rb") as file:
        # Else it would be written while something is measured.
        os.fsync(file.fileno())


def bytes_per_decision(log: Path) -> float:
    """Bytes of the file *log*, which nobody has open, for each decision in it."""
    with closing(sqlite3.connect(log)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((count,),) = connection.execute("SELECT count(*) FROM log WHERE kind = 'decision'")
    return log.stat().st_size / int(count)


async def _decide(engine: Engine, sent: tuple[bytes, ...]) -> None:
    decide = decide_of(engine)
    # All at once, so that many share a commit.
    await asyncio.gather(*(decide(with_new_id(body), Trailers()) for body in sent))


def _multiply(log: Path, made: int, decisions: int) -> None:
    with closing(connect(log)) as connection:
        connection.create_function("new_decision_id", 0, new_decision_id)
        connection.create_function("new_request_id", 0, lambda: str(uuid_utils.uuid4()))
        connection.create_function("other", 2, _other)
        # A file that is lost with the machine is made again.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.executescript(_MADE)
        connection.execute("BEGIN")
        for by in range(made, decisions, made):
            hours = (decisions - by) // made + 1
            values = {
                "by": by,
                "most": min(made, decisions - by),
                "ago": hours * HOUR_US,
                "held": HELD_US,
            }
            for statement in _COPIED.split(";"):
                connection.execute(statement, values)
        connection.execute("COMMIT")


def _other(user_ref: str, by: int) -> str:
    """Another shopper; the same one for the same *user_ref* in the same copy."""
    return hashlib.sha256(f"{by}/{user_ref}".encode()).hexdigest()[: len(user_ref)]
