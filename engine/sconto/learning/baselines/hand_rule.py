"""The recipe's hand rule as a model."""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.isotonic import IsotonicRegression

from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.data.sql import columns
from sconto.learning.examples import Examples
from sconto.learning.models import Prediction


class HandRule:
    """Ranks and chooses as *rule* says; its response is what rows of that rank brought in training.

    Raises SqlFailed when the rule can't be computed, ValueError when it names an arm there isn't.
    """

    name = "hand rule"

    def __init__(self, rule: HandRuleDoc) -> None:
        self._rule = rule

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Learn how much outcome goes with each rank."""
        del held, seed
        self._response = IsotonicRegression(out_of_bounds="clip")
        self._response.fit(self._ranks(train), train.outcome)

    def predict(self, rows: Examples) -> Prediction:
        """The rule's rank and arm; the same response under every arm."""
        rank, arms = self._ranks(rows), rows.columns.arms
        chosen = columns({"arm": self._rule.arm}, shown(rows))["arm"].cast(pl.String)
        if unknown := set(chosen) - {*arms}:
            raise ValueError(f"the hand rule gives `{unknown.pop()}`, which is no arm")
        position = {name: i for i, name in enumerate(arms)}
        return Prediction(
            self.name,
            np.tile(self._response.predict(rank)[:, None], (1, len(arms))).astype(np.float64),
            rank,
            np.array([position[name] for name in chosen], dtype=np.int64),
        )

    def _ranks(self, rows: Examples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The rule's rank of each row; a missing one comes last."""
        found = columns({"rank": self._rule.rank}, shown(rows))["rank"].cast(pl.Float64)
        rank = found.fill_null(np.nan).to_numpy()
        least = np.nanmin(rank) if np.isfinite(rank).any() else 0.0
        return np.where(np.isnan(rank), least, rank)


def shown(rows: Examples) -> pl.DataFrame:
    """The features of *rows* by name, categories as text, as a hand rule sees them."""
    names = rows.columns
    numbers = {n: pl.Series(rows.numeric[:, i]).fill_nan(None) for i, n in enumerate(names.numeric)}
    texts = {
        name: pl.Series([None, *names.vocabularies[i]], dtype=pl.String).gather(
            rows.categorical[:, i]
        )
        for i, name in enumerate(names.categorical)
    }
    return pl.DataFrame(numbers | texts)
