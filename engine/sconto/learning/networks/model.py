"""Networks as a report asks for them: an ensemble, its mean, and how far its members disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sconto.learning.examples import Examples
from sconto.learning.models import Prediction, by_uplift
from sconto.learning.networks.fit import fit, new_network, probabilities
from sconto.learning.networks.network import Fitting, Network, Shape

Probabilities = npt.NDArray[np.float64]
Prepare = Callable[[Network], Network]
"""What happens to a fresh network before it is fitted: weights of another may be put in."""


@dataclass
class NetworkModel:
    """An ensemble of networks; a `Model` like every baseline."""

    name: str
    shape: Shape = field(default_factory=Shape)
    how: Fitting = field(default_factory=Fitting)
    prepare: Prepare | None = None
    members: list[Network] = field(default_factory=list)

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Learn from *train*; the number of epochs is fixed, so *held* is not looked at."""
        del held
        self.members = [self._member(train, seed * 1_000 + i) for i in range(self.how.members)]

    def _member(self, train: Examples, seed: int) -> Network:
        network = new_network(train, self.shape, seed)
        if self.prepare is not None:
            network = self.prepare(network)
        return fit(network, train, self.how, seed).network

    def predict(self, rows: Examples) -> Prediction:
        """The mean of the members' probabilities, under every arm."""
        return by_uplift(self.name, self.responses(rows).mean(axis=0))

    def responses(self, rows: Examples) -> Probabilities:
        """float64 [members, n, a]; what each member says."""
        return np.stack([probabilities(member, rows) for member in self.members])

    def disagreement(self, rows: Examples) -> Probabilities:
        """float64 [n, a]; the standard deviation over the members: how unsure they are."""
        spread: Probabilities = self.responses(rows).std(axis=0)
        return spread
