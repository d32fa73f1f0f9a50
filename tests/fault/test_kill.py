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
from sconto.store.sqlite import SqliteStore

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
        told = {i for _, i, _ in acknowledged}
        found = {(e.seq, e.decision_id, e.kind) for i in told for e in store.history(i)}
        assert acknowledged - found == set()
        assert store.discrepancies() == ()
        store.close()
