"""The simulation: no seed fails, the same seed does the same, and faults that we add are found."""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulation.loop import SimulatedLoop, Stuck
from simulation.mutations import MUTATIONS
from simulation.run import run

ROOT = Path(__file__).parents[2]
RUNS = 300
"""20 to 30 s of one core; `make simulate` goes on with other seeds."""
WITHIN = 150
"""Runs in which a fault that somebody built in must show."""


@pytest.mark.parametrize("first", range(0, RUNS, 50))
def test_no_seed_fails(first: int) -> None:
    """Whatever breaks, nothing is overspent, lost, doubled, or given without a record."""
    failures = [r for r in map(run, range(first, first + 50)) if r.failure]

    assert [] == [f"make simulate ARGS='--seed {r.seed}': {r.failure}" for r in failures]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__)
def test_a_fault_that_was_built_in_is_found(mutation: Callable[[pytest.MonkeyPatch], str]) -> None:
    """By the invariant that it breaks, within a few seeds."""
    with pytest.MonkeyPatch.context() as patch:
        found = mutation(patch)
        failure = next((r.failure for r in map(run, range(WITHIN)) if r.failure), "no seed fails")

    assert re.search(found, failure)


def test_a_seed_does_the_same_in_every_process() -> None:
    """Its trace is the same byte for byte, whatever order sets have."""
    traces = [
        subprocess.run(
            [sys.executable, "-m", "simulation", "--seed", "11"],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONPATH": "engine:tests", "PYTHONHASHSEED": seed},
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    ]

    assert traces[0] == traces[1]
    assert traces[0].endswith(b"seed 11: all is well\n")


def test_the_loop_jumps_to_the_next_timer() -> None:
    """An hour passes at once, and what is ready at the same time runs in the seed's order."""

    async def wait(name: str, order: list[str]) -> None:
        await asyncio.sleep(3_600)
        order.append(name)

    orders = []
    for seed in range(20):
        loop, order = SimulatedLoop(random.Random(seed)), []
        loop.run_until_complete(_all(wait(name, order) for name in "abc"))
        orders.append("".join(order))
        assert 3_600 == loop.time()

    assert {"abc", "acb", "bac", "bca", "cab", "cba"} == set(orders)


def test_a_run_that_nothing_can_end_fails() -> None:
    """Who waits for what never comes is told so."""

    async def wait_for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Stuck, match="everybody waits"):
        SimulatedLoop(random.Random(1)).run_until_complete(wait_for_ever())


async def _all(running: object) -> None:
    await asyncio.gather(*running)
