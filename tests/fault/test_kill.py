"""Acknowledged means durable: a writer killed at any moment loses nothing that it answered."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

import sconto
from contract.writes import START_US
from fault.store_writer import SHOPPERS
from sconto.app.ports import ReservationState, Store
from sconto.domain.behaviour import GIVEN
from sconto.offline.copying import copy_to_file
from sconto.signing.log_key import LogKey, log_key
from sconto.store.postgres.store import PostgresStore
from sconto.store.sqlite import SqliteStore
from sconto.verify.note import Verifier
from sconto.verify.run import Trusted, verify
from support.postgres import database

FOREVER_US = 1 << 62
WRITER = Path(__file__).with_name("store_writer.py")
ROUNDS = 6
PER_ROUND = 1_000_000


class Writer:
    """A writer in a process of its own, and what it has acknowledged so far."""

    def __init__(self, where: Path | str, first: int, period: int, key: Path) -> None:
        tests, engine = WRITER.parents[1], Path(sconto.__file__).parents[1]
        self.process = subprocess.Popen(
            [sys.executable, str(WRITER), str(where), str(first), str(period), str(key)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{engine}"},
        )
        self.answers: list[str] = []
        # One that never answers is killed all the same, and fails the test by its silence.
        self._deadline = threading.Timer(20, self.process.kill)
        self._deadline.start()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def acknowledged(self, more: int) -> None:
        """Wait until it has acknowledged *more* writes than now."""
        wanted = len(self.answers) + more
        while len(self.answers) < wanted and self._reader.is_alive():
            time.sleep(0.01)
        assert len(self.answers) >= wanted

    def kill(self) -> list[str]:
        """End it as a power cut would; all that it acknowledged."""
        self.process.kill()
        self._reader.join()
        self._deadline.cancel()
        assert self.process.wait() == -signal.SIGKILL
        return self.answers

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.answers.extend(line.decode().strip() for line in lines)


def happened(store: Store, kind: str) -> list[int]:
    """When each event of *kind* of every shopper happened, microseconds after the start."""
    histories = [store.behaviour(f"u{u}", 0, FOREVER_US).events for u in range(SHOPPERS)]
    return [e.at_us - START_US for events in histories for e in events if e.kind == kind]


def events_missing(store: Store, acknowledged: set[str]) -> set[str]:
    """Of the *acknowledged* events, those that are gone; none may be there twice."""
    found = [f"e{n}" for n in happened(store, "basket_abandoned")]
    assert len(found) == len(set(found))
    return acknowledged - set(found)


def given_events(store: Store) -> set[str]:
    """The decisions whose discount counts by the events that they made."""
    return {f"d{at_us // 1_000_000}" for at_us in happened(store, GIVEN)}


def standing(store: Store, acknowledged: set[str]) -> set[str]:
    """The decisions whose discount stands by their reservations; others may have been answered."""
    counts = {ReservationState.HELD, ReservationState.REDEEMED}
    known = acknowledged | given_events(store)
    held = {i: store.reservation(i) for i in known}
    return {i for i, reservation in held.items() if reservation and reservation.state in counts}


def checked(store: Store, answers: Sequence[str]) -> set[str]:
    """The kinds of all that *answers* say, which must be there, in agreement and without a gap."""
    parts = [line.split() for line in answers]
    acknowledged = {(int(seq), i, kind) for seq, i, kind in parts if kind != "event"}
    assert len(acknowledged) == sum(kind != "event" for _, _, kind in parts)
    told = {i for _, i, _ in acknowledged}
    found = {(e.seq, e.decision_id, e.kind) for i in told for e in store.history(i)}
    assert acknowledged - found == set()
    assert events_missing(store, {i for _, i, kind in parts if kind == "event"}) == set()
    assert given_events(store) == standing(store, told)
    return {kind for _, _, kind in parts}


def proved(path: Path, key: Path) -> int:
    """How many entries of the log at *path* are signed; all of it must be as it was signed."""
    keys = (Verifier.of(LogKey(key).verifier),)
    report = verify(path, Trusted(keys, (), (LogKey(key).newest(),)), lambda _: None)
    assert report.wrong == ()
    return report.head.size if report.head else 0


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """After every kill all acknowledged writes are there, numbered without a gap, within budget."""
    path, key = tmp_path / "log.db", tmp_path / "keys" / "log.key"
    log_key(key, fresh=True)
    rng = random.Random(20261124)
    answers: list[str] = []
    for number in range(ROUNDS):
        writer = Writer(path, number * PER_ROUND, number, key)
        writer.acknowledged(1)
        time.sleep(rng.uniform(0, 0.4))
        answers += writer.kill()

        with closing(SqliteStore(path)) as store:
            kinds = checked(store, answers)
            assert store.discrepancies() == ()
        assert proved(path, key) > 0
    assert {"decision", "event", "release", "return"} <= kinds


@pytest.mark.slow
def test_replicas_that_are_killed_and_stopped_lose_nothing_of_a_shared_log(
    tmp_path: Path,
) -> None:
    """One is killed, another one stands still and comes back; budgets are those of both."""
    key = tmp_path / "keys" / "log.key"
    log_key(key, fresh=True)
    with database() as url:
        killed, stopped = (Writer(url, n * PER_ROUND, 1, key) for n in (1, 2))
        killed.acknowledged(100)
        stopped.acknowledged(100)
        stopped.process.send_signal(signal.SIGSTOP)
        killed.acknowledged(100)
        answers = [*killed.kill()]
        third = Writer(url, 3 * PER_ROUND, 1, key)
        third.acknowledged(1)
        stopped.process.send_signal(signal.SIGCONT)
        stopped.acknowledged(100)
        answers += stopped.kill() + third.kill()

        with closing(PostgresStore(url)) as store:
            kinds = checked(store, answers)
        copy_to_file(url, tmp_path / "copy.db", lambda _: None)
    assert proved(tmp_path / "copy.db", key) > 0
    assert {"decision", "event", "release", "return"} <= kinds
