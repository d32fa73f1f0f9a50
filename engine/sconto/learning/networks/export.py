"""An ensemble as one ONNX file, proved to say what torch says at several batch sizes.

The file gives logits of every member; who reads it takes probabilities and their mean, in double
precision, as `NetworkModel` does.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from sconto.errors import ScontoError
from sconto.learning.examples import Examples
from sconto.learning.networks.network import Batch, Network, batch_of
from sconto.learning.networks.stacked import Stacked
from sconto.scoring.manifest import INPUTS, OUTPUT, Parity

OPSET: Final = 20
SIZES: Final = (1, 7, 64)
TOLERANCE: Final = 1e-5
EVENTS: Final = ("event_numbers", "event_ids", "event_mask")
_TRACED: Final = 5


class ExportUnfaithful(ScontoError):
    """The exported model gives other numbers than the network it was made from."""

    code = "EXPORT_UNFAITHFUL"
    help = "report this with the recipe; the model was not written"


@dataclass(frozen=True, slots=True)
class Exported:
    """An ONNX file, and how far its probabilities are from those of torch."""

    model: bytes
    parity: Parity


class _BesideEvents(nn.Module):
    """The logits of members that look at events, [members, n, a]."""

    def __init__(self, members: Sequence[Network]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(
        self,
        numbers: Tensor,
        ids: Tensor,
        event_numbers: Tensor,
        event_ids: Tensor,
        event_mask: Tensor,
    ) -> Tensor:
        """Every member's logits."""
        batch = Batch(numbers, ids, (event_numbers, event_ids, event_mask))
        return torch.stack([member(batch).logits for member in self.members])


def input_names(network: Network) -> tuple[str, ...]:
    """The names of the model's inputs, in order."""
    return INPUTS if network.events is None else (*INPUTS, *EVENTS)


def to_onnx(members: Sequence[Network], sample: Examples) -> Exported:
    """*members* as one self-contained ONNX file for any number of rows, checked against torch.

    *sample* has at least as many rows as the largest of `SIZES`. Raises ExportUnfaithful when the
    model can't be exported, or differs from torch by more than `TOLERANCE`.
    """
    names = input_names(members[0])
    for member in members:
        member.cpu().eval()
    whole = Stacked(members) if members[0].events is None else _BesideEvents(members)
    rows = torch.export.Dim("rows", min=1)
    with quiet():
        program = torch.onnx.export(
            whole.eval(),
            _inputs(members[0], sample[:_TRACED]),
            input_names=names,
            output_names=[OUTPUT],
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=tuple({0: rows} for _ in names),
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ExportUnfaithful("the ensemble could not be exported")
    proto = program.model_proto
    strip_origin(proto)
    onnx.checker.check_model(proto, full_check=True)
    model = bytes(proto.SerializeToString(deterministic=True))
    return Exported(model, _parity(model, members, sample))


def _parity(model: bytes, members: Sequence[Network], sample: Examples) -> Parity:
    """How far the members' probabilities are apart; the members themselves are what is right."""
    session, apart = session_of(model), []
    for size in SIZES:
        rows = sample[:size]
        inputs = _inputs(members[0], rows)
        batch = batch_of(rows, events=members[0].events is not None)
        with torch.no_grad():
            ours = torch.stack([member(batch).logits for member in members]).numpy()
        feed = {n: t.numpy() for n, t in zip(input_names(members[0]), inputs, strict=True)}
        theirs = session.run([OUTPUT], feed)[0]
        apart.append(np.abs(_probabilities(ours) - _probabilities(theirs)).max())
    # numpy's max keeps a NaN, Python's may lose it.
    largest = float(np.max(apart))
    if not largest <= TOLERANCE:
        raise ExportUnfaithful(f"torch and onnxruntime differ by {largest:.2e}")
    return Parity(batch_sizes=SIZES, largest_difference=largest, tolerance=TOLERANCE)


def _probabilities(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    probabilities: npt.NDArray[np.float64] = 1 / (1 + np.exp(-logits.astype(np.float64)))
    return probabilities


def _inputs(network: Network, rows: Examples) -> tuple[Tensor, ...]:
    batch = batch_of(rows, events=network.events is not None)
    return (batch.numeric, batch.categorical, *(batch.events or ()))


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


def session_of(model: bytes) -> onnxruntime.InferenceSession:
    """An onnxruntime session for *model* on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
