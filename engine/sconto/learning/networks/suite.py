"""All networks, in the order in which reports list them; their settings are the same for all data.

They were chosen on training rows alone, and stay where they are: a recipe brings no settings.
"""

from __future__ import annotations

from sconto.learning.examples import Examples
from sconto.learning.networks.encoders import SequenceKind
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Shape
from sconto.learning.networks.pretrain import Pretraining

SEQUENCES: tuple[SequenceKind, ...] = ("gru", "cnn", "transformer")


def networks(rows: Examples) -> tuple[NetworkModel, ...]:
    """Those that can learn from *rows*: one over numbers and categories, always.

    Where arms can be chosen between, `dragonnet` also learns who was given what, and where rows
    have a value another chooses by that. With events there is one of each kind, and a recurrent
    one whose encoder was taught by the rows' events before, without outcomes.
    """
    models = [NetworkModel("dnn")]
    if len(rows.columns.arms) > 1:
        models.append(NetworkModel("dragonnet", Shape(given=True)))
        models += [NetworkModel("dnn by value", Shape(value=True))] * (rows.value is not None)
    if rows.columns.event_categorical:
        models += [NetworkModel(kind, Shape(events=kind)) for kind in SEQUENCES]
        models.append(NetworkModel("gru pretrained", Shape(events="gru"), start=Pretraining()))
    return tuple(models)
