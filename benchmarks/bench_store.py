"""Durable commits of SqliteStore beside a bare SQLite insert of one row per commit.

Every round measures the bare insert and the store one after the other on the same disk, so that
ratios compare like with like. Run: `python benchmarks/bench_store.py --rounds 5`.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from sconto.app.ports import DecisionWrite, Store, StoredAnswer
from sconto.domain.budget import Draw
from sconto.domain.reasons import ReasonCode
from sconto.store.sqlite import SqliteStore

CALLERS = (1, 8, 64)
RECORD = os.urandom(1_000)
REPLY = os.urandom(300)
SHOPPERS = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """Commits per second and the latency of each, in microseconds."""

    rate: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """The latency that *share* of the commits did not pass."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


def decision(n: int) -> DecisionWrite:
    """A decision with two budgets: one that everybody draws on, one of the shopper."""
    shopper = f"user{n % SHOPPERS}"
    return DecisionWrite(
        request_key=f"Decide/{n:032d}",
        answer=StoredAnswer(RECORD[:32], REPLY),
        decision_id=f"{n:036d}",
        user_ref=shopper,
        decided_us=n,
        offer_ids=frozenset({"dairy10"}),
        discount=150,
        reasons=frozenset({ReasonCode.CHOSEN, ReasonCode.NOT_BEST}),
        record=RECORD,
        draws=(
            Draw("campaign", "campaign/all/total", 1, 1 << 40),
            Draw("cap", f"cap/{shopper}/total", 1, 1 << 40),
        ),
        expires_us=n + 900_000_000,
    )


def bare(folder: Path, seconds: float) -> Run:
    """One caller, one row, one durable commit at a time, with nothing around it."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, record BLOB)")
        latencies = []
        begun = time.perf_counter()
        while (now := time.perf_counter()) < begun + seconds:
            connection.execute("INSERT INTO log (record) VALUES (?)", (RECORD,))
            latencies.append((time.perf_counter() - now) * 1e6)
        return Run(len(latencies) / (time.perf_counter() - begun), latencies)


async def grouped(store: Store, numbers: Iterator[int], callers: int, seconds: float) -> Run:
    """*callers* that each wait for their commit before they bring the next decision."""
    latencies: list[float] = []
    begun = time.perf_counter()

    async def caller() -> None:
        while (now := time.perf_counter()) < begun + seconds:
            await store.commit_decision(decision(next(numbers)))
            latencies.append((time.perf_counter() - now) * 1e6)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return Run(len(latencies) / (time.perf_counter() - begun), latencies)


def measure(folder: Path, rounds: int, seconds: float) -> dict[int, list[Run]]:
    """Runs by number of callers; 0 is the bare insert. Each round visits all of them."""
    runs: dict[int, list[Run]] = {callers: [] for callers in (0, *CALLERS)}
    store, numbers = SqliteStore(folder / "log.db"), count(1)
    with closing(store):
        for _ in range(rounds):
            runs[0].append(bare(folder, seconds))
            for callers in CALLERS:
                runs[callers].append(asyncio.run(grouped(store, numbers, callers, seconds)))
    return runs


def table(runs: dict[int, list[Run]]) -> Table:
    """Medians over the rounds; the ratio is to the bare insert of the same round."""
    shown = Table(title="Durable commits: the store beside one bare insert per commit")
    for heading in ("what", "commits/s", "p50 us", "p99 us", "rate / bare (lowest-highest)"):
        shown.add_column(heading, justify="left" if heading == "what" else "right")
    for callers, made in runs.items():
        ratios = [run.rate / base.rate for run, base in zip(made, runs[0], strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        shown.add_row(
            f"store, {callers} callers" if callers else "bare insert, 1 caller",
            f"{statistics.median(run.rate for run in made):,.0f}",
            f"{statistics.median(run.percentile(0.5) for run in made):,.0f}",
            f"{statistics.median(run.percentile(0.99) for run in made):,.0f}",
            spread if callers else "1",
        )
    return shown


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds to take the median of.")
@click.option("--seconds", default=1.0, show_default=True, help="Length of one measurement.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    help="Where to write; it must be on the disk to be measured, not in memory.",
)
def main(rounds: int, seconds: float, folder: Path) -> None:
    """Measure durable commits and print the table."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        runs = measure(Path(made), rounds, seconds)
    Console().print(table(runs))


if __name__ == "__main__":
    main()
