"""The deepest valid request, sent again and again by one caller, and what the others notice.

Rounds alternate: load on a server that is left alone, a deep request alone, then both together. One
failed call ends the benchmark.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from deepest import CANDIDATES, deepest, write_deep_ruleset
from load import DECIDE, Load, Traffic, put_load
from measures import load_average, over_rounds
from noticed import noticed, plain_table, ranged
from options import FOLDER, MODEL
from ruleset_files import LADDERS
from scenario import bodies
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.loader import load_folder
from sconto.serving.background import running_server
from sconto.settings import Settings
from sconto.v1.decision_service_pb2 import DecideRequest

WIDTH: Final = 112
USUAL_CANDIDATES: Final = 30
"""The others ask about so many of the shop's."""

EXAMPLES: Final = """\b
Examples:
  python benchmarks/bench_deep.py --folder .
  python benchmarks/bench_deep.py --folder . --processes 2 --callers 64"""


@dataclass(frozen=True, slots=True)
class Round:
    """The loads of the others, then that of the deep caller; each alone, and together."""

    alone: Load
    beside: Load
    deep_alone: Load
    deep_beside: Load


def measure(settings: Settings, rounds: int, usual: Traffic, deep: Traffic) -> list[Round]:
    """Measure *rounds* rounds of *usual* and *deep* traffic at a server on *settings*."""
    with (
        running_server(settings) as port,
        ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as clients,
    ):
        others, one = replace(usual, port=port), replace(deep, port=port)
        found = []
        for _ in range(rounds):
            alone = clients.submit(put_load, others).result()
            deep_alone = clients.submit(put_load, one).result()
            beside, deep_beside = clients.submit(put_load, others), clients.submit(put_load, one)
            found.append(Round(alone, beside.result(), deep_alone, deep_beside.result()))
        return found


def asked(ruleset: Ruleset, seed: int, baskets: int) -> tuple[bytes, ...]:
    """Usual requests, which name the first offers of *ruleset*."""
    offers, _ = LADDERS[USUAL_CANDIDATES]
    names = DecideRequest(offer_ids=[offer.id for offer in ruleset.offers[:offers]])
    # Fields on the wire add up.
    named = names.SerializeToString()
    return tuple(body + named for body in bodies(seed, baskets))


def tables(found: list[Round], size: int) -> tuple[Table, Table]:
    """What callers notice, and what the deep one gets."""
    title = f"One deep request: {size:,} bytes, {CANDIDATES} candidates"
    own = plain_table(title, "Decide", "alone", "beside the others", "ratio (least-most)")
    alone = [one.deep_alone.latency_us.p50 / 1e3 for one in found]
    beside = [one.deep_beside.latency_us.p50 / 1e3 for one in found]
    ratio = over_rounds([b / a for a, b in zip(alone, beside, strict=True)])
    middles = (f"{over_rounds(values).median:,.1f}" for values in (alone, beside))
    own.add_row("p50 ms", *middles, ranged(ratio))
    return noticed("beside a deep one", [(one.alone, one.beside) for one in found]), own


@click.command(epilog=EXAMPLES)
@click.option("--rounds", default=5, show_default=True, help="Rounds to take the median of.")
@click.option("--seconds", default=5.0, show_default=True, help="Length of one measurement.")
@click.option("--callers", default=8, show_default=True, help="How many others call at once.")
@click.option("--rules", default=100, show_default=True, help="Rules in the ruleset.")
@click.option("--baskets", default=2_048, show_default=True, help="Different requests to send.")
@click.option("--processes", default=1, show_default=True, help="Processes that answer.")
@click.option("--seed", default=1, show_default=True, help="Ruleset and baskets grow from it.")
@MODEL
@FOLDER
def main(
    rounds: int,
    seconds: float,
    callers: int,
    rules: int,
    baskets: int,
    processes: int,
    seed: int,
    model: Path,
    folder: Path,
) -> None:
    """Send the deepest valid request again and again, and print what other callers notice."""
    before = load_average()
    with tempfile.TemporaryDirectory(dir=folder) as made:
        shop = Path(made) / "rules"
        shop.mkdir()
        write_deep_ruleset(shop, rules, seed)
        ruleset = load_folder(shop)
        body = deepest(ruleset).SerializeToString()
        # Connections are dealt out to processes by chance, so each caller has its own.
        many = callers if processes > 1 else 1
        usual = Traffic(0, DECIDE, seed, baskets, callers, seconds, many)
        usual = replace(usual, own=asked(ruleset, seed, baskets))
        deep = replace(usual, callers=1, connections=1, own=(body,))
        settings = Settings(shop, Path(made) / "data", model, port=0, processes=processes)
        found = measure(settings, rounds, usual, deep)
    console = Console(width=WIDTH)
    for table in tables(found, len(body)):
        console.print(table)
    told = f"{callers} callers about {USUAL_CANDIDATES} candidates; processes: {processes}"
    console.print(f"{told}; load average before {before}, after {load_average()}")


if __name__ == "__main__":
    main()
