"""How a network answers: a probability of the outcome under every arm.

MonotoneHead: the arms are depths, and a deeper one is never answered with less, for anybody, by
construction: what comes off adds increments between neighbouring depths that can't be negative
(as DIPN, arXiv 2108.12100, and E3IR, arXiv 2408.11623). ArmHead: the arms have no order; they
share a trunk and differ in small heads of their own (TARNet: Shalit, Johansson and Sontag, ICML
2017), and may say who was given what (DragonNet: Shi, Blei and Veitch, NeurIPS 2019).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sconto.scoring.arrays import ascending


class MonotoneHead(nn.Module):
    """[n, width] to logits [n, a] that never fall from one depth to the next.

    *depths* ascend, as fractions of the list price. The increment from one depth to the next is
    a rate of the row's own times the distance; rates start small, because most shoppers hardly
    answer to a discount.
    """

    def __init__(self, width: int, depths: tuple[float, ...]) -> None:
        super().__init__()
        ascending = torch.tensor(depths)
        if (ascending.diff() <= 0).any():
            raise ValueError("the depths of a monotone head must ascend")
        self.register_buffer("distance", ascending.diff())
        self.base = nn.Linear(width, 1)
        self.rate = nn.Linear(width, len(depths) - 1)
        nn.init.constant_(self.rate.bias, -2.0)

    def forward(self, seen: Tensor) -> Tensor:
        """The logit without more depth, and with each step of it."""
        base: Tensor = self.base(seen)
        steps = functional.softplus(self.rate(seen)) * self.get_buffer("distance")
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


def head_of(width: int, depths: tuple[float | None, ...], hidden: int) -> nn.Module:
    """The head that fits the arms: monotone where all have a depth and these ascend."""
    known = ascending(depths)
    return ArmHead(width, len(depths), hidden) if known is None else MonotoneHead(width, known)
