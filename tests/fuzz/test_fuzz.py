"""The fuzz targets keep their promises, on their corpus and on a fixed number of inputs made of it.

`python tests/fuzz/run.py loader -max_total_time=600` goes on for longer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RUNS = {"loader": 1000, "layout": 300, "formula": 5_000, "request": 5_000}


@pytest.mark.parametrize("name", RUNS)
def test_no_input_breaks_a_promise(name: str, tmp_path: Path) -> None:
    """Never a traceback, never a hang, under half a gigabyte: libFuzzer watches all three."""
    options = [name, f"-runs={RUNS[name]}", "-seed=20261125"]
    done = subprocess.run(
        # A process begins with the peak of memory of the one that it is made from: hence the shell.
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, str(HERE / "run.py"), *options],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS[name]} runs" in done.stderr
