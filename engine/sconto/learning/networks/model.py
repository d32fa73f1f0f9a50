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
from sconto.learning.memory_maps import sampled
from sconto.learning.models import Prediction, by_uplift
from sconto.learning.networks.effects import kept_share, shrunk
from sconto.learning.networks.encoders import EventEncoder
from sconto.learning.networks.fit import (
    Fit,
    Running,
    fit,
    logits,
    new_network,
    probabilities,
    values,
)
from sconto.learning.networks.network import Fitting, Network, Shape
from sconto.learning.networks.pretrain import Pretraining, pretrain, with_encoder

Probabilities = npt.NDArray[np.float64]


class TooFewUnits(ScontoError):
    """Rows of so few units that none can be held out."""

    code = "TOO_FEW_UNITS"
    help = "learn from all of them: leave out `--patience`"


HELD_OUT: Final = 2_000
"""Basis points of the units that are held out to say when to stop."""

FOLDS: Final = 2
"""Parts of the units, each foretold by networks that learnt from the others."""

FOLDS_OF_FEW: Final = 5
"""So many up to `FEW_ROWS`: each part then learns from nearly all there is."""

FEW_ROWS: Final = 10_000

FEW: Final = 2
"""Networks that foretell a part."""

FEW_OUTCOMES: Final = 2_500
"""So often the rarer of yes and no is seen at most where effects are held against others' rows."""

MOST_FORETOLD: Final = 65_536
"""Rows by which the weight of individual effects is chosen; of more, so many are drawn."""


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


def has_few_outcomes(rows: Examples) -> bool:
    """Whether arms were drawn by chance, and *rows* are so few that chance may look like effects.

    It is the rarer of yes and no that says something: a thousand sales in a million visits are few.
    """
    happened = int(rows.outcome.sum(dtype=np.float64))
    rarer = min(happened, len(rows) - happened)
    drawn = rows.propensity is not None and len(rows.columns.arms) > 1
    return drawn and rarer <= FEW_OUTCOMES


def _folds(rows: int) -> int:
    return FOLDS_OF_FEW if rows <= FEW_ROWS else FOLDS


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
    kept: float | None = None
    """How far effects of each row's own are believed, in [0, 1]; None as they were learnt."""

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
        each network's fit, numbered from 0, is carried out. Where an experiment had few outcomes,
        more networks learn from parts of the rows, to say how far effects can be believed.
        """
        if not self.how.patience:
            held = None
        elif held is None:
            train, held = parted(train)
        encoder = self.start
        if isinstance(encoder, Pretraining):
            encoder = pretrain(train, self.shape, seed, encoder).encoder

        def member(number: int, rows: Examples) -> Fit:
            return self._member(rows, held, encoder, seed * 1_000 + number, running(number))

        fits = [member(i, train) for i in range(self.how.members)]
        self.members = [one.network for one in fits]
        self.losses = [one.losses for one in fits]
        self.held_losses = [one.held for one in fits]
        if has_few_outcomes(train):
            self._shrink(train[sampled(len(train), MOST_FORETOLD)], member, seed)

    def sizes(self, train: Examples) -> tuple[int, ...]:
        """About how many rows each network learns from that `fit` makes, in its order."""
        own = (len(train),) * self.how.members
        if not has_few_outcomes(train):
            return own
        folds = _folds(len(train))
        part = min(len(train), MOST_FORETOLD) * (folds - 1) // folds
        return own + (part,) * (folds * self._few)

    @property
    def _few(self) -> int:
        return min(FEW, self.how.members)

    def _shrink(self, rows: Examples, member: Callable[[int, Examples], Fit], seed: int) -> None:
        """Shrink the effects as far as networks like the members fail to foretell them."""
        self.kept = kept_share(self._foretold(rows, member), rows)
        member_logits = np.stack([logits(one, rows) for one in self.members])
        for one, its in zip(
            self.members, shrunk(member_logits, rows, self.kept, seed), strict=True
        ):
            one.shrunk = its

    def _foretold(self, rows: Examples, member: Callable[[int, Examples], Fit]) -> Probabilities:
        """float64 [n, a]; logits by networks that did not learn from the row's unit.

        Without what each part has in common. All are 0 where there are too few units to part.
        """
        found = np.zeros((len(rows), len(rows.columns.arms)))
        folds = _folds(len(rows))
        part = hashed_share(rows.unit, seed=number_of("foretold")) * folds // 10_000
        if len(np.unique(part)) < folds:
            return found
        for fold in range(folds):
            asked = part == fold
            first = self.how.members + fold * self._few
            fits = [member(first + i, rows[~asked]) for i in range(self._few)]
            mean_logits = np.mean([logits(one.network, rows[asked]) for one in fits], axis=0)
            found[asked] = mean_logits - mean_logits.mean(axis=0)
        return found

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
        prediction = by_uplift(self.name, self.responses(rows).mean(axis=0))
        if not self.shape.value:
            return prediction
        worth = np.mean([values(member, rows) for member in self.members], axis=0)
        best = by_uplift(self.name, worth)
        return replace(prediction, rank=best.rank, choice=best.choice)

    def responses(self, rows: Examples) -> Probabilities:
        """float64 [members, n, a]; what each member says."""
        return np.stack([probabilities(member, rows) for member in self.members])

    def disagreement(self, rows: Examples) -> Probabilities:
        """float64 [n, a]; the standard deviation over the members: how unsure they are."""
        spread: Probabilities = self.responses(rows).std(axis=0)
        return spread
