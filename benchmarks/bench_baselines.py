"""What the baselines reach on the recipes whose data ship, or with --data on one of the others.

python benchmarks/bench_baselines.py
python benchmarks/bench_baselines.py --recipe models/ecommerce/recipe.yaml --data hillstrom.csv

Each model is fitted with every seed on the training rows and judged on the test rows by the outcome
under the arm that was given: AUC, log loss, and the share of outcomes among the first 20 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import log_loss, roc_auc_score

from sconto.learning.baselines.suite import baselines
from sconto.learning.data.prepare import Prepared, prepare
from sconto.learning.examples import Examples
from sconto.learning.models import Model

MODELS: Final = Path(__file__).resolve().parents[1] / "models"
SHIPPED: Final = ("redemption", "finance")
FIRST: Final = 0.2
SURE: Final = 1e-9


def judged(model: Model, test: Examples) -> tuple[float, float, float]:
    """AUC, log loss and recall among the first of a fitted *model*."""
    said = model.predict(test).logged(test)
    first = np.argsort(-said, kind="stable")[: round(FIRST * len(said))]
    return (
        float(roc_auc_score(test.outcome, said)),
        float(log_loss(test.outcome, said.clip(SURE, 1 - SURE))),
        float(test.outcome[first].sum() / test.outcome.sum()),
    )


def measured(prepared: Prepared, seeds: Sequence[int]) -> Table:
    """A row for every baseline: mean and deviation over *seeds*."""
    train, test = prepared.examples["train"], prepared.examples["test"]
    doc = prepared.recipe.doc
    title = f"{doc.name}: {len(train):,} rows, {len(test):,} judged, {train.columns.outcome}"
    table = Table(title=title, title_justify="left")
    for heading in ("model", "AUC", "log loss", "recall at 20 %", "s per fit"):
        table.add_column(heading)
    for model in baselines(doc.hand_rule):
        found, spent = [], 0.0
        for seed in seeds:
            began = process_time()
            model.fit(train, None, seed)
            spent += process_time() - began
            found.append(judged(model, test))
        means, spread = np.mean(found, axis=0), np.std(found, axis=0)
        cells = (f"{m:.4f} ± {s:.4f}" for m, s in zip(means, spread, strict=True))
        table.add_row(model.name, *cells, f"{spent / len(seeds):.2f}")
    return table


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", type=Path, action="append", help="a data recipe")
    parser.add_argument("--data", type=Path, help="the data of the recipe, where it needs them")
    parser.add_argument("--outcome", help="the outcome to learn")
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    for recipe in asked.recipe or [MODELS / name / "recipe.yaml" for name in SHIPPED]:
        prepared = prepare(recipe, asked.data, asked.outcome)
        Console(width=100).print(measured(prepared, range(asked.seeds)))


if __name__ == "__main__":
    main()
