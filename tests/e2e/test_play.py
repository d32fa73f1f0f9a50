"""`sconto play`, as `make run` calls it: real requests of each business and a summary."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from sconto.demo.industries import INDUSTRIES
from sconto.store.sqlite import SqliteStore
from support.served import ROOT

SECONDS = 120
RULEBOOKS = {name for name in INDUSTRIES if (ROOT / "rules" / name / "shop.yaml").exists()}
QUICKEST = "finance"
"""The one whose requests take least time to make."""


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
            store._readers.connection.execute(
                "SELECT count(*) FROM log WHERE kind = 'decision'"
            ).fetchone()[0]
        )
    finally:
        store.close()


def end(process: "subprocess.Popen[str]") -> None:
    """Whatever is left of *process* and its children ends, and its pipe is closed."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def told_of(name: str, told: str) -> None:
    """Assert that requests of this industry were decided by its model, and *told* in its words."""
    assert f"25 {INDUSTRIES[name].many} decided" in told
    assert "Who decided: the model, 25 times.\n" in told
    assert "Expected to add to giving nothing" in told
    assert "Failed calls" not in told


@pytest.mark.slow
def test_a_second_run_goes_on_from_the_first(tmp_path: Path) -> None:
    """Every basket is answered and in the log; the next run plays the next baskets."""
    words = ("--once", "--rules", f"rules/{QUICKEST}")
    told = [play(tmp_path, *words).communicate(timeout=SECONDS)[0] for _ in range(2)]

    for one in told:
        told_of(QUICKEST, one)
        assert "Try next:" in one
    assert told[0] != told[1]
    assert 50 == logged(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(RULEBOOKS - {QUICKEST}))
def test_each_rulebook_plays_its_own_business(name: str, tmp_path: Path) -> None:
    """Whose rules are named, their requests are made, and decided by their model."""
    told = play(tmp_path, "--once", "--rules", f"rules/{name}").communicate(timeout=SECONDS)[0]

    told_of(name, told)
    assert 25 == logged(tmp_path)


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    """A person who has seen enough presses Ctrl-C: everything stops, without a traceback."""
    process = play(tmp_path, "--rules", f"rules/{QUICKEST}")
    try:
        assert process.stdout is not None
        assert any("until Ctrl-C" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=SECONDS)
    finally:
        end(process)

    assert "\nStopped; the log stays where it is.\n" == rest
    assert 0 == process.returncode
