"""One network: encoders, a trunk, and heads for the outcome, its value, and who was given what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from sconto.learning.examples import UNKNOWN, Columns, Examples
from sconto.learning.memory_maps import gathered, sampled
from sconto.learning.networks.encoders import EventEncoder, SequenceKind, TabularEncoder
from sconto.learning.networks.heads import Shrunk, head_of

CPU: Final = torch.device("cpu")

LOSING: Final = 10
"""One row in so many loses inputs while it is learnt from."""

SCALE_ROWS: Final = 131_072
"""Rows by which the knots of numbers are placed; of more, so many are drawn."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a network is built.

    Attributes:
        hidden: Width of the trunk's two layers.
        dropout: Share of the trunk switched off while it learns.
        events: The kind of network over the last events; None looks at none.
        event_width: Width of that network.
        value: Whether it also answers with what a row brings, less its cost.
        given: Whether it also says which arm was given, so that the trunk keeps what decided it.
    """

    hidden: int = 64
    dropout: float = 0.3
    events: SequenceKind | None = None
    event_width: int = 32
    value: bool = False
    given: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors; shapes as in `Examples`."""

    numeric: Tensor
    categorical: Tensor
    events: tuple[Tensor, Tensor, Tensor] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says of n rows.

    Attributes:
        logits: float32 [n, a]; of the outcome under every arm.
        value: float32 [n, a] or None; expected value less cost under every arm, in units of
            `Network.unit`.
        given: float32 [n, a] or None; logits of which arm was given.
    """

    logits: Tensor
    value: Tensor | None = None
    given: Tensor | None = None


class Network(nn.Module):
    """Rows to the outcome under every arm."""

    def __init__(self, columns: Columns, shape: Shape, steps: int = 0) -> None:
        super().__init__()
        self.tabular = TabularEncoder(columns)
        self.events: EventEncoder | None = None
        width = self.tabular.width
        if shape.events is not None:
            self.events = EventEncoder(columns, shape.events, shape.event_width, steps)
            width += shape.event_width
        self.trunk = nn.Sequential(
            nn.Linear(width, shape.hidden),
            nn.SiLU(),
            nn.Dropout(shape.dropout),
            nn.Linear(shape.hidden, shape.hidden),
            nn.SiLU(),
            nn.Dropout(shape.dropout),
        )
        arms = len(columns.depths)
        self.head = head_of(shape.hidden, columns.depths, max(8, shape.hidden // 4))
        self.value = nn.Linear(shape.hidden, arms) if shape.value else None
        self.register_buffer("unit", torch.ones(()))
        self.given = nn.Linear(shape.hidden, arms) if shape.given else None
        self.shrunk: Shrunk | None = None
        """Shrinks effects of each row's own, once it is known how far to believe them."""

    def fit_scales(self, rows: Examples) -> None:
        """Place the knots of every number by the training *rows*, by a sample of very many.

        The unit of value is what the rows with the outcome brought on average.
        """
        self.tabular.scores.fit(gathered(rows.numeric, sampled(len(rows), SCALE_ROWS)))
        if self.events is not None and rows.events is not None:
            self.events.fit_scales(rows.events)
        if self.value is not None and (net := rows.net_value()) is not None:
            happened = max(1.0, float(rows.outcome.sum(dtype=np.float64)))
            brought = abs(float(net.sum(dtype=np.float64))) / happened
            self.get_buffer("unit").fill_(brought or 1.0)

    def forward(self, batch: Batch) -> Answer:
        """The answer; the value is what the outcome is worth times how likely it is."""
        parts = [self.tabular(batch.numeric, batch.categorical)]
        if self.events is not None and batch.events is not None:
            parts.append(self.events(*batch.events))
        seen = self.trunk(torch.cat(parts, dim=1))
        logits: Tensor = self.head(seen)
        if self.shrunk is not None:
            logits = self.shrunk(logits)
        value = None
        if self.value is not None:
            # What a row is worth must not bend how likely its outcome is.
            value = torch.sigmoid(logits.detach()) * (1 + self.value(seen))
        return Answer(logits, value, None if self.given is None else self.given(seen))


def batch_of(rows: Examples, *, events: bool, device: torch.device = CPU) -> Batch:
    """*rows* as tensors on *device*, with their events if the network looks at them."""

    def tensor(array: Any) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    seen = None
    if events and rows.events is not None:
        of = rows.events
        seen = (tensor(of.numeric), tensor(of.categorical), tensor(of.mask))
    return Batch(tensor(rows.numeric), tensor(rows.categorical), seen)


def with_hidden(batch: Batch, share: float) -> Batch:
    """*batch* with a *share* of its numbers and categories hidden, drawn from torch's own state.

    So the network learns of what is missing, and of categories that it never saw. One row in
    `LOSING` loses so many times that share, and the others keep all: what counts most is a shopper
    who is known.
    """
    if not share:
        return batch
    losing = torch.rand(len(batch.numeric), 1, device=batch.numeric.device) < 1 / LOSING
    rate = LOSING * share * losing
    numeric = batch.numeric.masked_fill(torch.rand_like(batch.numeric) < rate, torch.nan)
    drawn = torch.rand(batch.categorical.shape, device=batch.categorical.device)
    return Batch(numeric, batch.categorical.masked_fill(drawn < rate, UNKNOWN), batch.events)


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a network learns.

    Attributes:
        epochs: Passes over the training rows.
        batch: Rows of a step.
        rate: Largest learning rate; it rises to it and falls again over all steps (one cycle).
        decay: Weight decay (AdamW).
        members: Networks of an ensemble, each with a seed of its own.
        given_weight: Weight of the loss of `Answer.given`.
        value_weight: Weight of the loss of `Answer.value`.
        mixed: Whether to multiply in bfloat16, where the machine is quicker at it.
        hide: Share of the inputs that are hidden at random while it learns; see `with_hidden`.
        patience: Stop after so many epochs without a lower loss on rows held out, and keep the
            weights of the best; 0 holds none out.
    """

    epochs: int = 20
    batch: int = 256
    rate: float = 2e-3
    decay: float = 0.01
    members: int = 8
    given_weight: float = 0.1
    value_weight: float = 0.1
    mixed: bool = False
    hide: float = 0.03
    patience: int = 0
    frozen: tuple[str, ...] = field(default=())
    """Parts that keep their weights, by the beginnings of their names."""
