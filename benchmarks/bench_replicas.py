"""Durable commits of 1, 2 and 4 replicas over PostgreSQL beside one store over SQLite.

Every replica is a process of its own with 32 callers, as one that commits for a server has them.
All draw on one budget. The database runs on the same machine and disk, over a Unix socket, and
waits for its disk; so do replicas and database compete for the same cores. Every round measures all
of them one after the other. Run: `PYTHONPATH=tests python benchmarks/bench_replicas.py --rounds 5`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
from contextlib import closing
from itertools import count
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from bench_store import Run, grouped
from sconto.store.place import place_of
from sconto.store.postgres.upkeep import migrate_database
from support.postgres import started

REPLICAS: Final = (1, 2, 4)
CALLERS: Final = 32
WARM_UP_SECONDS: Final = 0.3
APART: Final = 1 << 40
_SPAWN: Final = multiprocessing.get_context("spawn")


def replica(
    url: str | None, file: Path, first: int, seconds: float, ready: Barrier, done: Queue[Run]
) -> None:
    """Commit for *seconds* once all replicas are ready, and tell how it went."""
    numbers = count(first)
    with closing(place_of(url, file).store()) as store:
        asyncio.run(grouped(store, numbers, CALLERS, WARM_UP_SECONDS))
        ready.wait()
        done.put(asyncio.run(grouped(store, numbers, CALLERS, seconds)))


def together(url: str | None, file: Path, replicas: int, first: int, seconds: float) -> Run:
    """What *replicas* processes committed in all."""
    ready: Barrier = _SPAWN.Barrier(replicas)
    done: Queue[Run] = _SPAWN.Queue()
    processes = [
        _SPAWN.Process(target=replica, args=(url, file, first + n * APART, seconds, ready, done))
        for n in range(replicas)
    ]
    for process in processes:
        process.start()
    runs = [done.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    return Run(sum(run.rate for run in runs), [us for run in runs for us in run.latencies])


def measure(folder: Path, url: str, rounds: int, seconds: float) -> dict[int, list[Run]]:
    """Runs by number of replicas; 0 is SQLite. Each round visits all of them."""
    runs: dict[int, list[Run]] = {replicas: [] for replicas in (0, *REPLICAS)}
    for n in range(rounds):
        first = n * 10 * APART
        runs[0].append(together(None, folder / "log.db", 1, first, seconds))
        for replicas in REPLICAS:
            first += APART * replicas
            runs[replicas].append(together(url, folder, replicas, first, seconds))
    return runs


def table(runs: dict[int, list[Run]]) -> Table:
    """Medians over the rounds; the ratio is to SQLite in the same round."""
    shown = Table(title=f"Durable commits of replicas with {CALLERS} callers each")
    for heading in ("what", "commits/s", "p50 ms", "p99 ms", "rate / SQLite (lowest-highest)"):
        shown.add_column(heading, justify="left" if heading == "what" else "right")
    for replicas, made in runs.items():
        ratios = [run.rate / base.rate for run, base in zip(made, runs[0], strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        shown.add_row(
            f"PostgreSQL, {replicas} replicas" if replicas else "SQLite, 1 server",
            f"{statistics.median(run.rate for run in made):,.0f}",
            f"{statistics.median(run.percentile(0.5) for run in made) / 1_000:,.1f}",
            f"{statistics.median(run.percentile(0.99) for run in made) / 1_000:,.1f}",
            spread if replicas else "1",
        )
    return shown


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds to take the median of.")
@click.option("--seconds", default=2.0, show_default=True, help="Length of one measurement.")
@click.option("--store", help="An empty, migrated database; without one a server is started.")
def main(rounds: int, seconds: float, store: str | None) -> None:
    """Measure durable commits of replicas and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        if store is not None:
            runs = measure(Path(folder), store, rounds, seconds)
        else:
            with started("fsync=on") as server:
                migrate_database(server.url())
                runs = measure(Path(folder), server.url(), rounds, seconds)
    Console().print(table(runs))


if __name__ == "__main__":
    main()
