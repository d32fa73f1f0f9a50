"""What an ensemble knows of its inputs, measured on its training rows, for the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from sconto.learning.examples import UNKNOWN, Examples
from sconto.learning.memory_maps import sampled
from sconto.learning.networks.network import Network, batch_of
from sconto.learning.networks.stacked import Stacked
from sconto.scoring.manifest import Knowledge

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_ROWS: Final = 2_048
"""Training rows in which inputs are hidden one by one."""

OTHERS_HIDDEN: Final = (0.0, 0.15, 0.3)
"""Shares of the other inputs that are hidden meanwhile, at random."""

MOST_CAUTION: Final = 2.0
"""Doubt covers objectives that lower an uplift by up to so many standard deviations."""

MOST_DOUBT: Final = 1 + MOST_CAUTION
"""No probability moves further than from 0 to 1."""

MARGIN: Final = 2e-5
"""Added to every doubt: neither scores in ppm nor the exported model are exact."""

_CHUNK: Final = 8_192


def knowledge_of(members: Sequence[Network], train: Examples, most_unknown: float) -> Knowledge:
    """What *members* know by the rows *train* that taught them."""
    return Knowledge(
        ranges=tuple(_ranges(train)),
        unknown_share=tuple((_missing(train).mean(axis=0)).tolist()),
        doubt=tuple(map(tuple, doubts(members, train).tolist())),
        most_unknown=most_unknown,
    )


def doubts(members: Sequence[Network], train: Examples) -> Floats:
    """How much hiding each input raised the uplift of each arm at most, float64 [inputs, a].

    Over rows of *train* and random other inputs hidden too; also of an uplift that was lowered by
    up to `MOST_CAUTION` standard deviations over the members, for these may agree more about a
    shopper of whom they know less. With one arm it is how far the probability was moved, on average
    over the members, and `MOST_CAUTION` times in the mean square: what an assumed response makes of
    it, and how far the members are apart about that, moves at most in proportion.
    """
    rows = train[sampled(len(train), MOST_ROWS)]
    together = Stacked(members).eval()
    draw = np.random.default_rng(0)
    inputs = rows.numeric.shape[1] + rows.categorical.shape[1]
    found = np.zeros((inputs, len(rows.columns.arms)))
    for share in OTHERS_HIDDEN:
        seen = hidden(rows, draw.random((len(rows), inputs)) < share)
        missing, before = _missing(seen), _probabilities(together, seen)
        for i in range(inputs):
            there = np.flatnonzero(~missing[:, i])
            if len(there):
                alone = np.arange(inputs) == i
                blind = hidden(seen[there], np.tile(alone, (len(there), 1)))
                moved = _moved(before[:, there], _probabilities(together, blind))
                found[i] = np.maximum(found[i], moved.max(axis=0))
    doubted = np.ceil((found + MARGIN) * 1e6) / 1e6
    if len(rows.columns.arms) > 1:
        doubted[:, 0] = 0
    return np.minimum(doubted, MOST_DOUBT)


def hidden(rows: Examples, which: Bools) -> Examples:
    """*rows* without the inputs *which* [n, inputs]: numbers missing, categories unknown."""
    numbers = rows.numeric.shape[1]
    return replace(
        rows,
        numeric=np.where(which[:, :numbers], np.float32(np.nan), rows.numeric),
        categorical=np.where(which[:, numbers:], UNKNOWN, rows.categorical),
    )


def _probabilities(members: Stacked, rows: Examples) -> Floats:
    """Of every member, [members, n, a]."""
    batch = batch_of(rows, events=False)
    with torch.no_grad():
        found: Floats = torch.sigmoid(members(batch.numeric, batch.categorical).double()).numpy()
    return found


def _moved(before: Floats, after: Floats) -> Floats:
    """How far the uplift of each row and arm moved in its favour, [n, a]; see `doubts`.

    *before* and *after* are probabilities [members, n, a].
    """
    if before.shape[2] == 1:
        moved = after - before
        found: Floats = np.abs(moved).mean(axis=0)
        found += MOST_CAUTION * np.sqrt((moved**2).mean(axis=0))
        return found
    uplifts = (before - before[:, :, :1], after - after[:, :, :1])
    raised = uplifts[1].mean(axis=0) - uplifts[0].mean(axis=0)
    surely = raised - MOST_CAUTION * (uplifts[1].std(axis=0) - uplifts[0].std(axis=0))
    most: Floats = np.maximum(raised, surely)
    return most


def _missing(rows: Examples) -> Bools:
    """Which inputs are missing or not listed, [n, inputs]."""
    return np.concatenate([np.isnan(rows.numeric), rows.categorical == UNKNOWN], axis=1)


def _chunks(train: Examples) -> Iterator[npt.NDArray[np.float32]]:
    for start in range(0, len(train), _CHUNK):
        yield train.numeric[start : start + _CHUNK]


def _ranges(train: Examples) -> Iterable[tuple[float, float] | None]:
    """Least and greatest of each number that is ever there."""
    low = np.full(train.numeric.shape[1], np.inf)
    high = -low
    for numbers in _chunks(train):
        low = np.fmin(low, np.fmin.reduce(numbers, axis=0))
        high = np.fmax(high, np.fmax.reduce(numbers, axis=0))
    for least, greatest in zip(low.tolist(), high.tolist(), strict=True):
        yield (least, greatest) if least <= greatest else None
