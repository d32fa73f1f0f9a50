"""`sconto play`, as `make run` calls it: real requests of each business and a summary."""

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from sconto.demo.industries import INDUSTRIES
from sconto.store.sqlite import SqliteStore
from support.commands import ran
from support.served import ROOT, SCONTO

SECONDS = 120
COUNT = 5
RULEBOOKS = {name for name in INDUSTRIES if (ROOT / "rules" / name / "shop.yaml").exists()}
QUICKEST = "finance"
"""The one whose requests take least time to make."""


def words(name: str, data: Path) -> list[str]:
    """`play` of a few baskets by the rules of that *name*."""
    rules = str(ROOT / "rules" / name)
    return ["play", "--data", str(data), "--count", str(COUNT), "--rules", rules]


def played_once(name: str, data: Path, patch: pytest.MonkeyPatch) -> str:
    """What `sconto play --once` prints; the server that it starts has a process of its own."""
    patch.chdir(ROOT)
    patch.setenv("COLUMNS", "120")
    done = ran(*words(name, data), "--once")
    assert 0 == done.code, done.err
    return done.out


def started(name: str, data: Path) -> "subprocess.Popen[str]":
    """`sconto play` until Ctrl-C, in a process group of its own."""
    return subprocess.Popen(
        [SCONTO, *words(name, data)],
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
    assert f"{COUNT} {INDUSTRIES[name].many} decided" in told
    assert f"Who decided: the model, {COUNT} times.\n" in told
    assert "Expected to add to giving nothing" in told
    assert "Failed calls" not in told


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(RULEBOOKS - {QUICKEST}))
def test_each_rulebook_plays_its_own_business(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose rules are named, their requests are made, and decided by their model."""
    told_of(name, played_once(name, tmp_path, monkeypatch))

    assert COUNT == logged(tmp_path)


@pytest.mark.slow
def test_a_second_run_goes_on_from_the_first_until_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run plays the next baskets; at Ctrl-C everything stops, without a traceback."""
    first = played_once(QUICKEST, tmp_path, monkeypatch)
    process = started(QUICKEST, tmp_path)
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "until Ctrl-C" in line:
                break
        second = "".join(lines)
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=SECONDS)
    finally:
        end(process)

    for told in (first, second):
        told_of(QUICKEST, told)
        assert "Try next:" in told
    bookmark = json.loads((tmp_path / "played.json").read_text())
    assert {QUICKEST: 2 * COUNT} == bookmark
    assert 2 * COUNT == logged(tmp_path)
    assert "\nStopped; the log stays where it is.\n" == rest
    assert 0 == process.returncode
