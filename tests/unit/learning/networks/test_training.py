"""Training in a folder: it goes on where it was stopped, and refuses another run's checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sconto.learning.networks import network as networks
from sconto.learning.networks.encoders import SequenceKind
from sconto.learning.networks.fit import Nobody, Running, fit, new_network, weights_digest
from sconto.learning.networks.model import NetworkModel, TooFewUnits, parted
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.process_group import ProcessGroup
from sconto.learning.networks.training import AnotherRun, Trained, train
from unit.learning.networks.rows import rows

MODEL = NetworkModel("small", Shape(hidden=8), Fitting(epochs=3, batch=32, members=2))


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


class Stop(Nobody):
    """Stops in the midst of an epoch, after so many rows."""

    def __init__(self, after: int) -> None:
        self.left = after

    def learnt(self, rows: int) -> None:
        """Stop when no row is left."""
        self.left -= rows
        if self.left < 0:
            raise Stopped


def run(
    folder: Path, model: NetworkModel = MODEL, seed: int = 1, *, fresh: bool = False
) -> Trained:
    """What a whole run in *folder* made."""
    return train(model, rows(100), seed, folder, ProcessGroup(), lambda _: Nobody(), fresh=fresh)


@pytest.mark.parametrize("after", [50, 250, 450])
def test_a_run_that_was_stopped_anywhere_goes_on_to_the_same_weights(
    tmp_path: Path, after: int
) -> None:
    """In the first epoch, a later one or another member: the digest is that of one whole run."""
    whole = run(tmp_path / "whole")
    stop = Stop(after)
    with pytest.raises(Stopped):
        train(MODEL, rows(100), 1, tmp_path / "stopped", ProcessGroup(), lambda _: stop)

    assert whole == run(tmp_path / "stopped")
    assert whole == run(tmp_path / "whole")


def test_checkpoints_of_another_run_are_refused(tmp_path: Path) -> None:
    """Another seed or setting must be named, not mixed in; on request the folder begins anew."""
    first = run(tmp_path)
    other = replace(MODEL, how=replace(MODEL.how, rate=0.01))

    with pytest.raises(AnotherRun, match="seed differ"):
        run(tmp_path, seed=2)
    with pytest.raises(AnotherRun, match="how differ"):
        run(tmp_path, other)
    assert first.weights_sha256 != run(tmp_path, seed=2, fresh=True).weights_sha256
    assert first == run(tmp_path, fresh=True)


PATIENT = replace(MODEL, how=replace(MODEL.how, epochs=12, rate=0.05, patience=2))


def test_a_patient_run_keeps_its_best_epoch() -> None:
    """It stops when the loss on units held out rises, with the weights that had the lowest."""
    model = replace(PATIENT)
    model.fit(rows(400), None, 1)
    own, held = parted(rows(400))
    [first, _] = model.held_losses
    best = first.index(min(first))
    one = replace(PATIENT.how, epochs=12, patience=0)
    again = fit(new_network(own, MODEL.shape, 1_000), own, one, 1_000, Running(until=best + 1))

    assert len(first) == min(best + 1 + 2, 12) < 12
    assert len(own) + len(held) == 400
    assert 60 < len(held) < 100
    assert not set(own.unit) & set(held.unit)
    assert weights_digest([again.network]) == weights_digest([model.members[0]])


def test_a_patient_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    """The best weights are part of the checkpoint."""
    whole = run(tmp_path / "whole", PATIENT)
    stop = Stop(500)
    with pytest.raises(Stopped):
        train(PATIENT, rows(100), 1, tmp_path / "stopped", ProcessGroup(), lambda _: stop)

    assert whole == run(tmp_path / "stopped", PATIENT)
    assert whole.held_loss is not None
    assert run(tmp_path / "all").held_loss is None


def test_too_few_units_can_not_be_held_out() -> None:
    """A single unit is learnt from or held out, not both."""
    few = rows(20)
    few.unit[:] = 1

    with pytest.raises(TooFewUnits):
        parted(few)


@pytest.mark.parametrize("kind", [None, "gru", "transformer"])
def test_mixed_precision_learns_as_well(kind: SequenceKind | None) -> None:
    """In bfloat16 the loss must fall as far, to a hundredth, and weights must stay float32."""
    train_rows, shape = rows(300), Shape(hidden=8, dropout=0.0, events=kind, event_width=8)
    how = Fitting(epochs=6, batch=32)
    single, mixed = (
        fit(new_network(train_rows, shape, 1), train_rows, one, 1)
        for one in (how, replace(how, mixed=True))
    )

    assert single.losses != mixed.losses
    assert abs(single.losses[-1] - mixed.losses[-1]) < 0.01
    assert {p.dtype for p in mixed.network.parameters()} == {torch.float32}


def test_scales_of_very_many_rows_come_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the limit knots are exact; beyond it they are near, and the same every time."""
    many, shape = rows(5_000), Shape(hidden=8)

    def low() -> torch.Tensor:
        return new_network(many, shape, 1).tabular.scores.get_buffer("low")

    exact = low()
    monkeypatch.setattr(networks, "SCALE_ROWS", 2_000)
    near = low()

    assert not torch.equal(exact, near)
    assert torch.equal(near, low())
    assert np.allclose(exact[:, 5:-5], near[:, 5:-5], rtol=0.1)


def test_a_digest_tells_weights_apart() -> None:
    """Equal weights must have equal digests, and one changed bit another."""
    one, same = (new_network(rows(40), Shape(hidden=8), 1) for _ in range(2))

    assert weights_digest([one]) == weights_digest([same])
    with torch.no_grad():
        next(same.parameters())[0] += 1e-7
    assert weights_digest([one]) != weights_digest([same])
