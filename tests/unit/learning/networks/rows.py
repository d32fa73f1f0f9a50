"""Small generated rows for tests of networks."""

from __future__ import annotations

import numpy as np
import torch

from sconto.learning.examples import Columns, Events, Examples

torch.set_num_threads(1)  # small work is slower when shared
DEPTHS = (0.0, 0.1, 0.2, 0.4)


def rows(n: int, seed: int = 1, depths: tuple[float | None, ...] = DEPTHS) -> Examples:
    """*n* rows with gaps, a category, the last five events, and an outcome that can be learnt."""
    draw = np.random.default_rng(seed)
    arms, steps = len(depths), 5
    numeric = draw.gamma(2, 10, (n, 3)).astype(np.float32)
    numeric[draw.random((n, 3)) < 0.2] = np.nan
    arm = draw.integers(0, arms, n)
    chance = 0.2 + 0.1 * arm + 0.2 * (np.nan_to_num(numeric[:, 0]) > 20)
    mask = np.arange(steps)[None, :] >= draw.integers(0, steps + 1, n)[:, None]
    favourite = np.repeat(draw.integers(1, 5, (n, 1, 1)), steps, axis=1)
    others = draw.integers(1, 5, (n, steps, 1))
    ids = np.where(draw.random((n, steps, 1)) < 0.9, favourite, others) * mask[..., None]
    numbers = np.where(mask[..., None], draw.random((n, steps, 2)), np.nan).astype(np.float32)
    return Examples(
        columns=Columns(
            numeric=("a", "b", "c"),
            categorical=("kind",),
            vocabularies=(("x", "y", "z"),),
            arms=tuple(f"arm{i}" for i in range(arms)),
            depths=depths,
            outcome="bought",
            event_numeric=("spend", "pieces"),
            event_categorical=("category",),
            event_vocabularies=(("p", "q", "r", "s"),),
        ),
        numeric=numeric,
        categorical=draw.integers(0, 4, (n, 1)),
        arm=arm,
        depth=np.array([np.nan if d is None else d for d in depths], dtype=np.float32)[arm],
        outcome=(draw.random(n) < chance).astype(np.float32),
        time=np.arange(n, dtype=np.int64),
        unit=np.arange(n, dtype=np.int64),
        value=draw.gamma(2, 5, n).astype(np.float32),
        events=Events(numbers, ids.astype(np.int64), mask),
    )
