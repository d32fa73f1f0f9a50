"""`sconto` whose store can't take a decision any more, in a way that nobody foresaw."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from sconto.app.ports import DecisionWrite
from sconto.cli.main import main
from sconto.store.writer import FileWriter
from sconto.store.writes import Write

_COMMIT = FileWriter.commit


def commit(self: FileWriter, writes: Sequence[Write]) -> list[Any]:
    """Commit, unless a decision is among *writes*."""
    if any(isinstance(w, DecisionWrite) for w in writes):
        raise MemoryError("no room")
    return _COMMIT(self, writes)


if __name__ == "__main__":
    FileWriter.commit = commit  # type: ignore[method-assign]
    sys.exit(main(sys.argv[1:]))
