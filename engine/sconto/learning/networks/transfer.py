"""What pretraining saves in labels: the same network from scratch, frozen and unfrozen.

Each is fitted on a share of the labelled units and judged on the same test rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from sklearn import metrics

from sconto.learning.evaluation.bootstrap import Interval, over_splits, paired
from sconto.learning.examples import Examples
from sconto.learning.hashing import hashed_share
from sconto.learning.networks.encoders import EventEncoder, SequenceKind
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Shape
from sconto.learning.networks.pretrain import FROZEN, Pretraining, pretrain, transplanted
from sconto.learning.networks.suite import fitting

Reuse = Literal["no events", "scratch", "frozen", "unfrozen"]
"""What is made of events: nothing, or an encoder: fresh, pretrained and kept, or taught on."""

REUSES: Final[tuple[Reuse, ...]] = ("no events", "scratch", "frozen", "unfrozen")
FIGURES: Final = ("auc", "average_precision", "log_loss")
LEAST_STEPS: Final = 60
"""Steps that the fewest labels are learnt with; more labels, more steps."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One network on one share of the labels with one seed."""

    share: float
    reuse: Reuse
    seed: int
    labels: int
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class TransferRow:
    """The trials of one share and reuse over all seeds, and how they differ from scratch."""

    share: float
    reuse: Reuse
    labels: float
    figures: dict[str, Interval]
    than_scratch: dict[str, Interval] | None


def trials(
    source: Examples,
    train: Examples,
    test: Examples,
    *,
    kind: SequenceKind,
    shares: Sequence[float],
    seeds: Sequence[int],
    members: int = 2,
    shown: Callable[[str], None] = lambda _: None,
) -> tuple[Trial, ...]:
    """Every share, reuse and seed; the events of *source* alone teach the encoder, no outcome.

    *shown* is called with what comes next. Raises ValueError when *source* has other events
    than *train*, or a share leaves rows of one outcome only.
    """
    done = []
    for seed in seeds:
        shown(f"seed {seed}: pretraining on {len(source):,} rows")
        taught = pretrain(source, Shape(events=kind), seed, Pretraining()).encoder
        encoder = transplanted(taught, source.columns, train.columns)
        for share in shares:
            some = labelled(train, share, seed)
            for reuse in REUSES:
                shown(f"seed {seed}: {reuse}, {share:.0%} of the labels")
                model = _model(reuse, kind, encoder, len(some), members)
                model.fit(some, None, seed)
                figures = _figures(test, model)
                done.append(Trial(share, reuse, seed, len(some), figures))
    return tuple(done)


def labelled(train: Examples, share: float, seed: int) -> Examples:
    """The rows of a *share* of the units, drawn by a hash of unit and *seed*.

    Larger shares hold the smaller ones. Raises ValueError when all have the same outcome.
    """
    some = train[hashed_share(train.unit, seed=seed) < round(share * 10_000)]
    if len(np.unique(some.outcome)) < 2:  # noqa: PLR2004 - nothing to tell apart
        raise ValueError(f"{share:.0%} of the labels are all of one outcome; take a larger share")
    return some


def _model(
    reuse: Reuse, kind: SequenceKind, encoder: EventEncoder, rows: int, members: int
) -> NetworkModel:
    how = replace(fitting(rows), members=members)
    steps = -(-rows // how.batch)
    how = replace(how, epochs=max(how.epochs, -(-LEAST_STEPS // steps)))
    if reuse == "no events":
        return NetworkModel(reuse, Shape(), how)
    if reuse == "frozen":
        how = replace(how, frozen=FROZEN)
    start = None if reuse == "scratch" else encoder
    return NetworkModel(reuse, Shape(events=kind), how, start)


def _figures(test: Examples, model: NetworkModel) -> dict[str, float]:
    prediction = model.predict(test).logged(test)
    return {
        "auc": float(metrics.roc_auc_score(test.outcome, prediction)),
        "average_precision": float(metrics.average_precision_score(test.outcome, prediction)),
        "log_loss": float(metrics.log_loss(test.outcome, prediction)),
    }


def table(done: Sequence[Trial]) -> tuple[TransferRow, ...]:
    """A row for each share and reuse, over the seeds; at least two are needed."""
    rows = []
    for share in dict.fromkeys(t.share for t in done):
        of = {reuse: [t for t in done if (t.share, t.reuse) == (share, reuse)] for reuse in REUSES}
        for reuse, own in of.items():
            values = {f: [t.figures[f] for t in own] for f in FIGURES}
            than = {f: [t.figures[f] for t in of["scratch"]] for f in FIGURES}
            rows.append(
                TransferRow(
                    share,
                    reuse,
                    sum(t.labels for t in own) / len(own),
                    {f: over_splits(v) for f, v in values.items()},
                    None
                    if reuse == "scratch"
                    else {f: paired(v, than[f]) for f, v in values.items()},
                )
            )
    return tuple(rows)
