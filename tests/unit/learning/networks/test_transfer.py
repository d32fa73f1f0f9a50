"""Transfer: which labels are taken, what each trial is, and what the table says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sconto.learning.networks import transfer
from sconto.learning.networks.transfer import REUSES, Trial, labelled, table, trials
from sconto.learning.networks.transfer_plot import draw
from unit.learning.networks.rows import rows


def made(share: float, reuse: transfer.Reuse, seed: int, auc: float) -> Trial:
    """A trial as if it had been run."""
    return Trial(share, reuse, seed, 10, {"auc": auc, "average_precision": 0.5, "log_loss": 0.4})


def test_larger_shares_hold_the_labels_of_smaller_ones() -> None:
    """More labels are the same ones and more; another seed draws others."""
    train = rows(400)

    tenth, half = labelled(train, 0.1, 1), labelled(train, 0.5, 1)

    assert 20 < len(tenth) < 60
    assert {*tenth.unit.tolist()} < {*half.unit.tolist()}
    assert {*tenth.unit.tolist()} != {*labelled(train, 0.1, 2).unit.tolist()}
    assert 400 == len(labelled(train, 1, 1))


def test_labels_of_one_outcome_are_refused() -> None:
    """Nothing can be learnt from rows that all ended the same way."""
    train = replace(rows(40), outcome=np.zeros(40, dtype=np.float32))

    with pytest.raises(ValueError, match="100% of the labels are all of one outcome"):
        labelled(train, 1, 1)


def test_every_share_is_tried_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """One trial for each; those without events and from scratch don't see the encoder."""
    monkeypatch.setattr(transfer, "LEAST_STEPS", 4)
    train, test = rows(80), rows(60, seed=2)
    other = replace(rows(64, seed=3), outcome=np.zeros(64, dtype=np.float32))

    done = trials(other, train, test, kind="gru", shares=(0.5, 1), seeds=(1,), members=1)

    assert [(s, r) for s in (0.5, 1) for r in REUSES] == [(t.share, t.reuse) for t in done]
    assert len({t.figures["log_loss"] for t in done}) == len(done)
    again = trials(train, train, test, kind="gru", shares=(1,), seeds=(1,), members=1)
    by_reuse = {t.reuse: t.figures for t in again}
    before = {t.reuse: t.figures for t in done if t.share == 1}
    assert before["no events"] == by_reuse["no events"]
    assert before["scratch"] == by_reuse["scratch"]
    assert before["frozen"] != by_reuse["frozen"]


def test_the_table_compares_with_scratch_on_the_same_seeds() -> None:
    """Differences are paired: a shift of every seed alike must not widen them."""
    done = [
        made(1.0, reuse, seed, 0.6 + 0.1 * seed + 0.01 * REUSES.index(reuse))
        for seed in (0, 1, 2)
        for reuse in REUSES
    ]

    rows_of = {row.reuse: row for row in table(done)}

    assert None is rows_of["scratch"].than_scratch
    unfrozen = rows_of["unfrozen"].than_scratch
    assert unfrozen is not None
    assert 0.02 == pytest.approx(unfrozen["auc"].mean)
    assert 0.02 == pytest.approx(unfrozen["auc"].low)
    assert 0.1 < rows_of["unfrozen"].figures["auc"].high - rows_of["unfrozen"].figures["auc"].mean


def test_the_picture_is_the_same_each_time(tmp_path: Path) -> None:
    """The same table must give the same bytes, with each way in its legend."""
    some = table([made(s, r, seed, 0.5 + s) for s in (0.1, 1) for r in REUSES for seed in (0, 1)])

    draw(some, tmp_path / "a.svg")
    draw(some, tmp_path / "b.svg")

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert all(reuse in (tmp_path / "a.svg").read_text() for reuse in REUSES)
