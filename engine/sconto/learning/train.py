"""Fit the network in minibatches; stop early on validation log loss and keep the best weights."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from sconto.learning.nets import MonotoneNet
from sconto.learning.recipe import Recipe
from sconto.scoring.features import Encoded, Vocabularies

OnEpoch = Callable[[int, float], None]
"""Told the epoch, from 1 on, and its validation log loss."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Encoded units with their outcomes [n], 0 or 1."""

    inputs: Encoded
    bought: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The net with its best weights, the epoch they come from, and the epochs that were run."""

    net: MonotoneNet
    best_epoch: int
    epochs: int


def new_net(recipe: Recipe, vocabularies: Vocabularies) -> MonotoneNet:
    """An untrained net of the recipe's shape; the same recipe gives the same weights."""
    torch.manual_seed(recipe.seed)
    categories, departments = (len(names) + 1 for names in vocabularies.values())
    return MonotoneNet(
        (categories, departments),
        (recipe.net.category_width, recipe.net.department_width),
        recipe.net.hidden,
        [knot / 10_000 for knot in recipe.net.knots_bp],
    )


def fit(
    net: MonotoneNet, train: Examples, held: Examples, recipe: Recipe, on_epoch: OnEpoch
) -> Fitted:
    """*net* fitted on *train*; afterwards it holds the weights that were best on *held*.

    One thread, so that sums are taken in the same order and the weights come out the same.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    shuffle = torch.Generator().manual_seed(recipe.seed)
    how = recipe.training
    step = torch.optim.AdamW(net.parameters(), lr=how.learning_rate, weight_decay=how.weight_decay)
    inputs, bought = tensors(train.inputs), torch.from_numpy(train.bought)[:, None]
    net.normalise_as(inputs[0])
    best, best_epoch, best_loss = copy.deepcopy(net.state_dict()), 0, float("inf")
    epoch = 0
    for epoch in range(1, how.max_epochs + 1):
        order = torch.randperm(len(bought), generator=shuffle)
        for start in range(0, len(bought), how.batch_size):
            rows = order[start : start + how.batch_size]
            step.zero_grad()
            logits = net(*(column[rows] for column in inputs))
            loss = functional.binary_cross_entropy_with_logits(logits, bought[rows])
            torch.autograd.backward(loss)
            step.step()
        held_loss = validation_loss(net, held)
        on_epoch(epoch, held_loss)
        if held_loss < best_loss:
            best, best_epoch, best_loss = copy.deepcopy(net.state_dict()), epoch, held_loss
        if epoch - best_epoch >= how.patience:
            break
    net.load_state_dict(best)
    return Fitted(net.eval(), best_epoch, epoch)


def validation_loss(net: MonotoneNet, held: Examples) -> float:
    """Mean log loss of *net* over *held*, in nats."""
    with torch.no_grad():
        logits = net(*tensors(held.inputs))
        outcome = torch.from_numpy(held.bought)[:, None]
        return float(functional.binary_cross_entropy_with_logits(logits, outcome))


def tensors(inputs: Encoded) -> tuple[Tensor, Tensor, Tensor]:
    """The three inputs as tensors that share the arrays' memory."""
    return (
        torch.from_numpy(inputs.numeric),
        torch.from_numpy(inputs.ids),
        torch.from_numpy(inputs.depth),
    )
