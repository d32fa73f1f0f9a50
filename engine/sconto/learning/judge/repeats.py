"""The repeats of a run: other splits where units are split, other seeds where time splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.learning.baselines.linear import TLogistic, is_chance
from sconto.learning.data.documents import ObjectiveDoc, UnitSplitDoc
from sconto.learning.data.figure_names import valued
from sconto.learning.data.prepare import Prepared, prepare
from sconto.learning.data.split import holdout
from sconto.learning.examples import Examples, Floats
from sconto.learning.judge.jobs import Job, Material, material

HELD_SHARE: Final = 0.2
"""Of the training units, that thresholds are picked on."""
_HELD_SEED: Final = 104_729
"""Of the hash that picks them; another than any split's, or it would pick none."""


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """One split and one seed.

    Attributes:
        number: From 0.
        prepared: The rows.
        rows: The same as models get them.
    """

    number: int
    prepared: Prepared
    rows: Material

    @property
    def train(self) -> Examples:
        """What is learnt from."""
        return self.rows.train

    @property
    def test(self) -> Examples:
        """What models are judged on."""
        return self.rows.test

    def fits(self, names: Sequence[str]) -> tuple[Job, ...]:
        """A job for each model."""
        return tuple(self._job(name, self.rows) for name in names)

    def held_fits(self, names: Sequence[str]) -> tuple[Job, ...]:
        """A job for each model, on part of the training units, asked about the others.

        Thresholds are picked by them: in the first repeat of the probability, where choices are
        made by money in every repeat of the gain. None where the outcome is an amount.
        """
        if not is_chance(self.train.outcome) or (self.number and not self.has_money):
            return ()
        kept, held = holdout(self.train, HELD_SHARE, _HELD_SEED)
        rows = material(kept, self.rows.validation, held)
        return tuple(self._job(name, rows) for name in names)

    def value_fits(self) -> dict[str, Job]:
        """For each outcome that policies are valued by, the job of doubly robust estimates.

        It is a logistic T-learner, linear where the outcome is an amount, of the training rows.
        """
        if not self.is_experiment:
            return {}
        found = {}
        for name in valued(self.prepared.recipe.doc):
            rows = self.rows
            if name != self.train.columns.outcome:
                rows = material(self._instead("train", name), None, self._instead("test", name))
            found[name] = self._job(TLogistic.name, rows)
        return found

    @property
    def is_experiment(self) -> bool:
        """Whether several arms were drawn by chance."""
        doc = self.prepared.recipe.doc.treatment
        return doc.randomised and len(doc.arms) > 1

    @property
    def has_money(self) -> bool:
        """Whether choices can be made by what they gain, and judged by what they brought."""
        margin = self.train.margin is not None and is_chance(self.train.outcome)
        return margin and self.is_experiment and self.train.propensity is not None

    @property
    def objective(self) -> ObjectiveDoc:
        """The recipe's. Raises ValueError where it has none."""
        found = self.prepared.recipe.doc.objective
        if found is None:
            raise ValueError("the recipe has no objective")
        return found

    def outcome(self, period: str, name: str) -> Floats:
        """What *name*, an outcome or `value` less cost, was for each row of a period, [n]."""
        own = self.prepared.outcomes[period].get(name)
        if own is not None:
            return own
        value = self.prepared.examples[period].net_value()
        if value is None:
            raise KeyError(name)
        return value

    def _instead(self, period: str, name: str) -> Examples:
        rows = self.prepared.examples[period]
        columns = replace(rows.columns, outcome=name)
        return replace(rows, columns=columns, outcome=self.outcome(period, name))

    def _job(self, name: str, rows: Material) -> Job:
        return Job(name, self.prepared.recipe.doc.hand_rule, rows, self.number, self.number)


def repeats(
    recipe: Path, data: Path | None, test_data: Path | None, outcome: str | None, many: int
) -> Iterator[Repeat]:
    """*many* repeats; the first is the split that the recipe itself makes.

    Raises:
        RecipeInvalid: The recipe can't be followed; and what else `prepare` raises.
    """
    prepared = prepare(recipe, data, outcome, test_data=test_data)
    by_unit = isinstance(prepared.recipe.doc.split, UnitSplitDoc)
    rows = _material(prepared)
    for number in range(many):
        if by_unit and number:
            prepared = prepare(recipe, data, outcome, prepared.recipe.doc.seed + number)
            rows = _material(prepared)
        yield Repeat(number, prepared, rows)


def _material(prepared: Prepared) -> Material:
    periods = prepared.examples
    return material(periods["train"], periods.get("validation"), periods["test"])


def joined(parts: Sequence[npt.NDArray[np.generic]]) -> npt.NDArray[np.float64]:
    """One array of all *parts*, in double precision."""
    return np.concatenate(parts).astype(np.float64)
