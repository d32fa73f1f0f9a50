"""Acknowledged means durable: a writer killed at any moment loses nothing that it answered."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import sconto
from contract.writes import START_US
from fault.store_writer import SHOPPERS
from sconto.app.ports import ReservationState
from sconto.domain.behaviour import GIVEN
from sconto.store.sqlite import SqliteStore

FOREVER_US = 1 << 62
WRITER = Path(__file__).with_name("store_writer.py")
ROUNDS = 6
PER_ROUND = 1_000_000


def killed_writer(path: Path, first: int, lifetime_s: float) -> list[str]:
    """What a writer acknowledged before it was killed, *lifetime_s* after its first answer."""
    tests, engine = WRITER.parents[1], Path(sconto.__file__).parents[1]
    child = subprocess.Popen(
        [sys.executable, str(WRITER), str(path), str(first)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{engine}"},
    )
    # A writer that never answers is killed all the same, and fails the test by its silence.
    deadline = threading.Timer(20, child.kill)
    deadline.start()
    with child:
        assert child.stdout is not None
        begun = child.stdout.readline()
        time.sleep(lifetime_s)
        child.kill()
        rest = child.stdout.read()
    deadline.cancel()
    assert child.returncode == -signal.SIGKILL
    return (begun + rest).decode().splitlines()


def happened(store: SqliteStore, kind: str) -> list[int]:
    """When each event of *kind* of every shopper happened, microseconds after the start."""
    histories = [store.behaviour(f"u{u}", 0, FOREVER_US).events for u in range(SHOPPERS)]
    return [e.at_us - START_US for events in histories for e in events if e.kind == kind]


def events_missing(store: SqliteStore, acknowledged: set[str]) -> set[str]:
    """Of the *acknowledged* events, those that are gone; none may be there twice."""
    found = [f"e{n}" for n in happened(store, "basket_abandoned")]
    assert len(found) == len(set(found))
    return acknowledged - set(found)


def given_events(store: SqliteStore) -> set[str]:
    """The decisions whose discount counts by the events that they made."""
    return {f"d{at_us // 1_000_000}" for at_us in happened(store, GIVEN)}


def standing(store: SqliteStore, acknowledged: set[str]) -> set[str]:
    """The decisions whose discount stands by their reservations; others may have been answered."""
    counts = {ReservationState.HELD, ReservationState.REDEEMED}
    known = acknowledged | given_events(store)
    held = {i: store.reservation(i) for i in known}
    return {i for i, reservation in held.items() if reservation and reservation.state in counts}


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """After every kill all acknowledged writes are there, numbered without a gap, within budget."""
    path = tmp_path / "log.db"
    rng = random.Random(20261124)
    acknowledged: set[tuple[int, str, str]] = set()
    for number in range(ROUNDS):
        answers = killed_writer(path, number * PER_ROUND, rng.uniform(0, 0.4))
        assert answers
        for line in answers:
            seq, decision_id, kind = line.split()
            acknowledged.add((int(seq), decision_id, kind))

        store = SqliteStore(path)
        told = {i for _, i, kind in acknowledged if kind != "event"}
        found = {(e.seq, e.decision_id, e.kind) for i in told for e in store.history(i)}
        assert {a for a in acknowledged if a[2] != "event"} - found == set()
        assert events_missing(store, {i for _, i, kind in acknowledged if kind == "event"}) == set()
        assert given_events(store) == standing(store, told)
        assert store.discrepancies() == ()
        store.close()
    assert {"decision", "event", "release", "return"} <= {kind for _, _, kind in acknowledged}
