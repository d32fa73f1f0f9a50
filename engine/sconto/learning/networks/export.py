"""An ensemble as one ONNX file, proved to say what torch says at several batch sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from sconto.learning.examples import Examples
from sconto.learning.export import OPSET, ExportUnfaithful, quiet, session_of
from sconto.learning.networks.network import Batch, Network, batch_of

SIZES: Final = (1, 7, 64)
TOLERANCE: Final = 1e-5
OUTPUT: Final = "response"
TABULAR: Final = ("numbers", "ids")
EVENTS: Final = ("event_numbers", "event_ids", "event_mask")


class _Ensemble(nn.Module):
    """The mean of the members' probabilities, [n, a]."""

    def __init__(self, members: Sequence[Network]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, *inputs: Tensor) -> Tensor:
        """The inputs are those of `input_names`, in that order."""
        seen = (inputs[2], inputs[3], inputs[4]) if len(inputs) > len(TABULAR) else None
        batch = Batch(inputs[0], inputs[1], seen)
        return torch.stack([torch.sigmoid(m(batch).logits) for m in self.members]).mean(0)


def input_names(network: Network) -> tuple[str, ...]:
    """The names of the model's inputs, in order."""
    return TABULAR if network.events is None else (*TABULAR, *EVENTS)


def to_onnx(members: Sequence[Network], sample: Examples) -> bytes:
    """*members* as one self-contained ONNX file for any number of rows, checked against torch.

    *sample* has at least as many rows as the largest of `SIZES`. Raises ExportUnfaithful when the
    model can't be exported, or differs from torch by more than `TOLERANCE`.
    """
    ensemble, names = _Ensemble(members).eval(), input_names(members[0])
    rows = torch.export.Dim("rows", min=1)
    with quiet():
        program = torch.onnx.export(
            ensemble,
            _inputs(members[0], sample[:5]),
            input_names=names,
            output_names=[OUTPUT],
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=(tuple({0: rows} for _ in names),),
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ExportUnfaithful("the ensemble could not be exported")
    model = bytes(program.model_proto.SerializeToString(deterministic=True))
    _check(model, ensemble, members[0], sample)
    return model


def _check(model: bytes, ensemble: _Ensemble, member: Network, sample: Examples) -> None:
    session = session_of(model)
    for size in SIZES:
        inputs = _inputs(member, sample[:size])
        with torch.no_grad():
            ours = ensemble(*inputs).numpy()
        feed = {n: t.numpy() for n, t in zip(input_names(member), inputs, strict=True)}
        apart = float(np.abs(ours - session.run([OUTPUT], feed)[0]).max())
        if not apart <= TOLERANCE:
            raise ExportUnfaithful(f"torch and onnxruntime differ by {apart:.2e} at {size} rows")


def _inputs(network: Network, rows: Examples) -> tuple[Tensor, ...]:
    batch = batch_of(rows, events=network.events is not None)
    return (batch.numeric, batch.categorical, *(batch.events or ()))
