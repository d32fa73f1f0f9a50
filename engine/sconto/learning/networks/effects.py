"""How far an ensemble is believed about single shoppers: evidence from a randomised experiment.

What arms do to everybody is known far better than what they do to one rather than another. So the
effects of each row's own are shrunk towards the effects on everybody, as far as networks fail to
foretell them for units that they did not learn from. Where they foretell nothing, an arm does to
everybody the same in log odds, and who chooses by it gives one arm to all, as margins allow.

The share that is kept is the slope of what came of it on what was foretold (the best linear
predictor of Chernozhukov, Demirer, Duflo and Fernández-Val, arXiv 1712.04802), times one less the
square of its standard error over its own, as James and Stein shrink: 0 within one standard error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from sklearn.isotonic import isotonic_regression
from torch import Tensor

from sconto.learning.examples import Examples
from sconto.learning.networks.heads import Shrunk
from sconto.learning.networks.losses import logit_given
from sconto.scoring.arrays import ascending

Floats = npt.NDArray[np.float64]

_RIDGE: Final = 1.0
"""Holds what nearly no row speaks of: as much as a few outcomes say."""
_NEXT_TO_NOTHING: Final = 1e-6
_STEPS: Final = 25
_LARGEST: Final = 4.0
"""No step is larger, in log odds."""


def kept_share(foretold: Floats, rows: Examples) -> float:
    """What of the effects in the logits *foretold* [n, a] is to be believed, in [0, 1].

    The networks that foretold them did not learn from the units of *rows*.
    """
    given, shares = _given(rows), _shares(rows)
    middle = foretold @ shares
    effect = (given * foretold).sum(axis=1) - middle
    scales = [max(float(one.std()), _NEXT_TO_NOTHING) for one in (middle, effect)]
    design = np.column_stack([given, middle / scales[0], effect / scales[1]])
    weights = _fitted(np.zeros((1, len(rows))), design, rows)
    slope, error = weights[-1] / scales[1], _deviation(design, weights, rows) / scales[1]
    if slope <= error:
        return 0.0
    return float(min(1.0, slope * (1 - (error / slope) ** 2)))


def shrunk(logits: Floats, rows: Examples, kept: float, seed: int) -> list[Shrunk]:
    """What shrinks the *logits* of each member [members, n, a] to *kept* of their own effects.

    What arms do to everybody is then such that as many of the *rows* given each are expected to
    have the outcome as had it; where arms are depths, a deeper one never does less. About that the
    members differ as samples of the units do, drawn by *seed*: nobody knows it better.
    """
    given, shares = _given(rows), _shares(rows)
    middle = logits @ shares
    own = logits - middle[..., None]
    common = (1 - kept) * own.mean(axis=(0, 1))
    base_logits = ((middle[..., None] + kept * own + common) * given).sum(axis=-1)
    added = common + _fitted(base_logits, given, rows)
    drawn = np.array(
        [_fitted(base_logits, given, rows, w) for w in _samples(rows, len(logits), seed)]
    )
    each = added + drawn - drawn.mean(axis=0)
    if ascending(rows.columns.depths) is not None:
        weight = given.sum(axis=0) + _NEXT_TO_NOTHING
        each = np.array([isotonic_regression(one, sample_weight=weight) for one in each])
    weights, share = _single(shares), _single(np.array(kept))
    return [Shrunk(weights, share, _single(one)) for one in each]


def _single(values: Floats) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _samples(rows: Examples, many: int, seed: int) -> Iterator[Floats]:
    """*many* weights of the rows, [n], one for each unit (the Bayesian bootstrap: Rubin 1981)."""
    draw = np.random.default_rng(seed)
    _, unit = np.unique(rows.unit, return_inverse=True)
    for _ in range(many):
        yield draw.exponential(size=unit.max() + 1)[unit]


def _given(rows: Examples) -> Floats:
    """How much of each arm each row was given, [n, a]: between two depths a part of both."""
    arms = len(rows.columns.arms)
    one = torch.eye(arms)
    columns = [logit_given(one[arm].expand(len(rows), arms), rows) for arm in range(arms)]
    found: Floats = torch.stack(columns, dim=1).double().numpy()
    return found


def _shares(rows: Examples) -> Floats:
    counts = np.bincount(rows.arm, minlength=len(rows.columns.arms))
    shares: Floats = counts / counts.sum()
    return shares


def _fitted(
    base_logits: Floats, design: Floats, rows: Examples, weight: Floats | float = 1.0
) -> Floats:
    """The weights [k] with which *base_logits* [members, n] plus *design* [n, k] fit the outcomes.

    The mean of the members' probabilities counts, and each row as often as its *weight*.
    """
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        each = _probability(base_logits + design @ found)
        slack = design.T @ (weight * (rows.outcome - each.mean(axis=0))) - _RIDGE * found
        bent = weight * (each * (1 - each)).mean(axis=0)
        step = np.linalg.solve((design.T * bent) @ design + _RIDGE * np.eye(len(found)), slack)
        found += step * min(1.0, _LARGEST / max(_LARGEST, np.abs(step).max()))
        if np.abs(step).max() < _NEXT_TO_NOTHING:
            break
    return found


def _deviation(design: Floats, weights: Floats, rows: Examples) -> float:
    """The standard error of the last of the *weights*; rows of one unit hang together."""
    chance = _probability(design @ weights)
    bent = (design.T * (chance * (1 - chance))) @ design + _RIDGE * np.eye(len(weights))
    slack = design * (rows.outcome - chance)[:, None]
    _, unit = np.unique(rows.unit, return_inverse=True)
    by_unit = np.zeros((unit.max() + 1, design.shape[1]))
    np.add.at(by_unit, unit, slack)
    influence = by_unit @ np.linalg.inv(bent)[-1]
    return float(np.sqrt((influence**2).sum()))


def _probability(logits: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-logits))
    return chance
