"""How a network answers: a probability of the outcome under every arm.

MonotoneHead: the arms are depths, and a deeper one is never answered with less, for anybody, by
construction: what comes off adds increments between neighbouring depths that can't be negative
(as DIPN, arXiv 2108.12100, and E3IR, arXiv 2408.11623). ArmHead: the arms have no order; they
share a trunk and differ in small heads of their own (TARNet: Shalit, Johansson and Sontag, ICML
2017), and may say who was given what (DragonNet: Shi, Blei and Veitch, NeurIPS 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from sconto.scoring.arrays import ascending

SHARPNESS: Final = 4.0


def at_least_0(rate: Tensor) -> Tensor:
    """*rate*, bent so that it can't be negative, smoothly.

    Sharp enough that rates start small and are learnt no more slowly than other weights: most
    shoppers hardly answer to a discount, and those who do must be found in few rows.
    """
    return functional.softplus(SHARPNESS * rate) / SHARPNESS


class MonotoneHead(nn.Module):
    """[n, width] to logits [n, a] that never fall from one depth to the next.

    *depths* ascend, as fractions of the list price. The increment from one depth to the next is
    a rate of the row's own, at least 0, times the distance as a share of all depths: so a tenth off
    is learnt as quickly as half off.
    """

    def __init__(self, width: int, depths: tuple[float, ...]) -> None:
        super().__init__()
        ascending = torch.tensor(depths)
        if (ascending.diff() <= 0).any():
            raise ValueError("the depths of a monotone head must ascend")
        self.register_buffer("distance", ascending.diff() / (ascending[-1] - ascending[0]))
        self.base = nn.Linear(width, 1)
        self.rate = nn.Linear(width, len(depths) - 1)
        nn.init.zeros_(self.rate.bias)

    def forward(self, seen: Tensor) -> Tensor:
        """The logit without more depth, and with each step of it."""
        base: Tensor = self.base(seen)
        steps = at_least_0(self.rate(seen)) * self.get_buffer("distance")
        return torch.cat([base, base + steps.cumsum(dim=1)], dim=1)


class ArmHead(nn.Module):
    """[n, width] to logits [n, a], by a small head for each arm on what they share."""

    def __init__(self, width: int, arms: int, hidden: int) -> None:
        super().__init__()
        self.arms = nn.ModuleList(
            nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, 1))
            for _ in range(arms)
        )

    def forward(self, seen: Tensor) -> Tensor:
        """Every arm's logit."""
        return torch.cat([arm(seen) for arm in self.arms], dim=1)


class Shrunk(nn.Module):
    """Logits [..., a] with the effects of each row's own shrunk to *kept*, in [0, 1], of them.

    A row's effects are what its logits differ by from their mean over the arms, whose *shares* add
    up to 1. *added* is what arms do to everybody. If that ascends, what ascended still does, to
    the last bit: nothing here but sums and products with the same number.
    """

    def __init__(self, shares: Tensor, kept: Tensor, added: Tensor) -> None:
        super().__init__()
        self.register_buffer("shares", shares)
        self.register_buffer("kept", kept)
        self.register_buffer("added", added)

    @classmethod
    def together(cls, of: Sequence[Shrunk | None]) -> Shrunk | None:
        """Those *of* all members as one, for logits [members, n, a]; None where they have none."""
        there = [one for one in of if one is not None]
        if not there:
            return None
        added = torch.stack([one.get_buffer("added") for one in there])[:, None, :]
        return cls(there[0].get_buffer("shares"), there[0].get_buffer("kept"), added)

    def forward(self, logits: Tensor) -> Tensor:
        """The shrunk logits."""
        middle = (logits * self.get_buffer("shares")).sum(dim=-1, keepdim=True)
        own = (logits - middle) * self.get_buffer("kept")
        shrunk: Tensor = middle + own + self.get_buffer("added")
        return shrunk


def head_of(width: int, depths: tuple[float | None, ...], hidden: int) -> nn.Module:
    """The head that fits the arms: monotone where all have a depth and these ascend."""
    known = ascending(depths)
    return ArmHead(width, len(depths), hidden) if known is None else MonotoneHead(width, known)
