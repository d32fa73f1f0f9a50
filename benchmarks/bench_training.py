"""Training at size: rows per second, agreement of devices and of processes, memory and time.

python benchmarks/bench_training.py                      speed, agreement; needs only torch
python benchmarks/bench_training.py --examples FOLDER    the same on rows of `sconto learn data`
python benchmarks/bench_training.py --memory models/redemption/recipe.yaml -- --model gru
                                                         a whole run from the recipe's tables

Speed is an epoch's, in rounds in which all take turns; ratios are taken within rounds and shown as
median (least to greatest). A graphics card is measured beside the processor if there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch
from torch import nn

import sconto
from sconto.learning.examples import Examples
from sconto.learning.examples_files import read, write
from sconto.learning.networks.fit import Fit, Running, fit, new_network, weights_digest
from sconto.learning.networks.network import CPU, Fitting, Network, Shape
from sconto.learning.networks.process_group import ProcessGroup, process_group
from sconto.learning.networks.suite import networks
from training_rows import made_up

MEASURED: Final = ("dnn", "gru", "transformer")
SAME_ROWS: Final = 4_096
SHARED_ROWS: Final = 8_192
WORKER: Final = "together"


@dataclass(frozen=True, slots=True)
class Variant:
    """Where and how precisely."""

    device: torch.device
    mixed: bool

    def __str__(self) -> str:
        return f"{self.device.type} {'bfloat16' if self.mixed else 'float32'}"


def cards() -> int:
    """How many graphics cards there are."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def variants() -> list[Variant]:
    """The processor in single precision, which all are compared with, first."""
    devices = [CPU, *([torch.device("cuda", 0)] if cards() else [])]
    return [Variant(device, mixed) for device in devices for mixed in (False, True)]


def shapes(rows: Examples, names: Sequence[str]) -> dict[str, Shape]:
    """Those of the suite's networks that have one of the *names*."""
    return {m.name: m.shape for m in networks(rows) if m.name in names}


def still(network: Network) -> Network:
    """*network* without dropout, which no two devices draw alike."""
    for part in network.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
        if isinstance(part, nn.MultiheadAttention):
            part.dropout = 0.0
    return network


def fitted(network: Network, rows: Examples, how: Fitting, where: Variant) -> Fit:
    """*network* after learning from *rows*."""
    running = Running(group=ProcessGroup(device=where.device))
    return fit(network, rows, replace(how, mixed=where.mixed), 1, running)


def spread(values: Sequence[float]) -> str:
    """Median, least and greatest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def speed(rows: Examples, kinds: dict[str, Shape], batch: int, rounds: int) -> Iterator[str]:
    """Rows per second of an epoch, beside the processor's in single precision."""
    how = Fitting(epochs=1, batch=batch, members=1)
    for name, shape in kinds.items():
        seconds: dict[str, list[float]] = {str(v): [] for v in variants()}
        losses: dict[str, float] = {}
        for one in variants():
            fitted(new_network(rows, shape, 1), rows[: 2 * batch], how, one)
        for _ in range(rounds):
            for one in variants():
                network = new_network(rows, shape, 1)
                began = time.perf_counter()
                done = fitted(network, rows, how, one)
                seconds[str(one)].append(time.perf_counter() - began)
                losses[str(one)] = done.losses[-1]
        first = seconds[str(variants()[0])]
        for label, took in seconds.items():
            ratio = spread([base / own for base, own in zip(first, took, strict=True)])
            per_second = len(rows) / statistics.median(took)
            yield (
                f"{name:12} batch {batch:<6} {label:14} {per_second:>12,.0f} rows/s, "
                f"x {ratio}, loss {losses[label]:.4f}"
            )


def apart(one: Fit, other: Fit) -> float:
    """The largest difference of a weight."""
    ours, theirs = one.network.state_dict(), other.network.state_dict()
    return max(float((ours[name] - theirs[name]).abs().max()) for name in ours)


def same(rows: Examples, kinds: dict[str, Shape]) -> Iterator[str]:
    """Whether devices and precisions learn the same, without dropout, in two epochs."""
    how, few = Fitting(epochs=2, batch=256, members=1), rows[:SAME_ROWS]
    for name, shape in kinds.items():
        base = fitted(still(new_network(few, shape, 1)), few, how, variants()[0])
        for one in variants():
            found, again = (
                fitted(still(new_network(few, shape, 1)), few, how, one) for _ in range(2)
            )
            equal = weights_digest([found.network]) == weights_digest([again.network])
            loss, other = base.losses[-1], found.losses[-1]
            yield (
                f"{name:12} {one!s:14} weights differ by at most {apart(base, found):.1e}, "
                f"losses by {abs(loss - other):.1e} of {loss:.4f}; "
                f"run again: {'the same' if equal else 'not the same'} bits"
            )


def together(rows: Examples, kinds: dict[str, Shape], rounds: int) -> Iterator[str]:
    """Processes that share batches beside one alone: time, loss and weights."""
    devices = {"cpu": 2} | ({"cuda": cards()} if cards() else {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write([rows], len(rows), folder / "rows")
        for (device, size), kind in ((d, k) for d in devices.items() for k in kinds):
            pairs = []
            for _ in range(rounds):
                alone, ours = (started(folder, device, kind, count) for count in (None, size))
                pairs.append((alone[0] / ours[0], ours[1] / alone[1], ours[2] / alone[2]))
            ratios, losses, norms = zip(*pairs, strict=True)
            yield (
                f"{kind:12} {size} processes, {device:4} x {spread(ratios)}, loss x "
                f"{1 + max((x - 1 for x in losses), key=abs):.6f}, norm of weights x "
                f"{1 + max((x - 1 for x in norms), key=abs):.6f}"
            )


def started(folder: Path, device: str, kind: str, size: int | None) -> tuple[float, float, float]:
    """Seconds, last loss and norm of weights of *size* processes, or of one without torchrun."""
    launch = [] if size is None else ["-m", "torch.distributed.run", f"--nproc-per-node={size}"]
    paths = (str(Path(sconto.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    done = subprocess.run(
        [sys.executable, *launch, __file__, WORKER, str(folder), device, kind],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    seconds, loss, norm = json.loads(done.stdout.splitlines()[-1])
    return seconds, loss, norm


def work(folder: Path, device: str, kind: str) -> None:
    """What one process of `together` does."""
    torch.set_num_threads(1)
    rows = read(folder / "rows")
    with process_group("cuda" if device == "cuda" else "cpu") as one:
        network = still(new_network(rows, shapes(rows, [kind])[kind], 1))
        how = Fitting(epochs=2, batch=1_024, members=1)
        began = time.perf_counter()
        done = fit(network, rows, how, 1, Running(group=one))
        took = time.perf_counter() - began
        norm = float(sum(p.double().pow(2).sum() for p in done.network.parameters())) ** 0.5
        if one.rank == 0:
            print(json.dumps([took, done.losses[-1], norm]))


def memory(recipe: Path, words: Sequence[str]) -> str:
    """Peak memory and time of a whole `sconto learn train` of *recipe*."""
    with tempfile.TemporaryDirectory() as out:
        program = "import sys; from sconto.cli.main import main; sys.exit(main())"
        command = [sys.executable, "-c", program, "learn", "train", str(recipe), "--out", out]
        began = time.perf_counter()
        process = subprocess.Popen([*command, *words])
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1_024) / 1e9
    cpu = used.ru_utime + used.ru_stime
    return (
        f"{recipe}: exit code {code}, peak {peak:.2f} GB, {took:.0f} s ({cpu:.0f} s of processor)"
    )


def told(title: str, lines: Iterator[str]) -> None:
    """Print *lines* as they come; one part that fails does not stop the others."""
    print(f"\n{title}", flush=True)
    try:
        for line in lines:
            print(f"  {line}", flush=True)
    except Exception:  # noqa: BLE001 - the other parts are worth their time
        traceback.print_exc()


def parsed() -> argparse.Namespace:
    """What was asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=Path, help="a folder of rows")
    parser.add_argument("--rows", type=int, default=20_000, help="how many to make up")
    parser.add_argument("--steps", type=int, default=32, help="events of a row")
    parser.add_argument("--batch", type=int, action="append", help="rows of a step; repeat it")
    parser.add_argument("--network", action="append", help=f"instead of {', '.join(MEASURED)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=Path, metavar="RECIPE", action="append")
    parser.add_argument("words", nargs="*", help="of `sconto learn train`, with --memory")
    return parser.parse_args()


def main() -> None:
    """Measure, print."""
    if sys.argv[1:2] == [WORKER]:
        work(Path(sys.argv[2]), sys.argv[3], sys.argv[4])
        return
    asked = parsed()
    if asked.memory:
        for recipe in asked.memory:
            print(memory(recipe, asked.words))
        return
    torch.set_num_threads(1)
    card = torch.cuda.get_device_name(0) if cards() else "no graphics card"
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {card}")
    rows = made_up(asked.rows, asked.steps) if asked.examples is None else read(asked.examples)
    print(f"{len(rows):,} rows, {sum(a.nbytes for a in rows.arrays().values()) / 1e6:,.0f} MB")
    kinds = shapes(rows, asked.network or MEASURED)
    for batch in asked.batch or (256, 4_096):
        told("speed beside one thread of the processor", speed(rows, kinds, batch, asked.rounds))
    told("what is learnt beside the processor", same(rows, kinds))
    told(
        "processes that share batches beside one alone",
        together(rows[:SHARED_ROWS], kinds, asked.rounds),
    )


if __name__ == "__main__":
    main()
