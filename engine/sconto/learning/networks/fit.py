"""Fit one network: the same rows, shape and seed give the same weights; it can stop and go on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from sconto.learning.examples import Examples
from sconto.learning.networks.losses import loss_of
from sconto.learning.networks.network import (
    CPU,
    Answer,
    Fitting,
    Network,
    Shape,
    batch_of,
    with_hidden,
)
from sconto.learning.networks.process_group import ProcessGroup

CHECKPOINT: Final = "fit.pt"

_APART: Final = 1 << 40
"""Between the seeds of processes; further than seeds of epochs ever get."""

_LOOK: Final = 8_192
"""Held-out rows that are looked at together."""


class Watch(Protocol):
    """Receives the progress of a fit."""

    def began(self, done: int, epochs: int) -> None:
        """The fit is at its start, or after *done* of its *epochs* where one before stopped."""

    def learnt(self, rows: int) -> None:
        """So many *rows* more were learnt from."""

    def epoch(self, number: int, loss: float, held: float | None) -> None:
        """Epoch *number*, from 1, is over: mean *loss* of a training row, and of one *held* out."""

    def ended(self, number: int, best: int) -> None:
        """The fit is over after epoch *number*; the weights are those of epoch *best*."""


class Nobody:
    """A watch that looks away."""

    def began(self, done: int, epochs: int) -> None:
        """Nothing."""

    def learnt(self, rows: int) -> None:
        """Nothing."""

    def epoch(self, number: int, loss: float, held: float | None) -> None:
        """Nothing."""

    def ended(self, number: int, best: int) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Running:
    """How a fit is carried out; what is learnt does not depend on it, but for rounding.

    Attributes:
        folder: Where every epoch ends with a checkpoint, and whence a stopped fit goes on; or None.
        watch: Receives its progress.
        group: The processes that learn together, and where.
        until: Stop after so many epochs.
    """

    folder: Path | None = None
    watch: Watch = field(default_factory=Nobody)
    group: ProcessGroup = field(default_factory=ProcessGroup)
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted network, and of each of its epochs the mean loss of a row.

    Attributes:
        network: The network, with the weights of the last epoch, or of the best on held-out rows.
        losses: Of the training rows.
        held: Of the rows held out; empty without any.
    """

    network: Network
    losses: tuple[float, ...]
    held: tuple[float, ...] = ()


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
    running: Running | None = None,
    held: Examples | None = None,
) -> Fit:
    """*network* after learning from *rows*; batches are drawn anew each epoch, by *seed*.

    With rows *held* out and `Fitting.patience` it ends early, with the weights of its best epoch. A
    fit that was stopped goes on from its last checkpoint: it ends with the weights that one run
    without a stop gives. Rows may be memory maps: see `Examples.batches` for what is held of them.
    Afterwards the network is where a processor can ask it.
    """
    running = running or Running()
    run = _Run(network, rows, how, seed, running.group)
    path = None if running.folder is None else running.folder / CHECKPOINT
    if path is not None and path.exists():
        run.load(path)
    running.watch.began(run.epoch, how.epochs)
    while run.epoch < min(how.epochs, running.until or how.epochs) and not run.waited_enough:
        loss = run.one_epoch(running.watch)
        if held is not None:
            run.look_at(held)
        if path is not None and running.group.rank == 0:
            run.save(path)
        running.watch.epoch(run.epoch, loss, run.held[-1] if run.held else None)
    run.take_best()
    running.watch.ended(run.epoch, run.best_epoch)
    return Fit(network.to(CPU), tuple(run.losses), tuple(run.held))


class _Taught(nn.Module):
    """A network with its loss: rows to the mean loss of a row, where gradients are joined."""

    def __init__(self, network: Network, how: Fitting) -> None:
        super().__init__()
        self.network, self.how = network, how

    def forward(self, rows: Examples, device: torch.device) -> Tensor:
        """Multiplied in bfloat16 where that is asked for; the loss itself is float32."""
        with torch.autocast(device.type, torch.bfloat16, enabled=self.how.mixed):
            seen = batch_of(rows, events=self.network.events is not None, device=device)
            if self.training:
                seen = with_hidden(seen, self.how.hide)
            answer: Answer = self.network(seen)
        return loss_of(answer, rows, self.how, self.network.get_buffer("unit"))


class _Run:
    """The state of one fit between two epochs."""

    def __init__(
        self, network: Network, rows: Examples, how: Fitting, seed: int, group: ProcessGroup
    ) -> None:
        self.network, self.rows, self.how, self.seed = network.to(group.device), rows, how, seed
        self.group = group
        _freeze(network, how.frozen)
        learning = [p for p in network.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(learning, lr=how.rate, weight_decay=how.decay)
        steps = how.epochs * -(-len(rows) // how.batch)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, how.rate, max(1, steps))
        self.own = _Taught(network, how)
        self.taught = group.joined(self.own)
        self.epoch = 0
        self.losses: list[float] = []
        self.held: list[float] = []
        self.best: dict[str, Tensor] = {}

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest loss on held-out rows, from 1; without any, the last."""
        return self.held.index(min(self.held)) + 1 if self.held else self.epoch

    @property
    def waited_enough(self) -> bool:
        """Whether the best epoch lies so far back that none better is expected."""
        return bool(self.how.patience and self.held) and (
            self.epoch - self.best_epoch >= self.how.patience
        )

    def look_at(self, held: Examples) -> None:
        """Note the loss on *held*, and the weights if they are the best until now.

        Every process looks at all of it: their weights are the same.
        """
        self.taught.eval()
        total = 0.0
        with torch.no_grad():
            for rows in held.batches(_LOOK):
                total += float(self.own(rows, self.group.device)) * len(rows)
        self.held.append(total / len(held))
        if self.best_epoch == self.epoch:
            self.best = {name: w.detach().clone() for name, w in self.network.state_dict().items()}

    def take_best(self) -> None:
        """Go back to the weights of the best epoch."""
        if self.best:
            self.network.load_state_dict(self.best)

    def one_epoch(self, watch: Watch) -> float:
        """Learn from every row once; the mean loss of a row."""
        self.taught.train()
        total = torch.zeros((), dtype=torch.float64, device=self.group.device)
        drawn = self.seed * 100_003 + self.epoch
        # Each process switches off other units, as it would for other rows.
        torch.manual_seed(drawn + self.group.rank * _APART)
        for rows in self.rows.batches(self.how.batch, seed=drawn):
            mine, weight = self.group.share(rows)
            loss = self.taught(mine, self.group.device) * weight
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            total += loss.detach().double() * len(rows)
            watch.learnt(len(rows))
        self.epoch += 1
        self.losses.append(self.group.mean(total) / len(self.rows))
        return self.losses[-1]

    def save(self, path: Path) -> None:
        """Write what a later run needs to go on, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        torch.save(self._state(), fresh)
        fresh.replace(path)

    def load(self, path: Path) -> None:
        """Go on from *path*; only tensors and plain values are read, never code."""
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=CPU)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.epoch, self.losses = state["epoch"], state["losses"]
        self.held, self.best = state["held"], state["best"]

    def _state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "epoch": self.epoch,
            "losses": self.losses,
            "held": self.held,
            "best": self.best,
        }


def _freeze(network: nn.Module, frozen: tuple[str, ...]) -> None:
    for name, parameter in network.named_parameters():
        parameter.requires_grad = not name.startswith(frozen) if frozen else True


def answers(network: Network, rows: Examples, size: int = 8_192) -> Iterator[Answer]:
    """The network's answers to *rows*, in their order, a batch at a time."""
    network.eval()
    with torch.no_grad():
        for batch in rows.batches(size):
            yield network(batch_of(batch, events=network.events is not None))


def values(network: Network, rows: Examples) -> np.ndarray[Any, np.dtype[np.float64]]:
    """float64 [n, a]; what to expect under every arm, less its cost, in major units.

    Raises ValueError of a network that was not built to say so.
    """
    unit, found = network.get_buffer("unit").double(), []
    for answer in answers(network, rows):
        if answer.value is None:
            raise ValueError("this network does not answer with a value")
        found.append(answer.value.double() * unit)
    return torch.cat(found).numpy()


def logits(network: Network, rows: Examples) -> np.ndarray[Any, np.dtype[np.float64]]:
    """float64 [n, a]; the outcome's log odds under every arm."""
    return torch.cat([answer.logits.double() for answer in answers(network, rows)]).numpy()


def probabilities(network: Network, rows: Examples) -> np.ndarray[Any, np.dtype[np.float64]]:
    """float64 [n, a]; the probability of the outcome under every arm."""
    return torch.sigmoid(torch.from_numpy(logits(network, rows))).numpy()


def weights_digest(networks: Sequence[nn.Module]) -> str:
    """SHA-256 (hex) of all weights of *networks* in their order: equal weights have equal ones."""
    digest = hashlib.sha256()
    for network in networks:
        for name, weight in sorted(network.state_dict().items()):
            digest.update(f"\n{name} {weight.dtype} {tuple(weight.shape)}\n".encode())
            digest.update(weight.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
