"""Two processes learn what one learns, on real gloo connections, and one of them may be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import sconto
from sconto.learning.networks.fit import CHECKPOINT
from sconto.learning.networks.process_group import ProcessGroup
from sconto.learning.networks.training import CHECKPOINTS, TRAINING_FILE
from support import learn_together
from support.learn_together import taught
from unit.learning.networks.rows import rows

FLOAT32 = 1e-4
"""Sums taken in another order differ by this at most, after forty steps of a small network."""


def together(dropouts: Mapping[Path, float], *, killed: int = 0) -> int:
    """The exit code of two processes that learn in each of these folders, with its dropout."""
    tests, engine = Path(__file__).parents[3], Path(sconto.__file__).parents[1]
    asked = [f"{folder}={dropout}" for folder, dropout in dropouts.items()]
    words = [learn_together.__file__, str(killed), *asked]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", *words],
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{engine}"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 or killed, done.stderr.decode()
    return done.returncode


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes learnt: a `pair`, a `whole` run, and one `broken` and started again."""
    folder = tmp_path_factory.mktemp("together")
    broken = folder / "broken"

    assert 0 != together({broken: 0.3}, killed=2)
    assert not (broken / TRAINING_FILE).exists()
    together({broken: 0.3, folder / "pair": 0.0, folder / "whole": 0.3})
    return folder


def losses(folder: Path) -> list[float]:
    """The losses of the one member, epoch by epoch."""
    [found] = json.loads((folder / TRAINING_FILE).read_bytes())["losses"]
    return list(found)


def weights(folder: Path) -> dict[str, Any]:
    """Every weight of the one member."""
    state = torch.load(folder / CHECKPOINTS / "member-0" / CHECKPOINT, weights_only=True)
    return {name: weight.numpy() for name, weight in state["network"].items()}


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path: Path, learnt: Path) -> None:
    """Losses and weights must agree to rounding, with shares that differ and one that is empty."""
    alone, pair = tmp_path / "alone", learnt / "pair"
    taught(alone, 0.0, ProcessGroup())

    assert np.allclose(losses(alone), losses(pair), rtol=1e-6)
    ours, theirs = weights(alone), weights(pair)
    assert all(np.allclose(ours[name], theirs[name], atol=FLOAT32) for name in ours)
    assert 2 == json.loads((pair / TRAINING_FILE).read_bytes())["processes"]


@pytest.mark.slow
def test_two_processes_that_were_killed_go_on_to_the_same_weights(learnt: Path) -> None:
    """A process killed after the second epoch ends all; started again, nothing tells it apart."""
    whole, broken = learnt / "whole", learnt / "broken"

    assert losses(whole) == losses(broken)
    ours, theirs = weights(whole), weights(broken)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_shares_hold_every_row_once_and_weigh_what_they_hold(size: int) -> None:
    """Weighted, the means of all shares must be the mean of the batch, whoever has none."""
    batch = rows(5)
    shares = [ProcessGroup(rank, size).share(batch) for rank in range(size)]
    mine = [part.time.tolist() for part, weight in shares if weight]

    assert sorted(batch.time.tolist()) == sorted(chain(*mine))
    assert all(len(part) for part, _ in shares)
    means = [float(part.outcome.mean()) * weight for part, weight in shares]
    assert np.isclose(np.mean(means), float(batch.outcome.mean()))
