"""Many runs, each from its own seed, until one fails; or one seed again, with its whole trace."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from multiprocessing import get_context

import click

from simulation.run import Result, run

SHOWN = 40
"""Lines of a trace, counted from its end."""


@click.command()
@click.option("--seed", type=int, help="Run this seed alone, and print its whole trace.")
@click.option("--first", type=int, default=0, show_default=True, help="The first seed of many.")
@click.option("--runs", type=int, help="How many; without it, until one fails or Ctrl-C.")
@click.option("--jobs", type=int, default=os.cpu_count(), show_default=True, help="Processes.")
def main(seed: int | None, first: int, runs: int | None, jobs: int) -> None:
    """Simulate replicas, their store, clocks, clients and network; end at the first failure."""
    if seed is not None:
        result = run(seed)
        click.echo("\n".join(result.trace))
        click.echo(f"seed {seed}: {result.failure or 'all is well'}")
        sys.exit(bool(result.failure))
    seeds = count(first) if runs is None else iter(range(first, first + runs))
    sys.exit(_many(seeds, jobs))


def _many(seeds: Iterator[int], jobs: int) -> int:
    begun, steps, done, seen = time.perf_counter(), 0, 0, Counter[str]()
    failed: Result | None = None
    try:
        for result in _results(seeds, jobs):
            done, steps, seen = done + 1, steps + result.steps, seen + result.seen
            if done % 1_000 == 0:
                click.echo(f"{done} runs, {steps} steps, {time.perf_counter() - begun:.0f} s")
            if result.failure:
                failed = result
                break
    except KeyboardInterrupt:
        click.echo("stopped")
    for kind, times in sorted(seen.items()):
        click.echo(f"{times:9} {kind}")
    click.echo(f"{done} runs, {steps} steps, {time.perf_counter() - begun:.1f} s")
    if failed is None:
        return 0
    click.echo("\n".join(failed.trace[-SHOWN:]))
    click.echo(
        f"seed {failed.seed}: {failed.failure}\nagain: make simulate ARGS='--seed {failed.seed}'"
    )
    return 1


def _results(seeds: Iterator[int], jobs: int) -> Iterator[Result]:
    if jobs == 1:
        yield from map(run, seeds)
        return
    # Batches keep an endless row of seeds from being taken in at once.
    with get_context("spawn").Pool(jobs) as pool:
        while batch := list(islice(seeds, 200 * jobs)):
            yield from pool.imap(run, batch, chunksize=10)


if __name__ == "__main__":
    main()
