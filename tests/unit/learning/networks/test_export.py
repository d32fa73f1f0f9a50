"""Exported networks say what torch says, whatever they look at; one that does not is refused."""

from __future__ import annotations

import onnx
import pytest
import torch

from sconto.learning.networks import export
from sconto.learning.networks.encoders import SequenceKind
from sconto.learning.networks.export import ExportUnfaithful, to_onnx
from sconto.learning.networks.fit import new_network
from sconto.learning.networks.network import Network, Shape
from unit.learning.networks.rows import rows

pytestmark = pytest.mark.slow

SAMPLE = rows(64)
KINDS: tuple[SequenceKind, ...] = ("gru", "cnn", "transformer")


def members(kind: SequenceKind | None) -> list[Network]:
    """Two networks that nobody taught, with weights of some size."""
    made = [new_network(SAMPLE, Shape(hidden=8, events=kind, event_width=8), s) for s in (1, 2)]
    with torch.no_grad():
        for weight in (weight for member in made for weight in member.parameters()):
            weight.add_(torch.randn_like(weight) * 0.3)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_networks_over_events_are_the_same_in_onnx(kind: SequenceKind) -> None:
    """Torch and onnxruntime agree at 1, 7 and 64 rows, and the file says nothing of its origin."""
    exported = to_onnx(members(kind)[:1], SAMPLE)

    assert (1, 7, 64) == exported.parity.batch_sizes
    assert exported.parity.largest_difference <= exported.parity.tolerance == 1e-5
    assert not onnx.load_model_from_string(exported.model).graph.node[0].metadata_props


def test_an_export_that_says_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that were put together wrongly must not be written."""
    right = members(None)
    wrong = [right[0], right[0]]
    real = export.Stacked
    monkeypatch.setattr(export, "Stacked", lambda _: real(wrong))

    with pytest.raises(ExportUnfaithful, match="differ by"):
        to_onnx(right, SAMPLE)
