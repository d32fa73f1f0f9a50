"""Fit one network: the same rows, shape and seed give the same weights; it can stop and go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from sconto.learning.examples import Examples
from sconto.learning.networks.losses import loss_of
from sconto.learning.networks.network import Answer, Fitting, Network, Shape, batch_of

CHECKPOINT: Final = "fit.pt"

Shown = Callable[[int, float], None]
"""Is told after each epoch: its number from 1, and its mean training loss."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted network and the mean training loss of each of its epochs."""

    network: Network
    losses: tuple[float, ...]


def new_network(rows: Examples, shape: Shape, seed: int) -> Network:
    """A network for *rows*, its scales fitted and its weights drawn by *seed*."""
    torch.manual_seed(seed)
    steps = 0 if rows.events is None else rows.events.mask.shape[1]
    network = Network(rows.columns, shape, steps)
    network.fit_scales(rows)
    return network


def fit(
    network: Network,
    rows: Examples,
    how: Fitting,
    seed: int,
    *,
    folder: Path | None = None,
    shown: Shown = lambda *_: None,
    until: int | None = None,
) -> Fit:
    """*network* after learning from *rows*; batches are drawn anew each epoch, by *seed*.

    With a *folder* every epoch ends with a checkpoint there, and a fit that was stopped goes on
    from the last one: it ends with the weights that one run without a stop gives. *until* stops
    after so many epochs. Rows may be memory maps: only a batch at a time is held.
    """
    run = _Run(network, rows, how, seed)
    path = None if folder is None else folder / CHECKPOINT
    if path is not None and path.exists():
        run.load(path)
    while run.epoch < min(how.epochs, until or how.epochs):
        loss = run.one_epoch()
        if path is not None:
            run.save(path)
        shown(run.epoch, loss)
    return Fit(network, tuple(run.losses))


class _Run:
    """The state of one fit between two epochs."""

    def __init__(self, network: Network, rows: Examples, how: Fitting, seed: int) -> None:
        self.network, self.rows, self.how, self.seed = network, rows, how, seed
        _freeze(network, how.frozen)
        learning = [p for p in network.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(learning, lr=how.rate, weight_decay=how.decay)
        steps = how.epochs * -(-len(rows) // how.batch)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, how.rate, max(1, steps))
        self.mean_value = 1.0 if rows.value is None else max(1e-6, float(rows.value.mean()))
        self.epoch = 0
        self.losses: list[float] = []

    def one_epoch(self) -> float:
        """Learn from every row once; the mean loss of a row."""
        self.network.train()
        total = 0.0
        torch.manual_seed(self.seed * 100_003 + self.epoch)
        for rows in self.rows.batches(self.how.batch, seed=self.seed * 100_003 + self.epoch):
            with _precision(mixed=self.how.mixed):
                answer = self.network(batch_of(rows, events=self.network.events is not None))
                loss = loss_of(answer, rows, self.how, self.mean_value)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            self.schedule.step()
            total += float(loss.detach()) * len(rows)
        self.epoch += 1
        self.losses.append(total / len(self.rows))
        return self.losses[-1]

    def save(self, path: Path) -> None:
        """Write what a later run needs to go on, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        torch.save(self._state(), fresh)
        fresh.replace(path)

    def load(self, path: Path) -> None:
        """Go on from *path*; only tensors and plain values are read, never code."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.epoch, self.losses = state["epoch"], state["losses"]

    def _state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "epoch": self.epoch,
            "losses": self.losses,
        }


def _freeze(network: nn.Module, frozen: tuple[str, ...]) -> None:
    for name, parameter in network.named_parameters():
        parameter.requires_grad = not name.startswith(frozen) if frozen else True


def _precision(*, mixed: bool) -> Any:
    return torch.autocast("cpu", torch.bfloat16) if mixed else nullcontext()


def answers(network: Network, rows: Examples, size: int = 8_192) -> Iterator[Answer]:
    """The network's answers to *rows*, in their order, a batch at a time."""
    network.eval()
    with torch.no_grad():
        for batch in rows.batches(size):
            yield network(batch_of(batch, events=network.events is not None))


def probabilities(network: Network, rows: Examples) -> np.ndarray[Any, np.dtype[np.float64]]:
    """float64 [n, a]; the probability of the outcome under every arm."""
    found = [torch.sigmoid(answer.logits.double()) for answer in answers(network, rows)]
    return torch.cat(found).numpy()
