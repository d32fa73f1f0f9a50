"""What a network sees of a row: its numbers and categories, and the shopper's last events."""

from __future__ import annotations

import math
from typing import Final, Literal

import torch
from torch import Tensor, nn

from sconto.learning.examples import UNKNOWN, Columns, Events
from sconto.learning.memory_maps import gathered, sampled
from sconto.learning.networks.scaling import PLACES, NormalScores

SequenceKind = Literal["gru", "cnn", "transformer"]

MOST_WIDTH: Final = 32
SCALE_EVENTS: Final = 1_048_576
"""Events by which the knots of their numbers are placed, padding included; of more, a sample."""

_KERNEL: Final = 5
_HEADS: Final = 4
_LAYERS: Final = 2


def embedding_width(size: int) -> int:
    """How wide the embedding of *size* ids is: their whole root, at least 2, at most 32."""
    return max(2, min(MOST_WIDTH, math.isqrt(size)))


class Embeddings(nn.Module):
    """Ids [..., c] to their embeddings side by side [..., width]."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.tables = nn.ModuleList(_embedding(s) for s in sizes)
        self.width = sum(embedding_width(s) for s in sizes)

    def forward(self, ids: Tensor) -> Tensor:
        """Each category's embedding, in their order."""
        return torch.cat([table(ids[..., i]) for i, table in enumerate(self.tables)], dim=-1)

    def weights(self, i: int) -> Tensor:
        """The embeddings of all ids of category *i*, [ids, width]; a copy."""
        return self.tables[i].get_parameter("weight").detach().clone()


def _embedding(size: int) -> nn.Embedding:
    """An embedding whose `UNKNOWN` begins in the midst of the others, and not anywhere."""
    table = nn.Embedding(size, embedding_width(size))
    if size > 1:
        with torch.no_grad():
            table.weight[UNKNOWN] = table.weight[UNKNOWN + 1 :].mean(dim=0)
    return table


class TabularEncoder(nn.Module):
    """Numbers [n, f] and ids [n, c] to [n, width]: scores with marks and waves, embeddings."""

    def __init__(self, columns: Columns) -> None:
        super().__init__()
        self.scores = NormalScores(len(columns.numeric))
        self.embeddings = Embeddings(columns.sizes) if columns.sizes else None
        wide = self.embeddings.width if self.embeddings else 0
        self.width = PLACES * len(columns.numeric) + wide

    def forward(self, numbers: Tensor, ids: Tensor) -> Tensor:
        """Everything side by side."""
        scored = self.scores.waved(numbers)
        if self.embeddings is None:
            return scored
        return torch.cat([scored, self.embeddings(ids)], dim=1)


class EventEncoder(nn.Module):
    """The last events of a row to [n, width], by one of three kinds of network.

    Events stand oldest first with padding in front; a row without any gets a vector of its own.
    Sizes are small on purpose: there are thousands of shoppers, not millions.
    """

    def __init__(self, columns: Columns, kind: SequenceKind, width: int, steps: int) -> None:
        super().__init__()
        self.width, self.kind = width, kind
        self.scores = NormalScores(len(columns.event_numeric))
        self.embeddings = Embeddings(columns.event_sizes)
        seen = 2 * len(columns.event_numeric) + self.embeddings.width
        self.enter = nn.Linear(seen, width)
        self.place = nn.Parameter(torch.zeros(steps, width))
        self.body = _body(kind, width)
        self.nobody = nn.Parameter(torch.zeros(width))

    def fit_scales(self, events: Events) -> None:
        """Place the knots of every number by the training rows' *events*, by a sample of many."""
        rows, steps = events.mask.shape
        few = sampled(rows, SCALE_EVENTS // max(1, steps))
        self.scores.fit(gathered(events.numeric, few)[gathered(events.mask, few)])

    def steps(self, numbers: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """A vector for each event, [n, t, width]; of padding, nothing that means anything."""
        n, t, k = numbers.shape
        scored = self.scores(numbers.reshape(n * t, k)).reshape(n, t, 2 * k)
        entered = self.enter(torch.cat([scored, self.embeddings(ids)], dim=-1)) + self.place[-t:]
        entered = entered * mask.unsqueeze(-1)
        if self.kind == "gru":
            return self.body(entered)[0]  # type: ignore[no-any-return]
        if self.kind == "cnn":
            return self.body(entered.transpose(1, 2)).transpose(1, 2)  # type: ignore[no-any-return]
        return self.body(entered, src_key_padding_mask=~mask)  # type: ignore[no-any-return]

    def forward(self, numbers: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """The mean over a row's events, or the vector of those who have none."""
        there = mask.any(dim=1, keepdim=True)
        # A row without events would give attention nothing to attend to.
        seen = mask | (
            ~there & (torch.arange(mask.shape[1], device=mask.device) == mask.shape[1] - 1)
        )
        weight = seen.unsqueeze(-1).to(numbers.dtype)
        pooled = (self.steps(numbers, ids, seen) * weight).sum(1) / weight.sum(1)
        return torch.where(there, pooled, self.nobody)


def _body(kind: SequenceKind, width: int) -> nn.Module:
    match kind:
        case "gru":
            return nn.GRU(width, width, batch_first=True)
        case "cnn":
            side = _KERNEL // 2
            return nn.Sequential(
                nn.Conv1d(width, width, _KERNEL, padding=side),
                nn.SiLU(),
                nn.Conv1d(width, width, _KERNEL, padding=side),
                nn.SiLU(),
            )
        case "transformer":
            layer = nn.TransformerEncoderLayer(
                width, _HEADS, 2 * width, dropout=0.1, batch_first=True, norm_first=True
            )
            return nn.TransformerEncoder(layer, _LAYERS, enable_nested_tensor=False)
