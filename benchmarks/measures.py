"""What is said about many measurements, and about the machine they were made on."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

FSYNCS: Final = 200
PEERS: Final = ("durable_rules", "zen-engine", "common-expression-language")
LIBRARIES: Final = ("grpcio", "protobuf", "protovalidate", "onnxruntime", "durable_rules", "uvloop")


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 99th percentile."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Range:
    """Median, least and greatest."""

    median: float
    least: float
    greatest: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of *values*, of which there must be some."""
    if not values:
        raise ValueError("nothing was measured: give it more `--seconds`")
    ordered = sorted(values)
    return Spread(statistics.median(ordered), ordered[int(0.99 * (len(ordered) - 1))])


def over_rounds(values: Sequence[float]) -> Range:
    """The range of *values*, one for each round."""
    return Range(statistics.median(values), min(values), max(values))


def machine(folder: Path) -> dict[str, str]:
    """What the figures depend on, by name; *folder* is on the disk that commits go to."""
    cost = fsync_us(folder)
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
        "append and fdatasync of 4 KiB": f"{cost.p50:,.0f} us median, {cost.p99:,.0f} us p99",
        "load average": load_average(),
    }


def load_average() -> str:
    """How many processes wanted to run in the last 1, 5 and 15 minutes."""
    return ", ".join(f"{load:.2f}" for load in os.getloadavg())


def versions() -> str:
    """Python and the rule engines that are compared."""
    found = (f"{name} {version(name)}" for name in PEERS)
    return ", ".join((f"Python {platform.python_version()}", *found))


def fsync_us(folder: Path) -> Spread:
    """What it costs to append 4 KiB to a file in *folder* and have it on the disk."""
    page, times = os.urandom(4096), []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(FSYNCS):
            begun = time.perf_counter()
            file.write(page)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begun) * 1e6)
    return spread(times)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
