"""Rows made up for benchmarks of training: like a shop's, and as many as are asked for."""

from __future__ import annotations

import numpy as np

from sconto.learning.examples import Columns, Events, Examples

NUMBERS = 20
KINDS = (40, 300, 7)
EVENT_NUMBERS = 3
EVENT_KINDS = (300, 4)
DEPTHS = (0.0, 0.1, 0.2, 0.3)


def _texts(size: int) -> tuple[str, ...]:
    return tuple(f"v{i}" for i in range(size - 1))


def made_up(rows: int, steps: int, seed: int = 1) -> Examples:
    """*rows* rows with the last *steps* events of each, and an outcome that can be learnt."""
    draw = np.random.default_rng(seed)
    numeric = draw.gamma(2, 10, (rows, NUMBERS)).astype(np.float32)
    numeric[draw.random((rows, NUMBERS)) < 0.1] = np.nan
    arm = draw.integers(0, len(DEPTHS), rows)
    mask = np.arange(steps)[None, :] >= draw.integers(0, steps + 1, rows)[:, None]
    event_numbers = draw.random((rows, steps, EVENT_NUMBERS), dtype=np.float32)
    event_numbers[~mask] = np.nan
    event_ids = np.stack([draw.integers(1, k, (rows, steps)) for k in EVENT_KINDS], axis=2)
    chance = 0.1 + 0.1 * arm + 0.3 * (np.nan_to_num(numeric[:, 0]) > 20)
    return Examples(
        columns=Columns(
            numeric=tuple(f"n{i}" for i in range(NUMBERS)),
            categorical=tuple(f"c{i}" for i in range(len(KINDS))),
            vocabularies=tuple(map(_texts, KINDS)),
            arms=tuple(f"a{i}" for i in range(len(DEPTHS))),
            depths=DEPTHS,
            outcome="bought",
            event_numeric=tuple(f"en{i}" for i in range(EVENT_NUMBERS)),
            event_categorical=tuple(f"ec{i}" for i in range(len(EVENT_KINDS))),
            event_vocabularies=tuple(map(_texts, EVENT_KINDS)),
        ),
        numeric=numeric,
        categorical=np.stack([draw.integers(0, k, rows) for k in KINDS], axis=1),
        arm=arm,
        depth=np.array(DEPTHS, dtype=np.float32)[arm],
        outcome=(draw.random(rows) < chance).astype(np.float32),
        time=np.zeros(rows, dtype=np.int64),
        unit=np.arange(rows, dtype=np.int64),
        events=Events(event_numbers, event_ids * mask[..., None], mask),
    )
