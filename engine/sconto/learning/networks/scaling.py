"""Numbers made fit for a network: each becomes its normal score, by straight lines between knots.

A score says how unusual a value is among the training rows, so heavy tails and odd units do no
harm; Gauss ranks in the words of tabular learning. Between knots it is linear, beyond the outermost
it is flat: a value that training never saw can't drive a network anywhere it has not been.

Sines of a score let a network rise and fall several times along a number, as trees do, without
being wide or long taught (periodic embeddings: Gorishniy, Rubachev and Babenko, On Embeddings for
Numerical Features in Tabular Deep Learning, NeurIPS 2022). Here their frequencies are fixed, so
that the members of an ensemble share them.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from scipy.stats import norm
from torch import Tensor, nn

from sconto.learning.examples import Floats

KNOTS: Final = 33
WAVES: Final = ((1.0, 0.0), (1.0, math.pi / 2), (2.0, 0.0), (2.0, math.pi / 2))
"""Frequency and phase of each sine of a score; with faster ones few rows are learnt by heart."""

PLACES: Final = 2 + len(WAVES)
"""What `NormalScores.waved` makes of a number: its score, whether it is missing, and its waves."""

ROWS_FOR_WAVES: Final = 200
"""Training rows for each number from which on there are waves; fewer are learnt by heart."""

_OUTERMOST: Final = 0.002
"""Share of the rows beyond the first and the last knot."""

_NOTHING: Final = 1e-20
"""Knots nearer to 0 are 0: between closer ones no slope of float32 could rise."""


class NormalScores(nn.Module):
    """Numbers [n, f] with NaN for missing, to scores and missing marks [n, 2 f], float32."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("start", torch.zeros(features))
        self.register_buffer("low", torch.zeros(features, KNOTS - 1))
        self.register_buffer("width", torch.zeros(features, KNOTS - 1))
        self.register_buffer("slope", torch.zeros(features, KNOTS - 1))
        self.waving = True

    def fit(self, numbers: Floats) -> None:
        """Place the knots at quantiles of *numbers* [n, f]; what is never there scores 0.

        There are waves if there are rows enough for so many numbers.
        """
        self.waving = len(numbers) >= ROWS_FOR_WAVES * numbers.shape[1]
        shares = np.linspace(_OUTERMOST, 1 - _OUTERMOST, KNOTS)
        scores = norm.ppf(shares)
        for column in range(numbers.shape[1]):
            known = numbers[:, column][np.isfinite(numbers[:, column])]
            if not len(known):
                continue
            knots, heights = _steps(np.quantile(known.astype(np.float64), shares), scores)
            width = np.diff(knots)
            slope = np.divide(np.diff(heights), width, out=np.zeros_like(width), where=width > 0)
            for name, values in (("low", knots[:-1]), ("width", width), ("slope", slope)):
                self.get_buffer(name)[column] = torch.from_numpy(values).float()
            self.get_buffer("start")[column] = float(heights[0])

    def forward(self, numbers: Tensor) -> Tensor:
        """The scores, 0 where missing, and beside them 1 where missing."""
        return torch.cat(self._apart(numbers), dim=1)

    def waved(self, numbers: Tensor) -> Tensor:
        """The same, and beside it the waves of every score, or 0: [n, `PLACES` f]."""
        score, missing = self._apart(numbers)
        frequency, phase = (numbers.new_tensor(part) for part in zip(*WAVES, strict=True))
        waves = torch.sin(score.unsqueeze(-1) * frequency + phase)
        if not self.waving:
            waves = waves * 0
        return torch.cat([score, missing, waves.flatten(1)], dim=1)

    def _apart(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """The scores, 0 where missing, and 1 where missing, else 0."""
        missing = torch.isnan(numbers)
        filled = torch.where(missing, 0.0, numbers)
        # A search is several times quicker on many rows, and a graph has no operator for it.
        score = self._summed(filled) if torch.compiler.is_exporting() else self._searched(filled)
        known = (~missing).to(score.dtype)
        return score * known, 1 - known

    def _searched(self, numbers: Tensor) -> Tensor:
        """The scores by finding each number's piece."""
        low, width, slope = map(self.get_buffer, ("low", "width", "slope"))
        heights = nn.functional.pad((width * slope).cumsum(dim=1), (1, 0))
        across = numbers.T.contiguous()
        piece = (torch.searchsorted(low, across, right=True) - 1).clamp(min=0)
        inside = (across - low.gather(1, piece)).clamp(min=0)
        inside = torch.minimum(inside, width.gather(1, piece)) * slope.gather(1, piece)
        return (self.get_buffer("start")[:, None] + heights.gather(1, piece) + inside).T

    def _summed(self, numbers: Tensor) -> Tensor:
        """The same by adding up what lies within each piece."""
        inside = torch.clamp(numbers.unsqueeze(-1) - self.get_buffer("low"), min=0)
        inside = torch.minimum(inside, self.get_buffer("width"))
        return self.get_buffer("start") + (inside * self.get_buffer("slope")).sum(-1)


def _steps(
    knots: np.ndarray[tuple[int], np.dtype[np.float64]],
    scores: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Knots, as float32 has them, and heights; equal knots share the mean of their scores."""
    single = knots.astype(np.float32).astype(np.float64)
    single[np.abs(single) < _NOTHING] = 0
    _, of = np.unique(single, return_inverse=True)
    means = np.bincount(of, weights=scores) / np.bincount(of)
    return single, means[of]
