"""Networks as a report asks for them: an ensemble, its mean, and how far its members disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.errors import ScontoError
from sconto.learning.examples import Examples
from sconto.learning.hashing import hashed_share, number_of
from sconto.learning.models import Prediction, by_uplift
from sconto.learning.networks.encoders import EventEncoder
from sconto.learning.networks.fit import Fit, Running, fit, new_network, probabilities, values
from sconto.learning.networks.network import Fitting, Network, Shape
from sconto.learning.networks.pretrain import Pretraining, pretrain, with_encoder

Probabilities = npt.NDArray[np.float64]


class TooFewUnits(ScontoError):
    """Rows of so few units that none can be held out."""

    code = "TOO_FEW_UNITS"
    help = "learn from all of them: leave out `--patience`"


HELD_OUT: Final = 2_000
"""Basis points of the units that are held out to say when to stop."""


def parted(rows: Examples) -> tuple[Examples, Examples]:
    """*rows* to learn from, and a fifth held out, by a hash of their units; copies in memory.

    The same for every seed, so that the losses of several can be compared.

    Raises:
        TooFewUnits: There are not enough for both.
    """
    held = hashed_share(rows.unit, seed=number_of("held out")) < HELD_OUT
    if held.all() or not held.any():
        raise TooFewUnits("there are too few units to hold some of them out")
    return rows[~held], rows[held]


@dataclass
class NetworkModel:
    """An ensemble of networks; a `Model` like every baseline."""

    name: str
    shape: Shape = field(default_factory=Shape)
    how: Fitting = field(default_factory=Fitting)
    start: Pretraining | EventEncoder | None = None
    """Where the encoder of events comes from: taught by the rows' events, there already, or new."""
    members: list[Network] = field(default_factory=list)
    losses: list[tuple[float, ...]] = field(default_factory=list)
    """Of each member, the mean training loss of each epoch."""
    held_losses: list[tuple[float, ...]] = field(default_factory=list)
    """The same of the rows held out; empty of members that learnt from all rows."""

    def fit(
        self,
        train: Examples,
        held: Examples | None,
        seed: int,
        running: Callable[[int], Running] = lambda _: Running(),
    ) -> None:
        """Learn from *train*.

        Without `Fitting.patience` the number of epochs is fixed, and *held* is not looked at; with
        it *held*, or else a fifth of the units of *train*, says when to stop. *running* says how
        each member's fit, numbered from 0, is carried out.
        """
        if not self.how.patience:
            held = None
        elif held is None:
            train, held = parted(train)
        encoder = self.start
        if isinstance(encoder, Pretraining):
            encoder = pretrain(train, self.shape, seed, encoder).encoder
        fits = [
            self._member(train, held, encoder, seed * 1_000 + i, running(i))
            for i in range(self.how.members)
        ]
        self.members = [one.network for one in fits]
        self.losses = [one.losses for one in fits]
        self.held_losses = [one.held for one in fits]

    def _member(
        self,
        train: Examples,
        held: Examples | None,
        encoder: EventEncoder | None,
        seed: int,
        running: Running,
    ) -> Fit:
        network = new_network(train, self.shape, seed)
        if encoder is not None:
            network = with_encoder(encoder)(network)
        return fit(network, train, self.how, seed, running, held)

    def predict(self, rows: Examples) -> Prediction:
        """The mean of the members' probabilities, under every arm.

        Where they also say what a row brings, that decides the choice and the ranking.
        """
        said = by_uplift(self.name, self.responses(rows).mean(axis=0))
        if not self.shape.value:
            return said
        worth = np.mean([values(member, rows) for member in self.members], axis=0)
        best = by_uplift(self.name, worth)
        return replace(said, rank=best.rank, choice=best.choice)

    def responses(self, rows: Examples) -> Probabilities:
        """float64 [members, n, a]; what each member says."""
        return np.stack([probabilities(member, rows) for member in self.members])

    def disagreement(self, rows: Examples) -> Probabilities:
        """float64 [n, a]; the standard deviation over the members: how unsure they are."""
        spread: Probabilities = self.responses(rows).std(axis=0)
        return spread
