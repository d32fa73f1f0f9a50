"""What a test of memory starts: how much more a process takes to learn from far more rows.

python learn_large.py FOLDER prints the bytes of the rows and by how many the peak rose over them.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from sconto.learning.examples_files import read
from sconto.learning.networks.fit import Nobody
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.process_group import ProcessGroup
from sconto.learning.networks.training import train

STATUS = Path("/proc/self/status")


def peak() -> int:
    """The most bytes that this process ever held, pages of mapped files included.

    Linux is asked itself: there `ru_maxrss` begins with what the starting process held.
    """
    if STATUS.exists():
        [line] = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1_024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1_024


def main(folder: Path) -> None:
    """Learn from a few of the rows in *folder*, then from all."""
    rows = read(folder / "rows")
    model = NetworkModel("small", Shape(hidden=8), Fitting(epochs=1, batch=1_024, members=1))
    train(model, rows[:4_096], 1, folder / "few", ProcessGroup(), lambda _: Nobody())
    before = peak()
    train(model, rows, 1, folder / "all", ProcessGroup(), lambda _: Nobody())
    print(sum(a.nbytes for a in rows.arrays().values()), peak() - before)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
