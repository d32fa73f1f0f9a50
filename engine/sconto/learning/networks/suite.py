"""All networks, in the order in which reports list them; a recipe brings no settings.

How fast they learn and in what batches follows from how many rows there are. These rules were found
by parting training rows of several recipes; no test row had a say in them.
"""

from __future__ import annotations

from typing import Final

from sconto.learning.examples import Examples
from sconto.learning.networks.encoders import SequenceKind
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.pretrain import Pretraining

SEQUENCES: Final[tuple[SequenceKind, ...]] = ("gru", "cnn", "transformer")

_FEW: Final = 10_000
_SLOWEST: Final = 2e-3
_FASTEST: Final = 5e-3
_STEPS: Final = 400
_FEWEST_STEPS: Final = 12
_LEAST: Final = 32
_SMALLEST: Final = 256
_LARGEST: Final = 8_192


def networks(rows: Examples) -> tuple[NetworkModel, ...]:
    """Those that can learn from *rows*: one over numbers and categories, always.

    Where arms can be chosen between, `dragonnet` also learns who was given what, and where rows
    have a value another chooses by that. With events there is one of each kind, and a recurrent
    one whose encoder was taught by the rows' events before, without outcomes.
    """
    shapes = {"dnn": Shape()}
    if len(rows.columns.arms) > 1:
        shapes["dragonnet"] = Shape(given=True)
        if rows.value is not None:
            shapes["dnn by value"] = Shape(value=True)
    if rows.columns.event_categorical:
        shapes |= {kind: Shape(events=kind) for kind in SEQUENCES}
        shapes["gru pretrained"] = Shape(events="gru")
    how = fitting(len(rows))
    return tuple(
        NetworkModel(name, shape, how, Pretraining() if name == "gru pretrained" else None)
        for name, shape in shapes.items()
    )


def fitting(rows: int) -> Fitting:
    """How networks learn from so many *rows*.

    Few rows are learnt slowly, or they are learnt by heart: the largest rate rises with the root of
    their number from 10,000 on, up to 62,500. From 100,000 on batches grow, so that an epoch has at
    most 400 steps; below 3,072 they shrink, so that it has at least 12.
    """
    rate = min(max(_SLOWEST, _SLOWEST * (rows / _FEW) ** 0.5), _FASTEST)
    most = min(max(_SMALLEST, -(-rows // _STEPS)), _LARGEST)
    return Fitting(rate=rate, batch=min(max(_LEAST, rows // _FEWEST_STEPS), most))
