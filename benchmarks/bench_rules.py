"""The rules stage beside zen-engine, common-expression-language and a generated Python function."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from random import Random
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from measures import Range, Spread, load_average, over_rounds, spread, versions
from rules_mix import Basket, condition, rules, traffic, with_gaps
from rules_peers import PEERS, CelList, Engine, PlainFunction, Sconto, ZenTable
from sconto.domain.judging import EVERYTHING, columns_of
from sconto.rulebook.judge.reference import ReferenceJudge

WIDTH: Final = 132
LARGE: Final = (4_000, 10)
"""A row of its own: more rules than any shop has, where others hang or crash."""
BEFORE: Final = 1_000
"""Requests judged before the first measured one, by none of which the memo is filled on purpose."""
FIRST: Final = 100
CHECKED: Final = 10
"""Requests of each cell on which all engines are compared, and as many with missing facts."""
FEWEST: Final = 3

AGAIN: Final = "Sconto, seen before"

FASTER: Final = (ZenTable.name, CelList.name)
LEAST_FASTER: Final = 10
"""How many times Sconto's time each of these must take at least, where GATED."""
MOST_SLOWER: Final = 3
"""How many times the generated function's time Sconto may take there."""
GATED: Final = ((100, 10), (1_000, 10))


@dataclass(frozen=True, slots=True)
class Cell:
    """All figures of one number of rules and candidates; ratios are peer / Sconto, by round."""

    rules: int
    candidates: int
    verdicts: int
    """Compared between the engines; none differed."""
    first_us: float
    """Median of the first requests after a cold start."""
    times_us: Mapping[str, Spread]
    ratios: Mapping[str, Range]


class Disagreement(click.ClickException):
    """Two engines gave different verdicts."""


def measure(count: int, candidates: int, seed: int, rounds: int, seconds: float) -> Cell:
    """Measure *count* rules on *candidates* candidates."""
    mix = rules(count, seed)
    sconto = Sconto(mix)
    peers: list[Engine] = [peer(mix) for peer in PEERS]
    coming = traffic(candidates, seed)
    cold = [_timed(sconto, sconto.prepare(basket)) for basket in islice(coming, FIRST)]
    compared = _compare([sconto, *peers], list(islice(coming, CHECKED)))
    compared += _compare_with_gaps(mix, sconto, list(islice(coming, CHECKED)), seed)
    for basket in islice(coming, BEFORE):
        sconto.judge(sconto.prepare(basket))
    gc.collect()
    gc.freeze()
    taken = [_round(sconto, peers, coming, seconds, turn) for turn in range(rounds)]
    gc.unfreeze()
    sconto.close()
    return Cell(
        count,
        candidates,
        compared,
        spread(cold).p50,
        {name: spread([t for one in taken for t in one[name]]) for name in taken[0]},
        {peer.name: over_rounds([_ratio(one, peer.name) for one in taken]) for peer in peers},
    )


def _ratio(one: Mapping[str, Sequence[float]], name: str) -> float:
    return spread(one[name]).p50 / spread(one[Sconto.name]).p50


def _timed(engine: Engine, prepared: Any) -> float:
    begun = time.perf_counter()
    engine.judge(prepared)
    return (time.perf_counter() - begun) * 1e6


def _round(
    sconto: Sconto, peers: Sequence[Engine], coming: Iterator[Basket], seconds: float, turn: int
) -> dict[str, list[float]]:
    """The times of each engine on the same new requests, in another order each *turn*.

    Sconto goes over its requests twice: what it has not seen before is the figure that counts.
    """
    baskets: list[Basket] = []
    times: dict[str, list[float]] = {Sconto.name: []}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(baskets) < FEWEST:
        baskets.append(next(coming))
        times[Sconto.name].append(_timed(sconto, sconto.prepare(baskets[-1])))
    times[AGAIN] = [_timed(sconto, sconto.prepare(basket)) for basket in baskets]
    for peer in (*peers[turn % len(peers) :], *peers[: turn % len(peers)]):
        taken = times[peer.name] = []
        end = time.perf_counter() + seconds
        for basket in baskets:
            taken.append(_timed(peer, peer.prepare(basket)))
            if time.perf_counter() >= end and len(taken) >= FEWEST:
                break
    return times


def _compare(engines: Sequence[Engine], baskets: Sequence[Basket]) -> int:
    """How many verdicts were compared; raises Disagreement when two differ."""
    for basket in baskets:
        told = {e.name: e.fired(e.judge(e.prepare(basket))) for e in engines}
        first = told[engines[0].name]
        for name, fired in told.items():
            if fired != first:
                raise Disagreement(f"{name} and {engines[0].name} fire different rules")
    return sum(len(basket.candidates) for basket in baskets)


def _compare_with_gaps(mix: Any, sconto: Sconto, baskets: Sequence[Basket], seed: int) -> int:
    """The same, with facts missing, for the engines that know of them."""
    reference = ReferenceJudge([condition(rule) for rule in mix])
    function, random = PlainFunction(mix), Random(seed)
    for whole in baskets:
        basket = with_gaps(whole, random)
        asked = [EVERYTHING] * len(basket.candidates)
        expected = reference.judge(basket.request, columns_of(basket.candidates), asked)
        if sconto.judge(sconto.prepare(basket)) != expected:
            raise Disagreement("Sconto and the reference evaluator differ on missing facts")
        if function.judge(function.prepare(basket)) != [(v.true, v.unknown) for v in expected]:
            raise Disagreement("the generated function and the reference evaluator differ")
    return sum(len(basket.candidates) for basket in baskets)


def tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """Times, then ratios."""
    names = list(cells[0].times_us)
    times = Table(title="One request, all rules, all candidates, us: median / p99")
    for heading in ("rules", "candidates", *names, "Sconto, first 100"):
        times.add_column(heading, justify="right")
    for cell in cells:
        taken = (
            f"{cell.times_us[name].p50:,.0f} / {cell.times_us[name].p99:,.0f}" for name in names
        )
        times.add_row(f"{cell.rules:,}", str(cell.candidates), *taken, f"{cell.first_us:,.0f}")
    yield times
    ratios = Table(title="How many times Sconto's time, median of rounds (least-most)")
    for heading in ("rules", "candidates", *cells[0].ratios):
        ratios.add_column(heading, justify="right")
    for cell in cells:
        taken = (
            f"{r.median:,.1f} ({r.least:,.1f}-{r.greatest:,.1f})" for r in cell.ratios.values()
        )
        ratios.add_row(f"{cell.rules:,}", str(cell.candidates), *taken)
    yield ratios


def gates(cells: Sequence[Cell]) -> Iterator[str]:
    """Whether what we promise holds, a sentence each."""
    for cell in cells:
        where = f"{cell.rules:,} rules x {cell.candidates} candidates"
        if (cell.rules, cell.candidates) == LARGE:
            yield f"pass  {where}: no hang, no crash, no lost verdict"
        if (cell.rules, cell.candidates) in GATED:
            for name in FASTER:
                found = cell.ratios[name].median
                told = f"{found:.1f} times faster than {name}, at least {LEAST_FASTER} wanted"
                yield f"{_passed(found >= LEAST_FASTER)}  {where}: {told}"
            slower = 1 / cell.ratios[PlainFunction.name].median
            told = f"{slower:.2f} times the generated function's time, under {MOST_SLOWER} wanted"
            yield f"{_passed(slower < MOST_SLOWER)}  {where}: {told}"


def _passed(holds: bool) -> str:
    return "pass" if holds else "FAIL"


EXAMPLES: Final = """\b
Examples:
  python benchmarks/bench_rules.py
  python benchmarks/bench_rules.py --rules 100 --candidates 10 --no-large"""


@click.command(epilog=EXAMPLES)
@click.option("--rounds", default=7, show_default=True, help="Rounds to take the median of.")
@click.option("--seconds", default=0.2, show_default=True, help="For each engine in a round.")
@click.option(
    "--rules",
    "rule_counts",
    multiple=True,
    type=int,
    default=(10, 100, 1_000),
    help="How many; may be repeated.",
)
@click.option(
    "--candidates",
    "candidate_counts",
    multiple=True,
    type=int,
    default=(1, 10, 50),
    help="How many; may be repeated.",
)
@click.option("--large/--no-large", default=True, help="Also measure 4,000 rules.")
@click.option("--seed", default=1, show_default=True, help="Rules and baskets grow from it.")
def main(
    rounds: int,
    seconds: float,
    rule_counts: tuple[int, ...],
    candidate_counts: tuple[int, ...],
    seed: int,
    *,
    large: bool,
) -> None:
    """Measure the rules stage beside other rule engines, in one run and in turns."""
    shapes = [*product(rule_counts, candidate_counts), *[LARGE] * large]
    before = load_average()
    with Progress(console=Console(stderr=True), refresh_per_second=2) as progress:
        task = progress.add_task("Measuring", total=len(shapes))
        cells = []
        for count, candidates in shapes:
            cells.append(measure(count, candidates, seed, rounds, seconds))
            progress.advance(task)
    console = Console(width=WIDTH)
    for table in tables(cells):
        console.print(table)
    compared = sum(cell.verdicts * cell.rules for cell in cells)
    console.print(f"{compared:,} verdicts compared between the engines, 0 differ")
    for sentence in gates(cells):
        console.print(sentence)
    console.print(f"{versions()}; load average before {before}, after {load_average()}")


if __name__ == "__main__":
    main()
