"""The network: a purchase logit that can't fall as the discount deepens.

logit(x, d) = base(h(x)) + sum_k softplus(w_k(h(x))) * ramp_k(d), where ramp_k rises from 0 to 1
between knots k and k + 1 and is flat elsewhere. Every weight is positive and every ramp rises, so
the promise holds for any parameters: it is built in, not penalised. Depth enters nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from sconto.scoring.features import NUMERIC_WIDTH

_SMALL_RESPONSE = -3.0
"""Where the response weights start: softplus of it is about 0.05, a response near none."""


class MonotoneNet(nn.Module):
    """Trunk of two hidden layers over numbers and embeddings; one base head, one response head."""

    mean: Tensor
    deviation: Tensor
    starts: Tensor
    spans: Tensor

    def __init__(
        self,
        sizes: tuple[int, int],
        widths: tuple[int, int],
        hidden: int,
        knots: Sequence[float],
    ) -> None:
        """A net for *sizes* categories and departments, embedded in *widths*; *knots* are depths.

        Normalisation is the identity until `normalise_as` is called.
        """
        super().__init__()
        self.category = nn.Embedding(sizes[0], widths[0])
        self.department = nn.Embedding(sizes[1], widths[1])
        self.trunk = nn.Sequential(
            nn.Linear(NUMERIC_WIDTH + sum(widths), hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
        )
        self.base = nn.Linear(hidden, 1)
        self.response = nn.Linear(hidden, len(knots) - 1)
        nn.init.constant_(self.response.bias, _SMALL_RESPONSE)
        self.register_buffer("mean", torch.zeros(NUMERIC_WIDTH))
        self.register_buffer("deviation", torch.ones(NUMERIC_WIDTH))
        edges = torch.tensor(list(knots), dtype=torch.float32)
        self.register_buffer("starts", edges[:-1])
        self.register_buffer("spans", edges[1:] - edges[:-1])

    def normalise_as(self, numeric: Tensor) -> None:
        """Take mean and deviation of *numeric* [n, features] into the graph, for every later input.

        A feature that never varies in it is left at its own scale.
        """
        deviation = numeric.std(dim=0)
        self.mean.copy_(numeric.mean(dim=0))
        self.deviation.copy_(torch.where(deviation > 0, deviation, torch.ones_like(deviation)))

    def forward(self, numeric: Tensor, ids: Tensor, depth: Tensor) -> Tensor:
        """Purchase logits [n, 1] for `features.encode`'s inputs; *depth* [n, 1] is a fraction."""
        embedded = [self.category(ids[:, 0]), self.department(ids[:, 1])]
        scaled = (numeric - self.mean) / self.deviation
        hidden = self.trunk(torch.cat([scaled, *embedded], dim=1))
        ramps = ((depth - self.starts) / self.spans).clamp(0, 1)
        rise = (functional.softplus(self.response(hidden)) * ramps).sum(dim=1, keepdim=True)
        logit: Tensor = self.base(hidden) + rise
        return logit


class PurchaseProbability(nn.Module):
    """A net with its last step, the way it is served."""

    def __init__(self, net: MonotoneNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, numeric: Tensor, ids: Tensor, depth: Tensor) -> Tensor:
        """Purchase probabilities [n, 1], float32, in [0, 1].

        The sigmoid is taken in double precision: in single precision a runtime's approximation may
        wobble by one step and break the order of two nearly equal depths.
        """
        return torch.sigmoid(self.net(numeric, ids, depth).double()).float()
