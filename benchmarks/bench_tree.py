"""What the tree of the log costs: commits with and without leaves, heads, proofs, verification.

Every round commits the same decisions with their leaves and without, one after the other on the
same disk. Run: `python benchmarks/bench_tree.py --entries 1000000` for a long log.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from unittest import mock

import click
from rich.console import Console
from rich.table import Table

from bench_store import decision
from sconto.app.transparency.checkpoint import Checkpoints, parsed
from sconto.app.transparency.proofs import entry_proof
from sconto.signing.log_key import LogKey, log_key
from sconto.store import posting
from sconto.store.sqlite import SqliteStore
from sconto.store.writer import FileWriter
from sconto.verify.note import Verifier
from sconto.verify.proof import check_proof
from sconto.verify.run import Trusted, verify

TOGETHER = 32
"""Decisions in one commit."""
PROOFS = 200


@contextmanager
def without_leaves() -> Iterator[None]:
    """Commits as they would be without a tree."""
    append = vars(posting)["_append"]

    def spared(connection: object, into: str, rows: list[tuple[object, ...]]) -> None:
        if into != "leaves":
            append(connection, into, rows)  # type: ignore[arg-type]

    with (
        mock.patch.object(posting, "_append", spared),
        mock.patch.object(posting, "leaf_row", lambda _, row: row),
    ):
        yield


def committed(writer: FileWriter, numbers: Iterator[int], decisions: int) -> float:
    """Decisions per second of *decisions* more."""
    writes = [decision(next(numbers)) for _ in range(decisions)]
    begun = time.perf_counter()
    for start in range(0, decisions, TOGETHER):
        writer.commit(writes[start : start + TOGETHER])
    return decisions / (time.perf_counter() - begun)


def side_by_side(folder: Path, rounds: int, decisions: int) -> tuple[list[float], list[float]]:
    """Decisions per second with leaves and without, round by round."""
    with closing(FileWriter(folder / "with.db")) as one, closing(
        FileWriter(folder / "without.db")
    ) as other:  # fmt: skip
        numbers = count(1)
        rates, floors = [], []
        for _ in range(rounds):
            rates.append(committed(one, numbers, decisions))
            with without_leaves():
                floors.append(committed(other, numbers, decisions))
    return rates, floors


def filled(path: Path, entries: int) -> None:
    """A log of *entries* decisions."""
    with closing(FileWriter(path)) as writer:
        committed(writer, count(1), entries)


def timed(call: Callable[[], object]) -> float:
    """How many seconds *call* takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def of_log(path: Path, key: LogKey, entries: int) -> list[tuple[str, str]]:
    """What heads, proofs and verification of the log at *path* cost."""
    keys = (Verifier.of(key.verifier),)
    with closing(SqliteStore(path)) as store:
        signing = Checkpoints(store, key)

        async def sign() -> None:
            while await signing.advance():
                pass

        first = timed(lambda: asyncio.run(sign()))
        with closing(FileWriter(path)) as writer:
            committed(writer, count(entries + 1), TOGETHER * 32)
        again = timed(lambda: asyncio.run(sign()))
        asked = [f"{1 + n * entries // PROOFS:036d}" for n in range(PROOFS)]
        proofs: list[str] = []
        made = [timed(lambda i=i: proofs.append(entry_proof(store, i))) for i in asked]  # type: ignore[misc]
        checked = [timed(lambda p=p: check_proof(p, keys)) for p in proofs]  # type: ignore[misc]
        size = parsed(store.checkpoint()).size
    took = timed(lambda: verify(path, Trusted(keys), lambda _: None))
    return [
        (f"the first head of {entries:,} entries", f"{first:.1f} s"),
        (f"a head after {TOGETHER * 32:,} more", f"{again * 1e3:.1f} ms"),
        ("a proof of an entry, made", f"{statistics.median(made) * 1e3:.2f} ms"),
        ("a proof of an entry, checked", f"{statistics.median(checked) * 1e3:.2f} ms"),
        ("a proof of an entry, bytes", f"{max(map(len, proofs)):,}"),
        ("the whole log, verified", f"{took:.1f} s, {size / took:,.0f} entries/s"),
    ]


@click.command()
@click.option("--rounds", default=7, show_default=True, help="Rounds to take the median of.")
@click.option("--decisions", default=3_200, show_default=True, help="Commits of one measurement.")
@click.option("--entries", default=100_000, show_default=True, help="Entries of the log.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path(),
    help="Where to write; it must be on the disk to be measured, not in memory.",
)
def main(rounds: int, decisions: int, entries: int, folder: Path) -> None:
    """Measure what the tree costs and print two tables."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        rates, floors = side_by_side(Path(made), rounds, decisions)
        path = Path(made) / "log.db"
        filled(path, entries)
        rows = of_log(path, log_key(Path(made) / "keys" / "log.key", fresh=True), entries)
    ratios = [rate / floor for rate, floor in zip(rates, floors, strict=True)]
    shown = Table(title=f"Commits of {TOGETHER} decisions, with leaves beside without")
    for heading in ("with, decisions/s", "without", "ratio (lowest-highest)"):
        shown.add_column(heading, justify="right")
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
    shown.add_row(f"{statistics.median(rates):,.0f}", f"{statistics.median(floors):,.0f}", spread)
    Console().print(shown)
    log = Table(title="The tree of one log")
    log.add_column("what")
    log.add_column("median", justify="right")
    for row in rows:
        log.add_row(*row)
    Console().print(log)


if __name__ == "__main__":
    main()
