"""Reload of a large ruleset while the server answers: its time, and what callers notice of it.

Rounds alternate: load on a server that is left alone, then the same load while its rules are
reloaded again and again. One failed call ends the benchmark.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import grpc
from google.protobuf.duration_pb2 import Duration
from rich.console import Console
from rich.table import Table

from load import DECIDE, Load, Traffic, put_load
from measures import load_average, over_rounds
from noticed import noticed, plain_table
from options import FOLDER, MODEL
from ruleset_files import write_ruleset
from sconto.serving.background import running_server
from sconto.settings import Settings
from sconto.v1 import status_service_pb2 as wire
from sconto.v1.status_service_pb2_grpc import StatusServiceStub

WIDTH: Final = 112
CANDIDATES: Final = 30
POLL_SECONDS: Final = 0.05
RELOAD_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """The load without and with reloads, and each reload."""

    alone: Load
    reloading: Load
    reloads: tuple[wire.ReloadAttempt, ...]


class Shop:
    """The rule files that are changed, and the server that notices."""

    def __init__(self, folder: Path, channel: grpc.Channel) -> None:
        self._file = folder / "shop.yaml"
        self._status = StatusServiceStub(channel)
        self._shop = self._file.read_text()
        self._changes = 0

    def reload(self) -> wire.ReloadAttempt:
        """Change the rules, and wait until the change is in force; how it went."""
        before = self._rules().digest
        self._changes += 1
        name = f"Generated grocery {self._changes}"
        self._file.write_text(self._shop.replace("Generated grocery", name))
        deadline = time.monotonic() + RELOAD_SECONDS
        while (rules := self._rules()).digest == before or rules.pending:
            if rules.last_reload.error or time.monotonic() > deadline:
                raise click.ClickException(f"the rules were not reloaded: {rules.last_reload}")
            time.sleep(POLL_SECONDS)
        return rules.last_reload

    def _rules(self) -> wire.RulesStatus:
        return self._status.GetStatus(wire.GetStatusRequest(), timeout=RELOAD_SECONDS).rules


def measure(folder: Path, model: Path, rules: int, rounds: int, traffic: Traffic) -> list[Round]:
    """Measure *rounds* rounds of *traffic* at a server over *rules* rules, made in *folder*."""
    made = folder / "rules"
    made.mkdir()
    write_ruleset(made, CANDIDATES, rules, traffic.seed)
    settings = Settings(made, folder / "data", model, port=0)
    with (
        running_server(settings) as port,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as client,
    ):
        shop = Shop(made, channel)
        at = Traffic(port, DECIDE, traffic.seed, traffic.baskets, traffic.callers, traffic.seconds)
        return [_round(shop, client, at) for _ in range(rounds)]


def _round(shop: Shop, client: ProcessPoolExecutor, traffic: Traffic) -> Round:
    alone = client.submit(put_load, traffic).result()
    loaded: Future[Load] = client.submit(put_load, traffic)
    reloads = [shop.reload()]
    while not loaded.done():
        reloads.append(shop.reload())
    return Round(alone, loaded.result(), tuple(reloads))


def tables(rules: int, rounds: list[Round]) -> tuple[Table, Table]:
    """What a reload takes, and what callers notice of it."""
    reloads = [r for one in rounds for r in one.reloads]
    steps = {
        "check, in a process apart": [_ms(r.check_duration) for r in reloads],
        "compile, in a thread of the server": [_ms(r.compile_duration) for r in reloads],
        "keep in the log, and swap": [_ms(r.swap_duration) for r in reloads],
    }
    whole = f"Reload of {rules:,} rules under load: {len(reloads)} reloads, 0 failed calls"
    taken = plain_table(whole, "step", "median ms", "least", "most")
    for name, times in steps.items():
        found = over_rounds(times)
        taken.add_row(name, *(f"{t:,.0f}" for t in (found.median, found.least, found.greatest)))
    return taken, noticed("reloading", [(one.alone, one.reloading) for one in rounds])


def _ms(duration: Duration) -> float:
    return float(duration.ToMicroseconds()) / 1e3


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds to take the median of.")
@click.option("--seconds", default=5.0, show_default=True, help="Length of one measurement.")
@click.option("--callers", default=8, show_default=True, help="How many call at once.")
@click.option("--rules", default=1_000, show_default=True, help="Rules in the ruleset.")
@click.option("--baskets", default=8_192, show_default=True, help="Different requests to send.")
@click.option("--seed", default=1, show_default=True, help="Ruleset and baskets grow from it.")
@MODEL
@FOLDER
def main(
    rounds: int,
    seconds: float,
    callers: int,
    rules: int,
    baskets: int,
    seed: int,
    model: Path,
    folder: Path,
) -> None:
    """Reload a large ruleset under load, and print what it takes and what callers notice."""
    traffic = Traffic(0, DECIDE, seed, baskets, callers, seconds)
    before = load_average()
    with tempfile.TemporaryDirectory(dir=folder) as made:
        measured = measure(Path(made), model, rules, rounds, traffic)
    console = Console(width=WIDTH)
    for table in tables(rules, measured):
        console.print(table)
    console.print(f"load average before {before}, after {load_average()}; {callers} callers")


if __name__ == "__main__":
    main()
