"""Rows that don't fit in memory can be learnt from: a process holds a window of them at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sconto
from sconto.learning.examples import Events
from sconto.learning.examples_files import write
from support import learn_large
from unit.learning.networks.rows import rows

ROWS, CHUNK, STEPS = 100_000, 2_000, 64
LEAST, MOST = 300_000_000, 120_000_000


@pytest.mark.slow
def test_learning_from_300_mb_takes_120_mb_at_most(tmp_path: Path) -> None:
    """The peak may rise by a window and its copies, whatever the size of the files."""
    few = rows(CHUNK)
    assert few.events is not None
    again = np.arange(STEPS) % few.events.mask.shape[1]
    wide = np.repeat(few.events.numeric[:, again], 6, axis=2)
    ids = np.repeat(few.events.categorical[:, again], 3, axis=2)
    columns = replace(
        few.columns,
        event_numeric=tuple(f"n{i}" for i in range(wide.shape[2])),
        event_categorical=("c0", "c1", "c2"),
        event_vocabularies=few.columns.event_vocabularies * 3,
    )
    chunk = replace(few, columns=columns, events=Events(wide, ids, few.events.mask[:, again]))
    write((chunk for _ in range(ROWS // CHUNK)), ROWS, tmp_path / "rows")
    tests, engine = Path(__file__).parents[3], Path(sconto.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, learn_large.__file__, tmp_path],
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{engine}"},
        capture_output=True,
        check=False,
        text=True,
    )

    assert 0 == done.returncode, done.stderr
    held, rose = map(int, done.stdout.split())
    assert held >= LEAST
    assert rose <= MOST
