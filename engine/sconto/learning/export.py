"""Write the network as ONNX, and show that onnxruntime gives the same numbers as torch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch

from sconto.errors import ScontoError
from sconto.learning.nets import MonotoneNet, PurchaseProbability
from sconto.learning.train import tensors
from sconto.scoring.features import Encoded
from sconto.scoring.manifest import INPUTS, OUTPUT, Parity

OPSET: Final = 20
TRACED_ROWS: Final = 5
PARITY_ROWS: Final = (1, 7, 64)
TOLERANCE: Final = 1e-5


class ExportUnfaithful(ScontoError):
    """The exported model gives other numbers than the network it was made from."""

    code = "EXPORT_UNFAITHFUL"
    help = "report this with the recipe; the model was not written"


def to_onnx(net: MonotoneNet, sample: Encoded) -> bytes:
    """*net* as one self-contained ONNX file, for any number of rows; the same net, the same bytes.

    *sample* gives the types and widths of the inputs; it has at least `TRACED_ROWS` rows.
    """
    rows = torch.export.Dim("rows", min=1)
    with quiet():
        program = torch.onnx.export(
            PurchaseProbability(net).eval(),
            tensors(first_rows(sample, TRACED_ROWS)),
            input_names=INPUTS,
            output_names=[OUTPUT],
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes={name: {0: rows} for name in INPUTS},
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ExportUnfaithful("the network could not be exported")
    model = program.model_proto
    strip_origin(model)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's words on its own inner workings from the person who trains."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def strip_origin(model: onnx.ModelProto) -> None:
    """Take out what tells where and how the export ran; it holds paths of the machine."""
    graph = model.graph
    for part in (
        model,
        graph,
        *graph.node,
        *graph.input,
        *graph.output,
        *graph.initializer,
        *graph.value_info,
    ):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def parity(net: MonotoneNet, model: bytes, sample: Encoded) -> Parity:
    """The largest difference between *net* and *model* over *sample*'s first rows.

    Raises:
        ExportUnfaithful: It is above `TOLERANCE` at some batch size.
    """
    session = session_of(model)
    probability = PurchaseProbability(net).eval()
    differences = []
    for rows in PARITY_ROWS:
        batch = first_rows(sample, rows)
        with torch.no_grad():
            ours = probability(*tensors(batch)).numpy()
        differences.append(np.abs(ours - run(session, batch)).max())
    # numpy's max keeps a NaN, Python's may lose it.
    largest = float(np.max(differences))
    if not largest <= TOLERANCE:
        raise ExportUnfaithful(f"torch and onnxruntime differ by {largest:.2e}")
    return Parity(batch_sizes=PARITY_ROWS, largest_difference=largest, tolerance=TOLERANCE)


def session_of(model: bytes) -> onnxruntime.InferenceSession:
    """An onnxruntime session for *model* on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, inputs: Encoded) -> npt.NDArray[np.float32]:
    """Purchase probabilities [n, 1] of *session* for *inputs*."""
    feed = dict(zip(INPUTS, (inputs.numeric, inputs.ids, inputs.depth), strict=True))
    probability: npt.NDArray[np.float32] = session.run([OUTPUT], feed)[0]
    return probability


def parts(inputs: Encoded, rows: int) -> Iterator[Encoded]:
    """*inputs* in parts of at most *rows*, in order."""
    for start in range(0, len(inputs.depth), rows):
        part = slice(start, start + rows)
        yield Encoded(inputs.numeric[part], inputs.ids[part], inputs.depth[part])


def first_rows(inputs: Encoded, rows: int) -> Encoded:
    """The first *rows* of *inputs*."""
    return Encoded(inputs.numeric[:rows], inputs.ids[:rows], inputs.depth[:rows])
