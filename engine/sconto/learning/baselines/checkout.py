"""What the network has to beat: a constant, and a logistic regression on the same inputs."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sconto.learning.export import parts
from sconto.learning.reading import sampled
from sconto.scoring.features import Encoded

Probabilities = npt.NDArray[np.float64]

MOST_ROWS: Final = 1_000_000
_MAX_ITERATIONS: Final = 1_000


def constant(bought: npt.NDArray[np.float32], rows: int) -> Probabilities:
    """The share of training units that *bought*, for each of *rows*."""
    return np.full(rows, float(bought.mean()), dtype=np.float64)


class Logistic:
    """Logistic regression on numeric features, depth, and one column for every id."""

    def __init__(self, inputs: Encoded, bought: npt.NDArray[np.float32]) -> None:
        """Fit on training *inputs*; lightly regularised (scikit-learn's default).

        Of very many rows it learns from `MOST_ROWS`, evenly drawn: its few coefficients are settled
        by then, and it copies what it learns from several times.
        """
        ids = slice(-inputs.ids.shape[1], None)
        numbers = slice(0, ids.start)
        columns = ColumnTransformer(
            [
                ("numbers", StandardScaler(), numbers),
                ("ids", OneHotEncoder(handle_unknown="ignore"), ids),
            ]
        )
        self._model = make_pipeline(columns, LogisticRegression(max_iter=_MAX_ITERATIONS))
        few = sampled(len(bought), MOST_ROWS)
        learnt = Encoded(inputs.numeric[few], inputs.ids[few], inputs.depth[few])
        self._model.fit(_matrix(learnt), bought[few])

    def predict(self, inputs: Encoded) -> Probabilities:
        """Purchase probabilities [n]."""
        said = [self._model.predict_proba(_matrix(p))[:, 1] for p in parts(inputs, MOST_ROWS // 4)]
        return np.concatenate(said)


def _matrix(inputs: Encoded) -> npt.NDArray[np.float64]:
    """Numeric features, depth and ids side by side, [n, features + 1 + 2]."""
    return np.hstack([inputs.numeric, inputs.depth, inputs.ids]).astype(np.float64)
