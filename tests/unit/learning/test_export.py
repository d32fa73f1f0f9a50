"""Export to ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from sconto.learning import export
from sconto.learning.export import ExportUnfaithful, parity, run, session_of, to_onnx
from sconto.learning.nets import MonotoneNet
from sconto.scoring.features import NUMERIC_WIDTH, Encoded


def net(seed: int = 0) -> MonotoneNet:
    """A small untrained net."""
    torch.manual_seed(seed)
    return MonotoneNet((4, 3), (3, 2), 8, (0, 0.1, 0.3)).eval()


def sample(rows: int = 64) -> Encoded:
    """Random rows."""
    draw = np.random.default_rng(0)
    numeric = draw.normal(size=(rows, NUMERIC_WIDTH)).astype(np.float32)
    depth = draw.random((rows, 1)).astype(np.float32)
    return Encoded(numeric, draw.integers(3, size=(rows, 2)), depth)


MODEL = to_onnx(net(), sample())


def test_the_file_says_what_goes_in_and_out() -> None:
    """Inputs and output must have the names, types and free row count that serving relies on."""
    graph = onnx.load_model_from_string(MODEL).graph
    shapes = {
        value.name: (value.type.tensor_type.elem_type, len(value.type.tensor_type.shape.dim))
        for value in (*graph.input, *graph.output)
    }

    assert {
        "numeric": (onnx.TensorProto.FLOAT, 2),
        "ids": (onnx.TensorProto.INT64, 2),
        "depth": (onnx.TensorProto.FLOAT, 2),
        "purchase_probability": (onnx.TensorProto.FLOAT, 2),
    } == shapes
    assert (200, 1) == run(session_of(MODEL), sample(200)).shape


def test_the_file_tells_nothing_of_the_machine() -> None:
    """No path of the machine that exported it may be left in the file."""
    assert str(Path(torch.__file__).parent).encode() not in MODEL
    assert b".py" not in MODEL
    assert str(Path(__file__).parents[3]).encode() not in MODEL


def test_the_same_net_gives_the_same_bytes() -> None:
    """A second export must be identical, so that a digest can stand for a model."""
    assert MODEL == to_onnx(net(), sample())


def test_parity_is_measured_where_nothing_was_traced() -> None:
    """The batch sizes compared must not be the traced one, and the difference must be tiny."""
    found = parity(net(), MODEL, sample())

    assert export.TRACED_ROWS not in found.batch_sizes
    assert 0 <= found.largest_difference <= 1e-5


def test_a_model_of_other_weights_is_unfaithful() -> None:
    """A file that answers differently from its network must be refused."""
    with pytest.raises(ExportUnfaithful, match="torch and onnxruntime differ by"):
        parity(net(seed=1), MODEL, sample())


def test_a_model_of_no_number_is_unfaithful() -> None:
    """A network that answers NaN must be refused, not taken for equal."""
    broken = net()
    torch.nn.init.constant_(broken.base.bias, float("nan"))

    with pytest.raises(ExportUnfaithful):
        parity(broken, to_onnx(broken, sample()), sample())
