"""The network's promise about depth, for any weights."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.learning.export import run, session_of, to_onnx
from sconto.learning.nets import MonotoneNet, PurchaseProbability
from sconto.learning.train import tensors
from sconto.scoring.features import NUMERIC_WIDTH, Encoded

KNOTS: Final = (0, 0.05, 0.10, 0.20, 0.30, 0.50)
PPM: Final = 1_000_000
DEPTHS_BP: Final = st.lists(st.integers(0, 10_000), min_size=1, max_size=70).map(sorted)


def random_net(seed: int, spread: float) -> MonotoneNet:
    """A net whose every parameter and statistic is drawn at random, far from any sensible value."""
    torch.manual_seed(seed)
    net = MonotoneNet((5, 3), (4, 2), 16, KNOTS)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(std=spread)
        net.mean.normal_()
        net.deviation.uniform_(0.1, 2)
    return net.eval()


def one_shopper(seed: int, depths_bp: list[int]) -> Encoded:
    """One random row of facts, repeated for every depth."""
    draw = np.random.default_rng(seed)
    numeric = np.repeat(draw.normal(size=(1, NUMERIC_WIDTH)), len(depths_bp), axis=0)
    ids = np.repeat(draw.integers(3, size=(1, 2)), len(depths_bp), axis=0)
    depth = np.array(depths_bp, dtype=np.float64)[:, None] / 10_000
    return Encoded(numeric.astype(np.float32), ids, depth.astype(np.float32))


def in_ppm(probabilities: npt.NDArray[np.float32]) -> list[int]:
    """Probabilities as they leave the model: whole parts per million."""
    return [round(float(p) * PPM) for p in probabilities[:, 0]]


@given(st.integers(0, 2**31), st.floats(0.01, 3), DEPTHS_BP)
@settings(deadline=None, max_examples=100)
def test_probability_never_falls_with_depth_in_torch(
    seed: int, spread: float, depths_bp: list[int]
) -> None:
    """For any weights, facts and depths, a deeper discount must never be less likely bought."""
    inputs = one_shopper(seed, depths_bp)
    with torch.no_grad():
        probabilities = PurchaseProbability(random_net(seed, spread))(*tensors(inputs)).numpy()

    assert np.isfinite(probabilities).all()
    assert sorted(in_ppm(probabilities)) == in_ppm(probabilities)


GRAPH: Final = to_onnx(random_net(0, 1), one_shopper(0, [0] * 5))


def exported(seed: int, spread: float) -> onnxruntime.InferenceSession:
    """The exported graph with every parameter drawn anew; exporting each net would be slow."""
    model = onnx.load_model_from_string(GRAPH)
    draw = np.random.default_rng(seed)
    drawn = [t for t in model.graph.initializer if t.name.endswith((".weight", ".bias"))]
    assert len(drawn) >= 8
    for tensor in drawn:
        values = draw.normal(scale=spread, size=tuple(tensor.dims)).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    return session_of(model.SerializeToString())


@given(st.integers(0, 2**31), st.floats(0.01, 3), DEPTHS_BP)
@settings(deadline=None, max_examples=100)
def test_probability_never_falls_with_depth_in_onnxruntime(
    seed: int, spread: float, depths_bp: list[int]
) -> None:
    """The promise must survive export, another runtime, and rounding to ppm."""
    probabilities = run(exported(seed, spread), one_shopper(seed, depths_bp))

    assert np.isfinite(probabilities).all()
    assert sorted(in_ppm(probabilities)) == in_ppm(probabilities)


def test_the_runtimes_sigmoid_does_not_break_the_order() -> None:
    """Logits that differ in their last bits must not change places on the way to probabilities.

    In single precision onnxruntime's sigmoid is an approximation that is not monotone.
    """
    net = random_net(4, 0.0)
    torch.nn.init.constant_(net.base.bias, -2.3)
    torch.nn.init.constant_(net.response.bias, -3.0)
    depth = np.linspace(0, 0.05, 100_000, dtype=np.float32)[:, None]
    rows = len(depth)
    numeric, ids = np.zeros((rows, NUMERIC_WIDTH), dtype=np.float32), np.zeros((rows, 2), np.int64)

    probabilities = run(
        session_of(to_onnx(net, one_shopper(0, [0] * 5))), Encoded(numeric, ids, depth)
    )

    assert len(np.unique(probabilities)) > 10_000
    assert (np.diff(probabilities[:, 0]) >= 0).all()


def test_depth_matters_where_the_response_says_so() -> None:
    """The promise must not be kept by ignoring depth: a large response must raise the answer."""
    net = random_net(1, 0.1)
    torch.nn.init.constant_(net.response.bias, 1.0)
    with torch.no_grad():
        logits = net(*tensors(one_shopper(1, [0, 250, 500, 5_000, 9_000])))[:, 0].tolist()

    none, half_a_knot, first_knot, last_knot, beyond = logits
    assert none < half_a_knot < first_knot < last_knot == beyond
    assert half_a_knot - none == pytest.approx((first_knot - none) / 2, rel=1e-3)


def test_normalisation_is_part_of_the_graph() -> None:
    """After `normalise_as`, a shift and stretch of inputs and statistics must change nothing."""
    inputs = torch.from_numpy(np.random.default_rng(0).normal(size=(50, NUMERIC_WIDTH))).float()
    inputs[:, 3] = 1.0
    ids, depth = torch.ones((50, 2), dtype=torch.int64), torch.zeros((50, 1))
    net = random_net(2, 0.3)
    answers = []
    for numeric in (inputs, inputs * 4 - 2):
        net.normalise_as(numeric)
        with torch.no_grad():
            answers.append(net(numeric, ids, depth).numpy())

    assert np.isfinite(answers[0]).all()
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-4)
