"""System calls of a running process made to fail or to take long, by strace."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest


@contextmanager
def failing(pid: int, call: str, fault: str, *files: Path) -> Iterator[None]:
    """While the block runs, each *call* on *files* that process *pid* makes has the *fault*.

    *fault* is as strace has it: `error=EIO`, or `delay_enter=2s`. Skips the test where strace is
    missing, or may not look into processes.
    """
    strace = shutil.which("strace") or pytest.skip("needs strace: apt-get install strace")
    command = [strace, "-f", "-p", str(pid), "-e", f"trace={call}", "-e", f"inject={call}:{fault}"]
    for file in files:
        command += ["-P", str(file)]
    with TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stderr=said)
        try:
            _wait_attached(process, said)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _wait_attached(process: subprocess.Popen[bytes], said: IO[str]) -> None:
    while process.poll() is None:
        said.seek(0)
        if "attached" in said.read():
            return
        time.sleep(0.02)
    said.seek(0)
    pytest.skip(f"strace can't look into a process here: {said.read().strip()}")
