"""What torchrun starts in tests: small networks trained in folders, perhaps to be killed.

python learn_together.py EPOCH FOLDER=DROPOUT...: one after the other, for a start takes long. The
last process kills itself after that epoch of the first.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sconto.learning.networks.fit import Nobody
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.process_group import ProcessGroup, process_group
from sconto.learning.networks.training import Trained, train
from unit.learning.networks.rows import rows

ROWS = 289
"""With batches of 32, one row is left for the last: of two processes, one has nothing to do."""


class Mortal(Nobody):
    """Kills its process after an epoch."""

    def __init__(self, last: int) -> None:
        self.last = last

    def epoch(self, number: int, loss: float, held: float | None) -> None:
        """The end."""
        if number == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def taught(folder: Path, dropout: float, one: ProcessGroup, *, last: int = 0) -> Trained:
    """What *one* of the group learnt in *folder*."""
    shape = Shape(hidden=8, dropout=dropout, events="gru", event_width=8)
    # Each process hides others: what it hides must be nothing where both have to learn the same.
    how = Fitting(epochs=4, batch=32, members=1, hide=dropout / 3)
    model = NetworkModel("small", shape, how)
    watch = Mortal(last if one.rank == one.size - 1 else 0)
    return train(model, rows(ROWS), 1, folder, one, lambda _: watch)


if __name__ == "__main__":
    with process_group("cpu") as us:
        for asked in sys.argv[2:]:
            folder, _, dropout = asked.rpartition("=")
            taught(Path(folder), float(dropout), us, last=int(sys.argv[1]))
    # A thread of gloo that outlives the group may abort the interpreter when it ends.
    tasks = Path("/proc/self/task")
    left = [task for task in tasks.glob("*/comm") if "gloo" in task.read_text()]
    sys.exit(f"{len(left)} threads of gloo are left" if left else 0)
