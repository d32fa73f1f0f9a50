"""Effects of each row's own: believed as far as they are proven, and never beyond."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.learning.examples import Columns, Examples
from sconto.learning.networks.effects import kept_share, shrunk
from sconto.learning.networks.export import to_onnx
from sconto.learning.networks.fit import fit, logits, new_network, probabilities
from sconto.learning.networks.heads import Shrunk
from sconto.learning.networks.model import NetworkModel, Probabilities, has_few_outcomes
from sconto.learning.networks.network import Fitting, Shape, batch_of
from sconto.learning.networks.stacked import Stacked
from sconto.learning.networks.suite import fitting
from unit.learning.networks.rows import rows as observed

BY_NAME = (0.0, None)
BY_DEPTH = (0.0, 0.1)
KINDS = ("none", "constant", "strong")
MARGIN, COST = 10.0, 0.5


def chance(logits: Probabilities) -> Probabilities:
    """Log odds as probabilities."""
    found: Probabilities = 1 / (1 + np.exp(-logits))
    return found


def world(
    kind: str, n: int, seed: int, depths: tuple[float | None, ...] = BY_NAME
) -> tuple[Examples, Probabilities]:
    """*n* rows of a randomised experiment, and the true log odds of the outcome by arm, [n, 2]."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 4)).astype(np.float32)
    effect = {"none": 0 * x[:, 2], "constant": 0.7 + 0 * x[:, 2], "strong": 0.2 + 1.6 * x[:, 2]}
    first = -0.5 + 0.8 * x[:, 0] - 0.5 * x[:, 1]
    true = np.column_stack([first, first + effect[kind]]).astype(np.float64)
    arm = draw.integers(0, 2, n)
    came = draw.random(n) < chance(true)[np.arange(n), arm]
    columns = Columns(
        ("a", "b", "c", "d"), (), (), arms=("none", "offer"), depths=depths, outcome="came"
    )
    rows = Examples(
        columns,
        x,
        np.empty((n, 0), dtype=np.int64),
        arm,
        np.array([np.nan if d is None else d for d in depths], dtype=np.float32)[arm],
        came.astype(np.float32),
        np.zeros(n, dtype=np.int64),
        np.arange(n, dtype=np.int64),
        propensity=np.full(n, 0.5, dtype=np.float32),
    )
    return rows, true


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_what_is_foretold_too_loudly_is_turned_down(scale: float) -> None:
    """Of the truth nearly all must be kept, of twice the truth nearly half."""
    rows, true = world("strong", 6_000, 1)
    effect = true[:, 1] - true[:, 0]
    middle = true.mean(axis=1)
    foretold = np.column_stack([middle - scale * effect / 2, middle + scale * effect / 2])

    assert 1 / scale == pytest.approx(kept_share(foretold - foretold.mean(axis=0), rows), abs=0.12)


def test_what_foretells_nothing_is_seldom_believed() -> None:
    """Of noise nothing is kept where it is within a standard error, else little."""
    kept = []
    for seed in range(40):
        rows, true = world("constant", 1_000, seed)
        noise = np.random.default_rng(seed).normal(size=len(rows))
        foretold = true + np.column_stack([-noise, noise])
        kept.append(kept_share(foretold - foretold.mean(axis=0), rows))

    assert sum(share == 0 for share in kept) >= 28
    assert max(kept) < 0.15
    assert 0 == kept_share(np.zeros((1_000, 2)), rows)


def test_rows_of_one_unit_are_one_witness() -> None:
    """The same rows ten times must not prove ten times as much."""
    rows, true = world("constant", 300, 5)
    noise = np.random.default_rng(5).normal(size=len(rows))
    foretold = true + np.column_stack([-noise, noise])
    foretold -= foretold.mean(axis=0)
    again = np.tile(np.arange(len(rows)), 10)

    assert kept_share(foretold, rows) == pytest.approx(
        kept_share(foretold[again], rows[again]), abs=0.02
    )


@pytest.mark.parametrize("depths", [BY_NAME, BY_DEPTH])
@pytest.mark.parametrize("kept", [0.0, 0.4, 1.0])
def test_everybody_together_is_answered_as_it_was(
    kept: float, depths: tuple[float | None, ...]
) -> None:
    """As many outcomes are expected under each arm as there were; at 0 all have the same effect."""
    rows, _ = world("strong", 2_000, 3, depths)
    draw = np.random.default_rng(3)
    said = draw.normal(-1, 1, (4, len(rows), 2))
    each = shrunk(said, rows, kept, 1)
    told = np.stack(
        [
            m(torch.from_numpy(one).float()).double().numpy()
            for m, one in zip(each, said, strict=True)
        ]
    )
    for arm in (0, 1):
        own = rows.arm == arm
        assert rows.outcome[own].mean() == pytest.approx(
            chance(told[:, own, arm]).mean(), abs=0.004
        )
    effect = told[..., 1] - told[..., 0]
    assert (np.ptp(effect, axis=1) < 1e-5).all() == (kept == 0)
    assert effect.mean(axis=1).std() > 0.02


NUMBERS = st.floats(-30, 30, width=32)


@settings(max_examples=300)
@given(
    logits=st.lists(NUMBERS, min_size=3, max_size=3),
    added=st.lists(NUMBERS, min_size=3, max_size=3),
    kept=st.floats(0, 1, width=32),
)
def test_what_ascends_still_does_to_the_last_bit(
    logits: list[float], added: list[float], kept: float
) -> None:
    """Whatever the numbers: a deeper discount must not be answered with less by rounding."""
    link = Shrunk(torch.tensor([0.2, 0.3, 0.5]), torch.tensor(kept), torch.tensor(sorted(added)))

    assert (link(torch.tensor([sorted(logits)])).diff() >= 0).all()


def test_a_small_discount_is_learnt_as_a_large_one() -> None:
    """What a tenth off does, and to whom, must be learnt from 2,000 rows: depth has no unit."""
    rows, _ = world("strong", 2_000, 11, BY_DEPTH)
    asked, true = world("strong", 2_000, 77)
    network = fit(new_network(rows, Shape(hidden=32), 0), rows, fitting(len(rows)), 0).network
    effect = np.diff(logits(network, asked), axis=1)[:, 0]
    real = np.diff(true, axis=1)[:, 0].clip(0)

    assert effect.mean() > 0.5 * real.mean()
    assert np.corrcoef(effect, real)[0, 1] > 0.75


def taught(rows: Examples, seed: int = 1) -> NetworkModel:
    """A small ensemble that learnt from *rows* for as long as others do."""
    how = replace(fitting(len(rows)), members=2, epochs=12)
    model = NetworkModel("dnn", Shape(hidden=32), how)
    model.fit(rows, None, seed)
    return model


def earned(model: NetworkModel, kind: str, caution: float) -> tuple[float, float]:
    """What the server's choice brings in the *kind* of world per row, and to how many it gives."""
    rows, true = world(kind, 4_000, 77)
    said = model.responses(rows)
    uplift = said[:, :, 1] - said[:, :, 0]
    give = (uplift.mean(axis=0) - caution * uplift.std(axis=0)) * MARGIN > COST
    gain = (chance(true[:, 1]) - chance(true[:, 0])) * MARGIN - COST
    return float((give * gain).mean()), float(give.mean())


@pytest.mark.slow
def test_the_choice_earns_what_is_proven() -> None:
    """No effect: nothing is given. The same effect: all are. Another for each: more than either."""
    models = {kind: taught(world(kind, 2_000, 11)[0]) for kind in KINDS}
    gave, most = {}, {}
    for kind in KINDS:
        _, true = world(kind, 4_000, 77)
        gain = (chance(true[:, 1]) - chance(true[:, 0])) * MARGIN - COST
        gave[kind], most[kind] = max(0.0, gain.mean()), np.maximum(gain, 0).mean()

    assert (0, 0) == earned(models["none"], "none", 1)
    constant, share = earned(models["constant"], "constant", 1)
    assert constant >= 0.97 * gave["constant"]
    assert share > 0.9
    strong, _ = earned(models["strong"], "strong", 1)
    assert strong > max(0.5 * most["strong"], 1.5 * gave["strong"])


def test_effects_are_exported_as_they_are_answered() -> None:
    """Members together, and in the ONNX file, must shrink as each of them does."""
    rows, _ = world("strong", 1_000, 2)
    model = NetworkModel("dnn", Shape(hidden=8), Fitting(epochs=2, batch=64, members=3))
    model.fit(rows, None, 1)
    assert model.members[0].tabular.scores.waving
    batch = batch_of(rows, events=False)
    with torch.no_grad():
        together = Stacked(model.members).eval()(batch.numeric, batch.categorical)
    alone = np.stack([probabilities(member, rows) for member in model.members])

    assert model.kept is not None
    assert all(member.shrunk is not None for member in model.members)
    assert torch.sigmoid(together.double()).numpy() == pytest.approx(alone, abs=1e-6)
    assert to_onnx(model.members, rows).parity.largest_difference < 1e-5


def test_what_was_not_drawn_by_chance_is_left_as_it_was_learnt() -> None:
    """Without an experiment nothing is proven of effects, and nothing must be changed."""
    model = NetworkModel("dnn", Shape(hidden=8), Fitting(epochs=1, members=2))
    model.fit(observed(60), None, 1)

    assert model.kept is None
    assert all(member.shrunk is None for member in model.members)
    assert (60, 60) == model.sizes(observed(60))


def test_many_outcomes_speak_for_themselves() -> None:
    """It is the rarer of yes and no that counts, not the rows."""
    few, _ = world("strong", 4_000, 2)
    many, _ = world("strong", 9_000, 2)
    rare = (np.arange(9_000) % 4 == 0) * many.outcome

    assert has_few_outcomes(few)
    assert not has_few_outcomes(many)
    assert has_few_outcomes(replace(many, outcome=rare.astype(np.float32)))
    assert has_few_outcomes(replace(many, outcome=1 - rare.astype(np.float32)))
    assert not has_few_outcomes(replace(few, propensity=None))


def test_too_few_units_to_part_prove_nothing() -> None:
    """Of one unit nothing can be foretold by others: everybody has the same effect."""
    rows, _ = world("strong", 80, 2)
    model = NetworkModel("dnn", Shape(hidden=8), Fitting(epochs=1, members=2))
    model.fit(replace(rows, unit=np.zeros(80, dtype=np.int64)), None, 1)

    assert 0 == model.kept
