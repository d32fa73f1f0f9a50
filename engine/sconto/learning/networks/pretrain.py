"""Learn from events without outcomes, before learning from the few rows that have one.

Two tasks at once: say what a hidden event was (masked events: Sun et al., BERT4Rec, CIKM 2019), and
what will be in the next basket (the category of the event after each one). The encoder of events
then goes into a fresh network, whose own rows only have to teach it the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from sconto.learning.examples import UNKNOWN, Columns, Examples
from sconto.learning.networks.encoders import EventEncoder
from sconto.learning.networks.network import Network, Shape

HIDDEN_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Pretraining:
    """How an encoder is taught by events alone, before a network that has it learns from outcomes.

    Attributes:
        epochs: Passes over the rows' events.
        batch: Rows of a step.
    """

    epochs: int = 3
    batch: int = 128


@dataclass(frozen=True, slots=True)
class Pretrained:
    """An encoder of events, and the mean loss of each epoch: hidden events, next events."""

    encoder: EventEncoder
    hidden: tuple[float, ...]
    following: tuple[float, ...]


class _Guesser(nn.Module):
    """Says the category of hidden and of following events from what the encoder sees."""

    def __init__(self, encoder: EventEncoder, categories: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.hidden = nn.Linear(encoder.width, categories)
        self.following = nn.Linear(encoder.width, categories)


def pretrain(
    rows: Examples,
    shape: Shape,
    seed: int,
    how: Pretraining = Pretraining(),
    *,
    shown: Callable[[int, float], None] = lambda *_: None,
) -> Pretrained:
    """An encoder taught by the events of *rows* alone; their outcomes are not looked at.

    The first category of an event is what is guessed. A recurrent encoder sees only the past of
    each event; the others see all, so for them the next event is guessed from what comes before a
    hidden rest. The same rows and *seed* give the same encoder. Raises ValueError without events.
    """
    if rows.events is None or shape.events is None or not rows.columns.event_sizes:
        raise ValueError("pretraining needs rows with events, and a shape that looks at them")
    torch.manual_seed(seed)
    encoder = EventEncoder(rows.columns, shape.events, shape.event_width, rows.events.mask.shape[1])
    encoder.fit_scales(rows.events)
    guesser = _Guesser(encoder, rows.columns.event_sizes[0])
    optimizer = torch.optim.AdamW(guesser.parameters(), lr=2e-3)
    hidden, following = [], []
    for epoch in range(how.epochs):
        guesser.train()
        sums = [0.0, 0.0, 0.0]
        for part in rows.batches(how.batch, seed=seed * 100_003 + epoch):
            first, second = _losses(guesser, part)
            optimizer.zero_grad()
            (first + second).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            for i, amount in enumerate((float(first.detach()), float(second.detach()), 1.0)):
                sums[i] += amount
        hidden.append(sums[0] / sums[2])
        following.append(sums[1] / sums[2])
        shown(epoch + 1, hidden[-1] + following[-1])
    return Pretrained(encoder, tuple(hidden), tuple(following))


def _losses(guesser: _Guesser, rows: Examples) -> tuple[Tensor, Tensor]:
    events = rows.events
    assert events is not None  # noqa: S101 - pretrain refused rows without
    numbers, ids, mask = map(torch.from_numpy, (events.numeric, events.categorical, events.mask))
    chosen = (torch.rand(mask.shape) < HIDDEN_SHARE) & mask
    seen_ids = torch.where(chosen.unsqueeze(-1), torch.full_like(ids, UNKNOWN), ids)
    seen_numbers = torch.where(chosen.unsqueeze(-1), torch.full_like(numbers, torch.nan), numbers)
    steps = guesser.encoder.steps(seen_numbers, seen_ids, mask)
    wanted = ids[..., 0]
    # The event before a hidden one must not have seen it: whoever sees all is asked there only.
    asked = chosen[:, 1:] if guesser.encoder.kind != "gru" else mask[:, 1:] & mask[:, :-1]
    return (
        _mean_loss(guesser.hidden(steps)[chosen], wanted[chosen]),
        _mean_loss(guesser.following(steps[:, :-1])[asked], wanted[:, 1:][asked]),
    )


def _mean_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    if not len(wanted):
        return logits.sum() * 0
    return functional.cross_entropy(logits, wanted)


def transplanted(encoder: EventEncoder, of: Columns, into: Columns) -> EventEncoder:
    """*encoder*, taught on events of *of*, for events of *into*: names keep what was learnt.

    A category whose text only *into* has gets the embedding of `UNKNOWN`. Raises ValueError when
    the events differ in their numbers or categories.
    """
    if (of.event_numeric, of.event_categorical) != (into.event_numeric, into.event_categorical):
        raise ValueError("the events of both must have the same numbers and categories")
    moved = deepcopy(encoder)
    for i, names in enumerate(into.event_vocabularies):
        known = {text: at for at, text in enumerate(of.event_vocabularies[i], start=1)}
        learnt = encoder.embeddings.weights(i)
        rows = [UNKNOWN, *(known.get(text, UNKNOWN) for text in names)]
        table = nn.Embedding(len(rows), learnt.shape[1])
        table.load_state_dict({"weight": learnt[rows]})
        moved.embeddings.tables[i] = table
    return moved


def with_encoder(encoder: EventEncoder) -> Callable[[Network], Network]:
    """Puts a copy of *encoder* into a fresh network that has one of the same width."""

    def put_in(network: Network) -> Network:
        if network.events is None or network.events.width != encoder.width:
            raise ValueError("this network looks at no events, or at more or fewer numbers of them")
        network.events = deepcopy(encoder)
        return network

    return put_in


FROZEN: Final = ("events.",)
"""`Fitting.frozen` of a network that keeps the encoder as it was pretrained."""
