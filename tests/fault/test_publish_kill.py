"""A publisher killed between any two of its steps leaves a log that says what is in force."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import sconto
from fault.publisher import HOUR_US, POINTS, START_US, command, documents, publisher, small
from sconto.app.ports import RulesStep
from sconto.domain.canonical import digest
from sconto.store.sqlite import SqliteStore

SCRIPT = Path(__file__).with_name("publisher.py")
LATER_US = START_US + 2 * HOUR_US

LEFT = {
    "before the entry": ("", [], "files"),
    "after the entry": ("", ["publication", "activation"], "new"),
    "before the activation": ("answered", ["publication"], "new"),
    "after the activation": ("answered", ["publication", "activation"], "new"),
}
"""What each kill leaves: what was answered, the log, and what must decide after the next start."""


def killed(path: Path, point: str) -> subprocess.CompletedProcess[str]:
    """A publisher over the log at *path*, when it has ended itself at *point*."""
    tests, engine = SCRIPT.parents[1], Path(sconto.__file__).parents[1]
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(path), point],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{engine}"},
    )


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_leaves_what_the_log_says(point: str, tmp_path: Path) -> None:
    """The next start puts the log in force, a retry gets one answer, and all is consistent."""
    path = tmp_path / "log.db"
    done = killed(path, point)
    answered, kinds, decides = LEFT[point]
    assert -signal.SIGKILL == done.returncode, done.stderr
    assert answered == done.stdout.strip()

    with closing(SqliteStore(path)) as store:
        assert kinds == [entry.kind for entry in store.publications(0)]
        again = publisher(store, lambda: LATER_US)
        await again.activator.tick()
        held = again.activator.holder().ruleset.digest
        assert (small().digest if decides == "files" else digest(documents("new"))) == held
        assert not again.activator.overdue

        if kinds:
            assert store.answer("PublishRules/new") is not None
        else:
            retried = await again.act(command("new"), RulesStep.PUBLICATION, lambda _: b"reply")
            assert not retried.replayed
        assert digest(documents("new")) == again.activator.holder().ruleset.digest
        assert ["publication", "activation"] == [entry.kind for entry in store.publications(0)]
        assert store.discrepancies() == ()
