"""Allocation under a budget beside one numpy pass over the same arrays, and beside HiGHS.

python benchmarks/bench_allocation.py                      1,000 to 1,000,000 shoppers x 5 depths
python benchmarks/bench_allocation.py --mip 10000          and the integer programme at 10,000
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

from measures import over_rounds
from sconto.learning.allocation.dual import Allocation, Amounts, allocate
from sconto.learning.allocation.mip import best_value

SIZES = (1_000, 10_000, 100_000, 1_000_000)
DEPTHS = np.array([0.05, 0.10, 0.15, 0.20, 0.30])


def shoppers(n: int, seed: int) -> tuple[Amounts, Amounts]:
    """What five depths bring and cost *n* shoppers: concave curves, with noise, of their own."""
    draw = np.random.default_rng(seed)
    height, bend = draw.gamma(2, 1, (n, 1)), draw.uniform(0.5, 3, (n, 1))
    value = height * (1 - np.exp(-8 * bend * DEPTHS)) + draw.normal(0, 0.1, (n, len(DEPTHS)))
    return value, draw.uniform(5, 80, (n, 1)) * DEPTHS / 2


def seconds(work: Callable[[], object]) -> float:
    """How long *work* takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def row(n: int, rounds: int, seed: int) -> tuple[str, ...]:
    """One size: the search beside the pass, in turns."""
    value, cost = shoppers(n, seed)
    budget = 0.3 * float(cost[:, 2].sum())
    found: Allocation = allocate(value, cost, budget)
    ratios, searches = [], []
    for _ in range(rounds):
        one_pass = seconds(lambda: (value - found.shadow_price * cost).argmax(axis=1))
        searches.append(seconds(lambda: allocate(value, cost, budget)))
        ratios.append(searches[-1] / one_pass)
    ratio = over_rounds(ratios)
    return (
        f"{n:,}",
        f"{over_rounds(searches).median * 1e3:,.1f}",
        f"{ratio.median:.1f} ({ratio.least:.1f}-{ratio.greatest:.1f})",
        f"{1 - found.value / found.bound:.1e}",
        f"{found.cost / budget:.6f}",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--mip", type=int, default=0, help="also solve so many shoppers by HiGHS")
    parser.add_argument("--folder", help="where other benchmarks work; not needed here")
    asked = parser.parse_args()
    console = Console()
    table = Table(title="Allocation: 5 depths for each shopper under one budget")
    heads = (
        "shoppers",
        "ms",
        "times one numpy pass (least-most)",
        "below the bound",
        "budget used",
    )
    for head in heads:
        table.add_column(head, justify="right")
    for n in asked.sizes:
        table.add_row(*row(n, asked.rounds, asked.seed))
    console.print(table)
    if asked.mip:
        value, cost = shoppers(asked.mip, asked.seed)
        budget = 0.3 * float(cost[:, 2].sum())
        begun = time.perf_counter()
        best = best_value(value, cost, budget)
        found = allocate(value, cost, budget)
        console.print(
            f"HiGHS, {asked.mip:,} shoppers: {time.perf_counter() - begun:.1f} s; "
            f"ours is {1 - found.value / best:.1e} below its value, within the budget"
        )


if __name__ == "__main__":
    main()
