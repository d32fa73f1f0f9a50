"""Lints every hostile file within a limit of address space; run as a program of its own.

python lint_within.py MEGABYTES
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden_rules import GOOD, write
from hostile_files import FILES
from sconto.rulebook.loader import lint


def main() -> None:
    """Print how many files were refused, and the most memory that it took, in megabytes."""
    limit = int(sys.argv[1]) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    refused = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for file, raw in FILES.values():
            write(Path("rules"), GOOD)
            Path("rules", file).write_bytes(raw)
            refused += bool(lint([Path("rules")]))
            Path("rules", file).unlink()
    # Not of getrusage: that begins with the peak of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    print(refused, peak)  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    main()
