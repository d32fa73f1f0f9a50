"""`sconto play`, as `make run` calls it: real baskets and a summary."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sconto.store.sqlite import SqliteStore
from support.served import ROOT

SECONDS = 120


def play(data: Path, *options: str) -> "subprocess.Popen[str]":
    """`sconto play` of a few baskets, in a process group of its own."""
    command = [str(Path(sys.executable).parent / "sconto"), "play", "--data", str(data)]
    return subprocess.Popen(
        [*command, "--count", "25", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
        start_new_session=True,
    )


def logged(data: Path) -> int:
    """How many entries the decision log holds."""
    store = SqliteStore(data / "decisions.sqlite")
    try:
        assert () == store.discrepancies()
        return int(
            store._reader.execute("SELECT count(*) FROM log WHERE kind = 'decision'").fetchone()[0]
        )
    finally:
        store.close()


@pytest.mark.slow
def test_a_second_run_goes_on_from_the_first(tmp_path: Path) -> None:
    """Every basket is answered and in the log; the next run plays the next baskets."""
    told = [play(tmp_path, "--once").communicate(timeout=SECONDS)[0] for _ in range(2)]

    assert all("25 baskets decided" in one for one in told)
    assert all("Try next:" in one for one in told)
    assert told[0] != told[1]
    assert 50 == logged(tmp_path)
