"""Fitting the network."""

from __future__ import annotations

import numpy as np
import torch

from sconto.learning.recipe import Recipe
from sconto.learning.train import Examples, Fitted, fit, new_net, validation_loss
from sconto.scoring.features import NUMERIC_WIDTH, Encoded
from unit.learning.journeys import RECIPE

NAMES = {"line.category": {"A": 1, "B": 2}, "line.department": {"X": 1}}


def recipe(**training: float) -> Recipe:
    """The tiny recipe with *training* changed."""
    return Recipe.model_validate(RECIPE | {"training": RECIPE["training"] | training})


def examples(seed: int, *, noise: bool = False) -> Examples:
    """Units bought when the first feature is positive, or by a coin where *noise*."""
    draw = np.random.default_rng(seed)
    numeric = draw.normal(size=(400, NUMERIC_WIDTH)).astype(np.float32)
    bought = draw.random(400) < 0.5 if noise else numeric[:, 0] > 0
    ids, depth = draw.integers(2, size=(400, 2)), draw.random((400, 1))
    return Examples(Encoded(numeric, ids, depth.astype(np.float32)), bought.astype(np.float32))


def fitted(how: Recipe, *, noise: bool = False) -> tuple[Fitted, list[float]]:
    """A new net fitted as *how* says, and its validation loss after each epoch."""
    losses: list[float] = []
    train, held = examples(1, noise=noise), examples(2, noise=noise)
    done = fit(new_net(how, NAMES), train, held, how, lambda _, loss: losses.append(loss))
    return done, losses


def test_the_same_seed_gives_the_same_weights() -> None:
    """Two runs of one recipe must end with equal weights, another seed with others."""
    first, second = (fitted(recipe())[0].net.state_dict() for _ in range(2))
    torch.manual_seed(99)
    other = new_net(recipe().model_copy(update={"seed": 8}), NAMES).state_dict()

    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["base.weight"], other["base.weight"])


def test_a_plain_signal_is_learnt() -> None:
    """Where the outcome follows a feature, the loss must fall well below that of a coin."""
    _, losses = fitted(recipe(max_epochs=30, patience=30))

    assert losses[-1] < 0.3


def test_training_stops_early_and_keeps_the_best_weights() -> None:
    """On noise it must stop before the limit, and hold the weights of the best epoch."""
    done, losses = fitted(recipe(max_epochs=60, patience=3), noise=True)

    assert len(losses) == done.epochs < 60
    assert losses.index(min(losses)) + 1 == done.best_epoch == done.epochs - 3
    assert min(losses) == validation_loss(done.net, examples(2, noise=True))
